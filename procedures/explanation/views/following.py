"""Following a case: open it with its code and secret, see where it stands and why, read its papers."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

from django.http import FileResponse, Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from procedures.citizen import page_of
from procedures.explanation.forms.following import FollowForm
from procedures.explanation.models import OPEN, RECEIVED, ExplanationRequest
from procedures.explanation.request import waits_for_counter
from procedures.explanation.views import access
from procedures.fields import kind_of
from workflow import clock, engine, histories, signals
from workflow.actors import Requester
from workflow.calendar import due
from workflow.ledger import chain
from workflow.models import Case, Disclosure, LogEntry
from workflow.permissions.pages import ANYBODY, SECRET
from workflow.presentation import DueLine, Happening, day, due_lines, timeline
from workflow.views import receipts
from workflow.views.access import needs

OWN_PAPERS = ("signature", "attachment")
"""Kinds of documents that the requester handed in on these pages."""
PRIVATE = ("actor_name",)
"""Names in the log that the citizen's page does not show: people act here for an office."""


@needs(ANYBODY)
@cache_control(private=True, no_store=True)
@require_http_methods(["GET", "HEAD", "POST"])
def follow(request: HttpRequest) -> HttpResponse:
    """Return the page that asks for code and secret, or open the case they fit.

    A wrong secret and an unknown code get the same answer.
    """
    if request.method != "POST":
        cases = Case.objects.filter(pk__in=request.session.get(access.GRANTED, []))
        form = FollowForm(initial={"code": request.GET.get("code", "")[:40]})
        return render(request, "explanation/follow.html", {"form": form, "cases": cases.order_by("-pk")})
    form = FollowForm(request.POST)
    status = 422
    if form.is_valid():
        code = access.spelt(form.cleaned_data["code"])
        key = access.tries(request, code)
        if access.is_throttled(key):
            form.add_error(None, _("Too many wrong tries for this code. Wait 15 minutes, then try again."))
            status = 429
        elif case := access.matching(code, form.cleaned_data["secret"]):
            request.session.cycle_key()
            access.grant(request, case.pk)
            return redirect("explanation:case", code=case.code)
        else:
            access.count(key)
            form.add_error(None, _("No case fits this code and secret. Check both on your receipt, letter by letter."))
    return render(request, "explanation/follow.html", {"form": form}, status=status)


@needs(SECRET)
@cache_control(private=True, no_store=True)
@require_safe
def case(request: HttpRequest, code: str) -> HttpResponse:
    """Return one case: where it stands, until when and why, what happened, what may be done."""
    found = access.granted(request, code)
    today = clock.legal_day(clock.now())
    offers = engine.available(found, Requester(found.pk))
    entries = list(LogEntry.objects.filter(chain=found.chain).order_by("seq"))
    texts: dict[int, dict[str, str]] = {}
    for one in Disclosure.objects.filter(entry__in=[entry.pk for entry in entries]):
        if one.name not in PRIVATE:
            texts.setdefault(one.entry_id, {})[one.name] = _plain(one.value)
    told = timeline(found, entries, papers=found.documents.all(), texts=texts)
    lines = due_lines(found, today)
    page = page_of(found)
    offered = {*page.forms, *page.elsewhere}
    mine = [offer for offer in offers if offer.rule.name in offered]
    facts: dict[str, Any] = {
        "case": found,
        "wait": found.law.fill(found.procedure.waits.get(found.state, "")),
        "current": next((line for line in lines if line.clock.state != "stopped" and not line.is_over), None),
        "lines": lines,
        "dates": histories.of(found, lines, told),
        "happenings": [one for one in reversed(told) if _concerns_the_requester(one)],
        "can": [offer for offer in mine if offer.allowed],
        "cannot": [offer for offer in mine if not offer.allowed],
        "of_office": [offer for offer in offers if offer.rule.name not in offered],
        "own_papers": [paper for paper in found.documents.all() if paper.kind in OWN_PAPERS],
        "failures": chain.verify_case(found),
        "entries": len(entries),
        "law": found.law,
        **page.facts(found, told, lines),
    }
    return render(request, page.template, facts)


