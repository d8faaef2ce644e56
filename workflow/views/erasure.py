"""The page on which two persons erase what a case says of people."""

from __future__ import annotations

from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from workflow import clock, erasure, errors
from workflow.faces import face
from workflow.models import Case, Erasure, User
from workflow.views.access import official, person, the_case


class ErasureForm(forms.Form):
    """Why the data may go, and by which document."""

    ground = forms.ChoiceField(label=gettext_lazy("Ground"), choices=Erasure.Ground.choices)
    document = forms.CharField(
        label=gettext_lazy("Document number"),
        max_length=64,
        help_text=gettext_lazy("Of the lawful request, or of the decision to destroy the file."),
    )
    reason = forms.CharField(label=gettext_lazy("Reason"), max_length=300, widget=forms.Textarea(attrs={"rows": 3}))


@official
def erase(request: HttpRequest, code: str) -> HttpResponse:
    """Return what keeps the data of a case, the form, or the proposal that waits; do what was sent."""
    case, _offers = the_case(request, code)
    user = person(request)
    if not erasure.may(user, case):
        raise Http404
    waiting = case.erasures.filter(state="open").select_related("proposed_by").first()
    form = ErasureForm(request.POST or None) if waiting is None else None
    try:
        if request.method == "POST" and waiting is not None:
            return _decided(request, case, waiting, user)
        if request.method == "POST" and form is not None and form.is_valid():
            erasure.propose(case, **form.cleaned_data, by=user)
            messages.success(request, _("Proposed. A second person must confirm it; nothing is erased yet."))
            return redirect("workflow:erase", code=case.code)
    except errors.WorkflowError as why:
        if form is None:
            messages.error(request, str(why))
            return redirect("workflow:erase", code=case.code)
        form.add_error(None, str(why))
    today = clock.legal_day(clock.now())
    facts = {
        "case": case,
        "subject": face(case.procedure_name).subject(case),
        "form": form,
        "waiting": waiting,
        "own": waiting is not None and waiting.proposed_by_id == user.pk,
        "blocks": erasure.blocks(case, waiting.ground if waiting else Erasure.Ground.REQUEST, today),
        "erased_on": erasure.erased_on(case),
        "here": "cases",
    }
    return render(request, "workflow/office/erase.html", facts, status=422 if form is not None and form.errors else 200)


def _decided(request: HttpRequest, case: Case, waiting: Erasure, user: User) -> HttpResponse:
    if "decline" in request.POST:
        erasure.decline(waiting, by=user)
        messages.success(request, _("Declined; nothing is erased."))
    else:
        erasure.confirm(waiting, by=user)
        messages.success(request, _("The personal data of this case is erased. The log still proves what was done."))
    return redirect("workflow:office-case", code=case.code)
