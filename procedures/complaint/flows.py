"""The office's work on a complaint: who must do what now. Derived from the legal state, never the truth.

The same flows follow both instances.
"""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext_lazy as _
from viewflow import this
from viewflow.workflow import flow

from procedures.complaint.states import (
    ACCEPTED,
    DECIDED,
    DEFICIENT,
    DIALOGUE,
    IN_FORCE,
    LODGED,
    NOT_ACCEPTED,
    SENT,
    SUPERSEDED,
    SUSPENDED,
    TERMINATED,
    VERIFIED,
    VERIFYING,
    WORKING,
)
from procedures.roles import CLERK, OFFICER, RECEIVER, SETTLER, VERIFIER
from workflow.models import Deadline, OfficeWork
from workflow.nodes import Desk
from workflow.office import begin, case_lock

AFTER_THE_NOTICE = (
    ACCEPTED, NOT_ACCEPTED, VERIFYING, VERIFIED, DIALOGUE, SUSPENDED, DECIDED, SENT, IN_FORCE, TERMINATED, SUPERSEDED,
)  # fmt: skip
GOING_ON = (*WORKING, DECIDED, SENT, IN_FORCE)
"""States in which a decision of continuation may still have to be sent."""


def owes(rule: str) -> Any:
    """Return the question whether a case owes something within a period."""

    def is_owed(activation: Any) -> bool:
        running = Deadline.objects.filter(case_id=activation.process.case_id, rule=rule, state=Deadline.State.RUNNING)
        return bool(running.exists())

    return is_owed


def _sends(title: Any) -> Any:
    """Return the clerk's task to send an order."""
    return Desk(by=(CLERK,), acts=("send_order",)).Annotation(title=title)


class AcceptanceFlow(flow.Flow):
    """Accepting a complaint

    Look at it, have it completed, accept it or not. LKN Đ.27, Đ.36.
    """

    process_class = OfficeWork
    lock_impl = case_lock
    process_title = _("Accepting a complaint")
    TASKS = {LODGED: {"look"}, DEFICIENT: {"look"}}

    start = flow.StartHandle(begin).Next(this.look)
    look = (
        Desk(by=(RECEIVER, SETTLER), acts=("accept", "not_accept"), usual=("accept", "request_supplement"))
        .Annotation(title=_("Look at the complaint and decide on its acceptance"))
        .Next(this.end)
    )
    end = flow.End()


class SettlementFlow(flow.Flow):
    """Settling a complaint

    Assign the verification, report, hold the dialogue, decide, send. LKN Đ.29 to Đ.32, Đ.38 to Đ.41.
    """

    process_class = OfficeWork
    lock_impl = case_lock
    process_title = _("Settling a complaint")
    TASKS = {
        ACCEPTED: {"assign"}, VERIFYING: {"report"}, VERIFIED: {"decide"}, DIALOGUE: {"dialogue"}, DECIDED: {"send"},
    }  # fmt: skip
    BEGIN = {VERIFYING: "begin_report", VERIFIED: "begin_decide", DIALOGUE: "begin_dialogue", DECIDED: "begin_send"}

    start = flow.StartHandle(begin).Next(this.assign)
    begin_report = flow.StartHandle(begin).Next(this.report)
    begin_decide = flow.StartHandle(begin).Next(this.decide)
    begin_dialogue = flow.StartHandle(begin).Next(this.dialogue)
    begin_send = flow.StartHandle(begin).Next(this.send)

    assign = Desk(by=(SETTLER,), acts=("verify",)).Annotation(title=_("Assign the verification")).Next(this.report)
    report = Desk(by=(VERIFIER,), acts=("report",)).Annotation(title=_("Verify and report")).Next(this.decide)
    decide = (
        Desk(by=(SETTLER,), acts=("decide",), usual=("decide", "call_dialogue"))
        .Annotation(title=_("Call the dialogue, or decide"))
        .Next(this.send)
    )
    dialogue = Desk(by=(SETTLER,), acts=("hold_dialogue",)).Annotation(title=_("Hold the dialogue")).Next(this.decide)
    send = Desk(by=(CLERK,), acts=("send",)).Annotation(title=_("Send the decision and its copies")).Next(this.end)
    end = flow.End()


