"""Text as people type it into a search: without case and without diacritics, đ as d."""

from __future__ import annotations

import unicodedata


def folded(text: str) -> str:
    """Return a text in small letters, without diacritics, with single spaces."""
    plain = unicodedata.normalize("NFD", text.replace("đ", "d").replace("Đ", "d"))
    letters = "".join(letter for letter in plain if not unicodedata.combining(letter))
    return " ".join(letters.casefold().split())
