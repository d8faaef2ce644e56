"""Forms of the calendar: a year of the table as rows, a local closure, a corrected date of receipt."""

from __future__ import annotations

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from workflow import yearly
from workflow.calendar import CalendarError
from workflow.fields import DateField
from workflow.models import Agency, LocalClosure
from workflow.uploads import ScanField

KINDS = (
    ("holiday", _("public holiday")),
    ("compensatory", _("compensatory rest")),
    ("swapped", _("swapped rest")),
    ("makeup", _("make-up working day")),
    ("unconfirmed", _("announced only, not applied")),
)
MOST_BYTES = 100_000


class DayForm(forms.Form):
    """One listed day."""

    on = DateField(label=_("Day"))
    kind = forms.ChoiceField(label=_("Kind"), choices=KINDS, initial=KINDS[0][0])  # a row left so is a blank one
    name = forms.CharField(label=_("Name"), required=False, max_length=100)


BLANK_ROWS = 4
DayRows = forms.formset_factory(DayForm, extra=BLANK_ROWS, can_delete=True, max_num=120)


def rows_given(formset: Any) -> list[yearly.Row]:
    """Return the rows of a valid formset, without the blank and the deleted ones."""
    kept = [form.cleaned_data for form in formset.forms if form.cleaned_data and not form.cleaned_data.get("DELETE")]
    return [yearly.Row(one["on"], one["kind"], one["name"]) for one in kept]


class YearForm(forms.Form):
    """What is said of a whole year."""

    confirmed = forms.BooleanField(
        label=_("The whole year is confirmed"), required=False,
        help_text=_("Until then every date that relies on it is shown as provisional (A17)."),
    )  # fmt: skip
    document = forms.CharField(
        label=_("Number of the official notice"), max_length=64, required=False,
        help_text=_("Needed for a confirmed year."),
    )  # fmt: skip
    note = forms.CharField(label=_("Note"), max_length=300, required=False)
    source = forms.CharField(widget=forms.HiddenInput, required=False, max_length=8)

    def clean(self) -> dict[str, Any]:
        """Ask for the notice of a year that is confirmed."""
        data = super().clean() or {}
        if data.get("confirmed") and not data.get("document"):
            self.add_error("document", _("A confirmed year follows an official notice; give its number."))
        return data


class ImportForm(forms.Form):
    """A CSV file with the columns date, kind and name."""

    file = forms.FileField(
        label=_("CSV file"),
        help_text=_("Columns: date (2027-01-01), kind (holiday, compensatory, swapped, makeup, unconfirmed), name."),
        widget=forms.FileInput(attrs={"accept": ".csv,text/csv"}),
    )  # fmt: skip
    rows: list[yearly.Row]

    def clean_file(self) -> Any:
        """Read the days of the file."""
        file = self.cleaned_data["file"]
        if file.size > MOST_BYTES:
            raise ValidationError(_("A table of days is not that large."))
        try:
            self.rows = yearly.from_csv(file.read().decode("utf-8"))
        except UnicodeDecodeError:
            raise ValidationError(_("Save the file as UTF-8.")) from None
        except CalendarError as error:
            raise ValidationError(_(error.message) % error.facts) from error
        return file


class ClosureForm(forms.ModelForm):  # type: ignore[type-arg]
    """Days on which an agency is closed, with the document that says so."""

    first_on = DateField(label=_("First day"))
    last_on = DateField(label=_("Last day"))
    dated_on = DateField(label=_("Date of the document"))

    class Meta:
        model = LocalClosure
        fields = ("agency", "first_on", "last_on", "authority", "document", "dated_on", "reason")

    def __init__(self, *args: Any, agencies: Any, **kwargs: Any) -> None:
        """Offer the agencies under the administrator's own."""
        super().__init__(*args, **kwargs)
        field = self.fields["agency"]
        assert isinstance(field, forms.ModelChoiceField)
        field.queryset = agencies
        field.label_from_instance = _indented  # type: ignore[method-assign, assignment]

    def clean(self) -> dict[str, Any]:
        """Ask for days in their order, and not for years of them."""
        data = super().clean() or {}
        first, last = data.get("first_on"), data.get("last_on")
        if first and last and not 0 <= (last - first).days < 366:
            self.add_error("last_on", _("The last day does not come before the first, nor more than a year after it."))
        return data


def _indented(agency: Agency) -> str:
    return f"{_STEP * (agency.depth - 1)}{agency.name}"


_STEP = "\u2003"


class CorrectionForm(forms.Form):
    """The day of the stamp, with the scan that shows it."""

    received_on = DateField(label=_("Day of the stamp"), help_text=_("The date of the “ĐẾN” stamp on the page (A5)."))
    number = forms.CharField(label=_("Number of arrival"), max_length=64, required=False)
    scan = ScanField(label=_("Scan of the stamped page"), help_text=_("PDF, JPEG, PNG or Word, at most 10 MB."))
    reason = forms.CharField(
        label=_("Why the first date was wrong"), max_length=300, widget=forms.Textarea(attrs={"rows": 3})
    )
