"""What anyone may be given about one entry: the proof that it stands in the tree, or the promise of one.

The narrow way in for receipts, letters and pages; they need nothing else of the ledger.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from workflow.ledger import merkle
from workflow.ledger.models import Anchor, Checkpoint, Leaf
from workflow.ledger.notes import Note, NoteError
from workflow.ledger.seal import latest
from workflow.ledger.tiles import Tiles
from workflow.models import LogEntry


@dataclass(frozen=True, slots=True)
class Receipt:
    """What is handed over about an entry.

    index, proof, checkpoint: where it stands, as of the checkpoint; None and empty while it waits to be sealed
    """

    entry: LogEntry
    index: int | None = None
    proof: list[bytes] = field(default_factory=list)
    checkpoint: Checkpoint | None = None

    @property
    def is_proven(self) -> bool:
        """Return whether the entry is sealed; before, the hash itself is the promise."""
        return self.checkpoint is not None

    def as_json(self) -> dict[str, Any]:
        """Return the receipt as `docs/ledger.md` describes it; a promise holds chain, seq and hash alone."""
        promise = {"chain": self.entry.chain, "seq": self.entry.seq, "hash": self.entry.hash}
        if self.checkpoint is None:
            return promise
        proof = [one.hex() for one in self.proof]
        return promise | {"leaf": self.index, "proof": proof, "checkpoint": cosigned(self.checkpoint)}


def receipt(entry: LogEntry) -> Receipt:
    """Return what can be handed over about an entry now: its inclusion proof, or the promise of one."""
    index = Leaf.objects.filter(entry=entry).values_list("index", flat=True).first()
    checkpoint = latest()
    if index is None or checkpoint is None:
        return Receipt(entry)
    proof = Tiles(checkpoint.size).inclusion_proof(index, checkpoint.size)
    return Receipt(entry, index, proof, checkpoint)


def holds(receipt: Receipt) -> bool:
    """Return whether a receipt's proof leads from its entry to the root of its checkpoint."""
    if receipt.checkpoint is None or receipt.index is None:
        return False
    leaf, root = merkle.leaf_hash(bytes.fromhex(receipt.entry.hash)), bytes.fromhex(receipt.checkpoint.root)
    return merkle.is_included(leaf, receipt.index, receipt.checkpoint.size, receipt.proof, root)


def cosigned(checkpoint: Checkpoint) -> str:
    """Return a checkpoint's note with every cosignature that witnesses have given it."""
    note = Note.parse(checkpoint.note)
    lines = checkpoint.anchors.filter(kind=Anchor.Kind.WITNESS).order_by("pk").values_list("body", flat=True)
    return str(note.with_signatures(Note.parse(f"{note.text}\n{line}\n").signatures[0] for line in lines))


def known(note: str) -> bool:
    """Return whether a checkpoint that somebody brings is one of ours, text for text."""
    try:
        text = Note.parse(note).text
    except NoteError:
        return False
    return any(Note.parse(one).text == text for one in _of_size(text))


def _of_size(text: str) -> list[str]:
    size = text.split("\n")[1]
    return list(Checkpoint.objects.filter(size=int(size)).values_list("note", flat=True)) if size.isdigit() else []


__all__ = ["Receipt", "cosigned", "holds", "known", "latest", "receipt"]
