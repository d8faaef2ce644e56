"""Rows of the office's lists, each list in a constant number of statements: what waits, for whom, until when."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db.models import Exists, F, Min, OuterRef, Q, QuerySet, Subquery
from django.utils.translation import gettext as _
from viewflow.workflow.models import Task

from workflow import office, permissions, presentation, registry, store
from workflow.calendar import Calendar
from workflow.faces import face
from workflow.models import CalendarVersion, Case, Deadline, User
from workflow.nodes import PLACE
from workflow.store import Post

MOST = 200
"""Most tasks shown at once; those due first come first."""


@dataclass(frozen=True)
class Clocked:
    """A running or resting deadline of the office, as a list shows it."""

    on: date | None
    label: str
    left: str
    tone: str

    @property
    def day(self) -> str:
        """Return the last day with its weekday."""
        return presentation.day(self.on)


@dataclass(frozen=True)
class Row:
    """One case in a list, and the task it is listed for."""

    case: Case
    subject: str
    due: Clocked | None
    task: Any = None
    mine: bool = False
    rests: str = ""


def waiting(posts: Iterable[Post]) -> QuerySet[Any]:
    """Return the open tasks that a person with these powers may do, taken or not, due first first."""
    held = list(posts)
    wanted = Q(pk__in=())
    for agency in {post.agency_id for post in held}:
        nodes = [
            node
            for bureau in office.bureaus()
            for node in office.desks(bureau.flow)
            if permissions.works_at(held, node.roles, agency)
        ]
        if nodes:
            wanted |= Q(owner_permission=PLACE % agency, flow_task__in=nodes)
    due = _office_deadlines().filter(case_id=OuterRef("process__officework__case_id")).order_by()
    first = due.values("case_id").annotate(first=Min("due_on")).values("first")
    tasks = Task.objects.filter(wanted, status__in=office.OPEN, flow_task_type="HUMAN")
    with_case = tasks.select_related("owner", "process__officework__case")
    ordered: QuerySet[Any] = with_case.annotate(due=Subquery(first)).order_by(F("due").asc(nulls_last=True), "pk")
    return ordered


def task_rows(tasks: Iterable[Any], user: User, today: date) -> list[Row]:
    """Return the rows of tasks."""
    found = list(tasks)
    rows = {row.case.pk: row for row in case_rows([task.process.officework.case for task in found], today)}
    return [
        Row(row.case, row.subject, row.due, task, task.owner_id == user.pk, _rests(task, row.case))
        for task in found
        for row in [rows[task.process.officework.case_id]]
    ]


def _rests(task: Any, case: Case) -> str:
    flow = task.flow_task.flow_class
    return next(
        (case.law.fill(b.rests[case.state]) for b in office.bureaus() if b.flow is flow and case.state in b.rests), ""
    )


def case_rows(cases: Iterable[Case], today: date) -> list[Row]:
    """Return the rows of cases, in their order."""
    wanted = list(cases)
    own: dict[int, Case] = {}
    for name in {case.procedure_name for case in wanted}:
        ids = {case.pk for case in wanted if case.procedure_name == name}
        own |= registry.get(name).model._default_manager.select_related("agency").in_bulk(ids)
    clocks: dict[int, Deadline] = {}
    for one in (
        _office_deadlines("running", "paused").filter(case_id__in=own).order_by(F("due_on").desc(nulls_first=True))
    ):
        clocks[one.case_id] = one  # the one that is due first comes last
    edition = CalendarVersion.objects.order_by("-pk").values_list("pk", flat=True).first() or 0 if clocks else 0
    calendar = store.calendar(edition)
    return [
        Row(own[case.pk], face(case.procedure_name).subject(own[case.pk]), _clocked(case, clocks, today, calendar))
        for case in wanted
    ]


def _clocked(case: Case, clocks: dict[int, Deadline], today: date, calendar: Calendar) -> Clocked | None:
    one = clocks.get(case.pk)
    if one is None:
        return None
    label = str(registry.get(case.procedure_name).version(one.law_version).periods[one.rule].label or one.rule)
    if one.due_on is None:
        return Clocked(None, label, _("the time is not running"), "done")
    return Clocked(one.due_on, label, *presentation.time_left(one.due_on, today, one.unit, calendar))


def _office_deadlines(*states: str) -> QuerySet[Deadline]:
    rules = {rule for procedure in registry.procedures().values() for rule in procedure.office_periods}
    return Deadline.objects.filter(rule__in=rules, state__in=states or ("running",))


def without_task(cases: QuerySet[Case]) -> QuerySet[Case]:
    """Return the cases on which a period of the office runs but no task is open, due first first.

    An act may be owed where no step of a flow leads to it, such as the decision after a withdrawal.
    """
    running = _office_deadlines().filter(case_id=OuterRef("pk")).order_by("due_on")
    tasks = Task.objects.filter(
        process__officework__case_id=OuterRef("pk"), status__in=office.OPEN, flow_task_type="HUMAN"
    )
    owed = cases.filter(Exists(running), ~Exists(tasks))
    return owed.annotate(due=Subquery(running.values("due_on")[:1])).order_by("due", "pk")


def late(cases: QuerySet[Case], today: date) -> QuerySet[Case]:
    """Return the cases of which a running period of the office has passed."""
    passed = _office_deadlines().filter(case_id=OuterRef("pk"), due_on__lt=today)
    return cases.filter(Exists(passed))
