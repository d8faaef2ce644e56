"""Receipts: the page that prints one, and the page on which anybody checks one."""

from __future__ import annotations

import json
from typing import Any

import segno
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_http_methods

from workflow import receipts
from workflow.ledger.receipts import Receipt, receipt
from workflow.models import Case, LogEntry
from workflow.permissions.pages import ANYBODY
from workflow.presentation import timeline
from workflow.views.access import needs


@needs(ANYBODY)
@cache_control(private=True, no_store=True)
@require_http_methods(["GET", "HEAD", "POST"])
def check(request: HttpRequest) -> HttpResponse:
    """Return what the log says of a receipt: its code in `ma`, or its file."""
    code, verdict, problem = request.GET.get("ma", "")[:100].strip(), None, ""
    if request.method == "POST":
        file = request.FILES.get("file")
        if file is None:
            problem = _("Choose the file of your receipt; its name ends in .json.")
        elif (file.size or 0) > receipts.LONGEST:
            problem = _("This file is too large for a receipt. Choose the file that was saved from the receipt's page.")
        else:
            verdict = receipts.check_file(file.read())
    elif code:
        verdict = receipts.check_code(code)
    facts: dict[str, Any] = {"code": code, "verdict": verdict, "problem": problem}
    refused = problem or (verdict and verdict.outcome not in ("proven", "promised"))
    if verdict and verdict.entry and not refused:
        facts |= told(verdict.entry) | {"receipt": verdict.now, "anchors": verdict.anchors}
    return render(request, "workflow/receipts/check.html", facts, status=422 if refused else 200)


def page(request: HttpRequest, case: Case, seq: int) -> HttpResponse:
    """Return the receipt of one entry of a case that is open to this reader; as a file if `dang=json` asks for it.

    Raises Http404 if the case has no such entry.
    """
    entry = LogEntry.objects.filter(chain=case.chain, seq=seq).first()
    if entry is None:
        raise Http404
    given = receipt(entry)
    if request.GET.get("dang") == "json":
        return _file(given)
    code = receipts.code_of(entry)
    address = request.build_absolute_uri(f"{reverse('workflow:verify')}?ma={code}")
    facts = {
        **told(entry),
        "case": case,
        "receipt": given,
        "code": code,
        "address": address,
        "qr": segno.make(address, micro=False, error="m").svg_data_uri(scale=4, border=2),
    }
    return render(request, "workflow/receipts/receipt.html", facts)


def told(entry: LogEntry) -> dict[str, Any]:
    """Return what a receipt says of an entry in words: nothing that a person said."""
    case = Case.objects.select_related("agency").get(code=entry.chain.removeprefix(receipts.CASE))
    happening = timeline(case, [entry], papers=case.documents.defer("summary", "body"))[0]
    return {"entry": entry, "happening": happening, "agency": case.agency}


def _file(given: Receipt) -> HttpResponse:
    text = json.dumps(given.as_json(), ensure_ascii=False, indent=1)
    response = HttpResponse(text, content_type="application/json; charset=utf-8")
    name = receipts.code_of(given.entry).rsplit(".", 1)[0].replace(".", "-")
    response["Content-Disposition"] = f'attachment; filename="bien-nhan-{name}.json"'
    return response
