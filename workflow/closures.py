"""Local closures: days on which one agency and those under it are closed (assumption A22).

A closure never moves a statutory date, unless the procedure says so and a document of the competent authority is
recorded and confirmed.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, timedelta

from workflow import registry
from workflow.calendar import Calendar
from workflow.models import Case, LocalClosure


def known() -> list[LocalClosure]:
    """Return every confirmed closure with its agency."""
    return list(LocalClosure.objects.filter(state=LocalClosure.State.ACCEPTED).select_related("agency"))


def days_off(path: str, closures: Iterable[LocalClosure]) -> frozenset[date]:
    """Return the days on which the agency at a place of the tree is closed."""
    return frozenset(
        one.first_on + timedelta(n)
        for one in closures
        if path.startswith(one.agency.path)
        for n in range((one.last_on - one.first_on).days + 1)
    )


def applied(calendar: Calendar, case: Case, closures: Iterable[LocalClosure]) -> Calendar:
    """Return the table by which a case's days are counted; the national one where closures move no date.

    case: with its agency
    """
    if not registry.get(case.procedure_name).closures_move_dates:
        return calendar
    days = days_off(case.agency.path, closures)
    return calendar.overridden(off=days) if days else calendar


def local(calendar: Calendar, case: Case) -> Calendar:
    """Return the same for one case; reads the closures only where they move dates."""
    return applied(calendar, case, known()) if registry.get(case.procedure_name).closures_move_dates else calendar
