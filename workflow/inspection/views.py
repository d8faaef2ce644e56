"""The inspector's pages: agencies, their log, one case with its chain, patterns, samples.

They read; what they write is that they did, and the samples that were drawn.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from functools import wraps
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from django.contrib import messages
from django.db.models import Q
from django.http import FileResponse, Http404, HttpRequest, HttpResponse, HttpResponseBase, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from workflow import clock, erasure, openings, panels, spreadsheets, store
from workflow.inspection import draws as drawing
from workflow.inspection import exports, extract, scope
from workflow.inspection import patterns as found_in
from workflow.inspection.findings import MEANS, of_case
from workflow.inspection.forms import DrawForm, HoldForm, LogFilter, ScopeFilter
from workflow.inspection.pages import Cursor, case_page, log_rows, openings_of
from workflow.ledger import export
from workflow.ledger.models import Checkpoint
from workflow.models import Agency, Breach, Case, Deadline, Draw, Finding, LogEntry
from workflow.permissions import INSPECTOR, inspected, under
from workflow.views.access import needs, person, powers

PAGE = 50
View = Callable[..., HttpResponseBase]


def inspector(view: View) -> View:
    """Let only inspectors see a page, each under their own jurisdiction; these pages only read."""

    @wraps(view)
    def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        return view(request, inspected(person(request), clock.now(), powers(request)), *args, **kwargs)

    return needs(INSPECTOR)(guarded)


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
    return _log_page(request, form, found, "workflow/inspect/log.html")


def _searched(request: HttpRequest, paths: list[str]) -> tuple[LogFilter, Any]:
    """Return the search of the log that the address carries, and the entries that fit."""
    form = LogFilter(request.GET or None, agencies=scope.agencies(paths))
    found = scope.entries()
    if form.is_bound:
        found = form.chosen(found) if form.is_valid() else found.none()
    return form, found


def _log_page(request: HttpRequest, form: ScopeFilter, found: Any, template: str, **more: Any) -> HttpResponse:
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
        "older": _with(request.GET, before=str(last)) if last else "",
        "newest": _with(request.GET) if before else "",
        "query": _with(request.GET),
        **more,
    }
    return render(request, template, facts, status=422 if form.errors else 200)


@inspector
@require_safe
def log_export(request: HttpRequest, paths: list[str]) -> HttpResponseBase:
    """Return the entries of a search as a file."""
    form, found = _searched(request, paths)
    if form.errors:
        return _log_page(request, form, found, "workflow/inspect/log.html")
    lines = list(exports.log_lines(scope.at_agencies(found, form.within())))
    return _file(request, "nhat-ky", exports.log_heading(), lines)


@inspector
@require_safe
def overdue(request: HttpRequest, paths: list[str]) -> HttpResponse:
    """Return the cases whose last day has passed, the oldest first."""
    form, found = _overdue(request, paths)
    due, _tilde, pk = request.GET.get("sau", "").partition("~")
    if (day := _day(due)) and pk.isdigit():
        found = found.filter(Q(due_on__gt=day) | Q(due_on=day, pk__gt=int(pk[:18])))
    rows = list(found[: PAGE + 1])
    last = rows[PAGE - 1] if len(rows) > PAGE else None
    today = clock.legal_day(clock.now())
    facts = {
        "form": form,
        "rows": list(zip(rows[:PAGE], exports.overdue_lines(rows[:PAGE], today), strict=True)),
        "later": _with(request.GET, sau=f"{last.due_on}~{last.pk}") if last else "",
        "query": _with(request.GET),
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
    return _file(
        request, "qua-han", exports.overdue_heading(), list(exports.overdue_lines(found[: exports.MOST], today))
    )


@inspector
@require_safe
def breaches_export(request: HttpRequest, paths: list[str]) -> HttpResponseBase:
    """Return the breach register of the jurisdiction as a file."""
    found = Breach.objects.filter(under(paths, "agency__path")).select_related("case__agency", "agency")
    today = clock.legal_day(clock.now())
    lines = list(exports.breach_lines(found.order_by("-due_on", "-pk"), today))
    return _file(request, "vi-pham", exports.breach_heading(), lines)


def _file(request: HttpRequest, name: str, heading: list[str], lines: list[Any]) -> HttpResponseBase:
    """Return a list as CSV, or as XLSX if asked; that it was taken along is recorded first."""
    kind = spreadsheets.XLSX if request.GET.get("dang") == spreadsheets.XLSX else spreadsheets.CSV
    chosen = {key: str(value)[:100] for key, value in request.GET.items() if value and key != "before"}
    exports.note(name, len(lines), person(request), chosen)
    return spreadsheets.response(kind, name, heading, lines)


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
        "query": _with(request.GET),
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
    return _log_page(request, form, listed, "workflow/inspect/pattern.html", **more)


@inspector
@require_http_methods(["GET", "HEAD", "POST"])
def draws(request: HttpRequest, paths: list[str]) -> HttpResponse:
    """Return the samples drawn under the jurisdiction; draw another when asked."""
    agencies = scope.agencies(paths)
    form = DrawForm(request.POST or None, agencies=agencies)
    if request.method == "POST" and form.is_valid():
        drawn = drawing.draw(**form.cleaned_data, by=person(request))
        return redirect("workflow:inspect-draw", pk=drawn.pk)
    drawn_here = Draw.objects.filter(agency__in=agencies.order_by().values("pk")).select_related("agency", "by")
    facts = {"form": form, "draws": drawn_here.order_by("-pk")[:PAGE]}
    return render(request, "workflow/inspect/draws.html", facts, status=422 if form.errors else 200)


@inspector
@require_safe
def draw(request: HttpRequest, paths: list[str], pk: int) -> HttpResponse:
    """Return one sample with its cases, drawn anew to see whether it still stands."""
    agencies = scope.agencies(paths).order_by().values("pk")
    drawn = get_object_or_404(Draw.objects.select_related("agency", "by"), pk=pk, agency__in=agencies)
    cases = {case.code: case for case in scope.cases(paths).filter(code__in=drawn.codes)}
    facts = {
        "draw": drawn,
        "cases": [(code, cases.get(code)) for code in drawn.codes],
        "stands": drawing.standing(drawn),
    }
    return render(request, "workflow/inspect/draw.html", facts)


@inspector
@require_safe
def case(request: HttpRequest, paths: list[str], code: str) -> HttpResponse:
    """Return everything that is known of a case, its chain checked now."""
    found = _the_case(request, paths, code)
    facts = {
        "case": found,
        **case_page(found),
        "openings": openings_of(of_case(found.pk, [Finding.Kind.OPENED])),
        "panels": panels.of_case(found, request),
        "inspects": True,
        "holds": found.holds.select_related("by", "released_by").order_by("pk"),
        "hold_form": HoldForm(),
        "erased_on": erasure.erased_on(found),
    }
    return render(request, "workflow/inspect/case.html", facts)


@inspector
@require_POST
def hold(request: HttpRequest, paths: list[str], code: str) -> HttpResponse:
    """Keep a case from being erased, or release it."""
    found = _the_case(request, paths, code)
    if pk := request.POST.get("release", ""):
        erasure.release(get_object_or_404(found.holds, pk=pk if pk.isdigit() else 0), by=person(request))
        messages.success(request, _("Released; the file may be erased once the law allows it."))
        return redirect("workflow:inspect-case", code=found.code)
    form = HoldForm(request.POST)
    if form.is_valid():
        erasure.hold(found, **form.cleaned_data, by=person(request))
        messages.success(request, _("Held; nobody can erase what this case says until an inspector releases it."))
    else:
        messages.error(request, _("Not held: give the number of the document and the reason."))
    return redirect("workflow:inspect-case", code=found.code)


@inspector
@require_POST
def bundle(request: HttpRequest, paths: list[str], code: str) -> HttpResponseBase:
    """Return the evidence bundle of a case; that it was taken along is recorded before it leaves the house."""
    found = _the_case(request, paths, code)

    def log(written: export.Written) -> None:
        chosen = {"case": found.code}
        exports.note("bundle", written.entries, person(request), chosen, attached=dict(written.attached))

    def attach(checkpoint: Checkpoint | None) -> dict[str, bytes]:
        mine = [one.agency_id for one in powers(request) if one.role == INSPECTOR and agency.path.startswith(one.path)]
        house = Agency.objects.filter(pk__in=mine).order_by("-path").first()
        return {extract.MEMBER: extract.pdf(found, checkpoint, at=now, by=person(request), house=house)}

    agency, now = found.agency, clock.now()
    with TemporaryDirectory() as folder:
        path = Path(folder) / f"{found.code}.zip"
        export.write(path, export.Scope(case=found.code), at=now, then=log, attach=attach)
        content = path.open("rb")  # the file stays readable until the answer has been sent
    return FileResponse(content, as_attachment=True, filename=f"chung-cu-{found.code}.zip")


@inspector
@require_safe
def paper(request: HttpRequest, paths: list[str], code: str, pk: str) -> HttpResponseBase:
    """Return the scan of a document."""
    found = _the_case(request, paths, code)
    document = get_object_or_404(found.documents, pk=int(pk))
    if not document.file:
        raise Http404
    openings.note(openings.PAPER, found, person(request), document)
    name = document.file_name or _("document")
    return FileResponse(document.file.open("rb"), as_attachment=True, filename=name)


def _the_case(request: HttpRequest, paths: list[str], code: str) -> Case:
    """Return a case under the jurisdiction, and leave a trace that it was opened."""
    found = get_object_or_404(scope.cases(paths), code=code.upper())
    openings.note(openings.INSPECTED, found, person(request))
    agency = found.agency
    found = store.load(found)
    found.agency = agency
    return found


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


def _with(query: QueryDict, **changes: str) -> str:
    """Return the query of a link: the filters as they are, with another place in the list."""
    copied = query.copy()
    for place in ("before", "sau"):
        copied.pop(place, None)
    for name, value in changes.items():
        copied[name] = value
    return copied.urlencode()
