"""The inspector's pages: agencies, their log, one case with its chain. They read; the only write is that they did."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any, cast

from django.contrib.auth.decorators import login_required
from django.http import FileResponse, Http404, HttpRequest, HttpResponse, HttpResponseBase, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_safe

from workflow import clock, store
from workflow.inspection import scope
from workflow.inspection.forms import LogFilter
from workflow.inspection.pages import Cursor, case_page, log_rows
from workflow.models import Case, User

PAGE = 50
View = Callable[..., HttpResponseBase]


def inspector(view: View) -> View:
    """Let only inspectors see a page, each under their own jurisdiction; nobody else learns that it exists."""

    @wraps(view)
    def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        paths = scope.jurisdiction(request.user)
        if not paths:
            raise Http404
        return view(request, paths, *args, **kwargs)

    return cast(View, cache_control(private=True, no_store=True)(require_safe(login_required(guarded))))


@inspector
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
def log(request: HttpRequest, paths: list[str]) -> HttpResponse:
    """Return a page of the subtree's log, newest first."""
    form = LogFilter(request.GET or None, agencies=scope.agencies(paths))
    found = scope.entries(paths)
    if form.is_bound:
        found = form.chosen(found) if form.is_valid() else found.none()
    if before := Cursor.read(request.GET.get("before", "")):
        found = scope.after(found, before.at, before.pk)
    entries = list(found[: PAGE + 1])
    more = Cursor(entries[PAGE - 1].at, entries[PAGE - 1].pk) if len(entries) > PAGE else None
    facts = {
        "form": form,
        "rows": log_rows(entries[:PAGE]),
        "older": _with(request.GET, before=str(more)) if more else "",
        "newest": _with(request.GET) if before else "",
    }
    return render(request, "workflow/inspect/log.html", facts, status=422 if form.errors else 200)


@inspector
def case(request: HttpRequest, paths: list[str], code: str) -> HttpResponse:
    """Return everything that is known of a case, its chain checked now."""
    found = _the_case(request, paths, code)
    return render(request, "workflow/inspect/case.html", {"case": found, **case_page(found)})


@inspector
def paper(request: HttpRequest, paths: list[str], code: str, pk: str) -> HttpResponseBase:
    """Return the scan of a document."""
    document = get_object_or_404(_the_case(request, paths, code).documents, pk=int(pk))
    if not document.file:
        raise Http404
    name = document.file_name or _("document")
    return FileResponse(document.file.open("rb"), as_attachment=True, filename=name)


def _the_case(request: HttpRequest, paths: list[str], code: str) -> Case:
    """Return a case under the jurisdiction, and leave a trace that it was opened."""
    found = get_object_or_404(scope.cases(paths), code=code.upper())
    assert isinstance(request.user, User)
    scope.note(request.user, found)
    agency = found.agency
    found = store.load(found)
    found.agency = agency
    return found


def _with(query: QueryDict, **changes: str) -> str:
    """Return the query of a link: the filters as they are, with another place in the list."""
    copied = query.copy()
    copied.pop("before", None)
    for name, value in changes.items():
        copied[name] = value
    return copied.urlencode()
