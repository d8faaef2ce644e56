"""The log's own key: from a file or the environment, never in the database; and how it is handed over to another."""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.db import transaction

from workflow import store
from workflow.ledger import notes
from workflow.ledger.models import Handover
from workflow.ledger.notes import LOG, Note, Signer, Verifier
from workflow.ledger.trust import handover_text


def current() -> Signer:
    """Return the key that signs now; in development it is drawn on first use.

    Raises ImproperlyConfigured if there is none or it is no Ed25519 key.
    """
    if settings.LEDGER_KEY_FILE is None:
        return read(settings.LEDGER_KEY.encode())
    path = Path(settings.LEDGER_KEY_FILE)
    if not path.exists() and not settings.PRODUCTION:
        draw(path)
    return read(path.read_bytes())


def read(pem: bytes) -> Signer:
    """Return the key of a PEM text."""
    try:
        private = load_pem_private_key(pem, None)
    except (ValueError, TypeError):
        private = None
    if not isinstance(private, Ed25519PrivateKey):
        raise ImproperlyConfigured(
            "LEDGER_KEY_FILE: holds no Ed25519 key; `openssl genpkey -algorithm ed25519 -out ledger.pem` makes one"
        )
    return notes.signer(settings.LEDGER_ORIGIN, LOG, private)


def draw(path: Path) -> None:
    """Draw a key and keep it in a new file; processes that race agree on one."""
    draft = path.with_name(f"{path.name}.{os.getpid()}")
    draft.touch(mode=0o600)
    pem = Ed25519PrivateKey.generate().private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    draft.write_bytes(pem)
    with suppress(FileExistsError):
        os.link(draft, path)
    draft.unlink()


def public() -> Verifier:
    """Return the public half of the key that signs now."""
    return current().verifier


@transaction.atomic
def hand_over(new: Signer) -> Handover:
    """Let the key that signs now name the next one; both sign it, and it is logged.

    Whoever trusts the old key trusts the new one from the size of the tree at this moment on. The new key signs once
    LEDGER_KEY_FILE names it.
    """
    from workflow.actors import SYSTEM
    from workflow.ledger import chain
    from workflow.ledger.seal import size_sealed

    old, size = current(), size_sealed()
    text = handover_text(size, old.verifier, new.verifier)
    note = Note(text, (old.sign(text), new.sign(text)))
    chain.append(chain.SYSTEM_CHAIN, "key_handed_over", actor=SYSTEM, size=size, key=str(new.verifier))
    return Handover.objects.create(size=size, at=store.database_now(), note=str(note))
