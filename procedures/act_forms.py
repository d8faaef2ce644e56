"""The acts of whoever started a case, one form each; what a form holds is what the engine is given."""

from __future__ import annotations

from datetime import date
from typing import Any, ClassVar

from django import forms
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from procedures.fields import DayField, TextField
from workflow import clock
from workflow.law import Text
from workflow.models import Case


def moved_at(case: Case) -> str:
    """Return when a case last moved, for a hidden field; alarms that ring meanwhile do not count."""
    return case.acted_at.isoformat() if case.acted_at else ""


class ActForm(forms.Form):
    """One act on a case by whoever started it.

    lead: what the act does; numbers of days stand in it by the key of their period
    moment: when the case last moved before the page was shown; a form sent twice, or after another act, is noticed
    places: name of the engine's data, as far as known → field that shows what is wrong with it
    """

    lead: Text = ""
    button: ClassVar[Text] = _("Send")
    danger: ClassVar[bool] = False
    places: ClassVar[dict[str, str]] = {}
    multipart: ClassVar[bool] = False

    moment = forms.CharField(widget=forms.HiddenInput, required=False)

    def __init__(self, case: Any, *args: Any, **more: Any) -> None:
        self.case = case
        self.lead = case.law.fill(self.lead)
        super().__init__(*args, **more)
        self.fields["moment"].initial = moved_at(case)

    def has_moved(self, case: Case) -> bool:
        """Return whether the case has moved since the page was shown."""
        return bool(self.cleaned_data["moment"] != moved_at(case))

    def refresh(self, case: Case) -> None:
        """Let the form be sent again for the case as it now stands."""
        data = self.data.copy() if isinstance(self.data, QueryDict) else QueryDict(mutable=True)
        data["moment"] = moved_at(case)
        self.data = data

    def act(self) -> dict[str, Any]:
        """Return what the engine is given; called inside the unit of the act, so documents may be put on file."""
        return {name: value for name, value in self.cleaned_data.items() if name != "moment"}

    def blame(self, errors: dict[str, str]) -> None:
        """Show beside the fields what the engine found wrong."""
        for path, why in errors.items():
            place = self.places.get(path, path.split(".")[0])
            self.add_error(place if place in self.fields else None, why)


class Statement(ActForm):
    """Withdraw what was filed, with a statement if one wishes."""

    danger = True

    statement = TextField(
        lines=4, required=False, label=_("Your reason or statement"), help_text=_("You need not give a reason.")
    )


class WithdrawAll(Statement):
    """Withdraw everything.

    sure: the box to tick, and what is said where it is not ticked
    bare: what a bare tick says
    """

    sure: ClassVar[tuple[Any, Any]]
    bare: ClassVar[Text]

    def __init__(self, case: Any, *args: Any, **more: Any) -> None:
        super().__init__(case, *args, **more)
        label, lacking = self.sure
        self.fields["sure"] = forms.BooleanField(label=label, error_messages={"required": lacking})

    def act(self) -> dict[str, Any]:
        """Return the statement; a bare tick is one, too."""
        return {"statement": self.cleaned_data["statement"] or str(self.bare)}


class WithdrawSome(Statement):
    """Withdraw some of several things.

    part: what the engine is given, what the field to choose from is called, and what is said where nothing is chosen
    """

    part: ClassVar[tuple[str, Any, Any]]

    def __init__(self, case: Any, *args: Any, **more: Any) -> None:
        super().__init__(case, *args, **more)
        name, label, lacking = self.part
        chosen = forms.TypedMultipleChoiceField(
            coerce=int,
            label=label,
            choices=[(n, f"{n}. {text}") for n, text in self.parts(case)],
            widget=forms.CheckboxSelectMultiple,
            error_messages={"required": lacking},
        )
        self.fields = {name: chosen, **self.fields}

    def parts(self, case: Any) -> list[tuple[int, str]]:
        """Return the numbers and texts of what may be withdrawn."""
        raise NotImplementedError


class RecordReceipt(ActForm):
    """Say when the letter arrived; the time limit for a complaint runs from that day. LKN Đ.9."""

    lead = _("The time limit for a complaint, %(complain)s, runs from the day on which you received the document.")
    button = _("Record the day")

    received_on = DayField(
        label=_("Day on which you received the document"),
        initial=lambda: clock.legal_day(clock.now()),
        error_messages={"required": _("Give the day on which you received it.")},
    )

    def clean_received_on(self) -> date:
        """Return the day; years that no calendar of ours knows are a slip of the pen."""
        on: date = self.cleaned_data["received_on"]
        if not 2000 <= on.year <= 2999:
            raise forms.ValidationError(_("Write the year with four digits."))
        return on
