"""What the law requires of each act on a complaint beyond state and role. Each answers why not, in a sentence, or None.

The first two parameters are the case and the moment; the others are named after what is given with the act.
"""

from __future__ import annotations

from datetime import date, datetime
from typing import TYPE_CHECKING, Any

from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from procedures.assumptions import ASSUMED
from procedures.complaint import petition, settlers
from procedures.complaint.law import CONTENTS, OUTCOMES
from procedures.explanation.conditions import (
    Why,
    delivery_recorded,
    facts_given,
    ground_of,
    named,
    receipt_not_recorded,
    recorded_in_person,
    represented,
    represented_from_within,
    something_missing,
)
from workflow import store
from workflow.calendar import backward_due
from workflow.clock import legal_day
from workflow.closures import local
from workflow.models import Agency, Case, User
from workflow.transitions import OWN, Condition, under

if TYPE_CHECKING:
    from procedures.complaint.models import Complaint

__all__ = [
    "delivery_recorded",
    "facts_given",
    "ground_of",
    "receipt_not_recorded",
    "recorded_in_person",
    "represented",
    "represented_from_within",
    "something_missing",
]


# lodge ---------------------------------------------------------------------------------------------------------


@under(OWN)
def right_settler(case: Complaint, at: datetime, agency: Agency, attacked: Case, earlier: Case | None) -> Why:
    """A first complaint goes to the agency itself, a second to the superior that the law names (LKN Đ.7)."""
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
    """A complaint after its limit is received and marked; it says what kept the complainant (LKN Đ.9; A10)."""
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


# settle --------------------------------------------------------------------------------------------------------


def contents_of(act: str) -> Condition:
    """Return the condition that the document of an act holds everything the law demands."""

    @under(OWN)
    def contents_complete(case: Complaint, at: datetime, contents: dict[str, str]) -> Why:
        """The document holds everything the law demands."""
        asked = CONTENTS[act][case.instance]
        strange = sorted(set(contents) - {one.key for one in asked})
        if strange:
            return format_lazy(_("the law knows no such content: {keys}"), keys=", ".join(strange))
        held = case.dialogues > 0
        lacking = [
            f"{one.label} ({one.cite})" for one in asked
            if not contents.get(one.key, "").strip() and (one.required or (one.key == "dialogue" and held))
        ]  # fmt: skip
        return (
            format_lazy(_("this is missing in the document: {contents}"), contents="; ".join(lacking))
            if lacking
            else None
        )

    return contents_complete


@under("own_act")
def verifier_disinterested(case: Complaint, at: datetime, verifier: User) -> Why:
    """Nobody verifies a complaint about what they did themselves (A19)."""
    if ASSUMED.interested_barred and case.is_own_act(verifier.pk):
        return _("this person answers for what is complained about; assign somebody else")
    return None


def in_time(case: Complaint, at: datetime) -> Why:
    """The time for the decision still runs."""
    running = case.clock("decide")
    if running is None or running.state != "running" or running.due_on is None:
        return _("the time for the decision is not running")
    if legal_day(at) > running.due_on:
        return format_lazy(_("the time for the decision ended on {day}"), day=f"{running.due_on:%d/%m/%Y}")
    return None


def not_complex_yet(case: Complaint, at: datetime) -> Why:
    """A matter is found complex once."""
    return _("this is on record already") if case.complexity else None


@under("complexity")
def names_complexity(case: Complaint, at: datetime, reasons: list[str]) -> Why:
    """A complex matter is one of the seven cases of the decree (NĐ155 Đ.2)."""
    return (
        None
        if reasons and set(reasons) <= set(case.law.checklists["reasons"])
        else _("name at least one of the seven cases")
    )


def no_measure_yet(case: Complaint, at: datetime) -> Why:
    """The execution is suspended once."""
    return _("the execution is suspended already") if case.urgent else None


@under(OWN)
def noticed_in_time(case: Complaint, at: datetime, held_on: date) -> Why:
    """The notice goes out at least five days before the dialogue, since 01/07/2026 (NĐ155 Đ.11; A11)."""
    on = legal_day(at)
    if held_on < on:
        return _("this day has passed")
    ahead = case.procedure.version_on(on).periods["dialogue_notice"]
    if not ahead.n:
        return None
    latest = backward_due(ahead, held_on, local(store.calendar(_edition(case)), case), counting=ASSUMED.counting())
    if on <= latest:
        return None
    return format_lazy(_("the notice had to go out by {day} ({cite})"), day=f"{latest:%d/%m/%Y}", cite=ahead.cite)


def _edition(case: Complaint) -> int:
    running = case.clock("decide")
    return running.calendar_version if running else 0


def on_its_day(case: Complaint, at: datetime) -> Why:
    """Nobody records a dialogue before its day."""
    if case.dialogue_on is not None and legal_day(at) < case.dialogue_on:
        return format_lazy(_("the dialogue is on {day}"), day=f"{case.dialogue_on:%d/%m/%Y}")
    return None


@under("dialogue")
def dialogue_where_needed(case: Complaint, at: datetime) -> Why:
    """A dialogue comes first: always the second time, the first time where demand and finding differ (Đ.30, Đ.39)."""
    if case.dialogues:
        return None
    if case.instance == "second":
        return _("the dialogue is mandatory at second instance")
    return _("demand and finding still differ: the dialogue comes first") if case.differs else None


