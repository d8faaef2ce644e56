"""What somebody holds themselves: their powers, what they have delegated, and whom they stand in for."""

from __future__ import annotations

from django.db.models import Exists, OuterRef, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_safe

from workflow.appointments import lists
from workflow.appointments.views import delegating, revoking, today
from workflow.models import Agency, Appointment, Delegation, User
from workflow.panels import Tab
from workflow.permissions import HEAD
from workflow.views.access import official, person, powers

SHOWN = 100


def _waiting(request: HttpRequest) -> int | None:
    return 0 if any(post.role == HEAD for post in powers(request)) else None


TAB = Tab("own", "/van-phong/uy-quyen/", gettext_lazy("Delegation"), _waiting)


@official
@require_safe
def overview(request: HttpRequest) -> HttpResponse:
    """Return what one holds and may delegate, has delegated, and holds for others."""
    me = person(request)
    held = me.appointments.filter(lists.held(today()) | lists.later(today())).select_related("agency")
    among = Delegation.objects.select_related("principal", "substitute", "agency").order_by("-starts_on", "-pk")
    facts = {
        "appointments": lists.rows(held.order_by("agency__path", "role"), today()),
        "given": lists.rows(among.filter(principal=me)[:SHOWN], today()),
        "lent": lists.rows(among.filter(substitute=me)[:SHOWN], today()),
        "here": "own",
    }
    return render(request, "workflow/appointments/own.html", facts)


@official
def delegate(request: HttpRequest, pk: int) -> HttpResponse:
    """Return the form by which one delegates an appointment of one's own; delegate."""
    mine = Appointment.objects.filter(user=person(request)).select_related("user", "agency")
    source = get_object_or_404(mine, pk=pk)
    return delegating(request, source, _colleagues(source.agency), "workflow:own-delegation", "")


@official
def delegation(request: HttpRequest, pk: int) -> HttpResponse:
    """Return a delegation one has given; revoke it."""
    mine = Delegation.objects.filter(principal=person(request))
    found = get_object_or_404(mine.select_related("principal", "substitute", "agency", "given_by"), pk=pk)
    return revoking(request, found, "")


def _colleagues(agency: Agency) -> QuerySet[User]:
    """Return the people who hold a power at an agency today: to whom its powers are delegated."""
    there = Appointment.objects.filter(lists.held(today()), user=OuterRef("pk"), agency=agency)
    return User.objects.filter(Exists(there), is_active=True)
