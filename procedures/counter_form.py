"""What is written down at the counter of whatever came on paper or was said there, whichever procedure it opens."""

from __future__ import annotations

from typing import Any, ClassVar

from django import forms
from django.utils.translation import gettext_lazy as _

from procedures.fields import ScansField
from workflow import clock, documents
from workflow.fields import DateField
from workflow.law import LawVersion, Text
from workflow.models import Agency, Document, User
from workflow.uploads import ScanField

MOST_FILES = 5


class CounterForm(forms.Form):
    """Who came, on which day, how, for whom, with which papers.

    agencies: those whose counter the person works at, as far as they may take this
    title, button: of the page
    leads: what is to be known before it is filled in, with the articles now in force
    attached: papers put on file beside the record, once `given` was called
    """

    title: ClassVar[Text]
    LEAD: ClassVar[Text]
    ORAL_KIND: ClassVar[str]
    PAPER_KIND: ClassVar[str]
    PLACES: ClassVar[dict[str, str]] = {}
    """Parameters of the opening act to the field that stands for each, where the names differ."""
    GROUPS: ClassVar[tuple[tuple[Text, tuple[str, ...], bool], ...]]
    """Titles and fields in the order of the page, and whether the group may stay folded while it is empty."""

    agency = forms.ModelChoiceField(Agency.objects.none(), label=_("Agency"), empty_label=None)
    channel = forms.ChoiceField(
        label=_("How it came"),
        choices=[("written", _("On paper")), ("in_person", _("In person"))],
        widget=forms.RadioSelect,
        initial="written",
    )
    arrived_on = DateField(label=_("Arrived on"), help_text=_("The date of the arrival stamp, or of the record."))
    number = forms.CharField(label=_("Number in the register or of the record"), required=False, max_length=64)
    scan = ScanField(
        label=_("Scan of what was handed in, or of the signed record"),
        required=False,
        help_text=_("PDF, JPEG, PNG or Word, at most 10 MB. Choose it again if the page comes back."),
    )
    attachments = ScansField(
        required=False,
        most=MOST_FILES,
        label=_("Other papers: of the representative, evidence"),
        help_text=_("Up to 5 files: PDF, JPEG or PNG, 10 MB each at most."),
    )
    kind = forms.ChoiceField(
        label=_("Kind of person"),
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
    signature = forms.ChoiceField(
        label=_("Signature"),
        required=False,
        choices=[("paper", _("Signed")), ("fingerprint", _("Fingerprint")), ("", _("None"))],
        initial="paper",
    )

    ARRIVAL = ("agency", "channel", "arrived_on", "number", "scan", "attachments")
    PERSON = ("kind", "name", "address", "phone", "email")
    SPEAKER = ("speaker", "speaker_kind", "papers", "members")

    def __init__(self, agencies: Any, law: LawVersion, *args: Any, **kwargs: Any) -> None:
        """Offer the agencies whose counter this person works at."""
        super().__init__(*args, **kwargs)
        self.law, self.attached = law, list[Document]()
        self.fields["agency"].queryset = agencies  # type: ignore[attr-defined]
        self.fields["arrived_on"].initial = clock.legal_day(clock.now())

    @property
    def leads(self) -> list[str]:
        """Return what is to be known before the form is filled in, a paragraph each."""
        return [self.law.fill(self.LEAD)]

    @property
    def groups(self) -> list[tuple[Any, list[Any], bool]]:
        """Return titles and fields in the order of the page, and whether a group stays folded."""
        found = [
            (title, [self[name] for name in names if name in self.fields], may_fold)
            for title, names, may_fold in self.GROUPS
        ]
        return [(title, some, may_fold and not any(one.value() for one in some)) for title, some, may_fold in found]

    def clean_arrived_on(self) -> Any:
        """Refuse a day that has not come."""
        day = self.cleaned_data["arrived_on"]
        if day > clock.legal_day(clock.now()):
            raise forms.ValidationError(_("This day has not come yet."))
        return day

    def person(self) -> dict[str, Any]:
        """Return who asks or complains, with who speaks for them."""
        c = self.cleaned_data
        found: dict[str, Any] = {name: c[name] for name in self.PERSON}
        if c["speaker"].strip():
            kind = c["speaker_kind"] or "authorised"
            found["representative"] = {"name": c["speaker"], "kind": kind, "papers": c["papers"]}
        if members := [line.strip() for line in c["members"].splitlines() if line.strip()]:
            found["members"] = members
        return found

    def given(self, user: User) -> dict[str, Any]:
        """Return what every opening act asks for; papers are put on file, so call it inside the unit of the act."""
        c = self.cleaned_data
        paper = {"case": None, "dated_on": c["arrived_on"], "added_by": user}
        self.attached = [
            documents.issue(kind="attachment", summary=(scan.name or "")[:300], file=scan, **paper)
            for scan in c["attachments"]
        ]
        record = documents.issue(
            kind=self.ORAL_KIND if c["channel"] == "in_person" else self.PAPER_KIND,
            number=c["number"],
            body="\n".join(f"{one.digest} {one.file_name}" for one in self.attached),
            file=c["scan"],
            **paper,
        )
        return {name: c[name] for name in ("agency", "channel", "signature")} | {
            "requester": self.person(),
            "record": record,
        }

    def refuse(self, path: str, why: str) -> None:
        """Show what the engine found wrong beside the field it is about."""
        name = path.split(".")[-1]
        name = self.PLACES.get(path, self.PLACES.get(name, name))
        self.add_error(name if name in self.fields else None, why if name in self.fields else f"{path}: {why}")
