"""What is left of a request once what it says of people is erased, and what keeps it from being erased."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any

from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from workflow.law import Text

if TYPE_CHECKING:
    from procedures.explanation.models import ExplanationRequest

PUBLIC_OF_DECISION = ("number", "date", "signed_by")


def without_people(case: ExplanationRequest) -> dict[str, Any]:
    """Return the columns of a request that speak of people, as they stand once erased.

    What kind of requester asked how many questions of which kinds stays, and the number and date of the decision.
    """
    kind = case.requester.get("kind", "person")
    return {
        "requester": {"kind": kind, "name": "", "address": "", "phone": "", "email": ""},
        "questions": [{**question, "text": ""} for question in case.questions],
        "decision": {name: case.decision[name] for name in PUBLIC_OF_DECISION if name in case.decision},
        "affects": "",
    }


def keeps(case: ExplanationRequest, on: date) -> list[Text]:
    """Return why the file is still needed: the time in which the requester may complain."""
    clock = case.clock("complain")
    if clock is None or clock.state != "running" or clock.due_on is None or clock.due_on < on:
        return []
    return [format_lazy(_("the requester may complain until {day}."), day=clock.due_on.strftime("%d/%m/%Y"))]
