"""The SQL of the one write path, for PostgreSQL and for SQLite, made from the models' own columns."""

from __future__ import annotations

import json
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable
from datetime import UTC, date, datetime
from functools import cache, cached_property, lru_cache
from itertools import groupby
from operator import itemgetter
from typing import Any

from django.db import connection, models

from workflow.models import Alarm, Case, Deadline, Disclosure, LogEntry, Outbox

_CLOCK = ("rule", "started_seq")
_BELL = ("deadline_id", "rung", "occurrence")
_RINGS = ("rung", "occurrence", "fire_at", "fired_at", "state")
_RINGS_AGAIN = "fire_at = excluded.fire_at, fired_at = excluded.fired_at, state = excluded.state"


def table(model: type[models.Model]) -> str:
    """Return a model's table, quoted."""
    return connection.ops.quote_name(model._meta.db_table)


@cache
def columns(model: type[models.Model], *without: str) -> tuple[str, ...]:
    """Return a model's own columns but for the named ones."""
    return tuple(f.column for f in model._meta.local_concrete_fields if f.column not in without)


class Statements(ABC):
    """What one database understands."""

    on_date: str
    aggregate: str
    clock_now: str
    lock: str

    @abstractmethod
    def object(self, pairs: Iterable[tuple[str, str]]) -> str:
        """Return an expression that makes a JSON object."""

    @abstractmethod
    def write(self, **change: Any) -> Any:
        """Write one act; returns the entry's id (with the case's, where the database gives it), None on a conflict."""

    def _posts(self) -> str:
        """Return the powers of up to two persons, each through the days of their own."""
        post = self.object((name, name) for name in ("ref", "user_id", "role", "agency_id", "path"))
        kinds = (
            ("appointment", "user_id", "workflow_appointment"),
            ("delegation", "substitute_id", "workflow_delegation"),
        )
        selects = " UNION ALL ".join(
            f"SELECT '{kind}:' || a.id AS ref, a.{person} AS user_id, a.role, a.agency_id, g.path"
            f" FROM {name} a JOIN workflow_agency g ON g.id = a.agency_id"
            f" JOIN workflow_user u ON u.id = a.{person} AND u.is_active"
            f" WHERE (a.{person} = %s AND a.starts_on <= %s AND (a.ends_on IS NULL OR a.ends_on >= %s))"
            f" OR (a.{person} = %s AND a.starts_on <= %s AND (a.ends_on IS NULL OR a.ends_on >= %s))"
            for kind, person, name in kinds
        )
        return f"(SELECT {self.aggregate}({post}) FROM ({selects}) AS p)"

    def _common(self) -> str:
        return f"{self._posts()}, (SELECT max(id) FROM workflow_calendarversion), {self.clock_now}"

    @cached_property
    def opening(self) -> str:
        """Return the read before a case exists."""
        return f"SELECT {self._common()}, {self.new_case_id}"

    new_case_id: str

    @lru_cache(maxsize=64)  # noqa: B019  (one object per database, for the life of the process)
    def read(self, model: type[Case], *, lock: bool) -> str:
        """Return the read of a case with its child, clocks, alarms and the actors' powers."""
        child = [c for c in columns(model) if c != _pointer(model)]
        wanted = [*(f"c.{name}" for name in columns(Case)), *(f'x."{name}"' for name in child)]
        bell = self.object((name, f"b.{name}") for name in ("id", *_RINGS))
        bells = (
            f"(SELECT {self.aggregate}({bell}) FROM (SELECT * FROM workflow_alarm"
            " WHERE deadline_id = d.id ORDER BY id) b)"
        )
        clock = self.object([*((name, f"d.{name}") for name in columns(Deadline, "case_id")), ("bells", bells)])
        deadlines = (
            f"(SELECT {self.aggregate}({clock}) FROM (SELECT * FROM workflow_deadline"
            " WHERE case_id = c.id ORDER BY id) d)"
        )
        return (
            f"SELECT {', '.join(wanted)}, (SELECT s.seq FROM workflow_case s WHERE s.id = c.id),"
            f" {self._common()}, g.path, {deadlines},"
            f" (SELECT {self.aggregate}(DISTINCT m.kind) FROM workflow_document m WHERE m.case_id = c.id)"
            f" FROM workflow_case c JOIN {table(model)} x ON x.{_pointer(model)} = c.id"
            f" JOIN workflow_agency g ON g.id = c.agency_id WHERE c.id = %s{self.lock if lock else ''}"
        )