class CopiesFlow(flow.Flow):
    """Copies of the notice

    To the inspectorate of the configured level and to the body that forwarded the complaint. LKN Đ.27, Đ.36.
    """

    process_class = OfficeWork
    lock_impl = case_lock
    process_title = _("Copies of the notice")
    TASKS = dict.fromkeys(AFTER_THE_NOTICE, {"copies"})

    start = flow.StartHandle(begin).Next(this.copies)
    copies = (
        Desk(by=(CLERK,), acts=("send_notice_copies",))
        .Annotation(title=_("Send the copies of the notice"))
        .Next(this.end)
    )
    end = flow.End()


class OrdersFlow(flow.Flow):
    """Sending an order

    A suspension, a continuation or a termination goes out within three working days; after a withdrawal the decision
    of termination is issued first. LKN Đ.10; NĐ155 Đ.12.
    """

    process_class = OfficeWork
    lock_impl = case_lock
    process_title = _("Sending an order")
    TASKS = {
        SUSPENDED: {"suspension"}, TERMINATED: {"issue", "termination"}, **dict.fromkeys(GOING_ON, {"continuation"}),
    }  # fmt: skip
    BEGIN = {SUSPENDED: "begin_suspension", **dict.fromkeys(GOING_ON, "begin_continuation")}

    start = flow.StartHandle(begin).Next(this.withdrawn)
    begin_suspension = flow.StartHandle(begin).Next(this.suspension)
    begin_continuation = flow.StartHandle(begin).Next(this.resumed)

    withdrawn = flow.If(owes("termination")).Then(this.issue).Else(this.ordered)
    ordered = flow.If(owes("orders")).Then(this.termination).Else(this.end)
    resumed = flow.If(owes("orders")).Then(this.continuation).Else(this.end)
    issue = (
        Desk(by=(SETTLER,), acts=("issue_termination",))
        .Annotation(title=_("Issue the decision of termination"))
        .Next(this.ordered)
    )
    suspension = _sends(_("Send the decision of suspension")).Next(this.end)
    continuation = _sends(_("Send the decision of continuation")).Next(this.end)
    termination = _sends(_("Send the decision of termination")).Next(this.end)
    end = flow.End()


class AnswerFlow(flow.Flow):
    """Answering the Fatherland Front

    Within seven days, if it forwarded the complaint. LKN Đ.66 k.2.
    """

    process_class = OfficeWork
    lock_impl = case_lock
    process_title = _("Answering the Fatherland Front")
    TASKS = dict.fromkeys((DECIDED, SENT, IN_FORCE), {"answer"})

    start = flow.StartHandle(begin).Next(this.asked)
    asked = flow.If(owes("answer_front")).Then(this.answer).Else(this.end)
    answer = (
        Desk(by=(SETTLER,), acts=("answer_front",)).Annotation(title=_("Answer the Fatherland Front")).Next(this.end)
    )
    end = flow.End()


class PublicationFlow(flow.Flow):
    """Publishing a decision

    The second decision is published within fifteen days. LKN Đ.41 k.2.
    """

    process_class = OfficeWork
    lock_impl = case_lock
    process_title = _("Publishing a decision")
    TASKS = dict.fromkeys((DECIDED, SENT, IN_FORCE), {"publish"})

    start = flow.StartHandle(begin).Next(this.publish)
    publish = Desk(by=(OFFICER, CLERK), acts=("publish",)).Annotation(title=_("Publish the decision")).Next(this.end)
    end = flow.End()


BOTH = (AcceptanceFlow, SettlementFlow, CopiesFlow, OrdersFlow, AnswerFlow)
SECOND_ONLY = (PublicationFlow,)
