"""What the law requires of each act beyond state and role. Each answers why not, in a sentence, or None.

The first two parameters are the case and the moment; the others are named after what is given with the act. `under`
names the clause a condition applies, where it is not the article of the act; the version of the case answers it.
"""

from __future__ import annotations

from datetime import date, datetime
from typing import TYPE_CHECKING, Any

from django.utils.functional import Promise
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from procedures.assumptions import ASSUMED
from procedures.explanation.request import ended_undecided, missing_fields, waits_for_counter
from workflow.clock import legal_day
from workflow.models import Case, Document
from workflow.transitions import OWN, under

if TYPE_CHECKING:
    from procedures.explanation.models import ExplanationRequest

Why = str | Promise | None


def named(case: Case, fields: list[str]) -> str:
    """Return fields of a request by their names and the clauses that ask for them."""
    asked = case.law.checklists["fields"]
    return "; ".join(f"{asked[field].text} ({asked[field].cite})" for field in fields)


# file ----------------------------------------------------------------------------------------------------------


@under(OWN)
def complete_unless_on_paper(
    case: ExplanationRequest,
    at: datetime,
    channel: str,
    requester: dict[str, Any],
    questions: list[dict[str, Any]],
    signature: str,
) -> Why:
    """An electronic or oral request holds what the law asks; a paper one is registered as it arrives."""
    if channel == "written":
        return None
    missing = missing_fields(case, requester, questions, signature)
    if missing == ["signature"] and signature:
        return None  # A20: it arrives, and the office asks for another signature
    return format_lazy(_("this is missing: {fields}"), fields=named(case, missing)) if missing else None


@under("oral_record")
def recorded_in_person(case: ExplanationRequest, at: datetime, channel: str, record: Document | None) -> Why:
    """An oral request is written down and signed."""
    if channel == "in_person" and record is None:
        return _("an oral request needs its record, signed or fingerprinted")
    return None


@under("group")
def represented(case: ExplanationRequest, at: datetime, channel: str, requester: dict[str, Any]) -> Why:
    """A group that comes in person sends a representative."""
    if channel == "in_person" and _members(requester) and not requester.get("representative"):
        return _("several people who ask the same in person send a representative")
    return None


@under("group_size")
def represented_from_within(case: ExplanationRequest, at: datetime, requester: dict[str, Any]) -> Why:
    """Representatives of a group are not too many, and each is one of the group (A14)."""
    members, spokesman = _members(requester), requester.get("representative")
    if not members or not spokesman:
        return None
    names = [name.strip() for name in spokesman["name"].split(",") if name.strip()]
    values = case.law.values
    most = 1
    if len(members) >= values["group_from"]:
        most = ASSUMED.representatives_of_5_to_10
    if len(members) >= values["group_large"]:
        most = ASSUMED.representatives_above_10
    if len(names) > most:
        return format_lazy(_("a group of {size} sends at most {most}"), size=len(members), most=most)
    strangers = [name for name in names if name not in members]
    return format_lazy(_("{names}: not one of the group"), names=", ".join(strangers)) if strangers else None


def _members(requester: dict[str, Any]) -> list[str]:
    return [name for name in requester.get("members", []) if name.strip()]


# supplement ----------------------------------------------------------------------------------------------------


def is_written(case: ExplanationRequest, at: datetime) -> Why:
    """Only a written request can be deficient; an oral one was written down by the officer."""
    return _("an oral request was written down by the officer") if case.channel == "in_person" else None


def something_missing(case: ExplanationRequest, at: datetime) -> Why:
    """There is something the law asks for that is not there and was not asked for before."""
    if [field for field in case.missing if field not in case.asked_for]:
        return None
    return _("nothing is missing that has not been asked for already")


@under(OWN)
def missing_and_not_asked(case: ExplanationRequest, at: datetime, fields: list[str]) -> Why:
    """Each thing that is missing may be asked for once."""
    if not fields:
        return _("name what is missing")
    there = [field for field in fields if field not in case.missing]
    if there:
        return format_lazy(_("the request holds this already: {fields}"), fields=named(case, there))
    again = [field for field in fields if field in case.asked_for]
    return format_lazy(_("this was asked for before: {fields}"), fields=named(case, again)) if again else None


@under(OWN)
def arrived(case: ExplanationRequest, at: datetime, provided: dict[str, Any], insists: bool) -> Why:
    """What was asked for has arrived, or the requester insists that the request is complete."""
    unasked = [field for field, value in provided.items() if str(value).strip() and field not in case.missing]
    if unasked:
        return format_lazy(
            _("nobody asked for this, and the request holds it already: {fields}"), fields=named(case, unasked)
        )
    open_fields = [field for field in case.pending if not str(provided.get(field, "")).strip()]
    if insists or not open_fields:
        return None
    return format_lazy(_("this is still missing: {fields}"), fields=named(case, open_fields))


# decide --------------------------------------------------------------------------------------------------------


