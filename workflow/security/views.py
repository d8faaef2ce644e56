"""The page of the security chain, for inspectors and administrators, each for the agencies they watch over."""

from __future__ import annotations

from datetime import datetime, time, timedelta
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe

from workflow import clock
from workflow.clock import LEGAL_ZONE
from workflow.fields import DateField
from workflow.inspection.pages import Cursor
from workflow.inspection.scope import after
from workflow.models import LogEntry, User
from workflow.models.people import called
from workflow.permissions import ADMINISTRATOR, INSPECTOR, administered, inspected
from workflow.security import rows
from workflow.security.kinds import GROUPS
from workflow.views.access import is_inspector_only, needs, person, powers

PAGE = 50
MOST_PEOPLE = 20
"""How many people of one name are looked up."""


class Search(forms.Form):
    """What the page is searched by."""

    kind = forms.ChoiceField(
        label=_("Kind"), required=False, choices=[("", _("all")), *((key, one[0]) for key, one in GROUPS.items())]
    )
    who = forms.CharField(
        label=_("Person"), required=False, max_length=100,
        widget=forms.TextInput(attrs={"placeholder": _("who acted, or whom it concerns")}),
    )  # fmt: skip
    since = DateField(label=_("From"), required=False)
    until = DateField(label=_("To"), required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.label_suffix = ""

    def clean(self) -> dict[str, Any]:
        """Ask for days in their order."""
        data: dict[str, Any] = super().clean() or self.cleaned_data
        if data.get("since") and data.get("until") and data["since"] > data["until"]:
            raise ValidationError(_("The first day lies after the last one."))
        return data

    def chosen(self, found: QuerySet[LogEntry]) -> QuerySet[LogEntry]:
        """Return the entries that fit; the form is valid. Days are legal days, the last one included."""
        data = self.cleaned_data
        if data["kind"]:
            found = found.filter(transition__in=list(GROUPS[data["kind"]][1]))
        if data["since"]:
            found = found.filter(at__gte=datetime.combine(data["since"], time(), LEGAL_ZONE))
        if data["until"]:
            found = found.filter(at__lt=datetime.combine(data["until"] + timedelta(days=1), time(), LEGAL_ZONE))
        if name := data["who"].strip():
            people = User.objects.filter(called(name)).order_by("pk")
            found = rows.about(found, people.values_list("pk", flat=True)[:MOST_PEOPLE])
        return found


@needs(INSPECTOR, ADMINISTRATOR)
@require_safe
def chain(request: HttpRequest) -> HttpResponse:
    """Return a page of what the security chain keeps of the agencies one watches over, newest first."""
    now, posts = clock.now(), powers(request)
    found = rows.entries([*inspected(person(request), now, posts), *administered(person(request), now, posts)])
    form = Search(request.GET)
    found = form.chosen(found) if form.is_valid() else found.none()
    if before := Cursor.read(request.GET.get("before", "")):
        found = after(found, before.at, before.pk)
    page = list(found[: PAGE + 1])
    query = request.GET.copy()
    query.pop("before", None)
    newest = query.urlencode()
    last = page[PAGE - 1] if len(page) > PAGE else None
    query["before"] = str(Cursor(last.at, last.pk)) if last else ""
    facts = {
        "form": form,
        "rows": rows.rows(page[:PAGE]),
        "checked": rows.check(),
        "older": query.urlencode() if last else "",
        "newest": newest if before else "",
        "paged": bool(before),
        "frame": "workflow/inspect/base.html" if is_inspector_only(request) else "workflow/office/frame.html",
        "here": "people",
        "part": "security",
    }
    return render(request, "workflow/security/chain.html", facts, status=422 if form.errors else 200)
