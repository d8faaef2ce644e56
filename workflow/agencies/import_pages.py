"""Pages of lists: handing one in, its preview row by row, taking it over; the register as a file."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.db import transaction
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import ngettext
from django.views.decorators.http import require_safe

from workflow import clock, spreadsheets
from workflow.agencies import imports, search, sheets, taking, tree
from workflow.agencies.forms import SheetForm
from workflow.agencies.history import said
from workflow.agencies.models import Sheet
from workflow.agencies.pages import administrator, subtrees
from workflow.ledger import chain
from workflow.models import Agency
from workflow.permissions import STEP
from workflow.security.places import home_of
from workflow.views.access import person

SHOWN = 300  # rows of a preview; those with errors come first


@administrator
def hand_in(request: HttpRequest) -> HttpResponse:
    """Return the form of a file; keep its rows for the preview."""
    form = SheetForm(request.POST or None, request.FILES or None)
    if request.method == "POST" and form.is_valid():
        user = person(request)
        with transaction.atomic():
            Sheet.objects.filter(given_by=user, done_at=None).delete()
            sheet = Sheet.objects.create(
                file_name=form.cleaned_data["file"].name[:200], rows=form.rows, given_by=user, given_at=clock.now()
            )
        return redirect("workflow:agencies-sheet", pk=sheet.pk)
    columns = [(heading, name) for name, (heading, _others) in sheets.COLUMNS.items()]
    facts = {"form": form, "columns": columns, "levels": Agency.Level.labels, "here": "agencies"}
    return render(request, "workflow/agencies/hand_in.html", facts, status=422 if form.errors else 200)


@administrator
def sheet(request: HttpRequest, pk: int) -> HttpResponse:
    """Return what a list would change, row by row; take it over, all of it or nothing."""
    found = get_object_or_404(Sheet, pk=pk, given_by=person(request), done_at=None)
    if request.method == "POST":
        try:
            done = taking.take_over(found, by=person(request), seen=request.POST.get("seen", ""))
        except (tree.Outdated, imports.NothingToDo, tree.Impossible) as why:
            messages.error(request, str(why))
            return redirect("workflow:agencies-sheet", pk=found.pk)
        n = len(done.of(imports.ADD, imports.CHANGE))
        text = ngettext("%(n)s agency was taken over.", "%(n)s agencies were taken over.", n)
        messages.success(request, text % {"n": n})
        return redirect("workflow:agencies")
    plan = imports.plan(found.rows, subtrees(request))
    order = {imports.WRONG: 0, imports.ADD: 1, imports.CHANGE: 1, imports.SAME: 2}
    lines = sorted(plan.lines, key=lambda line: (order[line.does], line.number))
    facts = {
        "sheet": found,
        "plan": plan,
        "lines": [shown(line) for line in lines[:SHOWN]],
        "more": max(len(lines) - SHOWN, 0),
        "counts": {name: len(plan.of(name)) for name in (imports.ADD, imports.CHANGE, imports.SAME, imports.WRONG)},
        "here": "agencies",
    }
    return render(request, "workflow/agencies/sheet.html", facts, status=422 if plan.of(imports.WRONG) else 200)


def shown(line: imports.Line) -> dict[str, Any]:
    """Return a line in words."""
    heading = {name: heading for name, (heading, _others) in sheets.COLUMNS.items()}
    return {
        "line": line,
        "changes": [(heading[name], said(name, was), said(name, now)) for name, (was, now) in line.changes.items()],
        "level": said("level", line.given.get("level", "")),
        "wrong": [(heading[name], why) for name, why in line.wrong],
    }


@administrator
@require_safe
def export(request: HttpRequest) -> HttpResponseBase:
    """Return the agencies that a person administers as a file; the security chain keeps that it left."""
    agencies = list(search.under(subtrees(request)))
    slugs = {one.path: one.slug for one in agencies}
    above = {one.path[:-STEP] for one in agencies} - set(slugs)
    slugs |= dict(Agency.objects.filter(path__in=above).values_list("path", "slug"))
    kind = spreadsheets.XLSX if request.GET.get("dang") == spreadsheets.XLSX else spreadsheets.CSV
    by, n = person(request), len(agencies)
    chain.append(chain.SECURITY, "exported", actor=by, agency_id=home_of(by.pk), what="agencies", rows=n, kind=kind)
    rows = list(imports.exported((one for one in agencies if not one.ends_on), slugs))
    name = f"co-quan-{clock.legal_day(clock.now()):%Y%m%d}"
    return spreadsheets.response(kind, name, sheets.headings(), rows)
