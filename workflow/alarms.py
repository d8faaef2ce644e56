"""The SQL of the sweep: one locking read and one write for a batch of alarms.

PostgreSQL writes a batch with one data-modifying CTE; SQLite with plain statements. Nothing here decides anything.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cache
from typing import Any

from django.db import connection
from django.db.models import F, Max

from workflow import clock, ladders, store
from workflow.errors import Conflict
from workflow.law import Rung
from workflow.models import Alarm, Deadline, LogEntry, Outbox
from workflow.sqlite import adapted
from workflow.statements import columns, listed, marks, table, types

BATCH = 500
BY_INDEX = "SELECT " + ", ".join(
    f"set_config('enable_{way}', 'off', true)" for way in ("hashjoin", "mergejoin", "seqscan")
)
"""Let PostgreSQL look up a batch row by row until the transaction ends; it cannot know how short a batch is."""
_COLUMNS = (
    "d.id, d.rule, d.started_seq, d.law_version, d.unit, d.due_on, d.pauses, d.ladder, d.next_at, "
    "c.id, c.procedure, c.code, c.state, c.seq, c.head, c.agency_id, c.handler_id, c.opened_at"
)
_HEAD = (
    "(SELECT p.user_id FROM workflow_appointment p WHERE p.agency_id = c.agency_id AND p.role = 'head'"
    " AND p.starts_on <= coalesce(d.due_on, %s) AND (p.ends_on IS NULL OR p.ends_on >= coalesce(d.due_on, %s))"
    " ORDER BY p.starts_on DESC, p.id DESC LIMIT 1)"
)
_AS_SEEN = "(SELECT s.seq FROM workflow_case s WHERE s.id = c.id)"


@dataclass(slots=True)
class Due:
    """A clock whose ladder is due to ring, with its locked case.

    ladder: as the deadline keeps it, as text
    next_at: when it should have rung
    head_id: who headed the office on the last day
    recorded_at: the database's clock
    """

    deadline_id: int
    rule: str
    started_seq: int
    law_version: str
    unit: str
    due_on: date | None
    pauses: str
    ladder: str
    next_at: datetime
    case_id: int
    procedure: str
    code: str
    state: str
    seq: int
    head: str
    agency_id: int
    handler_id: int | None
    opened_at: datetime
    head_id: int | None
    calendar_version: int
    recorded_at: datetime

    def foot(self, rung: Rung) -> date:
        """Return the day from which a rung is counted: the last day, or that of the suspension."""
        if rung.counted_from == "pause":
            return date.fromisoformat(json.loads(self.pauses)[-1][0])
        assert self.due_on is not None
        return self.due_on


@dataclass(slots=True)
class Ringing:
    """What ringing one alarm writes: its entry, the alarm itself, and the ladder as it stands then.

    fire_at: when it should have rung
    """

    due: Due
    entry: dict[str, Any]
    rung: str
    occurrence: int
    fire_at: datetime
    ladder: list[list[Any]]


def read(at: datetime, case_id: int | None = None) -> list[Due]:
    """Return the clocks whose ladders are due at an instant, the first of each case, and lock their cases.

    PostgreSQL passes over cases that somebody else holds, who rings them if it is another sweep, and over those that
    moved while we took their lock; if it found no others, they are read again. An instant ahead of the database's own
    clock counts as now: a machine whose clock is wrong rings nothing early.
    case_id: this case alone
    """
    today = clock.legal_day(at)
    is_postgresql = connection.vendor == "postgresql"
    until = (at, clock.simulated_now(), at) if is_postgresql else (at, at)
    params = [_param(one) for one in (today, today, *until)]
    params += [] if case_id is None else [case_id]
    while True:
        with connection.cursor() as cursor:
            if is_postgresql:
                cursor.execute(BY_INDEX)
            cursor.execute(_reading(connection.vendor, one=case_id is not None), params)
            rows = cursor.fetchall()
        found: dict[int, Due] = {}
        recorded_at = store.moment(rows[-1][-2]) if rows else at
        for *row, version, _, seen_seq in rows:
            due = Due(*(*row, version or 0, recorded_at))
            if due.seq == seen_seq:
                found.setdefault(due.case_id, due if is_postgresql else _decoded(due))
        if found or not rows:
            return [*found.values()]


@cache
def _reading(vendor: str, *, one: bool) -> str:
    until, now, lock = "%s", "NULL", ""
    if vendor == "postgresql":
        until = "least(%s::timestamptz, coalesce(%s::timestamptz, statement_timestamp()))"
        now, lock = "clock_timestamp()", " FOR NO KEY UPDATE OF c SKIP LOCKED"
    return (
        f"SELECT {_COLUMNS}, {_HEAD}, (SELECT max(id) FROM workflow_calendarversion), {now}, {_AS_SEEN}"
        " FROM workflow_deadline d JOIN workflow_case c ON c.id = d.case_id"
        f" WHERE d.next_at <= {until} AND (d.next_try_at IS NULL OR d.next_try_at <= %s)"
        f"{' AND c.id = %s' if one else ''} ORDER BY d.next_at, d.id LIMIT {BATCH}{lock}"
    )


def _param(value: Any) -> Any:
    """Return a day or moment as the database compares it."""
    if connection.vendor == "postgresql":
        return value
    return connection.ops.adapt_datetimefield_value(value) if isinstance(value, datetime) else value.isoformat()


def _decoded(due: Due) -> Due:
    """Return what SQLite gave with its texts read as days and moments."""
    due.next_at, due.opened_at = store.instant(str(due.next_at)), store.instant(str(due.opened_at))
    due.due_on = date.fromisoformat(str(due.due_on)) if due.due_on else None
    return due


def write(batch: Sequence[Ringing]) -> None:
    """Write a batch: entries and outbox rows, heads of the cases, the alarms that ring, the ladders they stand on.

    Raises Conflict if a case or a ladder is no longer as it was read; then nothing may stay written.
    """
    if connection.vendor == "postgresql":
        _write_at_once(batch)
    else:
        _write_plainly(batch)


def _write_at_once(batch: Sequence[Ringing]) -> None:
    """Write a batch by one statement, given as one text: a line for each alarm, a tab between values.

    Several times faster to read for the server than JSON or arrays. Nothing in it holds a tab or the end of a line:
    the canonical form escapes them, the rest are names and numbers.
    """
    lines = "\n".join("\t".join(map(_text, _values(one))) for one in batch)
    with connection.cursor() as cursor:
        cursor.execute(_writing(), [lines])
        if cursor.fetchone() != (len(batch),) * 3:
            raise Conflict(code=", ".join(one.due.code for one in batch[:3]))


def _values(one: Ringing) -> list[Any]:
    """Return what is written, in the order of the columns of `_writing`."""
    entry = one.entry
    form = entry["canonical"][1:].decode()
    ladder = (json.dumps(one.ladder), *ladders.span(one.ladder))
    return [*(entry[name] for name in _ENTRY), form, *(getattr(one, name) for name in _ALARM), *_at(one), *ladder]


def _at(one: Ringing) -> tuple[int, datetime]:
    return one.due.deadline_id, one.due.next_at


def _text(value: Any) -> str:
    if isinstance(value, datetime):
        return value.isoformat()
    return "" if value is None else str(value)


_ENTRY = columns(LogEntry, "id", "canonical")
_ALARM = ("rung", "occurrence", "fire_at")


@cache
def _writing() -> str:
    kinds = {**types(LogEntry, _ENTRY), "form": "text", **types(Alarm, _ALARM), "deadline_id": "bigint"}
    kinds |= {"was_at": "timestamptz", "ladder": "jsonb", "next_at": "timestamptz", "last_at": "timestamptz"}
    values = ", ".join(f"nullif(v[{n}], '')::{kind} AS {name}" for n, (name, kind) in enumerate(kinds.items(), 1))
    entry = ", ".join(
        f"coalesce(r.{name}, '')" if kinds[name].startswith("varchar") else f"r.{name}" for name in _ENTRY
    )
    return (
        f"WITH r AS MATERIALIZED (SELECT {values} FROM"
        " (SELECT string_to_array(line, E'\\t') AS v FROM string_to_table(%s, E'\\n') AS line OFFSET 0) AS lines),"
        " c AS (UPDATE workflow_case c SET seq = r.seq, head = r.hash FROM r"
        " WHERE c.id = r.case_id AND c.seq = r.seq - 1 RETURNING c.id),"
        " d AS (UPDATE workflow_deadline d SET ladder = r.ladder, next_at = r.next_at, last_at = r.last_at,"
        " failures = 0, next_try_at = NULL, failed_why = '' FROM r"
        " WHERE d.id = r.deadline_id AND d.next_at = r.was_at RETURNING d.id),"
        f" e AS (INSERT INTO {table(LogEntry)} ({listed(_ENTRY)}, canonical)"
        f" SELECT {entry}, '\\x01'::bytea || convert_to(r.form, 'UTF8') FROM r RETURNING id),"
        f" o AS (INSERT INTO {table(Outbox)} (entry_id) SELECT id FROM e),"
        f" a AS (INSERT INTO {table(Alarm)} (deadline_id, {listed(_ALARM)}, fired_at)"
        f" SELECT deadline_id, {listed(_ALARM)}, recorded_at FROM r)"
        " SELECT (SELECT count(*) FROM c), (SELECT count(*) FROM d), (SELECT count(*) FROM e)"
    )


def _write_plainly(batch: Sequence[Ringing]) -> None:
    entry = columns(LogEntry, "id")
    with connection.cursor() as cursor:
        for one in batch:
            due, row = one.due, one.entry
            cursor.execute(
                "UPDATE workflow_case SET seq = %s, head = %s WHERE id = %s AND seq = %s",
                [row["seq"], row["hash"], due.case_id, due.seq],
            )
            moved = cursor.rowcount
            next_at, last_at = (at and _param(at) for at in ladders.span(one.ladder))
            cursor.execute(
                "UPDATE workflow_deadline SET ladder = %s, next_at = %s, last_at = %s, failures = 0,"
                " next_try_at = NULL, failed_why = '' WHERE id = %s AND next_at = %s",
                [json.dumps(one.ladder), next_at, last_at, due.deadline_id, _param(due.next_at)],
            )
            if (moved, cursor.rowcount) != (1, 1):
                raise Conflict(code=due.code)
            cursor.execute(
                f"INSERT INTO {table(LogEntry)} ({listed(entry)}) VALUES ({marks(entry)}) RETURNING id",
                [adapted(LogEntry, name, row[name]) for name in entry],
            )
            cursor.execute(f"INSERT INTO {table(Outbox)} (entry_id) VALUES (%s)", cursor.fetchone())
            cursor.execute(
                f"INSERT INTO {table(Alarm)} (deadline_id, {listed(_ALARM)}, fired_at) VALUES (%s, %s, %s, %s, %s)",
                [due.deadline_id, one.rung, one.occurrence, _param(one.fire_at), _param(row["recorded_at"])],
            )


def set_aside(case_id: int, at: datetime, why: str) -> None:
    """Let the ladders of a case rest for a while that doubles with each failure: a minute at first, a day at most."""
    waiting = Deadline.objects.filter(case_id=case_id, next_at__isnull=False)
    failures = waiting.aggregate(most=Max("failures"))["most"] or 0
    pause = min(timedelta(minutes=2 ** min(failures, 11)), timedelta(days=1))
    waiting.update(failures=F("failures") + 1, next_try_at=at + pause, failed_why=why[:300])
