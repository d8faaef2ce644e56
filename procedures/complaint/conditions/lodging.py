"""What the law requires of lodging a complaint, and of completing one that lacks something."""

from __future__ import annotations

from datetime import date, datetime
from typing import TYPE_CHECKING, Any

from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from procedures.complaint import petition, settlers
from procedures.explanation.conditions import (
    Why,
    named,
)
from workflow.clock import legal_day
from workflow.models import Agency, Case
from workflow.transitions import OWN, under

if TYPE_CHECKING:
    from procedures.complaint.shared import Complaint


@under(OWN)
def right_settler(case: Complaint, at: datetime, agency: Agency, attacked: Case, earlier: Case | None) -> Why:
    """A first complaint goes to the agency itself, a second to the superior that the law names."""
    if case.instance == "first":
        if agency.pk == attacked.agency_id:
            return None
        cite = case.law.cite("settler")
        return format_lazy(_("the first complaint goes to {agency} ({cite})"), agency=attacked.agency.name, cite=cite)
    if earlier is None or earlier.procedure_name != "complaint":
        return format_lazy(_("a second complaint names the first ({cite})"), cite=case.law.cite("settler"))
    found = settlers.second(earlier.agency, legal_day(at))
    if agency.pk in {one.pk for one in found.agencies}:
        return None
    if not found.agencies:
        return format_lazy(_("there is no second complaint here, only the court ({cite})"), cite=found.cite)
    names = ", ".join(one.name for one in found.agencies)
    return format_lazy(_("the second complaint goes to {agency} ({cite})"), agency=names, cite=found.cite)


def points_at_what_was_decided(case: Complaint, at: datetime, attacked: Case, earlier: Case | None) -> Why:
    """A complaint is about a request for explanation; a second one about the same as the first."""
    if attacked.procedure_name != "explanation":
        return _("a complaint is about a request for explanation")
    if earlier is not None and getattr(earlier, "attacked_id", None) != attacked.pk:
        return _("the second complaint is about what the first was about")
    return None


@under(OWN)
def complete_unless_on_paper(
    case: Complaint, at: datetime, channel: str, requester: dict[str, Any], content: str, demands: list[dict[str, Any]]
) -> Why:
    """An electronic complaint says who complains about what and what is demanded; a paper one comes as it is."""
    if channel == "written":
        return None
    there = {
        "name": requester.get("name", "").strip(),
        "address": requester.get("address", "").strip(),
        "content": content.strip(),
        "demands": any(one["text"].strip() for one in demands),
    }
    missing = [field for field, value in there.items() if not value]
    return format_lazy(_("this is missing: {fields}"), fields=named(case, missing)) if missing else None


@under("known")
def late_with_a_reason(
    case: Complaint, at: datetime, attacked: Case, earlier: Case | None, object: str, known_on: date | None,
    obstacle_days: int, late_reason: str,
) -> Why:  # fmt: skip
    """A complaint after its limit is received and marked; it says what kept the complainant."""
    if known_on is not None and known_on > legal_day(at):
        return _("this day has not come yet")
    if late_reason.strip():
        return None
    case.attacked, case.earlier, case.object, case.obstacle_days = attacked, earlier, object, obstacle_days
    case.remote = attacked.agency.remote
    case.known_on = known_on or petition.known_on(case, legal_day(at))
    last = petition.limit(case).on
    if legal_day(at) <= last:
        return None
    return format_lazy(
        _("the time limit ended on {day}; say what kept you, and it will be received and looked at"),
        day=f"{last:%d/%m/%Y}",
    )


# complete ------------------------------------------------------------------------------------------------------


@under(OWN)
def missing_and_not_asked(case: Complaint, at: datetime, fields: list[str]) -> Why:
    """What is asked for is missing, and is asked for once."""
    wanted = [field for field in case.missing if field not in case.asked_for]
    if fields and set(fields) <= set(wanted):
        return None
    return format_lazy(_("name what is missing: {fields}"), fields=named(case, wanted))


@under(OWN)
def arrived(case: Complaint, at: datetime, provided: dict[str, Any]) -> Why:
    """What was asked for has arrived."""
    still = [field for field in case.pending if not str(provided.get(field, "")).strip()]
    return format_lazy(_("this is still missing: {fields}"), fields=named(case, still)) if still else None
