"""Forms of the register: what is said of an agency, its place, a list handed in, a succession."""

from __future__ import annotations

import re
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.db.models import Q, QuerySet
from django.utils.translation import gettext_lazy as _

from workflow.agencies import sheets
from workflow.agencies.models import Change, Succession
from workflow.agencies.search import named
from workflow.fields import DateField
from workflow.folding import folded
from workflow.models import Agency
from workflow.spreadsheets import FORMULA

RESERVED = frozenset({"nhap", "xuat", "them", "ke-thua"})
"""Words that stand in our addresses where a code would."""
_CODE = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
_UNPRINTED = re.compile(r"[\x00-\x1f\x7f\u202a-\u202e\u2066-\u2069]")
MOST_FOUND = 6


def coded(name: str) -> str:
    """Return a name as a code: small letters and hyphens."""
    return re.sub(r"[^a-z0-9]+", "-", folded(name)).strip("-")[:64].strip("-")


def safe(text: str, *, signed: bool = False) -> str:
    """Return a text that is no formula and holds no letters that cannot be seen.

    signed: whether it may begin with a plus, as a telephone number does
    Raises ValidationError.
    """
    if _UNPRINTED.search(text):
        raise ValidationError(_("It holds characters that cannot be printed."))
    if text.startswith(FORMULA) and not (signed and text.startswith("+")):
        raise ValidationError(_("It begins with “%(sign)s”, as a formula does; write the value.") % {"sign": text[:1]})
    return text


class AgencyForm(forms.ModelForm):  # type: ignore[type-arg]
    """What is said of an agency."""

    seen = forms.CharField(widget=forms.HiddenInput, required=False, max_length=16)

    class Meta:
        model = Agency
        fields = ("name", "short", "level", "address", "hotline", "reception", "receives", "remote", "remote_basis")
        help_texts = {
            "short": _("As it stands in document numbers, such as UBND."),
            "reception": _("For example: every Thursday, 7:30 to 11:30, at the reception room."),
            "receives": _("Citizens can choose it when they file a request."),
            "remote": _("Longer periods apply in remote areas (A15); name the document that says so."),
            "remote_basis": _("Number and date of the document by which the area counts as remote."),
        }

    def clean(self) -> dict[str, Any]:
        """Refuse formulas, and a remote area without its legal reference."""
        data = super().clean() or {}
        for name, value in list(data.items()):
            if isinstance(value, str):
                try:
                    safe(value, signed=name == "hotline")
                except ValidationError as error:
                    self.add_error(name, error)
        if data.get("remote") and not data.get("remote_basis"):
            self.add_error("remote_basis", _("A remote area needs its legal reference (A15)."))
        return data

    @property
    def given(self) -> dict[str, Any]:
        """Return what was said."""
        return {name: self.cleaned_data[name] for name in self._meta.fields or ()}


class NewAgencyForm(AgencyForm):
    """A new agency with its code."""

    slug = forms.CharField(
        label=_("Agency code"), max_length=64, required=False,
        help_text=_("Small letters, digits and hyphens; made from the name if left empty. It never changes."),
    )  # fmt: skip
    field_order = ("name", "slug")

    def clean(self) -> dict[str, Any]:
        """Find a code that nobody has."""
        data = super().clean()
        code = data.get("slug") or coded(data.get("name", ""))
        try:
            data["slug"] = checked_code(code)
        except ValidationError as error:
            self.add_error("slug", error)
        else:
            if Agency.objects.filter(slug=code).exists():
                self.add_error("slug", _("Another agency has the code “%(code)s”; choose one.") % {"code": code})
        return data


def checked_code(code: str) -> str:
    """Return a code as it may stand in an address.

    Raises ValidationError.
    """
    if not _CODE.fullmatch(code) or len(code) > 64 or code in RESERVED:
        raise ValidationError(_("A code has small letters, digits and hyphens, such as xa-tan-hoa."))
    return code


class AgencyField(forms.CharField):
    """An agency, written by its code or its name; a list of thousands cannot be chosen from.

    agencies: those it may be
    """

    def __init__(self, *, agencies: QuerySet[Agency] | None = None, **kwargs: Any) -> None:
        """Keep which agencies it may be."""
        super().__init__(max_length=kwargs.pop("max_length", 200), **kwargs)
        self.agencies = Agency.objects.none() if agencies is None else agencies

    def clean(self, value: Any) -> Any:
        """Return the agency, or None where nothing is written and nothing need be."""
        text = super().clean(value)
        return found(self.agencies, text) if text else None


