"""Ladders as moments: when each rung of a deadline rings, and when it rings again.

Pure: a rung is declared in the procedure's law, or added by an agency; here it becomes a moment and moves with its
date. `escalation` makes it ring.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from msgspec import Struct, convert, to_builtins

from workflow.calendar import Calendar, Unit
from workflow.clock import LEGAL_ZONE
from workflow.law import Rung

if TYPE_CHECKING:
    from workflow.deadlines import Bench, Clock

PAUSED_LADDER = "paused"
"""Key of the ladder that suspended cases climb."""

Ladders = Mapping[str, tuple[Rung, ...]]
"""Key of a period to its rungs."""


class Bell(Struct, array_like=True):
    """One rung of a clock's ladder as it stands; kept as a list of its values, moments in UTC as text.

    rang: how often it has rung; rung_for: the moment it last rang for
    fire_at: when it rings next; None while it rests, or if it is silent for good
    """

    rung: str
    rang: int = 0
    rung_for: datetime | None = None
    fire_at: datetime | None = None


def stored(bells: Iterable[Bell]) -> list[list[Any]]:
    """Return a ladder as its deadline keeps it; see `models.Deadline`."""
    return to_builtins(list(bells))  # type: ignore[no-any-return]


def bells_of(ladder: list[list[Any]]) -> list[Bell]:
    """Return a ladder as it is worked on."""
    return convert(ladder, list[Bell])


def _text(at: datetime | None) -> str | None:
    return f"{at.astimezone(UTC).isoformat()[:19]}Z" if at else None


def _moment(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None


def bounds(bells: Iterable[Bell]) -> tuple[datetime | None, datetime | None]:
    """Return the first and the last moment at which a ladder rings next."""
    moments = [bell.fire_at for bell in bells if bell.fire_at is not None]
    return (min(moments), max(moments)) if moments else (None, None)


def span(ladder: Iterable[list[Any]]) -> tuple[datetime | None, datetime | None]:
    """Return the same for a stored ladder."""
    texts = [one[3] for one in ladder if one[3]]
    return (_moment(min(texts)), _moment(max(texts))) if texts else (None, None)


def ring(ladder: list[list[Any]], rung: str, again_at: datetime | None) -> None:
    """Let a stored ladder know that a rung has rung for the moment it waited for, and when it rings again."""
    for one in ladder:
        if one[0] == rung:
            one[1:] = one[1] + 1, one[3], _text(again_at)


def waiting(ladder: Iterable[list[Any]]) -> list[tuple[datetime, str, int]]:
    """Return what a stored ladder rings next, in its order: moment, rung, which time it is."""
    found = [(one[3], n, one[0], one[1] + 1) for n, one in enumerate(ladder) if one[3]]
    return [(datetime.fromisoformat(at), rung, nth) for at, _, rung, nth in sorted(found)]


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
    return _instant(day, rung.hour)


@lru_cache(maxsize=4096)
def _instant(day: date, hour: int) -> datetime:
    return datetime.combine(day, time(hour), LEGAL_ZONE).astimezone(UTC)


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
    """Set every rung of a ladder to its moment.

    A rung that has rung rings again only for a moment later than the one it rang for. A warning whose moment had
    passed before it was first set is left out.
    """
    last, unit = foot(clock, ladder)
    bells = {bell.rung: bell for bell in clock.bells}
    for rung in rungs(bench, ladder):
        bell = bells.get(rung.name) or Bell(rung.name)
        fire_at = after(rung, last, unit, bench.calendar, bell.rung_for, near=max(bell.rang, 1))
        known = rung.name in bells and (bell.fire_at is not None or not bell.rang)
        bell.fire_at = fire_at if fire_at and (known or rung.offset >= 0 or fire_at > bench.at) else None
        if bell.fire_at and rung.name not in bells:
            clock.bells.append(bell)


def silence(bells: Iterable[Bell]) -> None:
    """Let nothing ring any more, until it is armed again."""
    for bell in bells:
        bell.fire_at = None


def rungs(bench: Bench, ladder: str) -> tuple[Rung, ...]:
    """Return the rungs of a ladder: the law's, then those the agency added."""
    return (*bench.law.ladders.get(ladder, ()), *bench.added.get(ladder, ()))
