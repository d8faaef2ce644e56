"""Fields of forms that Django has otherwise: a day as it is written here, a case by its code."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _


class DateField(forms.DateField):
    """A day, picked or typed as day/month/year: Django's own formats would read it the American way round."""

    widget = forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    input_formats = ("%Y-%m-%d", "%d/%m/%Y", "%d-%m-%Y")


class CodeField(forms.ModelChoiceField):  # type: ignore[type-arg]
    """Another case of the agency, named by its code."""

    widget = forms.TextInput
    default_error_messages = {"invalid_choice": _("No case of this agency has the code “%(value)s”.")}

    def __init__(self, **options: Any) -> None:
        """Look cases up by code."""
        super().__init__(to_field_name="code", **options)

    def to_python(self, value: Any) -> Any:
        """Return the case, however the letters of its code were typed."""
        return super().to_python(str(value).strip().upper() if value else value)
