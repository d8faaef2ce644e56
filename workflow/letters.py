"""What a letter says of the time it starts: the same sentences as the pages and `manage.py deadline`.

And the latest root of the log: whoever keeps the letter can show later what the log had signed by then.
"""

from __future__ import annotations

from datetime import date

from django.utils.translation import gettext as _

from workflow import store
from workflow.calendar import Counting, due
from workflow.clock import LEGAL_ZONE
from workflow.closures import local
from workflow.explain import event_name, sentences
from workflow.ledger.seal import latest
from workflow.models import CalendarVersion, Case
from workflow.transitions import Rule


def proposed(case: Case, rule: Rule, on: date) -> str:
    """Return a first text for the letter of an act.

    Each period of the office that it starts, with every day on the way; then the latest root of the log.

    on: date of the letter, from which the period counts
    """
    started = [key for key in rule.starts if key in case.procedure.office_periods]
    edition = CalendarVersion.objects.order_by("-pk").values_list("pk", flat=True).first() or 0
    calendar = local(store.calendar(edition), case)
    lines = []
    for key in started:
        period = case.law.periods[case.row_of(key)]
        last = due(period, on, calendar, counting=case.procedure.counting or Counting())
        told = sentences(last, period, event=event_name(period.anchor), law=case.law)
        lines += [f"{period.label}:", *(f"– {sentence}" for sentence in told)]
    return "\n".join([*lines, *([""] if lines else []), *_root()])


def _root() -> list[str]:
    checkpoint = latest()
    if checkpoint is None:
        return []
    at = checkpoint.at.astimezone(LEGAL_ZONE)
    facts = {"at": f"{at:%H:%M %d/%m/%Y}", "size": checkpoint.size, "root": checkpoint.root}
    return [_("Root of the log at %(at)s, %(size)s entries: %(root)s") % facts]
