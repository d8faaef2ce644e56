"""Turns environment variables into settings, or refuses them by name and says what would work.

Every function takes the environment as a mapping and returns a checked value.
Raises ImproperlyConfigured: a bad value stops the process at start, never later.
"""

import json
import os
import secrets
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NoReturn
from urllib.parse import urlsplit

import environ
from django.core.exceptions import ImproperlyConfigured

SQLITE = "django.db.backends.sqlite3"
DATABASES = ("sqlite:", "postgres:", "postgresql:")
BROKERS = ("filesystem://", "amqp://", "amqps://", "redis://", "rediss://", "sentinel://")
FLAGS = {
    "1": True,
    "true": True,
    "yes": True,
    "on": True,
    "0": False,
    "false": False,
    "no": False,
    "off": False,
}

Env = Mapping[str, str]


def refuse(name: str, why: str, works: str) -> NoReturn:
    """Raise ImproperlyConfigured with a sentence that names the variable and what would work."""
    raise ImproperlyConfigured(f"{name}: {why}; what would work: {works}")


SECRETS = (
    "SECRET_KEY",
    "DATABASE_URL",
    "BROKER_URL",
    "CACHE_URL",
    "EMAIL_URL",
    "SMS_GATEWAY_TOKEN",
    "SMS_CALLBACK_SECRET",
    "SECOND_FACTOR_KEY",
    "OPENID_CLIENT_SECRET",
)
"""What may be read from a file instead: NAME_FILE holds the path of a file that holds NAME."""


def with_files(env: Env) -> dict[str, str]:
    """Return the environment with each secret that a file holds (NAME_FILE, as containers mount them)."""
    found = dict(env)
    for name in SECRETS:
        if path := env.get(f"{name}_FILE"):
            found[name] = secret_file(f"{name}_FILE", path, twice=bool(env.get(name)))
    return found


def secret_file(name: str, path: str, *, twice: bool) -> str:
    """Return the one line that a file holds.

    twice: the variable without _FILE is set as well, so nobody could say which of them counts
    """
    works = "the absolute path of a file that holds the secret in one line, as in /run/secrets/giaitrinh"
    if twice:
        refuse(name, f"{name.removesuffix('_FILE')} is set as well", "one of the two")
    if not Path(path).is_absolute():
        refuse(name, f"{path!r} is not an absolute path", works)
    try:
        text = Path(path).read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        refuse(name, f"{path} cannot be read ({getattr(error, 'strerror', '') or 'not a text'})", works)
    if not text or "\n" in text:
        refuse(name, f"{path} holds {'more than one line' if text else 'nothing'}", works)
    return text


def scheme(url: str) -> str:
    """Return the kind of an address without what follows it, which may hold a password."""
    return repr(url.partition(":")[0]) if ":" in url else "no scheme"


def choice(env: Env, name: str, options: tuple[str, ...]) -> str:
    """Return one of the options; the first if nothing is set."""
    value = env.get(name) or options[0]
    if value not in options:
        refuse(name, f"{value!r} is not known", " or ".join(options))
    return value


def flag(env: Env, name: str) -> bool:
    """Return whether a switch is on; off if nothing is set."""
    value = env.get(name) or "0"
    if value.lower() not in FLAGS:
        refuse(name, f"{value!r} is neither on nor off", "1 or 0")
    return FLAGS[value.lower()]


def words(env: Env, name: str) -> list[str]:
    """Return the parts of a comma-separated list, without blanks."""
    return [word.strip() for word in env.get(name, "").split(",") if word.strip()]


def hosts(env: Env, *, production: bool) -> list[str]:
    """Return the host names this site answers to (ALLOWED_HOSTS); production must name them."""
    names = words(env, "ALLOWED_HOSTS")
    works = "host names with commas between them, as in giaitrinh.tinh.gov.vn"
    for name in names:
        if "/" in name:
            refuse("ALLOWED_HOSTS", f"{name!r} is an address, not a host name", works)
        if name == "*" and production:
            refuse("ALLOWED_HOSTS", "'*' lets anyone choose the host name that our letters carry", works)
    if production and not names:
        refuse("ALLOWED_HOSTS", "is not set and production demands it", works)
    return names or ["localhost", "127.0.0.1", "[::1]", "testserver"]


