"""Registering what comes over the counter on paper or in person: a new case, or one about a case that is here."""

from __future__ import annotations

import secrets
from datetime import datetime
from typing import Any

from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_safe

from workflow import clock, engine, errors, forms, openings, permissions, presentation, registry, store
from workflow.clock import LEGAL_ZONE, legal_day
from workflow.faces import IntakeForm, face
from workflow.models import Agency, Case, Document
from workflow.permissions import CLERK, RECEIVER
from workflow.store import Post
from workflow.views.access import needs, person, powers, the_case

ONCE = "registered"
RECEIPT = "receipt"


@needs(CLERK, RECEIVER)
def register(request: HttpRequest) -> HttpResponse:
    """Return the form of the counter; open the case when it is sent, once even if it is sent twice."""
    procedure = next(name for name in registry.procedures() if face(name).intake and not face(name).intake_of)
    return _page(request, procedure, _counters(powers(request)).filter(receives=True))


@needs(CLERK, RECEIVER)
def register_about(request: HttpRequest) -> HttpResponse:
    """Return the form for a case about another, which is named by its code; open it when it is sent.

    Whether a case has a code that is typed is not told where nothing about it can be lodged at this counter. What its
    file says of people is filled in only for those who may read it.
    """
    code = request.GET.get("ho-so", "").strip().upper()[:24]
    about = Case.objects.select_related("agency").filter(code=code).first() if code else None
    procedure, places = about_at(about, powers(request)) if about else ("", Agency.objects.none())
    if about is None or not procedure:
        facts = {"code": code, "title": _about_title(), "here": "new"}
        return render(request, "workflow/office/register_about.html", facts, status=404 if code else 200)
    user = person(request)
    mine = permissions.visible(Case.objects.all(), user, clock.now(), permissions.working(powers(request)))
    known = mine.filter(pk=about.pk).exists()
    if known:
        openings.note(openings.VIEWED, about, user)
    return _page(request, procedure, places, about=store.load(about), known=known)


def about_at(about: Case, posts: list[Post]) -> tuple[str, QuerySet[Agency]]:
    """Return which procedure a case about this one opens, and at which counters of a person; "" where at none."""
    for name in registry.procedures():
        if about.procedure_name in face(name).intake_of:
            places: QuerySet[Agency] = face(name).intake.places(store.load(about), _counters(posts))
            return (name if places.exists() else ""), places
    return "", Agency.objects.none()


def _counters(posts: list[Post]) -> QuerySet[Agency]:
    found: QuerySet[Agency] = Agency.objects.filter(
        pk__in={post.agency_id for post in posts if post.role in (CLERK, RECEIVER)}
    )
    return found


def _about_title() -> Any:
    """Return the name of the page for cases about others, or an empty text where no procedure has any."""
    return next((face(name).intake.title for name in registry.procedures() if face(name).intake_of), "")


def _page(request: HttpRequest, procedure: str, places: QuerySet[Agency], **more: Any) -> HttpResponse:
    token = request.POST.get("once", "")[:32] or secrets.token_hex(8)
    done: dict[str, str] = request.session.get(ONCE, {})
    if token in done:
        return redirect("workflow:office-registered", code=done[token])
    form = face(procedure).intake(places, request.POST or None, request.FILES or None, **more)
    if request.method == "POST" and form.is_valid():
        try:
            case = _open(procedure, form, request)
        except errors.WorkflowError as refused:
            _show(form, refused)
        else:
            request.session[ONCE] = {**dict(list(done.items())[-20:]), token: case.code}
            request.session[RECEIPT] = {case.code: case.secret}  # type: ignore[attr-defined]
            return redirect("workflow:office-registered", code=case.code)
    facts = {"form": form, "once": token, "about": "" if more else _about_title(), "here": "new"}
    return render(request, "workflow/office/register.html", facts, status=422 if form.errors else 200)


def _open(procedure: str, form: IntakeForm, request: HttpRequest) -> Case:
    """Open the case with its papers; the day of arrival is its legal moment."""
    with engine.unit():
        data = form.given(person(request))
        record = data["record"]
        at = None
        if record.dated_on != legal_day(clock.now()):
            at = datetime.combine(record.dated_on, forms.OFFICE_HOUR, LEGAL_ZONE)
        case = engine.open(procedure, actor=person(request), on_behalf_of="requester", at=at, **data)
        Document.objects.filter(pk__in=[paper.pk for paper in (record, *form.attached)]).update(case=case.pk)
    return case


def _show(form: IntakeForm, refused: errors.WorkflowError) -> None:
    """Show what the engine refused beside the field it is about."""
    if isinstance(refused, errors.BadData):
        for path, why in refused.errors.items():
            form.refuse(path, str(why))
    else:
        form.add_error("arrived_on" if isinstance(refused, errors.NotThen) else None, str(refused))


@needs(CLERK, RECEIVER)
@require_safe
def registered(request: HttpRequest, code: str) -> HttpResponse:
    """Return the receipt to hand over: code and secret; the secret is shown as long as the session holds it."""
    case, _offers = the_case(request, code)
    secret = request.session.get(RECEIPT, {}).get(case.code, "")
    facts = {
        "case": case,
        "what": registry.get(case.procedure_name).label,
        "secret": secret,
        "lines": presentation.due_lines(case, legal_day(clock.now())),
        "here": "new",
    }
    return render(request, "workflow/office/registered.html", facts)
