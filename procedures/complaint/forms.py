"""The complaint as a citizen writes it on a page, with everything known filled in; and the acts that follow."""

from __future__ import annotations

from datetime import date
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from procedures.act_forms import ActForm, RecordReceipt, WithdrawAll, WithdrawSome
from procedures.complaint import petition
from procedures.complaint.draft import Draft
from procedures.complaint.words import PROXIES
from procedures.explanation.forms.signature import Signing, needed
from procedures.fields import DayField, ScansField, TextField
from workflow import clock
from workflow.clock import legal_day
from workflow.models import Agency, Case

MOST_DEMANDS, MOST_FILES = 3, 5


class LodgeForm(Signing):
    """A complaint against a request for explanation, or against how a first complaint was settled. LKN Đ.8, Đ.33.

    against: the request, or the first complaint
    """

    object = forms.ChoiceField(
        label=_("What the complaint is about"),
        widget=forms.RadioSelect,
        error_messages={"required": _("Choose what the complaint is about.")},
    )
    settler = forms.ChoiceField(label=_("To whom it goes"), widget=forms.RadioSelect)
    content = TextField(
        lines=8,
        label=_("What happened, and why you think it is wrong"),
        error_messages={"required": _("Write what the complaint is about.")},
    )
    demand_1 = TextField(lines=2, label=_("What you demand"), error_messages={"required": _("Write what you demand.")})
    demand_2 = TextField(lines=2, required=False, label=_("What else you demand"))
    demand_3 = TextField(lines=2, required=False, label=_("What else you demand"))
    known_on = DayField(
        label=_("Day on which you received the document, or learned of it"),
        help_text=_("The time limit runs from this day. It is filled in as far as the file shows it."),
    )
    obstacle_days = forms.IntegerField(
        required=False,
        min_value=0,
        max_value=3650,
        initial=0,
        label=_("Days on which something kept you from complaining"),
        help_text=_("Illness, disaster, work or study far away, another objective obstacle: these days do not count."),
    )
    late_reason = TextField(
        lines=3,
        required=False,
        label=_("What kept you"),
        help_text=_("Needed if the time limit has passed: the complaint is received and the reason is looked at."),
    )
    name = TextField(label=_("Full name, or name of the organisation"))
    address = TextField(label=_("Address"), max_length=300)
    phone = TextField(required=False, label=_("Phone number"), max_length=50)
    email = forms.EmailField(required=False, label=_("Mail address"), max_length=254)
    id_number = TextField(required=False, label=_("Identity number"), max_length=32)
    proxy = forms.ChoiceField(
        required=False, label=_("Authorisation of the representative"), choices=[("", "–"), *PROXIES.items()]
    )
    attachments = ScansField(
        required=False,
        most=MOST_FILES,
        label=_("Documents that go with the complaint"),
        help_text=_("Up to 5 files: PDF, JPEG or PNG, 10 MB each at most."),
    )
    token = forms.RegexField(r"^[0-9a-f]{32}$", widget=forms.HiddenInput)

    field_order = (
        "object", "settler", "content", "demand_1", "demand_2", "demand_3", "known_on", "obstacle_days", "late_reason",
        "name", "address", "phone", "email", "id_number", "proxy", "attachments", *Signing.base_fields,
    )  # fmt: skip

    def __init__(self, against: Case, *args: Any, **more: Any) -> None:
        self.draft = draft = Draft(against, legal_day(clock.now()))
        self.earlier, self.procedure = draft.earlier, draft.procedure
        settlers = [(str(one.pk), one.name) for one in draft.settlers.agencies]
        known = {
            **draft.known, "object": draft.case.object, "known_on": draft.case.known_on,
            "settler": settlers[0][0] if settlers else "",
        }  # fmt: skip
        more["initial"] = {**known, **more.get("initial", {})}
        super().__init__(*args, **more)
        self.fields["object"].choices = draft.objects  # type: ignore[attr-defined]
        self.fields["settler"].choices = settlers  # type: ignore[attr-defined]
        spokesman = draft.attacked.requester.get("representative") or {}
        if spokesman.get("kind") != "authorised":
            del self.fields["proxy"]
        if not petition.asks_identity(draft.case):
            del self.fields["id_number"]
        if self.earlier:
            del self.fields["object"]

    def clean(self) -> dict[str, Any]:
        """Name what the law asks for and is not there."""
        given = super().clean() or self.cleaned_data
        if "id_number" in self.fields and not given.get("id_number"):
            self.add_error("id_number", needed(self.draft.law, "id_number"))
        on: date | None = given.get("known_on")
        if on and on > self.draft.today:
            self.add_error("known_on", str(_("This day has not come yet.")))
        self.check_signature(needed(self.draft.law, "signature"))
        return given

    def request(self) -> dict[str, Any]:
        """Return the complaint as the engine is given it."""
        given = self.cleaned_data
        person = {
            **self.draft.attacked.requester,
            **{name: given[name] for name in ("name", "address", "phone", "email")},
        }
        return {
            "agency": Agency.objects.get(pk=given["settler"]),
            "attacked": self.draft.attacked,
            "earlier": self.earlier,
            "object": given.get("object") or self.draft.case.object,
            "channel": "electronic",
            "requester": person,
            "content": given["content"],
            "demands": [{"text": text} for n in range(1, MOST_DEMANDS + 1) if (text := given[f"demand_{n}"])],
            "signature": self.signed()[0],
            "id_number": given.get("id_number", ""),
            "proxy": given.get("proxy", ""),
            "known_on": given["known_on"],
            "obstacle_days": given["obstacle_days"] or 0,
            "late_reason": given["late_reason"],
        }

    def blame(self, errors: dict[str, str]) -> None:
        """Show beside the fields what the engine found wrong."""
        places = {"agency": "settler", "demands": "demand_1", "requester.name": "name", "requester.address": "address"}
        for path, why in errors.items():
            place = places.get(path, path)
            self.add_error(place if place in self.fields else None, why)


