"""Legal days: when a period ends, and why. Pure: no clock, no database.

A legal day is a `date` in Asia/Ho_Chi_Minh and ends at 24:00 (BLDS Đ.148 k.6). A1, A2, … are the numbered
assumptions of the law file. The days themselves are in `workflow.days` and offered here as well.
Law: Civil Code 91/2015/QH13 (BLDS), Arts. 145 to 148, applied by analogy.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum
from typing import TYPE_CHECKING

from django.utils.translation import gettext_noop as _

from workflow.days import SATURDAY, Calendar, CalendarError, DayKind, shipped

if TYPE_CHECKING:
    from django_stubs_ext import StrPromise

__all__ = [
    "CALENDAR_DAY", "WORKING_DAY", "YEAR", "Calendar", "CalendarError", "Counting", "Day", "DayKind", "Due",
    "Period", "Skip", "Unit", "backward_due", "due", "legal_effect", "report_year", "shipped",
]  # fmt: skip


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


@dataclass(frozen=True, slots=True)
class Counting:
    """How a reader of the law counts where it is silent; the defaults are those of the law file.

    trigger_day_counted: the day of the event is day 1 (A2)
    saturday_works: Saturdays are working days (A3)
    roll_last_day: a last day on a rest day moves to the next working day (A4)
    extension_anchor: an extension counts from the "NOMINAL" last day or from the "ROLLED" one (A8)
    resumption_day_counted: the day of resumption counts (A9)
    backward_limit: a latest day before an event that is a rest day moves "EARLIER", or stays "EXACT" (A11)
    """

    trigger_day_counted: bool = False
    saturday_works: bool = False
    roll_last_day: bool = True
    extension_anchor: str = "NOMINAL"
    resumption_day_counted: bool = True
    backward_limit: str = "EARLIER"

    def __post_init__(self) -> None:
        if self.extension_anchor not in ("NOMINAL", "ROLLED"):
            raise CalendarError(
                _("The extension anchor is NOMINAL or ROLLED (A8), not %(value)s."),
                value=self.extension_anchor,
            )

    @property
    def week(self) -> int:
        """How many weekdays work, from Monday."""
        return SATURDAY + self.saturday_works


DEFAULT = Counting()
Gaps = tuple[tuple[int, int], ...]  # ranges of ordinals, end excluded


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
    # The question, kept so that the days can be told when somebody asks.
    period: Period = field(repr=False, compare=False)
    start: date = field(repr=False, compare=False)
    calendar: Calendar = field(repr=False, compare=False)
    extension: int = field(repr=False, compare=False)
    obstacle_days: int = field(repr=False, compare=False)
    pauses: Gaps = field(repr=False, compare=False)
    counting: Counting = field(repr=False, compare=False)
    base: date = field(repr=False, compare=False)  # the last day before the extension
    resting: date = field(repr=False, compare=False)  # the day after which the extension is counted (A8)

    @property
    def days(self) -> tuple[Day, ...]:
        """Every day from the event to the last day; built anew at each reading."""
        return tuple(self._days())

    def _days(self) -> Iterator[Day]:
        number, working = 0, self.period.unit is WORKING_DAY
        for ordinal in range(self.start.toordinal(), self.on.toordinal() + 1):
            on, skip = date.fromordinal(ordinal), None
            if on == self.start and not (self.counting.trigger_day_counted and self.period.unit is not YEAR):
                skip = Skip.TRIGGER
            elif any(first <= ordinal < stop for first, stop in self.pauses):
                skip = Skip.PAUSED
            elif self.base < on <= self.resting or on > self.nominal:
                skip = Skip.MOVED
            elif working and not self.calendar.works(ordinal, self.counting.week):
                skip = Skip.REST
            number += skip is None
            yield Day(on, self.calendar.kind(on), 0 if skip else number, skip)


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

    The day of the event is not counted. A last day that is a day off moves to the next working day.

    start: local date of the event that starts the period
    extension, obstacle_days: days added, in the unit of the period (calendar days to a period of years)
    pauses: (suspended on, resumed on); a suspension still open has no due date.
        Whether the law allowed a suspension or an extension is asked of the act, not of the arithmetic.
    Raises CalendarError: days below zero; a pause that is open, reversed, overlapping or before the start.
    Law: Civil Code 91/2015/QH13, Arts. 147(2), 148(4) and 148(5); law file 8.4.
    """
    if min(period.n, extension, obstacle_days) < 0:
        raise CalendarError(_("A number of days cannot be negative."))
    origin, week, unit = _ordinal(start), counting.week, period.unit
    # "ngày đầu tiên của thời hạn không được tính mà tính từ ngày tiếp theo liền kề" (BLDS Đ.147 k.2)
    before = origin - 1 if counting.trigger_day_counted and period.n and unit is not YEAR else origin
    gaps = _gaps(pauses, origin, before + 1, counting, whole=unit is not WORKING_DAY) if pauses else ()
    try:
        if unit is WORKING_DAY:
            base = resting = _walk(calendar, before, period.n + obstacle_days, gaps, week)
            nominal = _walk(calendar, base, extension, gaps, week)
        else:
            nominal = _years_later(start, period.n) if unit is YEAR else before + period.n
            # start + n + extension + Σ(R − S), law file 8.4 (A9)
            base = resting = nominal + obstacle_days + sum(stop - first for first, stop in gaps)
            if extension and counting.extension_anchor == "ROLLED":
                resting = _roll(calendar, base, week)
            nominal = resting + extension
        last = _roll(calendar, nominal, week) if counting.roll_last_day else nominal
        on = date.fromordinal(last)
    except (ValueError, OverflowError) as error:
        facts = {"n": period.n, "start": start.isoformat()}
        raise CalendarError(_("A period of %(n)s from %(start)s leaves the calendar."), **facts) from error
    # Working days rely on every day passed; the others only on the days on which they ended.
    relied = before if unit is WORKING_DAY else nominal - 1 if resting == base else base - 1
    provisional = on > calendar.confirmed_through or any(
        relied < day.toordinal() <= last for day in calendar.unconfirmed
    )
    ends = date.fromordinal(nominal), date.fromordinal(base), date.fromordinal(resting)
    question = period, start, calendar, extension, obstacle_days, gaps, counting
    return Due(on, ends[0], provisional, *question, *ends[1:])


