"""Registering a request that came on paper or in person."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from procedures.explanation.models import ExplanationRequest
from workflow import clock, documents
from workflow.fields import DateField
from workflow.models import Agency, User
from workflow.uploads import ScanField

QUESTIONS = 5
"""Questions one paper form has room for; more go into the last one's text."""


class Intake(forms.Form):
    """A paper or an oral request, as it is registered at the counter. NĐ59 Đ.10 k.2, k.3; Đ.11 k.2.

    lead: what is to be known before it is filled in, with the articles now in force
    """

    LEAD = _(
        "For a request that came on paper or in person. A paper request is registered as it arrives; what is missing "
        "is asked for afterwards (%(law_request_supplement)s)."
    )

    agency = forms.ModelChoiceField(Agency.objects.none(), label=_("Agency"), empty_label=None)
    channel = forms.ChoiceField(
        label=_("How it came"),
        choices=[("written", _("On paper")), ("in_person", _("In person"))],
        widget=forms.RadioSelect,
        initial="written",
    )
    arrived_on = DateField(label=_("Arrived on"), help_text=_("The date of the arrival stamp, or of the record."))
    kind = forms.ChoiceField(
        label=_("Kind of requester"),
        choices=[("person", _("A person")), ("organisation", _("An organisation"))],
        widget=forms.RadioSelect,
        initial="person",
    )
    name = forms.CharField(label=_("Full name"), required=False, max_length=200)
    address = forms.CharField(label=_("Address"), required=False, max_length=300)
    phone = forms.CharField(label=_("Phone"), required=False, max_length=40)
    email = forms.EmailField(label=_("E-mail"), required=False)
    speaker = forms.CharField(label=_("Representative"), required=False, max_length=200)
    speaker_kind = forms.ChoiceField(
        label=_("Represents as"),
        required=False,
        choices=[
            ("", "–"),
            ("legal", _("Legal representative")),
            ("authorised", _("Authorised person")),
            ("organisation", _("Representative of the organisation")),
            ("group", _("Representative of a group")),
        ],
    )
    papers = forms.CharField(label=_("Papers of the representative"), required=False, max_length=300)
    members = forms.CharField(
        label=_("Members of a group"),
        required=False,
        help_text=_("One name on each line."),
        widget=forms.Textarea(attrs={"rows": 3}),
    )
    affects = forms.CharField(
        label=_("How it affects the requester"), required=False, widget=forms.Textarea(attrs={"rows": 3})
    )
    decision_number = forms.CharField(label=_("Number of the decision asked about"), required=False, max_length=100)
    decision_date = DateField(label=_("Date of the decision"), required=False)
    decision_issuer = forms.CharField(label=_("Issued by"), required=False, max_length=200)
    decision_summary = forms.CharField(label=_("What it is about"), required=False, max_length=500)
    signature = forms.ChoiceField(
        label=_("Signature"),
        required=False,
        choices=[("paper", _("Signed")), ("fingerprint", _("Fingerprint")), ("", _("None"))],
        initial="paper",
    )
    number = forms.CharField(label=_("Number in the register or of the record"), required=False, max_length=64)
    scan = ScanField(
        label=_("Scan of the request or of the record"),
        required=False,
        help_text=_("PDF, JPEG, PNG or Word, at most 10 MB. Choose it again if the page comes back."),
    )

    GROUPS = (
        (_("Arrival"), ("agency", "channel", "arrived_on", "number", "scan")),
        (_("Requester"), ("kind", "name", "address", "phone", "email", "speaker", "speaker_kind", "papers", "members")),
        (_("What is asked"), ("question_1", "types_1")),
        (_("More questions"), tuple(f"{name}_{n}" for n in range(2, QUESTIONS + 1) for name in ("question", "types"))),
        (
            _("The decision or act"),
            ("decision_number", "decision_date", "decision_issuer", "decision_summary", "affects", "signature"),
        ),
    )

    def __init__(self, agencies: Any, *args: Any, **kwargs: Any) -> None:
        """Offer the agencies whose requests this person may register, and room for the questions."""
        super().__init__(*args, **kwargs)
        self.fields["agency"].queryset = agencies  # type: ignore[attr-defined]
        self.fields["arrived_on"].initial = clock.legal_day(clock.now())
        law = ExplanationRequest.procedure.version_on(clock.legal_day(clock.now()))
        self.lead = law.fill(self.LEAD)
        kinds = [(key, item.text) for key, item in law.checklists["content_types"].items()]
        for n in range(1, QUESTIONS + 1):
            self.fields[f"question_{n}"] = forms.CharField(
                label=_("Question %(n)d") % {"n": n},
                required=n == 1,
                max_length=5000,
                widget=forms.Textarea(attrs={"rows": 3 if n == 1 else 2}),
            )
            self.fields[f"types_{n}"] = forms.MultipleChoiceField(
                label=law.fill(_("Kinds of content (%(law_kinds)s)")),
                required=False,
                choices=kinds,
                widget=forms.CheckboxSelectMultiple,
            )

    @property
    def groups(self) -> list[tuple[Any, list[Any], bool]]:
        """Return titles and fields in the order of the page, and whether a group may stay folded."""
        return [
            (title, [self[name] for name in keys], number == 3 and not self["question_2"].value())
            for number, (title, keys) in enumerate(self.GROUPS)
        ]

    def clean_arrived_on(self) -> Any:
        """Refuse a day that has not come."""
        day = self.cleaned_data["arrived_on"]
        if day > clock.legal_day(clock.now()):
            raise forms.ValidationError(_("This day has not come yet."))
        return day

    def given(self, user: User) -> dict[str, Any]:
        """Return what the opening act asks for; the record is put on file, so call it inside the unit of the act."""
        c = self.cleaned_data
        requester: dict[str, Any] = {name: c[name] for name in ("kind", "name", "address", "phone", "email")}
        if c["speaker"].strip():
            kind = c["speaker_kind"] or "authorised"
            requester["representative"] = {"name": c["speaker"], "kind": kind, "papers": c["papers"]}
        if members := [line.strip() for line in c["members"].splitlines() if line.strip()]:
            requester["members"] = members
        decision = {
            name: str(c[f"decision_{name}"])
            for name in ("number", "date", "issuer", "summary")
            if c[f"decision_{name}"]
        }
        return {
            "agency": c["agency"],
            "channel": c["channel"],
            "requester": requester,
            "questions": [
                {"text": c[f"question_{n}"], "content_types": c[f"types_{n}"] or ["content"]}
                for n in range(1, QUESTIONS + 1)
                if c[f"question_{n}"].strip()
            ],
            "decision": decision,
            "affects": c["affects"],
            "signature": c["signature"],
            "record": documents.issue(
                case=None,
                kind="T1" if c["channel"] == "in_person" else "record",
                dated_on=c["arrived_on"],
                number=c["number"],
                file=c["scan"],
                added_by=user,
            ),
        }
