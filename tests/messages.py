"""Compile the translations: `python -m tests.messages` (part of `make messages`)."""

from pathlib import Path

import polib

LOCALE = Path(__file__).resolve().parent.parent / "locale"


def catalogues():
    """Return the catalogues of sentences, as written by translators."""
    return sorted(LOCALE.rglob("*.po"))


def compiled(file):
    """Return what the compiled form of a catalogue must be."""
    return polib.pofile(str(file)).to_binary()


if __name__ == "__main__":
    for file in catalogues():
        file.with_suffix(".mo").write_bytes(compiled(file))