def found(agencies: QuerySet[Agency], text: str) -> Agency:
    """Return the one agency that is meant by a code or a name.

    Raises ValidationError, with the agencies it might be.
    """
    text = text.strip()
    if (one := agencies.filter(Q(slug=text) | Q(name__iexact=text)).order_by("pk")[:2]) and len(one) == 1:
        return one[0]
    might = list(named(agencies, text)[: MOST_FOUND + 1])
    if len(might) == 1:
        return might[0]
    if not might:
        raise ValidationError(
            _("No agency that you administer is called “%(text)s”. Write its code or its name.") % {"text": text}
        )
    offered = ", ".join(f"{one.name} ({one.slug})" for one in might[:MOST_FOUND])
    more = "…" if len(might) > MOST_FOUND else ""
    raise ValidationError(
        _("Several agencies fit “%(text)s”; write the code: %(names)s") % {"text": text, "names": offered + more}
    )


class MoveForm(forms.Form):
    """The new superior of an agency, by a decision."""

    superior = AgencyField(label=_("New superior"), help_text=_("Its code or its name."))
    decision = forms.CharField(label=_("Decision number"), max_length=64)

    def __init__(self, *args: Any, agencies: QuerySet[Agency], **kwargs: Any) -> None:
        """Offer the agencies that the person administers."""
        super().__init__(*args, **kwargs)
        offer(self, "superior", agencies)


def offer(form: forms.Form, name: str, agencies: QuerySet[Agency]) -> None:
    """Let a field take one of these agencies."""
    field = form.fields[name]
    assert isinstance(field, AgencyField | SeveralField)
    field.agencies = agencies


class SheetForm(forms.Form):
    """A list of agencies as a file."""

    file = forms.FileField(
        label=_("File"), max_length=200,
        help_text=_("Excel (.xlsx) or CSV in UTF-8, at most 2 MB. The first row names the columns."),
        widget=forms.FileInput(attrs={"accept": ".csv,.xlsx,text/csv"}),
    )  # fmt: skip
    rows: list[tuple[int, dict[str, str]]]

    def clean_file(self) -> Any:
        """Read the rows of the file."""
        file = self.cleaned_data["file"]
        try:
            self.rows = sheets.read(file, file.size)
        except sheets.Unreadable as why:
            raise ValidationError(str(why)) from why
        return file


class SeveralField(AgencyField):
    """Agencies, written by code or name, with semicolons between them; the first stands first."""

    def clean(self, value: Any) -> Any:
        """Return the agencies."""
        text = forms.CharField.clean(self, value)
        meant = [part.strip() for part in text.split(";") if part.strip()]
        if len(meant) > MOST_HEIRS:
            raise ValidationError(_("At most %(n)s successors.") % {"n": MOST_HEIRS})
        return list(dict.fromkeys(found(self.agencies, part) for part in meant))


MOST_HEIRS = 20


class SuccessionForm(forms.Form):
    """A decision about agencies."""

    kind = forms.ChoiceField(label=_("Kind"), choices=Succession.Kind)
    decision = forms.CharField(label=_("Decision number"), max_length=64)
    dated_on = DateField(label=_("Date of the decision"))
    effective_on = DateField(label=_("Takes effect on"), help_text=_("The first day on which the new order holds."))
    note = forms.CharField(label=_("Note"), max_length=300, required=False)

    def clean(self) -> dict[str, Any]:
        """Refuse formulas."""
        data = super().clean() or {}
        for name in ("decision", "note"):
            if data.get(name):
                try:
                    safe(data[name])
                except ValidationError as error:
                    self.add_error(name, error)
        return data


class ChangeForm(forms.Form):
    """What becomes of one agency."""

    agency = AgencyField(label=_("Agency"), required=False)
    successors = SeveralField(
        label=_("Successors"), required=False, max_length=1000,
        help_text=_("With semicolons between them; the first takes what is not placed elsewhere."),
    )  # fmt: skip
    powers = forms.ChoiceField(
        label=_("Who goes on at the first successor"), choices=Change.Powers, initial=Change.Powers.STAFF
    )
    name = forms.CharField(label=_("New name"), required=False, max_length=200)
    short = forms.CharField(label=_("New symbol"), required=False, max_length=32)

    def __init__(self, *args: Any, agencies: QuerySet[Agency], **kwargs: Any) -> None:
        """Offer the agencies that the person administers."""
        super().__init__(*args, **kwargs)
        offer(self, "agency", agencies)
        offer(self, "successors", agencies)

    def clean(self) -> dict[str, Any]:
        """Refuse formulas in the new name."""
        data = super().clean() or {}
        for name in ("name", "short"):
            if data.get(name):
                try:
                    safe(data[name])
                except ValidationError as error:
                    self.add_error(name, error)
        return data


MOST_CHANGES = 200
ChangeRows = forms.formset_factory(ChangeForm, extra=2, max_num=MOST_CHANGES, absolute_max=MOST_CHANGES)
