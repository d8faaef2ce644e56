"""Keeping the calendar: its years and editions, proposals before a second person, local closures."""

from __future__ import annotations

import csv
from collections.abc import Callable
from functools import wraps
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_safe

from workflow import calendars, clock, yearly
from workflow.calendar import Calendar, CalendarError
from workflow.calendar_forms import KINDS, ClosureForm, DayRows, ImportForm, YearForm, rows_given
from workflow.inspection import scope
from workflow.ledger import canonical
from workflow.models import CalendarProposal, CalendarVersion, LocalClosure
from workflow.panels import Tab
from workflow.permissions import ADMINISTRATOR, administered
from workflow.reprojection import Move
from workflow.views.access import View, needs, person, powers

SHOWN = 200  # deadlines listed on a page; the file has them all
AROUND = 1  # years shown before and after those the table knows
SETTLED_AT_ONCE = 4  # batches counted anew within the page's own request; the rest in the background


def keeper(view: View) -> View:
    """Let only those see a page who keep the calendar: administrators of the central or a province agency."""

    @wraps(view)
    def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if not calendars.keeps(person(request), clock.now()):
            raise PermissionDenied
        return view(request, *args, **kwargs)

    return needs(ADMINISTRATOR)(guarded)


def _waiting(request: HttpRequest) -> int | None:
    """Return how many proposals wait for this person, None for those who do not keep the calendar."""
    if not any(post.role == ADMINISTRATOR for post in powers(request)) or not calendars.keeps(
        person(request), clock.now()
    ):
        return None
    models = (CalendarProposal, LocalClosure)
    return sum(one._default_manager.filter(state="open").exclude(proposed_by=person(request)).count() for one in models)


TAB = Tab("calendar", "/quan-tri/lich/", gettext_lazy("Calendar"), _waiting)


@keeper
@require_safe
def overview(request: HttpRequest) -> HttpResponse:
    """Return the years with their status, the editions, and what waits for a second person."""
    table = calendars.in_force()
    known = {day.year for name in yearly.LISTS.values() for day in getattr(table, name)} or {clock.now().year}
    years = range(min(known), max(known) + AROUND + 1)
    facts = {
        "years": [(year, yearly.is_confirmed(table, year), len(yearly.rows(table, year))) for year in reversed(years)],
        "edition": calendars.edition(),
        "confirmed_through": table.confirmed_through,
        "editions": CalendarVersion.objects.select_related("proposal__proposed_by", "proposal__decided_by").order_by(
            "-pk"
        )[:20],
        "proposals": CalendarProposal.objects.filter(state="open").select_related("proposed_by").order_by("-pk"),
        "closures": LocalClosure.objects.select_related("agency", "proposed_by").order_by("-pk")[:20],
        "counting": CalendarProposal.objects.filter(state="accepted", done_at=None).exists(),
        "here": "calendar",
    }
    return render(request, "workflow/calendar/overview.html", facts)


@keeper
def year(request: HttpRequest, year: int) -> HttpResponse:
    """Return one year of the table to change; show what it would move, then put it before a second person."""
    if not yearly.FIRST <= year <= yearly.LAST:
        raise Http404
    table = calendars.in_force()
    facts: dict[str, Any] = {"year": year, "edition": calendars.edition(), "here": "calendar", "import": ImportForm()}
    if request.method != "POST":
        return _year(request, facts, yearly.rows(table, year), confirmed=yearly.is_confirmed(table, year))
    if "holidays" in request.POST:
        return _year(request, facts, yearly.from_holidays(year), source=CalendarProposal.Source.HOLIDAYS)
    if "import" in request.POST:
        given = ImportForm(request.POST, request.FILES)
        if given.is_valid():
            return _year(request, facts, given.rows, source=CalendarProposal.Source.CSV)
        facts["import"] = given
        return _year(request, facts, yearly.rows(table, year), status=422)
    return _given(request, facts, table)


def _year(
    request: HttpRequest, facts: dict[str, Any], rows: list[yearly.Row], *, confirmed: bool = False, source: str = "",
    status: int = 200,
) -> HttpResponse:  # fmt: skip
    days = DayRows(initial=[{"on": row.on, "kind": row.kind, "name": row.name} for row in rows])
    form = YearForm(initial={"confirmed": confirmed, "source": source})
    facts |= {"days": days, "form": form, "source": dict(CalendarProposal.Source.choices).get(source, "")}
    return render(request, "workflow/calendar/year.html", facts, status=status)


