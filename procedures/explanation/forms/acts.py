"""The acts of the requester, one form each; what a form holds is what the engine is given."""

from __future__ import annotations

from datetime import date
from typing import Any, ClassVar

from django import forms
from django.core.files.base import File
from django.http import QueryDict
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from procedures.explanation.forms.fields import DayField, TextField
from procedures.explanation.forms.signature import Signing, needed
from procedures.explanation.models import ExplanationRequest
from workflow import clock
from workflow.documents import issue
from workflow.models import Case, Document


def moved_at(case: Case) -> str:
    """Return when a case last moved, for a hidden field; alarms that ring meanwhile do not count."""
    return case.acted_at.isoformat() if case.acted_at else ""


class ActForm(forms.Form):
    """One act of the requester on a case.

    lead: what the act does; numbers of days stand in it by the key of their period
    moment: when the case last moved before the page was shown; a form sent twice, or after another act, is noticed
    places: name of the engine's data, as far as known → field that shows what is wrong with it
    """

    lead: str | Promise = ""
    button: ClassVar[str | Promise] = _("Send")
    danger: ClassVar[bool] = False
    places: ClassVar[dict[str, str]] = {}
    multipart: ClassVar[bool] = False

    moment = forms.CharField(widget=forms.HiddenInput, required=False)

    def __init__(self, case: ExplanationRequest, *args: Any, **more: Any) -> None:
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


class Withdraw(ActForm):
    """Withdraw everything. NĐ59 Đ.8 k.1 b, Đ.14 k.3 c."""

    lead = _(
        "The whole request ends. The agency issues a decision on it within %(termination)s. "
        "You may file a new request later."
    )
    button = _("Withdraw the whole request")
    danger = True

    statement = TextField(
        lines=4, required=False, label=_("Your reason or statement"), help_text=_("You need not give a reason.")
    )
    sure = forms.BooleanField(
        label=_("Yes, I withdraw the whole request."),
        error_messages={"required": _("Tick the box if you want to withdraw the whole request.")},
    )

    def act(self) -> dict[str, Any]:
        """Return the statement; a bare tick is one, too."""
        return {"statement": self.cleaned_data["statement"] or str(_("I withdraw the whole request."))}


class WithdrawPart(ActForm):
    """Withdraw some questions. NĐ59 Đ.8 k.1 b."""

    lead = _("The questions you choose are closed; the others go on and their time does not change.")
    button = _("Withdraw these questions")
    danger = True

    questions = forms.TypedMultipleChoiceField(
        coerce=int,
        label=_("Questions to withdraw"),
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": _("Choose at least one question.")},
    )
    statement = TextField(
        lines=3, required=False, label=_("Your reason or statement"), help_text=_("You need not give a reason.")
    )

    def __init__(self, case: ExplanationRequest, *args: Any, **more: Any) -> None:
        super().__init__(case, *args, **more)
        self.fields["questions"].choices = [  # type: ignore[attr-defined]
            (n, f"{n}. {case.questions[n - 1]['text']}") for n in case.open_questions
        ]


class Supplement(Signing, ActForm):
    """Complete what was missing, or insist that nothing is. NĐ59 Đ.11 k.2."""

    lead = _("When what was asked for has arrived, the time for the notice starts anew: %(decide)s.")
    button = _("Send the supplement")
    multipart = True

    name = TextField(required=False, label=_("Full name"))
    address = TextField(required=False, label=_("Address"), max_length=300)
    contact = TextField(required=False, label=_("Phone number or mail address"), max_length=254)
    content = TextField(required=False, lines=6, label=_("Content of the request"))
    insists = forms.BooleanField(
        required=False,
        label=_("I insist that the request is complete as it is."),
        help_text=_("Then the agency must decide on what it has."),
    )

    field_order = (
        "name",
        "address",
        "contact",
        "content",
        "signature_drawing",
        "signature_photo",
        "confirmed",
        "insists",
    )

    def __init__(self, case: ExplanationRequest, *args: Any, **more: Any) -> None:
        super().__init__(case, *args, **more)
        asked = case.law.checklists["fields"]
        for field in ("name", "address", "contact", "content", "signature"):
            shown = ("signature_drawing", "signature_photo", "confirmed") if field == "signature" else (field,)
            for name in shown if field not in case.pending else ():
                del self.fields[name]
            if field in self.fields:
                self.fields[field].label = str(asked[field].text)

    @property
    def signs(self) -> bool:
        """Return whether a signature was asked for."""
        return "signature_photo" in self.fields

    def clean(self) -> dict[str, Any]:
        """Name what was asked for and is not there, unless the requester insists."""
        given = super().clean() or self.cleaned_data
        if not given.get("insists"):
            for field in self.case.pending:
                if field != "signature" and field not in self.errors and not given.get(field):
                    self.add_error(field, needed(self.case.law, field))
            if self.signs:
                self.check_signature(needed(self.case.law, "signature"))
        return given

    def act(self) -> dict[str, Any]:
        """Return what arrived; a signature is put on file and cited."""
        given = self.cleaned_data
        provided = {field: given[field] for field in self.case.pending if given.get(field)}
        record: Document | None = None
        how, picture = self.signed() if self.signs else ("", None)
        if isinstance(picture, File) and given.get("confirmed"):
            provided["signature"] = how
            record = issue(
                case=self.case,
                kind="signature",
                dated_on=clock.legal_day(clock.now()),
                summary=str(_("Signature of the request, added")),
                file=picture,
            )
        return {"provided": provided, "insists": bool(given.get("insists")), "record": record}


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


class Respond(ActForm):
    """Say, question by question, whether the explanation answers it."""

    lead = _("Your opinion goes on file. It does not replace a complaint and does not change any deadline.")
    button = _("Send my opinion")

    satisfaction = forms.TypedChoiceField(
        coerce=int,
        label=_("How satisfied are you?"),
        widget=forms.RadioSelect,
        choices=[
            (5, _("5 – very satisfied")), (4, _("4 – satisfied")), (3, _("3 – neither")),
            (2, _("2 – dissatisfied")), (1, _("1 – very dissatisfied")),
        ],
        error_messages={"required": _("Choose one.")},
    )  # fmt: skip
    comment = TextField(lines=4, required=False, label=_("Remarks"))

    def __init__(self, case: ExplanationRequest, *args: Any, **more: Any) -> None:
        super().__init__(case, *args, **more)
        self.numbers = case.open_questions
        asked = {
            f"answered_{n}": forms.ChoiceField(
                label=_("Was question %(number)s answered? %(text)s")
                % {"number": n, "text": case.questions[n - 1]["text"]},
                choices=[("yes", _("It was explained")), ("no", _("It was not explained"))],
                widget=forms.RadioSelect,
                error_messages={"required": _("Say whether it was answered.")},
            )
            for n in self.numbers
        }
        self.fields = {**asked, **self.fields}

    def act(self) -> dict[str, Any]:
        """Return the verdicts, the satisfaction and the remarks."""
        given = self.cleaned_data
        verdicts = [{"question": n, "answered": given[f"answered_{n}"] == "yes"} for n in self.numbers]
        return {"answered": verdicts, "satisfaction": given["satisfaction"], "comment": given["comment"]}


FORMS: dict[str, type[ActForm]] = {
    "supplement": Supplement,
    "withdraw_part": WithdrawPart,
    "withdraw": Withdraw,
    "record_receipt": RecordReceipt,
    "respond": Respond,
}
"""The requester's acts in the order in which a page offers them."""