def _pointer(model: type[Case]) -> str:
    pk = model._meta.pk
    assert pk is not None
    return pk.column


class PostgreSQL(Statements):
    """One data-modifying CTE per act."""

    aggregate = "json_agg"
    clock_now = "clock_timestamp()"
    lock = " FOR UPDATE OF c"
    new_case_id = "nextval(pg_get_serial_sequence('workflow_case', 'id'))"

    def object(self, pairs: Iterable[tuple[str, str]]) -> str:
        return "json_build_object(" + ", ".join(f"'{name}', {value}" for name, value in pairs) + ")"

    def write(self, **change: Any) -> Any:
        case_id, more = change["case_id"], self._more(change)
        sql = self._cte(
            change["model"],
            tuple(change["case"]),
            tuple(change["child"]),
            tuple(kind for kind, _ in more),
            change["new"],
        )
        params: list[Any] = [*change["case"].values()]
        params += [case_id] if change["new"] else [case_id, change["seq"] - 1]
        if change["child"] or change["new"]:
            params += [*change["child"].values(), case_id]
        params += [change["entry"][name] for name in columns(LogEntry, "id")]
        for _, given in more:
            params += given
        with connection.cursor() as cursor:
            cursor.execute(sql, params)
            moved, entry_id = cursor.fetchone()
        return entry_id if moved else None

    def _more(self, change: dict[str, Any]) -> list[tuple[str, list[Any]]]:
        """Return the parts for disclosures, clocks and alarms, each with its parameters.

        What is in the database already is named by its key, one clock at a time: a join with a list of unknown
        length would be planned as a scan of the whole table while the table is small, and kept.
        """
        case_id, parts = change["case_id"], []
        if disclosures := change["disclosures"]:
            parts.append(("disclosures", [_json(disclosures)]))
        if started := [one for one in change["clocks"] if one["id"] is None]:
            parts.append(("started", [_json(started), case_id]))
        parts += [("moved", [_json(one), one["id"]]) for one in change["clocks"] if one["id"] is not None]
        if armed := [one for one in change["bells"] if one["id"] is None]:
            parts.append(("armed", [_json(armed)]))
        rearmed = [one for one in change["bells"] if one["id"] is not None]
        for clock, bells in groupby(rearmed, itemgetter("deadline_id")):
            parts.append(("rearmed", [_json([*bells]), clock]))
        return parts

    @lru_cache(maxsize=512)  # noqa: B019  (one object per database, for the life of the process)
    def _cte(
        self, model: type[Case], case: tuple[str, ...], child: tuple[str, ...], more: tuple[str, ...], new: bool
    ) -> str:
        parts = []
        if new:
            parts.append(
                f"c AS (INSERT INTO workflow_case ({_list(case)}, id) VALUES ({_marks(case)}, %s) RETURNING id)"
            )
            names = (*child, _pointer(model))
            parts.append(f"x AS (INSERT INTO {table(model)} ({_list(names)}) VALUES ({_marks(names)}))")
        else:
            parts.append(f"c AS (UPDATE workflow_case SET {_sets(case)} WHERE id = %s AND seq = %s RETURNING id)")
            if child:
                parts.append(f"x AS (UPDATE {table(model)} SET {_sets(child)} WHERE {_pointer(model)} = %s)")
        entry = columns(LogEntry, "id")
        parts.append(f"e AS (INSERT INTO {table(LogEntry)} ({_list(entry)}) VALUES ({_marks(entry)}) RETURNING id)")
        parts.append(f"o AS (INSERT INTO {table(Outbox)} (entry_id) SELECT id FROM e)")
        parts += [self._part(kind, f"p{n}", started="started" in more) for n, kind in enumerate(more)]
        return f"WITH {', '.join(parts)} SELECT (SELECT count(*) FROM c), (SELECT id FROM e)"

    def _part(self, kind: str, name: str, *, started: bool) -> str:
        """Return the part that writes rows given as JSON."""
        clock, ring = _clock_columns(), _typed(Alarm, _RINGS)
        if kind == "disclosures":
            return (
                f"{name} AS (INSERT INTO {table(Disclosure)} (entry_id, name, salt, value) SELECT e.id, r.* FROM e,"
                " json_to_recordset(%s::json) AS r(name text, salt text, value text))"
            )
        if kind == "started":
            return (
                f"d AS (INSERT INTO {table(Deadline)} (case_id, {_list(clock)})"
                f" SELECT j.case_id, {', '.join('r.' + one for one in clock)} FROM"
                " (SELECT %s::json AS rows, %s::bigint AS case_id) j, json_to_recordset(j.rows)"
                f" AS r({_typed(Deadline, clock)}) RETURNING id, rule, started_seq)"
            )
        if kind == "moved":
            return (
                f"{name} AS (UPDATE {table(Deadline)} d SET {', '.join(f'{one} = r.{one}' for one in clock)}"
                f" FROM json_to_record(%s::json) AS r({_typed(Deadline, clock)}) WHERE d.id = %s)"
            )
        if kind == "armed":
            # a new clock has no key yet; no join, which could mix up the order of the rungs
            new = "(SELECT d.id FROM d WHERE d.rule = r.rule AND d.started_seq = r.started_seq)"
            of = f"coalesce(r.deadline_id, {new})" if started else "r.deadline_id"
            return (
                f"{name} AS (INSERT INTO {table(Alarm)} (deadline_id, {_list(_RINGS)})"
                f" SELECT {of}, {', '.join('r.' + one for one in _RINGS)}"
                f" FROM json_to_recordset(%s::json) AS r(deadline_id bigint, rule text, started_seq int, {ring}))"
            )
        return (
            f"{name} AS (UPDATE {table(Alarm)} a SET fire_at = r.fire_at, fired_at = r.fired_at, state = r.state"
            f" FROM json_to_recordset(%s::json) AS r(id bigint, {ring}) WHERE a.deadline_id = %s AND a.id = r.id)"
        )


