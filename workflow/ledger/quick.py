"""The canonical form as the engine writes it: the bytes of `canonical`, in a fraction of the time.

`canonical` is what a verifier reads and runs; it needs the standard library alone. A test holds the two together.
"""

from __future__ import annotations

from typing import Any

from msgspec.json import Encoder

from workflow.ledger.canonical import VERSION

_encode = Encoder(order="sorted").encode


def encode(value: object) -> str:
    """Return what `canonical.encode` returns."""
    return _encode(value).decode()


def form(entry: dict[str, Any]) -> bytes:
    """Return what `canonical.form` returns."""
    return VERSION + _encode(entry)
