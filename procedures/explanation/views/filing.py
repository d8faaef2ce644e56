"""Filing a request: one form, one request, one receipt."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import segno
from django.contrib import messages
from django.contrib.sessions.models import Session
from django.core.files.base import File
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_http_methods, require_safe

from procedures.explanation.forms.filing import MOST_QUESTIONS, FilingForm, more_questions, without_question
from procedures.explanation.models import ExplanationRequest
from procedures.explanation.request import waits_for_counter
from procedures.explanation.views.access import GRANTED, grant
from workflow import clock, engine, errors
from workflow.actors import Requester
from workflow.documents import issue
from workflow.law import LawVersion
from workflow.models import Case, Document
from workflow.permissions.pages import ANYBODY, SECRET
from workflow.presentation import due_lines
from workflow.store import load
from workflow.views.access import needs

FILED = "filed"
"""Session: case id by the token of the form that filed it, so that a form sent twice files once."""
RECEIPT = "receipt"
"""Session: the secret of the request just filed, until its reader has kept it or `KEPT` has passed."""
KEPT = timedelta(minutes=30)


@needs(ANYBODY)
@require_safe
def home(request: HttpRequest) -> HttpResponse:
    """Return the first page: what this is, who may ask for what, and how long it takes."""
    return render(request, "explanation/home.html", {"law": in_force()})


def in_force() -> LawVersion:
    """Return the law under which a request filed now would stand."""
    return ExplanationRequest.procedure.version_on(clock.legal_day(clock.now()))


@needs(ANYBODY)
@cache_control(private=True, no_cache=True)
@require_http_methods(["GET", "HEAD", "POST"])
def new(request: HttpRequest) -> HttpResponse:
    """Return the form of a request, or file it and go to the receipt.

    The page may be kept by the browser (no `no-store`), so that "back" finds what was typed.
    """
    if request.method != "POST":
        begin(request)
        form = FilingForm(in_force(), initial={"token": secrets.token_hex(16), "agency": request.GET.get("agency", "")})
        return _page(request, form)
    if "add" in request.POST:
        data = more_questions(request.POST)
        return _page(request, FilingForm(in_force(), data).unjudged(), focus=str(data["count"]))
    if "remove" in request.POST:
        number = request.POST["remove"]
        data = without_question(request.POST, int(number) if number.isascii() and number.isdigit() else 0)
        return _page(request, FilingForm(in_force(), data).unjudged(), focus=str(data.get("count", "1")))
    return sent(request, FilingForm(in_force(), request.POST, request.FILES), _page)


def sent(request: HttpRequest, form: Any, page: Callable[..., HttpResponse]) -> HttpResponse:
    """File what was sent and go to the receipt, once even if it was sent twice; else show the page with what is wrong.

    page: `page(request, form, status=…)` returns the page with the form
    """
    if filed_already(request.session.get(FILED, {}), request.POST):
        return redirect("explanation:filed")
    if not _has_session(request):
        begin(request)
        form.unjudged().add_error(None, _("Your visit had expired. Nothing is lost: look it over and send it again."))
        return page(request, form, status=409)
    if not form.is_valid():
        return page(request, form, status=422)
    try:
        file(request, form)
    except errors.BadData as bad:
        form.blame(bad.errors)
    except errors.WorkflowError as refused:
        form.add_error(None, str(refused))
    else:
        return redirect("explanation:filed")
    return page(request, form, status=422)


def _page(request: HttpRequest, form: FilingForm, *, focus: str = "", status: int = 200) -> HttpResponse:
    """Return the page with the form; `focus` is the number of the question to go on with."""
    if field := form.fields.get(f"question_{focus}"):
        field.widget.attrs["autofocus"] = True
    facts: dict[str, Any] = {"form": form, "law": form.law, "most": MOST_QUESTIONS, "had_files": bool(request.FILES)}
    return render(request, "explanation/new.html", facts, status=status)


def begin(request: HttpRequest) -> None:
    """Make sure that there is a stored session; it is what holds a form to one request."""
    if not _has_session(request):
        request.session.create()


def _has_session(request: HttpRequest) -> bool:
    key = request.session.session_key
    return bool(key) and Session.objects.filter(session_key=key).exists()


def filed_already(filed: dict[str, int], data: Any) -> int | None:
    """Return the case that this very form has filed before, or None."""
    return filed.get(data.get("token", ""))


def file(request: HttpRequest, form: Any) -> None:
    """File the request or complaint once and keep its receipt in the session.

    The session's row is locked meanwhile: a second copy of the form waits, then finds what the first one filed.
    Raises Refused, and then nothing has happened.
    """
    token, today = form.cleaned_data["token"], clock.legal_day(clock.now())
    with engine.unit():
        kept = Session.objects.select_for_update().get(session_key=request.session.session_key).get_decoded()
        if filed_already(kept.get(FILED, {}), {"token": token}):
            return
        record, attached = papers(form, today)
        case = engine.open(form.procedure, actor=Requester(), record=record, **form.request())
        Document.objects.filter(pk__in=[paper.pk for paper in (record, *attached)]).update(case=case.pk)
        for name, value in kept.items():
            request.session[name] = value
        request.session[FILED] = {**kept.get(FILED, {}), token: case.pk}
        request.session[RECEIPT] = {
            "case": case.pk,
            "secret": case.secret,  # type: ignore[attr-defined]
            "until": (clock.now() + KEPT).isoformat(),
        }
        grant(request, case.pk)
        request.session.save()


def papers(form: Any, today: Any) -> tuple[Document, list[Document]]:
    """Return the signature as a document that the log will cite, and what is attached.

    The signature's text names the digest of every attachment, so that entry 1 of the log vouches for all of them.
    """
    how, picture = form.signed()
    assert isinstance(picture, File)
    attached = [
        issue(case=None, kind="attachment", dated_on=today, summary=(scan.name or "")[:300], file=scan)
        for scan in form.cleaned_data["attachments"]
    ]
    body = "\n".join(f"{paper.digest} {paper.file_name}" for paper in attached)
    summary = _("Signature, drawn") if how == "drawn" else _("Signature, on paper")
    return issue(case=None, kind="signature", dated_on=today, summary=summary, body=body, file=picture), attached


@needs(SECRET)
@cache_control(private=True, no_store=True)
@require_http_methods(["GET", "HEAD", "POST"])
def receipt(request: HttpRequest) -> HttpResponse:
    """Return the receipt of the request just filed: code, secret, first date. POST puts the secret away."""
    kept = request.session.get(RECEIPT)
    granted = request.session.get(GRANTED, [])
    case = kept and Case.objects.select_related("agency").filter(pk=kept["case"], pk__in=granted).first()
    case = case and load(case)
    if not kept or case is None:
        messages.info(request, _("The receipt is shown once. Follow your case with its code and secret."))
        return redirect("explanation:follow")
    if request.method == "POST" or kept["until"] < clock.now().isoformat():
        del request.session[RECEIPT]
        return redirect("explanation:case", code=case.code)
    secret = kept["secret"]
    follow = request.build_absolute_uri(f"{reverse('explanation:follow')}?code={case.code}")
    lines = due_lines(case, clock.legal_day(clock.now()))
    facts = {
        "case": case,
        "secret": "-".join(secret[n : n + 4] for n in range(0, len(secret), 4)),
        "line": next((line for line in lines if line.clock.rule in ("decide", "accept")), None),
        "confirm": isinstance(case, ExplanationRequest) and waits_for_counter(case),
        "follow": follow,
        "qr": segno.make(follow, micro=False, error="m").svg_data_uri(scale=4, border=2),
    }
    return render(request, "explanation/filed.html", facts)