def origins(env: Env) -> list[str]:
    """Return the origins whose forms are trusted (CSRF_TRUSTED_ORIGINS)."""
    names = words(env, "CSRF_TRUSTED_ORIGINS")
    for name in names:
        if not name.startswith(("https://", "http://")):
            refuse("CSRF_TRUSTED_ORIGINS", f"{name!r} has no scheme", "https://giaitrinh.tinh.gov.vn")
    return names


def secret_key(env: Env, var: Path, *, production: bool) -> str:
    """Return SECRET_KEY; in development without one, a key drawn once and kept in var/secret_key."""
    works = "`python -c 'import secrets; print(secrets.token_urlsafe(64))'` prints one"
    key = env.get("SECRET_KEY", "")
    if production and not key:
        refuse("SECRET_KEY", "is not set and production demands it", works)
    if key and (len(key) < 50 or len(set(key)) < 5):
        refuse("SECRET_KEY", "is too easy to guess (at least 50 characters, 5 of them different)", works)
    return key or kept_key(var / "secret_key")


def kept_key(file: Path) -> str:
    """Return the key in a file, drawing it first if there is none; processes that race agree on one."""
    if not file.exists():
        draft = file.with_name(f"{file.name}.{os.getpid()}")
        draft.touch(mode=0o600)
        draft.write_text(secrets.token_urlsafe(64))
        try:
            os.link(draft, file)
        except FileExistsError:
            pass
        finally:
            draft.unlink()
    return file.read_text().strip()


def database(env: Env, var: Path, *, production: bool) -> dict[str, Any]:
    """Return the database of DATABASE_URL; SQLite in var/ if nothing is set and this is not production."""
    works = "postgres://user:password@host:5432/name or sqlite:////absolute/path.sqlite3"
    url = env.get("DATABASE_URL", "")
    pooled = flag(env, "DATABASE_POOLER")
    if production and not url:
        refuse("DATABASE_URL", "is not set and production demands it", works)
    url = url or f"sqlite:///{var / 'giaitrinh.sqlite3'}"
    if not url.startswith(DATABASES):
        refuse("DATABASE_URL", f"this kind of database is not supported ({scheme(url)})", works)
    try:
        found: dict[str, Any] = environ.Env.db_url_config(url)
    except ValueError:
        refuse("DATABASE_URL", "cannot be read as an address", works)
    if not found["NAME"]:
        refuse("DATABASE_URL", "names no database", works)
    if found["ENGINE"] == SQLITE:
        return found | SQLITE_OPTIONS
    return found | postgresql_options(found.get("OPTIONS", {}), pooled=pooled)


# WAL lets readers read while one writes; IMMEDIATE takes the write lock at BEGIN, so that a transaction never
# fails half-way for want of it; FULL because an act that was confirmed to a citizen must survive a power cut.
# Foreign keys are enforced by Django itself on every connection.
SQLITE_OPTIONS: dict[str, Any] = {
    "OPTIONS": {
        "timeout": 20,  # seconds
        "transaction_mode": "IMMEDIATE",
        "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL",
    }
}


def postgresql_options(given: dict[str, Any], *, pooled: bool) -> dict[str, Any]:
    """Return persistent connections with server-side binding and prepared statements.

    pooled: a transaction pooler stands between, which can keep neither prepared statements nor cursors
    """
    options = dict(given, server_side_binding=True, prepare_threshold=None if pooled else 2)
    return {
        "CONN_MAX_AGE": None,
        "CONN_HEALTH_CHECKS": True,
        "DISABLE_SERVER_SIDE_CURSORS": pooled,
        "OPTIONS": options,
    }


def broker(env: Env) -> str:
    """Return BROKER_URL; the file system if nothing is set."""
    url = env.get("BROKER_URL") or "filesystem://localhost"
    works = "amqp://user:password@host:5672/vhost or redis://host:6379/0"
    if url.startswith("memory://"):
        refuse("BROKER_URL", "memory:// reaches no other process, so no deadline would ever be swept", works)
    if not url.startswith(BROKERS):
        refuse("BROKER_URL", f"this kind of broker is not supported ({scheme(url)})", works)
    return url


