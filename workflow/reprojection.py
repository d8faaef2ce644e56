"""Open deadlines counted anew by another calendar: in batches, each case with an entry in its own chain.

One pass serves the preview and the publishing: `batches` says what would change, `write` changes it. A batch costs
the same statements whatever it holds, and may be begun again after a crash: what has moved does not move twice.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, fields
from datetime import date, datetime, time
from typing import Any

from django.db import transaction
from django.db.models import Max, Q

from workflow import closures, deadlines, linked, registry, store
from workflow.actors import SYSTEM
from workflow.calendar import Calendar, Counting
from workflow.clock import LEGAL_ZONE, legal_day
from workflow.deadlines import Clock
from workflow.ladders import Ladders, bells_of, bounds, stored
from workflow.law import Rung
from workflow.ledger import chain
from workflow.models import AgencyRung, CalendarVersion, Case, Deadline, LocalClosure, LogEntry, Outbox

BATCH = 50  # cases; SQLite takes no more values in one statement
RECALCULATED = "recalculated"
"""Name of the entry in a case's chain."""
MADE, UNDONE = "made", "undone"


@dataclass(frozen=True, slots=True)
class Table:
    """A calendar as it will count: an edition of the table and the local closures beside it.

    first, last: between which days it differs from the one before; a deadline beyond them is not touched
    path: place in the tree of the agencies it concerns; empty for all
    """

    calendar: Calendar
    version: int
    closures: tuple[LocalClosure, ...]
    first: date
    last: date
    path: str = ""

    def of(self, case: Case) -> Calendar:
        """Return the table by which a case's days are counted."""
        return closures.applied(self.calendar, case, self.closures)


@dataclass(frozen=True, slots=True)
class Move:
    """One open deadline as it stands and as it would stand.

    late: whether a breach is made or undone by it, or neither
    """

    case: Case
    rule: str
    was: date
    now: date
    was_provisional: bool
    provisional: bool
    late: str

    @property
    def moves(self) -> bool:
        """Return whether its last day changes."""
        return self.was != self.now

    @property
    def label(self) -> str:
        """Return what the period is called."""
        periods = registry.get(self.case.procedure_name).version(self.case.law_version).periods
        return str(periods[self.rule].label or self.rule) if self.rule in periods else self.rule


@dataclass(slots=True)
class Plan:
    """What a calendar changes on one case; `rows` are the stored forms of its clocks, in their order."""

    case: Case
    rows: list[Deadline]
    clocks: list[Clock]
    moves: list[Move] = field(default_factory=list)
    facts: list[dict[str, Any]] = field(default_factory=list)


def differing(old: Calendar, new: Calendar) -> tuple[date, date] | None:
    """Return the first and the last day that counts otherwise or is otherwise confirmed; None if no day does."""
    listed = {
        day for one in (old, new) for days in (one.holidays, one.compensatory, one.swapped, one.makeup) for day in days
    }
    days = {day for day in listed if old.is_working(day) != new.is_working(day)} | (old.unconfirmed ^ new.unconfirmed)
    if old.confirmed_through != new.confirmed_through:
        days |= {old.confirmed_through, new.confirmed_through}
    return (min(days), max(days)) if days else None


def batches(table: Table, at: datetime, *, after: int = 0) -> Iterator[list[Plan]]:
    """Yield what a table would change, a batch of cases at a time, by the key of the case; changes nothing."""
    while True:
        plans, last = plan(table, at, after=after, lock=False)
        if last is None:
            return
        after = last
        yield plans


def plan(table: Table, at: datetime, *, after: int, lock: bool) -> tuple[list[Plan], int | None]:
    """Return what a table changes on the next cases, and the key of the last one looked at; None at the end."""
    touched = _touched(table).filter(case_id__gt=after)
    ids = list(touched.order_by("case_id").values_list("case_id", flat=True).distinct()[:BATCH])
    if not ids:
        return [], None
    cases = Case.objects.filter(pk__in=ids).select_related("agency").order_by("pk")
    if lock:
        linked.lock(ids)
    found = {case.pk: Plan(case, [], []) for case in cases}
    rows = Deadline.objects.filter(case_id__in=ids, state=Deadline.State.RUNNING).order_by("pk")
    clocks = {row.pk: (row, clock_of(row)) for row in rows}
    added = _added({one.case.agency_id for one in found.values()})
    for row, clock in clocks.values():
        found[row.case_id].rows.append(row)
        found[row.case_id].clocks.append(clock)
    for one in found.values():
        _count(one, table, added.get((one.case.agency_id, one.case.procedure_name), {}), at)
    return [one for one in found.values() if one.moves], ids[-1]


