"""The lean statements behind `open()` and `fire()`: one locking read, one write.

PostgreSQL writes an act with one data-modifying CTE; SQLite with plain statements from the same description. A test
proves that both leave equal rows. Nothing here decides anything.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from functools import lru_cache
from typing import Any

from django.db import connection, models

from workflow import clock as clocks
from workflow.calendar import Calendar
from workflow.deadlines import Bell, Clock
from workflow.errors import Conflict
from workflow.ladders import Ladders
from workflow.law import Rung
from workflow.models import CalendarVersion, Case, Deadline, LogEntry
from workflow.models.ladder import rung_of
from workflow.statements import Statements, statements


@dataclass(frozen=True, slots=True)
class Post:
    """A power somebody holds on a day: an appointment or a delegation, at an agency."""

    ref: str
    user_id: int
    role: str
    agency_id: int
    path: str


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
        from workflow.closures import local

        return local(calendar(self.calendar_version), self.case)


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
    from workflow.calendar import shipped

    return _calendar(version) if version else shipped()


@dataclass(frozen=True, slots=True)
class Holder:
    """A person whose powers are read, and the days through which they must hold them."""

    user_id: int
    since: date
    until: date


def at_once() -> bool:
    """Return whether an act may be one statement that is its own transaction: on PostgreSQL, with none open."""
    return connection.vendor == "postgresql" and not connection.in_atomic_block and connection.get_autocommit()


def read(case: Case, *, people: tuple[Holder, ...] = (), lock: bool) -> Snapshot:
    """Return a case as it stands, locked against every other act if `lock`.

    One statement; on PostgreSQL a second one if the row was moved while we waited, because only the locked row
    itself is seen afresh then.
    people: those who act or signed
    """
    model = _child(case)
    sql = statements(connection.vendor).read(model, lock=lock)
    for _ in range(3):
        with connection.cursor() as cursor:
            cursor.execute(sql, _read_params(people, case.pk))
            row = cursor.fetchone()
        if row is None:
            raise Conflict(code=case.code)
        snapshot, stale = _snapshot(model, row)
        if not stale:
            return snapshot
    raise Conflict(code=case.code)


def read_for_opening(case: Case, people: tuple[Holder, ...]) -> Snapshot:
    """Return what the opening of a new case looks at; the case gets its key where the database gives it ahead."""
    with connection.cursor() as cursor:
        params = [*_read_params(people), case.agency_id, case.procedure_name]
        cursor.execute(statements(connection.vendor).opening, params)
        posts, version, at, added, case.pk = cursor.fetchone()
    path = case.agency.path
    return Snapshot(case, [], _posts(posts), path, version or 0, moment(at), added=_added(added))


def clocks_of(case: Case) -> list[Clock]:
    """Return the clocks of a case that was loaded without them."""
    return read(case, lock=False).clocks if case.pk else []


def write(change: Write) -> LogEntry:
    """Write one act: case, child, entry, outbox, disclosures, clocks and their alarms.

    Raises Conflict if the case is no longer as it was read.
    """
    return _writer(statements(connection.vendor), change)


def _writer(to: Statements, change: Write) -> LogEntry:
    case = change.snapshot.case
    entry_id = to.write(
        model=_child(case),
        case=_values(Case, case, None if change.new else change.snapshot.before),
        child=_values(_child(case), case, None if change.new else change.snapshot.before),
        case_id=case.pk,
        seq=change.entry["seq"],
        entry=change.entry,
        disclosures=change.disclosures,
        clocks=[_clock_row(one) for one in change.clocks if one.changed],
        bells=[_bell_row(one, bell) for one in change.clocks for bell in one.bells if bell.changed],
        new=change.new,
    )
    if entry_id is None:
        raise Conflict(code=case.code)
    if change.new and case.pk is None:
        case.pk, entry_id = entry_id[1], entry_id[0]
    entry = LogEntry(**{**change.entry, "case_id": case.pk})
    entry.pk = entry_id
    entry._state.adding, entry._state.db = False, connection.alias
    return entry


def _child(case: Case) -> type[Case]:
    from workflow import registry

    return registry.get(case.procedure_name).model


def load(case: Case) -> Case:
    """Return the case as its procedure's own class."""
    model = _child(case)
    return case if isinstance(case, model) else model._default_manager.get(pk=case.pk)


@lru_cache(maxsize=64)
def own_fields(model: type[models.Model]) -> tuple[models.Field[Any, Any], ...]:
    """Return the columns of a model's own table."""
    return tuple(model._meta.local_concrete_fields)


def _values(model: type[models.Model], case: Case, before: dict[str, Any] | None) -> dict[str, Any]:
    """Return what is to be written to a table of the case: everything, or what changed since it was read."""
    found, values = {}, vars(case)
    for one in _columns(model, connection.vendor):
        value = values[one.name]
        if not one.is_key and (before is None or one.differs(before[one.name], value)):
            found[one.column] = one.prepare(value, connection) if one.prepare else value
    return found


@dataclass(frozen=True, slots=True)
class _Column:
    """A column of a case as it is read and written; worked out once, because every act asks.

    read: Django's converters of what the database gives
    prepare: Django's conversion of what is written, or None where the driver takes the value as it is
    """

    name: str
    column: str
    is_key: bool
    is_json: bool
    read: tuple[Any, ...]
    prepare: Any

    def differs(self, before: Any, value: Any) -> bool:
        """Return whether a value is another than before; JSON is remembered as the text that was read."""
        return bool(json.loads(before) != value if self.is_json else before != value)