def email(env: Env, var: Path) -> dict[str, Any]:
    """Return the e-mail settings of EMAIL_URL; console and files in var/mail if nothing is set."""
    url = env.get("EMAIL_URL", "")
    works = "smtp+tls://user:password@host:587 or smtp+ssl://user:password@host:465"
    if not url:
        return {
            "EMAIL_BACKEND": "config.mail.ConsoleAndFileBackend",
            "EMAIL_FILE_PATH": str(var / "mail"),
        }
    if not url.startswith(("smtp://", "smtp+tls://", "smtp+ssl://", "consolemail://")):
        refuse("EMAIL_URL", f"this kind of mail is not supported ({scheme(url)})", works)
    try:
        found: dict[str, Any] = environ.Env.email_url_config(url)
    except ValueError:
        refuse("EMAIL_URL", "cannot be read as an address", works)
    return {name: value for name, value in found.items() if name.startswith("EMAIL_")}


LOOPBACK = ("127.0.0.1", "::1", "localhost")


def sms_gateway(env: Env, *, production: bool) -> str:
    """Return the address that text messages are posted to (SMS_GATEWAY_URL); empty where there is no gateway."""
    name, works = "SMS_GATEWAY_URL", "https://sms.example.vn/v1/messages"
    url = env.get(name, "")
    try:
        parts = urlsplit(url)
        host, _port = parts.hostname, parts.port
    except ValueError:
        refuse(name, "cannot be read as an address", works)
    if not url:
        return ""
    if parts.scheme not in ("https", "http") or not host or any(c.isspace() for c in url):
        refuse(name, f"is no web address ({scheme(url)})", works)
    if parts.username or parts.password:
        refuse(name, "holds a password; SMS_GATEWAY_TOKEN is its place", works)
    if production and parts.scheme == "http" and host not in LOOPBACK:
        refuse(name, "would send phone numbers over an open line in production", works)
    return url


def secret(env: Env, name: str, *, least: int) -> str:
    """Return a secret of at least so many printable characters without blanks; empty if nothing is set."""
    value = env.get(name, "")
    if value and (len(value) < least or not value.isascii() or not value.isprintable() or " " in value):
        works = "`python -c 'import secrets; print(secrets.token_urlsafe(32))'` prints one"
        refuse(name, f"is not a secret of at least {least} printable characters without blanks", works)
    return value


def seconds(env: Env, name: str, default: int, *, most: int) -> int:
    """Return a whole number of seconds from 1 to `most`."""
    return _number(env, name, default, "number of seconds", least=1, most=most)


def minutes(env: Env, name: str, default: int, *, most: int) -> int:
    """Return a whole number of minutes from 1 to `most`."""
    return _number(env, name, default, "number of minutes", least=1, most=most)


def count(env: Env, name: str, default: int, *, most: int) -> int:
    """Return a whole number from 0 to `most`."""
    return _number(env, name, default, "number", least=0, most=most)


def _number(env: Env, name: str, default: int, kind: str, *, least: int, most: int) -> int:
    value = env.get(name) or str(default)
    if not (value.isascii() and value.isdigit() and least <= int(value) <= most):
        refuse(name, f"{value!r} is not a {kind} from {least} to {most}", str(default))
    return int(value)


def second_factor(env: Env, *, production: bool) -> bool:
    """Return whether heads, inspectors and administrators must have a second factor (GIAITRINH_SECOND_FACTOR).

    In development it is offered, so that the sample people sign in with their password; production demands it.
    """
    name = "GIAITRINH_SECOND_FACTOR"
    options = ("mandatory", "offered") if production else ("offered", "mandatory")
    mandatory = choice(env, name, options) == "mandatory"
    if production and not mandatory:
        refuse(name, "a password alone does not prove who acted for an office; production demands more", "mandatory")
    return mandatory


