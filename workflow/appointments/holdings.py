"""Everything a person holds: powers, cases, tasks on their desk, letters that wait for their signature."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db.models import F, Q, QuerySet
from viewflow.workflow.models import Task
from viewflow.workflow.status import STATUS

from workflow import inbox, registry
from workflow.clock import legal_day
from workflow.models import Agency, Appointment, Case, Delegation, User
from workflow.nodes import place_of
from workflow.permissions import posts_of, under


@dataclass(frozen=True)
class Holdings:
    """What a person holds at some agencies, now or from a later day on.

    given, lent: delegations made and received
    letters: tasks that wait for a legal act of those who hold this person's offices; they follow the office
    elsewhere: how many powers, cases and tasks of the person lie at other agencies
    """

    person: User
    appointments: list[Appointment]
    given: list[Delegation]
    lent: list[Delegation]
    cases: list[Case]
    tasks: list[Any]
    letters: list[Any]
    elsewhere: int

    @property
    def agencies(self) -> list[Agency]:
        """Return the agencies at which something is held, each once, by their place in the tree."""
        held: list[Any] = [*self.appointments, *self.given, *self.lent, *self.cases]
        found: dict[int, Agency] = {one.agency_id: one.agency for one in held}
        found |= {task.process.officework.case.agency_id: task.process.officework.case.agency for task in self.tasks}
        return sorted(found.values(), key=lambda agency: agency.path)

    @property
    def empty(self) -> bool:
        """Return whether there is nothing to hand over."""
        return not (self.appointments or self.given or self.lent or self.cases or self.tasks)


def of(person: User, paths: Iterable[str], at: datetime) -> Holdings:
    """Return what a person holds at the agencies of some subtrees; a fixed number of statements."""
    here, on = list(paths), legal_day(at)
    mine = Q(agency_id__in=Agency.objects.filter(under(here)).order_by().values("pk"))
    appointments = lasting(Appointment.objects.filter(user=person), on)
    given = lasting(Delegation.objects.filter(principal=person), on)
    lent = lasting(Delegation.objects.filter(substitute=person), on)
    cases = open_cases().filter(handler=person)
    tasks = list(_on_desk(person))
    places = set(
        Agency.objects.filter(under(here), pk__in={place_of(task) for task in tasks}).values_list("pk", flat=True)
    )
    kept = [task for task in tasks if place_of(task) in places]
    outside = sum(found.exclude(mine).count() for found in (appointments, given, lent, cases))
    return Holdings(
        person,
        list(appointments.filter(mine)),
        list(given.filter(mine)),
        list(lent.filter(mine)),
        list(cases.filter(mine).select_related("agency").order_by("pk")),
        kept,
        _letters(person, here, at),
        outside + len(tasks) - len(kept),
    )


def lasting(powers: QuerySet[Any], on: date) -> QuerySet[Any]:
    """Return the powers that count on a day or will later, in the order in which they begin."""
    still = (Q(ends_on__isnull=True) | Q(ends_on__gte=on)) & (Q(ends_on__isnull=True) | Q(ends_on__gte=F("starts_on")))
    return powers.filter(still).select_related("agency").order_by("starts_on", "pk")


def open_cases() -> QuerySet[Case]:
    """Return the cases that have not come to their end."""
    ended = Q(pk__in=())
    for procedure in registry.procedures().values():
        ended |= Q(procedure_name=procedure.name, state__in=procedure.ends)
    return Case.objects.exclude(ended)


def _on_desk(person: User) -> QuerySet[Any]:
    tasks = Task.objects.filter(owner=person, status=STATUS.ASSIGNED, flow_task_type="HUMAN")
    found: QuerySet[Any] = tasks.select_related("owner", "process__officework__case__agency").order_by("pk")
    return found


def _letters(person: User, paths: list[str], at: datetime) -> list[Any]:
    """Return the tasks of the queue that carry a legal act and wait for one of this person's powers."""
    posts = [post for post in posts_of(person, at) if any(post.path.startswith(path) for path in paths)]
    waiting = inbox.waiting(posts).filter(owner__isnull=True)
    return [task for task in waiting[: inbox.MOST] if task.flow_task.acts]
