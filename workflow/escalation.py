"""Ladders: who is warned when, and who learns of an office's silence.

A rung is declared in the procedure's law; here it becomes a moment, is moved when its date moves, and rings once.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, date, datetime, time, timedelta
from typing import TYPE_CHECKING

from workflow.calendar import Calendar, Unit
from workflow.clock import LEGAL_ZONE
from workflow.law import Rung

if TYPE_CHECKING:
    from workflow.deadlines import Bell, Bench, Clock

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
