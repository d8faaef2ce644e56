"""The office's lists: what waits for me, what waits for my agency, and all its cases."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe
from viewflow.workflow.models import Task

from workflow import clock, inbox, office, permissions, registry
from workflow.models import Case
from workflow.views.access import is_inspector_only, official, person, powers

PAGE = 30  # cases on one page


@official
@require_safe
def home(request: HttpRequest) -> HttpResponse:
    """Return the inbox: my tasks, and those of my agencies that nobody has taken; what is due first stands first."""
    if is_inspector_only(request):
        return redirect("/thanh-tra/")
    user, today = person(request), clock.legal_day(clock.now())
    tasks = list(inbox.waiting(powers(request))[: inbox.MOST])
    rows = inbox.task_rows(tasks, user, today)
    mine = _mine(request)
    here = {post.agency_id for post in powers(request)}
    facts: dict[str, Any] = {
        "mine": [row for row in rows if row.mine],
        "queue": [row for row in rows if row.task.owner_id is None],
        "others": [
            (row, office.is_head(powers(request), row.task)) for row in rows if row.task.owner_id and not row.mine
        ],
        "late": sum(1 for row in rows if row.due and row.due.tone == "late"),
        "owed": inbox.case_rows(inbox.without_task(mine.filter(agency_id__in=here))[: inbox.MOST], today),
        "above": inbox.case_rows(mine.exclude(agency_id__in=here).order_by("-pk")[: inbox.MOST], today),
        "full": len(tasks) >= inbox.MOST,
        "here": "inbox",
    }
    return render(request, "workflow/office/inbox.html", facts)


@official
@require_safe
def cases(request: HttpRequest) -> HttpResponse:
    """Return the cases of my agencies, newest first, by state or only those that are late."""
    today = clock.legal_day(clock.now())
    found = _mine(request)
    state, before = request.GET.get("trang-thai", ""), request.GET.get("truoc", "")
    states = {code: label for one in registry.procedures().values() for code, label in one.states.items()}
    if state in states:
        found = found.filter(state=state)
    typed = request.GET.get("ma", "")[:24]
    if wanted := "".join(letter for letter in typed if letter.isalnum() or letter == "-"):
        found = found.filter(code__startswith=wanted.upper())
    only_late = bool(request.GET.get("tre"))
    if only_late:
        found = inbox.late(found, today)
    if before.isdigit() and len(before) < 19:
        found = found.filter(pk__lt=int(before))
    page = list(found.order_by("-pk")[: PAGE + 1])
    query = request.GET.copy()
    query["truoc"] = str(page[PAGE - 1].pk) if len(page) > PAGE else ""
    facts = {
        "rows": inbox.case_rows(page[:PAGE], today),
        "states": states.items(),
        "state": state,
        "wanted": wanted,
        "only_late": only_late,
        "more": query.urlencode() if len(page) > PAGE else "",
        "first": not before,
        "here": "cases",
    }
    return render(request, "workflow/office/cases.html", facts)


def _mine(request: HttpRequest) -> QuerySet[Case]:
    """Return the cases that the person works on, or that are before them as the superior."""
    held = permissions.working(powers(request))
    return permissions.visible(Case.objects.select_related("agency"), person(request), clock.now(), held)


@official
@require_POST
def take(request: HttpRequest, pk: int) -> HttpResponse:
    """Put a task on my desk, or back into the queue."""
    task = the_task(request, pk)
    back = "giveback" in request.POST
    try:
        (office.release if back else office.take)(task, person(request))
        messages.success(request, _("The task is back in the queue.") if back else _("The task is on your desk."))
    except office.TaskRefused as refused:
        messages.error(request, str(refused))
    return redirect("workflow:office")


def the_task(request: HttpRequest, pk: int) -> Any:
    """Return a task of a role and agency of mine.

    Raises Http404 otherwise.
    """
    found = Task.objects.select_related("owner", "process__officework__case__agency").filter(pk=pk).first()
    if found is None or found.flow_task_type != "HUMAN" or not hasattr(found.flow_task, "may"):
        raise Http404
    if not found.flow_task.may(person(request), found, powers(request)):
        raise Http404
    return found
