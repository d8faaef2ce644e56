"""When the entries of the live log say they were recorded, held against the checkpoints and against each other.

The tree is walked checkpoint by checkpoint: each part of the log that was read tells the first and the last moment
between two of them, and only where these do not fit are the entries read again.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from workflow.ledger.chain import Failure
from workflow.ledger.moments import AFTER, EVER, LAG, ORDER, SKEW, broken
from workflow.ledger.notes import Checkpoint, Note, NoteError
from workflow.ledger.stream import LAST, Source

AHEAD = 200
"""How many checkpoints, and a tenth of how many entries, are read together."""
Spans = dict[int, tuple[str, str]]
"""When the first and the last of some entries were recorded, by the size of the checkpoint that first covers them."""
_CHECKPOINTS = "SELECT size, at, note FROM ledger_checkpoint WHERE size > %s AND size <= %s ORDER BY size LIMIT %s"
_SIZES = "SELECT size FROM ledger_checkpoint WHERE size > %s ORDER BY size LIMIT %s"
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


def spans(source: Source, leaves: list[int], recorded: list[Any]) -> Spans:
    """Return the spans of some entries, given by their leaves and moments as the source gives them."""
    if leaves != sorted(leaves):
        leaves, recorded = map(list, zip(*sorted(zip(leaves, recorded, strict=True)), strict=True))
    found: Spans = {}
    begin = 0
    while begin < len(leaves) and (sizes := source.look_up(_SIZES, [leaves[begin], AHEAD])):
        for (size,) in sizes:
            end = bisect_left(leaves, size, begin)
            if end > begin:
                some = recorded[begin:end]
                first, last = source.moments((min(some), max(some)))
                found[size] = first.decode(), last.decode()
                begin = end
    return found


class Times:
    """One walk along the tree, behind the reading of the log; what was read is handed to it in spans."""

    def __init__(self, source: Source, since: int) -> None:
        """Begin at the checkpoint of this size."""
        self.source, self.size, self.read = source, since, since - 1
        self.spans: Spans = {}
        self.top = EVER  # the latest moment so far, of an entry or of a checkpoint
        self.before: list[tuple[Checkpoint, str]] = []

    def add(self, spans: Spans) -> None:
        """Take the spans of a part."""
        for size, (low, high) in spans.items():
            known = self.spans.get(size, (low, high))
            self.spans[size] = min(low, known[0]), max(high, known[1])

    def upto(self, size: int) -> Iterator[Failure]:
        """Yield the checkpoints up to a size that do not follow from the one before them, and the entries they cover
        that cannot be as old or as new as they say; their spans have been handed in.
        """
        while self.read < size and (rows := self.source.look_up(_CHECKPOINTS, [self.read, size, AHEAD])):
            self.read = rows[-1][0]
            yield from self._among(rows)

    def rest(self, floor: int) -> Iterator[Failure]:
        """Yield the same of the rest of the log; floor: key up to which every entry has its leaf."""
        yield from self.upto(LAST)
        last = floor
        while rows := self.source.look_up(_WAITING, [last, 10 * AHEAD]):
            last = rows[-1][0]
            for _key, chain, seq, recorded in rows:
                yield from self._entry(chain, seq, _moment(recorded))

    def _among(self, rows: list[tuple[Any, ...]]) -> Iterator[Failure]:
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
        spans = {size: self.spans.pop(size) for size, _at, _note in rows if size in self.spans}
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
                yield from self._entry(chain, seq, _moment(recorded), signed)

    def _entry(self, chain: str, seq: int, recorded: datetime, signed: datetime | None = None) -> Iterator[Failure]:
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
