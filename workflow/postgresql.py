"""The write path of PostgreSQL: one data-modifying CTE per act."""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache
from typing import Any

from django.db import models

from workflow.models import Case, Deadline, Disclosure, LogEntry, Outbox
from workflow.statements import (
    Statements,
    as_json,
    clock_columns,
    columns,
    fetch,
    listed,
    marks,
    pointer,
    sets,
    table,
)

AS_READ = "WHERE id = %s AND seq = %s AND coalesce((SELECT max(v.id) FROM workflow_calendarversion v), 0) = %s"
"""The case has not moved since it was read, and no new edition of the calendar has come."""


_CLOCK = clock_columns()


class PostgreSQL(Statements):
    """One data-modifying CTE per act.

    Every part is fed from the row `c` of the case, which is there only if the case is as it was read: on a conflict
    the statement writes nothing at all, so that it may be its own transaction.
    """

    clock_now = "clock_timestamp()"
    lock = " FOR NO KEY UPDATE OF c"
    new_case_id = "nextval(pg_get_serial_sequence('workflow_case', 'id'))"

    def object(self, pairs: Iterable[tuple[str, str]]) -> str:
        return "json_build_object(" + ", ".join(f"'{name}', {value}" for name, value in pairs) + ")"

    def rows(self, value: str, of: str) -> str:
        return f"ARRAY(SELECT {value} {of})"  # cheaper to begin than an aggregate

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
        written = fetch(sql, params)
        return written[0][0] if written else None

    def _more(self, change: dict[str, Any]) -> list[tuple[str, list[Any]]]:
        """Return the parts for disclosures and clocks, each with its parameters.

        What is in the database already is named by its key, one clock at a time: a join with a list of unknown
        length would be planned as a scan of the whole table while the table is small, and kept.
        """
        parts: list[tuple[str, list[Any]]] = []
        if disclosures := change["disclosures"]:
            parts.append(("disclosures", [as_json(disclosures)]))
        for one in change["clocks"]:
            values = [as_json(value) if type(value) is list else value for value in map(one.__getitem__, _CLOCK)]
            parts.append(("started", values) if one["id"] is None else ("moved", [*values, one["id"]]))
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
        parts += [self._part(kind, f"p{n}") for n, kind in enumerate(more)]
        return f"WITH {', '.join(parts)} SELECT id FROM e"

    def _part(self, kind: str, name: str) -> str:
        """Return the part that writes the disclosures, given as JSON, or a clock."""
        clock = _CLOCK
        if kind == "disclosures":
            return (
                f"{name} AS (INSERT INTO {table(Disclosure)} (entry_id, name, salt, value) SELECT e.id, r.* FROM e,"
                " json_to_recordset(%s::json) AS r(name text, salt text, value text))"
            )
        if kind == "started":
            names = listed((*clock, "case_id"))
            return f"{name} AS (INSERT INTO {table(Deadline)} ({names}) SELECT {marks(clock)}, c.id FROM c)"
        return f"{name} AS (UPDATE {table(Deadline)} d SET {sets(clock)} FROM c WHERE d.id = %s)"
