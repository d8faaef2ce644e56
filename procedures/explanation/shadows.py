"""Last days by other readings of the law, for the office and the inspector: shadow (A6) and latest defensible (A5).

The citizen's page shows the one date that binds. Law file 8.3, examples 5 and 22.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext_lazy as _

from procedures.assumptions import ASSUMED
from workflow.calendar import Calendar, due
from workflow.clock import LEGAL_ZONE, legal_day
from workflow.deadlines import Clock, shift_to_working
from workflow.histories import Shadow

if TYPE_CHECKING:
    from datetime import date

OPENING = 1  # seq of the entry that opened the case


def of(case: Any, clock: Clock, started_by: str, calendar: Calendar) -> list[Shadow]:
    """Return the shadows of one clock.

    started_by: the act that started it
    """
    readings = {"decide": _of_notice, "explain": _of_explanation}
    return list(readings[clock.rule](case, clock, started_by, calendar)) if clock.rule in readings else []


def _of_notice(case: Any, clock: Clock, started_by: str, calendar: Calendar) -> Iterator[Shadow]:
    """Yield the day counted from first arrival (A6), and the one from the next opening of the office (A5)."""
    opening = next((one for one in case.clocks if one.started_seq == OPENING and one.rule == clock.rule), None)
    if started_by == "supplement" and opening is not None and ASSUMED.notice_runs_from == "COMPLETION":
        yield Shadow(_last(case, clock, opening.anchor_on, calendar), _("shadow: counted from the first arrival (A6)"))
    lenient = _next_opening(case, calendar)
    if clock.started_seq == OPENING and lenient > clock.anchor_on == legal_day(case.opened_at):
        label = _("latest defensible: arrived outside office hours, counted from the next working day (A5)")
        yield Shadow(_last(case, clock, lenient, calendar), label)


def _of_explanation(case: Any, clock: Clock, started_by: str, calendar: Calendar) -> Iterator[Shadow]:
    """Yield the day counted from when the notice was due, where it came late (example 22)."""
    notice = next((one for one in case.clocks if one.rule == "decide" and one.stopped_seq == clock.started_seq), None)
    if notice is None or notice.due_on is None or notice.stopped_on is None or notice.stopped_on <= notice.due_on:
        return
    yield Shadow(
        _last(case, clock, notice.due_on, calendar),
        _("shadow: counted from the last day for the notice, which was late"),
    )


def _next_opening(case: Any, calendar: Calendar) -> date:
    """Return the day on which the office could first have seen an electronic request (A5, lenient)."""
    day = legal_day(case.opened_at)
    if case.channel != "electronic" or ASSUMED.off_hours_arrival != "SAME_DAY":
        return day
    if case.opened_at.astimezone(LEGAL_ZONE).hour >= ASSUMED.closing_hour:
        day += timedelta(days=1)
    return shift_to_working(day, calendar, ASSUMED.counting())


def _last(case: Any, clock: Clock, start: date, calendar: Calendar) -> date:
    return due(
        clock.period(),
        start,
        calendar,
        extension=clock.extension,
        pauses=clock.closed_pauses(),
        counting=ASSUMED.counting(),
    ).on
