"""A due date told day by day, in the reader's language."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date
from itertools import groupby

from django.utils.dateformat import format as written
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from workflow.calendar import WORKING_DAY, YEAR, Calendar, Day, DayKind, Due, Period, Skip
from workflow.law import LawVersion

SHORT, LONG = "d/m/Y", "l d/m/Y"


def sentences(
    due: Due, period: Period | None = None, *, event: str = "", cite: str = "", law: LawVersion | None = None
) -> list[str]:
    """Return why a period ends when it does: one sentence per run of days, then the last day.

    period: the one that was counted, if it is not `due.period` (a clock keeps no article)
    event: what started it, in the reader's words, such as "received"
    cite: the article, if not the period's
    law: the version whose articles on counting days are named (`count_from`, `count_rest`, `count_year`)
    """
    counted = law.cites if law else {}
    period = period or due.period
    days = list(due.days)
    told = [
        text
        for _sort, run in groupby(days, key=lambda day: _sort_of(day, due))
        for text in _run(list(run), due, event, counted)
    ]
    if period.unit is YEAR:  # the law names the last day itself; nobody counts 365 of them
        told = [
            *told[:1],
            _cited(_("the corresponding day is %(day)s") % {"day": written(due.nominal, LONG)}, counted, "count_year"),
        ]
    if due.on != due.nominal:
        told.append(_moved(due.nominal, due.calendar, counted))
    told.append(_("due %(day)s, 24:00; %(cite)s") % {"day": written(due.on, LONG), "cite": cite or period.cite or "–"})
    if due.provisional:
        told.append(_provisional(due))
    return told


def event_name(anchor: str) -> str:
    """Return what a law calls the event that starts a period, in the reader's words."""
    return {
        "received": _("received"),
        "accepted": _("notice of acceptance issued"),
        "withdrawn": _("request withdrawn"),
        "receipt": _("document received"),
    }.get(anchor, _("the period starts"))


def day_name(day: date, calendar: Calendar) -> str:
    """Return what the table calls a day, as it was published; else what sort of day it is."""
    return calendar.names.get(day) or kind_name(calendar.kind(day))


def kind_name(kind: DayKind) -> str:
    """Return the sort of a day in the reader's language."""
    return {
        DayKind.WORKING: _("working day"),
        DayKind.WEEKEND: _("weekend"),
        DayKind.HOLIDAY: _("public holiday"),
        DayKind.COMPENSATORY: _("compensatory rest"),
        DayKind.SWAPPED: _("swapped rest"),
        DayKind.MAKEUP: _("make-up working day"),
    }[kind]


def _budget(due: Due) -> int:
    """Return how many days the law gives before an extension."""
    return due.period.n + due.obstacle_days


def _sort_of(day: Day, due: Due) -> tuple[object, ...]:
    """Return what a run of days has in common."""
    made_up = not day.skip and day.kind is DayKind.MAKEUP and due.period.unit is WORKING_DAY
    return day.skip, made_up, due.period.unit is not YEAR and day.number > _budget(due)


def _run(days: list[Day], due: Due, event: str, counted: Mapping[str, str]) -> Iterator[str]:
    first, last = days[0], days[-1]
    if first.skip is Skip.MOVED:
        if first.on <= due.resting:
            yield _moved(due.base, due.calendar, counted)
        return
    facts = {"days": _span(first.on, last.on), "event": event or event_name(due.period.anchor)}
    if first.skip is Skip.TRIGGER:
        yield _cited(_("%(days)s: %(event)s, not counted") % facts, counted, "count_from")
    elif first.skip is Skip.PAUSED:
        text = ngettext(
            "%(days)s: suspended, %(n)s day not counted",
            "%(days)s: suspended, %(n)s days not counted",
            len(days),
        )
        yield text % (facts | {"n": len(days)})
    elif first.skip is Skip.REST:
        yield _("%(days)s: %(names)s, not counted") % (facts | {"names": _names(days, due.calendar)})
    else:
        facts |= {"numbers": _numbers(first.number, last.number)}
        if first.number > _budget(due) and due.period.unit is not YEAR:
            yield _("%(days)s: %(numbers)s, by extension") % facts
        elif first.kind is DayKind.MAKEUP and due.period.unit is WORKING_DAY:
            yield _("%(days)s: %(numbers)s, a make-up working day") % facts
        else:
            yield _("%(days)s: %(numbers)s") % facts


def _names(days: list[Day], calendar: Calendar) -> str:
    """Return what a run of rest days is called: by its holidays, or else "weekend"."""
    names = [day_name(day.on, calendar) for day in days if day.kind is not DayKind.WEEKEND]
    return ", ".join(dict.fromkeys(names)) or kind_name(DayKind.WEEKEND)


def _numbers(first: int, last: int) -> str:
    if first == last:
        return _("day %(n)s") % {"n": first}
    return _("days %(first)s to %(last)s") % {"first": first, "last": last}


def _span(first: date, last: date) -> str:
    """Return a day with its weekday, or a run of days as short as it is clear: 14–22/02/2026."""
    if first == last:
        return written(first, LONG)
    same = (first.year == last.year) + ((first.year, first.month) == (last.year, last.month))
    return f"{written(first, (SHORT, 'd/m', 'd')[same])}–{written(last, SHORT)}"


def _moved(last: date, calendar: Calendar, counted: Mapping[str, str]) -> str:
    facts = {"day": written(last, LONG), "name": day_name(last, calendar)}
    told = _("the last day, %(day)s, is a rest day (%(name)s): the next working day counts") % facts
    return _cited(told, counted, "count_rest")


def _cited(sentence: str, counted: Mapping[str, str], key: str) -> str:
    """Return a sentence with the article on counting days that it applies, if the law version names one."""
    return f"{sentence} ({counted[key]})" if key in counted else sentence


def _provisional(due: Due) -> str:
    """Return which part of the official table is missing (A17)."""
    if due.on > due.calendar.confirmed_through:
        confirmed = written(due.calendar.confirmed_through, SHORT)
        return _("provisional: the official table is confirmed through %(day)s only") % {"day": confirmed}
    relied = due.start if due.period.unit is WORKING_DAY else due.base if due.base != due.resting else due.nominal
    waiting = sorted(day for day in due.calendar.unconfirmed if relied <= day <= due.on)
    return _("provisional: not yet confirmed for %(days)s") % {"days": ", ".join(written(d, SHORT) for d in waiting)}
