"""Which keys speak for a log: the one that the reader trusts, and those it was handed over to.

A hand-over is a note of five lines, signed by both keys: the origin, "handover", the size of the tree, the old and
the new public key. Standard library and `cryptography` only.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from workflow.ledger.notes import Checkpoint, Note, NoteError, Verifier


def handover_text(size: int, old: Verifier, new: Verifier) -> str:
    """Return what both keys sign."""
    return f"{old.name}\nhandover\n{size}\n{old}\n{new}\n"


@dataclass(slots=True)
class Trusted:
    """A public key and the sizes of the tree for which it speaks; `until` is the last one, None while it is in use."""

    key: Verifier
    since: int = 0
    until: int | None = None

    def speaks_at(self, size: int) -> bool:
        """Return whether the key speaks for a tree of this size."""
        return self.since <= size and (self.until is None or size <= self.until)


def trusted(root: Verifier, handovers: Iterable[str]) -> list[Trusted]:
    """Return the keys that speak for the log, beginning with the one that the reader trusts.

    handovers: the notes, oldest first; those before the trusted key was handed the log do not concern it
    Raises NoteError if a hand-over by a trusted key does not hold.
    """
    keys = [Trusted(root)]
    for text in handovers:
        note = Note.parse(text)
        lines = note.text.split("\n")
        if len(lines) != 6 or lines[1] != "handover" or not lines[2].isdigit():
            raise NoteError("a hand-over has five lines: origin, “handover”, size, old key and new key")
        old, new = Verifier.parse(lines[3]), Verifier.parse(lines[4])
        if old != keys[-1].key:
            if len(keys) > 1:
                raise NoteError(f"the hand-over to {new.key_id.hex()} is not by the key before it")
            continue
        if lines[0] != old.name or not note.signed_by(old) or not note.signed_by(new):
            raise NoteError(f"the hand-over to {new.key_id.hex()} is not signed by both keys")
        keys[-1].until = int(lines[2])
        keys.append(Trusted(new, since=int(lines[2])))
    return keys


def checkpoint_of(note: Note, keys: Iterable[Trusted], origin: str) -> Checkpoint:
    """Return the checkpoint of a note that a trusted key has signed.

    Raises NoteError with a sentence if it is another log's or nobody who speaks for the log has signed it.
    """
    checkpoint = Checkpoint.parse(note.text)
    if checkpoint.origin != origin:
        raise NoteError(f"the checkpoint is of the log {checkpoint.origin!r}, not of {origin!r}")
    if not any(one.speaks_at(checkpoint.size) and note.signed_by(one.key) for one in keys):
        raise NoteError(f"no trusted key has signed the checkpoint of size {checkpoint.size}")
    return checkpoint
