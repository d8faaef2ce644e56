"""What an inspector may search a log by."""

from __future__ import annotations

from datetime import datetime, time, timedelta
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.db.models import Q, QuerySet
from django.utils.translation import gettext_lazy as _

from workflow import registry
from workflow.clock import LEGAL_ZONE
from workflow.forms import DateField
from workflow.models import Agency, LogEntry, User

ALARMS, OPENED = "alarm", "inspected"
MOST_PEOPLE = 50
"""How many people of one name are looked up."""


def acts() -> list[tuple[str, Any]]:
    """Return the acts of all procedures, each once, and what else the log records."""
    named = {rule.name: rule.title for one in registry.procedures().values() for rule in one.rules.values()}
    rest = [(ALARMS, _("Warnings and silence")), (OPENED, _("Cases opened by inspectors"))]
    return [("", _("all")), *named.items(), *rest]


class LogFilter(forms.Form):
    agency = forms.ModelChoiceField(
        Agency.objects.none(), required=False, to_field_name="slug", label=_("Agency"), empty_label=_("all")
    )
    since = DateField(required=False, label=_("From"))
    until = DateField(required=False, label=_("To"))
    act = forms.ChoiceField(required=False, choices=acts, label=_("Act"))
    actor = forms.CharField(
        required=False,
        max_length=100,
        label=_("Who"),
        widget=forms.TextInput(attrs={"placeholder": _("name or account, “requester”, “system”")}),
    )

    def __init__(self, *args: Any, agencies: QuerySet[Agency], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.label_suffix = ""
        self.fields["agency"].queryset = agencies  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        data: dict[str, Any] = super().clean() or self.cleaned_data
        if data.get("since") and data.get("until") and data["since"] > data["until"]:
            raise ValidationError(_("The first day lies after the last one."))
        return data

    def chosen(self, entries: QuerySet[LogEntry]) -> QuerySet[LogEntry]:
        """Return the entries that fit; the form is valid. Days are legal days, the last one included."""
        data = self.cleaned_data
        if data["agency"]:
            entries = entries.filter(agency_id=data["agency"].pk)
        if data["since"]:
            entries = entries.filter(at__gte=datetime.combine(data["since"], time(), LEGAL_ZONE))
        if data["until"]:
            entries = entries.filter(at__lt=datetime.combine(data["until"] + timedelta(days=1), time(), LEGAL_ZONE))
        if data["act"] == ALARMS:
            entries = entries.filter(transition__startswith="alarm:")
        elif data["act"]:
            entries = entries.filter(transition=data["act"])
        return entries.filter(_by(data["actor"].strip())) if data["actor"].strip() else entries


def _by(name: str) -> Q:
    """Return the condition that somebody of this name acted, or was acted for."""
    words = {
        "requester": "requester",
        str(_("requester")): "requester",
        "system": "system",
        str(_("the system")): "system",
        str(_("system")): "system",
    }
    if ref := words.get(name.lower()):
        return Q(actor=ref) | Q(on_behalf_of=ref)
    people = User.objects.filter(Q(username=name) | Q(full_name__icontains=name)).values_list("pk", flat=True)
    refs = [f"user:{pk}" for pk in people[:MOST_PEOPLE]]
    return Q(actor__in=refs) | Q(on_behalf_of__in=refs)
