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
    """Return the rows of tasks, each with the last day of what it ends, or else of what its case has to do first."""
    found = list(tasks)
    listed = _Listed([task.process.officework.case for task in found], today)
    return [
        Row(
            case,
            listed.subject(case),
            listed.clocked(case, _ends(task, case)),
            task,
            task.owner_id == user.pk,
            _rests(task, case),
        )
        for task in found
        for case in [listed.cases[task.process.officework.case_id]]
    ]


def _ends(task: Any, case: Case) -> set[str]:
    """Return the periods that the acts of a task end."""
    rules = registry.get(case.procedure_name).rules
    return {period for act in task.flow_task.acts if act in rules for period in rules[act].stops}


def _rests(task: Any, case: Case) -> str:
    flow = task.flow_task.flow_class
    return next(
        (case.law.fill(b.rests[case.state]) for b in office.bureaus() if b.flow is flow and case.state in b.rests), ""
    )


def case_rows(cases: Iterable[Case], today: date) -> list[Row]:
    """Return the rows of cases, in their order."""
    wanted = list(cases)
    listed = _Listed(wanted, today)
    return [Row(own, listed.subject(own), listed.clocked(own)) for case in wanted for own in [listed.cases[case.pk]]]


class _Listed:
    """Cases with the office's clocks on them, read at once."""

    def __init__(self, cases: list[Case], today: date) -> None:
        self.today = today
        self.cases: dict[int, Case] = {}
        for name in {case.procedure_name for case in cases}:
            ids = {case.pk for case in cases if case.procedure_name == name}
            self.cases |= registry.get(name).model._default_manager.select_related("agency").in_bulk(ids)
        self.clocks: dict[int, list[Deadline]] = {}
        open_ones = _office_deadlines("running", "paused").filter(case_id__in=self.cases)
        for one in open_ones.order_by(F("due_on").asc(nulls_last=True)):
            self.clocks.setdefault(one.case_id, []).append(one)
        newest = CalendarVersion.objects.order_by("-pk").values_list("pk", flat=True)
        self.calendar: Calendar = store.calendar(newest.first() or 0 if self.clocks else 0)

    def subject(self, case: Case) -> str:
        """Return what a case is about."""
        return face(case.procedure_name).subject(case)

    def clocked(self, case: Case, wanted: set[str] | None = None) -> Clocked | None:
        """Return the clock of a case that is due first, among those wanted if any of them is open."""
        clocks = self.clocks.get(case.pk, [])
        one = next((one for one in clocks if one.rule in (wanted or ())), next(iter(clocks), None))
        if one is None:
            return None
        label = str(registry.get(case.procedure_name).version(one.law_version).periods[one.rule].label or one.rule)
        if one.due_on is None:
            return Clocked(None, label, _("the time is not running"), "done")
        return Clocked(one.due_on, label, *presentation.time_left(one.due_on, self.today, one.unit, self.calendar))


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
