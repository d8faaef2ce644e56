"""The request for explanation (yêu cầu giải trình): its states, and its acts as the law orders them.

Each decorator line is a row of the procedure: from, to, by whom, under which article, which clocks. Law file 4.3.
"""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from django.db import models
from django.utils.translation import gettext_lazy as _

from procedures.assumptions import ASSUMED, DRAWN_SIGNATURE
from procedures.explanation import complained, erased, papers, shadows, words
from procedures.explanation import conditions as must
from procedures.explanation.law import VERSIONS
from procedures.explanation.particulars import (
    Answer,
    Attacked,
    Channel,
    Decision,
    Delivery,
    Field,
    Finding,
    Person,
    Provided,
    Question,
    Refusal,
    Signature,
    Verdict,
)
from procedures.explanation.request import DRAWN, arrival, as_requester, missing_fields
from procedures.reached import Reached
from procedures.roles import CLERK, EXPLAINER, HEAD, OFFICER, RECEIVER, REQUESTER, RESOLVER
from workflow.calendar import Calendar
from workflow.clock import legal_day
from workflow.models import Agency, Case
from workflow.registry import Procedure
from workflow.transitions import SAME, Public, transition

DRAFT, RECEIVED, SUPPLEMENT_REQUESTED, REDIRECTED = "draft", "received", "supplement_requested", "redirected"
COPY_PROVIDED, REFUSED, ACCEPTED, SUSPENDED = "copy_provided", "refused", "accepted", "suspended"
EXPLAINED_DIRECT, EXPLAINED_WRITTEN, SENT = "explained_direct", "explained_written", "sent"
TERMINATED, CLOSED, APPEALED = "terminated", "closed", "appealed"

OPEN = (RECEIVED, SUPPLEMENT_REQUESTED, ACCEPTED, SUSPENDED, EXPLAINED_WRITTEN)
FINAL = (REDIRECTED, COPY_PROVIDED, REFUSED, EXPLAINED_DIRECT, SENT, TERMINATED)
COMPLAINABLE = (REFUSED, TERMINATED, EXPLAINED_DIRECT, SENT, CLOSED)
OFFICE_CLOCKS = ("decide", "explain", "termination")

STATES = {
    DRAFT: _("Draft"),
    RECEIVED: _("Received"),
    SUPPLEMENT_REQUESTED: _("Waiting for a supplement"),
    REDIRECTED: _("Guided to the competent agency"),
    COPY_PROVIDED: _("Copy of an earlier explanation provided"),
    REFUSED: _("Refused"),
    ACCEPTED: _("Accepted"),
    SUSPENDED: _("Suspended"),
    EXPLAINED_DIRECT: _("Explained directly"),
    EXPLAINED_WRITTEN: _("Written explanation issued"),
    SENT: _("Explanation sent"),
    TERMINATED: _("Terminated"),
    CLOSED: _("File closed"),
    APPEALED: _("Under complaint"),
}

WAITS = {
    DRAFT: _("the citizen is still writing"),
    SUPPLEMENT_REQUESTED: _("the requester is to supplement; the law sets no limit (A6)"),
    SUSPENDED: _("the reason for suspension lasts; the law sets no maximum (%(law_suspend)s)"),
    REDIRECTED: _("done; the file is still to be closed"),
    COPY_PROVIDED: _("done; the file is still to be closed"),
    REFUSED: _("decided; the requester may complain"),
    EXPLAINED_DIRECT: _("explained; the requester may complain"),
    SENT: _("explained; the requester may complain"),
    TERMINATED: _("ended; the requester may complain"),
    CLOSED: _("the file is closed"),
    APPEALED: _("the complaint runs as a case of its own"),
}


