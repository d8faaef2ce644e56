"""What both instances of a complaint (khiếu nại) share: its particulars, and its acts as the law orders them.

Each decorator line is a row of `docs/complaint-acts.md`: from, to, by whom, under which article, which clocks. The
numbers and articles behind the keys are each instance's own (`law.py`).
"""

from __future__ import annotations

from datetime import date, datetime
from typing import Any, ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from procedures.complaint import conditions as must
from procedures.complaint import consequences, law, papers, petition, settlers
from procedures.complaint.particulars import (
    Absent,
    Attacked,
    Channel,
    ComplexityCase,
    Contents,
    Delivery,
    Demand,
    Missing,
    Person,
    Provided,
    Proxy,
    Recipient,
    Sender,
    Signature,
)
from procedures.complaint.states import (
    ACCEPTED,
    CLOSED,
    DECIDED,
    DEFICIENT,
    DIALOGUE,
    DRAFT,
    ENDED,
    IN_FORCE,
    LODGED,
    NOT_ACCEPTED,
    OPEN,
    PAPERS_OWED,
    RECEIVED,
    SENT,
    SUPERSEDED,
    SUSPENDED,
    TERMINATED,
    TOLD,
    VERIFIED,
    VERIFYING,
    WORKING,
)
from procedures.reached import Reached
from procedures.roles import CLERK, COMPLAINANT, OFFICER, RECEIVER, SETTLER, VERIFIER
from workflow.calendar import Calendar, legal_effect
from workflow.clock import legal_day
from workflow.models import Agency, Case, User
from workflow.transitions import SAME, Public, transition


