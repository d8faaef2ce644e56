"""When the entries of the live log say they were recorded, held against the checkpoints and against each other.

The tree is walked checkpoint by checkpoint: the database gives the first and the last moment between two of them, and
only where these do not fit are the entries read.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from workflow.ledger.chain import Failure
from workflow.ledger.moments import AFTER, EVER, LAG, ORDER, SKEW, broken
from workflow.ledger.notes import Checkpoint, Note, NoteError
from workflow.ledger.stream import Source

AHEAD = 200
"""How many checkpoints, and a tenth of how many entries, are read together."""
_CHECKPOINTS = "SELECT size, at, note FROM ledger_checkpoint WHERE size > %s ORDER BY size LIMIT %s"
_SPANS = (
    "SELECT c.size, min(e.recorded_at), max(e.recorded_at) FROM"
    " (SELECT size, coalesce(lag(size) OVER (ORDER BY size), %s) AS begins FROM ledger_checkpoint"
    " WHERE size > %s AND size <= %s) AS c"
    " JOIN ledger_leaf l ON l.leaf_index >= c.begins AND l.leaf_index < c.size"
    " JOIN workflow_logentry e ON e.id = l.entry_id GROUP BY c.size"
)
_SEALED = (
    "SELECT l.leaf_index, e.chain, e.seq, e.recorded_at FROM ledger_leaf l"
    " JOIN workflow_logentry e ON e.id = l.entry_id"
    " WHERE l.leaf_index >= %s AND l.leaf_index < %s ORDER BY l.leaf_index LIMIT %s"
)
_WAITING = (
    "SELECT e.id, e.chain, e.seq, e.recorded_at FROM workflow_logentry e WHERE e.id > %s"
    " AND NOT EXISTS (SELECT 1 FROM ledger_leaf l WHERE l.entry_id = e.id) ORDER BY e.id LIMIT %s"
)
_CHECKPOINT = {
    ORDER: _("the checkpoint of this size is smaller or earlier than the one before it"),
    AFTER: _("the checkpoint of this size does not follow the one before it; one has been removed"),
}


def check(source: Source, since: int, floor: int) -> Iterator[Failure]:
    """Yield the checkpoints that do not follow from the one before them, and the entries that cannot be as old or new.

    since: size of the checkpoint to begin at; floor: key up to which every entry has its leaf
    """
    walk, read = _Walk(source, since), since - 1
    while rows := source.look_up(_CHECKPOINTS, [read, AHEAD]):
        read = rows[-1][0]
        yield from walk.among(rows)
    last = floor
    while rows := source.look_up(_WAITING, [last, 10 * AHEAD]):
        last = rows[-1][0]
        for _key, chain, seq, recorded in rows:
            yield from walk.entry(chain, seq, _moment(recorded))


@dataclass(slots=True)
class _Walk:
    """One walk along the tree; top: the latest moment so far, of an entry or of a checkpoint."""

    source: Source
    size: int
    top: datetime = EVER
    before: list[tuple[Checkpoint, str]] = field(default_factory=list)

    def among(self, rows: list[tuple[Any, ...]]) -> Iterator[Failure]:
        """Yield what is wrong with checkpoints, given as size, moment and note, and with what lies between them."""
        told = []
        for size, at, note in rows:
            try:
                text = Note.parse(note).text
                told.append((Checkpoint.parse(text), text))
            except NoteError:
                continue  # which is named elsewhere
            if (signed := told[-1][0].moment) and signed != _moment(at):
                yield Failure("tree", size, _("the checkpoint of this size was signed at another time"))
        if told and told[0][0].after and not self.before and not self.size:
            yield Failure("tree", told[0][0].size, _CHECKPOINT[AFTER])
        for size, why in broken([*self.before, *told], every=True):
            yield Failure("tree", size, _CHECKPOINT[why])
        spans = {size: span for size, *span in self.source.look_up(_SPANS, [self.size, self.size, rows[-1][0]])}
        for one, _text in told:
            if one.size in spans:
                yield from self._span(one, *map(_moment, spans[one.size]))
            self._reach(one.moment)
            self.size = one.size
        self.before = told[-1:] or self.before

    def _span(self, one: Checkpoint, low: datetime, high: datetime) -> Iterator[Failure]:
        """Yield what is wrong with the entries up to a checkpoint, recorded between these moments."""
        signed = one.moment
        if low >= self.top - LAG and high - low <= LAG and not (signed and high > signed + SKEW):
            self._reach(high)
            return
        while rows := self.source.look_up(_SEALED, [self.size, one.size, 10 * AHEAD]):
            self.size = rows[-1][0] + 1
            for _leaf, chain, seq, recorded in rows:
                yield from self.entry(chain, seq, _moment(recorded), signed)

    def entry(self, chain: str, seq: int, recorded: datetime, signed: datetime | None = None) -> Iterator[Failure]:
        """Yield why an entry cannot have been recorded then, and go on to it."""
        if signed and recorded > signed + SKEW:
            why = _("it says it was recorded at {at}, after the first checkpoint that covers it was signed")
            yield Failure(chain, seq, format_lazy(why, at=recorded.isoformat()))
        elif recorded < self.top - LAG:
            why = _("it says it was recorded at {at}, long before what precedes it in the log")
            yield Failure(chain, seq, format_lazy(why, at=recorded.isoformat()))
        else:
            self._reach(recorded)

    def _reach(self, moment: datetime | None) -> None:
        self.top = max(self.top, moment) if moment else self.top


def _moment(value: Any) -> datetime:
    moment = datetime.fromisoformat(value) if isinstance(value, str) else value
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