def _ordinal(day: date) -> int:
    # A datetime is a date to Python, and in UTC often yesterday's.
    if not isinstance(day, date) or isinstance(day, datetime):
        raise CalendarError(_("A legal day is a date in Vietnam, not %(day)r."), day=day)
    return day.toordinal()


def _gaps(pauses: Iterable[tuple[date, date]], origin: int, first: int, counting: Counting, *, whole: bool) -> Gaps:
    """Return the days each pause takes, as ranges of ordinals, end excluded: S is not counted, R is (A9)."""
    gaps: list[tuple[int, int]] = []
    resumed = origin
    for suspended_on, resumed_on in sorted(pauses):
        start, end = _ordinal(suspended_on), _ordinal(resumed_on)
        facts = {"start": suspended_on.isoformat(), "end": resumed_on.isoformat()}
        if end < start:
            raise CalendarError(_("The suspension of %(start)s ends before it starts, on %(end)s."), **facts)
        if start < origin:
            raise CalendarError(_("The suspension of %(start)s lies before the period."), **facts)
        if start < resumed:
            raise CalendarError(_("The suspensions overlap: one starts on %(start)s."), **facts)
        resumed = end
        end += not counting.resumption_day_counted
        # In a period of days R − S are given back whatever they are (law file 8.4): where one could not have counted
        # (the trigger day), the pause reaches that much further. Working days are counted one by one.
        start, end = max(start, first), end + (max(first - start, 0) if whole else 0)
        if start < end:
            gaps.append((start, end))
            first = end
    return tuple(gaps)


def _walk(calendar: Calendar, day: int, n: int, gaps: Gaps, week: int) -> int:
    """Return the ordinal of the n-th working day after `day`, outside the gaps."""
    resume = dict(gaps)
    while n:
        day += 1
        while day in resume:
            day = resume[day]
        n -= calendar.works(day, week)
    return day


def _roll(calendar: Calendar, day: int, week: int) -> int:
    """Return the next working day, or the day itself if it works.

    "Khi ngày cuối cùng của thời hạn là ngày nghỉ cuối tuần hoặc ngày nghỉ lễ thì thời hạn kết thúc tại thời
    điểm kết thúc ngày làm việc tiếp theo ngày nghỉ đó" (BLDS Đ.148 k.5).
    """
    while not calendar.works(day, week):
        day += 1
    return day


def _years_later(start: date, n: int) -> int:
    """Return the ordinal of the corresponding day n years later (BLDS Đ.148 k.4)."""
    try:
        return start.replace(year=start.year + n).toordinal()
    except ValueError:  # 29 February has none: the last day of the month (k.3)
        return start.replace(year=start.year + n, day=28).toordinal()


def backward_due(period: Period | int, event: date, calendar: Calendar, *, counting: Counting = DEFAULT) -> date:
    """Return the last day to act "at least n days before" an event; on a rest day it moves earlier, or stays (A11).

    period: a number is of calendar days
    Raises CalendarError: days below zero, or a period of years.
    """
    n, unit = (period, CALENDAR_DAY) if isinstance(period, int) else (period.n, period.unit)
    if n < 0 or unit is YEAR:
        raise CalendarError(_("Only a number of days can be counted backward."))
    day = _ordinal(event)
    if unit is WORKING_DAY:
        while n:
            day -= 1
            n -= calendar.works(day, counting.week)
    day -= n
    while counting.backward_limit == "EARLIER" and not calendar.works(day, counting.week):
        day -= 1
    return date.fromordinal(day)


def legal_effect(n: int, start: date) -> date:
    """Return the day a decision takes effect "after n days": the day after day n, never moved.

    Law: Law on Complaints 02/2011/QH13, Art. 44.
    """
    return date.fromordinal(_ordinal(start) + n + 1)


def report_year(on: date) -> int:
    """Return the report year of a case closed on this day: 15 December opens the next one.

    Law: TT 01/2024/TT-TTCP.
    """
    return on.year + ((on.month, on.day) >= (12, 15))
