"""Secrets of second factors at rest: sealed with a key that stands outside the database."""

from __future__ import annotations

import base64
from functools import cache

from cryptography.fernet import Fernet, InvalidToken
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured


@cache
def _fernet(key: str) -> Fernet:
    derived = HKDF(algorithm=SHA256(), length=32, salt=None, info=b"giaitrinh second factors 1").derive(key.encode())
    return Fernet(base64.urlsafe_b64encode(derived))


def seal(text: str) -> str:
    """Return a secret as it may stand in the database (Fernet: AES-128-CBC with HMAC-SHA256)."""
    return _fernet(settings.SECOND_FACTOR_KEY).encrypt(text.encode()).decode()


def unseal(sealed: str) -> str:
    """Return the secret.

    Raises ImproperlyConfigured where the key is not the one that sealed it; nothing is guessed in its place.
    """
    try:
        return _fernet(settings.SECOND_FACTOR_KEY).decrypt(sealed.encode()).decode()
    except InvalidToken:
        raise ImproperlyConfigured(
            "SECOND_FACTOR_KEY: does not open the second factors in this database; what would work: the key that"
            " sealed them (SECRET_KEY where none was set), or resetting each person's second factor"
        ) from None