def _touched(table: Table) -> Any:
    """Return the running deadlines whose counting or whose ladder passes over a day that differs."""
    from_day = datetime.combine(table.first, time(), LEGAL_ZONE)
    running = Deadline.objects.filter(
        Q(due_on__gte=table.first) | Q(last_at__gte=from_day),
        state=Deadline.State.RUNNING,
        anchor_on__lte=table.last,
    )
    return running.filter(case__agency__path__startswith=table.path) if table.path else running


_HEAD = tuple(one.name for one in fields(Clock) if one.name not in ("bells", "changed"))


def clock_of(row: Deadline) -> Clock:
    """Return a stored deadline as it is worked on."""
    return Clock(**{name: getattr(row, name) for name in _HEAD}, bells=bells_of(row.ladder))


def _added(agencies: set[int]) -> dict[tuple[int, str], Ladders]:
    """Return the rungs that agencies have added, by agency and procedure."""
    found: dict[tuple[int, str], dict[str, tuple[Rung, ...]]] = {}
    for one in AgencyRung.objects.filter(agency_id__in=agencies).order_by("pk"):
        ladders = found.setdefault((one.agency_id, one.procedure), {})
        ladders[one.period] = (*ladders.get(one.period, ()), one.rung)
    return dict(found)


def _count(one: Plan, table: Table, added: Ladders, at: datetime) -> None:
    """Count the clocks of a case anew, keeping those that change."""
    declared = registry.get(one.case.procedure_name)
    calendar, counting, today = table.of(one.case), declared.counting or Counting(), legal_day(at)
    for clock in one.clocks:
        assert clock.due_on is not None
        before, was = _photo(clock), clock.due_on
        known = closures.applied(store.calendar(clock.calendar_version), one.case, table.closures)
        was_provisional = clock.compute(known, counting).provisional
        law = declared.version(clock.law_version)
        bench = deadlines.Bench(law, calendar, table.version, counting, at, one.case.seq + 1, added)
        fact = deadlines.recompute(clock, bench)
        provisional = clock.compute(calendar, counting).provisional
        clock.changed = _photo(clock) != before or provisional != was_provisional
        if not clock.changed:
            continue
        late = ""
        if clock.rule in declared.office_periods and (was < today) != (clock.due_on < today):
            late = UNDONE if was < today else MADE
        one.moves.append(Move(one.case, clock.rule, was, clock.due_on, was_provisional, provisional, late))
        one.facts.append(fact)


def _photo(clock: Clock) -> tuple[object, ...]:
    return clock.due_on, clock.nominal_on, stored(clock.bells)


@transaction.atomic
def step(table: Table, after: int, **why: Any) -> tuple[list[Move], int | None]:
    """Move the next batch and log each case; returns what moved and the key of the last case, None at the end.

    Nothing moves by an edition that is no longer the newest: the cases are locked now, and whoever publishes another
    comes to them later.
    why: what the entries say beside the clocks: the edition, the closure, the document
    """
    at = store.database_now()
    plans, last = plan(table, at, after=after, lock=True)
    if table.version != (CalendarVersion.objects.aggregate(newest=Max("pk"))["newest"] or 0):
        return [], after
    write(plans, at, **why)
    return [move for one in plans for move in one.moves], last


_MOVED = ("due_on", "nominal_on", "calendar_version")


def write(plans: list[Plan], at: datetime, **why: Any) -> None:
    """Write the new heads of clocks and ladders, one entry per case in its chain, and its outbox row."""
    entries, rows = [], []
    for one in plans:
        entries.append(_entry(one, at, why))
        for row, clock in zip(one.rows, one.clocks, strict=True):
            if clock.changed:
                for name in _MOVED:
                    setattr(row, name, getattr(clock, name))
                row.ladder, (row.next_at, row.last_at) = stored(clock.bells), bounds(clock.bells)
                rows.append(row)
    if not entries:
        return
    written = LogEntry.objects.bulk_create(entries)
    Outbox.objects.bulk_create(Outbox(entry=entry) for entry in written)
    Case.objects.bulk_update([one.case for one in plans], ["seq", "head"])
    Deadline.objects.bulk_update(rows, [*_MOVED, "ladder", "next_at", "last_at"])


def _entry(one: Plan, at: datetime, why: dict[str, Any]) -> LogEntry:
    """Return the sealed entry of a case, and let the case's head follow it."""
    case = one.case
    case.seq += 1
    data = {"clocks": one.facts, **why}
    return LogEntry(**chain.beside(case, RECALCULATED, at=at, actor=SYSTEM, data=data))
