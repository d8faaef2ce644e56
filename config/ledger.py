"""The ledger's settings from the environment: its key, its witnesses, its time-stamp authority."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import urlsplit

from config.environment import LOOPBACK, Env, refuse, scheme, words
from workflow.ledger.notes import WITNESS, NoteError, Verifier


def key_file(env: Env, var: Path, *, production: bool) -> Path | None:
    """Return the file of the log's key (LEDGER_KEY_FILE); None where LEDGER_KEY holds the key itself.

    In development a key is drawn on first use and kept in var/ledger.pem; production must bring its own, so that it
    lies where the database and its backups do not.
    """
    works = "`openssl genpkey -algorithm ed25519 -out ledger.pem` makes one"
    name = env.get("LEDGER_KEY_FILE", "")
    if name and env.get("LEDGER_KEY"):
        refuse("LEDGER_KEY_FILE", "LEDGER_KEY is set as well", "one of the two")
    if env.get("LEDGER_KEY"):
        return None
    if not name and production:
        refuse("LEDGER_KEY_FILE", "is not set and production demands it", works)
    path = Path(name or var / "ledger.pem")
    if name and not path.is_file():
        refuse("LEDGER_KEY_FILE", f"{path} is no file", works)
    return path


def origin(env: Env, site_url: str) -> str:
    """Return the name under which the log signs (LEDGER_ORIGIN); the site's address without its scheme if not set."""
    name = env.get("LEDGER_ORIGIN") or site_url.partition("://")[2]
    if not name or "+" in name or any(c.isspace() for c in name):
        refuse("LEDGER_ORIGIN", f"{name!r} holds a blank or a plus sign", "giaitrinh.tinh.gov.vn")
    return name


def witnesses(env: Env) -> list[str]:
    """Return the public keys of the witnesses whose cosignatures are kept (LEDGER_WITNESSES)."""
    keys = words(env, "LEDGER_WITNESSES")
    works = "the line that `python -m workflow.ledger.witness key` prints; several with commas between them"
    for one in keys:
        try:
            kind = Verifier.parse(one).kind
        except NoteError as error:
            refuse("LEDGER_WITNESSES", str(error), works)
        if kind != WITNESS:
            refuse("LEDGER_WITNESSES", f"{one!r} is the key of a log, not of a witness", works)
    return keys


def stamps(env: Env, *, production: bool) -> tuple[str, str]:
    """Return the address of the time-stamp authority (LEDGER_TSA_URL) and the file of its roots (LEDGER_TSA_ROOTS)."""
    url, roots = env.get("LEDGER_TSA_URL", ""), env.get("LEDGER_TSA_ROOTS", "")
    if not url:
        return "", ""
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        refuse("LEDGER_TSA_URL", f"is no web address ({scheme(url)})", "https://tsa.ca.gov.vn/")
    if production and parts.username and parts.hostname not in LOOPBACK:
        refuse("LEDGER_TSA_URL", "holds a password", "an address without one")
    if not Path(roots).is_file():
        refuse("LEDGER_TSA_ROOTS", f"{roots or 'nothing'} is no file", "the authority's root certificates in PEM")
    return url, roots
