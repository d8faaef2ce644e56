"""The patterns under the jurisdiction, and the entries behind each."""

from __future__ import annotations

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from workflow import clock
from workflow.inspection import patterns as found_in
from workflow.inspection import scope
from workflow.inspection.findings import MEANS
from workflow.inspection.forms import ScopeFilter
from workflow.inspection.views import listing
from workflow.inspection.views.access import inspector
from workflow.models import Finding


@inspector
@require_safe
def patterns(request: HttpRequest, paths: list[str]) -> HttpResponse:
    """Return the patterns under the jurisdiction with their numbers."""
    form, found = _findings(request, paths)
    found = scope.at_agencies(found, form.within())
    facts = {
        "form": form,
        "patterns": found_in.patterns(found, clock.legal_day(clock.now())),
        "habits": found_in.habits(found),
        "query": listing.queried(request.GET),
    }
    return render(request, "workflow/inspect/patterns.html", facts, status=422 if form.errors else 200)


def _findings(request: HttpRequest, paths: list[str]) -> tuple[ScopeFilter, Any]:
    form = ScopeFilter(request.GET or None, agencies=scope.agencies(paths))
    found = Finding.objects.all()
    if form.is_bound:
        found = form.chosen(found) if form.is_valid() else found.none()
    return form, found


@inspector
@require_safe
def pattern(request: HttpRequest, paths: list[str], kind: str) -> HttpResponse:
    """Return the entries behind one pattern, newest first."""
    kind = kind.replace("-", "_")
    if kind not in Finding.PATTERNS:
        raise Http404
    form, found = _findings(request, paths)
    chosen = Finding.Kind(kind)
    more = {"title": chosen.label, "means": MEANS[chosen]}
    listed = found.filter(kind=kind).order_by("-at", "-pk")
    return listing.log_page(request, form, listed, "workflow/inspect/pattern.html", **more)
