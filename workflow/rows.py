"""Rows of the database as the engine works on them: powers, clocks with their ladders, the columns of a case."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime
from functools import lru_cache
from operator import attrgetter, itemgetter
from typing import Any, NamedTuple

from django.db import DEFAULT_DB_ALIAS, connection, models
from django.db.models.base import ModelState
from msgspec.json import decode

from workflow import clock as clocks_of_the_world
from workflow.deadlines import Clock
from workflow.ladders import Ladders, bells_of, bounds, stored
from workflow.law import Rung
from workflow.models import Case, LogEntry
from workflow.models.ladder import rung_of
from workflow.statements import CLOCK, as_json, vendor


class Post(NamedTuple):
    """A power somebody holds on a day: an appointment or a delegation, at an agency."""

    ref: str
    user_id: int
    role: str
    agency_id: int
    path: str


def decoded(value: Any) -> list[Any]:
    """Return JSON that came as text or, by the driver, as a list; an empty list for nothing."""
    rows: list[Any] = decode(value) if isinstance(value, str) else value
    return rows or []


def posts(value: Any) -> list[Post]:
    """Return the powers that were read."""
    return [Post(*row) for row in decoded(value)]


def added(value: Any) -> Ladders:
    """Return the rungs that an agency has added, by period."""
    found: dict[str, tuple[Rung, ...]] = {}
    for row in sorted(decoded(value), key=itemgetter("id")):
        found[row["period"]] = (*found.get(row["period"], ()), rung_of(row["period"], row))
    return found


def clocks(read: list[tuple[Any, ...]]) -> list[Clock]:
    """Return the clocks of a case with their ladders, in the order in which they were started.

    read: the rows of the case, each with a clock at its end
    """
    found = []
    for row in sorted((row[-len(CLOCK) :] for row in read if row[-len(CLOCK)] is not None), key=itemgetter(0)):
        one = dict(zip(CLOCK, row, strict=True))
        for name in _DAYS:
            if isinstance(one[name], str):
                one[name] = date.fromisoformat(one[name])
        one["pauses"] = decoded(one["pauses"])
        bells = bells_of(decoded(one.pop("ladder")))
        found.append(Clock(**one, bells=bells))
    return found


_DAYS = ("anchor_on", "nominal_on", "due_on", "stopped_on")


def instant(text: str) -> datetime:
    """Return a moment that the database gave as text, aware."""
    found = datetime.fromisoformat(text)
    return found if found.tzinfo else found.replace(tzinfo=UTC)


def moment(value: Any) -> datetime:
    """Return when the act is recorded: the simulated instant, or the database's clock."""
    if (simulated := clocks_of_the_world.simulated_now()) is not None:
        return simulated
    if isinstance(value, datetime):
        return value.astimezone(UTC)
    return clocks_of_the_world.now()


def clock_row(one: Clock) -> dict[str, Any]:
    """Return a clock as it is written."""
    next_at, last_at = bounds(one.bells)
    return dict(zip(_HEAD, _head(one), strict=True), ladder=stored(one.bells), next_at=next_at, last_at=last_at)


_HEAD = tuple(name for name in CLOCK if name != "ladder")
_head = attrgetter(*_HEAD)


@dataclass(frozen=True, slots=True)
class Column:
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


@lru_cache(maxsize=64)
def columns_of(model: type[models.Model]) -> tuple[Column, ...]:
    """Return the columns of a model's own table, as this database reads and writes them."""
    found, on_postgresql = [], vendor() == "postgresql"
    for f in model._meta.local_concrete_fields:
        is_json = isinstance(f, models.JSONField)
        prepare = (_as_text if is_json else None) if on_postgresql else f.get_db_prep_save
        read = () if on_postgresql else _converters(f)
        found.append(Column(f.attname, str(f.column), bool(f.primary_key), is_json, read, prepare))
    return tuple(found)


def _as_text(value: Any, db: Any) -> str:
    return as_json(value)


def _converters(f: models.Field[Any, Any]) -> tuple[Any, ...]:
    if isinstance(f, models.JSONField):
        return ()
    column = f.get_col(f.model._meta.db_table)
    return (*connection.ops.get_db_converters(column), *column.get_db_converters(connection))


def case_of(model: type[Case], row: tuple[Any, ...]) -> tuple[Case, dict[str, Any], tuple[Any, ...]]:
    """Return a case made of a row, its values as they were read (JSON as text), and the rest of the row.

    Built as Django's `from_db` would, without asking every field again.
    """
    names, converted, parsed, pointer = _read(model)
    values = dict(zip(names, row, strict=False))
    for name, convert in converted:
        values[name] = convert(values[name], None, connection)
    case = model.__new__(model)
    case._state = ModelState()
    case._state.adding, case._state.db = False, DEFAULT_DB_ALIAS
    case.__dict__.update(values)
    case.__dict__[pointer] = values["id"]
    for name in parsed:
        case.__dict__[name] = decode(values[name])
    return case, values, row[len(names) :]


@lru_cache(maxsize=64)
def _read(model: type[Case]) -> tuple[tuple[str, ...], list[tuple[str, Any]], list[str], str]:
    """Return the names of what is read, in order; those to convert, with how; those that are JSON; the child's key."""
    read = (*columns_of(Case), *(one for one in columns_of(model) if not one.is_key))
    converted = [(one.name, convert) for one in read for convert in one.read]
    pk = model._meta.pk
    assert pk is not None
    return tuple(one.name for one in read), converted, [one.name for one in read if one.is_json], pk.attname


def entry_of(values: dict[str, Any]) -> LogEntry:
    """Return an entry as it was written, built as Django's `from_db` would, without asking every field."""
    entry = LogEntry.__new__(LogEntry)
    entry._state = ModelState()
    entry._state.adding, entry._state.db = False, DEFAULT_DB_ALIAS
    entry.__dict__.update(values)
    return entry


def values_of(model: type[models.Model], case: Case, before: dict[str, Any] | None) -> dict[str, Any]:
    """Return what is to be written to a table of the case: everything, or what changed since it was read."""
    found, values = {}, case.__dict__
    for one in columns_of(model):
        if one.is_key:
            continue
        value = values[one.name]
        if before is not None:
            was = before[one.name]
            if value == (decode(was) if one.is_json else was):
                continue
        found[one.column] = one.prepare(value, connection) if one.prepare else value
    return found
