"""Ladders: who is warned when, and who learns of an office's silence.

A rung is declared in the procedure's law; here it becomes a moment, is moved when its date moves, and rings once.
"""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Iterable
from datetime import UTC, date, datetime, time, timedelta
from typing import TYPE_CHECKING, Any

from django.db import transaction

from workflow.actors import SYSTEM, actor_ref
from workflow.calendar import Calendar, Unit
from workflow.clock import LEGAL_ZONE
from workflow.law import Rung

if TYPE_CHECKING:
    from workflow.deadlines import Bell, Bench, Clock

log = logging.getLogger(__name__)

BATCH = 500
PAUSED_LADDER = "paused"
"""Key of the ladder that suspended cases climb."""


def moment(rung: Rung, last: date, unit: str, calendar: Calendar, occurrence: int = 1) -> datetime:
    """Return the instant at which a rung rings, in UTC.

    Before the last day: at the rung's hour of the day that lies `offset` units earlier. From silence on: 00:00 of
    the day after the last day, `offset` units later.
    last: last day of the period, or the day of suspension for the ladder of suspended cases
    """
    offset = rung.offset + _repeats(rung, occurrence)
    day = shift(last, offset, unit, calendar)
    if rung.counted_from == "due" and offset >= 0:
        day += timedelta(days=1)
    return datetime.combine(day, time(rung.hour), LEGAL_ZONE).astimezone(UTC)


