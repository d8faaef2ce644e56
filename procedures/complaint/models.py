"""The first and the second complaint: their states, their law, and the acts that only one of them knows.

Each decorator line is a row of `docs/complaint-acts.md`; the acts of both are in `shared.py`.
"""

from __future__ import annotations

from datetime import date
from typing import Any

from django.utils.translation import gettext_lazy as _

from procedures.assumptions import ASSUMED
from procedures.complaint import conditions as must
from procedures.complaint import consequences, erased, law, papers, told, words
from procedures.complaint.particulars import (
    Conclusion,
    Contents,
    Outcome,
    Publication,
)
from procedures.complaint.shared import Complaint
from procedures.complaint.states import (
    CLOSED,
    DECIDED,
    DRAFT,
    NOT_ACCEPTED,
    OFFICE_CLOCKS,
    PAPERS,
    RECEIVED,
    STATES,
    SUPERSEDED,
    TELLS,
    TOLD,
    VERIFIED,
    WAITS,
    WORKING,
)
from procedures.roles import CLERK, COMPLAINANT, OFFICER, SETTLER
from workflow.registry import Procedure
from workflow.transitions import SAME, transition


def _procedure(name: str, prefix: str, label: Any, versions: Any, office: tuple[str, ...]) -> Procedure:
    return Procedure(
        name=name,
        prefix=prefix,
        label=label,
        states=STATES,
        versions=versions,
        opening="lodge",
        about="attacked",
        initial=DRAFT,
        ends=(CLOSED,),
        waits=WAITS,
        refusals=(NOT_ACCEPTED,),
        office_periods=office,
        paper_periods=PAPERS,
        assumptions=ASSUMED.listed(),
        law_of_a_case=ASSUMED.law_of_a_case,
        interested_barred=ASSUMED.interested_barred,
        counting=ASSUMED.counting(),
        closing_hour=ASSUMED.closing_hour,
        closures_move_dates=ASSUMED.local_closures_move_dates,
        retention_years=ASSUMED.retention_years,
        without_people=erased.without_people,
        keeps=erased.keeps,
        keeps_others=erased.keeps_attacked,
        stamped=lambda case: case.channel != "electronic",
        said=told.said,
        tells=TELLS,
        given=words.GIVEN,
        codes=words.CODES,
    )


class FirstComplaint(Complaint):
    """First complaint (khiếu nại lần đầu): to whoever made the decision or whose agency acted. LKN Đ.7 k.1."""

    instance = "first"
    procedure = _procedure(
        "complaint", "KN", _("First complaint"), (law.FIRST_BEFORE, law.FIRST_SINCE), OFFICE_CLOCKS
    )  # fmt: skip

    class Meta:
        verbose_name = _("first complaint")
        verbose_name_plural = _("first complaints")

    @transition(VERIFIED, DECIDED, by=SETTLER, law="decide", stops=["decide", "evidence"], starts=["send", "answer_front"],
                dated_by="decision", link=consequences.ENDED, label=_("Issue the first decision"),
                conditions=[must.dialogue_where_needed, must.contents_of("decide"), must.outcome_fits])  # fmt: skip
    def decide(
        self, *, outcome: Outcome, conclusion: Conclusion, contents: Contents, decision: papers.DecisionPaper
    ) -> None:
        """Settle the complaint by a decision; one's own act is heard by oneself here, and shown as such (A19)."""
        self.outcome, self.conclusion = outcome, conclusion

    @transition(TOLD, SAME, by=(CLERK, COMPLAINANT), law="record_receipt", starts=["appeal", "lawsuit"],
                label=_("Record the receipt of the decision"), conditions=[must.receipt_not_recorded, must.receipt_possible])  # fmt: skip
    def record_receipt(self, *, received_on: date) -> None:
        """Record the day on which the complainant received the decision; the limits for what comes next run from it."""
        self.received_on = received_on

    @transition((NOT_ACCEPTED, *TOLD, CLOSED), SAME, by=COMPLAINANT, law="appeal", stops=["appeal"], dated_by="record",
                label=_("Complain a second time"), conditions=[must.somebody_higher, must.not_appealed, must.was_answered])  # fmt: skip
    def appeal(self, *, record: papers.Record | None = None) -> None:
        """Record that a second complaint was lodged; it goes on as a case of its own."""
        self.appealed = True

    @transition((*RECEIVED, *WORKING), SUPERSEDED, by=COMPLAINANT, law="appeal", stops=["accept", "decide", "evidence"], dated_by="record",
                label=_("Complain a second time about silence"), conditions=[must.somebody_higher, must.silent])  # fmt: skip
    def appeal_silence(self, *, record: papers.Record | None = None) -> None:
        """Record that a second complaint was lodged because the first was not settled in time."""
        self.appealed = True


class SecondComplaint(Complaint):
    """Second complaint (khiếu nại lần hai): to the head of the direct superior. LKN Đ.7, Đ.33."""

    instance = "second"
    procedure = _procedure(
        "complaint_second", "KL", _("Second complaint"), (law.SECOND_BEFORE, law.SECOND_SINCE), (*OFFICE_CLOCKS, "publish")
    )  # fmt: skip

    class Meta:
        verbose_name = _("second complaint")
        verbose_name_plural = _("second complaints")

    @transition(
        WORKING, SAME, by=SETTLER, law="note_council", dated_by="decision", label=_("Note the advisory council")
    )
    def note_council(self, *, decision: papers.Council) -> None:
        """Note that an advisory council was set up for a complex matter."""
        self.council = True

    @transition(VERIFIED, DECIDED, by=SETTLER, law="decide", stops=["decide", "evidence"],
                starts=["send", "publish", "answer_front"], dated_by="decision", interested_barred=True,
                link=consequences.ENDED, label=_("Issue the second decision"),
                conditions=[must.dialogue_where_needed, must.contents_of("decide"), must.outcome_fits])  # fmt: skip
    def decide(
        self, *, outcome: Outcome, conclusion: Conclusion, contents: Contents, decision: papers.DecisionPaper
    ) -> None:
        """Settle the complaint for good by a decision; nobody decides here on what they did themselves (A19)."""
        self.outcome, self.conclusion = outcome, conclusion

    @transition((DECIDED, *TOLD), SAME, by=(OFFICER, CLERK), law="publish", stops=["publish"], dated_by="record",
                label=_("Publish the decision"), conditions=[must.owed("publish")])  # fmt: skip
    def publish(self, *, how: Publication, record: papers.Record) -> None:
        """Publish the decision at a meeting, by posting it, or in the media."""

    @transition(TOLD, SAME, by=(CLERK, COMPLAINANT), law="record_receipt", starts=["lawsuit"],
                label=_("Record the receipt of the decision"), conditions=[must.receipt_not_recorded, must.receipt_possible])  # fmt: skip
    def record_receipt(self, *, received_on: date) -> None:
        """Record the day on which the complainant received the decision; the year for a lawsuit runs from it."""
        self.received_on = received_on

    @transition((*RECEIVED, *WORKING), SUPERSEDED, by=(COMPLAINANT, CLERK), law="sue_silence",
                stops=["accept", "decide", "evidence"], label=_("Note a lawsuit about silence"),
                conditions=[must.silent, must.day_has_come])  # fmt: skip
    def sue_silence(self, *, sued_on: date, court: str) -> None:
        """Note that the complainant has sued because the second complaint was not settled in time."""
        self.sued_on = sued_on