def names_a_body(case: ExplanationRequest, at: datetime, competent_agency: str) -> Why:
    """Guidance to the competent agency names it."""
    return None if competent_agency.strip() else _("name the competent agency")


def explained_to_another(case: ExplanationRequest, at: datetime, earlier: Case) -> Why:
    """The same content was explained to somebody else before."""
    if earlier.pk == case.pk or not getattr(earlier, "explained_on", None):
        return _("the earlier case was not explained")
    if getattr(earlier, "requester", {}).get("name") == case.requester.get("name"):
        return _("it was explained to the same requester; a copy is for another person")
    return None


def every_question_refused(case: ExplanationRequest, at: datetime, refusals: list[dict[str, Any]]) -> Why:
    """Each question carries a ground of the law and a reason."""
    given = {one["question"] for one in refusals}
    if given != set(case.open_questions):
        return format_lazy(
            _("each question needs its own ground and reason; open questions: {numbers}"),
            numbers=", ".join(map(str, case.open_questions)),
        )
    return None if all(one["reason"].strip() for one in refusals) else _("each ground needs its reason in words")


@under("sound_reason")
def not_rescued(case: ExplanationRequest, at: datetime, refusals: list[dict[str, Any]], sound_reason: bool) -> Why:
    """A sound reason of the requester rescues what was already explained or settled."""
    if not sound_reason:
        return None
    excusable = {ground.code for ground in case.law.grounds if ground.excusable}
    rescued = [str(one["question"]) for one in refusals if one["ground"] in excusable]
    if not rescued:
        return None
    return format_lazy(_("the requester has a sound reason to ask again: {numbers}"), numbers=", ".join(rescued))


@under("capacity")
def has_capacity(case: ExplanationRequest, at: datetime, capacity: str) -> Why:
    """The requester is found to have full civil capacity, or a lawful representative."""
    return None if capacity == "yes" else _("full civil capacity or a lawful representative is not established")


@under("affected")
def is_affected(case: ExplanationRequest, at: datetime, affected: str) -> Why:
    """The decision or act is found to affect the requester directly."""
    return None if affected == "yes" else _("that the requester is directly affected is not established")


@under("signature")
def signature_confirmed_at_counter(case: ExplanationRequest, at: datetime, signature_confirmed: bool) -> Why:
    """Where the agency asks for it, the requester has confirmed a drawn signature at the counter (A20)."""
    if signature_confirmed or not waits_for_counter(case):
        return None
    return _("the requester has not yet confirmed the drawn signature at the counter")


def something_asked(case: ExplanationRequest, at: datetime) -> Why:
    """There is at least one question left."""
    return None if case.open_questions else _("no question is left open")


# explain -------------------------------------------------------------------------------------------------------


def made_in_person(case: ExplanationRequest, at: datetime) -> Why:
    """Only a request made in person may be explained on the spot."""
    return None if case.channel == "in_person" else _("the request was not made in person")


def noticed_if_needed(case: ExplanationRequest, at: datetime) -> Why:
    """The minutes replace the notice of acceptance, unless a local rule wants both (A13)."""
    if case.state == "received" and not ASSUMED.minutes_replace_notice:
        return _("the notice of acceptance comes first")
    return None


def is_simple(case: ExplanationRequest, at: datetime, simple: bool) -> Why:
    """Only simple content may be explained on the spot."""
    return None if simple else _("the content is not simple; it takes the written path")


def in_time(case: ExplanationRequest, at: datetime) -> Why:
    """The period still runs: an expired one can be neither extended nor suspended (A8, A9)."""
    running = case.clock("explain")
    if running is None or running.state != "running":
        return _("the time for the explanation is not running")
    assert running.due_on is not None
    if legal_day(at) > running.due_on:
        return format_lazy(_("the time for the explanation ended on {day}"), day=f"{running.due_on:%d/%m/%Y}")
    return None


def not_extended(case: ExplanationRequest, at: datetime) -> Why:
    """An explanation is extended no more often than the law allows."""
    running = case.clock("explain")
    used, allowed = running.extensions if running else 0, case.law.values["extensions"]
    if used < allowed:
        return None
    return format_lazy(_("it has been extended as often as the law allows: {times}"), times=allowed)


def within_limit(case: ExplanationRequest, at: datetime, days: int) -> Why:
    """An extension has at least one day and no more than the law allows."""
    most = case.law.periods["extension"].n
    if 1 <= days <= most:
        return None
    return format_lazy(_("an extension has from 1 to {most}"), most=case.law.amounts["extension"])


def reason_given(case: ExplanationRequest, at: datetime, reason: str) -> Why:
    """The notice of extension says why the content is complex."""
    return None if reason.strip() else _("say why the content is complex")


def ground_of(act: str) -> Any:
    """Return the condition that an act names one of the grounds the law gives for it."""

    def ground_named(case: ExplanationRequest, at: datetime, ground: str) -> Why:
        """The act names one of the grounds the law gives for it."""
        if ground in {one.code for one in case.law.grounds_for(act)}:
            return None
        return _("a ground of the law must be named")

    return ground_named