def _repeats(rung: Rung, occurrence: int) -> int:
    """Return how many units after its first ringing a repeating rung rings for the n-th time."""
    if rung.then is None:
        return rung.every * (occurrence - 1)
    pace_from, pace = rung.then
    before = max((pace_from - rung.offset) // rung.every, 0)
    steps = occurrence - 1
    return rung.every * min(steps, before) + pace * max(steps - before, 0)


def shift(day: date, units: int, unit: str, calendar: Calendar) -> date:
    """Return the day `units` days away, in working days or in days."""
    if unit != Unit.WORKING_DAY:
        return day + timedelta(days=units)
    step = timedelta(days=1 if units > 0 else -1)
    for _ in range(abs(units)):
        day += step
        while not calendar.is_working(day):
            day += step
    return day


def arm(clock: Clock, ladder: str, bench: Bench) -> None:
    """Set every rung of a ladder to its moment; what has rung stays, what has not is moved, never recreated."""
    from workflow.deadlines import Bell

    last = clock.paused_on() if ladder == PAUSED_LADDER else clock.due_on
    unit = str(Unit.CALENDAR_DAY) if ladder == PAUSED_LADDER else clock.unit
    assert last is not None
    for rung in bench.law.ladders.get(ladder, ()):
        bells = [bell for bell in clock.bells if bell.rung == rung.name]
        latest = max(bells, key=lambda bell: bell.occurrence, default=None)
        spent = latest is not None and latest.state == "fired"
        occurrence = 1 if latest is None else latest.occurrence + spent
        # a repeating rung of an earlier pause goes on counting occurrences, but its pace starts anew
        nth = 1 if not rung.every or ladder == PAUSED_LADDER else occurrence
        fire_at = moment(rung, last, unit, bench.calendar, nth)
        if rung.offset < 0 and fire_at <= bench.at and (latest is None or spent):
            continue
        if latest is None or spent:
            clock.bells.append(Bell(rung.name, occurrence, fire_at))
        else:
            latest.fire_at, latest.state, latest.changed = fire_at, "armed", True


def silence(bells: Iterable[Bell], state: str, only: str = "") -> None:
    """Rest or cancel every alarm that has not rung; `only` names the rung of suspended cases."""
    for bell in bells:
        if bell.state in ("armed", "rested") and (not only or bell.rung == only):
            bell.state, bell.changed = state, True


def sweep(at: datetime) -> dict[str, int]:
    """Fire every alarm that is due at an instant, once; returns how many of each rung.

    Asks about state ("due and not yet fired"), so it may run twice, late, or in many processes at once. Each pass
    fires at most one alarm of a case, in the order of the ladder; a case that fails is left for the next sweep.
    """
    from workflow.models import Alarm

    fired: Counter[str] = Counter()
    failed: set[int] = set()
    while True:
        due = Alarm.objects.filter(state="armed", fire_at__lte=at).exclude(deadline__case_id__in=failed)
        cases = list(dict.fromkeys(due.order_by("fire_at", "id").values_list("deadline__case_id", flat=True)[:BATCH]))
        before = fired.total()
        for case_id in cases:
            try:
                fired.update(filter(None, [_ring(case_id, at)]))
            except Exception:
                failed.add(case_id)
                log.exception("the alarms of case %s could not be fired; they stay due", case_id)
        if fired.total() == before:
            return dict(fired)


@transaction.atomic
def _ring(case_id: int, at: datetime) -> str | None:
    """Fire the first due alarm of a case; None if somebody else holds the case or was faster."""
    from workflow import registry, store
    from workflow.ledger import chain
    from workflow.models import Case

    found = Case.objects.select_for_update(skip_locked=True, of=("self",)).filter(pk=case_id).first()
    if found is None:
        return None
    seen = store.read(found, lock=True)
    due = [
        (bell.fire_at, n, clock, bell)
        for n, (clock, bell) in enumerate((clock, bell) for clock in seen.clocks for bell in clock.bells)
        if bell.state == "armed" and bell.fire_at <= at
    ]
    if not due:
        return None
    _, _, clock, bell = min(due, key=lambda one: one[:2])
    case = seen.case
    declared = registry.get(case.procedure_name)
    law = declared.version(clock.law_version)
    rung = _rung(law.ladders, clock.rule, bell.rung)
    bell.state, bell.fired_at, bell.changed = "fired", at, True
    if rung.every:
        clock.bells.append(_next(rung, clock, bell, seen.calendar))
    case.seq += 1
    entry: dict[str, Any] = {
        "chain": case.chain,
        "seq": case.seq,
        "agency_id": case.agency_id,
        "at": max(bell.fire_at, case.opened_at or bell.fire_at),
        "recorded_at": seen.recorded_at,
        "actor": actor_ref(SYSTEM),
        "appointment": "",
        "on_behalf_of": "",
        "own_act": False,
        "transition": f"alarm:{bell.rung}",
        "source": case.state,
        "target": case.state,
        "law_version": law.name,
    }
    data = {
        "clock": clock.rule,
        "since": clock.started_seq,
        "occurrence": bell.occurrence,
        "due": clock.due_on.isoformat() if clock.due_on else None,
        "late_on": at.isoformat(),
        "tells": list(rung.tells),
        "responsible": _responsible(case, clock.due_on),
        "law": law.periods[clock.rule].cite,
    }
    disclosures: list[dict[str, str]] = []
    chain.seal(entry, data, case.head, SYSTEM, disclosures)
    case.head = entry["hash"]
    row = {**entry, "case_id": case.pk}
    store.write(store.Write(seen, row, disclosures, seen.clocks))
    return bell.rung


def _rung(ladders: Any, rule: str, name: str) -> Rung:
    """Return a rung by name, from the period's own ladder or from that of suspended cases."""
    return next(rung for key in (rule, PAUSED_LADDER) for rung in ladders.get(key, ()) if rung.name == name)


def _next(rung: Rung, clock: Clock, bell: Bell, calendar: Calendar) -> Bell:
    """Return the next occurrence of a repeating rung."""
    from workflow.deadlines import Bell

    last, unit = (
        (clock.paused_on(), str(Unit.CALENDAR_DAY)) if rung.counted_from == "pause" else (clock.due_on, clock.unit)
    )
    assert last is not None
    occurrence = bell.occurrence + 1
    nth = occurrence
    if rung.counted_from == "pause":
        # occurrences are numbered through all pauses of a clock; the pace is that of this pause
        nth = 1 + sum(1 for one in clock.bells if one.rung == rung.name and one.fire_at > _start(last))
    return Bell(rung.name, occurrence, moment(rung, last, unit, calendar, nth))


def _start(day: date) -> datetime:
    return datetime.combine(day, time(), LEGAL_ZONE).astimezone(UTC)


def _responsible(case: Any, on: date | None) -> dict[str, object]:
    """Return who answers for the silence: the office, its head on the last day, and who handled the case."""
    from workflow.models import Appointment

    on = on or date.max
    heads = Appointment.objects.filter(agency_id=case.agency_id, role="head", starts_on__lte=on).order_by("-starts_on")
    return {
        "agency": case.agency_id,
        "head": heads.values_list("user_id", flat=True).first(),
        "handler": case.handler_id,
    }
