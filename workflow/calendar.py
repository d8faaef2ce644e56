"""Legal days: which days work, when a period ends, and why. Pure: no clock, no database.

A legal day is a `date` in Asia/Ho_Chi_Minh and ends at 24:00 (BLDS Đ.148 k.6). A1, A2, … are the numbered assumptions of the law file.
Law: Civil Code 91/2015/QH13 (BLDS), Arts. 145 to 148, applied by analogy.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from enum import StrEnum
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

from django.utils.translation import gettext_noop as _

if TYPE_CHECKING:
    from django_stubs_ext import StrPromise

SATURDAY = 5  # date.weekday()


class CalendarError(ValueError):
    """The question has no answer in legal days: a bad period, a bad pause, a contradictory calendar."""

    def __init__(self, message: str, **facts: object) -> None:
        super().__init__(message, facts)
        self.message, self.facts = message, facts

    def __str__(self) -> str:
        return self.message % self.facts


class Unit(StrEnum):
    WORKING_DAY = "working_day"
    CALENDAR_DAY = "calendar_day"
    YEAR = "year"


WORKING_DAY, CALENDAR_DAY, YEAR = Unit.WORKING_DAY, Unit.CALENDAR_DAY, Unit.YEAR


@dataclass(frozen=True, slots=True)
class Period:
    """A time allowed by law: n units from its anchor event, with the article that says so.

    rule: the row of the rule table, such as "EXPL_NOTICE"
    """

    n: int
    unit: Unit
    cite: str
    anchor: str = ""
    rule: str = ""
    label: StrPromise | str = ""


class DayKind(StrEnum):
    WORKING = "working"
    WEEKEND = "weekend"
    HOLIDAY = "holiday"  # nghỉ lễ, tết
    COMPENSATORY = "compensatory"  # nghỉ bù
    SWAPPED = "swapped"  # nghỉ hoán đổi
    MAKEUP = "makeup"  # làm bù: a weekend day that is worked


@dataclass(frozen=True)
class Calendar:
    """The official table of days off and make-up days, as released.

    names: what each day is called, in Vietnamese, as published
    unconfirmed: days a proposal would turn round (rest or work); recorded, not applied
    Raises CalendarError if a day is both off and worked.
    """

    version: str
    holidays: frozenset[date] = frozenset()
    compensatory: frozenset[date] = frozenset()
    swapped: frozenset[date] = frozenset()
    makeup: frozenset[date] = frozenset()
    confirmed_through: date = date.min
    names: Mapping[date, str] = field(default_factory=dict, hash=False)
    unconfirmed: frozenset[date] = frozenset()

    def __post_init__(self) -> None:
        off = self.holidays | self.compensatory | self.swapped
        if both := off & self.makeup:
            raise CalendarError(
                _("%(day)s is listed both as a day off and as a make-up day."), day=min(both).isoformat()
            )
        # Ordinals: counting them is several times faster than adding timedeltas to dates.
        object.__setattr__(self, "_off", frozenset(day.toordinal() for day in off))
        object.__setattr__(self, "_makeup", frozenset(day.toordinal() for day in self.makeup))

    if TYPE_CHECKING:
        _off: frozenset[int]
        _makeup: frozenset[int]

    def is_working(self, day: date) -> bool:
        """Return whether the offices work on this day. Law: law file 8.2 (A3)."""
        return self._works(day.toordinal(), SATURDAY)

    def _works(self, ordinal: int, week: int) -> bool:
        return ordinal in self._makeup or ((ordinal + 6) % 7 < week and ordinal not in self._off)

    def kind(self, day: date) -> DayKind:
        """Return what the table says of this day; a holiday on a Sunday is a holiday."""
        listed = (
            (self.makeup, DayKind.MAKEUP),
            (self.holidays, DayKind.HOLIDAY),
            (self.compensatory, DayKind.COMPENSATORY),
            (self.swapped, DayKind.SWAPPED),
        )
        plain = DayKind.WORKING if day.weekday() < SATURDAY else DayKind.WEEKEND
        return next((kind for days, kind in listed if day in days), plain)

    def overridden(self, *, off: Iterable[date] = (), work: Iterable[date] = ()) -> Self:
        """Return a calendar in which these days are off and those are worked, whatever the table says."""
        off, work = frozenset(off), frozenset(work)
        if both := off & work:
            raise CalendarError(_("%(day)s cannot be both off and worked."), day=min(both).isoformat())
        rests = off - self.holidays - self.compensatory
        return replace(
            self,
            holidays=self.holidays - work,
            compensatory=self.compensatory - work,
            swapped=(self.swapped - work) | rests,
            makeup=(self.makeup - off) | {day for day in work if day.weekday() >= SATURDAY},
            unconfirmed=self.unconfirmed - off - work,
        )

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Self:
        """Return the calendar written in `data`: flat lists of ISO days, or named `blocks` of them, or both.

        Raises CalendarError if a day is not an ISO date or a list is not a list.
        """
        try:
            blocks = [data, *data.get("blocks", ())]
            names = {date.fromisoformat(day): name for day, name in data.get("names", {}).items()}
            for block in blocks[1:]:
                names |= {
                    date.fromisoformat(day): block["name"] for key in _LISTS for day in block.get(key, ())
                }
            lists = {name: frozenset(_days(blocks, key)) for key, name in _LISTS.items()}
            return cls(
                version=str(data.get("version", "")),
                **lists,
                # "2026-12-31 (except …)": the date leads, a remark may follow.
                confirmed_through=date.fromisoformat(data.get("confirmed_through", "0001-01-01")[:10]),
                names=names,
                unconfirmed=frozenset(_unconfirmed(data)),
            )
        except CalendarError:
            raise
        except (TypeError, ValueError, KeyError, AttributeError) as error:
            raise CalendarError(_("This is not a calendar of ISO days: %(error)s"), error=error) from error

    def to_json(self) -> dict[str, Any]:
        """Return the flat form that `from_json` reads back to an equal calendar."""
        days = {key: sorted(day.isoformat() for day in getattr(self, name)) for key, name in _LISTS.items()}
        return {
            "version": self.version,
            **days,
            "unconfirmed": sorted(day.isoformat() for day in self.unconfirmed),
            "confirmed_through": self.confirmed_through.isoformat(),
            "names": {day.isoformat(): name for day, name in sorted(self.names.items())},
        }


_LISTS = {
    "holidays": "holidays",
    "compensatory_rest": "compensatory",
    "swapped_rest": "swapped",
    "makeup_work": "makeup",
}


def _days(blocks: Iterable[Mapping[str, Any]], key: str) -> Iterator[date]:
    return (date.fromisoformat(day) for block in blocks for day in block.get(key, ()))


def _unconfirmed(data: Mapping[str, Any]) -> Iterator[date]:
    """Yield the days of each proposal: a day, or a swap written {"swapped_rest": day, "makeup_work": day}."""
    for key in ("unconfirmed", "unconfirmed_not_applied"):
        for item in data.get(key, ()):
            days = [item] if isinstance(item, str) else [item[name] for name in _LISTS if name in item]
            yield from map(date.fromisoformat, days)


@dataclass(frozen=True, slots=True)
class Counting:
    """How a reader of the law counts where it is silent; the defaults are those of the law file.

    trigger_day_counted: the day of the event is day 1 (A2)
    saturday_works: Saturdays are working days (A3)
    roll_last_day: a last day on a rest day moves to the next working day (A4)
    extension_anchor: an extension counts from the "NOMINAL" last day or from the "ROLLED" one (A8)
    resumption_day_counted: the day of resumption counts (A9)
    """

    trigger_day_counted: bool = False
    saturday_works: bool = False
    roll_last_day: bool = True
    extension_anchor: str = "NOMINAL"
    resumption_day_counted: bool = True

    def __post_init__(self) -> None:
        if self.extension_anchor not in ("NOMINAL", "ROLLED"):
            raise CalendarError(
                _("The extension anchor is NOMINAL or ROLLED (A8), not %(value)s."),
                value=self.extension_anchor,
            )


DEFAULT = Counting()


class Skip(StrEnum):
    """Why a day of a period is not counted."""

    TRIGGER = "trigger"  # the day of the event
    REST = "rest"  # not a working day, in a period of working days
    PAUSED = "paused"  # the period was suspended
    MOVED = "moved"  # after the last day, which fell on a rest day


@dataclass(frozen=True, slots=True)
class Day:
    """One day of a period: what it is, and its number if it counts (else 0 and why not)."""

    on: date
    kind: DayKind
    number: int
    skip: Skip | None


@dataclass(frozen=True, slots=True)
class Due:
    """The last day of a period and how it was found.

    on: the last day, which ends at 24:00
    nominal: the last day before it moved off a rest day
    provisional: a day relied on is not confirmed in the official table (A17)
    """

    on: date
    nominal: date
    provisional: bool
    period: Period = field(repr=False, compare=False)
    start: date = field(repr=False, compare=False)
    calendar: Calendar = field(repr=False, compare=False)
    extension: int = field(repr=False, compare=False)
    obstacle_days: int = field(repr=False, compare=False)
    pauses: tuple[tuple[int, int], ...] = field(repr=False, compare=False)  # ordinals, end excluded
    counting: Counting = field(repr=False, compare=False)
    base: date = field(repr=False, compare=False)  # the last day before an extension, not moved

    @property
    def days(self) -> tuple[Day, ...]:
        """Every day from the event to the last day; built anew at each reading."""
        return tuple(self._days())

    def _days(self) -> Iterator[Day]:
        number, week = 0, SATURDAY + self.counting.saturday_works
        rolled = self.base
        if (
            self.extension
            and self.counting.extension_anchor == "ROLLED"
            and self.period.unit is not WORKING_DAY
        ):
            rolled = date.fromordinal(_roll(self.calendar, self.base.toordinal(), self.counting))
        for ordinal in range(self.start.toordinal(), self.on.toordinal() + 1):
            day, skip = date.fromordinal(ordinal), None
            if day == self.start and not (self.counting.trigger_day_counted and self.period.unit is not YEAR):
                skip = Skip.TRIGGER
            elif any(first <= ordinal < stop for first, stop in self.pauses):
                skip = Skip.PAUSED
            elif self.base < day <= rolled or day > self.nominal:
                skip = Skip.MOVED
            elif self.period.unit is WORKING_DAY and not self.calendar._works(ordinal, week):
                skip = Skip.REST
            number += skip is None
            yield Day(day, self.calendar.kind(day), 0 if skip else number, skip)


def due(
    period: Period,
    start: date,
    calendar: Calendar,
    *,
    extension: int = 0,
    obstacle_days: int = 0,
    pauses: Iterable[tuple[date, date]] = (),
    counting: Counting = DEFAULT,
) -> Due:
    """Return the last day of a period, with each day on the way and whether it counted.

    start: local date of the event that starts the period
    extension, obstacle_days: days added, in the unit of the period (calendar days to a period of years)
    pauses: (suspended on, resumed on); a suspension still open has no due date.
        Whether the law allowed a suspension or an extension is asked of the act, not here.
    Raises CalendarError: a negative number of days; a pause that is open, reversed, overlapping or before the start.
    Law: BLDS Arts. 147 and 148; law file 8.4.
    """
    if min(period.n, extension, obstacle_days) < 0:
        raise CalendarError(_("A number of days cannot be negative."))
    origin = _ordinal(start)
    # "ngày đầu tiên của thời hạn không được tính mà tính từ ngày tiếp theo" (BLDS Đ.147 k.2); A2 may count it.
    before = origin - 1 if counting.trigger_day_counted and period.n and period.unit is not YEAR else origin
    gaps = _gaps(pauses, origin, before + 1, counting) if pauses else ()
    try:
        if period.unit is WORKING_DAY:
            base = _walk(calendar, before, period.n + obstacle_days, gaps, counting)
            nominal = _walk(calendar, base, extension, gaps, counting) if extension else base
        else:
            first = _years_later(start, period.n) if period.unit is YEAR else before + period.n
            # nominal = start + n + extension + Σ(R − S) (A9)
            base = first + obstacle_days + sum(stop - first for first, stop in gaps)
            rolled = extension and counting.extension_anchor == "ROLLED"
            nominal = (_roll(calendar, base, counting) if rolled else base) + extension
        last = _roll(calendar, nominal, counting)
        on = date.fromordinal(last)
    except (ValueError, OverflowError) as error:
        raise CalendarError(
            _("A period of %(n)s from %(start)s leaves the calendar."), n=period.n, start=start
        ) from error
    # Working days rely on every day counted; the others only on where the last day falls.
    relied = origin if period.unit is WORKING_DAY else min(base, nominal) - 1
    provisional = on > calendar.confirmed_through or any(
        relied < day.toordinal() <= last for day in calendar.unconfirmed
    )
    return Due(
        on,
        date.fromordinal(nominal),
        provisional,
        period,
        start,
        calendar,
        extension,
        obstacle_days,
        gaps,
        counting,
        date.fromordinal(base),
    )


def _ordinal(day: date) -> int:
    # A datetime is a date to Python, and in UTC often yesterday's.
    if not isinstance(day, date) or isinstance(day, datetime):
        raise CalendarError(_("A legal day is a date in Vietnam, not %(day)r."), day=day)
    return day.toordinal()


def _gaps(
    pauses: Iterable[tuple[date, date]], origin: int, first: int, counting: Counting
) -> tuple[tuple[int, int], ...]:
    """Return the days each pause takes, as ranges of ordinals, end excluded: S is not counted, R is (A9)."""
    gaps, resumed = [], origin
    for suspended_on, resumed_on in sorted(pauses):
        start, end = _ordinal(suspended_on), _ordinal(resumed_on)
        facts = {"start": suspended_on, "end": resumed_on}
        if end < start:
            raise CalendarError(_("The suspension of %(start)s ends before it starts, on %(end)s."), **facts)
        if start < origin:
            raise CalendarError(
                _("The suspension of %(start)s lies before the start of the period."), **facts
            )
        if start < resumed:
            raise CalendarError(_("The suspensions overlap: one starts on %(start)s."), **facts)
        resumed = end
        # A day that would not count anyway (the trigger day) is not given back.
        start, end = max(start, first), end if counting.resumption_day_counted else end + 1
        if start < end:
            gaps.append((start, end))
            first = end
    return tuple(gaps)


def _walk(calendar: Calendar, day: int, n: int, gaps: Sequence[tuple[int, int]], counting: Counting) -> int:
    """Return the ordinal of the n-th working day after `day`, outside the gaps."""
    week = SATURDAY + counting.saturday_works
    while n:
        day += 1
        if calendar._works(day, week) and not any(start <= day < stop for start, stop in gaps):
            n -= 1
    return day


def _roll(calendar: Calendar, day: int, counting: Counting) -> int:
    """Return the next working day, or the day itself if it works.

    "Khi ngày cuối cùng của thời hạn là ngày nghỉ cuối tuần hoặc ngày nghỉ lễ thì thời hạn kết thúc tại thời điểm
    kết thúc ngày làm việc tiếp theo ngày nghỉ đó" (BLDS Đ.148 k.5).
    """
    week = SATURDAY + counting.saturday_works
    while counting.roll_last_day and not calendar._works(day, week):
        day += 1
    return day


def _years_later(start: date, n: int) -> int:
    """Return the ordinal of the corresponding day (BLDS Đ.148 k.4); of 28 February if there is none (k.3)."""
    try:
        return start.replace(year=start.year + n).toordinal()
    except ValueError:
        return start.replace(year=start.year + n, day=28).toordinal()


def backward_due(period: Period | int, event: date, calendar: Calendar) -> date:
    """Return the last day to act "at least n days before" an event: on a rest day it moves earlier, never later (A11).

    period: a number is of calendar days
    """
    n, unit = (period, CALENDAR_DAY) if isinstance(period, int) else (period.n, period.unit)
    day = _ordinal(event)
    if n < 0 or unit is YEAR:
        raise CalendarError(_("Only a number of days can be counted backward."))
    if unit is WORKING_DAY:
        while n:
            day -= 1
            n -= calendar._works(day, SATURDAY)
    day -= n
    while not calendar._works(day, SATURDAY):
        day -= 1
    return date.fromordinal(day)


def legal_effect(n: int, start: date) -> date:
    """Return the day a decision takes effect "after n days": the day after day n, never moved. Law: LKN Art. 44."""
    return date.fromordinal(_ordinal(start) + n + 1)


def report_year(on: date) -> int:
    """Return the report year of a case closed on this day: 15 December opens the next one. Law: TT 01/2024/TT-TTCP."""
    return on.year + ((on.month, on.day) >= (12, 15))


@cache
def shipped() -> Calendar:
    """Return the official table shipped with the program: 2025 and 2026 confirmed, the known days of 2027 not."""
    path = Path(__file__).parent / "data" / "calendar.json"
    return Calendar.from_json(json.loads(path.read_text(encoding="utf-8")))
