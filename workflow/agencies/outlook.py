"""What a succession would move, or what it finds when it moves: cases, deadlines, tasks, powers, agencies below.

The page of a proposal and `moving` ask the same questions here.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from django.db.models import Count, F, Q, QuerySet
from viewflow.workflow.models import Task

from workflow import office
from workflow.agencies.models import Change, Placement, Succession
from workflow.agencies.succession import Kind, Part, open_cases, parts_of
from workflow.models import Agency, Appointment, Deadline, Delegation
from workflow.nodes import PLACE
from workflow.permissions import HEAD, STEP
from workflow.permissions.labels import named

Powers = Change.Powers


@dataclass(slots=True)
class Outlook:
    """What would become of one agency.

    cases: open cases that go to each successor; deadlines, tasks: how many run or wait there
    staying, leaving: appointments and delegations that go on at the successor, and that end
    below: agencies that get another superior, and which
    """

    part: Part
    cases: dict[str, int] = field(default_factory=dict)
    deadlines: int = 0
    tasks: int = 0
    staying: list[str] = field(default_factory=list)
    leaving: list[str] = field(default_factory=list)
    below: list[Agency] = field(default_factory=list)
    under: Agency | None = None


def of(succession: Succession) -> list[Outlook]:
    """Return what a succession would move, in a constant number of statements."""
    parts = parts_of(succession)
    ids = [part.agency.pk for part in parts]
    cases = _counted(open_cases().filter(agency__in=ids), "agency")
    running = Deadline.objects.filter(case__in=open_cases().filter(agency__in=ids), state="running")
    deadlines = _counted(running, "case__agency")
    places = {PLACE % pk: pk for pk in ids}
    waiting_tasks = Task.objects.filter(owner_permission__in=places, status__in=office.OPEN, flow_task_type="HUMAN")
    tasks = _counted(waiting_tasks, "owner_permission")
    placed: dict[int, dict[str, int]] = {}
    placements = Placement.objects.filter(change__succession=succession, case__in=open_cases()).order_by()
    for agency_id, name, n in placements.values_list("change__agency", "agency__name").annotate(n=Count("pk")):
        placed.setdefault(agency_id, {})[name] = n
    powers = powers_at(ids, succession.effective_on)
    below = children_of([part.agency for part in parts])
    found = []
    for part in parts:
        one = Outlook(part, deadlines=deadlines.get(part.agency.pk, 0), tasks=tasks.get(PLACE % part.agency.pk, 0))
        if part.successors:
            elsewhere = placed.get(part.agency.pk, {})
            rest = cases.get(part.agency.pk, 0) - sum(elsewhere.values())
            one.cases = {part.successors[0].name: rest, **elsewhere}
        if part.ends:
            for power in powers.get(part.agency.pk, ()):
                (one.staying if goes_on(power, part.powers) else one.leaving).append(in_words(power))
            gone = {other.agency.pk for other in parts if other.ends}
            one.below = [child for child in below.get(part.agency.path, ()) if child.pk not in gone]
            one.under = new_superior(succession.kind, part) if one.below else None
        found.append(one)
    return found


def _counted(rows: QuerySet[Any], by: str) -> dict[Any, int]:
    return dict(rows.order_by().values_list(by).annotate(n=Count("pk")))


def powers_at(agencies: Iterable[int], on: date) -> dict[int, list[Appointment | Delegation]]:
    """Return the appointments and delegations at agencies that a day finds running or to come, by agency."""
    found: dict[int, list[Appointment | Delegation]] = {}
    ids = list(agencies)
    begins = Q(ends_on__isnull=True) | Q(ends_on__gte=F("starts_on"))  # else it was ended before it began
    appointed = Appointment.objects.filter(Q(ends_on__isnull=True) | Q(ends_on__gte=on), begins, agency__in=ids)
    delegated = Delegation.objects.filter(begins, ends_on__gte=on, agency__in=ids)
    powers: list[Appointment | Delegation] = list(appointed.select_related("user", "agency").order_by("pk"))
    powers += delegated.select_related("principal", "substitute", "agency").order_by("pk")
    for power in powers:
        found.setdefault(power.agency_id, []).append(power)
    return found


def in_words(power: Appointment | Delegation) -> str:
    """Return who holds what, for a page."""
    who = power.user if isinstance(power, Appointment) else power.substitute
    return f"{who.full_name} ({named([power.role])})"


def goes_on(power: Appointment | Delegation, powers: str) -> bool:
    """Return whether a power goes on at the successor, as the decision says."""
    return powers == Powers.ALL or (powers == Powers.STAFF and power.role != HEAD)


def children_of(agencies: Iterable[Agency]) -> dict[str, list[Agency]]:
    """Return the standing agencies directly under each of these, by the path of their superior."""
    wanted = Q(pk__in=())
    for one in agencies:
        wanted |= Q(path__startswith=one.path, depth=one.depth + 1)
    found: dict[str, list[Agency]] = {}
    for child in Agency.objects.filter(wanted, ends_on__isnull=True).order_by("path"):
        found.setdefault(child.path[:-STEP], []).append(child)
    return found


def new_superior(kind: str, part: Part) -> Agency | None:
    """Return under whom those go who stood under an agency that ends: its superior where a level is abolished."""
    if kind == Kind.ABOLISHED:
        above: Agency | None = Agency.objects.get_parent(part.agency)
        if above is not None and not above.ends_on:
            return above
    return part.successors[0] if part.successors else None