class ExplanationRequest(Reached, Case):
    """Request for explanation (yêu cầu giải trình)."""

    procedure = Procedure(
        name="explanation",
        prefix="GT",
        label=_("Request for explanation"),
        states=STATES,
        versions=VERSIONS,
        opening="file",
        initial=DRAFT,
        ends=(CLOSED,),
        reopenings=(APPEALED,),
        waits=WAITS,
        refusals=(REFUSED,),
        office_periods=OFFICE_CLOCKS,
        assumptions=ASSUMED.listed(),
        choices={DRAWN: DRAWN_SIGNATURE},
        law_of_a_case=ASSUMED.law_of_a_case,
        counting=ASSUMED.counting(),
        closing_hour=ASSUMED.closing_hour,
        closures_move_dates=ASSUMED.local_closures_move_dates,
        interested_barred=ASSUMED.interested_barred,
        stamped=lambda case: case.channel != "electronic",
        shadows=shadows.of,
        retention_years=ASSUMED.retention_years,
        without_people=erased.without_people,
        keeps=erased.keeps,
        given=words.GIVEN,
        codes=words.CODES,
    )

    channel = models.CharField(max_length=16)
    requester = models.JSONField(default=dict)
    questions = models.JSONField(default=list)
    decision = models.JSONField(default=dict)
    affects = models.TextField(blank=True)
    signature = models.CharField(max_length=16, blank=True)
    missing = models.JSONField(default=list)
    asked_for = models.JSONField(default=list)
    pending = models.JSONField(default=list)
    explained_on = models.DateField(null=True)
    ended_in = models.CharField(max_length=32, blank=True)
    ended_on = models.DateField(null=True)
    ended_from = models.CharField(max_length=32, blank=True)
    ended_seq = models.IntegerField(null=True)
    received_on = models.DateField(null=True)
    appealed_from = models.CharField(max_length=32, blank=True)

    class Meta:
        verbose_name = _("request for explanation")
        verbose_name_plural = _("requests for explanation")

    # filing ------------------------------------------------------------------------------------------------------

    @transition(DRAFT, RECEIVED, by=REQUESTER, law="file", starts=["decide"], dated_by="record", label=_("File the request"),
                conditions=[must.complete_unless_on_paper, must.recorded_in_person,
                            must.represented, must.represented_from_within])  # fmt: skip
    def file(self, *, agency: Agency, channel: Channel, requester: Person, questions: list[Question],
             decision: Decision = {}, affects: str = "", signature: Signature = "",  # noqa: B006
             record: papers.Request | None = None) -> None:  # fmt: skip
        """Register a request; no officer's act is needed for it to be received (A5)."""
        self.channel, self.requester, self.questions = (
            channel,
            dict(requester),
            [{**q, "open": True} for q in questions],
        )
        self.decision, self.affects, self.signature = dict(decision), affects, signature
        self.missing = missing_fields(self, self.requester, self.questions, signature)

    @transition(RECEIVED, SUPPLEMENT_REQUESTED, by=RECEIVER, law="request_supplement", stops=["decide"],
                dated_by="guidance", label=_("Guide the requester to supplement"),
                conditions=[must.is_written, must.something_missing, must.missing_and_not_asked])  # fmt: skip
    def request_supplement(self, *, fields: Public[list[Field]], guidance: papers.T2) -> None:
        """Say what is missing, once for each field, and how to complete it."""
        self.asked_for, self.pending = [*self.asked_for, *fields], list(fields)

    @transition(SUPPLEMENT_REQUESTED, RECEIVED, by=REQUESTER, law="supplement", starts=["decide"], dated_by="record",
                label=_("Supplement the request"), conditions=[must.arrived])  # fmt: skip
    def supplement(self, *, provided: Provided, insists: bool = False, record: papers.Completion | None = None) -> None:
        """Complete the request, or insist that it is complete; the time for the notice starts anew (A6)."""
        given = {field: value for field, value in provided.items() if str(value).strip()}
        self.requester = {**self.requester, **as_requester(given)}
        if "content" in given:
            self.questions = [{"text": given["content"], "content_types": ["content"], "open": True}]
        self.signature = str(given.get("signature", self.signature))
        self.missing, self.pending = missing_fields(self, self.requester, self.questions, self.signature), []

    @transition(RECEIVED, REDIRECTED, by=RECEIVER, law="redirect", stops=["decide"], dated_by="guidance",
                label=_("Guide to the competent agency"), conditions=[must.names_a_body])  # fmt: skip
    def redirect(self, *, competent_agency: str, guidance: papers.T3) -> None:
        """Guide the requester to the agency that is responsible."""

    @transition(RECEIVED, COPY_PROVIDED, by=RECEIVER, law="provide_copy", stops=["decide"], dated_by="copy",
                label=_("Provide a copy of an earlier explanation"), conditions=[must.explained_to_another])  # fmt: skip
    def provide_copy(self, *, earlier: Case, copy: papers.T4) -> None:
        """Give a copy of what was already explained to somebody else."""

    # deciding ----------------------------------------------------------------------------------------------------

    @transition(RECEIVED, REFUSED, by=EXPLAINER, law="refuse", stops=["decide"], dated_by="notice", grounds=True,
                label=_("Refuse"), conditions=[must.every_question_refused, must.not_rescued])  # fmt: skip
    def refuse(self, *, refusals: list[Refusal], notice: papers.T6, sound_reason: bool = False) -> None:
        """Refuse in writing, on a ground of the law and with its reason for each question."""

    @transition(RECEIVED, ACCEPTED, by=EXPLAINER, law="accept", stops=["decide"], starts=["explain"], dated_by="notice",
                label=_("Accept"), conditions=[must.something_asked, must.has_capacity, must.is_affected,
                            must.signature_confirmed_at_counter])  # fmt: skip
    def accept(
        self, *, capacity: Finding, affected: Finding, notice: papers.T5, signature_confirmed: bool = False
    ) -> None:
        """Accept the request and notify the requester in writing."""
        if signature_confirmed:
            self.missing = [field for field in self.missing if field != "signature"]

    # explaining --------------------------------------------------------------------------------------------------

    @transition([RECEIVED, ACCEPTED], EXPLAINED_DIRECT, by=EXPLAINER, law="explain_directly", stops=["decide", "explain"],
                dated_by="minutes", label=_("Explain directly"),
                conditions=[must.made_in_person, must.noticed_if_needed, must.is_simple])  # fmt: skip
    def explain_directly(self, *, minutes: papers.T8, simple: bool) -> None:
        """Explain simple content on the spot; the minutes are signed by both sides and replace the notice (A13)."""

    @transition(ACCEPTED, SAME, by=(EXPLAINER, OFFICER), law="hold_session", dated_by="minutes",
                label=_("Record a working session"))  # fmt: skip
    def hold_session(self, *, minutes: papers.T7) -> None:
        """Put the minutes of direct work with the requester on file; the explanation must then give its result."""

    @transition(ACCEPTED, SAME, by=EXPLAINER, law="extend", extends=["explain"], dated_by="notice", label=_("Extend"),
                conditions=[must.in_time, must.not_extended, must.within_limit, must.reason_given])  # fmt: skip
    def extend(self, *, days: int, reason: str, notice: papers.T10) -> None:
        """Extend the time for a complex explanation, with written notice."""

    @transition(ACCEPTED, SUSPENDED, by=EXPLAINER, law="suspend", pauses=["explain"], dated_by="decision", grounds=True,
                label=_("Suspend"), conditions=[must.in_time, must.ground_of("suspend"), must.facts_given])  # fmt: skip
    def suspend(self, *, ground: Public[str], facts: str, decision: papers.T11) -> None:
        """Suspend the explanation; the time does not count."""

    @transition(SUSPENDED, ACCEPTED, by=EXPLAINER, law="resume", resumes=["explain"], dated_by="notice",
                label=_("Continue"), conditions=[must.facts_given])  # fmt: skip
    def resume(self, *, facts: str, notice: papers.T12) -> None:
        """Go on when the reason for suspension is gone."""

    @transition(OPEN, TERMINATED, by=EXPLAINER, law="terminate", stops=OFFICE_CLOCKS, dated_by="decision", grounds=True,
                label=_("Terminate"), conditions=[must.ground_of("terminate"), must.facts_given])  # fmt: skip
    def terminate(self, *, ground: Public[str], facts: str, decision: papers.T13) -> None:
        """End a case that has nobody left to be explained to."""

    @transition(OPEN, TERMINATED, by=REQUESTER, law="withdraw", stops=["decide", "explain"], starts=["termination"],
                dated_by="record", label=_("Withdraw the whole request"))  # fmt: skip
    def withdraw(self, *, statement: str, record: papers.T14 | None = None) -> None:
        """Withdraw everything; recorded at once, the decision on it follows."""

    @transition(TERMINATED, SAME, by=EXPLAINER, law="issue_termination", stops=["termination"], dated_by="decision",
                label=_("Issue the decision on the withdrawal"), conditions=[must.withdrawn_whole])  # fmt: skip
    def issue_termination(self, *, decision: papers.T13) -> None:
        """Issue the decision of termination that a whole withdrawal asks for."""

    @transition(OPEN, SAME, by=REQUESTER, law="withdraw_part", dated_by="record", label=_("Withdraw part"),
                conditions=[must.has_several, must.some_but_not_all])  # fmt: skip
    def withdraw_part(self, *, questions: list[int], statement: str = "", record: papers.T14 | None = None) -> None:
        """Withdraw some questions; the rest goes on and the clock is unchanged."""
        self.questions = [
            {**question, "open": question["open"] and number not in questions}
            for number, question in enumerate(self.questions, 1)
        ]

    @transition(ACCEPTED, EXPLAINED_WRITTEN, by=EXPLAINER, law="sign", dated_by="answer", label=_("Sign and number"),
                conditions=[must.names_the_requester, must.states_its_basis, must.answers_every_question,
                            must.reports_the_session])  # fmt: skip
    def sign(self, *, answer: papers.T9, legal_basis: str, answers: list[Answer], session: str = "") -> None:
        """Sign and number the written explanation with the contents the law demands."""

    @transition(EXPLAINED_WRITTEN, SENT, by=CLERK, law="send", stops=["explain"], dated_by="record", label=_("Send"),
                conditions=[must.delivery_recorded])  # fmt: skip
    def send(self, *, delivery: Delivery, proof: str, record: papers.Record | None = None) -> None:
        """Send the explanation to the requester; sending is part of explaining."""

    # after -------------------------------------------------------------------------------------------------------

    @transition(FINAL, SAME, by=(CLERK, REQUESTER), law="record_receipt", starts=["complain"],
                label=_("Record the receipt"), conditions=[must.receipt_not_recorded, must.receipt_possible])  # fmt: skip
    def record_receipt(self, *, received_on: date) -> None:
        """Record the day the requester received the document; the time limit for a complaint runs from it."""
        self.received_on = received_on

    @transition([SENT, EXPLAINED_DIRECT], SAME, by=REQUESTER, law="respond", dated_by="record",
                label=_("Say whether it was answered"), conditions=[must.verdicts_fit])  # fmt: skip
    def respond(self, *, answered: list[Verdict], satisfaction: int, comment: str = "",
                record: papers.Record | None = None) -> None:  # fmt: skip
        """Record, for each question, whether the requester finds it answered, and how satisfied they are."""

    @transition(FINAL, CLOSED, by=OFFICER, law="close", label=_("Close the file"), conditions=[must.papers_complete])
    def close(self) -> None:
        """Close the file for the archive."""

    @transition(COMPLAINABLE, APPEALED, by=REQUESTER, law="complain", stops=["complain"], dated_by="record",
                label=_("Lodge a complaint"), conditions=[must.never_complained_unless_new, must.complaint_given])  # fmt: skip
    def complain(self, *, object: Attacked, complaint: str, record: papers.Record | None = None) -> None:
        """Record the complaint; it goes on as a case of its own, and this one remembers where it stood."""

    @transition(OPEN, SAME, by=REQUESTER, law="complain", dated_by="record", label=_("Complain while the case is open"),
                conditions=[must.late_or_procedure, must.complaint_given])  # fmt: skip
    def complain_open(self, *, object: Attacked, complaint: str, record: papers.Record | None = None) -> None:
        """Record a complaint about silence or procedure; neither state nor clock changes."""

    @transition(APPEALED, RECEIVED, by=RESOLVER, law="end_complaint", starts=["decide"], dated_by="decision",
                label=_("Complaint ended: refusal annulled"), conditions=[complained.no_complaint_open, complained.appealed_from_refusal])  # fmt: skip
    def annul_refusal(self, *, decision: papers.ComplaintDecision) -> None:
        """The refusal is annulled; the time for the notice runs anew from the decision's receipt (A21)."""

    @transition(APPEALED, None, by=RESOLVER, law="end_complaint", stops=["termination"], revives=["decide", "explain"],
                dated_by="decision", label=_("Complaint ended: termination annulled"),
                target_of=lambda case: case.ended_from, targets=OPEN,
                conditions=[complained.no_complaint_open, complained.appealed_from_termination])  # fmt: skip
    def annul_termination(self, *, decision: papers.ComplaintDecision) -> None:
        """The termination is annulled; the case goes on where it was, with the days that were left (A21)."""

    @transition(APPEALED, ACCEPTED, by=RESOLVER, law="end_complaint", starts=["explain"], dated_by="decision",
                label=_("Complaint ended: explain again"), conditions=[complained.no_complaint_open, complained.appealed_from_explanation])  # fmt: skip
    def explain_again(self, *, decision: papers.ComplaintDecision) -> None:
        """Procedure or contents were wrong; the explanation is made anew in a new period (A21)."""

    @transition(APPEALED, None, by=RESOLVER, law="end_complaint", dated_by="decision",
                label=_("Complaint ended: state unchanged"),
                target_of=lambda case: case.appealed_from, targets=COMPLAINABLE,
                conditions=[complained.no_complaint_open])  # fmt: skip
    def end_complaint(self, *, decision: papers.ComplaintDecision) -> None:
        """The complaint is dismissed, or was about the decision explained; the case goes back to where it stood."""

    @transition((*OPEN, *FINAL, CLOSED, APPEALED), SAME, by=HEAD, law="end_complaint", dated_by="decision",
                label=_("Complaint ended: noted on the file"),
                conditions=[complained.complaint_waits])  # fmt: skip
    def note_complaint(self, *, decision: papers.ComplaintDecision) -> None:
        """Note a decision on a complaint that left the case where it was: silence is confirmed, no clock moves (A21)."""

    # what the acts remember --------------------------------------------------------------------------------------

    def remember(self, transition: str, source: str, at: datetime) -> None:
        """Note on the case what later acts ask about: how and when it ended, where an appeal took it from."""
        if self.state in (EXPLAINED_DIRECT, SENT) and source not in (self.state, APPEALED, CLOSED):
            self.explained_on = legal_day(at)
        if self.state in FINAL and source in OPEN:
            self.ended_in, self.ended_on = self.state, legal_day(at)
            self.ended_from, self.ended_seq = source, self.seq
        if self.state == APPEALED != source:
            self.appealed_from = source
        if source == APPEALED and self.state in OPEN:
            self.received_on, self.ended_in, self.ended_on = None, "", None

    def clock_data(self, transition: str, at: datetime, calendar: Calendar) -> dict[str, Any]:
        """Return the anchors that are not the day of the act, and which clocks a revival revives."""
        if transition == "file" or (transition == "supplement" and ASSUMED.notice_runs_from == "COMPLETION"):
            return {"anchors": {"decide": arrival(at, self.channel, calendar)}}
        if transition == "record_receipt":
            return {"anchors": {"complain": self.received_on}}
        if transition == "supplement" and self.opened_at:
            return {"anchors": {"decide": legal_day(self.opened_at)}}
        return {"stopped_seq": self.ended_seq}

    def is_own_act(self, user_id: int | None) -> bool:
        """Return whether this person signed the decision the request is about (A19: shown, never blocked here)."""
        return user_id is not None and self.decision.get("signed_by") == user_id

    @property
    def open_questions(self) -> list[int]:
        """Return the numbers of the questions that are not withdrawn, from 1."""
        return [number for number, question in enumerate(self.questions, 1) if question.get("open", True)]
