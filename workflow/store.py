"""The lean statements behind `open()` and `fire()`: one locking read, one write.

PostgreSQL writes an act with one data-modifying CTE; SQLite with plain statements from the same description. A test
proves that both leave equal rows. Nothing here decides anything.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime
from functools import lru_cache
from typing import Any, NamedTuple

from django.db import DEFAULT_DB_ALIAS, connections

from workflow import clock as clocks
from workflow import closures, registry, rows
from workflow.calendar import Calendar, shipped
from workflow.deadlines import Clock
from workflow.errors import Conflict
from workflow.ladders import Ladders
from workflow.models import CalendarVersion, Case, LogEntry
from workflow.rows import Post, clock_row, instant, moment, values_of
from workflow.statements import Statements, fetch, statements, vendor


@dataclass(slots=True)
class Snapshot:
    """A case as it stands under its lock, with everything an act looks at.

    path: place of the case's agency in the tree
    posts: powers of those who act, on the day of the act
    added: rungs that the agency has added to the ladders, by period
    """

    case: Case
    clocks: list[Clock]
    posts: list[Post]
    path: str
    calendar_version: int
    recorded_at: datetime
    before: dict[str, Any] = field(default_factory=dict)
    added: Ladders = field(default_factory=dict)

    @property
    def calendar(self) -> Calendar:
        """Return the official table in force, with the local closures of the case's agency where they count (A22)."""
        return closures.local(calendar(self.calendar_version), self.case)


@dataclass(slots=True)
class Write:
    """What one act changes, in rows."""

    snapshot: Snapshot
    entry: dict[str, Any]
    disclosures: list[dict[str, str]]
    clocks: list[Clock]
    new: bool = False


@lru_cache(maxsize=8)
def _calendar(version: int) -> Calendar:
    return Calendar.from_json(CalendarVersion.objects.get(pk=version).table)


def calendar(version: int) -> Calendar:
    """Return an edition of the official table; the shipped one where the database holds none."""
    return _calendar(version) if version else shipped()


class Holder(NamedTuple):
    """A person whose powers are read, and the days through which they must hold them."""

    user_id: int
    since: date
    until: date


def at_once() -> bool:
    """Return whether an act may be one statement that is its own transaction: on PostgreSQL, with none open."""
    db = connections[DEFAULT_DB_ALIAS]
    return vendor() == "postgresql" and not db.in_atomic_block and db.autocommit


def read(case: Case, *, people: tuple[Holder, ...] = (), lock: bool) -> Snapshot:
    """Return a case as it stands, locked against every other act if `lock`.

    One statement; on PostgreSQL a second one if the row was moved while we waited, because only the locked row
    itself is seen afresh then.
    people: those who act or signed
    """
    model = _child(case)
    sql = statements().read(model, len(people), lock=lock)
    params = [*_read_params(people), case.pk]
    for _ in range(3):
        found = fetch(sql, params)
        if not found:
            raise Conflict(code=case.code)
        snapshot, stale = _snapshot(model, found)
        if not stale:
            return snapshot
    raise Conflict(code=case.code)


def read_for_opening(case: Case, people: tuple[Holder, ...]) -> Snapshot:
    """Return what the opening of a new case looks at; the case gets its key where the database gives it ahead."""
    params = [*_read_params(people), case.agency_id, case.procedure_name]
    ((posts, version, at, added, case.pk),) = fetch(statements().opening(len(people)), params)
    path = case.agency.path
    return Snapshot(case, [], rows.posts(posts), path, version or 0, moment(at), added=rows.added(added))


def powers(*people: Holder) -> list[Post]:
    """Return the powers of some persons, each through the days of their own; one statement."""
    ((posts,),) = fetch(statements().powers(len(people)), _read_params(people))
    return rows.posts(posts)


def clocks_of(case: Case) -> list[Clock]:
    """Return the clocks of a case that was loaded without them."""
    return read(case, lock=False).clocks if case.pk else []


def write(change: Write) -> LogEntry:
    """Write one act: case, child, entry, outbox, disclosures, clocks and their ladders.

    Raises Conflict if the case is no longer as it was read.
    """
    return _writer(statements(), change)


def _writer(to: Statements, change: Write) -> LogEntry:
    case = change.snapshot.case
    model, before = _child(case), None if change.new else change.snapshot.before
    entry_id = to.write(
        model=model,
        case=values_of(Case, case, before),
        child=values_of(model, case, before),
        case_id=case.pk,
        seq=change.entry["seq"],
        edition=change.snapshot.calendar_version,
        entry=change.entry,
        disclosures=change.disclosures,
        clocks=[clock_row(one) for one in change.clocks if one.changed],
        new=change.new,
    )
    if entry_id is None:
        raise Conflict(code=case.code)
    if change.new and case.pk is None:
        case.pk, entry_id = entry_id[1], entry_id[0]
    return rows.entry_of({**change.entry, "id": entry_id, "case_id": case.pk})


def _child(case: Case) -> type[Case]:
    return registry.get(case.procedure_name).model


def load(case: Case) -> Case:
    """Return the case as its procedure's own class."""
    model = _child(case)
    return case if isinstance(case, model) else model._default_manager.get(pk=case.pk)


def _read_params(people: tuple[Holder, ...]) -> list[Any]:
    """Return the parameters of the powers: each person with their days."""
    params: list[Any] = []
    for holder in people:
        params += [holder.user_id, holder.since.isoformat(), holder.until.isoformat()]
    return params


def _snapshot(model: type[Case], found: list[tuple[Any, ...]]) -> tuple[Snapshot, bool]:
    case, before, (seen_seq, posts, version, at, added, path, kinds, *_) = rows.case_of(model, found[0])
    case.clocks = rows.clocks(found)
    case.paper_kinds = frozenset(rows.decoded(kinds))
    given = (case, case.clocks, rows.posts(posts), path, version or 0, moment(at), before, rows.added(added))
    return Snapshot(*given), seen_seq != case.seq


def database_now() -> datetime:
    """Return the simulated instant, or the database's clock."""
    if vendor() != "postgresql" or clocks.simulated_now() is not None:
        return clocks.now()
    return moment(fetch("SELECT clock_timestamp()", [])[0][0])


__all__ = [
    "Holder",
    "Post",
    "Snapshot",
    "Write",
    "calendar",
    "instant",
    "load",
    "moment",
    "read",
    "read_for_opening",
    "write",
]
