"""A case as the office sees it: everything about it, what may be done, and the page of each act."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import FileResponse, Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from workflow import (
    clock,
    corrections,
    engine,
    erasure,
    errors,
    forms,
    histories,
    office,
    openings,
    panels,
    presentation,
    registry,
)
from workflow.actors import Requester
from workflow.faces import face
from workflow.models import Case, Disclosure, Document, LogEntry, OfficeWork, User
from workflow.store import Post
from workflow.transitions import Rule
from workflow.uploads import INLINE
from workflow.views import printed
from workflow.views.access import official, person, powers, the_case
from workflow.views.counter import about_at
from workflow.views.paper import entered_for, signers


@official
@require_safe
def case(request: HttpRequest, code: str) -> HttpResponse:
    """Return everything about a case, and exactly the acts that `engine.available` offers."""
    found, offers = the_case(request, code)
    user, today = person(request), clock.legal_day(clock.now())
    openings.note(openings.VIEWED, found, user)
    looks = face(found.procedure_name)
    entries = list(LogEntry.objects.filter(chain=found.chain).order_by("seq"))
    texts: dict[int, dict[str, str]] = {}
    for one in Disclosure.objects.filter(entry__in=[entry.pk for entry in entries]):
        texts.setdefault(one.entry_id, {})[one.name] = one.value.strip('"')
    papers = list(found.documents.order_by("dated_on", "pk"))
    told = presentation.timeline(found, entries, papers=papers, texts=texts)

    def named(some: list[Document]) -> list[tuple[Document, object]]:
        return [(one, looks.kind_names.get(one.kind, one.kind)) for one in some]

    tasks = office.open_tasks(found)
    facts: dict[str, Any] = {
        "case": found,
        "subject": looks.subject(found),
        "particulars": looks.template,
        **looks.facts(found),
        "usual": _usual(found, tasks, offers, user, powers(request)),
        "can": [offer for offer in offers if offer.allowed],
        "cannot": [offer for offer in offers if not offer.allowed],
        "counter": _at_the_counter(found, powers(request)),
        "on_paper": entered_for(found, user, powers(request), offers),
        "tasks": [(task, office.why_not(task, found, user, powers(request))) for task in tasks],
        "opinions": opinions(found),
        "dates": histories.of(found, presentation.due_lines(found, today), told, shadows=True),
        "correctable": corrections.clock_of(found) is not None and corrections.may(user, found),
        "erasable": found.state in registry.get(found.procedure_name).ends and erasure.may(user, found),
        "erased_on": erasure.erased_on(found),
        "papers": named(papers),
        "happenings": [(one, named(one.papers)) for one in reversed(told)],
        "late": found.is_late(today),
        "panels": panels.of_case(found, request),
        "user_id": user.pk,
        "here": "cases",
    }
    return render(request, "workflow/office/case.html", facts)


def _usual(case: Case, tasks: list[Any], offers: list[engine.Offer], user: User, posts: list[Post]) -> str:
    """Return the act that the waiting office task most plainly leads to; never a refusal, which nobody is nudged to."""
    wanted = [act for task in tasks if office.why_not(task, case, user, posts) is None for act in task.flow_task.usual]
    refusing = registry.get(case.procedure_name).refusals
    can = {offer.rule.name for offer in offers if offer.allowed and offer.rule.target not in refusing}
    return next((act for act in wanted if act in can), "")


def _at_the_counter(case: Case, posts: list[Post]) -> object:
    """Return what the counter of this person may register about the case now, as that page is called, or ""."""
    procedure, opening = about_at(case, posts)[0], face(case.procedure_name).opens
    if not procedure or not opening:
        return ""
    offers = engine.available(case, Requester(case.pk))
    return face(procedure).intake.title if any(one.allowed and one.rule.name in opening for one in offers) else ""


def opinions(case: Case) -> list[dict[str, Any]]:
    """Return what the departments were asked and have said, in the order of asking."""
    from viewflow.workflow.models import Task

    asked = Task.objects.filter(process__officework__case_id=case.pk, flow_task_type="HUMAN").exclude(data={})
    rows = [{**task.data, "status": task.status, "at": task.finished} for task in asked.order_by("pk")]
    return [row for row in rows if "asked" in row and (row.get("opinion") or row["status"] in office.OPEN)]


@official
@require_safe
def paper(request: HttpRequest, code: str, pk: int) -> HttpResponseBase:
    """Return the file of a document of the case, to be saved."""
    found, _offers = the_case(request, code)
    document = found.documents.filter(pk=pk).first()
    if document is None or not document.file:
        raise Http404
    openings.note(openings.PAPER, found, person(request), document)
    name = document.file_name or f"{found.code}-{document.pk}"
    ending = name[name.rfind(".") :].lower()
    response = FileResponse(document.file.open("rb"), content_type=INLINE.get(ending, "application/octet-stream"))
    response["Content-Disposition"] = content_disposition_header(True, name) or "attachment"
    response["X-Content-Type-Options"] = "nosniff"
    return response


@official
def act(request: HttpRequest, code: str, name: str) -> HttpResponse:
    """Return the form of an act; do the act when it is sent.

    `?thay=nguoi-ky` or `?thay=nguoi-yeu-cau`: a clerk enters what an official or the requester signed on paper.
    """
    found, offers = the_case(request, code)
    offer = next((one for one in offers if one.rule.name == name), None)
    if offer is None:
        raise Http404
    user, behalf = person(request), request.GET.get("thay", "")
    people = signers(found, offer.rule, powers(request)) if behalf == "nguoi-ky" else []
    for_requester = behalf == "nguoi-yeu-cau"
    refusal = offer.refusal
    if behalf:
        paper_acts = {(one.rule.name, kind) for one, kind in entered_for(found, user, powers(request), offers)}
        refusal = None if (name, behalf) in paper_acts else refusal
    if refusal is not None and request.method != "POST":
        return _refused(request, found, offer.rule, refusal)
    more: dict[str, Any] = {
        "user": user,
        "signers": people,
        "for_requester": for_requester,
        "known": _known(found, name),
    }
    if request.method != "POST":
        return _form(request, found, offer, forms.ActForm(found, offer.rule, **more))
    form = forms.ActForm(found, offer.rule, data=request.POST, files=request.FILES, **more)
    if forms.PREVIEW in request.POST:
        return _form(request, found, offer, form, preview=forms.preview(found, offer.rule, request.POST))
    if not form.is_valid():
        return _form(request, found, offer, form, status=422)
    try:
        if printed.PRINT in request.POST:
            draft = None if refusal else printed.first_draft(form, offer.capacity)
            return _pdf(*draft) if draft else _form(request, found, offer, form)
        printed.fire(found, form, offer.capacity)
    except errors.WorkflowError as refused:
        form.refuse(refused)
        return _form(request, found, offer, form, status=409 if isinstance(refused, errors.Conflict) else 422)
    messages.success(request, _("Done: %(act)s.") % {"act": offer.rule.title})
    return _after(request, found)


def _pdf(name: str, content: bytes) -> HttpResponse:
    response = HttpResponse(content, content_type="application/pdf")
    response["Content-Disposition"] = content_disposition_header(False, name) or "inline"
    response["X-Content-Type-Options"] = "nosniff"
    return response


def _after(request: HttpRequest, case: Case) -> HttpResponse:
    """Go back to the case, or to the tasks where the act has ended what was before the superior."""
    try:
        the_case(request, case.code)
    except Http404:
        return redirect("workflow:office")
    return redirect("workflow:office-case", code=case.code)


def _known(case: Case, act: str) -> dict[str, Any]:
    """Return what the office's draft says already for this act."""
    running = OfficeWork.objects.filter(case_id=case.pk, finished__isnull=True).order_by("-pk").first()
    draft = (running.data or {}).get("draft") if running else None
    return dict(draft) if draft and "answers" in registry.get(case.procedure_name).rules[act].params else {}


def _form(
    request: HttpRequest, case: Case, offer: engine.Offer, form: Any, *, status: int = 200, preview: Any = None
) -> HttpResponse:
    facts = {
        "case": case,
        "rule": offer.rule,
        "law": offer.law,
        "form": form,
        "preview": preview,
        "previewable": bool(offer.rule.extends),
        "printable": offer.allowed and form.makes_a_document,
        "opinions": opinions(case) if "answers" in offer.rule.params else [],
        "subject": face(case.procedure_name).subject(case),
        "here": "cases",
    }
    return render(request, "workflow/office/act.html", facts, status=status)


def _refused(request: HttpRequest, case: Case, rule: Rule, refusal: errors.Refused) -> HttpResponse:
    facts = {"case": case, "rule": rule, "refusal": refusal, "here": "cases"}
    return render(request, "workflow/office/refused.html", facts, status=409)
