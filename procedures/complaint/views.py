"""The citizen's page on which a complaint is lodged, from the page of what it attacks."""

from __future__ import annotations

import secrets
from functools import partial
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_http_methods

from procedures.complaint.forms import LodgeForm
from procedures.complaint.models import FirstComplaint
from procedures.complaint.shared import Complaint
from procedures.explanation.models import ExplanationRequest
from procedures.explanation.views import access, filing
from workflow import explain
from workflow.models import Case
from workflow.permissions.pages import SECRET
from workflow.presentation import DueLine, Happening
from workflow.views.access import needs


@needs(SECRET)
@cache_control(private=True, no_cache=True)
@require_http_methods(["GET", "HEAD", "POST"])
def new(request: HttpRequest, code: str) -> HttpResponse:
    """Return the form of a complaint against a case that is open to this session, or lodge it and show the receipt."""
    against = access.granted(request, code)
    if not isinstance(against, ExplanationRequest | FirstComplaint):
        raise Http404
    page = partial(_page, against=against)
    if request.method != "POST":
        filing.begin(request)
        return page(request, LodgeForm(against, initial={"token": secrets.token_hex(16)}))
    return filing.sent(request, LodgeForm(against, request.POST, request.FILES), page)


def _page(request: HttpRequest, form: LodgeForm, *, against: Case, status: int = 200) -> HttpResponse:
    draft = form.draft
    period = draft.law.periods[draft.case.variant("file")]
    facts: dict[str, Any] = {
        "case": against,
        "form": form,
        "settlers": draft.settlers,
        "period": period,
        "limit": draft.limit,
        "why": explain.sentences(draft.limit, period),
        "over": draft.is_over,
        "law": draft.law,
        "had_files": bool(request.FILES),
    }
    return render(request, "complaint/new.html", facts, status=status)


def facts_of(found: Complaint, told: list[Happening], lines: list[DueLine]) -> dict[str, Any]:
    """Return what only the page of a complaint shows: what it attacks, who settles it, what was decided."""
    from procedures.complaint.office_forms import facts

    return {
        **facts(found),
        "is_first": found.instance == "first",
        "late": [line for line in lines if line.is_late],
        "attacked": found.attacked,
        "earlier": found.earlier,
    }
