"""Which powers a person holds on a day, by appointment or by delegation; `statements.HELD` is the rule itself.

A delegation (ủy quyền) lends the principal's own power: it counts on the days on which the principal holds the same
role at the same agency by appointment and their account is in use. What is lent cannot be lent on.
Law: NĐ30 Đ.13 (thừa ủy quyền is not passed on); PCTN Đ.15 k.1.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime
from typing import Any

from django.db import connection
from django.db.models import QuerySet
from django.db.models.expressions import RawSQL

from workflow import store
from workflow.clock import legal_day
from workflow.law import Role
from workflow.models import User
from workflow.statements import HELD, marks
from workflow.store import Post

INSPECTOR, CLERK, RECEIVER, ADMINISTRATOR, HEAD = "inspector", "clerk", "receiver", "administrator", "head"
OFFICER = "officer"


def posts_of(user: Any, at: datetime) -> list[Post]:
    """Return the powers a person holds on the day of a moment, by appointment or delegation; one statement."""
    if not getattr(user, "is_active", False) or user.pk is None:
        return []
    return store.powers(store.Holder(user.pk, legal_day(at), legal_day(at)))


def working(posts: Iterable[Post]) -> list[Post]:
    """Return the powers under which somebody works on cases: all but those of inspectors and administrators."""
    return [post for post in posts if post.role not in (INSPECTOR, ADMINISTRATOR)]


def works_at(posts: list[Post], roles: tuple[Role, ...], agency_id: int) -> bool:
    """Return whether one of these powers carries one of these roles at an agency: may its office work be done here?"""
    return any(post.agency_id == agency_id and post.role in role.held_by for post in posts for role in roles)


def holders(agency_id: int, roles: Iterable[str], at: datetime) -> list[User]:
    """Return who holds one of these roles of appointment at an agency, by appointment or delegation, by name."""
    wanted, on = list(roles), legal_day(at)
    if not wanted:
        return []
    held = RawSQL(*_held_at("h.user_id", [agency_id], wanted, on))
    people: QuerySet[User] = User.objects.filter(pk__in=held)
    return list(people.order_by("full_name", "pk"))


def posts_at(agency_ids: Iterable[int], roles: Iterable[str], at: datetime) -> list[str]:
    """Return the references of the powers of these roles that are held at some agencies on the day of a moment."""
    places, wanted = list(agency_ids), list(roles)
    if not places or not wanted:
        return []
    with connection.cursor() as cursor:
        cursor.execute(*_held_at("h.ref", places, wanted, legal_day(at)))
        return [ref for (ref,) in cursor.fetchall()]


def _held_at(column: str, agency_ids: list[int], roles: list[str], on: date) -> tuple[str, list[Any]]:
    """Return the query, with its parameters, of the powers held at some agencies by people whose account is in use."""
    sql = (
        f"SELECT {column} FROM ({HELD}) h JOIN workflow_user u ON u.id = h.user_id AND u.is_active"
        f" WHERE h.agency_id IN ({marks(agency_ids)}) AND h.role IN ({marks(roles)})"
        " AND h.starts_on <= %s AND (h.ends_on IS NULL OR h.ends_on >= %s)"
    )
    return sql, [*agency_ids, *roles, on, on]
