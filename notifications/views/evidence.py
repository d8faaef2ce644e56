"""Proof of delivery: the legal notices of a case, the clerk's word on a letter, the provider's report."""

from __future__ import annotations

import hashlib
import hmac
import json
from datetime import datetime, time
from typing import Any
from uuid import UUID

from django import forms
from django.conf import settings
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_POST

from notifications import delivery, notices
from notifications.models import Notice
from workflow import clock, registry
from workflow.faces import face
from workflow.models import Case, Document
from workflow.panels import Panel
from workflow.permissions import CLERK, pages
from workflow.views.access import needs, official, person, powers, the_case

SIGNED = "X-Signature"
"""Header of a provider's report: `sha256=` and the HMAC-SHA256 of its body under the shared secret, in hexadecimal."""
LONGEST_REPORT = 16 * 1024  # bytes
ARRIVED, FAILED = ("delivered",), ("failed", "undelivered", "rejected", "expired")


class LetterForm(forms.Form):
    """What a clerk enters of a letter that was posted, or handed over against a signature."""

    how = forms.ChoiceField(
        label=gettext_lazy("How it was delivered"),
        choices=[("posted", gettext_lazy("by post")), ("handed", gettext_lazy("handed over"))],
    )
    number = forms.RegexField(
        r"^[A-Za-z0-9][A-Za-z0-9./ -]{3,39}$",
        label=gettext_lazy("Number of the letter or of the receipt"),
        help_text=gettext_lazy("As printed by the post or entered in the book of outgoing papers; no names."),
    )
    on = forms.DateField(
        label=gettext_lazy("Day of posting or handing over"), widget=forms.DateInput(attrs={"type": "date"})
    )

    def __init__(self, *args: Any, earliest: datetime, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.earliest = earliest

    def clean_on(self) -> Any:
        """Return the day, which lies between the act and today."""
        on = self.cleaned_data["on"]
        if on > clock.legal_day(clock.now()):
            raise forms.ValidationError(_("This day is still to come."))
        if on < clock.legal_day(self.earliest):
            raise forms.ValidationError(_("The document was not there yet on this day."))
        return on


def rows_of(case: Case) -> list[dict[str, Any]]:
    """Return the notices of a case with their documents, as the pages show them."""
    rules, kinds = registry.get(case.procedure_name).rules, face(case.procedure_name).kind_names
    found = notices.of_case(case)
    papers = Document.objects.in_bulk([one.document_id for one in found])
    tones = {"waiting": "late", "sent": "soon", "delivered": "ok"}
    return [
        {
            "notice": one,
            "paper": (paper := papers[one.document_id]),
            "kind": kinds.get(paper.kind, paper.kind),
            "act": rules[one.act].title if one.act in rules else one.act,
            "tone": tones[one.state],
        }
        for one in found
    ]


@official
@require_http_methods(["GET", "HEAD", "POST"])
def case_notices(request: HttpRequest, code: str) -> HttpResponse:
    """Return the legal notices of a case and their proofs; a clerk's POST enters the number of a letter."""
    case, _offers = the_case(request, code)
    may = any(post.role == CLERK and post.agency_id == case.agency_id for post in powers(request))
    form, chosen, status = None, request.POST.get("notice", ""), 200
    if request.method == "POST":
        if not may:
            raise PermissionDenied(_("A clerk of the agency enters the proof of a letter's delivery."))
        pk = int(chosen) if chosen.isascii() and chosen.isdigit() and len(chosen) < 19 else 0
        notice = get_object_or_404(Notice, pk=pk, case_id=case.pk)
        paper = Document.objects.get(pk=notice.document_id)
        form = LetterForm(request.POST, earliest=_start(paper.dated_on))
        if form.is_valid():
            given = form.cleaned_data
            at = min(_start(given["on"]), clock.now())
            if notices.prove(notice, given["how"], given["number"], at, by=person(request)):
                messages.success(request, _("The proof of delivery is recorded."))
            else:
                messages.info(request, _("The delivery was proven before; nothing was changed."))
            return redirect("notifications:case-notices", code=case.code)
        status = 422
    facts = {
        "case": case,
        "rows": rows_of(case),
        "may": may,
        "form": form,
        "blank": LetterForm(earliest=clock.now(), auto_id=False),
        "chosen": chosen,
        "here": "cases",
    }
    return render(request, "notifications/notices.html", facts, status=status)


def _start(day: Any) -> datetime:
    return datetime.combine(day, time(), clock.LEGAL_ZONE)


@needs(pages.SIGNED)
@csrf_exempt
@require_POST
def report(request: HttpRequest) -> HttpResponse:
    """Take a provider's report on a text message: {"reference": key, "status": "delivered" or "failed"}.

    Only with its body signed by the shared secret; the same report may come any number of times.
    """
    length = request.headers.get("Content-Length") or "0"
    if not length.isdigit() or int(length) > LONGEST_REPORT:
        return JsonResponse({"error": "too long"}, status=413)
    if not is_signed(request.body, request.headers.get(SIGNED, "")):
        return JsonResponse({"error": "not signed with the shared secret"}, status=403)
    try:
        said = json.loads(request.body)
        key, status = str(UUID(str(said["reference"]))), str(said["status"]).lower()
    except (ValueError, KeyError, TypeError):
        return JsonResponse({"error": "reference and status are asked for"}, status=400)
    known = True
    if status in ARRIVED:
        known = delivery.arrived(key, clock.now())
    elif status in FAILED:
        known = delivery.failed(key)
    return JsonResponse({"reference": key}, status=200 if known else 404)


def is_signed(body: bytes, signature: str) -> bool:
    """Return whether a body bears the HMAC of the secret that we share with the provider; False without a secret."""
    if not settings.SMS_CALLBACK_SECRET:
        return False
    ours = hmac.new(settings.SMS_CALLBACK_SECRET.encode(), body, hashlib.sha256).hexdigest()
    return hmac.compare_digest(f"sha256={ours}".encode(), signature.encode())


def _panel(case: Case, request: HttpRequest) -> dict[str, Any]:
    return {"rows": rows_of(case), "code": case.code}


PANEL = Panel("notifications/panel.html", _panel)
