"""Pages of the tree: the list with its search, one agency, adding, editing, another superior."""

from __future__ import annotations

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_safe

from workflow import clock
from workflow.agencies import history, search, succession, tree
from workflow.agencies.forms import AgencyForm, MoveForm, NewAgencyForm
from workflow.agencies.models import Change, FormerName
from workflow.models import Agency
from workflow.panels import Tab
from workflow.permissions import ADMINISTRATOR, STEP, administered
from workflow.views.access import needs, person, powers

administrator = needs(ADMINISTRATOR)
"""Let only administrators see a page."""


def subtrees(request: HttpRequest) -> list[str]:
    """Return the paths of the subtrees that who is signed in administers."""
    return administered(person(request), clock.now(), powers(request))


def _waiting(request: HttpRequest) -> int | None:
    """Return how many successions wait for this person, None for those who administer nothing."""
    paths = subtrees(request)
    if not paths:
        return None
    found: int | None = getattr(request, "successions", None)  # the tab and the page ask the same
    if found is None:
        found = succession.waiting(paths, person(request))
        request.successions = found  # type: ignore[attr-defined]
    return found


TAB = Tab("agencies", "/quan-tri/co-quan/", gettext_lazy("Agencies"), _waiting)


def the_agency(request: HttpRequest, slug: str) -> Agency:
    """Return an agency that the person administers.

    Raises Http404.
    """
    found: Agency | None = Agency.objects.filter(slug=slug).first()
    if found is None or not tree.in_scope(found, subtrees(request)):
        raise Http404
    return found


def path_of(agency: Agency) -> list[Agency]:
    """Return the superiors of an agency, the highest first; one statement."""
    above = [agency.path[:n] for n in range(STEP, len(agency.path), STEP)]
    return list(Agency.objects.filter(path__in=above).order_by("path"))


@administrator
@require_safe
def overview(request: HttpRequest) -> HttpResponse:
    """Return the agencies that a person administers, as a tree or those that a search finds, page by page."""
    paths = subtrees(request)
    wanted, level, below = request.GET.get("q", "")[:200], request.GET.get("cap", ""), request.GET.get("duoi", "")
    ended, after = bool(request.GET.get("het")), request.GET.get("sau", "")
    top = the_agency(request, below) if below else None
    found = search.named(search.under([top.path] if top else paths), wanted)
    if level in Agency.Level.values:
        found = found.filter(level=level)
    if not (ended or wanted):
        found = search.standing(found, clock.legal_day(clock.now()))
    total = found.count()
    if after:
        found = found.filter(path__gt=after[:255])
    page = list(found[: search.PAGE + 1])
    query = request.GET.copy()
    if len(page) > search.PAGE:
        query["sau"] = page[search.PAGE - 1].path
    depth = min((len(path) for path in ([top.path] if top else paths)), default=STEP) // STEP
    facts = {
        "rows": search.rows(page[: search.PAGE], depth),
        "flat": bool(wanted or level),
        "total": total,
        "wanted": wanted,
        "level": level,
        "levels": Agency.Level.choices,
        "ended": ended,
        "top": top,
        "more": query.urlencode() if len(page) > search.PAGE else "",
        "first": not after,
        "waiting": _waiting(request),
        "here": "agencies",
    }
    return render(request, "workflow/agencies/overview.html", facts)


@administrator
@require_safe
def agency(request: HttpRequest, slug: str) -> HttpResponse:
    """Return one agency: what is said of it, its place, its names, what became of it, what was changed."""
    found, paths = the_agency(request, slug), subtrees(request)
    below = search.standing(search.under([found.path]), clock.legal_day(clock.now())).filter(depth=found.depth + 1)
    children = list(below[: search.PAGE + 1])
    facts = {
        "agency": found,
        "above": [(one, tree.in_scope(one, paths)) for one in path_of(found)],
        "children": children[: search.PAGE],
        "more_children": len(children) > search.PAGE,
        "former": FormerName.objects.filter(agency=found).order_by("-until", "-pk"),
        "successors": search.successors([found] if found.ends_on else []).get(found.pk, []),
        "predecessors": predecessors(found),
        "proposals": succession.of(found),
        "entries": history.of(found),
        "here": "agencies",
    }
    return render(request, "workflow/agencies/agency.html", facts)


def predecessors(agency: Agency) -> list[Agency]:
    """Return the agencies whose place this one has taken."""
    changes = Change.objects.filter(succession__begun_at__isnull=False, ends=True)
    took = changes.filter(successor=agency) | changes.filter(heirs__agency=agency)
    return list(Agency.objects.filter(changes__in=took).distinct().order_by("path"))


@administrator
def add(request: HttpRequest) -> HttpResponse:
    """Return the form of a new agency under another; found it."""
    superior = the_agency(request, request.GET.get("duoi", ""))
    form = NewAgencyForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            new = tree.add(superior, form.cleaned_data["slug"], form.given, by=person(request))
        except tree.Impossible as why:
            form.add_error(None, str(why))
        else:
            messages.success(request, _("The agency is in the tree."))
            return redirect("workflow:agency", slug=new.slug)
    facts = {"form": form, "superior": superior, "here": "agencies"}
    return render(request, "workflow/agencies/add.html", facts, status=422 if form.errors else 200)


@administrator
def edit(request: HttpRequest, slug: str) -> HttpResponse:
    """Return the form of an agency; change it."""
    found = the_agency(request, slug)
    if found.ends_on:
        raise Http404
    mark = tree.seen(found)
    form = AgencyForm(request.POST or None, instance=Agency.objects.get(pk=found.pk), initial={"seen": mark})
    if request.method == "POST" and form.is_valid():
        try:
            changed = tree.edit(found, form.given, by=person(request), as_seen=form.cleaned_data["seen"])
        except tree.Outdated as why:
            form.add_error(None, str(why))
            form.data = request.POST.copy()
            form.data["seen"] = mark
        else:
            messages.success(request, _("Saved.") if changed else _("Nothing was changed."))
            return redirect("workflow:agency", slug=found.slug)
    facts = {"form": form, "agency": found, "here": "agencies"}
    return render(request, "workflow/agencies/edit.html", facts, status=422 if form.errors else 200)


@administrator
def move(request: HttpRequest, slug: str) -> HttpResponse:
    """Return the form of another superior; put the agency there."""
    found = the_agency(request, slug)
    if found.ends_on:
        raise Http404
    standing = search.standing(search.under(subtrees(request)), clock.legal_day(clock.now()))
    form = MoveForm(request.POST or None, agencies=standing)
    if request.method == "POST" and form.is_valid():
        said = form.cleaned_data
        try:
            tree.move(found, said["superior"], by=person(request), decision=said["decision"])
        except tree.Impossible as why:
            form.add_error("superior", str(why))
        else:
            messages.success(request, _("The agency stands under %(name)s now.") % {"name": said["superior"].name})
            return redirect("workflow:agency", slug=found.slug)
    facts = {
        "form": form,
        "agency": found,
        "superior": Agency.objects.get_parent(found),
        "below": search.under([found.path]).count() - 1,
        "here": "agencies",
    }
    return render(request, "workflow/agencies/move.html", facts, status=422 if form.errors else 200)
