"""When an entry can have been recorded, given the checkpoints around its leaf; what `docs/ledger.md` says of times.

An entry says when it was recorded, and whoever appends one can say what they like. The tree says when at the latest:
before the checkpoint that first covers it was signed; and when at the earliest: after the one before it, but for the
time that a writer may take between reading the clock and being seen. Standard library only.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from hashlib import sha256

from workflow.ledger.notes import Checkpoint

LAG = timedelta(minutes=15)
"""Most time between a writer's reading of the clock and the moment at which a sealer can see the entry."""
SKEW = timedelta(minutes=1)
"""How far the database's clock may step back."""
EVER = datetime.min.replace(tzinfo=UTC) + LAG
LATE, EARLY, BACK = "recorded_after", "recorded_before", "recorded_back"
"""After the checkpoint that covers it; long before the one that does not; long before an entry that precedes it."""


ORDER, AFTER = "checkpoint_order", "checkpoint_after"
"""A checkpoint is smaller or earlier than the one before it; it does not follow the one that it should name."""


@dataclass(slots=True)
class Between:
    """The moments of some checkpoints of a log, and what they say of its entries."""

    sizes: list[int] = field(default_factory=list)
    moments: list[datetime] = field(default_factory=list)

    @classmethod
    def of(cls, checkpoints: Iterable[Checkpoint]) -> Between:
        """Return what checkpoints say; those that name no moment say nothing."""
        told = sorted({(one.size, at) for one in checkpoints if (at := one.moment)})
        return cls([size for size, _ in told], [at for _, at in told])

    def wrong(self, leaf: int, recorded: datetime) -> str:
        """Return why an entry with this leaf cannot have been recorded then; empty if it can."""
        n = bisect_right(self.sizes, leaf)
        if n < len(self.moments) and recorded > self.moments[n] + SKEW:
            return LATE
        return EARLY if n and recorded < self.moments[n - 1] - LAG else ""


def broken(given: Iterable[tuple[Checkpoint, str]], *, every: bool = False) -> list[tuple[int, str]]:
    """Return the sizes of checkpoints that do not follow from the one before them, and why; given in their order.

    given: each with its text; every: whether all of the log are there, else the one that a checkpoint names lies at
    or behind the one before it here
    """
    found: list[tuple[int, str]] = []
    before: tuple[Checkpoint, str] | None = None
    for one, text in given:
        if before is not None:
            last, _ = before
            if one.size < last.size or (last.at and one.at < last.at):
                found.append((one.size, ORDER))
            elif last.at and one.size > last.size and not _may_follow(one, *before, every=every):
                found.append((one.size, AFTER))
        before = one, text
    return found


def _may_follow(one: Checkpoint, last: Checkpoint, text: str, *, every: bool) -> bool:
    if one.after is None or one.after[0] >= one.size:
        return False
    return (one.after[0] > last.size and not every) or one.after == (last.size, sha256(text.encode()).digest())
