"""Who may see the pages of powers: those who administer agencies, each for the subtrees they keep."""

from __future__ import annotations

from functools import wraps
from typing import Any

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.http import HttpRequest, HttpResponseBase

from workflow import clock
from workflow.accounts.models import Invitation
from workflow.models import Agency, Appointment, Delegation, User
from workflow.permissions import ADMINISTRATOR, STEP, administered, under
from workflow.views.access import View, needs, person, powers


def administrator(view: View) -> View:
    """Let only administrators see a page, and give it the paths of their subtrees."""

    @wraps(view)
    def scoped(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        return view(request, administered(person(request), clock.now(), powers(request)), *args, **kwargs)

    return needs(ADMINISTRATOR)(scoped)


def agencies(paths: list[str]) -> QuerySet[Agency]:
    """Return the agencies of the subtrees, parents before children."""
    found: QuerySet[Agency] = Agency.objects.filter(under(paths)).order_by("path")
    return found


def appointments(paths: list[str]) -> QuerySet[Appointment]:
    """Return the appointments at agencies of the subtrees."""
    return Appointment.objects.filter(under(paths, "agency__path")).select_related("user", "agency")


def delegations(paths: list[str]) -> QuerySet[Delegation]:
    """Return the delegations of powers at agencies of the subtrees."""
    found = Delegation.objects.filter(under(paths, "agency__path"))
    return found.select_related("principal", "substitute", "agency")


def people(paths: list[str]) -> QuerySet[User]:
    """Return the people an administrator looks after: who holds or held a power there, and whom nobody else invited.

    Whoever keeps a whole tree from its root sees everybody.
    """
    if is_whole(paths):
        return User.objects.all()
    held = Appointment.objects.filter(user=OuterRef("pk"))
    lent = Delegation.objects.filter(under(paths, "agency__path"), substitute=OuterRef("pk"))
    invited = Invitation.objects.filter(user=OuterRef("pk"))
    new = ~Exists(held) & (Exists(invited.filter(under(paths, "agency__path"))) | ~Exists(invited))
    return User.objects.filter(Q(Exists(held.filter(under(paths, "agency__path")))) | Exists(lent) | new)


def is_whole(paths: list[str]) -> bool:
    """Return whether one of the subtrees is a whole tree."""
    return any(len(path) == STEP for path in paths)
