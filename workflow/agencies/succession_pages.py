"""Pages of successions: what waits, a proposal with what it would move, where single cases go, the second person."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from workflow import clock
from workflow.agencies import moving, outlook, search, succession
from workflow.agencies.forms import MOST_CHANGES, ChangeRows, SuccessionForm
from workflow.agencies.models import Placement, Succession
from workflow.agencies.pages import administrator, subtrees
from workflow.agencies.succession import Kind, Part
from workflow.models import Agency
from workflow.permissions import STEP
from workflow.presentation import day
from workflow.views.access import person

LISTED = 50
CASES = 50  # cases on one page
MOVED_AT_ONCE = 2  # batches moved within the page's own request; the rest in the background


@administrator
@require_safe
def overview(request: HttpRequest) -> HttpResponse:
    """Return the successions of the subtree, the newest first."""
    found = succession.touching(subtrees(request)).select_related("proposed_by")
    found = found.prefetch_related("changes__agency", "changes__successor")
    facts = {"successions": found[:LISTED], "here": "agencies"}
    return render(request, "workflow/agencies/successions.html", facts)


@administrator
def propose(request: HttpRequest) -> HttpResponse:
    """Return the form of a succession; put it before a second person."""
    standing = search.standing(search.under(subtrees(request)), clock.legal_day(clock.now()))
    kwargs: dict[str, Any] = {"form_kwargs": {"agencies": standing}}
    if request.method != "POST":
        rows = ChangeRows(initial=_suggested(request, standing), **kwargs)
        form = SuccessionForm(initial={"kind": request.GET.get("loai", "")})
        return _form(request, form, rows)
    form, rows = SuccessionForm(request.POST), ChangeRows(request.POST, **kwargs)
    if "more" in request.POST:
        return _form(request, SuccessionForm(initial=request.POST.dict()), _with_room(request, kwargs))
    if not (form.is_valid() & rows.is_valid()):
        return _form(request, form, rows, status=422)
    parts = {n: part for n, one in enumerate(rows.forms) if (part := _part(one.cleaned_data))}
    facts = dict(form.cleaned_data)
    try:
        made = succession.propose(facts.pop("kind"), list(parts.values()), by=person(request), **facts)
    except succession.Unsound as why:
        for n, text in why.errors.items():
            rows.forms[list(parts)[n] if parts else 0].add_error(None, str(text))
        return _form(request, form, rows, status=422)
    messages.success(request, _("Proposed. Another administrator must confirm it."))
    return redirect("workflow:succession", pk=made.pk)


def _form(request: HttpRequest, form: SuccessionForm, rows: Any, status: int = 200) -> HttpResponse:
    facts = {"form": form, "rows": rows, "levels": Agency.Level.choices, "here": "agencies"}
    return render(request, "workflow/agencies/propose.html", facts, status=status)


def _part(said: dict[str, Any]) -> Part | None:
    """Return what a row says, None where it is blank."""
    if not said.get("agency"):
        return None
    return Part(said["agency"], said["successors"], said["powers"], said["name"], said["short"])


def _suggested(request: HttpRequest, standing: Any) -> list[dict[str, str]]:
    """Return the rows with which the form begins: one agency, or all of a level under one, each to its superior."""
    if slug := request.GET.get("co-quan", ""):
        return [{"agency": slug}] if standing.filter(slug=slug).exists() else []
    level, under = request.GET.get("cap", ""), request.GET.get("duoi", "")
    top = standing.filter(slug=under).first() if under else None
    if level not in Agency.Level.values or top is None:
        return []
    ending = list(standing.filter(level=level, path__startswith=top.path).exclude(pk=top.pk)[:MOST_CHANGES])
    above = dict(standing.filter(path__in={one.path[:-STEP] for one in ending}).values_list("path", "slug"))
    return [{"agency": one.slug, "successors": above.get(one.path[:-STEP], "")} for one in ending]


def _with_room(request: HttpRequest, kwargs: dict[str, Any]) -> Any:
    """Return the rows as they were typed, with blank ones after them."""
    given = request.POST
    total = given.get("form-TOTAL_FORMS", "0")
    n = min(int(total), MOST_CHANGES) if total.isdecimal() and len(total) < 5 else 0
    names = ("agency", "successors", "powers", "name", "short")
    typed = [{name: given.get(f"form-{row}-{name}", "") for name in names} for row in range(n)]
    return ChangeRows(initial=[row for row in typed if row["agency"] or row["successors"]], **kwargs)


@administrator
def proposal(request: HttpRequest, pk: int) -> HttpResponse:
    """Return a succession with what it would move; confirm or decline it."""
    found = _the_succession(request, pk)
    if request.method == "POST":
        return _decided(request, found)
    looked_at = outlook.of(found) if found.begun_at is None else []
    today = clock.legal_day(clock.now())
    facts = {
        "succession": found,
        "changes": found.changes.select_related("agency", "successor").prefetch_related("heirs__agency").order_by("pk"),
        "outlook": looked_at,
        "day": day(found.effective_on),
        "dated": day(found.dated_on),
        "past": found.effective_on <= today,
        "splits": found.kind == Kind.SPLIT and found.state == found.State.OPEN,
        "own": found.proposed_by_id == person(request).pk,
        "here": "agencies",
    }
    return render(request, "workflow/agencies/succession.html", facts)


def _the_succession(request: HttpRequest, pk: int) -> Succession:
    found = get_object_or_404(Succession.objects.select_related("proposed_by", "decided_by"), pk=pk)
    if not succession.visible(found, subtrees(request)):
        raise Http404
    return found


def _decided(request: HttpRequest, found: Succession) -> HttpResponse:
    try:
        if "decline" in request.POST:
            succession.decline(found, by=person(request))
            messages.success(request, _("Declined; nothing has changed."))
        else:
            succession.confirm(found, by=person(request))
            moving.settle(clock.now(), limit=MOVED_AT_ONCE)
            messages.success(request, _("Confirmed. It takes effect on its day."))
    except (succession.SamePerson, succession.Decided, succession.Unsound) as why:
        messages.error(request, str(why))
    return redirect("workflow:succession", pk=found.pk)


@administrator
def cases(request: HttpRequest, pk: int) -> HttpResponse:
    """Return the open cases of a division, by code alone, to place each with a successor."""
    found = _the_succession(request, pk)
    if found.kind != Kind.SPLIT or found.state != found.State.OPEN:
        raise Http404
    if request.method == "POST":
        given = (
            (name.removeprefix("case-"), str(value)) for name, value in request.POST.items() if name[:5] == "case-"
        )
        chosen = {int(pk): int(to) for pk, to in given if pk.isdecimal() and to.isdecimal() and len(pk + to) < 36}
        succession.place(found, dict(list(chosen.items())[:CASES]), by=person(request))
        messages.success(request, _("Saved."))
        after = request.POST.get("sau", "")
        return redirect(f"{request.path}?sau={after}" if after.isdecimal() else request.path)
    after = request.GET.get("sau", "")
    changes = {one.agency_id: one for one in found.changes.select_related("agency", "successor")}
    rows = succession.open_cases().filter(agency__in=changes).order_by("pk")
    if after.isdecimal() and len(after) < 19:
        rows = rows.filter(pk__gt=int(after))
    page = list(rows.only("pk", "code", "state", "procedure_name", "agency_id", "opened_at")[: CASES + 1])
    placed = dict(Placement.objects.filter(change__in=changes.values()).values_list("case", "agency"))
    heirs = {part.agency.pk: part.successors for part in succession.parts_of(found)}
    facts = {
        "succession": found,
        "rows": [
            (one, changes[one.agency_id].agency, heirs[one.agency_id],
             placed.get(one.pk, changes[one.agency_id].successor_id))
            for one in page[:CASES]
        ],
        "more": page[CASES - 1].pk if len(page) > CASES else "",
        "after": after if after.isdecimal() else "",
        "here": "agencies",
    }  # fmt: skip
    return render(request, "workflow/agencies/cases.html", facts)
