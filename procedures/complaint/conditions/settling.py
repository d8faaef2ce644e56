"""What the law requires of settling a complaint: documents, verification, dialogue, suspension, decision."""

from __future__ import annotations

from datetime import date, datetime
from typing import TYPE_CHECKING

from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from procedures.assumptions import ASSUMED
from procedures.complaint import petition
from procedures.complaint.law import CONTENTS, OUTCOMES
from procedures.explanation.conditions import (
    Why,
)
from workflow import store
from workflow.calendar import backward_due
from workflow.clock import legal_day
from workflow.closures import local
from workflow.models import User
from workflow.transitions import OWN, Condition, under

if TYPE_CHECKING:
    from procedures.complaint.shared import Complaint


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
    """Nobody verifies a complaint about what they did themselves."""
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
    """A complex matter is one of the seven cases of the decree."""
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
    """The notice goes out at least five days before the dialogue, since 01/07/2026."""
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
    """A dialogue comes first: always the second time, the first time where demand and finding differ."""
    if case.dialogues:
        return None
    if case.instance == "second":
        return _("the dialogue is mandatory at second instance")
    return _("demand and finding still differ: the dialogue comes first") if case.differs else None


def outcome_fits(case: Complaint, at: datetime, outcome: str, conclusion: str) -> Why:
    """A complaint that is wholly wrong changes nothing; one that is right changes something."""
    changes = OUTCOMES[outcome][1]
    if conclusion == "wrong" and changes:
        return _("a complaint that is wholly wrong leaves the decision or act as it is")
    return _("a complaint that is right leads to a change") if conclusion != "wrong" and not changes else None


@under("suspension")
def known_to_law(case: Complaint, at: datetime) -> Why:
    """Suspension, and termination but after a withdrawal, exist since 01/07/2026."""
    if petition.orders_known(case, legal_day(at)):
        return None
    return _("before 01/07/2026 the law knows no suspension of a complaint, and no termination unless it was withdrawn")
