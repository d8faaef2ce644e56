"""Rows of the database as the engine works on them: powers, clocks with their ladders, the columns of a case."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import UTC, date, datetime
from functools import lru_cache
from operator import itemgetter
from typing import Any

from django.db import DEFAULT_DB_ALIAS, connection, connections, models
from django.db.models.base import ModelState

from workflow import clock as clocks_of_the_world
from workflow.deadlines import Clock
from workflow.ladders import Ladders, bells_of, bounds, stored
from workflow.law import Rung
from workflow.models import Case, LogEntry
from workflow.models.ladder import rung_of
from workflow.statements import CLOCK


@dataclass(frozen=True, slots=True)
class Post:
    """A power somebody holds on a day: an appointment or a delegation, at an agency."""

    ref: str
    user_id: int
    role: str
    agency_id: int
    path: str


def decoded(value: Any) -> list[Any]:
    """Return JSON that came as text or, by the driver, as a list; an empty list for nothing."""
    rows: list[Any] = json.loads(value) if isinstance(value, str) else value
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


def clocks(value: Any) -> list[Clock]:
    """Return the clocks of a case with their ladders, in the order in which they were started."""
    found = []
    for row in sorted(decoded(value), key=itemgetter(0)):
        one = dict(zip(CLOCK, row, strict=True))
        for name in _DAYS:
            if one[name] is not None:
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
    row = {name: getattr(one, name) for name in _HEAD}
    row["ladder"], (row["next_at"], row["last_at"]) = stored(one.bells), bounds(one.bells)
    return row


_HEAD = tuple(name for name in CLOCK if name != "ladder")


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
def columns_of(model: type[models.Model], vendor: str) -> tuple[Column, ...]:
    """Return the columns of a model's own table, as one kind of database reads and writes them."""
    found = []
    for f in model._meta.local_concrete_fields:
        is_json = isinstance(f, models.JSONField)
        on_postgresql = vendor == "postgresql"
        prepare = (_as_text if is_json else None) if on_postgresql else f.get_db_prep_save
        read = () if on_postgresql else _converters(f)
        found.append(Column(f.attname, str(f.column), bool(f.primary_key), is_json, read, prepare))
    return tuple(found)


def _as_text(value: Any, db: Any) -> str:
    return json.dumps(value, ensure_ascii=False)


def _converters(f: models.Field[Any, Any]) -> tuple[Any, ...]:
    if isinstance(f, models.JSONField):
        return ()
    column = f.get_col(f.model._meta.db_table)
    return (*connection.ops.get_db_converters(column), *column.get_db_converters(connection))


def case_of(model: type[Case], row: tuple[Any, ...]) -> tuple[Case, dict[str, Any], tuple[Any, ...]]:
    """Return a case made of a row, its values as they were read (JSON as text), and the rest of the row.

    Built as Django's `from_db` would, without asking every field again.
    """
    db = connections[DEFAULT_DB_ALIAS]
    read = _read(model, db.vendor)
    values = dict(zip((one.name for one in read), row, strict=False))
    for one in read:
        for convert in one.read:
            values[one.name] = convert(values[one.name], None, db)
    case, pk = model.__new__(model), model._meta.pk
    assert pk is not None
    case._state = ModelState()
    case._state.adding, case._state.db = False, db.alias
    case.__dict__.update(values)
    case.__dict__[pk.attname] = values["id"]
    for one in read:
        if one.is_json:
            case.__dict__[one.name] = _parsed(values[one.name])
    return case, values, row[len(read) :]


@lru_cache(maxsize=64)
def _read(model: type[Case], vendor: str) -> tuple[Column, ...]:
    child = (one for one in columns_of(model, vendor) if not one.is_key)
    return (*columns_of(Case, vendor), *child)


def entry_of(values: dict[str, Any]) -> LogEntry:
    """Return an entry as it was written, built as Django's `from_db` would, without asking every field."""
    entry = LogEntry.__new__(LogEntry)
    entry._state = ModelState()
    entry._state.adding, entry._state.db = False, DEFAULT_DB_ALIAS
    entry.__dict__.update(values)
    return entry


def values_of(model: type[models.Model], case: Case, before: dict[str, Any] | None) -> dict[str, Any]:
    """Return what is to be written to a table of the case: everything, or what changed since it was read."""
    found, values, db = {}, vars(case), connections[DEFAULT_DB_ALIAS]
    for one in columns_of(model, db.vendor):
        value = values[one.name]
        if not one.is_key and (before is None or _differs(one, before[one.name], value)):
            found[one.column] = one.prepare(value, db) if one.prepare else value
    return found


def _differs(one: Column, before: Any, value: Any) -> bool:
    """Return whether a value is another than before; JSON is remembered as the text that was read."""
    return bool(_parsed(before) != value if one.is_json else before != value)


def _parsed(text: str) -> Any:
    """Return what a JSON text says; most columns hold an empty list or an empty object."""
    if text == "[]":
        return []
    return {} if text == "{}" else json.loads(text)
