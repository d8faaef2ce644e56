"""The log in parts, in the order of its keys: the entries of a part, what is disclosed of them, single rows looked up.

On PostgreSQL each process that reads has a connection of its own, and all share one snapshot: what is written meanwhile
is not mistaken for tampering. On SQLite, and inside somebody's transaction, one connection does the same.
"""

from __future__ import annotations

import gc
import signal
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime, timedelta
from itertools import groupby
from multiprocessing import current_process, get_context
from operator import itemgetter
from os import cpu_count
from string import Formatter
from typing import Any, TypeVar

from django.db import connection
from django.db.backends.base.base import BaseDatabaseWrapper

from workflow import prepared
from workflow.ledger import canonical
from workflow.ledger.openings import BETWEEN, Disclosed, Together

PART = 32_768
"""Most entries in a part, and how far its keys reach; whole tiles of the tree."""
STEP = 512
"""How far the keys reach of the entries that are held in memory at a time: so many stay in a processor's cache."""
MOST = 8
"""Processes that read at a time, each with a connection."""
FIRST, LAST = -(1 << 62), 1 << 62
T = TypeVar("T")

COLUMNS = (
    "e.id", "l.leaf_index", "e.chain", "e.seq", "e.case_id", "e.agency_id", "e.at", "e.recorded_at", "e.actor",
    "e.appointment", "e.on_behalf_of", "e.own_act", "e.transition", "e.source", "e.target", "e.law_version",
    "e.canonical", "e.hash",
)  # fmt: skip
NAMES = tuple(name.partition(".")[2] for name in COLUMNS)
ENTRIES = (
    f"SELECT {', '.join(name for name in COLUMNS)} FROM workflow_logentry e LEFT JOIN"
    " (SELECT leaf_index, entry_id FROM ledger_leaf WHERE entry_id >= {low} AND entry_id < {high}) l"
    " ON l.entry_id = e.id WHERE e.id >= {low} AND e.id < {high}"
    " AND (l.leaf_index >= {since} OR l.leaf_index IS NULL) ORDER BY e.id"
)
DISCLOSURES = (
    "SELECT entry_id, name, salt, value FROM workflow_disclosure"
    " WHERE entry_id >= {low} AND entry_id < {high} ORDER BY entry_id, name"
)
_MARK = f"E'\\x{BETWEEN.hex()}'"
TOGETHER = (
    f"SELECT entry_id, count(*), string_agg(name, {_MARK}), string_agg(salt, {_MARK}), string_agg(value, {_MARK})"
    " FROM workflow_disclosure WHERE entry_id >= {low} AND entry_id < {high} GROUP BY entry_id"
)
"""The same, a row for each entry."""
Entry = tuple[Any, ...]
"""The values of `NAMES`, texts as bytes: that is how they are compared."""
Read = tuple[list[Entry], list[Together]]
_EPOCH = datetime(2000, 1, 1)


def _steps(low: int, high: int) -> Iterator[tuple[int, int]]:
    """Yield where each step through a part begins and the next one does, by key; behind its reach there is nothing."""
    for first in range(low, min(high, low + PART), STEP):
        yield first, min(first + STEP, high)


def as_columns(row: Entry, *moments: bytes) -> dict[str, Any]:
    """Return an entry by the names of its columns, its two moments being given as the log writes them."""
    texts = [one.decode(errors="replace") if isinstance(one, bytes) else one for one in row]
    found = dict(zip(NAMES, texts, strict=True)) | {"canonical": row[NAMES.index("canonical")]}
    found["at"], found["recorded_at"] = (datetime.fromisoformat(one.decode()) for one in moments)
    found["own_act"] = bool(found["own_act"])
    del found["leaf_index"]
    return found


