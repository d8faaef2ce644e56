"""What an inspector may see: agencies and cases under a jurisdiction, and their log, read and never written.

An inspector's jurisdiction is the subtree of each agency at which they hold an appointment as inspector today.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import TypeVar

from django.contrib.postgres.expressions import ArraySubquery
from django.db import connection
from django.db.models import Count, Model, OuterRef, Q, QuerySet

from workflow import registry
from workflow.ledger.chain import SECURITY
from workflow.models import Agency, Appointment, Case, Deadline, Delegation, LogEntry, User
from workflow.permissions import under

_M = TypeVar("_M", bound=Model)
LATE_SHOWN = 20


def agencies(paths: Iterable[str]) -> QuerySet[Agency]:
    """Return the agencies under a jurisdiction, parents before children."""
    found: QuerySet[Agency] = Agency.objects.filter(under(paths)).order_by("path")
    return found


def cases(paths: Iterable[str]) -> QuerySet[Case]:
    """Return the cases under a jurisdiction."""
    return Case.objects.filter(under(paths, "agency__path")).select_related("agency")


def entries() -> QuerySet[LogEntry]:
    """Return the log, newest first, of whatever agency; what the security chain repeats has a page of its own."""
    return LogEntry.objects.exclude(chain=SECURITY).order_by("-at", "-id")


def at_agencies(rows: QuerySet[_M], within: QuerySet[Agency]) -> QuerySet[_M]:
    """Return the rows that belong to some agencies."""
    return rows.filter(agency_id__in=within.order_by().values("pk"))


def first(rows: QuerySet[_M], within: QuerySet[Agency], n: int) -> list[_M]:
    """Return the first rows, newest first, of some agencies; rows have `agency_id` and `at`.

    PostgreSQL is asked for the first rows of each agency, which its index gives without looking at the others; so the
    thousandth page costs what the first one costs.
    """
    if connection.vendor != "postgresql":
        return list(at_agencies(rows, within)[:n])
    heads = rows.filter(agency_id=OuterRef("pk")).order_by("-at", "-pk").values("pk")[:n]
    found = within.order_by().annotate(heads=ArraySubquery(heads)).values_list("heads", flat=True)
    keys = [pk for some in found for pk in some or ()]
    return list(rows.model._default_manager.filter(pk__in=keys).order_by("-at", "-pk")[:n])


@dataclass(frozen=True, slots=True)
class Tally:
    """How many cases an agency has: open, of these late, and closed."""

    agency: Agency
    indent: int
    open: int
    late: int
    closed: int


def tallies(paths: list[str], today: date) -> list[Tally]:
    """Return the agencies under a jurisdiction with their numbers, in four queries whatever their number.

    Agencies that neither receive requests nor have a case are left out.
    """
    open_, closed = _by_agency(cases(paths).exclude(_ended())), _by_agency(cases(paths).filter(_ended()))
    late = dict(late_clocks(paths, today).values_list("case__agency").annotate(n=Count("case", distinct=True)))
    busy = {*open_, *closed}
    found = [one for one in agencies(paths) if one.receives or one.pk in busy]
    top = min((agency.depth for agency in found), default=0)
    return [
        Tally(one, one.depth - top, open_.get(one.pk, 0), late.get(one.pk, 0), closed.get(one.pk, 0)) for one in found
    ]


def _by_agency(found: QuerySet[Case]) -> dict[int, int]:
    return dict(found.order_by().values_list("agency").annotate(n=Count("pk")))


def _ended() -> Q:
    wanted = Q(pk__in=())
    for procedure in registry.procedures().values():
        wanted |= Q(procedure_name=procedure.name, state__in=procedure.ends)
    return wanted


def late_clocks(paths: Iterable[str], today: date) -> QuerySet[Deadline]:
    """Return the running deadlines of the offices that have passed, the oldest first."""
    office = Q(pk__in=())
    for procedure in registry.procedures().values():
        office |= Q(case__procedure_name=procedure.name, rule__in=procedure.office_periods)
    running = Deadline.objects.filter(office, under(paths, "case__agency__path"), state="running", due_on__lt=today)
    return running.select_related("case__agency").order_by("due_on", "case")


@dataclass(frozen=True, slots=True)
class Names:
    """Who stands behind the references of some entries, and by which decision they held their power."""

    users: dict[int, User]
    decisions: dict[str, str]

    @classmethod
    def of(cls, found: Iterable[LogEntry], more: Iterable[int] = ()) -> Names:
        """Return the names behind entries, in three queries."""
        refs = {ref for entry in found for ref in (entry.actor, entry.on_behalf_of)}
        posts = {entry.appointment for entry in found if entry.appointment}
        users = User.objects.in_bulk([*_ids(refs, "user"), *more])
        appointments = Appointment.objects.filter(pk__in=_ids(posts, "appointment")).values_list("pk", "decision")
        delegations = Delegation.objects.filter(pk__in=_ids(posts, "delegation")).values_list("pk", "document")
        return cls(
            users,
            {f"appointment:{pk}": decision for pk, decision in appointments}
            | {f"delegation:{pk}": document for pk, document in delegations},
        )

    def person(self, ref: str) -> User | None:
        """Return the account behind a reference such as user:7."""
        kind, _, pk = ref.partition(":")
        return self.users.get(int(pk)) if kind == "user" and pk.isdigit() else None


def _ids(refs: Iterable[str], kind: str) -> list[int]:
    return [int(ref.partition(":")[2]) for ref in refs if ref.startswith(f"{kind}:")]


def after(found: QuerySet[_M], at: datetime, pk: int) -> QuerySet[_M]:
    """Return the entries that follow a place in a list that runs from the newest to the oldest."""
    return found.filter(Q(at__lt=at) | Q(pk__lt=pk), at__lte=at)
