"""What the law requires of the acts by which a complaint about a request ends (assumption A21).

They follow from the decision on a complaint that is a case here. By hand the head puts such a decision on file only
where the complaint was settled elsewhere: by a court, or by a body that does not work here.
"""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

from django.db.models import Subquery
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from procedures.explanation.conditions import Why
from workflow import linked
from workflow.models import LogEntry
from workflow.transitions import by_hand, under

if TYPE_CHECKING:
    from procedures.explanation.models import ExplanationRequest

COMPLAINTS = ("complain", "complain_open")
ENDS = ("annul_refusal", "annul_termination", "explain_again", "end_complaint", "note_complaint")


@by_hand
@under("complaint_settled")
def no_complaint_open(case: ExplanationRequest, at: datetime) -> Why:
    """While a complaint about the request is open, its own decision acts on the request, and nobody else."""
    return _open(linked.about(case))


def _open(here: list[Any]) -> Why:
    code = next((one.code for one in here if one.is_open), "")
    told = _("complaint {code} about this request is open; its decision acts here by itself")
    return format_lazy(told, code=code) if code else None


@by_hand
@under("complaint_settled")
def complaint_waits(case: ExplanationRequest, at: datetime) -> Why:
    """A complaint about the request is on file that was not settled here, and whose end is not noted yet."""
    acts = LogEntry.objects.filter(chain=case.chain, transition__in=(*COMPLAINTS, *ENDS)).order_by("-seq")
    here, noted = linked.about_and(case, last=Subquery(acts.values("transition")[:1]))
    if why := _open(here):
        return why
    elsewhere = not here or any(one.state == "superseded" for one in here)
    waits = getattr(noted, "last", None) in COMPLAINTS and elsewhere
    return None if waits else _("no complaint about this request waits for its end")


def appealed_from_refusal(case: ExplanationRequest, at: datetime) -> Why:
    """A refusal can be annulled if there was one."""
    return None if case.ended_in == "refused" else _("the complaint is not about a refusal")


def appealed_from_termination(case: ExplanationRequest, at: datetime) -> Why:
    """A termination can be annulled if there was one."""
    return None if case.ended_in == "terminated" else _("the complaint is not about a termination")


def appealed_from_explanation(case: ExplanationRequest, at: datetime) -> Why:
    """An explanation is made anew if there was one."""
    return None if case.ended_in in ("sent", "explained_direct") else _("the case ended without an explanation")
