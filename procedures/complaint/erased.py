"""What is left of a complaint once what it says of people is erased, and what keeps a file from being erased."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any

from django.apps import apps
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from workflow.law import Text
from workflow.models import Case

if TYPE_CHECKING:
    from procedures.complaint.shared import Complaint

LIMITS = ("appeal", "lawsuit")
"""Periods in which the complainant may still go on."""


def without_people(case: Complaint) -> dict[str, Any]:
    """Return the columns of a complaint that speak of people, as they stand once erased."""
    kind = case.requester.get("kind", "person")
    return {
        "requester": {"kind": kind, "name": "", "address": "", "phone": "", "email": ""},
        "id_number": "",
        "content": "",
        "demands": [{**demand, "text": ""} for demand in case.demands],
        "late_reason": "",
        "sender": {"kind": case.sender["kind"]} if case.sender.get("kind") else {},
    }


def keeps(case: Complaint, on: date) -> list[Text]:
    """Return why the file of a complaint is still needed: a limit that runs, a lawsuit, a second complaint."""
    running = [case.clock(key) for key in LIMITS]
    days = [one.due_on for one in running if one and one.state == "running" and one.due_on and one.due_on >= on]
    found: list[Text] = []
    if days:
        day = max(days).strftime("%d/%m/%Y")
        found.append(
            format_lazy(_("the complainant may go on, to a second complaint or a court, until {day}."), day=day)
        )
    if case.sued_on:
        found.append(_("a lawsuit about it is noted."))
    return found


def keeps_attacked(case: Case, on: date) -> list[Text]:
    """Return why a file is still needed that a complaint is about: one that is not closed, or about which one sued."""
    found: list[Text] = []
    for name in ("FirstComplaint", "SecondComplaint"):
        model = apps.get_model("complaint", name)
        about = model._default_manager.filter(attacked=case) | model._default_manager.filter(earlier=case)
        for complaint in about:
            if complaint.state not in complaint.procedure.ends:
                found.append(format_lazy(_("complaint {code} about it is still open."), code=complaint.code))
            elif complaint.sued_on:
                found.append(_("a lawsuit about it is noted."))
    return found