def facts_of(found: ExplanationRequest, told: list[Happening], lines: list[DueLine]) -> dict[str, Any]:
    """Return what only the page of a request shows: its questions, what was missed, the complaints about it."""
    return {
        "is_open": found.state in OPEN,
        "late": [(line, _complain_by(found, line)) for line in lines if line.is_late],
        "questions": _questions(found, told),
        "confirm": waits_for_counter(found) and found.state == RECEIVED,
    }


def _complain_by(found: ExplanationRequest, line: DueLine) -> str:
    """Return the last day for a complaint about silence, counted from its first day (LKN Đ.9)."""
    assert line.on is not None
    silent_from = line.on + timedelta(days=1)
    return day(due(found.law.periods["complain"], silent_from, line.due.calendar, counting=line.due.counting).on)


def _plain(text: str) -> str:
    """Return a disclosed value as text; it is kept in the canonical form, strings in quotation marks."""
    try:
        value = json.loads(text)
    except ValueError:
        return text
    return value if isinstance(value, str) else text


def _concerns_the_requester(one: Happening) -> bool:
    """Return whether an entry is shown to the citizen: every act, and what the law makes of the office's silence."""
    if not one.entry.transition.startswith("alarm:"):
        return True
    return one.rung is not None and one.rung.offset >= 0 and not one.rung.every


def _questions(found: ExplanationRequest, told: list[Happening]) -> list[dict[str, Any]]:
    """Return each question with its kinds, how it stands, and its answer or the ground and reason of its refusal."""
    rows: list[dict[str, Any]] = []
    for number, question in enumerate(found.questions, 1):
        known = found.law.checklists["content_types"]
        kinds = [known[kind].text for kind in question.get("content_types", ()) if kind in known]
        rows.append({"number": number, "text": question["text"], "kinds": kinds, "is_open": question.get("open", True)})
    for one in told:
        for name, list_of in (("answer", "answers"), ("refusal", "refusals")):
            for n, given in enumerate(one.data.get(list_of) or ()):
                number = given.get("question", 0)
                if not 1 <= number <= len(rows):
                    continue
                word = "text" if name == "answer" else "reason"
                rows[number - 1][name] = one.texts.get(f"{list_of}.{n}.{word}", "")
                if name == "refusal":
                    rows[number - 1]["ground"] = found.law.ground(str(given.get("ground", "")))
    return rows


@needs(SECRET)
@cache_control(private=True, no_store=True)
@require_safe
def paper(request: HttpRequest, code: str, pk: str) -> HttpResponseBase:
    """Return the scan of a document that the log cites or the requester handed in, or its text as a page."""
    found = access.granted(request, code)
    document = found.documents.filter(pk=int(pk)).first()
    if document is None or not (document.kind in OWN_PAPERS or document.pk in cited(found)):
        raise Http404
    if request.method == "GET":
        signals.paper_opened.send_robust(ExplanationRequest, case=found, document=document, at=clock.now())
    if document.file and "text" not in request.GET:
        stream = document.file.open("rb")
        kind = kind_of(stream) or "application/octet-stream"
        response = FileResponse(stream, content_type=kind)
        name = document.file_name or f"{document.kind}.pdf"
        response["Content-Disposition"] = content_disposition_header(True, name) or "attachment"
        response["X-Content-Type-Options"] = "nosniff"
        return response
    return render(request, "explanation/paper.html", {"case": found, "paper": document})


def cited(found: Case) -> set[int]:
    """Return the documents that the log of a case cites: those that its requester may open."""
    entries = LogEntry.objects.filter(chain=found.chain).order_by("seq")
    told = timeline(found, entries, papers=found.documents.only("pk"))
    return {document.pk for one in told for document in one.papers}


@needs(SECRET)
@cache_control(private=True, no_store=True)
@require_safe
def receipt(request: HttpRequest, code: str, seq: str) -> HttpResponse:
    """Return the receipt of one entry of the case."""
    return receipts.page(request, access.granted(request, code), int(seq))


@needs(SECRET)
@require_POST
def leave(request: HttpRequest, code: str) -> HttpResponse:
    """Close the case to this session and go to the first page."""
    access.forget(request, access.granted(request, code).pk)
    return redirect("explanation:home")
