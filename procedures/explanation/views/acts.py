"""The requester acts on a case: one page per act, its form, and what the engine says to it."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_http_methods

from procedures.act_forms import ActForm
from procedures.citizen import page_of
from procedures.explanation.views import access
from workflow import engine, errors, linked, store
from workflow.actors import Requester
from workflow.models import Case, LogEntry
from workflow.permissions.pages import SECRET
from workflow.views.access import needs


class Moved(Exception):
    """The case moved after the page with the form was shown."""


@needs(SECRET)
@cache_control(private=True, no_cache=True)
@require_http_methods(["GET", "HEAD", "POST"])
def act(request: HttpRequest, code: str, name: str) -> HttpResponse:
    """Return the form of an act, or do it and go back to the case.

    The page may be kept by the browser (no `no-store`), so that "back" finds what was typed.
    """
    case = access.granted(request, code)
    page = page_of(case)
    if name in page.elsewhere:
        return redirect(page.elsewhere[name], code=case.code)
    forms = page.forms
    offer = next((one for one in engine.available(case, Requester(case.pk)) if one.rule.name == name), None)
    refused: errors.WorkflowError | None = (
        offer.refusal if offer else errors.UnknownTransition(transition=name, title=name)
    )
    form = forms[name](case, request.POST, request.FILES) if name in forms and request.method == "POST" else None
    if name not in forms or (refused and form is None):
        facts: dict[str, Any] = {"case": case, "refused": refused, "offer": offer}
        return render(request, "explanation/act_refused.html", facts, status=409 if offer else 404)
    if form is None:
        return _page(request, case, offer, forms[name](case))
    if not form.is_valid():
        return _page(request, case, offer, form, status=422)
    try:
        done(case, name, form)
    except Moved:
        return _moved(request, case, offer, form)
    except errors.BadData as bad:
        form.blame(bad.errors)
    except errors.WorkflowError as why:
        form.add_error(None, str(why))
    else:
        messages.success(request, _("Recorded: %(act)s.") % {"act": offer.rule.title if offer else name})
        return redirect("explanation:case", code=case.code)
    return _page(request, case, offer, form, status=422)


def done(case: Case, name: str, form: ActForm) -> None:
    """Do the act; the case is locked meanwhile with those that the act reaches, so that a form sent twice acts once.

    Raises Moved if the case is no longer as the reader saw it, Refused if the law does not allow the act.
    """
    with engine.unit():
        linked.lock(linked.together(case, name))
        now = store.load(Case.objects.get(pk=case.pk))
        if form.has_moved(now):
            raise Moved
        engine.fire(now, name, actor=Requester(case.pk), **form.act())


def _moved(request: HttpRequest, case: Case, offer: Any, form: ActForm) -> HttpResponse:
    """Answer a form that was sent twice, or after somebody else moved the case."""
    now = store.load(Case.objects.get(pk=case.pk))
    entry = LogEntry.objects.filter(chain=now.chain, transition=offer.rule.name).order_by("seq").last()
    if entry and entry.actor == "requester" and entry.at == now.acted_at:
        messages.info(request, _("This was recorded already, once."))
        return redirect("explanation:case", code=case.code)
    form.refresh(now)
    form.add_error(
        None, _("The case has moved since you opened this page. Look at it again; what you typed is still here.")
    )
    return _page(request, now, offer, form, status=409)


def _page(request: HttpRequest, case: Case, offer: Any, form: ActForm, status: int = 200) -> HttpResponse:
    facts: dict[str, Any] = {"case": case, "offer": offer, "form": form, "had_files": bool(request.FILES)}
    return render(request, "explanation/act.html", facts, status=status)
