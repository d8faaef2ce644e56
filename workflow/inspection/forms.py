"""What an inspector may search a log by."""

from __future__ import annotations

from datetime import datetime, time, timedelta
from typing import Any, TypeVar

from django import forms
from django.core.exceptions import ValidationError
from django.db.models import Model, Q, QuerySet
from django.utils.translation import gettext_lazy as _

from workflow import registry
from workflow.clock import LEGAL_ZONE
from workflow.fields import DateField
from workflow.inspection import draws
from workflow.models import Agency, Finding, LogEntry, User
from workflow.models.people import called

ALARMS, OPENED = "alarm", "inspected"
_M = TypeVar("_M", bound=Model)
MOST_PEOPLE = 50
"""How many people of one name are looked up."""


def acts() -> list[tuple[str, Any]]:
    """Return the acts of all procedures, each once, and what else the log records."""
    named = {rule.name: rule.title for one in registry.procedures().values() for rule in one.rules.values()}
    rest = [(ALARMS, _("Warnings and silence")), (OPENED, _("Cases opened by inspectors"))]
    return [("", _("all")), *named.items(), *rest]


def grounds() -> list[tuple[str, Any]]:
    """Return the grounds of all versions of the law, each code once."""
    found = {
        one.code: f"{one.code} – {one.text}"
        for procedure in registry.procedures().values()
        for version in procedure.versions
        for one in version.grounds
    }
    return [("", _("all")), *found.items()]


def versions() -> list[tuple[str, Any]]:
    """Return the versions of the law that cases are judged by."""
    names = {version.name for one in registry.procedures().values() for version in one.versions}
    return [("", _("all")), *((name, name) for name in sorted(names))]


class ScopeFilter(forms.Form):
    """An agency with everything below it, and a period; empty means all."""

    agency = forms.ModelChoiceField(
        Agency.objects.none(), required=False, to_field_name="slug", label=_("Agency and below"), empty_label=_("all")
    )
    since = DateField(required=False, label=_("From"))
    until = DateField(required=False, label=_("To"))

    def __init__(self, *args: Any, agencies: QuerySet[Agency], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.label_suffix = ""
        self.agencies = agencies
        self.fields["agency"].queryset = agencies  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        data: dict[str, Any] = super().clean() or self.cleaned_data
        if data.get("since") and data.get("until") and data["since"] > data["until"]:
            raise ValidationError(_("The first day lies after the last one."))
        return data

    def within(self) -> QuerySet[Agency]:
        """Return the agencies chosen, those below included; never more than the jurisdiction."""
        chosen = self.cleaned_data.get("agency") if self.is_bound and self.is_valid() else None
        return self.agencies.filter(path__startswith=chosen.path) if chosen else self.agencies

    def chosen(self, rows: QuerySet[_M]) -> QuerySet[_M]:
        """Return the rows of the period, the last day included; rows have `at`. The agencies are `within`."""
        data = self.cleaned_data
        if data["since"]:
            rows = rows.filter(at__gte=datetime.combine(data["since"], time(), LEGAL_ZONE))
        if data["until"]:
            rows = rows.filter(at__lt=datetime.combine(data["until"] + timedelta(days=1), time(), LEGAL_ZONE))
        return rows


class LogFilter(ScopeFilter):
    act = forms.ChoiceField(required=False, choices=acts, label=_("Act"))
    ground = forms.ChoiceField(required=False, choices=grounds, label=_("Ground"))
    law = forms.ChoiceField(required=False, choices=versions, label=_("Law version"))
    actor = forms.CharField(
        required=False,
        max_length=100,
        label=_("Who"),
        widget=forms.TextInput(attrs={"placeholder": _("name or account, “requester”, “system”")}),
    )

    def chosen(self, entries: QuerySet[LogEntry]) -> QuerySet[LogEntry]:  # type: ignore[override]
        """Return the entries that fit; the form is valid. Days are legal days, the last one included."""
        data = self.cleaned_data
        entries = super().chosen(entries)
        if data["act"] == ALARMS:
            entries = entries.filter(transition__startswith="alarm:")
        elif data["act"]:
            entries = entries.filter(transition=data["act"])
        if data["ground"]:
            named = Finding.objects.filter(kind=Finding.Kind.GROUND, detail=data["ground"])
            entries = entries.filter(pk__in=named.values("entry_id"))
        if data["law"]:
            entries = entries.filter(law_version=data["law"])
        return entries.filter(_by(data["actor"].strip())) if data["actor"].strip() else entries


class DrawForm(forms.Form):
    """What a random sample is drawn from."""

    agency = forms.ModelChoiceField(Agency.objects.none(), to_field_name="slug", label=_("Agency and below"))
    since = DateField(label=_("Filed from"))
    until = DateField(label=_("Filed to"))
    size = forms.IntegerField(label=_("How many cases"), min_value=1, max_value=draws.MOST, initial=10)
    seed = forms.RegexField(
        r"^[0-9a-f]{32}$",
        label=_("Seed of an earlier draw"),
        required=False,
        help_text=_("Leave it empty for a new draw. With the seed of an earlier one, the same cases are drawn again."),
        error_messages={"invalid": _("A seed has 32 characters, 0 to 9 and a to f.")},
    )

    def __init__(self, *args: Any, agencies: QuerySet[Agency], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.label_suffix = ""
        field: Any = self.fields["agency"]
        field.queryset, field.initial, field.empty_label = agencies, agencies.first(), None

    def clean(self) -> dict[str, Any]:
        data: dict[str, Any] = super().clean() or self.cleaned_data
        if data.get("since") and data.get("until") and data["since"] > data["until"]:
            raise ValidationError(_("The first day lies after the last one."))
        return data


class HoldForm(forms.Form):
    """By which document a case is kept from being erased, and why."""

    document = forms.CharField(label=_("Document number"), max_length=64)
    reason = forms.CharField(label=_("Reason"), max_length=300)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.label_suffix = ""


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
    people = User.objects.filter(called(name)).values_list("pk", flat=True)
    refs = [f"user:{pk}" for pk in people[:MOST_PEOPLE]]
    return Q(actor__in=refs) | Q(on_behalf_of__in=refs)
