"""What the inspector's lists share: a page of them by a place in the list, and the list as a file that is recorded."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseBase, QueryDict
from django.shortcuts import render

from workflow import spreadsheets
from workflow.inspection import exports, scope
from workflow.inspection.forms import ScopeFilter
from workflow.inspection.pages import Cursor, log_rows
from workflow.models import Finding, LogEntry
from workflow.views.access import person

PAGE = 50


def log_page(request: HttpRequest, form: ScopeFilter, found: Any, template: str, **more: Any) -> HttpResponse:
    """Return a page of entries, or of findings, by a place in the list."""
    if before := Cursor.read(request.GET.get("before", "")):
        found = scope.after(found, before.at, before.pk)
    rows = scope.first(found, form.within(), PAGE + 1)
    last = Cursor(rows[PAGE - 1].at, rows[PAGE - 1].pk) if len(rows) > PAGE else None
    if rows and isinstance(rows[0], Finding):
        entries = LogEntry.objects.in_bulk([one.entry_id for one in rows])
        rows = [entries[one.entry_id] for one in rows if one.entry_id in entries]
    facts = {
        "form": form,
        "rows": log_rows(rows[:PAGE]),
        "older": queried(request.GET, before=str(last)) if last else "",
        "newest": queried(request.GET) if before else "",
        "query": queried(request.GET),
        **more,
    }
    return render(request, template, facts, status=422 if form.errors else 200)


def file(request: HttpRequest, name: str, heading: list[str], lines: list[Any]) -> HttpResponseBase:
    """Return a list as CSV, or as XLSX if asked; that it was taken along is recorded first."""
    kind = spreadsheets.XLSX if request.GET.get("dang") == spreadsheets.XLSX else spreadsheets.CSV
    chosen = {key: str(value)[:100] for key, value in request.GET.items() if value and key != "before"}
    exports.note(name, len(lines), person(request), chosen)
    return spreadsheets.response(kind, name, heading, lines)


def queried(query: QueryDict, **changes: str) -> str:
    """Return the query of a link: the filters as they are, with another place in the list."""
    copied = query.copy()
    for place in ("before", "sau"):
        copied.pop(place, None)
    for name, value in changes.items():
        copied[name] = value
    return copied.urlencode()


def day_of(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None
