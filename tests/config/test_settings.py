"""A value that cannot work is refused by name when the process starts, with what would work."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from django.core.exceptions import ImproperlyConfigured

from config import environment

KEY = "k7Q-" + "abcdefghijklmnopqrstuvwxyz0123456789" * 2
BASE_DIR = Path(__file__).resolve().parents[2]

REFUSED = (
    # reader              variable                 value                      the sentence says
    ("choice",            "GIAITRINH_ENV",         "staging",                 "'staging' is not known"),
    ("flag",              "DATABASE_POOLER",       "maybe",                   "neither on nor off"),
    ("hosts",             "ALLOWED_HOSTS",         "https://a.vn",            "not a host name"),
    ("production hosts",  "ALLOWED_HOSTS",         "",                        "production demands it"),
    ("production hosts",  "ALLOWED_HOSTS",         "*",                       "anyone choose the host name"),
    ("origins",           "CSRF_TRUSTED_ORIGINS",  "a.vn",                    "has no scheme"),
    ("key",               "SECRET_KEY",            "short",                   "too easy to guess"),
    ("key",               "SECRET_KEY",            "a" * 80,                  "too easy to guess"),
    ("production key",    "SECRET_KEY",            "",                        "production demands it"),
    ("database",          "DATABASE_URL",          "postgres",                "not supported (no scheme)"),
    ("database",          "DATABASE_URL",          "mysql://u:p@h/n",         "not supported ('mysql')"),
    ("database",          "DATABASE_URL",          "postgres://u@h:port/n",   "cannot be read"),
    ("database",          "DATABASE_URL",          "postgres://u@h:5432/",    "names no database"),
    ("production database", "DATABASE_URL",        "",                        "production demands it"),
    ("broker",            "BROKER_URL",            "memory://",               "no deadline would ever be swept"),
    ("broker",            "BROKER_URL",            "kafka://h",               "not supported ('kafka')"),
    ("email",             "EMAIL_URL",             "pigeon://h",              "not supported ('pigeon')"),
    ("email",             "EMAIL_URL",             "smtp://u:p@h:port",       "cannot be read"),
    ("sms",               "SMS_GATEWAY_URL",       "sms.example.vn",          "no web address (no scheme)"),
    ("sms",               "SMS_GATEWAY_URL",       "ftp://sms.example.vn/",   "no web address ('ftp')"),
    ("sms",               "SMS_GATEWAY_URL",       "https://h:port/",         "cannot be read"),
    ("sms",               "SMS_GATEWAY_URL",       "https://u:p@h/",          "holds a password"),
    ("production sms",    "SMS_GATEWAY_URL",       "http://sms.example.vn/",  "over an open line"),
    ("secret",            "SMS_GATEWAY_TOKEN",     "two words",               "without blanks"),
    ("secret",            "SMS_CALLBACK_SECRET",   "short",                   "at least 32"),
    ("seconds",           "SMS_TIMEOUT",           "0",                       "'0' is not a number of seconds"),
    ("seconds",           "SMS_TIMEOUT",           "soon",                    "from 1 to 30"),
    ("minutes",           "SESSION_IDLE_MINUTES",  "0",                       "from 1 to 480"),
    ("count",             "TRUSTED_PROXIES",       "many",                    "from 0 to 5"),
    ("production factor", "GIAITRINH_SECOND_FACTOR", "offered",               "production demands more"),
    ("factor",            "GIAITRINH_SECOND_FACTOR", "sometimes",             "'sometimes' is not known"),
    ("cache",             "CACHE_URL",             "memcached://h",           "not supported ('memcached')"),
    ("production cache",  "CACHE_URL",             "locmem://",               "in each process for itself"),
    ("openid",            "OPENID_URL",            "vneid.gov.vn",            "no web address (no scheme)"),
    ("openid",            "OPENID_URL",            "http://vneid.gov.vn/",    "from an open line"),
    ("production openid", "OPENID_URL",            "http://127.0.0.1:9000/",  "from an open line"),
    ("openid",            "OPENID_URL",            "https://h:port/",         "cannot be read"),
    ("files",             "SECRET_KEY_FILE",       "secret",                  "not an absolute path"),
    ("files",             "DATABASE_URL_FILE",     "/nowhere/at/all",         "cannot be read"),
    ("files",             "CACHE_URL_FILE",        "/dev/null",               "holds nothing"),
    ("json",              "GIAITRINH_ASSUMPTIONS", "[1]",                     "not a JSON object"),
    ("json",              "GIAITRINH_ASSUMPTIONS", "{",                       "not a JSON object"),
    ("directory",         "GIAITRINH_VAR",         "var",                     "not an absolute path"),
    ("directory",         "GIAITRINH_VAR",         "/dev/null/var",           "cannot be created"),
)  # fmt: skip


def read(reader, variable, value, tmp_path):
    """Give one variable to the function of config.environment that reads it."""
    env = {variable: value}
    match reader.split()[-1]:
        case "choice":
            return environment.choice(env, variable, ("development", "production"))
        case "flag":
            return environment.flag(env, variable)
        case "hosts":
            return environment.hosts(env, production=reader.startswith("production"))
        case "origins":
            return environment.origins(env)
        case "key":
            return environment.secret_key(env, tmp_path, production=reader.startswith("production"))
        case "database":
            return environment.database(env, tmp_path, production=reader.startswith("production"))
        case "broker":
            return environment.broker(env)
        case "email":
            return environment.email(env, tmp_path)
        case "sms":
            return environment.sms_gateway(env, production=reader.startswith("production"))
        case "secret":
            return environment.secret(env, variable, least=8 if variable.endswith("TOKEN") else 32)
        case "seconds":
            return environment.seconds(env, variable, 10, most=30)
        case "minutes":
            return environment.minutes(env, variable, 30, most=480)
        case "count":
            return environment.count(env, variable, 1, most=5)
        case "factor":
            return environment.second_factor(env, production=reader.startswith("production"))
        case "cache":
            return environment.cache(env, production=reader.startswith("production"))
        case "openid":
            return environment.openid(env, production=reader.startswith("production"))
        case "files":
            return environment.with_files(env)
        case "json":
            return environment.json_object(env, variable)
        case "directory":
            return environment.directory(env, variable, tmp_path / "default")


@pytest.mark.parametrize(
    ("reader", "variable", "value", "why"), REFUSED, ids=[f"{row[1]}: {row[3]}" for row in REFUSED]
)
def test_a_bad_value_is_refused_by_name(reader, variable, value, why, tmp_path):
    with pytest.raises(ImproperlyConfigured) as refused:
        read(reader, variable, value, tmp_path)
    sentence = str(refused.value)
    assert sentence.startswith(f"{variable}: ")
    assert why in sentence
    assert "; what would work: " in sentence


def test_a_refused_address_does_not_show_its_password(tmp_path):
    with pytest.raises(ImproperlyConfigured) as refused:
        environment.database({"DATABASE_URL": "mysql://u:geheim@h/n"}, tmp_path, production=False)
    assert "geheim" not in str(refused.value)


def test_with_nothing_set_the_database_is_a_file_that_readers_share_with_one_writer(tmp_path):
    found = environment.database({}, tmp_path, production=False)
    assert found["ENGINE"] == "django.db.backends.sqlite3"
    assert found["NAME"] == str(tmp_path / "giaitrinh.sqlite3")
    assert found["OPTIONS"]["transaction_mode"] == "IMMEDIATE"
    assert "journal_mode=WAL" in found["OPTIONS"]["init_command"]
    assert "synchronous=FULL" in found["OPTIONS"]["init_command"]


POSTGRES = {"DATABASE_URL": "postgres://u:p@h:5432/n?sslmode=require"}


def test_postgresql_keeps_its_connections_and_prepares_statements(tmp_path):
    found = environment.database(POSTGRES, tmp_path, production=True)
    assert found["CONN_MAX_AGE"] is None
    assert found["OPTIONS"] == {"sslmode": "require", "server_side_binding": True, "prepare_threshold": 2}
    assert not found["DISABLE_SERVER_SIDE_CURSORS"]


def test_behind_a_pooler_nothing_is_kept_in_the_connection(tmp_path):
    found = environment.database(POSTGRES | {"DATABASE_POOLER": "1"}, tmp_path, production=True)
    assert found["OPTIONS"]["prepare_threshold"] is None
    assert found["DISABLE_SERVER_SIDE_CURSORS"]


def test_a_development_key_is_drawn_once_and_readable_by_its_owner_alone(tmp_path):
    first = environment.secret_key({}, tmp_path, production=False)
    assert first == environment.secret_key({}, tmp_path, production=False)
    assert len(first) > 50
    assert (tmp_path / "secret_key").stat().st_mode & 0o077 == 0
    assert [file.name for file in tmp_path.iterdir()] == ["secret_key"]


def test_mail_goes_to_the_named_server(tmp_path):
    found = environment.email({"EMAIL_URL": "smtp+tls://u:p@mail.vn:587"}, tmp_path)
    assert found["EMAIL_BACKEND"] == "django.core.mail.backends.smtp.EmailBackend"
    assert (found["EMAIL_HOST"], found["EMAIL_PORT"], found["EMAIL_USE_TLS"]) == ("mail.vn", 587, True)


def test_without_a_gateway_no_text_message_is_written():
    assert environment.sms_gateway({}, production=True) == ""


def test_production_may_reach_a_gateway_on_its_own_machine_without_tls():
    env = {"SMS_GATEWAY_URL": "http://127.0.0.1:9000/messages"}
    assert environment.sms_gateway(env, production=True) == env["SMS_GATEWAY_URL"]


def test_a_refused_gateway_does_not_show_its_password():
    with pytest.raises(ImproperlyConfigured) as refused:
        environment.sms_gateway({"SMS_GATEWAY_URL": "https://u:geheim@h/"}, production=False)
    assert "geheim" not in str(refused.value)


def test_development_mail_is_printed_and_kept(settings, tmp_path, capsys):
    from django.core.mail import get_connection, send_mail

    backend = get_connection("config.mail.ConsoleAndFileBackend", file_path=tmp_path)
    send_mail("Thông báo", "Đã nhận", "a@localhost", ["b@localhost"], connection=backend)
    assert "To: b@localhost" in capsys.readouterr().out
    (kept,) = tmp_path.iterdir()
    assert b"To: b@localhost" in kept.read_bytes()


def manage(tmp_path, *line, **env):
    """Run manage.py in an environment of its own."""
    clean = {"PATH": os.environ["PATH"], "GIAITRINH_VAR": str(tmp_path)}
    return subprocess.run(
        [sys.executable, "manage.py", *line], cwd=BASE_DIR, env=clean | env, capture_output=True, text=True
    )


PRODUCTION = {
    "GIAITRINH_ENV": "production",
    "SECRET_KEY": KEY,
    "ALLOWED_HOSTS": "giaitrinh.tinh.gov.vn",
    "DATABASE_URL": "sqlite://:memory:",
    "LEDGER_KEY": "the key itself, from a secret store",
}


def test_production_is_clean_but_for_the_unconfirmed_law(tmp_path):
    done = manage(tmp_path, "check", "--deploy", **PRODUCTION)
    assert done.returncode == 0, done.stderr
    warnings = [line for line in done.stderr.splitlines() if line.startswith("?: (")]
    assert not [line for line in warnings if "(security." in line]
    assert len(warnings) <= 1


def test_production_gathers_its_static_files(tmp_path):
    done = manage(tmp_path, "collectstatic", "--noinput", **PRODUCTION)
    assert done.returncode == 0, done.stderr
    assert json.loads((tmp_path / "static" / "staticfiles.json").read_text())["paths"]


@pytest.mark.parametrize("name", ["SECRET_KEY", "ALLOWED_HOSTS", "DATABASE_URL", "LEDGER_KEY_FILE"])
def test_production_names_what_it_misses(name, tmp_path):
    done = manage(tmp_path, "check", **{key: value for key, value in PRODUCTION.items() if not name.startswith(key)})
    assert done.returncode != 0
    assert f"{name}: is not set and production demands it" in done.stderr


# secrets from files ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", environment.SECRETS)
def test_a_secret_may_come_from_a_file(name, tmp_path):
    (tmp_path / "secret").write_text("redis://u:p@h/1\n")
    assert environment.with_files({f"{name}_FILE": str(tmp_path / "secret")})[name] == "redis://u:p@h/1"


@pytest.mark.parametrize(
    ("text", "beside", "why"),
    [
        ("geheim", "geheim2", "SECRET_KEY is set as well"),
        ("geheim\nzwei", "", "more than one line"),
        ("  ", "", "nothing"),
    ],
)
def test_a_file_that_cannot_serve_is_refused_by_name_and_not_shown(tmp_path, text, beside, why):
    (tmp_path / "secret").write_text(text)
    with pytest.raises(ImproperlyConfigured) as refused:
        environment.with_files({"SECRET_KEY_FILE": str(tmp_path / "secret"), "SECRET_KEY": beside})
    assert str(refused.value).startswith("SECRET_KEY_FILE: ")
    assert why in str(refused.value)
    assert "geheim" not in str(refused.value)


def test_production_runs_with_its_secrets_in_files(tmp_path):
    env = {name: value for name, value in PRODUCTION.items() if name not in ("SECRET_KEY", "DATABASE_URL")}
    for name in ("SECRET_KEY", "DATABASE_URL"):
        (tmp_path / name).write_text(PRODUCTION[name])
        env[f"{name}_FILE"] = str(tmp_path / name)
    assert manage(tmp_path, "check", **env).returncode == 0


def test_no_secret_stands_in_the_settings():
    text = (BASE_DIR / "config" / "settings.py").read_text()
    for name in environment.SECRETS:
        assert f'{name} = "' not in text


# what only production has ----------------------------------------------------------------------------------------

ASK = """
from django.conf import settings
from django.test import Client
import json
answer = Client().get("/dang-nhap/", secure=True, headers={"host": "giaitrinh.tinh.gov.vn"})
names = ("SECOND_FACTOR_MANDATORY", "MFA_WEBAUTHN_ALLOW_INSECURE_ORIGIN", "ALLAUTH_TRUSTED_PROXY_COUNT")
print(json.dumps({
    "headers": {name.lower(): value for name, value in answer.items()},
    "cookies": {name: dict(one) for name, one in answer.cookies.items()},
    "settings": {name: getattr(settings, name) for name in names},
    "cache": settings.CACHES["default"]["BACKEND"],
}))
"""


@pytest.fixture(scope="module")
def production(tmp_path_factory):
    """What a production site answers to somebody who wants to sign in."""
    folder = tmp_path_factory.mktemp("production")
    manage(folder, "collectstatic", "--noinput", **PRODUCTION)
    env = PRODUCTION | {"DATABASE_URL": f"sqlite:///{folder / 'p.sqlite3'}"}
    manage(folder, "migrate", **env)
    done = manage(folder, "shell", "--no-imports", "-c", ASK, **env)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout.splitlines()[-1])


def test_cookies_are_this_hosts_alone_and_no_script_reads_them(production):
    (cookie,) = [one for name, one in production["cookies"].items() if name == "__Host-csrf"]
    assert (cookie["secure"], cookie["httponly"], cookie["samesite"]) == (True, True, "Lax")
    assert (cookie["path"], cookie["domain"]) == ("/", "")  # what the prefix promises


def test_headers_keep_browsers_on_this_site(production):
    headers = production["headers"]
    assert headers["strict-transport-security"] == "max-age=31536000; includeSubDomains; preload"
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["x-frame-options"] == "DENY"
    assert headers["referrer-policy"] == "same-origin"
    assert headers["cross-origin-opener-policy"] == "same-origin"
    assert headers["cross-origin-resource-policy"] == "same-origin"
    assert "camera=()" in headers["permissions-policy"]
    assert "no-store" in headers["cache-control"]


def test_the_content_policy_allows_nothing_from_elsewhere_and_nothing_inline(production):
    policy = dict(part.strip().split(" ", 1) for part in production["headers"]["content-security-policy"].split(";"))
    assert policy["default-src"] == "'none'"
    assert policy["script-src"] == policy["style-src"] == policy["form-action"] == "'self'"
    assert policy["frame-ancestors"] == policy["base-uri"] == "'none'"
    assert "unsafe" not in production["headers"]["content-security-policy"]


def test_production_demands_the_second_factor_and_counts_in_common(production):
    assert production["settings"] == {
        "SECOND_FACTOR_MANDATORY": True,
        "MFA_WEBAUTHN_ALLOW_INSECURE_ORIGIN": False,
        "ALLAUTH_TRUSTED_PROXY_COUNT": 1,
    }
    assert production["cache"] == "django.core.cache.backends.db.DatabaseCache"


def test_the_provider_of_single_sign_on_is_the_only_other_place_a_form_may_lead_to():
    found = environment.openid(
        {"OPENID_URL": "https://sso.tinh.gov.vn/realms/a", "OPENID_CLIENT_ID": "g"}, production=True
    )
    assert environment.origin_of(found) == ["https://sso.tinh.gov.vn"]
    assert environment.origin_of({}) == []
