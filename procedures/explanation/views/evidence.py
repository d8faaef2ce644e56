"""The evidence bundle of a citizen's own case: the page that says what it is, and the download."""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory

from django.http import FileResponse, HttpRequest, HttpResponseBase
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_http_methods

from procedures.explanation.views import access
from procedures.explanation.views.following import PRIVATE, cited
from workflow import clock
from workflow.actors import Requester
from workflow.ledger import chain, export, keys, seal
from workflow.models import Case, Document, LogEntry
from workflow.permissions.pages import SECRET
from workflow.views.access import needs


@needs(SECRET)
@cache_control(private=True, no_store=True)
@require_http_methods(["GET", "HEAD", "POST"])
def bundle(request: HttpRequest, code: str) -> HttpResponseBase:
    """Return what a bundle is and how it is checked; by POST the bundle, recorded before it leaves the house."""
    found = access.granted(request, code)
    facts = {"case": found, "key": keys.public(), "problem": ""}
    if request.method != "POST":
        return render(request, "explanation/bundle.html", facts)
    key = access.copies(found)
    if access.is_throttled(key):
        facts["problem"] = _("This file was downloaded several times just now. Wait 15 minutes, then try again.")
        return render(request, "explanation/bundle.html", facts, status=429)
    access.count(key)
    try:
        return _sent(found)
    except seal.Broken:
        facts["problem"] = _("The log cannot be sealed just now, so no proof can be given. Tell the inspectorate.")
        return render(request, "explanation/bundle.html", facts, status=503)


def _sent(found: Case) -> HttpResponseBase:
    papers, acts = cited(found), found.procedure.rules

    def discloses(entry: LogEntry, name: str) -> bool:
        return entry.transition in acts and name not in PRIVATE

    def shows(document: Document) -> bool:
        return document.pk in papers

    def log(written: export.Written) -> None:
        chain.append(
            chain.SECURITY, "exported", actor=Requester(found.pk), agency_id=found.agency_id,
            list="bundle", rows=written.entries, chosen={"case": found.code},
        )  # fmt: skip

    with TemporaryDirectory() as folder:
        path = Path(folder) / f"{found.code}.zip"
        export.write(path, export.Scope(found.code, discloses=discloses, shows=shows), at=clock.now(), then=log)
        content = path.open("rb")  # the file stays readable until the answer has been sent
    return FileResponse(content, as_attachment=True, filename=f"chung-cu-{found.code}.zip")
