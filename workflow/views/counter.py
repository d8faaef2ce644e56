"""Registering what comes over the counter: a request on paper, or one made in person."""

from __future__ import annotations

import secrets
from datetime import datetime

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_safe

from workflow import clock, engine, errors, forms, presentation, registry
from workflow.clock import LEGAL_ZONE, legal_day
from workflow.faces import IntakeForm, face
from workflow.models import Agency, Case
from workflow.permissions import CLERK, RECEIVER
from workflow.views.access import needs, person, powers, the_case

ONCE = "registered"
RECEIPT = "receipt"


@needs(CLERK, RECEIVER)
def register(request: HttpRequest) -> HttpResponse:
    """Return the form of the counter; open the case when it is sent, once even if it is sent twice."""
    places = {post.agency_id for post in powers(request) if post.role in (CLERK, RECEIVER)}
    procedure = next(name for name in registry.procedures() if face(name).intake)
    agencies = Agency.objects.filter(pk__in=places, receives=True)
    token = request.POST.get("once", "")[:32] or secrets.token_hex(8)
    done: dict[str, str] = request.session.get(ONCE, {})
    if token in done:
        return redirect("workflow:office-registered", code=done[token])
    form = face(procedure).intake(agencies, request.POST or None, request.FILES or None)
    if request.method == "POST" and form.is_valid():
        try:
            case = _open(procedure, form, request)
        except errors.WorkflowError as refused:
            _show(form, refused)
        else:
            request.session[ONCE] = {**dict(list(done.items())[-20:]), token: case.code}
            request.session[RECEIPT] = {case.code: case.secret}  # type: ignore[attr-defined]
            return redirect("workflow:office-registered", code=case.code)
    facts = {"form": form, "once": token, "here": "new"}
    return render(request, "workflow/office/register.html", facts, status=422 if form.errors else 200)


def _open(procedure: str, form: IntakeForm, request: HttpRequest) -> Case:
    """Open the case with its record; the day of arrival is its legal moment."""
    with engine.unit():
        data = form.given(person(request))
        record = data["record"]
        at = None
        if record.dated_on != legal_day(clock.now()):
            at = datetime.combine(record.dated_on, forms.OFFICE_HOUR, LEGAL_ZONE)
        case = engine.open(procedure, actor=person(request), on_behalf_of="requester", at=at, **data)
        record.case_id = case.pk
        record.save(update_fields=["case"])
    return case


def _show(form: IntakeForm, refused: errors.WorkflowError) -> None:
    """Show what the engine refused beside the field it is about."""
    if isinstance(refused, errors.BadData):
        for path, why in refused.errors.items():
            name = path.split(".")[-1]
            form.add_error(name if name in form.fields else None, why if name in form.fields else f"{path}: {why}")
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
        "secret": secret,
        "lines": presentation.due_lines(case, legal_day(clock.now())),
        "here": "new",
    }
    return render(request, "workflow/office/registered.html", facts)
