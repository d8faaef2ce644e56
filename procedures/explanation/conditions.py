"""What the law requires of each act beyond state and role. Each answers why not, in a sentence, or None.

The first two parameters are the case and the moment; the others are named after what is given with the act.
"""

from __future__ import annotations

from datetime import date, datetime
from typing import TYPE_CHECKING, Any

from django.utils.functional import Promise
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from procedures.assumptions import ASSUMED
from procedures.explanation.law import CHECKLIST
from workflow.clock import legal_day
from workflow.models import Case, Document

if TYPE_CHECKING:
    from procedures.explanation.models import ExplanationRequest

Why = str | Promise | None


def named(fields: list[str]) -> str:
    """Return fields of the checklist by their names and clauses."""
    return "; ".join(f"{CHECKLIST[field][1]} ({CHECKLIST[field][0]})" for field in fields)


# file ----------------------------------------------------------------------------------------------------------


def complete_unless_on_paper(
    case: ExplanationRequest,
    at: datetime,
    channel: str,
    requester: dict[str, Any],
    questions: list[dict[str, Any]],
    signature: str,
) -> Why:
    """An electronic or oral request holds what NĐ59 Đ.10 asks; a paper one is registered as it arrives (Đ.11 k.2)."""
    from procedures.explanation.models import missing_fields

    if channel == "written":
        return None
    missing = missing_fields(requester, questions, signature)
    if missing == ["signature"] and signature:
        return None  # A20: it arrives, and the office asks for another signature
    return format_lazy(_("this is missing: {fields}"), fields=named(missing)) if missing else None


def recorded_in_person(case: ExplanationRequest, at: datetime, channel: str, record: Document | None) -> Why:
    """An oral request is written down and signed (NĐ59 Đ.10 k.3 b, c)."""
    if channel == "in_person" and record is None:
        return _("an oral request needs its record, signed or fingerprinted (NĐ59 Đ.10 k.3)")
    return None


def represented_rightly(case: ExplanationRequest, at: datetime, channel: str, requester: dict[str, Any]) -> Why:
    """A group that comes in person sends representatives from among itself (NĐ59 Đ.10 k.3 a; A14)."""
    members = [name for name in requester.get("members", []) if name.strip()]
    if not members:
        return None
    spokesman = requester.get("representative")
    if channel == "in_person" and not spokesman:
        return _("several people who ask the same in person send a representative (NĐ59 Đ.10 k.3 a)")
    if not spokesman:
        return None
    names = [name.strip() for name in spokesman["name"].split(",") if name.strip()]
    values = case.law.values
    most = 1
    if len(members) >= values["group_from"]:
        most = ASSUMED.representatives_of_5_to_10
    if len(members) >= values["group_large"]:
        most = ASSUMED.representatives_above_10
    if len(names) > most:
        return format_lazy(_("a group of {size} sends at most {most} (LTCD Đ.29)"), size=len(members), most=most)
    strangers = [name for name in names if name not in members]
    if strangers:
        return format_lazy(_("{names}: not one of the group (LTCD Đ.29)"), names=", ".join(strangers))
    return None


# supplement ----------------------------------------------------------------------------------------------------


def is_written(case: ExplanationRequest, at: datetime) -> Why:
    """Only a written request can be deficient; an oral one was written down by the officer."""
    return _("an oral request was written down by the officer") if case.channel == "in_person" else None


def something_missing(case: ExplanationRequest, at: datetime) -> Why:
    """There is something the law asks for that is not there and was not asked for before."""
    if [field for field in case.missing if field not in case.asked_for]:
        return None
    return _("nothing is missing that has not been asked for already")


def missing_and_not_asked(case: ExplanationRequest, at: datetime, fields: list[str]) -> Why:
    """Each field of NĐ59 Đ.10 k.2 that is missing may be asked for once."""
    if not fields:
        return _("name what is missing")
    there = [field for field in fields if field not in case.missing]
    if there:
        return format_lazy(_("the request holds this already: {fields}"), fields=named(there))
    again = [field for field in fields if field in case.asked_for]
    return format_lazy(_("this was asked for before: {fields}"), fields=named(again)) if again else None


def arrived(case: ExplanationRequest, at: datetime, provided: dict[str, Any], insists: bool) -> Why:
    """What was asked for has arrived, or the requester insists that the request is complete."""
    unasked = [field for field, value in provided.items() if str(value).strip() and field not in case.missing]
    if unasked:
        return format_lazy(
            _("nobody asked for this, and the request holds it already: {fields}"), fields=named(unasked)
        )
    open_fields = [field for field in case.pending if not str(provided.get(field, "")).strip()]
    if insists or not open_fields:
        return None
    return format_lazy(_("this is still missing: {fields}"), fields=named(open_fields))


# decide --------------------------------------------------------------------------------------------------------


def names_a_body(case: ExplanationRequest, at: datetime, competent_agency: str) -> Why:
    """Guidance to the competent agency names it (NĐ59 Đ.11 k.1)."""
    return None if competent_agency.strip() else _("name the competent agency")


def explained_to_another(case: ExplanationRequest, at: datetime, earlier: Case) -> Why:
    """The same content was explained to somebody else before (NĐ59 Đ.11 k.3)."""
    if earlier.pk == case.pk or not getattr(earlier, "explained_on", None):
        return _("the earlier case was not explained")
    if getattr(earlier, "requester", {}).get("name") == case.requester.get("name"):
        return _("it was explained to the same requester; a copy is for another person")
    return None


