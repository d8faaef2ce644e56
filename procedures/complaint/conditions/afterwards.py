"""What the law requires once a complaint is settled, ends otherwise, or somebody is still to be told."""

from __future__ import annotations

from datetime import date, datetime
from typing import TYPE_CHECKING

from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from procedures.complaint import petition, settlers
from procedures.explanation.conditions import (
    Why,
)
from workflow.clock import legal_day
from workflow.transitions import OWN, Condition, under

if TYPE_CHECKING:
    from procedures.complaint.shared import Complaint


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
    """The time for the settlement has passed."""
    return None if petition.is_silent(case, legal_day(at)) else _("the time for the settlement has not passed")


@under(OWN)
def somebody_higher(case: Complaint, at: datetime) -> Why:
    """After a Minister there is no second complaint, only the court."""
    found = settlers.second(case.agency, legal_day(at))
    if not found.court_alone:
        return None
    return format_lazy(_("there is no second complaint here, only the court ({cite})"), cite=found.cite)


def not_appealed(case: Complaint, at: datetime) -> Why:
    """There is one second complaint."""
    return _("a second complaint was lodged") if case.appealed else None


@under("withdraw")
def was_answered(case: Complaint, at: datetime) -> Why:
    """A complaint that was withdrawn or terminated is not considered again, its file closed or not."""
    if case.state != "closed" or petition.was_answered(case):
        return None
    return _("this complaint ended without a decision on it")


def effect_reached(case: Complaint, at: datetime) -> Why:
    """A decision takes effect when its time has passed."""
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
