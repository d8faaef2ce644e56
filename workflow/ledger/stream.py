"""The log as one stream in the order of its keys, beside it the disclosures, and a way to look single rows up.

On PostgreSQL entries and disclosures come by binary cursors on connections of their own that share one snapshot: the
next rows are fetched while we hash, and what is written meanwhile is not mistaken for tampering. On SQLite, and inside
somebody's transaction, two plain cursors do the same.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from datetime import UTC, date, datetime, timedelta
from typing import Any

from django.db import connection
from django.db.backends.base.base import BaseDatabaseWrapper

from workflow.ledger import canonical

COLUMNS = (
    "e.id", "l.leaf_index", "e.chain", "e.seq", "e.case_id", "e.agency_id", "e.at", "e.recorded_at", "e.actor",
    "e.appointment", "e.on_behalf_of", "e.own_act", "e.transition", "e.source", "e.target", "e.law_version",
    "e.canonical", "e.hash",
)  # fmt: skip
NAMES = tuple(name.partition(".")[2] for name in COLUMNS)
ENTRIES = (
    f"SELECT {', '.join(name for name in COLUMNS)} FROM workflow_logentry e"
    " LEFT JOIN ledger_leaf l ON l.entry_id = e.id WHERE e.id >= {low}"
    " AND (l.leaf_index >= {since} OR l.leaf_index IS NULL) ORDER BY e.id"
)
DISCLOSURES = (
    "SELECT entry_id, name, salt, value FROM workflow_disclosure WHERE entry_id >= {low} ORDER BY entry_id, name"
)
_RAW = "(extract(epoch FROM {0}) * 1000000)::int8"
ENTRIES_RAW = ENTRIES.replace("e.at,", _RAW.format("e.at") + ",").replace(
    "e.recorded_at,", _RAW.format("e.recorded_at") + ","
)
FETCHED = 4_000
Entry = tuple[Any, ...]
"""The values of `NAMES`."""
_EPOCH = date(1970, 1, 1)


class Source:
    """One view of the database that does not move while it is read."""

    def __init__(self, side: BaseDatabaseWrapper, low: int, since: int) -> None:
        """Take the connection for looking rows up, the least key and the least leaf to be read."""
        self.side, self.low, self.since = side, low, since

    def look_up(self, sql: str, params: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
        """Return rows; may be called while the streams are open."""
        with self.side.cursor() as cursor:
            cursor.execute(sql, params)
            return list(cursor.fetchall())

    def entries(self) -> Iterator[Entry]:
        """Yield the entries with the place of their leaf; `moment` reads what stands in their moments."""
        return self._plain(ENTRIES)

    def moment(self, value: Any) -> str:
        """Return a moment of an entry as the log writes it; SQLite gives texts without a zone, in UTC."""
        moment = datetime.fromisoformat(value) if isinstance(value, str) else value
        return canonical.instant(moment if moment.tzinfo else moment.replace(tzinfo=UTC))

    def disclosures(self) -> Iterator[tuple[Any, ...]]:
        """Yield entry, name, salt and value of what is disclosed, in the order of the entries."""
        yield from self._plain(DISCLOSURES)

    def _plain(self, sql: str) -> Iterator[tuple[Any, ...]]:
        with connection.cursor() as cursor:
            cursor.execute(sql.format(low=self.low, since=self.since))
            while rows := cursor.fetchmany(FETCHED):
                yield from rows


class Fetched(Source):
    """The same on PostgreSQL, fetched ahead."""

    def __init__(self, side: Any, low: int, since: int, first: Any, second: Any) -> None:
        """Take a connection for each stream."""
        super().__init__(side, low, since)
        self.first, self.second = first, second
        self._days: dict[int, str] = {}

    def entries(self) -> Iterator[Entry]:
        """Yield the entries with the place of their leaf; `moment` reads what stands in their moments."""
        return self._fetched(self.first, ENTRIES_RAW)

    def moment(self, value: int) -> str:
        """Return a moment of an entry as the log writes it: microseconds since 1970."""
        day, rest = divmod(value, 86_400_000_000)
        text = self._days.get(day)
        if text is None:
            text = self._days[day] = (_EPOCH + timedelta(days=day)).isoformat()
        seconds, micros = divmod(rest, 1_000_000)
        minutes, seconds = divmod(seconds, 60)
        return f"{text}T{minutes // 60:02d}:{minutes % 60:02d}:{seconds:02d}.{micros:06d}Z"

    def disclosures(self) -> Iterator[tuple[Any, ...]]:
        """Yield entry, name, salt and value of what is disclosed, in the order of the entries."""
        return self._fetched(self.second, DISCLOSURES)

    def _fetched(self, on: Any, sql: str) -> Iterator[tuple[Any, ...]]:
        """Yield rows, some thousands at a time; the next are on their way while these are looked at."""
        with on.cursor(name="stream", binary=True) as cursor, ThreadPoolExecutor(1) as ahead:
            cursor.execute(sql.format(low=self.low, since=self.since))
            following = ahead.submit(cursor.fetchmany, FETCHED)
            while rows := following.result():
                following = ahead.submit(cursor.fetchmany, FETCHED)
                yield from rows


@contextmanager
def opened(since: int = 0) -> Iterator[Source]:
    """Open the log for reading.

    since: leave out the entries whose leaf lies before; what was sealed is then looked up where it is needed
    """
    with ExitStack() as stack:
        if connection.in_atomic_block:
            yield Source(connection, _low(since), since)
            return
        if connection.vendor != "postgresql":
            with connection.cursor() as cursor:
                cursor.execute("BEGIN")  # not IMMEDIATE: readers keep nobody from writing
                stack.callback(connection.cursor().execute, "ROLLBACK")
                yield Source(connection, _low(since), since)
            return
        side, first, second = (stack.enter_context(_another()) for _ in range(3))
        snapshot = ""
        for one in (side, first, second):
            raw = one.connection
            raw.execute("BEGIN ISOLATION LEVEL REPEATABLE READ, READ ONLY")
            if snapshot:
                raw.execute(f"SET TRANSACTION SNAPSHOT '{snapshot}'")
            else:
                (snapshot,) = raw.execute("SELECT pg_export_snapshot()").fetchone()
        for one in (first, second):
            # both tables in the order of the key: a merge of two index scans begins at once and holds nothing
            one.connection.execute("SET LOCAL enable_hashjoin = off")
            one.connection.execute("SET LOCAL enable_nestloop = off")
            one.connection.execute("SET LOCAL enable_sort = off")
        yield Fetched(side, _low(since), since, first.connection, second.connection)


@contextmanager
def _another() -> Iterator[Any]:
    """Open a further connection to the same database."""
    other = connection.copy()
    other.ensure_connection()
    try:
        yield other
    finally:
        other.close()


def _low(since: int) -> int:
    """Return the least key among the entries from a leaf on; those that are not sealed yet lie behind the floor."""
    if not since:
        return 0
    with connection.cursor() as cursor:
        cursor.execute("SELECT min(entry_id) FROM ledger_leaf WHERE leaf_index >= %s", [since])
        (first,) = cursor.fetchone()
        cursor.execute("SELECT floor FROM ledger_sealer")
        (floor,) = cursor.fetchone() or (0,)
    return min(floor + 1, first) if first is not None else int(floor) + 1