def facts_given(case: ExplanationRequest, at: datetime, facts: str) -> Why:
    """A decision states the facts behind its ground."""
    return None if facts.strip() else _("state the facts")


@under("contents_requester")
def names_the_requester(case: ExplanationRequest, at: datetime, answers: list[dict[str, Any]]) -> Why:
    """The written explanation names the requester and their address."""
    if case.requester.get("name") and case.requester.get("address"):
        return None
    return _("name and address of the requester are missing")


@under("contents_basis")
def states_its_basis(case: ExplanationRequest, at: datetime, legal_basis: str) -> Why:
    """The written explanation states its legal basis."""
    return None if legal_basis.strip() else _("the legal basis is missing")


@under("contents_answers")
def answers_every_question(case: ExplanationRequest, at: datetime, answers: list[dict[str, Any]]) -> Why:
    """The written explanation answers every open question."""
    given = {one["question"] for one in answers if one["text"].strip()}
    lacking = [str(number) for number in case.open_questions if number not in given]
    if not lacking:
        return None
    return format_lazy(_("the answer to question {numbers} is missing"), numbers=", ".join(lacking))


@under("contents_session")
def reports_the_session(case: ExplanationRequest, at: datetime, session: str) -> Why:
    """If there was a working session, the written explanation gives its result."""
    if session.strip() or "T7" not in case.paper_kinds:
        return None
    return _("the result of the working session is missing")


def delivery_recorded(case: ExplanationRequest, at: datetime, proof: str) -> Why:
    """Sending leaves a record: the posting number, or who received it."""
    return None if proof.strip() else _("enter the posting number or who received it")


# the requester -------------------------------------------------------------------------------------------------


def some_but_not_all(case: ExplanationRequest, at: datetime, questions: list[int]) -> Why:
    """Part of a request is some of its open questions; all of them is a whole withdrawal."""
    chosen = set(questions)
    if not chosen or not chosen <= set(case.open_questions):
        return format_lazy(
            _("choose among the open questions: {numbers}"), numbers=", ".join(map(str, case.open_questions))
        )
    return (
        _("that is every question left; withdraw the whole request instead")
        if chosen == set(case.open_questions)
        else None
    )


def has_several(case: ExplanationRequest, at: datetime) -> Why:
    """A request with one question can only be withdrawn whole."""
    return None if len(case.open_questions) > 1 else _("only one question is left; withdraw the whole request instead")


def receipt_not_recorded(case: ExplanationRequest, at: datetime) -> Why:
    """The day of receipt is recorded once."""
    return _("the day of receipt is recorded already") if case.received_on else None


def receipt_possible(case: ExplanationRequest, at: datetime, received_on: date) -> Why:
    """Nobody receives a letter before it leaves or in the future."""
    if received_on > legal_day(at):
        return _("this day has not come yet")
    assert case.acted_at is not None
    if case.ended_on and received_on < case.ended_on:
        return format_lazy(_("the letter is of {day}; it cannot have arrived before"), day=f"{case.ended_on:%d/%m/%Y}")
    return None


def verdicts_fit(case: ExplanationRequest, at: datetime, answered: list[dict[str, Any]], satisfaction: int) -> Why:
    """Each verdict is about a question of the request; satisfaction is 1 to 5."""
    numbers = {one["question"] for one in answered}
    if not numbers or not numbers <= set(range(1, len(case.questions) + 1)):
        return _("say for each question whether it was answered")
    return None if 1 <= satisfaction <= 5 else _("satisfaction is a number from 1 to 5")


def withdrawn_whole(case: ExplanationRequest, at: datetime) -> Why:
    """The decision after a withdrawal follows a withdrawal, once."""
    running = case.clock("termination")
    return None if running and running.state == "running" else _("no withdrawal waits for its decision")


@under("issue_termination")
def papers_complete(case: ExplanationRequest, at: datetime) -> Why:
    """A withdrawn case is closed when its decision is issued."""
    running = case.clock("termination")
    if running and running.state == "running":
        return _("the decision on the withdrawal is still to be issued")
    return None


def complaint_given(case: ExplanationRequest, at: datetime, complaint: str) -> Why:
    """A complaint says what it is about."""
    return None if complaint.strip() else _("write what the complaint is about")


def late_or_procedure(case: ExplanationRequest, at: datetime, object: str) -> Why:
    """Before its end a case can be complained about for silence or for the way it is handled (law file 7.1)."""
    if object == "procedure" or (object == "silence" and case.is_late(legal_day(at))):
        return None
    if object == "silence":
        return _("no deadline of this case has passed")
    return _("while the case is open, a complaint is about silence or about the procedure")


def never_complained_unless_new(case: ExplanationRequest, at: datetime) -> Why:
    """A case that closed before any explanation or refusal has nothing to complain about."""
    if ended_undecided(case):
        return _("this case ended without a decision on the request")
    return None