def cache(env: Env, *, production: bool) -> dict[str, Any]:
    """Return the cache of CACHE_URL, which all processes share; a table of the database if nothing is set.

    It counts failed sign-ins and remembers what was used once: a cache of one process would let an attacker try
    again in the next.
    """
    name, works = "CACHE_URL", "redis://host:6379/1, or nothing for a table of the database"
    url = env.get(name, "")
    if not url:
        # an attacker must not be able to push a count out of a small table by filling it
        options = {"MAX_ENTRIES": 200_000}
        return {"BACKEND": "django.core.cache.backends.db.DatabaseCache", "LOCATION": "accounts_count"} | {
            "OPTIONS": options
        }
    if url.startswith("locmem://"):
        if production:
            refuse(name, "locmem:// counts failed sign-ins in each process for itself", works)
        return {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}
    if not url.startswith(("redis://", "rediss://")):
        refuse(name, f"this kind of cache is not supported ({scheme(url)})", works)
    return {"BACKEND": "django.core.cache.backends.redis.RedisCache", "LOCATION": url}


def openid(env: Env, *, production: bool) -> dict[str, Any]:
    """Return the provider of single sign-on (OPENID_URL and what belongs to it); empty where there is none."""
    url, works = env.get("OPENID_URL", "").rstrip("/"), "https://sso.tinh.gov.vn/realms/tinh"
    if not url:
        return {}
    try:
        parts = urlsplit(url)
        host, _port = parts.hostname, parts.port
    except ValueError:
        refuse("OPENID_URL", "cannot be read as an address", works)
    if parts.scheme not in ("https", "http") or not host:
        refuse("OPENID_URL", f"is no web address ({scheme(url)})", works)
    if parts.scheme == "http" and (production or host not in LOOPBACK):
        refuse("OPENID_URL", "would take an identity from an open line", works)
    if not env.get("OPENID_CLIENT_ID"):
        refuse("OPENID_CLIENT_ID", "is not set beside OPENID_URL", "the name under which the provider knows us")
    return {
        "provider_id": "sso",
        "name": env.get("OPENID_NAME") or "VNeID",
        "client_id": env["OPENID_CLIENT_ID"],
        "secret": secret(env, "OPENID_CLIENT_SECRET", least=8),
        # who somebody is stands in the signed token alone
        "settings": {"server_url": url, "fetch_userinfo": False},
    }


def origin_of(provider: Mapping[str, Any]) -> list[str]:
    """Return the origin to which a form that starts single sign-on is led; empty where there is no provider."""
    if not provider:
        return []
    parts = urlsplit(provider["settings"]["server_url"])
    return [f"{parts.scheme}://{parts.netloc}"]


def site_url(env: Env, names: list[str], *, production: bool) -> str:
    """Return the address that our letters and receipts print (SITE_URL); the first allowed host if nothing is set."""
    default = f"https://{names[0]}" if production else f"http://{env.get('GIAITRINH_ADDRESS') or '127.0.0.1:8000'}"
    url = (env.get("SITE_URL") or default).rstrip("/")
    if not url.startswith(("http://", "https://")) or any(c.isspace() for c in url):
        refuse("SITE_URL", f"{url!r} is no address", "https://giaitrinh.example.vn")
    return url


def json_object(env: Env, name: str) -> dict[str, Any]:
    """Return a JSON object; empty if nothing is set."""
    try:
        value = json.loads(env.get(name) or "{}")
    except ValueError:
        value = None
    if not isinstance(value, dict):
        refuse(name, "is not a JSON object", '{"A3": true}')
    return value


def directory(env: Env, name: str, default: Path) -> Path:
    """Return an absolute directory that exists and can be written to, creating it if need be."""
    path = Path(env.get(name) or default)
    if not path.is_absolute():
        refuse(name, f"{str(path)!r} is not an absolute path", str(default))
    try:
        path.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        refuse(name, f"{path} cannot be created ({error.strerror})", "a directory that this user may write to")
    if not os.access(path, os.W_OK):
        refuse(name, f"{path} cannot be written to", "a directory that this user may write to")
    return path