def _given(request: HttpRequest, facts: dict[str, Any], table: Calendar) -> HttpResponse:
    """Judge a year that was sent: preview it, or propose what has been previewed."""
    days, form = DayRows(request.POST), YearForm(request.POST)
    facts |= {"days": days, "form": form}
    valid = days.is_valid() & form.is_valid()
    if not valid:
        return render(request, "workflow/calendar/year.html", facts, status=422)
    said, year = form.cleaned_data, facts["year"]
    try:
        version = clock.legal_day(clock.now()).isoformat()
        new = yearly.replaced(table, year, rows_given(days), confirmed=said["confirmed"], version=version)
    except CalendarError as error:
        form.add_error(None, _(error.message) % error.facts)
        return render(request, "workflow/calendar/year.html", facts, status=422)
    seen = canonical.digest(canonical.form({"edition": facts["edition"], **new.to_json()}))
    if "propose" in request.POST and request.POST.get("seen") == seen:
        source = said["source"] if said["source"] in CalendarProposal.Source.values else CalendarProposal.Source.TYPED
        try:
            made = calendars.propose(
                new, by=person(request), document=said["document"], note=said["note"], source=source
            )
        except calendars.NothingChanges as why:
            form.add_error(None, str(why))
            return render(request, "workflow/calendar/year.html", facts, status=422)
        messages.success(request, _("Proposed. Another administrator must publish it."))
        return redirect("workflow:calendar-proposal", pk=made.pk)
    return render(request, "workflow/calendar/year.html", facts | {"seen": seen, **_preview(new, table)})


def _preview(change: Calendar | LocalClosure, table: Calendar | None = None) -> dict[str, Any]:
    """Return what a page shows of a change: the days that differ, the deadlines that move, the breaches."""
    preview = calendars.preview(change, clock.now())
    names = dict(KINDS)
    differences = yearly.difference(table, change) if table is not None and isinstance(change, Calendar) else []
    return {
        "preview": preview,
        "shown": preview.moves[:SHOWN],
        "more": max(len(preview.moves) - SHOWN, 0),
        "differences": [(one, names.get(one.was, ""), names.get(one.now, "")) for one in differences],
    }


@keeper
def proposal(request: HttpRequest, pk: int) -> HttpResponse:
    """Return a proposal with its preview; publish or decline it."""
    found = get_object_or_404(CalendarProposal.objects.select_related("proposed_by", "decided_by", "edition"), pk=pk)
    if request.method == "POST":
        return _decided(request, found, calendars.publish, _("Published. Open deadlines are being counted anew."))
    table = Calendar.from_json(found.table)
    looked_at = _preview(table, calendars.in_force()) if found.state == found.State.OPEN else {}
    if "tep" in request.GET and looked_at:
        return _file(looked_at["preview"].moves, f"de-xuat-{found.pk}.csv")
    facts = {"proposal": found, "own": found.proposed_by_id == person(request).pk, "here": "calendar", **looked_at}
    return render(request, "workflow/calendar/proposal.html", facts)


@keeper
def closure(request: HttpRequest, pk: int) -> HttpResponse:
    """Return a local closure with its preview; confirm or decline it."""
    found = get_object_or_404(LocalClosure.objects.select_related("agency", "proposed_by", "decided_by"), pk=pk)
    if request.method == "POST":
        return _decided(request, found, calendars.confirm, _("Confirmed."))
    looked_at = _preview(found) if found.state == found.State.OPEN else {}
    if "tep" in request.GET and looked_at:
        return _file(looked_at["preview"].moves, f"dong-cua-{found.pk}.csv")
    facts = {"proposal": found, "own": found.proposed_by_id == person(request).pk, "here": "calendar", **looked_at}
    return render(request, "workflow/calendar/closure.html", facts)


@keeper
def close(request: HttpRequest) -> HttpResponse:
    """Return the form of a local closure; put it before a second person."""
    paths = administered(person(request), clock.now(), powers(request))
    form = ClosureForm(request.POST or None, agencies=scope.agencies(paths))
    if request.method == "POST" and form.is_valid():
        facts = dict(form.cleaned_data)
        made = calendars.close(facts.pop("agency"), by=person(request), **facts)
        messages.success(request, _("Recorded. Another administrator must confirm it."))
        return redirect("workflow:calendar-closure", pk=made.pk)
    status = 422 if form.errors else 200
    return render(request, "workflow/calendar/close.html", {"form": form, "here": "calendar"}, status=status)


def _decided(request: HttpRequest, found: Any, accept: Callable[..., object], done: str) -> HttpResponse:
    """Accept or decline what was proposed, and begin to count anew what it touches."""
    try:
        if "decline" in request.POST:
            calendars.decline(found, by=person(request))
            messages.success(request, _("Declined; nothing has changed."))
        else:
            accept(found, by=person(request))
            calendars.settle(limit=SETTLED_AT_ONCE)
            messages.success(request, done)
    except (calendars.SamePerson, calendars.Outdated) as why:
        messages.error(request, str(why))
    return redirect(request.path)


def _file(moves: list[Move], name: str) -> HttpResponse:
    """Return every deadline that would move, as a CSV file."""
    response = HttpResponse(content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    response.write("\ufeff")
    writer = csv.writer(response)
    writer.writerow(["case", "agency", "period", "was", "now", "breach"])
    for move in moves:
        writer.writerow([move.case.code, move.case.agency.slug, move.rule, move.was, move.now, move.late])
    return response
