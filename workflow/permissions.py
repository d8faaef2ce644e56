"""May this person fire this transition on this case now, and if not, why?

The one place where that is decided: buttons, forms, querysets, the API and `fire()` itself ask here. The order is
scope, role, own act, source state, conditions; the first failure is the answer, so that a stranger never learns the
state of a case.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from django.db.models import Q, QuerySet, Value
from django.utils.translation import gettext_lazy as _

from workflow import errors
from workflow.actors import SYSTEM, Actor, Requester, user_id
from workflow.clock import legal_day
from workflow.law import LawVersion, Role
from workflow.transitions import Rule, unmet

if TYPE_CHECKING:
    from workflow.models import Case, User
    from workflow.store import Post, Snapshot

INSPECTOR, CLERK, RECEIVER, ADMINISTRATOR, HEAD = "inspector", "clerk", "receiver", "administrator", "head"
STEP = 4
"""Length of one step of a treebeard path."""


@dataclass(frozen=True, slots=True)
class Capacity:
    """The power under which an act is done: a reference for the log, and the role."""

    role: Role
    post: str = ""


def refusal(
    seen: Snapshot, rule: Rule, law: LawVersion, actor: Actor, *, at: datetime, data: Mapping[str, Any] | None
) -> errors.Refused | Capacity:
    """Return why the act may not happen, or the capacity in which it may.

    data: what is given with the act, or None to ask only what can be asked before a form is filled in
    """
    facts = {"transition": rule.name, "title": rule.heading, "law": law.cite(rule.law)}
    case = seen.case
    if not in_scope(seen, actor):
        return errors.OutOfScope(**facts)
    capacity = holds(seen, rule.by, actor)
    if capacity is None:
        return errors.WrongRole(role=_names(rule.by), **facts)
    if rule.interested_barred and case.is_own_act(user_id(actor)):
        return errors.OwnActBlocked(**facts)
    if case.state not in rule.sources:
        return errors.NotFromHere(state=case.state_label, **facts)
    if why := unmet(rule, case, at, data):
        return errors.ConditionUnmet(why=why, **facts)
    return capacity


def in_scope(seen: Snapshot, actor: Actor) -> bool:
    """Return whether the person has anything to do with this case."""
    match actor:
        case Requester(case_id):
            return case_id == seen.case.pk
        case _ if actor is SYSTEM:
            return True
        case _:
            return any(_reaches(post, seen, user_id(actor)) for post in seen.posts)


def _reaches(post: Post, seen: Snapshot, user: int | None) -> bool:
    """Return whether a power is at the case's agency, its direct superior, or an inspector's over the subtree.

    An administrator keeps agencies and people and has no business with a case.
    """
    if post.user_id != user or post.role == ADMINISTRATOR:
        return False
    if post.role == INSPECTOR:
        return seen.path.startswith(post.path)
    return post.agency_id == seen.case.agency_id or post.path == seen.path[:-STEP]


def holds(seen: Snapshot, roles: tuple[Role, ...], actor: Actor) -> Capacity | None:
    """Return the capacity in which a person may act under one of these roles, or None."""
    for role in roles:
        if isinstance(actor, Requester):
            if role.outside:
                return Capacity(role)
            continue
        if actor is SYSTEM:
            return Capacity(role)
        for post in seen.posts:
            here = post.agency_id == seen.case.agency_id and post.role in role.held_by
            above = post.path == seen.path[:-STEP] and post.role in role.held_above
            if post.user_id == user_id(actor) and (here or above):
                return Capacity(role, post.ref)
    return None


def enters_paper(seen: Snapshot, actor: Actor, *, for_requester: bool) -> bool:
    """Return whether a person may enter what somebody else signed on paper, at the case's own agency."""
    roles = (CLERK, RECEIVER) if for_requester else (CLERK,)
    return any(
        post.role in roles and post.agency_id == seen.case.agency_id and post.user_id == user_id(actor)
        for post in seen.posts
    )


def _names(roles: tuple[Role, ...]) -> str:
    return str(_(" or ")).join(str(role.label) for role in roles)


def posts_of(user: Any, at: datetime) -> list[Post]:
    """Return the powers a person holds on the day of a moment, by appointment or delegation; one statement."""
    from workflow.store import Post

    if not user.is_active:
        return []
    on = legal_day(at)
    today = Q(starts_on__lte=on) & (Q(ends_on__isnull=True) | Q(ends_on__gte=on))
    columns = ("role", "agency_id", "agency__path", "pk")
    appointed = user.appointments.filter(today).annotate(by=Value("appointment")).values_list("by", *columns)
    delegated = user.delegations.filter(today).annotate(by=Value("delegation")).values_list("by", *columns)
    held = appointed.union(delegated, all=True)
    return [Post(f"{by}:{pk}", user.pk, role, agency_id, path) for by, role, agency_id, path, pk in held]


def works_at(posts: list[Post], roles: tuple[Role, ...], agency_id: int) -> bool:
    """Return whether one of these powers carries one of these roles at an agency: may its office work be done here?"""
    return any(post.agency_id == agency_id and post.role in role.held_by for post in posts for role in roles)


def holders(agency_id: int, roles: Iterable[str], at: datetime) -> list[User]:
    """Return who holds one of these roles of appointment at an agency, by appointment or delegation, by name."""
    from workflow.models import User

    on = legal_day(at)
    held = Q()
    for powers in ("appointments", "delegations"):
        ends = Q(**{f"{powers}__ends_on__gte": on})
        if powers == "appointments":
            ends |= Q(appointments__ends_on__isnull=True)
        here = {f"{powers}__agency_id": agency_id, f"{powers}__role__in": list(roles), f"{powers}__starts_on__lte": on}
        held |= Q(**here) & ends
    return list(User.objects.filter(held, is_active=True).distinct().order_by("full_name", "pk"))


def visible(cases: QuerySet[Case], user: Any, at: datetime, posts: list[Post] | None = None) -> QuerySet[Case]:
    """Return the cases a person with an account may see: of their agency, or of the subtree they inspect.

    The superior of an agency sees what is before it (a complaint, an escalation), not the daily work.
    posts: what `posts_of` has returned already
    """
    wanted = Q(pk__in=())
    for post in posts_of(user, at) if posts is None else posts:
        if post.role == INSPECTOR:
            wanted |= Q(agency__path__startswith=post.path)
        elif post.role != ADMINISTRATOR:
            wanted |= Q(agency_id=post.agency_id)
    return cases.filter(wanted)


def inspected(user: Any, at: datetime) -> list[str]:
    """Return the paths of the subtrees a person inspects."""
    on = legal_day(at)
    held = user.appointments.filter(Q(ends_on__isnull=True) | Q(ends_on__gte=on), role=INSPECTOR, starts_on__lte=on)
    return list(held.values_list("agency__path", flat=True))
