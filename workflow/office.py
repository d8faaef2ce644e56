"""The office level follows the legal level.

A flow says for each legal state it lives in which tasks may be open (`TASKS`). Entering a state opens the flow where
that state has it begin, leaving the flow's states cancels it, and a state that does not allow what is open replaces
it: after every act, open tasks are those the state allows. The case is locked by its base row, the same lock
`fire()` takes, so a task's completion and an act from outside never deadlock.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import Any

from django.utils.functional import Promise
from django.utils.text import format_lazy
from django.utils.timezone import now
from django.utils.translation import gettext_lazy as _
from viewflow.workflow.models import Process, Task
from viewflow.workflow.status import PROCESS, STATUS

from workflow import clock, errors, linked, permissions, registry
from workflow.actors import Actor
from workflow.models import Case, OfficeWork
from workflow.nodes import place_of

OPEN = (STATUS.NEW, STATUS.ASSIGNED)
"""Statuses of a person's task that waits to be done; STARTED lasts only within one transaction."""

_held: ContextVar[int | None] = ContextVar("held", default=None)


class TaskRefused(errors.WorkflowError):
    """This person cannot do this task now; nothing has changed."""

    message = _("%(why)s")


@dataclass(frozen=True)
class Bureau:
    """A flow, the tasks each legal state allows it, and where it begins.

    tasks: legal state to the names of the tasks that may be open in it
    begin: legal state to the node that starts the flow there; "start" where nothing is said
    rests: states in which tasks stay and cannot be done, each with the sentence that says so
    """

    procedure: str
    flow: Any
    tasks: Mapping[str, frozenset[str]]
    begin: Mapping[str, str] = field(default_factory=dict)
    rests: Mapping[str, str | Promise] = field(default_factory=dict)


_bureaus: list[Bureau] = []


def register(procedure: str, flow: Any) -> None:
    """Let a flow follow a procedure's cases; the flow class declares TASKS, and BEGIN and RESTS where it has any.

    Raises DeclarationError if TASKS names a task or a state that does not exist.
    """
    names, states = {node.name for node in desks(flow)}, registry.get(procedure).states
    for state, wanted in flow.TASKS.items():
        for name in set(wanted) - names:
            raise errors.DeclarationError(why=f"{flow.__name__}: TASKS names “{name}”, which is no task of a person.")
        if state not in states:
            raise errors.DeclarationError(why=f"{flow.__name__}: TASKS names the undeclared state “{state}”.")
    if not any((bureau.procedure, bureau.flow) == (procedure, flow) for bureau in _bureaus):
        tasks = {state: frozenset(names) for state, names in flow.TASKS.items()}
        _bureaus.append(Bureau(procedure, flow, tasks, getattr(flow, "BEGIN", {}), getattr(flow, "RESTS", {})))


def bureaus(procedure: str = "") -> list[Bureau]:
    """Return the flows of a procedure, or of all."""
    return [bureau for bureau in _bureaus if procedure in ("", bureau.procedure)]


def allowed_tasks(procedure: str, state: str) -> frozenset[str]:
    """Return the names of the tasks that may be open while a case is in a state."""
    return frozenset[str]().union(*(bureau.tasks.get(state, ()) for bureau in bureaus(procedure)))


# the lock ------------------------------------------------------------------------------------------------------


@contextmanager
def hold(case_id: int, others: Iterable[int] = ()) -> Iterator[None]:
    """Hold a case's base row against every other act, inside one unit of writing; with it those its act reaches.

    Whoever writes something beside an act (a document, a task) holds the case first: then nothing is written for an
    act that comes too late.
    """
    from workflow import engine

    with engine.unit():
        linked.lock([case_id, *others])
        with _holding(case_id):
            yield


@contextmanager
def _holding(case_id: int) -> Iterator[None]:
    token = _held.set(case_id)
    try:
        yield
    finally:
        _held.reset(token)


class CaseLock:
    """viewflow's lock: the base row of the case a process works on."""

    @contextmanager
    def __call__(self, flow_class: Any, process_pk: int) -> Iterator[None]:
        """Hold the case of a process, unless this thread holds a case already."""
        if _held.get() is not None:
            yield
            return
        case_id = OfficeWork.objects.values_list("case_id", flat=True).get(pk=process_pk)
        with hold(case_id):
            yield


case_lock = CaseLock()


# following -----------------------------------------------------------------------------------------------------


def follow(case: Case, *, source: str | None, within: Any, actor: Actor) -> None:
    """Let the open tasks be those that the state allows which the case has just entered.

    within: the activation that carries the act; its own flow goes on by itself, because viewflow forbids a task to
        cancel the flow it is part of
    """
    own = within.process.flow_class if within is not None else None
    for bureau in bureaus(case.procedure_name):
        before, after = bureau.tasks.get(source or ""), bureau.tasks.get(case.state)
        if bureau.flow is own or before == after:
            continue
        with _holding(case.pk):
            if before:
                cancel(case, bureau.flow)
            if after:
                getattr(bureau.flow, bureau.begin.get(case.state, "start")).run(case=case)


def concerned(procedure: str, source: str | None, target: str) -> bool:
    """Return whether open tasks change with an act from one state to another."""
    return any(bureau.tasks.get(source or "") != bureau.tasks.get(target) for bureau in bureaus(procedure))


