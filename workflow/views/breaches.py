"""The breach register: of an agency for its head, of a jurisdiction for the inspector."""

from __future__ import annotations

from datetime import date
from typing import Any

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db.models import Q
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_safe

from workflow import breaches, calendars, clock
from workflow.calendar import Calendar
from workflow.models import Breach
from workflow.panels import Tab
from workflow.permissions import HEAD, INSPECTOR
from workflow.presentation import day
from workflow.views.access import is_inspector_only, official, person, powers

PAGE = 30


class ExplanationForm(forms.Form):
    """Why a last day passed, by who answers for it; given once."""

    text = forms.CharField(
        label=gettext_lazy("Your explanation"), max_length=5000, widget=forms.Textarea(attrs={"rows": 6}),
        help_text=gettext_lazy("It can be given once. It is kept here, and a seal of it in the agency's log."),
    )  # fmt: skip


def _unexplained(request: HttpRequest) -> int | None:
    """Return how many breaches wait for this head's explanation; None for whom the register is not."""
    if not any(post.role == HEAD for post in powers(request)):
        return None
    return Breach.objects.filter(head=person(request), explained_at=None, undone=False).count()


TAB = Tab("breaches", "/van-phong/vi-pham/", gettext_lazy("Breaches"), _unexplained)


@official
@require_safe
def register(request: HttpRequest) -> HttpResponse:
    """Return the breaches a person may see, the latest first; only open ones if asked.

    Raises PermissionDenied for whom the register is not.
    """
    found = breaches.visible(person(request), powers(request))
    if not any(post.role in (HEAD, INSPECTOR) for post in powers(request)) and not found.exists():
        raise PermissionDenied
    only_open = bool(request.GET.get("con"))
    if only_open:
        found = found.filter(actual_on=None, undone=False)
    if place := _place(request.GET.get("truoc", "")):
        found = found.filter(Q(due_on__lt=place[0]) | Q(due_on=place[0], pk__lt=place[1]))
    rows = list(found.select_related("head", "handler")[: PAGE + 1])
    calendar, today = calendars.in_force(), clock.legal_day(clock.now())
    last = rows[PAGE - 1] if len(rows) > PAGE else None
    facts = {
        "rows": [_row(one, calendar, today) for one in rows[:PAGE]],
        "only_open": only_open,
        "more": f"{last.due_on}~{last.pk}" if last else "",
        **_frame(request),
    }
    return render(request, "workflow/breaches/register.html", facts)


@official
def breach(request: HttpRequest, pk: int) -> HttpResponse:
    """Return one breach with everything the law asks to be recorded; take the explanation of who answers for it."""
    mine = breaches.visible(person(request), powers(request)).select_related("head", "handler", "explained_by")
    found = mine.filter(pk=pk).first()
    if found is None:
        raise Http404
    may = breaches.may_explain(found, person(request))
    form = ExplanationForm(request.POST or None) if may else None
    if request.method == "POST" and form is not None and form.is_valid():
        breaches.explain(found, form.cleaned_data["text"], by=person(request))
        messages.success(request, _("Your explanation is on record."))
        return redirect("workflow:breach", pk=found.pk)
    calendar, today = calendars.in_force(), clock.legal_day(clock.now())
    limits = breaches.discipline_limits(found, calendar)
    facts = {
        **_row(found, calendar, today),
        "articles": breaches.articles(found),
        "discipline": breaches.law_of(found).cites.get("discipline", ""),
        "limits": [(day(on), on < today) for on in limits],
        "notes": found.notes.order_by("pk"),
        "form": form,
        **_frame(request),
    }
    return render(
        request, "workflow/breaches/breach.html", facts, status=422 if form is not None and form.errors else 200
    )


def _row(one: Breach, calendar: Calendar, today: date) -> dict[str, Any]:
    law = breaches.law_of(one)
    period = law.periods.get(one.rule)
    return {
        "breach": one,
        "period": str(period.label or one.rule) if period else one.rule,
        "cite": period.cite if period else "",
        "days": breaches.days_late(one, calendar, today),
    }


def _frame(request: HttpRequest) -> dict[str, Any]:
    """Return in which frame the page stands: the inspector's, or the office's."""
    inspects = is_inspector_only(request)
    frame = "workflow/inspect/base.html" if inspects else "workflow/office/frame.html"
    return {"frame": frame, "inspects": inspects, "here": "breaches"}


def _place(text: str) -> tuple[date, int] | None:
    due_on, _tilde, pk = text.partition("~")
    try:
        return date.fromisoformat(due_on), int(pk[:18])
    except ValueError:
        return None
