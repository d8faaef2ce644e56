"""May this person fire this transition on this case now, and if not, why?

The order is scope, role, own act, source state, conditions; the first failure is the answer, so that a stranger never
learns the state of a case.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext_lazy as _

from workflow import errors, registry
from workflow.actors import SYSTEM, Actor, Requester, user_id
from workflow.law import LawVersion, Role
from workflow.models import Case
from workflow.permissions.held import CLERK, RECEIVER
from workflow.permissions.reach import STEP, in_scope
from workflow.transitions import OWN, Rule, clause, unmet

if TYPE_CHECKING:
    from workflow.store import Snapshot


@dataclass(frozen=True, slots=True)
class Capacity:
    """The power under which an act is done: a reference for the log, and the role; above: as the superior."""

    role: Role
    post: str = ""
    above: bool = False


def refusal(seen: Snapshot, rule: Rule, law: LawVersion, actor: Actor, *, at: datetime) -> errors.Refused | Capacity:
    """Return why the act may not happen, or the capacity in which it may, as far as can be said before its form."""
    case = seen.case
    if not in_scope(seen, actor):
        return errors.OutOfScope(**facts_of(rule, law))
    capacity = holds(seen, rule.by, actor)
    if capacity is None:
        return errors.WrongRole(role=_names(rule.by), **facts_of(rule, law))
    if is_barred(case, rule, capacity, actor):
        return errors.OwnActBlocked(**facts_of(rule, law))
    if case.state not in rule.sources:
        return errors.NotFromHere(state=case.state_label, **facts_of(rule, law))
    return not_met(case, rule, law, actor, at=at, data=None) or capacity


def not_met(
    case: Case, rule: Rule, law: LawVersion, actor: Actor, *, at: datetime, data: Mapping[str, Any] | None
) -> errors.ConditionUnmet | None:
    """Return which condition of the law does not hold, or None.

    data: what is given with the act, to ask the conditions that look at it; None to ask the others, as `refusal` does
    """
    if (found := unmet(rule, case, at, data, follows=actor is SYSTEM)) is None:
        return None
    why, condition = found
    key = clause(condition)
    cite = key if key and key != OWN else rule.law
    return errors.ConditionUnmet(why=why, cited=key == OWN, **facts_of(rule, law, cite))


def facts_of(rule: Rule, law: LawVersion, key: str = "") -> dict[str, Any]:
    """Return what every refusal says of an act: which it is, and the clause, by key; without one, that of the act."""
    return {"transition": rule.name, "title": rule.heading, "law": law.cite(key or rule.law)}


def is_barred(case: Case, rule: Rule, capacity: Capacity, actor: Actor) -> bool:
    """Return whether an interested person may not do this act: verify a complaint, or decide as the superior.

    Law: assumption A19, as the procedure declares it. The head's own act before himself is shown, never blocked.
    """
    closed = rule.interested_barred or capacity.above
    return closed and registry.get(case.procedure_name).interested_barred and case.is_interested(user_id(actor))


def holds(seen: Snapshot, roles: tuple[Role, ...], actor: Actor) -> Capacity | None:
    """Return the capacity in which a person may act under one of these roles, or None."""
    if actor is SYSTEM:
        return Capacity(roles[0])
    if isinstance(actor, Requester):
        return next((Capacity(role) for role in roles if role.outside), None)
    agency_id, superior, own = seen.case.agency_id, seen.path[:-STEP], user_id(actor)
    for role in roles:
        for post in seen.posts:
            here = post.agency_id == agency_id and post.role in role.held_by
            above = post.path == superior and post.role in role.held_above
            if post.user_id == own and (here or above):
                return Capacity(role, post.ref, above=not here)
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