def cancel(case: Case, flow: Any) -> None:
    """Cancel what is open of a flow on a case: viewflow's `Flow.cancel`, in two statements instead of one per row."""
    running = OfficeWork.objects.filter(case_id=case.pk, flow_class=flow, finished__isnull=True).values("pk")
    at = now()
    Task.objects.filter(process__in=running, finished__isnull=True).update(status=STATUS.CANCELED, finished=at)
    Process.objects.filter(pk__in=running).update(status=PROCESS.CANCELED, finished=at)


def begin(activation: Any, case: Case) -> Any:
    """Start a flow for a case; the function behind every flow's start."""
    activation.process.case = case
    return activation.process


# tasks ---------------------------------------------------------------------------------------------------------


def open_tasks(case: Case) -> list[Any]:
    """Return the tasks of persons that wait on a case, oldest first."""
    waiting = Task.objects.filter(process__officework__case_id=case.pk, status__in=OPEN, flow_task_type="HUMAN")
    return list(waiting.select_related("owner", "process__officework__case").order_by("pk"))


def why_not(task: Any, case: Case, user: Any, posts: list[Any] | None = None) -> str | Promise | None:
    """Return why a person may not do a task now, or None if they may."""
    if task.status not in OPEN:
        return _("This task is closed already: it was done, or the case has moved on.")
    if not task.flow_task.may(user, task, posts):
        return _("This task is for another role or another agency.")
    for bureau in bureaus(case.procedure_name):
        if bureau.flow is task.flow_task.flow_class and case.state in bureau.rests:
            return case.law.fill(bureau.rests[case.state])
    if task.owner_id not in (None, user.pk):
        return format_lazy(_("{name} has taken this task."), name=task.owner.full_name)
    return None


def take(task: Any, user: Any) -> None:
    """Put a task on a person's own desk.

    Raises TaskRefused.
    """
    with _checked(task, user) as activation:
        if activation.task.owner_id is None:
            activation.assign(user)


def release(task: Any, user: Any) -> None:
    """Put a task back into the queue: one's own, or, as head of the place, that of somebody who cannot do it.

    Raises TaskRefused.
    """
    with task.activation() as activation:
        held = permissions.posts_of(user, clock.now())
        if activation.task.status != STATUS.ASSIGNED or not activation.flow_task.may(user, activation.task, held):
            raise TaskRefused(why=_("This task is on nobody's desk that is yours to clear."))
        if activation.task.owner_id != user.pk and not is_head(held, activation.task):
            raise TaskRefused(why=_("Only the head of the agency takes a task from another person's desk."))
        activation.unassign()


def hand_on(task: Any, user: Any) -> None:
    """Put a task that lies on somebody's desk on another person's, or, for None, back into the queue.

    For those who hand over what a person holds; whether the new owner may do the task is theirs to ask.
    """
    with task.activation() as activation:
        if activation.task.status == STATUS.ASSIGNED:
            activation.unassign()
        if user is not None and activation.task.status == STATUS.NEW:
            activation.assign(user)


def is_head(posts: list[Any], task: Any) -> bool:
    """Return whether one of these powers heads the agency where a task lies."""
    return any(post.role == permissions.HEAD and post.agency_id == place_of(task) for post in posts)


def complete(task: Any, user: Any, cleaned: dict[str, Any]) -> None:
    """Complete a task that carries no legal act, with what its form said.

    Raises TaskRefused.
    """
    with _checked(task, user) as activation:
        if activation.flow_task.acts:
            raise TaskRefused(why=_("This task is completed by its legal act."))
        _start(activation, user)
        if activation.flow_task.done:
            activation.flow_task.done(activation, cleaned, user)
            activation.process.save()
        activation.execute()


@contextmanager
def carrying(case: Case, act: str, user: Any) -> Iterator[Any]:
    """Hold the case and yield the activation of the open task that this act completes, or None if there is none.

    The task is completed when the block ends well; pass the activation to `engine.fire(…, within=…)`.
    """
    with hold(case.pk, linked.together(case, act)):
        fresh = Case.objects.get(pk=case.pk)
        task = carrier(fresh, act, user)
        if task is None:
            yield None
            return
        activation = task.flow_task.activation_class(task)
        _start(activation, user)
        yield activation
        activation.execute()


def carrier(case: Case, act: str, user: Any) -> Any:
    """Return the open task that this act of this person completes, or None."""
    if not any(act in node.acts for one in bureaus(case.procedure_name) for node in desks(one.flow)):
        return None
    found = [task for task in open_tasks(case) if act in task.flow_task.acts]
    return next((task for task in found if why_not(task, case, user) is None), None)


def desks(flow: Any) -> list[Any]:
    """Return the tasks of persons in a flow, as declared."""
    return [node for node in flow.instance.nodes() if node.task_type == "HUMAN"]


@contextmanager
def _checked(task: Any, user: Any) -> Iterator[Any]:
    """Hold the case of a task and yield its activation, if the person may do it now."""
    with task.activation() as activation:
        case = activation.process.case
        if why := why_not(activation.task, case, user):
            raise TaskRefused(why=why)
        with _holding(case.pk):
            yield activation


def _start(activation: Any, user: Any) -> None:
    if activation.task.owner_id is None:
        activation.assign(user)
    activation.start(None)