@lru_cache(maxsize=64)
def _columns(model: type[models.Model], vendor: str) -> tuple[_Column, ...]:
    """Return the columns of a model's own table, as one kind of database reads and writes them."""
    found = []
    for f in own_fields(model):
        is_json = isinstance(f, models.JSONField)
        as_it_is = vendor == "postgresql" and not is_json
        prepare = None if as_it_is else f.get_db_prep_save
        found.append(_Column(f.attname, str(f.column), bool(f.primary_key), is_json, _converters(f), prepare))
    return tuple(found)


def _read_params(people: tuple[Holder, ...], *more: int) -> list[Any]:
    nobody = Holder(0, date.min, date.min)
    params: list[Any] = []
    for holder in (*people, nobody, nobody)[:2]:
        days = (holder.since, holder.until)
        params += [holder.user_id, *(days if connection.vendor == "postgresql" else map(date.isoformat, days))]
    return [*params, *params, *more]


def _snapshot(model: type[Case], row: tuple[Any, ...]) -> tuple[Snapshot, bool]:
    base = _columns(Case, connection.vendor)
    child = tuple(one for one in _columns(model, connection.vendor) if not one.is_key)
    values, before = [], {}
    for one, raw in zip((*base, *child), row, strict=False):
        value = raw
        for convert in one.read:
            value = convert(value, None, connection)
        values.append(value)
        before[one.name] = raw if one.is_json else value
    seen_seq, posts, version, at, added, path, deadlines, kinds = row[len(values) :]
    # the pointer to the parent stands between the parent's columns and the child's own, as Django lays out a row
    values.insert(len(base), values[0])
    case = model.from_db(connection.alias, _names(model), values)
    case.clocks = _clocks(deadlines)
    case.paper_kinds = frozenset(_decoded(kinds))
    snapshot = Snapshot(case, case.clocks, _posts(posts), path, version or 0, moment(at), before, _added(added))
    return snapshot, seen_seq != case.seq


@lru_cache(maxsize=64)
def _names(model: type[models.Model]) -> tuple[str, ...]:
    return tuple(f.attname for f in model._meta.concrete_fields)


def _converters(f: models.Field[Any, Any]) -> tuple[Any, ...]:
    column = f.get_col(f.model._meta.db_table)
    return (*connection.ops.get_db_converters(column), *column.get_db_converters(connection))


def database_now() -> datetime:
    """Return the simulated instant, or the database's clock."""
    if connection.vendor != "postgresql" or clocks.simulated_now() is not None:
        return clocks.now()
    with connection.cursor() as cursor:
        cursor.execute("SELECT clock_timestamp()")
        return moment(cursor.fetchone()[0])


def moment(value: Any) -> datetime:
    """Return when the act is recorded: the simulated instant, or the database's clock."""
    if (simulated := clocks.simulated_now()) is not None:
        return simulated
    if isinstance(value, datetime):
        return value.astimezone(UTC)
    return clocks.now()


def _decoded(value: Any) -> list[Any]:
    rows: list[Any] = json.loads(value) if isinstance(value, str) else value
    return rows or []


def _posts(value: Any) -> list[Post]:
    return [Post(**row) for row in _decoded(value)]


def _added(value: Any) -> Ladders:
    found: dict[str, tuple[Rung, ...]] = {}
    for row in _decoded(value):
        found[row["period"]] = (*found.get(row["period"], ()), rung_of(row["period"], row))
    return found


def _clocks(value: Any) -> list[Clock]:
    found = []
    for row in _decoded(value):
        bells = [
            Bell(
                one["rung"],
                one["occurrence"],
                instant(one["fire_at"]),
                one["state"],
                instant(one["fired_at"]) if one["fired_at"] else None,
                changed=False,
                id=one["id"],
            )
            for one in _decoded(row["bells"])
        ]
        pauses = row["pauses"]
        for name in _DAYS:
            row[name] = date.fromisoformat(row[name]) if row[name] else None
        row |= {"bells": bells, "pauses": json.loads(pauses) if isinstance(pauses, str) else pauses}
        found.append(Clock(**row))
    return found


_DAYS = ("anchor_on", "nominal_on", "due_on", "stopped_on")


def instant(text: str) -> datetime:
    """Return a moment that the database gave as text, aware."""
    moment = datetime.fromisoformat(text)
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _clock_row(one: Clock) -> dict[str, Any]:
    return {name: getattr(one, name) for name in _CLOCK}


_CLOCK = tuple(f.name for f in Deadline._meta.local_concrete_fields if f.name != "case")


def _bell_row(one: Clock, bell: Bell) -> dict[str, Any]:
    return {
        "id": bell.id,
        "deadline_id": one.id,
        "rule": one.rule,
        "started_seq": one.started_seq,
        "rung": bell.rung,
        "occurrence": bell.occurrence,
        "fire_at": bell.fire_at,
        "fired_at": bell.fired_at,
        "state": bell.state,
    }


__all__ = ["Post", "Snapshot", "Write", "calendar", "load", "read", "read_for_opening", "write"]
