"""The write path of PostgreSQL: one data-modifying CTE per act."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from functools import lru_cache
from itertools import groupby
from operator import itemgetter
from typing import Any

from django.db import models

from workflow.models import Alarm, Case, Deadline, Disclosure, LogEntry, Outbox
from workflow.statements import (
    Statements,
    as_json,
    clock_columns,
    columns,
    listed,
    marks,
    one_row,
    pointer,
    sets,
    table,
    typed,
)

AS_READ = "WHERE id = %s AND seq = %s AND coalesce((SELECT max(v.id) FROM workflow_calendarversion v), 0) = %s"
"""The case has not moved since it was read, and no new edition of the calendar has come."""


class PostgreSQL(Statements):
    """One data-modifying CTE per act.

    Every part is fed from the row `c` of the case, which is there only if the case is as it was read: on a conflict
    the statement writes nothing at all, so that it may be its own transaction.
    """

    aggregate = "json_agg"
    clock_now = "clock_timestamp()"
    lock = " FOR UPDATE OF c"
    new_case_id = "nextval(pg_get_serial_sequence('workflow_case', 'id'))"

    def object(self, pairs: Iterable[tuple[str, str]]) -> str:
        return "json_build_object(" + ", ".join(f"'{name}', {value}" for name, value in pairs) + ")"

    def array(self, values: Iterable[str]) -> str:
        return "json_build_array(" + ", ".join(values) + ")"

    def column(self, field: models.Field[Any, Any]) -> str:
        return super().column(field) + ("::text" if isinstance(field, models.JSONField) else "")

    def write(self, **change: Any) -> Any:
        case_id, more = change["case_id"], self._more(change)
        sql = self._cte(
            change["model"],
            tuple(change["case"]),
            tuple(change["child"]),
            tuple(kind for kind, _ in more),
            change["new"],
        )
        params: list[Any] = [*change["case"].values(), case_id]
        params += [] if change["new"] else [change["seq"] - 1, change["edition"]]
        params += [*change["child"].values(), *([case_id] if change["child"] and not change["new"] else [])]
        params += [change["entry"][name] for name in columns(LogEntry, "id", "case_id")]
        for _, given in more:
            params += given
        return one_row(sql, params)[0]

    def _more(self, change: dict[str, Any]) -> list[tuple[str, list[Any]]]:
        """Return the parts for disclosures, clocks and alarms, each with its parameters.

        What is in the database already is named by its key, one clock at a time: a join with a list of unknown
        length would be planned as a scan of the whole table while the table is small, and kept.
        """
        parts: list[tuple[str, list[Any]]] = []
        if disclosures := change["disclosures"]:
            parts.append(("disclosures", [as_json(disclosures)]))
        if started := [one for one in change["clocks"] if one["id"] is None]:
            parts.append(("started", [as_json(started)]))
        parts += [("moved", [as_json(one), one["id"]]) for one in change["clocks"] if one["id"] is not None]
        if armed := [one for one in change["bells"] if one["id"] is None]:
            parts.append(("armed", arrays(NEW_BELL, armed)))
        rearmed = [one for one in change["bells"] if one["id"] is not None]
        for clock, bells in groupby(rearmed, itemgetter("deadline_id")):
            parts.append(("rearmed", [*arrays(OLD_BELL, [*bells]), clock]))
        return parts

    @lru_cache(maxsize=512)  # noqa: B019  (one object per database, for the life of the process)
    def _cte(
        self, model: type[Case], case: tuple[str, ...], child: tuple[str, ...], more: tuple[str, ...], new: bool
    ) -> str:
        parts = []
        if new:
            parts.append(
                f"c AS (INSERT INTO workflow_case ({listed(case)}, id) VALUES ({marks(case)}, %s) RETURNING id)"
            )
            names = (*child, pointer(model))
            values = ", ".join((*("%s" for _ in child), "c.id"))
            parts.append(f"x AS (INSERT INTO {table(model)} ({listed(names)}) SELECT {values} FROM c)")
        else:
            parts.append(f"c AS (UPDATE workflow_case SET {sets(case)} {AS_READ} RETURNING id)")
            if child:
                parts.append(f"x AS (UPDATE {table(model)} SET {sets(child)} FROM c WHERE {pointer(model)} = %s)")
        entry = columns(LogEntry, "id", "case_id")
        parts.append(
            f"e AS (INSERT INTO {table(LogEntry)} ({listed(entry)}, case_id)"
            f" SELECT {marks(entry)}, c.id FROM c RETURNING id)"
        )
        parts.append(f"o AS (INSERT INTO {table(Outbox)} (entry_id) SELECT id FROM e)")
        parts += [self._part(kind, f"p{n}", started="started" in more) for n, kind in enumerate(more)]
        return f"WITH {', '.join(parts)} SELECT (SELECT id FROM e)"

    def _part(self, kind: str, name: str, *, started: bool) -> str:
        """Return the part that writes rows given as JSON, or as an array of each column."""
        clock = clock_columns()
        if kind == "disclosures":
            return (
                f"{name} AS (INSERT INTO {table(Disclosure)} (entry_id, name, salt, value) SELECT e.id, r.* FROM e,"
                " json_to_recordset(%s::json) AS r(name text, salt text, value text))"
            )
        if kind == "started":
            return (
                f"d AS (INSERT INTO {table(Deadline)} (case_id, {listed(clock)})"
                f" SELECT c.id, {', '.join('r.' + one for one in clock)} FROM c, json_to_recordset(%s::json)"
                f" AS r({typed(Deadline, clock)}) RETURNING id, rule, started_seq)"
            )
        if kind == "moved":
            return (
                f"{name} AS (UPDATE {table(Deadline)} d SET {', '.join(f'{one} = r.{one}' for one in clock)}"
                f" FROM c, json_to_record(%s::json) AS r({typed(Deadline, clock)}) WHERE d.id = %s)"
            )
        if kind == "armed":
            # a new clock has no key yet; no join, which could mix up the order of the rungs
            new = "(SELECT d.id FROM d WHERE d.rule = r.rule AND d.started_seq = r.started_seq)"
            of = f"coalesce(r.deadline_id, {new})" if started else "r.deadline_id"
            return (
                f"{name} AS (INSERT INTO {table(Alarm)} (deadline_id, rung, occurrence, fire_at, state)"
                f" SELECT {of}, r.rung, r.occurrence, r.fire_at, r.state"
                f" FROM c, unnest({unnested(NEW_BELL)}) AS r({listed(NEW_BELL)}))"
            )
        return (
            f"{name} AS (UPDATE {table(Alarm)} a SET fire_at = r.fire_at, fired_at = r.fired_at, state = r.state"
            f" FROM c, unnest({unnested(OLD_BELL)}) AS r({listed(OLD_BELL)}) WHERE a.deadline_id = %s AND a.id = r.id)"
        )


NEW_BELL = {"deadline_id": "bigint", "rule": "text", "started_seq": "int", "rung": "text", "occurrence": "int",
            "fire_at": "timestamptz", "state": "text"}  # fmt: skip
OLD_BELL = {"id": "bigint", "fire_at": "timestamptz", "fired_at": "timestamptz", "state": "text"}
"""Columns of an alarm with their types: one that comes, which has not rung, and one that is there."""


def unnested(types: Mapping[str, str]) -> str:
    """Return a placeholder for an array of each type."""
    return ", ".join(f"%s::{one}[]" for one in types.values())


def arrays(types: Mapping[str, str], rows: list[dict[str, Any]]) -> list[str]:
    """Return an array of each column, as PostgreSQL writes it; the driver's own way costs twice as much."""
    found = []
    for name, kind in types.items():
        values = ["NULL" if row[name] is None else _AS_TEXT[kind](row[name]) for row in rows]
        found.append("{" + ",".join(values) + "}")
    return found


def _quoted(value: str) -> str:
    return '"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"'


_AS_TEXT: Mapping[str, Callable[[Any], str]] = {
    "bigint": str,
    "int": str,
    "text": _quoted,
    "timestamptz": datetime.isoformat,
}
