"""What an agency decides for itself where the law is silent: the page on which an administrator enters it."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from workflow.agencies import choices
from workflow.agencies.choices import Setting
from workflow.agencies.forms import safe
from workflow.agencies.pages import administrator, path_of, the_agency
from workflow.views.access import person


class ChoiceForm(forms.Form):
    """One setting: what it shall be, and the decision that says so."""

    value = forms.ChoiceField(widget=forms.RadioSelect, required=False)
    decision = forms.CharField(
        label=gettext_lazy("Decision number"), max_length=64,
        help_text=gettext_lazy("Number and symbol of the agency's decision."),
    )  # fmt: skip

    def __init__(self, data: Any, *, setting: Setting) -> None:
        """Offer what the setting may be, and to follow the others."""
        super().__init__(data, prefix=setting.key, initial={"value": setting.value})
        self.setting = setting
        usual = setting.choice.values[str(setting.assumption.value)]
        as_others = _("As where nothing is decided: %(usual)s") % {"usual": usual}
        field = self.fields["value"]
        assert isinstance(field, forms.ChoiceField)
        field.label, field.choices = str(setting.choice.label), [("", as_others), *setting.choice.values.items()]

    def clean_decision(self) -> str:
        """Refuse formulas."""
        return safe(self.cleaned_data["decision"])

    def clean(self) -> dict[str, Any]:
        """Refuse to decide what is decided already."""
        data = super().clean() or {}
        if data.get("value") == self.setting.value and not self.errors:
            raise ValidationError(_("This is how it stands already; choose something else."))
        return data


@administrator
def decide(request: HttpRequest, slug: str) -> HttpResponse:
    """Return what an agency may decide for itself, each with its form; enter the one that was sent."""
    found = the_agency(request, slug)
    if found.ends_on:
        raise Http404
    sent = request.POST.get("setting", "")
    rows = [ChoiceForm(request.POST if one.key == sent else None, setting=one) for one in choices.settings_of(found)]
    for form in rows:
        if form.is_bound and form.is_valid():
            one = form.setting
            choices.choose(found, procedure=one.procedure.name, setting=one.name, actor=person(request),
                           value=form.cleaned_data["value"], decision=form.cleaned_data["decision"])  # fmt: skip
            messages.success(request, _("Decided. It counts for what is filed from now on."))
            return redirect("workflow:agency", slug=found.slug)
    wrong = next((form for form in rows if form.is_bound), None)
    facts = {"agency": found, "above": path_of(found), "rows": rows, "form": wrong, "here": "agencies"}
    return render(request, "workflow/agencies/choices.html", facts, status=422 if wrong else 200)
