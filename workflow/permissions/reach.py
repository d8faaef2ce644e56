"""Which cases and agencies a power reaches: one table, read for one case and as a queryset.

At the agency of the case everybody who works there; an inspector throughout the subtree; above it the head of the
direct superior, and only what is before them: a case in a state that asks for an act of the superior (a complaint,
LKN Đ.7), or one whose silence has been reported to them (law file 9.2). An administrator keeps agencies and people
and has no business with a case.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from django.db.models import Exists, OuterRef, Q, QuerySet, TextField, Value
from django.db.models.functions import Cast, Concat

from workflow import registry
from workflow.actors import SYSTEM, Actor, Requester, user_id
from workflow.models import Agency, AgencyRung, Alarm, Case, Deadline
from workflow.models.ladder import ADDED
from workflow.permissions.held import ADMINISTRATOR, HEAD, INSPECTOR, posts_of
from workflow.store import Post

if TYPE_CHECKING:
    from workflow.store import Snapshot

STEP = 4
"""Length of one step of a treebeard path."""
SUPERIOR = "superior"
"""Who is told by the rung of a ladder that reports a silence upwards."""


@dataclass(frozen=True, slots=True)
class Reach:
    """One way in which a power reaches cases: `of` answers for one case, `where` for the database.

    place: "here" at the case's agency, "under" anywhere in the subtree, "above" at the direct superior
    roles: those of appointment that reach so; None for all that work on cases
    """

    place: str
    roles: frozenset[str] | None = None

    def carried_by(self, post: Post) -> bool:
        """Return whether a power reaches cases in this way at all."""
        if self.roles is None:
            return post.role not in (INSPECTOR, ADMINISTRATOR)
        return post.role in self.roles

    def of(self, post: Post, seen: Snapshot) -> bool:
        """Return whether a power reaches this case."""
        if not self.carried_by(post):
            return False
        if self.place == "here":
            return post.agency_id == seen.case.agency_id
        if self.place == "under":
            return seen.path.startswith(post.path)
        return post.path == seen.path[:-STEP] and _is_before(post.role, seen)

    def where(self, post: Post) -> Q:
        """Return the same as a condition on cases."""
        if not self.carried_by(post):
            return Q(pk__in=())
        if self.place == "here":
            return Q(agency_id=post.agency_id)
        if self.place == "under":
            return Q(agency__path__startswith=post.path)
        child = Q(agency__path__startswith=post.path, agency__depth=len(post.path) // STEP + 1)
        return child & _before(post.role)


REACHES = (
    Reach("here"),
    Reach("under", frozenset({INSPECTOR})),
    Reach("above"),
)


# what is before the superior -------------------------------------------------------------------------------------


def asks_above(role: str) -> dict[str, frozenset[str]]:
    """Return the states, by procedure, from which an act leads that this role does at the superior agency."""
    return {
        procedure.name: frozenset(
            state
            for rule in procedure.rules.values()
            if any(role in one.held_above for one in rule.by)
            for state in rule.sources
        )
        for procedure in registry.procedures().values()
    }


def reports_above(procedure: registry.Procedure) -> set[tuple[str, str]]:
    """Return the rungs of the law, as (period, rung), that tell the superior of a silence."""
    return {
        (period, rung.name)
        for version in procedure.versions
        for period, rungs in version.ladders.items()
        for rung in rungs
        if SUPERIOR in rung.tells
    }


def _is_before(role: str, seen: Snapshot) -> bool:
    case = seen.case
    if case.state in asks_above(role).get(case.procedure_name, ()):
        return True
    return role == HEAD and any(
        bell.rang and (one.rule, bell.rung) in _told(seen)
        for one in seen.clocks
        if one.state == Deadline.State.RUNNING
        for bell in one.bells
    )


def _told(seen: Snapshot) -> set[tuple[str, str]]:
    """Return the rungs that report this case upwards: those of the law and those its agency has added."""
    added = {(period, one.name) for period, rungs in seen.added.items() for one in rungs if SUPERIOR in one.tells}
    return reports_above(registry.get(seen.case.procedure_name)) | added


def _before(role: str) -> Q:
    asked = Q(pk__in=())
    for name, states in asks_above(role).items():
        asked |= Q(procedure_name=name, state__in=states)
    if role != HEAD:
        return asked
    rungs = Q(pk__in=())
    for procedure in registry.procedures().values():
        for period, rung in sorted(reports_above(procedure)):
            rungs |= Q(deadline__case__procedure_name=procedure.name, deadline__rule=period, rung=rung)
    told = Alarm.objects.filter(
        rungs | Exists(_added()),
        deadline__case_id=OuterRef("pk"),
        deadline__state=Deadline.State.RUNNING,
    )
    return asked | Q(Exists(told))


def _added() -> QuerySet[AgencyRung]:
    """Return the rung behind an alarm where the case's agency has added it and it tells the superior."""
    named = AgencyRung.objects.annotate(
        alarm=Concat(Value(ADDED), "name", output_field=TextField()), told=Cast("tells", TextField())
    )  # fmt: skip
    return named.filter(
        agency_id=OuterRef("deadline__case__agency_id"),
        procedure=OuterRef("deadline__case__procedure_name"),
        period=OuterRef("deadline__rule"),
        alarm=OuterRef("rung"),
        told__contains=f'"{SUPERIOR}"',
    )


# the answers -----------------------------------------------------------------------------------------------------


def in_scope(seen: Snapshot, actor: Actor) -> bool:
    """Return whether the person has anything to do with this case."""
    match actor:
        case Requester(case_id):
            return case_id == seen.case.pk
        case _ if actor is SYSTEM:
            return True
        case _:
            mine = [post for post in seen.posts if post.user_id == user_id(actor)]
            return any(reach.of(post, seen) for post in mine for reach in REACHES)


def visible(cases: QuerySet[Case], user: Any, at: datetime, posts: list[Post] | None = None) -> QuerySet[Case]:
    """Return the cases a person with an account may see: exactly those that `in_scope` answers for.

    posts: the powers under which they look, if not all they hold
    """
    wanted = Q(pk__in=())
    for post in posts_of(user, at) if posts is None else posts:
        for reach in REACHES:
            if reach.carried_by(post):
                wanted |= reach.where(post)
    return cases.filter(wanted)


def inspected(user: Any, at: datetime, posts: list[Post] | None = None) -> list[str]:
    """Return the paths of the subtrees a person inspects, by appointment or delegation.

    posts: what `posts_of` has returned already
    """
    return [post.path for post in (posts_of(user, at) if posts is None else posts) if post.role == INSPECTOR]


def administered(user: Any, at: datetime, posts: list[Post] | None = None) -> list[str]:
    """Return the paths of the subtrees a person administers, by appointment or delegation.

    posts: what `posts_of` has returned already
    """
    return [post.path for post in (posts_of(user, at) if posts is None else posts) if post.role == ADMINISTRATOR]


def administers(user: Any, agency: Agency, at: datetime) -> bool:
    """Return whether an agency lies in a subtree that the person administers."""
    return any(agency.path.startswith(path) for path in administered(user, at))


def under(paths: Iterable[str], field: str = "path") -> Q:
    """Return the condition that an agency lies in one of the subtrees; `field` leads to its path."""
    wanted = Q(pk__in=())
    for path in paths:
        wanted |= Q(**{f"{field}__startswith": path})
    return wanted
