"""The page on which two persons correct a date of receipt."""

from __future__ import annotations

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

from workflow import corrections, engine, errors
from workflow.calendar_forms import CorrectionForm
from workflow.documents import issue
from workflow.faces import face
from workflow.models import Case, ReceiptCorrection, User
from workflow.views.access import official, person, the_case

STAMP = "stamp"
"""Kind of the document that shows the stamp of arrival."""


@official
def correction(request: HttpRequest, code: str) -> HttpResponse:
    """Return the form of a corrected date, or the one that waits for its second person; do what was sent."""
    case, _offers = the_case(request, code)
    user = person(request)
    if not corrections.may(user, case):
        raise PermissionDenied
    waiting = (
        ReceiptCorrection.objects.filter(case_id=case.pk, state="open")
        .select_related("document", "proposed_by")
        .first()
    )
    form = CorrectionForm(request.POST or None, request.FILES or None) if waiting is None else None
    try:
        if request.method == "POST" and waiting is not None:
            return _decided(request, case, waiting, user)
        if request.method == "POST" and form is not None and form.is_valid():
            return _proposed(request, case, form, user)
    except errors.WorkflowError as why:
        if form is None:
            messages.error(request, str(why))
            return redirect("workflow:correction", code=case.code)
        form.add_error(None, str(why))
    clock = corrections.clock_of(case)
    facts = {
        "case": case,
        "subject": face(case.procedure_name).subject(case),
        "form": form,
        "waiting": waiting,
        "own": waiting is not None and waiting.proposed_by_id == user.pk,
        "clock": clock,
        "here": "cases",
    }
    return render(
        request, "workflow/corrections/correction.html", facts, status=422 if form is not None and form.errors else 200
    )


def _proposed(request: HttpRequest, case: Case, form: CorrectionForm, user: User) -> HttpResponse:
    given = form.cleaned_data
    with engine.unit():
        scan = issue(
            case=case, kind=STAMP, dated_on=given["received_on"], number=given["number"],
            summary=_("Page with the stamp of arrival"), file=given["scan"], added_by=user,
        )  # fmt: skip
        corrections.propose(case, given["received_on"], scan=scan, reason=given["reason"], by=user)
    messages.success(request, _("Proposed. A second person must confirm it; no date has moved yet."))
    return redirect("workflow:correction", code=case.code)


def _decided(request: HttpRequest, case: Case, waiting: ReceiptCorrection, user: User) -> HttpResponse:
    if "decline" in request.POST:
        corrections.decline(waiting, by=user)
        messages.success(request, _("Declined; no date has moved."))
    else:
        corrections.confirm(waiting, by=user)
        messages.success(request, _("The date of receipt is corrected and the last day counted anew."))
    return redirect("workflow:office-case", code=case.code)
