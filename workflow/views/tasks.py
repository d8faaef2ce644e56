"""The page of an office task that carries no legal act."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

from workflow import clock, office, permissions, presentation, store
from workflow.faces import face
from workflow.views.access import official, person, powers
from workflow.views.casework import opinions
from workflow.views.office import the_task


@official
def task(request: HttpRequest, pk: int) -> HttpResponse:
    """Return the form of a task; complete the task when it is sent.

    A task that carries a legal act is done on the case's page. A department that is consulted sees what is asked,
    not who asks.
    """
    found = the_task(request, pk)
    user, node = person(request), found.flow_task
    case = store.load(found.process.officework.case)
    why = office.why_not(found, case, user, powers(request))
    if node.acts and why is None:
        return redirect("workflow:office-case", code=case.code)
    activation = node.activation_class(found)
    form = node.form(activation, request.POST or None, request.FILES or None) if node.form and why is None else None
    if request.method == "POST" and form is not None and form.is_valid():
        try:
            office.complete(found, user, form.cleaned_data)
        except office.TaskRefused as refused:
            why = str(refused)
        else:
            messages.success(request, _("Done: %(act)s.") % {"act": found.title})
            return redirect("workflow:office")
    lines = presentation.due_lines(case, clock.legal_day(clock.now()))
    here = permissions.works_at(powers(request), node.roles, case.agency_id)
    facts: dict[str, Any] = {
        "task": found,
        "case": case,
        "form": form,
        "why": why,
        "inside": here,
        "subject": face(case.procedure_name).subject(case),
        **face(case.procedure_name).facts(case),
        "opinions": opinions(case) if here else [],
        "lines": [line for line in lines if line.clock.state != "stopped"],
        "here": "inbox",
    }  # fmt: skip
    status = 409 if why else 422 if form is not None and form.errors else 200
    return render(request, "workflow/office/task.html", facts, status=status)
