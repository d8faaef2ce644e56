"""What a letter says of the time it starts: the same sentences as the pages and `manage.py deadline`."""

from __future__ import annotations

from datetime import date

from workflow import store
from workflow.calendar import Counting, due
from workflow.closures import local
from workflow.explain import event_name, sentences
from workflow.models import CalendarVersion, Case
from workflow.transitions import Rule


def proposed(case: Case, rule: Rule, on: date) -> str:
    """Return a first text for the letter of an act: the periods it starts for its reader, with every day on the way.

    on: date of the letter, from which the period counts
    """
    declared = case.procedure
    started = [key for key in rule.starts if key in declared.office_periods and key not in declared.paper_periods]
    edition = CalendarVersion.objects.order_by("-pk").values_list("pk", flat=True).first() or 0
    calendar = local(store.calendar(edition), case)
    lines = []
    for key in started:
        period = case.law.periods[case.row_of(key)]
        last = due(period, on, calendar, counting=declared.counting or Counting())
        told = sentences(last, period, event=event_name(period.anchor), law=case.law)
        lines += [f"{period.label}:", *(f"– {sentence}" for sentence in told)]
    return "\n".join(lines)