def outcome_fits(case: Complaint, at: datetime, outcome: str, conclusion: str) -> Why:
    """A complaint that is wholly wrong changes nothing; one that is right changes something (LKN Đ.31, Đ.40)."""
    changes = OUTCOMES[outcome][1]
    if conclusion == "wrong" and changes:
        return _("a complaint that is wholly wrong leaves the decision or act as it is")
    return _("a complaint that is right leads to a change") if conclusion != "wrong" and not changes else None


@under("suspension")
def known_to_law(case: Complaint, at: datetime) -> Why:
    """Suspension, and termination but after a withdrawal, exist since 01/07/2026 (L136, LKN Đ.11a)."""
    if petition.orders_known(case, legal_day(at)):
        return None
    return _("before 01/07/2026 the law knows no suspension of a complaint, and no termination unless it was withdrawn")


# papers --------------------------------------------------------------------------------------------------------


def owed(key: str) -> Condition:
    """Return the condition that something is still to be done within a period."""

    def is_owed(case: Complaint, at: datetime) -> Why:
        """It is still to be done."""
        running = case.clock(key)
        return None if running and running.state == "running" else _("nothing of this kind is owed now")

    return is_owed


def not_owed(key: str) -> Condition:
    """Return the condition that a period does not run yet."""

    def is_not_owed(case: Complaint, at: datetime) -> Why:
        """It is not under way already."""
        running = case.clock(key)
        return _("this is under way already") if running and running.state == "running" else None

    return is_not_owed


def everybody_told(paper: str) -> Condition:
    """Return the condition that the copies of a paper go to everybody the law names."""

    @under("copies")
    def all_told(case: Complaint, at: datetime, recipients: list[str]) -> Why:
        """The copies go to everybody the law names."""
        lacking = [str(settlers.RECIPIENTS[one]) for one in settlers.recipients(case, paper) if one not in recipients]
        return format_lazy(_("a copy goes to: {names}"), names=", ".join(lacking)) if lacking else None

    return all_told


def nothing_owed(case: Complaint, at: datetime) -> Why:
    """A file is closed when every paper has left."""
    office = case.procedure.office_periods
    labels = [
        str(case.law.periods[one.rule].label) for one in case.clocks if one.state != "stopped" and one.rule in office
    ]
    return format_lazy(_("this is still owed: {what}"), what=", ".join(labels)) if labels else None


# after ---------------------------------------------------------------------------------------------------------


def receipt_possible(case: Complaint, at: datetime, received_on: date) -> Why:
    """Nobody receives a decision before it is issued or in the future."""
    if received_on > legal_day(at):
        return _("this day has not come yet")
    if case.decided_on and received_on < case.decided_on:
        return format_lazy(
            _("the decision is of {day}; it cannot have arrived before"), day=f"{case.decided_on:%d/%m/%Y}"
        )
    return None


@under("silence")
def silent(case: Complaint, at: datetime) -> Why:
    """The time for the settlement has passed (LKN Đ.33 k.1, Đ.42)."""
    return None if petition.is_silent(case, legal_day(at)) else _("the time for the settlement has not passed")


def not_appealed(case: Complaint, at: datetime) -> Why:
    """There is one second complaint."""
    return _("a second complaint was lodged") if case.appealed else None


@under("withdraw")
def was_answered(case: Complaint, at: datetime) -> Why:
    """A complaint that was withdrawn or terminated is not considered again, its file closed or not (LKN Đ.10)."""
    if case.state != "closed" or petition.was_answered(case):
        return None
    return _("this complaint ended without a decision on it")


def effect_reached(case: Complaint, at: datetime) -> Why:
    """A decision takes effect when its time has passed (LKN Đ.44)."""
    assert case.in_force_on is not None
    if legal_day(at) >= case.in_force_on:
        return None
    return format_lazy(_("the decision takes effect on {day}"), day=f"{case.in_force_on:%d/%m/%Y}")


def in_force_or_appealed(case: Complaint, at: datetime) -> Why:
    """A decision that was sent is closed when it is in force or the second complaint goes on."""
    return _("the decision is not in force yet") if case.state == "sent" and not case.appealed else None


def not_sued_yet(case: Complaint, at: datetime) -> Why:
    """A lawsuit is noted once."""
    return _("a lawsuit is on record already") if case.sued_on else None


def day_has_come(case: Complaint, at: datetime, sued_on: date) -> Why:
    """Nobody has sued in the future."""
    return _("this day has not come yet") if sued_on > legal_day(at) else None


# withdraw ------------------------------------------------------------------------------------------------------


def has_several(case: Complaint, at: datetime) -> Why:
    """A complaint with one demand can only be withdrawn whole."""
    return None if len(case.open_demands) > 1 else _("only one demand is left; withdraw the whole complaint instead")


def some_but_not_all(case: Complaint, at: datetime, numbers: list[int]) -> Why:
    """Part of a complaint is some of its open demands."""
    if numbers and set(numbers) < set(case.open_demands):
        return None
    return format_lazy(_("choose some of the open demands: {numbers}"), numbers=", ".join(map(str, case.open_demands)))
