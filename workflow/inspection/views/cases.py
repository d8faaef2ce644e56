"""One case with its chain: its page, holds against erasure, its evidence bundle, its scans."""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory

from django.contrib import messages
from django.http import FileResponse, Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from workflow import clock, erasure, openings, panels
from workflow.inspection import exports, extract
from workflow.inspection.findings import of_case
from workflow.inspection.forms import HoldForm
from workflow.inspection.pages import case_page, openings_of
from workflow.inspection.views.access import inspector, the_case
from workflow.ledger import export
from workflow.ledger.models import Checkpoint
from workflow.models import Agency, Finding
from workflow.permissions import INSPECTOR
from workflow.views.access import person, powers


@inspector
@require_safe
def case(request: HttpRequest, paths: list[str], code: str) -> HttpResponse:
    """Return everything that is known of a case, its chain checked now."""
    found = the_case(request, paths, code)
    facts = {
        "case": found,
        **case_page(found),
        "openings": openings_of(of_case(found.pk, [Finding.Kind.OPENED])),
        "panels": panels.of_case(found, request),
        "inspects": True,
        "holds": found.holds.select_related("by", "released_by").order_by("pk"),
        "hold_form": HoldForm(),
        "erased_on": erasure.erased_on(found),
    }
    return render(request, "workflow/inspect/case.html", facts)


@inspector
@require_POST
def hold(request: HttpRequest, paths: list[str], code: str) -> HttpResponse:
    """Keep a case from being erased, or release it."""
    found = the_case(request, paths, code)
    if pk := request.POST.get("release", ""):
        erasure.release(get_object_or_404(found.holds, pk=pk if pk.isdigit() else 0), by=person(request))
        messages.success(request, _("Released; the file may be erased once the law allows it."))
        return redirect("workflow:inspect-case", code=found.code)
    form = HoldForm(request.POST)
    if form.is_valid():
        erasure.hold(found, **form.cleaned_data, by=person(request))
        messages.success(request, _("Held; nobody can erase what this case says until an inspector releases it."))
    else:
        messages.error(request, _("Not held: give the number of the document and the reason."))
    return redirect("workflow:inspect-case", code=found.code)


@inspector
@require_POST
def bundle(request: HttpRequest, paths: list[str], code: str) -> HttpResponseBase:
    """Return the evidence bundle of a case; that it was taken along is recorded before it leaves the house."""
    found = the_case(request, paths, code)

    def log(written: export.Written) -> None:
        chosen = {"case": found.code}
        exports.note("bundle", written.entries, person(request), chosen, attached=dict(written.attached))

    def attach(checkpoint: Checkpoint | None) -> dict[str, bytes]:
        mine = [one.agency_id for one in powers(request) if one.role == INSPECTOR and agency.path.startswith(one.path)]
        house = Agency.objects.filter(pk__in=mine).order_by("-path").first()
        return {extract.MEMBER: extract.pdf(found, checkpoint, at=now, by=person(request), house=house)}

    agency, now = found.agency, clock.now()
    with TemporaryDirectory() as folder:
        path = Path(folder) / f"{found.code}.zip"
        export.write(path, export.Scope(case=found.code), at=now, then=log, attach=attach)
        content = path.open("rb")  # the file stays readable until the answer has been sent
    return FileResponse(content, as_attachment=True, filename=f"chung-cu-{found.code}.zip")


@inspector
@require_safe
def paper(request: HttpRequest, paths: list[str], code: str, pk: str) -> HttpResponseBase:
    """Return the scan of a document."""
    found = the_case(request, paths, code)
    document = get_object_or_404(found.documents, pk=int(pk))
    if not document.file:
        raise Http404
    openings.note(openings.PAPER, found, person(request), document)
    name = document.file_name or _("document")
    return FileResponse(document.file.open("rb"), as_attachment=True, filename=name)