class Complaint(Reached, Case):
    """What both instances of a complaint share."""

    instance: ClassVar[str]

    attacked = models.ForeignKey(Case, models.PROTECT, related_name="%(class)s_set", null=True)
    earlier = models.ForeignKey(Case, models.PROTECT, related_name="+", null=True)
    moved_attacked = models.BooleanField(default=False)
    object = models.CharField(max_length=16)
    channel = models.CharField(max_length=16)
    requester = models.JSONField(default=dict)
    id_number = models.CharField(max_length=32, blank=True)
    content = models.TextField(blank=True)
    demands = models.JSONField(default=list)
    signature = models.CharField(max_length=16, blank=True)
    proxy = models.CharField(max_length=16, blank=True)
    known_on = models.DateField(null=True)
    late = models.BooleanField(default=False)
    late_reason = models.TextField(blank=True)
    obstacle_days = models.SmallIntegerField(default=0)
    sender = models.JSONField(default=dict)
    interested = models.JSONField(default=list)
    remote = models.BooleanField(default=False)
    complexity = models.JSONField(default=list)
    missing = models.JSONField(default=list)
    pending = models.JSONField(default=list)
    asked_for = models.JSONField(default=list)
    verifier = models.ForeignKey(User, models.PROTECT, related_name="+", null=True)
    differs = models.BooleanField(null=True)
    dialogue_on = models.DateField(null=True)
    dialogues = models.SmallIntegerField(default=0)
    suspended_from = models.CharField(max_length=32, blank=True)
    urgent = models.BooleanField(default=False)
    council = models.BooleanField(default=False)
    outcome = models.CharField(max_length=16, blank=True)
    conclusion = models.CharField(max_length=16, blank=True)
    decided_on = models.DateField(null=True)
    in_force_on = models.DateField(null=True)
    published_on = models.DateField(null=True)
    received_on = models.DateField(null=True)
    appealed = models.BooleanField(default=False)
    sued_on = models.DateField(null=True)

    class Meta:
        abstract = True

    # lodging -----------------------------------------------------------------------------------------------------

    @transition(DRAFT, LODGED, by=COMPLAINANT, law="lodge", starts=["accept"], dated_by="record", link=consequences.LODGED,
                label=_("Lodge the complaint"),
                conditions=[must.right_settler, must.points_at_what_was_decided, must.complete_unless_on_paper,
                            must.recorded_in_person, must.represented, must.represented_from_within, must.late_with_a_reason])  # fmt: skip
    def lodge(self, *, agency: Agency, attacked: Case, object: Attacked, channel: Channel, requester: Person,
              content: str, demands: list[Demand], signature: Signature = "", id_number: str = "", proxy: Proxy = "",
              earlier: Case | None = None, known_on: date | None = None, late_reason: str = "", obstacle_days: int = 0,
              sender: Sender | None = None, record: papers.Petition | None = None) -> None:  # fmt: skip
        """Lodge a complaint with the person who settles it; a late one is received and marked (A10)."""
        self.attacked, self.object, self.channel, self.earlier = attacked, object, channel, earlier
        self.moved_attacked = petition.moves(attacked)
        self.requester, self.content, self.id_number = dict(requester), content, id_number
        self.demands = [{**demand, "open": True} for demand in demands]
        self.signature, self.proxy, self.sender = signature, proxy, dict(sender or {})
        self.known_on, self.late_reason, self.obstacle_days = known_on, late_reason, obstacle_days
        self.remote, self.interested = attacked.agency.remote, petition.interested(attacked, earlier)
        self.missing = petition.missing_fields(self)

    @transition(LODGED, DEFICIENT, by=RECEIVER, law="request_supplement", dated_by="guidance",
                label=_("Guide the complainant to complete it"),
                conditions=[must.something_missing, must.missing_and_not_asked])  # fmt: skip
    def request_supplement(self, *, fields: Public[list[Missing]], guidance: papers.Guidance) -> None:
        """Say what the petition lacks; the time for the notice runs on."""
        self.asked_for, self.pending = [*self.asked_for, *fields], list(fields)

    @transition(DEFICIENT, LODGED, by=COMPLAINANT, law="supplement", dated_by="record",
                label=_("Complete the complaint"), conditions=[must.arrived])  # fmt: skip
    def supplement(self, *, provided: Provided, record: papers.Completion | None = None) -> None:
        """Supply what was missing."""
        petition.complete(self, dict(provided))
        self.missing, self.pending = petition.missing_fields(self), []

    @transition(RECEIVED, NOT_ACCEPTED, by=SETTLER, law="not_accept", stops=["accept"], starts=["notice_copies"],
                dated_by="notice", grounds=True, link=consequences.ENDED, label=_("Do not accept"),
                conditions=[must.ground_of("not_accept"), must.contents_of("not_accept")])  # fmt: skip
    def not_accept(self, *, ground: Public[str], contents: Contents, notice: papers.NonAcceptance) -> None:
        """Decline to settle it, in writing, on a ground of the law and with the reason."""

    @transition(RECEIVED, ACCEPTED, by=SETTLER, law="accept", stops=["accept"], starts=["decide", "notice_copies"],
                dated_by="notice", label=_("Accept for settlement"), conditions=[must.contents_of("accept")])  # fmt: skip
    def accept(self, *, contents: Contents, notice: papers.Acceptance) -> None:
        """Accept the complaint for settlement and notify the complainant in writing."""

    @transition(PAPERS_OWED, SAME, by=CLERK, law="send_notice_copies",
                stops=["notice_copies"], dated_by="record", label=_("Send the copies of the notice"),
                conditions=[must.owed("notice_copies"), must.everybody_told("notice")])  # fmt: skip
    def send_notice_copies(
        self, *, recipients: Public[list[Recipient]], proof: str, record: papers.Record | None = None
    ) -> None:
        """Send the notice to the inspectorate of the configured level and to the body that forwarded the complaint."""

    # verifying ---------------------------------------------------------------------------------------------------

    @transition(ACCEPTED, VERIFYING, by=SETTLER, law="verify", dated_by="decision", label=_("Assign the verification"),
                conditions=[must.verifier_disinterested])  # fmt: skip
    def verify(self, *, verifier: User, decision: papers.Assignment) -> None:
        """Have the content verified by somebody who has no interest in it (A19)."""
        self.verifier = verifier

    @transition(WORKING, SAME, by=VERIFIER, law="request_evidence", starts=["evidence"], dated_by="letter",
                interested_barred=True, label=_("Ask for evidence"),
                conditions=[must.not_owed("evidence")])  # fmt: skip
    def request_evidence(self, *, asked: str, letter: papers.Letter) -> None:
        """Ask a party or a body for information and documents."""

    @transition((*WORKING, SUSPENDED), SAME, by=(VERIFIER, CLERK), law="give_evidence", stops=["evidence"], dated_by="record",
                label=_("Record the evidence"), conditions=[must.owed("evidence")])  # fmt: skip
    def give_evidence(self, *, record: papers.Record) -> None:
        """Put what was asked for on file."""

    @transition(VERIFYING, VERIFIED, by=VERIFIER, law="report", dated_by="report", interested_barred=True,
                label=_("Report the verification"))  # fmt: skip
    def report(self, *, differs: bool, report: papers.Report) -> None:
        """Report what was found, and whether it still differs from what is demanded."""
        self.differs = differs

    @transition(WORKING, SAME, by=SETTLER, law="record_complexity", extends=["decide"], dated_by="record",
                label=_("Record that the matter is complex"),
                conditions=[must.in_time, must.not_complex_yet, must.names_complexity])  # fmt: skip
    def record_complexity(self, *, reasons: Public[list[ComplexityCase]], record: papers.Complexity) -> None:
        """Record in the file which of the seven cases makes the matter complex; the longer time applies."""
        self.complexity = list(reasons)

    @transition(WORKING, SAME, by=SETTLER, law="order_measure", dated_by="decision", label=_("Order an urgent measure"),
                conditions=[must.no_measure_yet])  # fmt: skip
    def order_measure(self, *, facts: str, decision: papers.Measure) -> None:
        """Suspend the execution of the decision complained about, where it would do damage hard to repair."""
        self.urgent = True

    # dialogue ----------------------------------------------------------------------------------------------------

    @transition(VERIFIED, DIALOGUE, by=SETTLER, law="call_dialogue", dated_by="notice", law_of_day=True,
                label=_("Call the dialogue"), conditions=[must.noticed_in_time])  # fmt: skip
    def call_dialogue(self, *, held_on: date, notice: papers.Invitation) -> None:
        """Invite the parties, in writing and early enough."""
        self.dialogue_on = held_on

    @transition(DIALOGUE, VERIFIED, by=SETTLER, law="hold_dialogue", dated_by="minutes", law_of_day=True,
                label=_("Record the dialogue"),
                conditions=[must.on_its_day, must.contents_of("hold_dialogue")])  # fmt: skip
    def hold_dialogue(self, *, absent: Absent, contents: Contents, minutes: papers.Minutes) -> None:
        """Put the minutes on file; who stays away without a sound reason does not stop the settlement."""
        self.dialogues += absent != "with_reason"

    # suspension, termination, withdrawal -------------------------------------------------------------------------

    @transition(WORKING, SUSPENDED, by=SETTLER, law="suspend", pauses=["decide"], starts=["orders"], dated_by="decision",
                law_of_day=True, grounds=True, label=_("Suspend the settlement"),
                conditions=[must.known_to_law, must.in_time, must.ground_of("suspend"), must.contents_of("suspend")])  # fmt: skip
    def suspend(self, *, ground: Public[str], contents: Contents, decision: papers.Suspension) -> None:
        """Suspend the settlement; the time does not count."""

    @transition(SUSPENDED, None, by=SETTLER, law="resume", resumes=["decide"], starts=["orders"], dated_by="decision",
                law_of_day=True, label=_("Continue the settlement"), target_of=lambda case: case.suspended_from, targets=WORKING,
                conditions=[must.contents_of("resume")])  # fmt: skip
    def resume(self, *, contents: Contents, decision: papers.Continuation) -> None:
        """Go on when the reason is gone; the time runs on from the day of this decision."""

    @transition(OPEN, TERMINATED, by=SETTLER, law="terminate", stops=["accept", "decide", "evidence"], starts=["orders"],
                dated_by="decision", law_of_day=True, grounds=True, link=consequences.ENDED, label=_("Terminate the settlement"),
                conditions=[must.known_to_law, must.ground_of("terminate"), must.facts_given])  # fmt: skip
    def terminate(self, *, ground: Public[str], facts: str, decision: papers.Termination) -> None:
        """End a complaint that nobody carries on."""

    @transition(OPEN, TERMINATED, by=COMPLAINANT, law="withdraw", stops=["accept", "decide", "evidence"],
                starts=["termination"], dated_by="record", law_of_day=True, link=consequences.ENDED,
                label=_("Withdraw the whole complaint"))  # fmt: skip
    def withdraw(self, *, statement: str, record: papers.Withdrawal | None = None) -> None:
        """Withdraw everything; recorded at once, the decision of termination follows."""

    @transition(TERMINATED, SAME, by=SETTLER, law="issue_termination", stops=["termination"], starts=["orders"],
                dated_by="decision", law_of_day=True, label=_("Terminate after the withdrawal"),
                conditions=[must.owed("termination")])  # fmt: skip
    def issue_termination(self, *, decision: papers.Termination) -> None:
        """Issue the decision of termination that a whole withdrawal asks for."""

    @transition(OPEN, SAME, by=COMPLAINANT, law="withdraw_part", dated_by="record", law_of_day=True, label=_("Withdraw part of the complaint"),
                conditions=[must.has_several, must.some_but_not_all])  # fmt: skip
    def withdraw_part(
        self, *, numbers: Public[list[int]], statement: str = "", record: papers.Withdrawal | None = None
    ) -> None:
        """Withdraw some demands; the rest goes on and the clock is unchanged."""
        self.demands = [{**one, "open": one["open"] and n not in numbers} for n, one in enumerate(self.demands, 1)]

    @transition(PAPERS_OWED, SAME, by=CLERK, law="send_order", stops=["orders"], dated_by="record",
                law_of_day=True, label=_("Send the suspension, continuation or termination"),
                conditions=[must.owed("orders"), must.delivery_recorded])  # fmt: skip
    def send_order(self, *, delivery: Delivery, proof: str, record: papers.Record | None = None) -> None:
        """Send the order to those it concerns."""

    # after -------------------------------------------------------------------------------------------------------

    @transition(DECIDED, SENT, by=CLERK, law="send", stops=["send"], dated_by="record", label=_("Send the decision"),
                conditions=[must.delivery_recorded, must.everybody_told("decision")])  # fmt: skip
    def send(self, *, delivery: Delivery, proof: str, recipients: Public[list[Recipient]],
             record: papers.Record | None = None) -> None:  # fmt: skip
        """Send the decision to the complainant, and its copies to everybody the law names."""

    @transition((DECIDED, *TOLD), SAME, by=SETTLER, law="answer_front", stops=["answer_front"], dated_by="letter",
                label=_("Answer the Fatherland Front"), conditions=[must.owed("answer_front")])  # fmt: skip
    def answer_front(self, *, letter: papers.Letter) -> None:
        """Tell the Fatherland Front, which forwarded the complaint, what was decided."""

    @transition((*OPEN, *ENDED, SUPERSEDED, CLOSED), SAME, by=(COMPLAINANT, CLERK), law="note_lawsuit", label=_("Note a lawsuit"),
                conditions=[must.not_sued_yet, must.day_has_come])  # fmt: skip
    def note_lawsuit(self, *, sued_on: date, court: str) -> None:
        """Note that the complainant has sued before the administrative court."""
        self.sued_on = sued_on

    @transition(SENT, IN_FORCE, by=OFFICER, law="take_effect", label=_("Record that the decision is in force"),
                conditions=[must.effect_reached, must.not_appealed])  # fmt: skip
    def take_effect(self) -> None:
        """Record that the decision has taken legal effect."""

    @transition((NOT_ACCEPTED, SENT, IN_FORCE, TERMINATED, SUPERSEDED), CLOSED, by=OFFICER, law="close", label=_("Close the file"),
                conditions=[must.nothing_owed, must.in_force_or_appealed])  # fmt: skip
    def close(self) -> None:
        """Close the file for the archive."""

    # what the acts remember --------------------------------------------------------------------------------------

    def remember(self, transition: str, source: str, at: datetime) -> None:
        """Note where a suspension took the case from, whether it came late, and when a decision takes effect."""
        on = legal_day(at)
        if transition == "lodge":
            self.known_on = self.known_on or petition.known_on(self, on)
            self.late = petition.is_late(self, on)
        if self.state == SUSPENDED and source != SUSPENDED:
            self.suspended_from = source
        if transition == "decide":
            self.decided_on = on
            self.in_force_on = legal_effect(self.law.periods[self.variant("effect")].n, on)
        if transition == "publish":
            self.published_on = on

    def clock_data(self, transition: str, at: datetime, calendar: Calendar) -> dict[str, Any]:
        """Return which row of the law a period takes here, what need not be sent, and from when a limit runs."""
        if transition == "record_complexity":
            usual, longer = (
                self.law.periods[key].n for key in (self.variant("decide", usual=True), self.variant("decide"))
            )
            return {"days": longer - usual}
        keys = {key: self.variant(key) for key in ("decide", "appeal")}
        spared = [] if self.sender.get("kind") == "front" else ["answer_front"]
        spared += [] if petition.orders_known(self, legal_day(at)) else ["orders"]
        if transition == "record_receipt" and settlers.second(self.agency, legal_day(at)).court_alone:
            spared.append("appeal")
        anchors = dict.fromkeys(("appeal", "lawsuit"), self.received_on) if transition == "record_receipt" else {}
        return {"periods": keys, "spared": spared, "anchors": anchors}

    def variant(self, key: str, *, usual: bool = False) -> str:
        """Return the row of the law that a period takes here: remote area, complex matter, both, or neither.

        usual: as if the matter were not complex
        """
        remote = "_remote" if self.remote else ""
        wanted = f"{key}{remote}_complex" if self.complexity and not usual else ""
        return next((one for one in (wanted, key + remote) if one in self.law.periods), key)

    def row_of(self, period: str) -> str:
        """Return the row of the law that a period takes here."""
        return self.variant(period)

    def is_own_act(self, user_id: int | None) -> bool:
        """Return whether this person did what is complained about, or settled or verified it before (A19)."""
        return user_id is not None and user_id in self.interested

    @property
    def open_demands(self) -> list[int]:
        """Return the numbers of the demands that are not withdrawn, from 1."""
        return [number for number, demand in enumerate(self.demands, 1) if demand.get("open", True)]

    @property
    def is_open(self) -> bool:
        """Return whether it still waits for its settlement."""
        return self.state in OPEN

    @property
    def upheld(self) -> bool:
        """Return whether the decision changes what was complained about."""
        return bool(self.outcome) and law.OUTCOMES[self.outcome][1]
