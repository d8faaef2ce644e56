"""The write path of PostgreSQL: one data-modifying CTE per act."""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache
from itertools import groupby
from operator import itemgetter
from typing import Any

from django.db import connection

from workflow.models import Alarm, Case, Deadline, Disclosure, LogEntry, Outbox
from workflow.statements import (
    RINGS,
    Statements,
    as_json,
    clock_columns,
    columns,
    listed,
    marks,
    pointer,
    sets,
    table,
    typed,
)


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
        params += [*change["child"].values(), *([case_id] if change["new"] else [])]
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
        parts: list[tuple[str, list[Any]]] = []
        if disclosures := change["disclosures"]:
            parts.append(("disclosures", [as_json(disclosures)]))
        if started := [one for one in change["clocks"] if one["id"] is None]:
            parts.append(("started", [as_json(started)]))
        parts += [("moved", [as_json(one), one["id"]]) for one in change["clocks"] if one["id"] is not None]
        if armed := [one for one in change["bells"] if one["id"] is None]:
            parts.append(("armed", [as_json(armed)]))
        rearmed = [one for one in change["bells"] if one["id"] is not None]
        for clock, bells in groupby(rearmed, itemgetter("deadline_id")):
            parts.append(("rearmed", [as_json([*bells]), clock]))
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
            parts.append(f"x AS (INSERT INTO {table(model)} ({listed(names)}) VALUES ({marks(names)}))")
        else:
            parts.append(f"c AS (UPDATE workflow_case SET {sets(case)} WHERE id = %s AND seq = %s RETURNING id)")
            if child:
                parts.append(f"x AS (UPDATE {table(model)} SET {sets(child)} FROM c WHERE {pointer(model)} = c.id)")
        entry, log = columns(LogEntry, "id"), table(LogEntry)
        parts.append(f"e AS (INSERT INTO {log} ({listed(entry)}) SELECT {marks(entry)} FROM c RETURNING id)")
        parts.append(f"o AS (INSERT INTO {table(Outbox)} (entry_id) SELECT id FROM e)")
        parts += [self._part(kind, f"p{n}", started="started" in more) for n, kind in enumerate(more)]
        return f"WITH {', '.join(parts)} SELECT (SELECT count(*) FROM c), (SELECT id FROM e)"

    def _part(self, kind: str, name: str, *, started: bool) -> str:
        """Return the part that writes rows given as JSON."""
        clock, ring = clock_columns(), typed(Alarm, RINGS)
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
                f"{name} AS (INSERT INTO {table(Alarm)} (deadline_id, {listed(RINGS)})"
                f" SELECT {of}, {', '.join('r.' + one for one in RINGS)}"
                f" FROM c, json_to_recordset(%s::json) AS r(deadline_id bigint, rule text, started_seq int, {ring}))"
            )
        return (
            f"{name} AS (UPDATE {table(Alarm)} a SET fire_at = r.fire_at, fired_at = r.fired_at, state = r.state"
            f" FROM c, json_to_recordset(%s::json) AS r(id bigint, {ring}) WHERE a.deadline_id = %s AND a.id = r.id)"
        )