class Source:
    """One view of the database that does not move while it is read."""

    def __init__(self, side: BaseDatabaseWrapper, since: int) -> None:
        """Take the connection and the least leaf to be read."""
        self.side, self.since = side, since

    def look_up(self, sql: str, params: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
        """Return rows."""
        with self.side.cursor() as cursor:
            cursor.execute(sql, params)
            return list(cursor.fetchall())

    def parts(self) -> Iterator[tuple[int, int]]:
        """Yield where each part begins and the next one does, by key."""
        low, sql = _low(self), "SELECT id FROM workflow_logentry WHERE id >= %s ORDER BY id LIMIT 1"
        while found := self.look_up(sql, [low + PART]):
            yield low, found[0][0]
            low = found[0][0]
        yield low, LAST

    def each(self, work: Callable[[Source, int, int], T]) -> Iterator[T]:
        """Yield what is found in each part, in their order."""
        for low, high in self.parts():
            yield work(self, low, high)

    def read(self, low: int, high: int) -> Iterator[Read]:
        """Yield the entries of a part with the places of their leaves, and what is disclosed of them, step by step.

        `moments` reads what stands in the moments of an entry.
        """
        for first, behind in _steps(low, high):
            yield self._rows(ENTRIES, first, behind), self._together(self._rows(DISCLOSURES, first, behind))

    def disclosures(self, entry: int) -> list[Disclosed]:
        """Return entry, name, salt and value of what is disclosed of an entry."""
        return self._rows(DISCLOSURES, entry, entry + 1)

    def _together(self, rows: list[Disclosed]) -> list[Together]:
        found = []
        for entry, group in groupby(rows, itemgetter(0)):
            _keys, names, salts, values = zip(*group, strict=True)
            found.append((entry, len(names), BETWEEN.join(names), BETWEEN.join(salts), BETWEEN.join(values)))
        return found

    def _rows(self, sql: str, low: int, high: int) -> list[tuple[Any, ...]]:
        rows = self.look_up(sql.format(low=low, high=high, since=self.since))
        return [tuple([one.encode() if type(one) is str else one for one in row]) for row in rows]

    def moments(self, values: Iterable[Any]) -> list[bytes]:
        """Return moments of entries as the log writes them; SQLite gives texts without a zone, in UTC."""
        found = [datetime.fromisoformat(one.decode()) if isinstance(one, bytes) else one for one in values]
        return [canonical.instant(one if one.tzinfo else one.replace(tzinfo=UTC)).encode() for one in found]


class Shared(Source):
    """The same on PostgreSQL, as the snapshot of that name shows it; several processes read parts at a time."""

    def __init__(self, side: Any, since: int, snapshot: str) -> None:
        """Take a connection that nobody else uses."""
        from psycopg.types.numeric import Int8BinaryLoader
        from psycopg.types.string import ByteaBinaryLoader

        super().__init__(side, since)
        self.snapshot = snapshot
        self._minutes: dict[int, bytes] = {}
        as_it_comes = {"timestamptz": Int8BinaryLoader, "text": ByteaBinaryLoader, "varchar": ByteaBinaryLoader}
        self._session = prepared.Session(
            side.connection, most=prepared.MOST if prepared.lasts(side) else 0, **as_it_comes
        )

    def each(self, work: Callable[[Source, int, int], T]) -> Iterator[T]:
        """Yield what is found in each part, in their order."""
        several = min(cpu_count() or 1, MOST)
        if several == 1 or current_process().daemon or len(self.look_up(_ENOUGH, [PART])) == 0:
            yield from super().each(work)
            return
        context = get_context("fork")
        with ProcessPoolExecutor(several, context, _begin, (self.snapshot, self.since)) as pool:
            under_way: deque[Future[T]] = deque()
            try:
                for low, high in self.parts():
                    under_way.append(pool.submit(_run, work, low, high))
                    if len(under_way) > several + 1:
                        yield under_way.popleft().result()
                while under_way:
                    yield under_way.popleft().result()
            finally:
                for one in under_way:
                    one.cancel()

    def read(self, low: int, high: int) -> Iterator[Read]:
        """Yield the same; the database works on the next step while this one is looked at, so ask for nothing else."""
        session, steps = self._session, _steps(low, high)
        step = next(steps, None)
        asked = session.ask(*self._asked(ENTRIES, step)) if step else None
        while step:
            entries = session.answer(asked)
            asked = session.ask(*self._asked(TOGETHER, step))
            opened = session.answer(asked)
            if step := next(steps, None):
                asked = session.ask(*self._asked(ENTRIES, step))
            yield entries, opened

    def _rows(self, sql: str, low: int, high: int) -> list[tuple[Any, ...]]:
        return self._session.rows(*self._asked(sql, (low, high)))

    def _asked(self, sql: str, step: tuple[int, int]) -> tuple[str, list[Any]]:
        """Return a statement as it is prepared, and its parameters in their order."""
        bounds = dict(zip(("low", "high"), step, strict=True), since=self.since)
        names = [name for _text, name, _form, _as in Formatter().parse(sql) if name]
        return sql.format(low="%s", high="%s", since="%s"), [bounds[name] for name in names]

    def moments(self, values: Iterable[int]) -> list[bytes]:
        """Return moments of entries as the log writes them; the server gives microseconds since 2000."""
        found, minutes = [], self._minutes
        for value in values:
            minute, rest = divmod(value, 60_000_000)
            text = minutes.get(minute) or self._minute(minute)
            found.append(b"%b%02d.%06dZ" % (text, *divmod(rest, 1_000_000)))
        return found

    def _minute(self, minute: int) -> bytes:
        if len(self._minutes) > PART:
            self._minutes.clear()
        text = self._minutes[minute] = f"{_EPOCH + timedelta(minutes=minute):%Y-%m-%dT%H:%M:}".encode()
        return text


_ENOUGH = "SELECT 1 FROM workflow_logentry ORDER BY id LIMIT 1 OFFSET %s"
_own: list[Source] = []
"""What a process of its own reads from."""


def _begin(snapshot: str, since: int) -> None:
    """Open a connection in a process that was forked off; those it inherited are not its own."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the process that asked ends us
    gc.disable()  # a part holds many rows and no cycles
    _own[:] = [Shared(_frozen(connection.copy(), snapshot)[0], since, snapshot)]


def _run(work: Callable[[Source, int, int], T], low: int, high: int) -> T:
    return work(_own[0], low, high)


@contextmanager
def opened(since: int = 0) -> Iterator[Source]:
    """Open the log for reading.

    since: leave out the entries whose leaf lies before; what was sealed is then looked up where it is needed
    """
    with ExitStack() as stack:
        if connection.in_atomic_block:
            yield Source(connection, since)
        elif connection.vendor != "postgresql":
            with connection.cursor() as cursor:
                cursor.execute("BEGIN")  # not IMMEDIATE: readers keep nobody from writing
                stack.callback(connection.cursor().execute, "ROLLBACK")
                yield Source(connection, since)
        else:
            other = connection.copy()
            stack.callback(other.close)
            yield Shared(other, since, _frozen(other)[1])


def _frozen(other: Any, snapshot: str = "") -> tuple[Any, str]:
    """Open a connection whose view does not move, that of the snapshot if one is given; return it and the snapshot."""
    other.ensure_connection()
    raw = other.connection
    raw.execute("BEGIN ISOLATION LEVEL REPEATABLE READ, READ ONLY")
    if snapshot:
        raw.execute(f"SET TRANSACTION SNAPSHOT '{snapshot}'")
    else:
        (snapshot,) = raw.execute("SELECT pg_export_snapshot()").fetchone()
    # an index leads to the rows in the order in which they lie; the planner would rather fetch them and sort
    raw.execute("SET LOCAL enable_bitmapscan = off")
    return other, snapshot


def _low(source: Source) -> int:
    """Return the least key among the entries from a leaf on; those that are not sealed yet lie behind the floor."""
    if not source.since:
        return FIRST
    ((first,),) = source.look_up("SELECT min(entry_id) FROM ledger_leaf WHERE leaf_index >= %s", [source.since])
    floor = next(iter(source.look_up("SELECT floor FROM ledger_sealer")), (0,))[0]
    return min(floor + 1, first) if first is not None else int(floor) + 1