# what follows ----------------------------------------------------------------------------------------------------


class Supplement(Signing, ActForm):
    """Complete what the petition lacks."""

    lead = _("What the office has asked for. The time for its notice runs on.")
    button = _("Send the supplement")
    multipart = True

    def __init__(self, case: Any, *args: Any, **more: Any) -> None:
        super().__init__(case, *args, **more)
        asked = case.law.checklists["fields"]
        for name in case.pending:
            if name == "proxy":
                self.fields[name] = forms.ChoiceField(label=asked[name].text, choices=list(PROXIES.items()))
            elif name != "signature":
                self.fields[name] = TextField(label=asked[name].text, lines=4 if name == "content" else 1)
        if "signature" not in case.pending:
            for name in Signing.base_fields:
                del self.fields[name]

    @property
    def signs(self) -> bool:
        """Return whether a signature was asked for."""
        return "signature_photo" in self.fields

    def clean(self) -> dict[str, Any]:
        """Ask for the signature where it is what is missing."""
        given = super().clean() or self.cleaned_data
        if self.signs:
            self.check_signature(needed(self.case.law, "signature"))
        return given

    def act(self) -> dict[str, Any]:
        """Return what arrived; a signature is put on file and cited."""
        from workflow.documents import issue

        provided = {name: self.cleaned_data[name] for name in self.case.pending if self.cleaned_data.get(name)}
        record = None
        if self.signs:
            how, picture = self.signed()
            provided["signature"] = how
            summary = str(_("Signature of the complaint, added"))
            today = legal_day(clock.now())
            record = issue(case=self.case, kind="signature", dated_on=today, summary=summary, file=picture)
        return {"provided": provided, "record": record}


class Withdraw(WithdrawAll):
    """Withdraw the whole complaint. LKN Đ.10."""

    lead = _("The complaint ends. What was withdrawn is not looked at again, unless you were threatened or forced.")
    button = _("Withdraw the whole complaint")
    bare = _("I withdraw the whole complaint.")
    sure = (
        _("Yes, I withdraw the whole complaint."),
        _("Tick the box if you want to withdraw the whole complaint."),
    )


class WithdrawPart(WithdrawSome):
    """Withdraw some demands. LKN Đ.10, NĐ155 Đ.5."""

    lead = _("The demands you choose are closed; the others go on and their time does not change.")
    button = _("Withdraw these demands")
    part = ("numbers", _("Demands to withdraw"), _("Choose at least one demand."))

    def parts(self, case: Any) -> list[tuple[int, str]]:
        """Return the open demands."""
        return [(n, case.demands[n - 1]["text"]) for n in case.open_demands]


class Receipt(RecordReceipt):
    """Say when the decision arrived. LKN Đ.33 k.1; LTTHC Đ.116."""

    lead = _("The time for what you may do next runs from the day on which you received the decision.")


class Sue(ActForm):
    """Note that a lawsuit was filed. LTTHC Đ.116."""

    lead = _("For the file only: the court is not told by this page.")
    button = _("Note the lawsuit")

    sued_on = DayField(label=_("Filed on"), initial=lambda: legal_day(clock.now()))
    court = TextField(label=_("Court"))


FORMS: dict[str, type[ActForm]] = {
    "supplement": Supplement,
    "record_receipt": Receipt,
    "withdraw_part": WithdrawPart,
    "withdraw": Withdraw,
    "note_lawsuit": Sue,
    "sue_silence": Sue,
}
