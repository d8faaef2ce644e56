"""The acts of the requester, one form each; what a form holds is what the engine is given."""

from __future__ import annotations

from typing import Any

from django import forms
from django.core.files.base import File
from django.utils.translation import gettext_lazy as _

from procedures.act_forms import ActForm, RecordReceipt, WithdrawAll, WithdrawSome
from procedures.explanation.forms.signature import Signing, needed
from procedures.explanation.models import ExplanationRequest
from procedures.fields import TextField
from workflow import clock
from workflow.documents import issue
from workflow.models import Document


class Withdraw(WithdrawAll):
    """Withdraw everything. NĐ59 Đ.8 k.1 b, Đ.14 k.3 c."""

    lead = _(
        "The whole request ends. The agency issues a decision on it within %(termination)s. "
        "You may file a new request later."
    )
    button = _("Withdraw the whole request")
    bare = _("I withdraw the whole request.")
    sure = (
        _("Yes, I withdraw the whole request."),
        _("Tick the box if you want to withdraw the whole request."),
    )


class WithdrawPart(WithdrawSome):
    """Withdraw some questions. NĐ59 Đ.8 k.1 b."""

    lead = _("The questions you choose are closed; the others go on and their time does not change.")
    button = _("Withdraw these questions")
    part = ("questions", _("Questions to withdraw"), _("Choose at least one question."))

    def parts(self, case: ExplanationRequest) -> list[tuple[int, str]]:
        """Return the open questions."""
        return [(n, case.questions[n - 1]["text"]) for n in case.open_questions]


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
