"""Canonical form v1 of a log entry, and the commitments in it.

An entry's bytes are one version byte (0x01) and a JSON object in UTF-8 with sorted keys, no spaces and no escapes
beyond those JSON demands; its hash is SHA-256 over exactly these bytes, which are stored as they are. No personal
data stands inside: a personal value is replaced by a commitment, SHA-256 over 0x01, a 16-byte salt and the value's
own canonical JSON, and value and salt are kept beside the entry, where they can be erased.

Standard library only: the offline verifier uses this module too.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterator
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any

VERSION = b"\x01"
SALT_BYTES = 16

_encode = json.JSONEncoder(ensure_ascii=False, sort_keys=True, separators=(",", ":"), allow_nan=False).encode


def encode(value: object) -> str:
    """Return the canonical JSON of a value made of dicts, lists, strings, whole numbers, booleans and null."""
    return _encode(value)


def instant(moment: datetime) -> str:
    """Return an aware moment in UTC with microseconds, the one way the log writes time."""
    return moment.astimezone(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")


def form(entry: dict[str, Any]) -> bytes:
    """Return the exact bytes of an entry, version byte first."""
    return VERSION + _encode(entry).encode()


def parse(data: bytes) -> dict[str, Any]:
    """Return the entry behind its bytes.

    Raises ValueError for another version or for bytes that are not canonical.
    """
    if data[:1] != VERSION:
        raise ValueError(f"unknown form version {data[:1].hex() or 'none'}; this verifier knows 01")
    entry: dict[str, Any] = json.loads(data[1:])
    if not isinstance(entry, dict) or form(entry) != data:
        raise ValueError("the bytes are not in the canonical form")
    return entry


def digest(data: bytes) -> str:
    """Return SHA-256 in hexadecimal."""
    return hashlib.sha256(data).hexdigest()


def salt() -> str:
    """Return a fresh 16-byte salt in hexadecimal."""
    return os.urandom(SALT_BYTES).hex()


def commitment(value_json: str, salt_hex: str) -> str:
    """Return the commitment to a value, given as its canonical JSON."""
    return hashlib.sha256(VERSION + bytes.fromhex(salt_hex) + value_json.encode()).hexdigest()


DOCUMENT = ("kind", "number", "date", "summary", "body", "file")
"""What a document's digest is over; `file` is the SHA-256 of the scan in hexadecimal, or empty."""


def commitment_at(data: Any, path: str) -> str | None:
    """Return the commitment at a path like "questions.0.text" of an entry's data; None if there is none."""
    try:
        for step in _steps(path):
            data = data[int(step)] if isinstance(data, list) else data[step]
        found = data["commitment"]
    except (KeyError, IndexError, TypeError, ValueError):
        return None
    return found if isinstance(found, str) else None


@lru_cache(1024)
def _steps(path: str) -> list[str]:
    return path.split(".")


def documents(data: Any) -> Iterator[tuple[int, str]]:
    """Yield key and digest of each document that an entry's data cites, wherever it stands in it."""
    if isinstance(data, list):
        for one in data:
            yield from documents(one)
    elif isinstance(data, dict):
        if "document" in data and "digest" in data:
            yield data["document"], data["digest"]
        for one in data.values():
            yield from documents(one)