class SQLite(Statements):
    """At most seven plain statements per act; the transaction holds the only write lock."""

    aggregate = "json_group_array"
    clock_now = "NULL"
    lock = ""
    new_case_id = "NULL"

    def object(self, pairs: Iterable[tuple[str, str]]) -> str:
        inner = (f"'{name}', json({value})" if "json_group" in value else f"'{name}', {value}" for name, value in pairs)
        return "json_object(" + ", ".join(inner) + ")"

    def write(self, **change: Any) -> Any:
        model, case_id, case, child = change["model"], change["case_id"], change["case"], change["child"]
        with connection.cursor() as cursor:
            if change["new"]:
                cursor.execute(
                    f"INSERT INTO workflow_case ({_list(case)}) VALUES ({_marks(case)}) RETURNING id",
                    [*case.values()],
                )
                case_id = cursor.fetchone()[0]
                names = (*child, _pointer(model))
                cursor.execute(
                    f"INSERT INTO {table(model)} ({_list(names)}) VALUES ({_marks(names)})",
                    [*child.values(), case_id],
                )
            else:
                cursor.execute(
                    f"UPDATE workflow_case SET {_sets(case)} WHERE id = %s AND seq = %s",
                    [*case.values(), case_id, change["seq"] - 1],
                )
                if cursor.rowcount != 1:
                    return None
                if child:
                    cursor.execute(
                        f"UPDATE {table(model)} SET {_sets(child)} WHERE {_pointer(model)} = %s",
                        [*child.values(), case_id],
                    )
            entry = columns(LogEntry, "id")
            values = {**change["entry"], "case_id": case_id}
            cursor.execute(
                f"INSERT INTO {table(LogEntry)} ({_list(entry)}) VALUES ({_marks(entry)}) RETURNING id",
                [_adapted(LogEntry, name, values[name]) for name in entry],
            )
            entry_id = cursor.fetchone()[0]
            cursor.execute(f"INSERT INTO {table(Outbox)} (entry_id) VALUES (%s)", [entry_id])
            if change["disclosures"]:
                names = ("name", "salt", "value")
                cursor.execute(
                    f"INSERT INTO {table(Disclosure)} (entry_id, {_list(names)}) SELECT %s, {_extracts(names)}"
                    " FROM json_each(%s) AS r",
                    [entry_id, _json(change["disclosures"])],
                )
            if change["clocks"]:
                cursor.execute(
                    f"INSERT INTO {table(Deadline)} (case_id, {_list(_clock_columns())})"
                    f" SELECT %s, {_extracts(_clock_columns())} FROM json_each(%s) AS r WHERE true"
                    f" ON CONFLICT (case_id, rule, started_seq) DO UPDATE SET {_excluded(_clock_columns(), _CLOCK)}",
                    [case_id, _json(change["clocks"], _sqlite_text)],
                )
            if change["bells"]:
                names = _RINGS
                cursor.execute(
                    f"INSERT INTO {table(Alarm)} (deadline_id, {_list(names)}) SELECT d.id, {_extracts(names)}"
                    " FROM json_each(%s) AS r JOIN workflow_deadline d ON d.case_id = %s"
                    " AND d.rule = json_extract(r.value, '$.rule')"
                    " AND d.started_seq = json_extract(r.value, '$.started_seq') WHERE true"
                    f" ON CONFLICT ({', '.join(_BELL)}) DO UPDATE SET {_RINGS_AGAIN}",
                    [_json(change["bells"], _sqlite_text), case_id],
                )
        return (entry_id, case_id) if change["new"] else entry_id