def every_question_refused(case: ExplanationRequest, at: datetime, refusals: list[dict[str, Any]]) -> Why:
    """Each question carries a ground of the law and a reason (NĐ59 Đ.5, Đ.11 k.4)."""
    given = {one["question"] for one in refusals}
    if given != set(case.open_questions):
        return format_lazy(
            _("each question needs its own ground and reason; open questions: {numbers}"),
            numbers=", ".join(map(str, case.open_questions)),
        )
    known = {ground.code for ground in case.law.grounds_for("refuse")}
    if any(one["ground"] not in known for one in refusals):
        return _("a refusal must name a ground of the law")
    return None if all(one["reason"].strip() for one in refusals) else _("each ground needs its reason in words")


def not_rescued(case: ExplanationRequest, at: datetime, refusals: list[dict[str, Any]], sound_reason: bool) -> Why:
    """A sound reason of the requester rescues what was already explained or settled (NĐ59 Đ.5 k.2)."""
    if not sound_reason:
        return None
    excusable = {ground.code for ground in case.law.grounds if ground.excusable}
    rescued = [str(one["question"]) for one in refusals if one["ground"] in excusable]
    if not rescued:
        return None
    return format_lazy(_("the requester has a sound reason to ask again: {numbers}"), numbers=", ".join(rescued))


def conditions_hold(case: ExplanationRequest, at: datetime, capacity: str, affected: str) -> Why:
    """Both conditions of NĐ59 Đ.4 are found to hold."""
    if capacity != "yes":
        return _("full civil capacity or a lawful representative is not established (NĐ59 Đ.4 k.1)")
    if affected != "yes":
        return _("that the requester is directly affected is not established (NĐ59 Đ.4 k.2)")
    return None


def something_asked(case: ExplanationRequest, at: datetime) -> Why:
    """There is at least one question left."""
    return None if case.open_questions else _("no question is left open")


# explain -------------------------------------------------------------------------------------------------------


def made_in_person(case: ExplanationRequest, at: datetime) -> Why:
    """Only a request made in person may be explained on the spot (NĐ59 Đ.12 k.1)."""
    return None if case.channel == "in_person" else _("the request was not made in person")


def noticed_if_needed(case: ExplanationRequest, at: datetime) -> Why:
    """The minutes replace the notice of acceptance, unless a local rule wants both (A13)."""
    if case.state == "received" and not ASSUMED.minutes_replace_notice:
        return _("the notice of acceptance comes first")
    return None


def is_simple(case: ExplanationRequest, at: datetime, simple: bool) -> Why:
    """Only simple content may be explained on the spot (NĐ59 Đ.12 k.1)."""
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
    """An explanation is extended once (NĐ59 Đ.13)."""
    running = case.clock("explain")
    used = running.extensions if running else 0
    return (
        None if used < case.law.values["extensions"] else _("it has been extended once; the law allows no second time")
    )


def within_limit(case: ExplanationRequest, at: datetime, days: int) -> Why:
    """An extension has 1 to 15 days (NĐ59 Đ.13)."""
    most = case.law.periods["extension"].n
    if 1 <= days <= most:
        return None
    return format_lazy(_("an extension has from 1 to {most} days"), most=most)


def reason_given(case: ExplanationRequest, at: datetime, reason: str) -> Why:
    """The notice of extension says why the content is complex (NĐ59 Đ.13)."""
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


def all_contents_present(
    case: ExplanationRequest, at: datetime, legal_basis: str, answers: list[dict[str, Any]], session: str
) -> Why:
    """The written explanation has the five contents of NĐ59 Đ.12 k.3."""
    if not (case.requester.get("name") and case.requester.get("address")):
        return _("name and address of the requester are missing (NĐ59 Đ.12 k.3 a)")
    if not legal_basis.strip():
        return _("the legal basis is missing (NĐ59 Đ.12 k.3 d)")
    given = {one["question"] for one in answers if one["text"].strip()}
    lacking = [str(number) for number in case.open_questions if number not in given]
    if lacking:
        return format_lazy(
            _("the answer to question {numbers} is missing (NĐ59 Đ.12 k.3 đ)"), numbers=", ".join(lacking)
        )
    if not session.strip() and "T7" in case.paper_kinds:
        return _("the result of the working session is missing (NĐ59 Đ.12 k.3 c)")
    return None


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


def papers_complete(case: ExplanationRequest, at: datetime) -> Why:
    """A withdrawn case is closed when its decision is issued (NĐ59 Đ.14 k.3 c)."""
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
    if case.state == "closed" and case.ended_in in ("redirected", "copy_provided"):
        return _("this case ended without a decision on the request")
    return None


# the end of a complaint (A21) ----------------------------------------------------------------------------------


def appealed_from_refusal(case: ExplanationRequest, at: datetime) -> Why:
    """A refusal can be annulled if there was one."""
    return None if case.ended_in == "refused" else _("the complaint is not about a refusal")


def appealed_from_termination(case: ExplanationRequest, at: datetime) -> Why:
    """A termination can be annulled if there was one."""
    return None if case.ended_in == "terminated" else _("the complaint is not about a termination")


def appealed_from_explanation(case: ExplanationRequest, at: datetime) -> Why:
    """An explanation is made anew if there was one."""
    return None if case.ended_in in ("sent", "explained_direct") else _("the case ended without an explanation")
