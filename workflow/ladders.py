"""Ladders as moments: when each rung of a deadline rings, and when it rings again.

Pure: a rung is declared in the procedure's law, or added by an agency; here it becomes a moment and moves with its
date. `escalation` makes it ring.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, date, datetime, time, timedelta
from typing import TYPE_CHECKING

from workflow.calendar import Calendar, Unit
from workflow.clock import LEGAL_ZONE
from workflow.law import Rung

if TYPE_CHECKING:
    from workflow.deadlines import Bell, Bench, Clock

PAUSED_LADDER = "paused"
"""Key of the ladder that suspended cases climb."""

Ladders = Mapping[str, tuple[Rung, ...]]
"""Key of a period to its rungs."""


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


def after(
    rung: Rung, last: date, unit: str, calendar: Calendar, rung_for: datetime | None, *, near: int = 1
) -> datetime | None:
    """Return the first moment of a rung that is later than the one it last rang for; None if there is none.

    rung_for: the moment it last rang for, None if it never rang
    near: an occurrence to look from, for the sake of speed alone
    """
    if rung_for is None:
        return moment(rung, last, unit, calendar)
    nth = near if rung.every else 1
    while nth > 1 and moment(rung, last, unit, calendar, nth) > rung_for:
        nth -= 1
    while (found := moment(rung, last, unit, calendar, nth)) <= rung_for:
        if not rung.every:
            return None
        nth += 1
    return found


def foot(clock: Clock, ladder: str) -> tuple[date, str]:
    """Return the day from which a clock's ladder is counted, and its unit."""
    last = clock.paused_on() if ladder == PAUSED_LADDER else clock.due_on
    assert last is not None
    return last, str(Unit.CALENDAR_DAY) if ladder == PAUSED_LADDER else clock.unit


def arm(clock: Clock, ladder: str, bench: Bench) -> None:
    """Set every rung of a ladder to its moment; an alarm that waits is moved, never recreated.

    A rung that has rung rings again, as the next occurrence, only for a moment later than the one it rang for. A
    warning whose moment had passed before its alarm existed is left out.
    """
    from workflow.deadlines import Bell

    last, unit = foot(clock, ladder)
    for rung in rungs(bench, ladder):
        bells = [bell for bell in clock.bells if bell.rung == rung.name]
        latest = max(bells, key=lambda bell: bell.occurrence, default=None)
        waiting = latest if latest is not None and latest.state != "fired" else None
        rung_for = max((bell.fire_at for bell in bells if bell.state == "fired"), default=None)
        fire_at = after(rung, last, unit, bench.calendar, rung_for)
        if waiting is not None:
            state = "armed" if fire_at else "cancelled"
            waiting.fire_at, waiting.state, waiting.changed = fire_at or waiting.fire_at, state, True
        elif fire_at is not None and (rung.offset >= 0 or fire_at > bench.at):
            occurrence = 1 if latest is None else latest.occurrence + 1
            clock.bells.append(Bell(rung.name, occurrence, fire_at))


def silence(bells: Iterable[Bell], state: str, only: frozenset[str] | None = None) -> None:
    """Rest or cancel every alarm that has not rung; `only` names the rungs, else all."""
    for bell in bells:
        if bell.state in ("armed", "rested") and (only is None or bell.rung in only):
            bell.state, bell.changed = state, True


def rungs(bench: Bench, ladder: str) -> tuple[Rung, ...]:
    """Return the rungs of a ladder: the law's, then those the agency added."""
    return (*bench.law.ladders.get(ladder, ()), *bench.added.get(ladder, ()))
