"""The office's work on a request for explanation: who must do what now.

Derived from the legal state and never the truth: `TASKS` says for each state which tasks may be open, and
`workflow.office` keeps it so. Steps follow NĐ59 Đ.11 (checking) and Đ.12 k.2 (collecting, consulting, drafting,
issuing).
"""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext_lazy as _
from viewflow import this
from viewflow.workflow import flow, nodes

from procedures.explanation import office_forms as forms
from procedures.explanation.models import ACCEPTED, EXPLAINED_WRITTEN, RECEIVED, SUSPENDED
from procedures.roles import CLERK, EXPLAINER, HEAD, OFFICER, RECEIVER
from workflow.ledger import chain
from workflow.models import Case, OfficeWork, User
from workflow.nodes import Desk
from workflow.office import begin, case_lock

PREPARING = {"assign", "consult", "draft", "sign"}
DECIDING = ("accept", "refuse", "redirect", "provide_copy", "request_supplement", "explain_directly")


class EachDepartment(nodes.SplitActivation):
    """Opens one consultation for each department chosen, side by side, and the way to the join for none."""

    @nodes.SplitActivation.status.super()
    def activate(self) -> None:
        """List what is to be opened next."""
        split = self.flow_task
        self.next_tasks = [(split.each, one) for one in self.process.data.get("departments", [])]
        self.next_tasks.append((split.then, None))


class SplitByDepartment(flow.Split):
    """A parallel split into as many branches as departments were chosen."""

    activation_class = EachDepartment

    @property
    def each(self) -> Any:
        """Return the task that is opened for each department."""
        return self._branches[0][0]

    @property
    def then(self) -> Any:
        """Return the join."""
        return self._branches[1][0]


class IntakeFlow(flow.Flow):
    """Checking a request

    Receive it, see whether it is complete and within competence, and decide on it.
    """

    process_class = OfficeWork
    lock_impl = case_lock
    process_title = _("Checking a request")
    TASKS = {RECEIVED: {"check"}}

    start = flow.StartHandle(begin).Next(this.check)
    check = (
        Desk(by=(RECEIVER, EXPLAINER), acts=DECIDING, usual=("accept", "request_supplement"))
        .Annotation(title=_("Check and decide"))
        .Next(this.end)
    )
    end = flow.End()


class PreparationFlow(flow.Flow):
    """Preparing the explanation

    Assign, consult departments side by side, draft, sign and number, send.
    """

    process_class = OfficeWork
    lock_impl = case_lock
    process_title = _("Preparing the explanation")
    TASKS = {ACCEPTED: PREPARING, SUSPENDED: PREPARING, EXPLAINED_WRITTEN: {"send"}}
    BEGIN = {EXPLAINED_WRITTEN: "begin_sending"}
    RESTS = {SUSPENDED: _("The case is suspended; this waits until it goes on (%(law_suspend)s).")}

    start = flow.StartHandle(begin).Next(this.assign)
    begin_sending = flow.StartHandle(begin).Next(this.send)

    assign = (
        Desk(by=(EXPLAINER,), form=forms.Assign, done=this.assigned)
        .Annotation(title=_("Assign a case officer"))
        .Next(this.split)
    )
    split = SplitByDepartment().Next(this.consult).Always(this.join)
    consult = (
        Desk(by=(OFFICER, HEAD), form=forms.Opinion, done=this.answered, at=this.department)
        .Annotation(title=_("Give an opinion"))
        .Next(this.join)
    )
    join = flow.Join().Next(this.draft)
    draft = (
        Desk(by=(OFFICER, EXPLAINER), form=forms.Draft, done=this.drafted)
        .Assign(this.handler)
        .Annotation(title=_("Draft the explanation"))
        .Next(this.sign)
    )
    sign = Desk(by=(EXPLAINER,), acts=("sign",)).Annotation(title=_("Sign and number")).Next(this.send)
    send = Desk(by=(CLERK,), acts=("send",)).Annotation(title=_("Send")).Next(this.end)
    end = flow.End()

    def department(self, activation: Any) -> int:
        """Return the agency that is consulted; the consultation lies there."""
        return int(activation.task.data["agency"])

    def handler(self, activation: Any) -> User | None:
        """Return who handles the case by now, so that the draft is on their desk at once."""
        handled = Case.objects.filter(pk=activation.process.case.pk).values("handler")
        return User.objects.filter(pk__in=handled, is_active=True).first()

    def assigned(self, activation: Any, cleaned: dict[str, Any], user: User) -> None:
        """Name the case officer on the case and note which departments are asked what."""
        case: Case = activation.process.case
        handler: User = cleaned["handler"]
        activation.process.data = {
            "handler": handler.pk,
            "departments": [
                {"agency": one.pk, "name": one.name, "asked": cleaned["asked"]} for one in cleaned["departments"]
            ],
        }
        Case.objects.filter(pk=case.pk).update(handler=handler)
        agency = case.agency
        chain.append(
            f"agency:{agency.slug}", "assigned", actor=user, agency_id=agency.pk, case=case.code, handler=handler.pk
        )

    def answered(self, activation: Any, cleaned: dict[str, Any], user: User) -> None:
        """Keep a department's opinion with its task."""
        activation.task.data = {**activation.task.data, "opinion": cleaned["opinion"], "by": user.full_name}

    def drafted(self, activation: Any, cleaned: dict[str, Any], user: User) -> None:
        """Keep the draft for whoever signs."""
        activation.process.data = {**activation.process.data, "draft": {**cleaned, "by": user.full_name}}
