"""The write path of SQLite: plain statements, from the same description."""

from __future__ import annotations

import json
from collections.abc import Iterable
from datetime import UTC, date, datetime
from typing import Any

from django.db import connection, models

from workflow.models import Deadline, Disclosure, LogEntry, Outbox
from workflow.statements import (
    Statements,
    as_json,
    clock_columns,
    columns,
    listed,
    marks,
    pointer,
    sets,
    table,
)

_CLOCK = ("rule", "started_seq")


class SQLite(Statements):
    """At most six plain statements per act; the transaction holds the only write lock."""

    clock_now = "NULL"
    lock = ""
    new_case_id = "NULL"

    def object(self, pairs: Iterable[tuple[str, str]]) -> str:
        return "json_object(" + ", ".join(f"'{name}', {value}" for name, value in pairs) + ")"

    def rows(self, value: str, of: str) -> str:
        return f"(SELECT json_group_array({value}) {of})"

    def array(self, values: Iterable[str]) -> str:
        return "json_array(" + ", ".join(values) + ")"

    def write(self, **change: Any) -> Any:
        model, case_id, case, child = change["model"], change["case_id"], change["case"], change["child"]
        with connection.cursor() as cursor:
            if change["new"]:
                cursor.execute(
                    f"INSERT INTO workflow_case ({listed(case)}) VALUES ({marks(case)}) RETURNING id",
                    [*case.values()],
                )
                case_id = cursor.fetchone()[0]
                names = (*child, pointer(model))
                cursor.execute(
                    f"INSERT INTO {table(model)} ({listed(names)}) VALUES ({marks(names)})",
                    [*child.values(), case_id],
                )
            else:
                cursor.execute(
                    f"UPDATE workflow_case SET {sets(case)} WHERE id = %s AND seq = %s",
                    [*case.values(), case_id, change["seq"] - 1],
                )
                if cursor.rowcount != 1:
                    return None
                if child:
                    cursor.execute(
                        f"UPDATE {table(model)} SET {sets(child)} WHERE {pointer(model)} = %s",
                        [*child.values(), case_id],
                    )
            entry = columns(LogEntry, "id")
            values = {**change["entry"], "case_id": case_id}
            cursor.execute(
                f"INSERT INTO {table(LogEntry)} ({listed(entry)}) VALUES ({marks(entry)}) RETURNING id",
                [adapted(LogEntry, name, values[name]) for name in entry],
            )
            entry_id = cursor.fetchone()[0]
            cursor.execute(f"INSERT INTO {table(Outbox)} (entry_id) VALUES (%s)", [entry_id])
            if change["disclosures"]:
                names = ("name", "salt", "value")
                cursor.execute(
                    f"INSERT INTO {table(Disclosure)} (entry_id, {listed(names)}) SELECT %s, {extracts(names)}"
                    " FROM json_each(%s) AS r",
                    [entry_id, as_json(change["disclosures"])],
                )
            if change["clocks"]:
                cursor.execute(
                    f"INSERT INTO {table(Deadline)} (case_id, {listed(clock_columns())})"
                    f" SELECT %s, {extracts(clock_columns())} FROM json_each(%s) AS r WHERE true"
                    f" ON CONFLICT (case_id, rule, started_seq) DO UPDATE SET {excluded(clock_columns(), _CLOCK)}",
                    [case_id, json.dumps(change["clocks"], default=_sqlite_text)],
                )
        return (entry_id, case_id) if change["new"] else entry_id


def _sqlite_text(day: date) -> str:
    return f"{day.astimezone(UTC):%Y-%m-%d %H:%M:%S}" if isinstance(day, datetime) else day.isoformat()


def extracts(names: Iterable[str]) -> str:
    return ", ".join(f"json_extract(r.value, '$.{name}')" for name in names)


def excluded(names: Iterable[str], keys: Iterable[str]) -> str:
    return ", ".join(f"{name} = excluded.{name}" for name in names if name not in keys)


def adapted(model: type[models.Model], name: str, value: Any) -> Any:
    field: Any = model._meta.get_field(name)
    return field.get_db_prep_save(value, connection)
