"""What a request holds: the day it arrived, what it lacks, and whether its signature counts (A5, A16, A20)."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Any

from procedures.assumptions import ASSUMED
from workflow.calendar import Calendar
from workflow.clock import LEGAL_ZONE, legal_day
from workflow.deadlines import shift_to_working
from workflow.models import Agency, Case

if TYPE_CHECKING:
    from procedures.explanation.models import ExplanationRequest

DRAWN = "drawn_signature"
"""Assumption A20, which an agency may decide for itself."""


def arrival(at: datetime, channel: str, calendar: Calendar) -> date:
    """Return the day on which a request counts as arrived.

    Law: A5. The day it enters the system, at any hour; by a local rule that must be set, an electronic one that comes
    after closing time or on a rest day arrives on the next working day.
    """
    day = legal_day(at)
    if ASSUMED.off_hours_arrival == "SAME_DAY" or channel != "electronic":
        return day
    if at.astimezone(LEGAL_ZONE).hour >= ASSUMED.closing_hour:
        day += timedelta(days=1)
    return shift_to_working(day, calendar, ASSUMED.counting())


def missing_fields(
    case: ExplanationRequest, requester: dict[str, Any], questions: list[Any], signature: str
) -> list[str]:
    """Return which of the fields that the law of a case asks for a request lacks, in the order of the law."""
    there = {
        "content": any(str(question.get("text", "")).strip() for question in questions),
        "name": str(requester.get("name", "")).strip(),
        "address": str(requester.get("address", "")).strip(),
        "contact": str(requester.get("phone", "")).strip() or str(requester.get("email", "")).strip(),
        "signature": signature and signature_counts(case, signature),
    }
    return [field for field in case.law.checklists["fields"] if not there[field]]


def signature_counts(case: Case, signature: str) -> bool:
    """Return whether a kind of signature counts by itself at the agency of a case."""
    if signature == "digital":
        return ASSUMED.signed_electronic_is_written
    return signature != "drawn" or drawn_at(case.agency) == "ACCEPT"


def waits_for_counter(case: ExplanationRequest) -> bool:
    """Return whether a drawn signature is still to be confirmed at the counter of the agency."""
    return case.signature == "drawn" and "signature" in case.missing and drawn_at(case.agency) == "CONFIRM_AT_COUNTER"


def drawn_at(agency: Agency) -> str:
    """Return what an agency takes a drawn signature for: by its own decision, or else by the setting."""
    return agency.chosen("explanation", DRAWN) or ASSUMED.drawn_signature


def as_requester(given: dict[str, Any]) -> dict[str, Any]:
    """Return the supplemented fields under the names the requester block uses."""
    fields: dict[str, Any] = {name: given[name] for name in ("name", "address") if name in given}
    if contact := given.get("contact"):
        fields["email" if "@" in contact else "phone"] = contact
    return fields


def ended_undecided(case: Any) -> bool:
    """Return whether the file was closed before any explanation or refusal: nothing in its end can be annulled."""
    return case.state == "closed" and case.ended_in in ("redirected", "copy_provided")
