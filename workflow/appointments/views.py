"""Administration of people and their powers, for the agencies that one administers."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from django.contrib import messages
from django.db.models import Prefetch, Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_safe

from workflow import clock
from workflow.accounts import reach
from workflow.appointments import access, acts, errors, forms, holdings, lists
from workflow.appointments.access import administrator
from workflow.appointments.handover import hand_over
from workflow.models import Appointment, Delegation, User
from workflow.models.people import called
from workflow.panels import Tab
from workflow.permissions import ADMINISTRATOR
from workflow.views.access import person, powers

SHOWN = 100  # past powers on the page of one person


def _waiting(request: HttpRequest) -> int | None:
    return 0 if any(post.role == ADMINISTRATOR for post in powers(request)) else None


TAB = Tab("people", "/quan-tri/nguoi-dung/", gettext_lazy("People and powers"), _waiting)


def today() -> date:
    """Return the legal day that it is now."""
    return clock.legal_day(clock.now())


def page_of(request: HttpRequest, found: Any) -> tuple[list[Any], str]:
    """Return a page of a list that runs from the newest, and the query of the next one."""
    before = request.GET.get("truoc", "")
    if before.isdigit() and len(before) < 19:
        found = found.filter(pk__lt=int(before))
    page = list(found[: lists.PAGE + 1])
    query = request.GET.copy()
    query["truoc"] = str(page[lists.PAGE - 1].pk) if len(page) > lists.PAGE else ""
    return page[: lists.PAGE], query.urlencode() if len(page) > lists.PAGE else ""


# people ----------------------------------------------------------------------------------------------------------


@administrator
@require_safe
def people(request: HttpRequest, paths: list[str]) -> HttpResponse:
    """Return the people of the agencies one administers, with the powers they hold today."""
    found = access.people(paths)
    words, after = request.GET.get("q", "").strip()[:100], request.GET.get("sau", "")[:200]
    if words:
        found = found.filter(called(words))
    if "khoa" in request.GET:
        found = found.filter(is_active=False)
    name, _sep, pk = after.rpartition("~")
    if pk.isdigit() and len(pk) < 19:
        found = found.filter(Q(full_name__gt=name) | Q(full_name=name, pk__gt=int(pk)))
    holding = Appointment.objects.filter(lists.held(today())).select_related("agency").order_by("agency__path", "role")
    page = list(
        found.order_by("full_name", "pk").prefetch_related(Prefetch("appointments", holding, "today"))[: lists.PAGE + 1]
    )
    query = request.GET.copy()
    last = page[lists.PAGE - 1] if len(page) > lists.PAGE else None
    query["sau"] = f"{last.full_name}~{last.pk}" if last else ""
    facts = {
        "rows": [(one, lists.rows(one.today, today())) for one in page[: lists.PAGE]],
        "words": words,
        "locked": "khoa" in request.GET,
        "more": query.urlencode() if last else "",
        "here": "people",
        "part": "people",
    }
    return render(request, "workflow/appointments/people.html", facts)


@administrator
@require_safe
def one_person(request: HttpRequest, paths: list[str], pk: int) -> HttpResponse:
    """Return the powers of one person at the agencies one administers: in force, to come and past."""
    found = get_object_or_404(access.people(paths), pk=pk)
    mine = access.appointments(paths).filter(user=found).order_by("-starts_on", "-pk")[:SHOWN]
    given = access.delegations(paths).filter(principal=found).order_by("-starts_on", "-pk")[:SHOWN]
    lent = access.delegations(paths).filter(substitute=found).order_by("-starts_on", "-pk")[:SHOWN]
    facts = {
        "found": found,
        "has_account_page": reach.accounts(person(request), powers(request)).filter(pk=pk).exists(),
        "appointments": lists.rows(mine, today()),
        "given": lists.rows(given, today()),
        "lent": lists.rows(lent, today()),
        "here": "people",
        "part": "people",
    }
    return render(request, "workflow/appointments/person.html", facts)


# appointments ----------------------------------------------------------------------------------------------------


@administrator
@require_safe
def appointments(request: HttpRequest, paths: list[str]) -> HttpResponse:
    """Return the appointments at the agencies one administers."""
    return _listed(request, access.appointments(paths), "appointments")


def _listed(request: HttpRequest, powers: Any, part: str) -> HttpResponse:
    form = forms.Wanted(request.GET)
    found = lists.chosen(powers, form.cleaned_data, today()) if form.is_valid() else powers.none()
    page, more = page_of(request, found)
    facts = {"form": form, "rows": lists.rows(page, today()), "more": more, "here": "people", "part": part}
    return render(request, f"workflow/appointments/{part}.html", facts, status=422 if form.errors else 200)


@administrator
def appoint(request: HttpRequest, paths: list[str]) -> HttpResponse:
    """Return the form of an appointment; appoint."""
    first = {"person": request.GET.get("nguoi", ""), "agency": request.GET.get("co-quan", ""), "starts_on": today()}
    form = forms.AppointForm(
        request.POST or None, initial=first, people=access.people(paths), agencies=access.agencies(paths)
    )
    if request.method == "POST" and form.is_valid():
        said = form.cleaned_data
        try:
            given = acts.appoint(
                said["person"],
                said["agency"],
                said["role"],
                by=person(request),
                decision=said["decision"],
                starts_on=said["starts_on"],
                ends_on=said["ends_on"],
            )
        except errors.PowerRefused as why:
            form.refused(why)
        else:
            messages.success(request, _("Appointed. It is recorded in the log of the agency."))
            return redirect("workflow:appointment", pk=given.pk)
    facts = {"form": form, "here": "people", "part": "appointments"}
    return render(request, "workflow/appointments/appoint.html", facts, status=422 if form.errors else 200)


@administrator
def appointment(request: HttpRequest, paths: list[str], pk: int) -> HttpResponse:
    """Return one appointment with the delegations of it; end it."""
    found = get_object_or_404(access.appointments(paths).select_related("given_by"), pk=pk)
    form = forms.EndForm(request.POST or None, initial={"on": today()})
    if request.method == "POST" and form.is_valid():
        try:
            acts.end(found, by=person(request), decision=form.cleaned_data["decision"], on=form.cleaned_data["on"])
        except errors.PowerRefused as why:
            form.refused(why)
        else:
            messages.success(request, _("Its end is recorded."))
            return redirect("workflow:appointment", pk=pk)
    lent = access.delegations(paths).filter(principal=found.user, agency=found.agency, role=found.role).order_by("-pk")
    facts = {
        "row": lists.rows([found], today())[0],
        "form": form,
        "lent": lists.rows(lent[:SHOWN], today()),
        "can_end": found.ends_on is None or found.ends_on >= max(today(), found.starts_on),
        "here": "people",
        "part": "appointments",
    }
    return render(request, "workflow/appointments/appointment.html", facts, status=422 if form.errors else 200)


# delegations -----------------------------------------------------------------------------------------------------


@administrator
@require_safe
def delegations(request: HttpRequest, paths: list[str]) -> HttpResponse:
    """Return the delegations of powers at the agencies one administers."""
    return _listed(request, access.delegations(paths), "delegations")


@administrator
def delegate(request: HttpRequest, paths: list[str], pk: int) -> HttpResponse:
    """Return the form of a delegation that the holder of an appointment has signed on paper; enter it."""
    source = get_object_or_404(access.appointments(paths), pk=pk)
    return delegating(request, source, access.people(paths), "workflow:delegation", "appointments")


def delegating(request: HttpRequest, source: Appointment, among: Any, then: str, part: str) -> HttpResponse:
    """Return the form of a delegation of an appointment; delegate, and go on to the page of the delegation."""
    first = {"starts_on": today(), "ends_on": source.ends_on}
    form = forms.DelegateForm(request.POST or None, initial=first, people=among.exclude(pk=source.user_id))
    if request.method == "POST" and form.is_valid():
        said = form.cleaned_data
        try:
            given = acts.delegate(
                source.user,
                said["person"],
                source.agency,
                source.role,
                by=person(request),
                document=said["decision"],
                starts_on=said["starts_on"],
                ends_on=said["ends_on"],
            )
        except errors.PowerRefused as why:
            form.refused(why)
        else:
            messages.success(request, _("Delegated. It is recorded in the log of the agency."))
            return redirect(then, pk=given.pk)
    facts = {"form": form, "row": lists.rows([source], today())[0], "here": "people" if part else "own", "part": part}
    return render(request, "workflow/appointments/delegate.html", facts, status=422 if form.errors else 200)


@administrator
def delegation(request: HttpRequest, paths: list[str], pk: int) -> HttpResponse:
    """Return one delegation; revoke it."""
    found = get_object_or_404(access.delegations(paths).select_related("given_by"), pk=pk)
    return revoking(request, found, "delegations")


def revoking(request: HttpRequest, found: Delegation, part: str) -> HttpResponse:
    """Return one delegation with the form of its end; revoke it."""
    form = forms.EndForm(request.POST or None, initial={"on": today()})
    if request.method == "POST" and form.is_valid():
        try:
            acts.revoke(found, by=person(request), document=form.cleaned_data["decision"], on=form.cleaned_data["on"])
        except errors.PowerRefused as why:
            form.refused(why)
        else:
            messages.success(request, _("Its end is recorded."))
            return redirect(request.path)
    own = Appointment.objects.filter(lists.held(today()), user=found.principal, agency=found.agency, role=found.role)
    facts = {
        "row": lists.rows([found], today())[0],
        "form": form,
        "lapsed": not (own.exists() and found.principal.is_active) and found.starts_on <= today() <= found.ends_on,
        "can_end": found.ends_on > max(today(), found.starts_on) or found.ends_on >= today(),
        "here": "people" if part else "own",
        "part": part,
    }
    return render(request, "workflow/appointments/delegation.html", facts, status=422 if form.errors else 200)


# handover --------------------------------------------------------------------------------------------------------


@administrator
@require_safe
def handovers(request: HttpRequest, paths: list[str]) -> HttpResponse:
    """Ask who hands over; go on to what this person holds."""
    form = forms.WhoForm(request.GET or None, people=access.people(paths))
    if form.is_bound and form.is_valid():
        return redirect("workflow:handover", pk=form.cleaned_data["person"].pk)
    facts = {"form": form, "here": "people", "part": "handover"}
    return render(request, "workflow/appointments/handovers.html", facts, status=422 if form.errors else 200)


@administrator
def handover(request: HttpRequest, paths: list[str], pk: int) -> HttpResponse:
    """Return everything a person holds and the form that hands it over; do it, all or nothing."""
    found: User = get_object_or_404(access.people(paths), pk=pk)
    held = holdings.of(found, paths, clock.now())
    among = access.people(paths).exclude(pk=pk)
    tomorrow = today() + timedelta(days=1)
    form = forms.HandOverForm(request.POST or None, initial={"from_on": tomorrow}, people=among, held=held.appointments)
    if request.method == "POST" and form.is_valid():
        said = form.cleaned_data
        try:
            moved = hand_over(
                found,
                by=person(request),
                paths=paths,
                decision=said["decision"],
                from_on=said["from_on"],
                successors=form.successors(held.appointments),
                worker=said["worker"],
            )
        except errors.PowerRefused as why:
            form.refused(why)
        else:
            done = _(
                "Handed over: appointments %(appointments)s, delegations %(delegations)s, cases %(cases)s,"
                " tasks %(tasks)s."
            )
            messages.success(request, done % vars(moved))
            return redirect("workflow:person", pk=pk)
    facts = {
        "found": found,
        "held": held,
        "appointments": lists.rows(held.appointments, today()),
        "delegations": lists.rows([*held.given, *held.lent], today()),
        "form": form,
        "here": "people",
        "part": "handover",
    }
    return render(request, "workflow/appointments/handover.html", facts, status=422 if form.errors else 200)
