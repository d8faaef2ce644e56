"""The agencies under the jurisdiction, their log, the late cases and the breach register, as pages and as files."""

from __future__ import annotations

from typing import Any

from django.db.models import Q
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.views.decorators.http import require_safe

from workflow import clock
from workflow.inspection import exports, scope
from workflow.inspection.forms import LogFilter, ScopeFilter
from workflow.inspection.views import listing
from workflow.inspection.views.access import inspector
from workflow.models import Breach, Deadline
from workflow.permissions import under


@inspector
@require_safe
def overview(request: HttpRequest, paths: list[str]) -> HttpResponse:
    """Return the agencies under the jurisdiction with their numbers, and the cases that are late."""
    code = request.GET.get("code", "").strip().upper()[:24]
    if code and scope.cases(paths).filter(code=code).exists():
        return redirect("workflow:inspect-case", code=code)
    today = clock.legal_day(clock.now())
    tallies = scope.tallies(paths, today)
    facts = {
        "tallies": tallies,
        "total": {name: sum(getattr(one, name) for one in tallies) for name in ("open", "late", "closed")},
        "late": scope.late_clocks(paths, today)[: scope.LATE_SHOWN],
        "code": code,
        "today": today,
    }
    return render(request, "workflow/inspect/overview.html", facts)


@inspector
@require_safe
def log(request: HttpRequest, paths: list[str]) -> HttpResponse:
    """Return a page of the subtree's log, newest first."""
    form, found = _searched(request, paths)
    return listing.log_page(request, form, found, "workflow/inspect/log.html")


def _searched(request: HttpRequest, paths: list[str]) -> tuple[LogFilter, Any]:
    """Return the search of the log that the address carries, and the entries that fit."""
    form = LogFilter(request.GET or None, agencies=scope.agencies(paths))
    found = scope.entries()
    if form.is_bound:
        found = form.chosen(found) if form.is_valid() else found.none()
    return form, found


@inspector
@require_safe
def log_export(request: HttpRequest, paths: list[str]) -> HttpResponseBase:
    """Return the entries of a search as a file."""
    form, found = _searched(request, paths)
    if form.errors:
        return listing.log_page(request, form, found, "workflow/inspect/log.html")
    lines = list(exports.log_lines(scope.at_agencies(found, form.within())))
    return listing.file(request, "nhat-ky", exports.log_heading(), lines)


@inspector
@require_safe
def overdue(request: HttpRequest, paths: list[str]) -> HttpResponse:
    """Return the cases whose last day has passed, the oldest first."""
    form, found = _overdue(request, paths)
    due, _tilde, pk = request.GET.get("sau", "").partition("~")
    if (day := listing.day_of(due)) and pk.isdigit():
        found = found.filter(Q(due_on__gt=day) | Q(due_on=day, pk__gt=int(pk[:18])))
    rows = list(found[: listing.PAGE + 1])
    last = rows[listing.PAGE - 1] if len(rows) > listing.PAGE else None
    today = clock.legal_day(clock.now())
    facts = {
        "form": form,
        "rows": list(zip(rows[: listing.PAGE], exports.overdue_lines(rows[: listing.PAGE], today), strict=True)),
        "later": listing.queried(request.GET, sau=f"{last.due_on}~{last.pk}") if last else "",
        "query": listing.queried(request.GET),
    }
    return render(request, "workflow/inspect/overdue.html", facts, status=422 if form.errors else 200)


def _overdue(request: HttpRequest, paths: list[str]) -> tuple[ScopeFilter, Any]:
    form = ScopeFilter(request.GET or None, agencies=scope.agencies(paths))
    found = scope.late_clocks(paths, clock.legal_day(clock.now())).order_by("due_on", "pk")
    if not form.is_bound:
        return form, found
    if not form.is_valid():
        return form, Deadline.objects.none()
    data = form.cleaned_data
    found = found.filter(case__agency__in=form.within().order_by().values("pk"))
    if data["since"]:
        found = found.filter(due_on__gte=data["since"])
    if data["until"]:
        found = found.filter(due_on__lte=data["until"])
    return form, found


@inspector
@require_safe
def overdue_export(request: HttpRequest, paths: list[str]) -> HttpResponseBase:
    """Return the late cases as a file."""
    form, found = _overdue(request, paths)
    today = clock.legal_day(clock.now())
    return listing.file(
        request, "qua-han", exports.overdue_heading(), list(exports.overdue_lines(found[: exports.MOST], today))
    )


@inspector
@require_safe
def breaches_export(request: HttpRequest, paths: list[str]) -> HttpResponseBase:
    """Return the breach register of the jurisdiction as a file."""
    found = Breach.objects.filter(under(paths, "agency__path")).select_related("case__agency", "agency")
    today = clock.legal_day(clock.now())
    lines = list(exports.breach_lines(found.order_by("-due_on", "-pk"), today))
    return listing.file(request, "vi-pham", exports.breach_heading(), lines)