@cache
def statements(vendor: str) -> Statements:
    """Return the statements of a database.

    Raises KeyError for one that is neither PostgreSQL nor SQLite.
    """
    return {"postgresql": PostgreSQL, "sqlite": SQLite}[vendor]()


@cache
def _clock_columns() -> tuple[str, ...]:
    return columns(Deadline, "id", "case_id")


def _iso(day: date) -> str:
    return day.isoformat()


def _sqlite_text(day: date) -> str:
    return f"{day.astimezone(UTC):%Y-%m-%d %H:%M:%S}" if isinstance(day, datetime) else day.isoformat()


def _json(rows: Any, text: Callable[[date], str] = _iso) -> str:
    return json.dumps(rows, default=text)


def _list(names: Iterable[str]) -> str:
    return ", ".join(f'"{name}"' for name in names)


def _marks(names: Iterable[str]) -> str:
    return ", ".join("%s" for _ in names)


def _sets(names: Iterable[str]) -> str:
    return ", ".join(f'"{name}" = %s' for name in names)


def _excluded(names: Iterable[str], keys: Iterable[str]) -> str:
    return ", ".join(f"{name} = excluded.{name}" for name in names if name not in keys)


def _extracts(names: Iterable[str]) -> str:
    return ", ".join(f"json_extract(r.value, '$.{name}')" for name in names)


def _typed(model: type[models.Model], names: Iterable[str]) -> str:
    fields = {f.column: f for f in model._meta.local_concrete_fields}
    return ", ".join(f"{name} {fields[name].db_type(connection)}" for name in names)


def _adapted(model: type[models.Model], name: str, value: Any) -> Any:
    return model._meta.get_field(name).get_db_prep_save(value, connection)


__all__ = ["Statements", "columns", "statements", "table"]
