"""Registering a complaint that came on paper or was made in person."""

from __future__ import annotations

from datetime import date
from typing import Any

from django import forms
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from procedures.complaint import petition
from procedures.complaint.draft import Draft
from procedures.complaint.words import PROXIES
from procedures.counter_form import CounterForm
from workflow import clock
from workflow.fields import DateField
from workflow.models import Agency, Case, User

SENDERS = [
    ("", _("Nobody: the complainant brought or sent it")),
    ("front", _("the Fatherland Front")),
    ("body", _("another body")),
]
DEMANDS = ("demand_1", "demand_2", "demand_3")


class Intake(CounterForm):
    """A paper or an oral complaint, as it is registered at the counter of who settles it. LKN Đ.8, Đ.33.

    about: the request complained about, or the first complaint
    known: whether what its file says of people may be filled in
    """

    title = _("Register a complaint")
    LEAD = _(
        "For a complaint that came on paper or is made in person. What is said in person is written down, read out and "
        "signed or fingerprinted (%(law_oral_record)s). A paper complaint is registered as it arrives, a late one too; "
        "what is missing is asked for afterwards (%(law_request_supplement)s)."
    )
    ORAL_KIND, PAPER_KIND = "record", "petition"
    PLACES = {"demands": "demand_1", "earlier": "agency", "attacked": "agency"}

    object = forms.ChoiceField(label=_("What the complaint is about"), widget=forms.RadioSelect)
    content = forms.CharField(
        label=_("What happened, and why it is thought wrong"),
        required=False,
        max_length=20_000,
        widget=forms.Textarea(attrs={"rows": 8}),
    )
    demand_1 = forms.CharField(label=_("What is demanded"), required=False, max_length=5000)
    demand_2 = forms.CharField(label=_("What else is demanded"), required=False, max_length=5000)
    demand_3 = forms.CharField(label=_("What else is demanded"), required=False, max_length=5000)
    id_number = forms.CharField(label=_("Identity number"), required=False, max_length=32)
    proxy = forms.ChoiceField(
        label=_("Authorisation of the representative"), required=False, choices=[("", "–"), *PROXIES.items()]
    )
    known_on = DateField(
        label=_("Day on which the document was received, or known"),
        required=False,
        help_text=_("The time limit runs from this day. It is filled in as far as the file shows it."),
    )
    obstacle_days = forms.IntegerField(
        label=_("Days of an obstacle, which do not count"), required=False, min_value=0, max_value=3650, initial=0
    )
    late_reason = forms.CharField(
        label=_("Why it comes late"),
        required=False,
        max_length=5000,
        help_text=_("Needed if the time limit has passed. Where the complainant gives no reason, write that."),
        widget=forms.Textarea(attrs={"rows": 3}),
    )
    sender_kind = forms.ChoiceField(
        label=_("Forwarded by"),
        required=False,
        choices=SENDERS,
    )
    sender_name = forms.CharField(label=_("Name of the body"), required=False, max_length=300)

    GROUPS = (
        (_("Arrival"), (*CounterForm.ARRIVAL, "sender_kind", "sender_name"), False),
        (_("Complainant"), (*CounterForm.PERSON, "id_number"), False),
        (_("Representative, group"), (*CounterForm.SPEAKER, "proxy"), True),
        (_("Complaint"), ("object", "content", *DEMANDS, "signature"), False),
        (_("Time limit"), ("known_on", "obstacle_days", "late_reason"), False),
    )

    def __init__(self, agencies: QuerySet[Agency], *args: Any, about: Case, known: bool, **kwargs: Any) -> None:
        """Fill in what the files know."""
        self.draft = Draft(about, clock.legal_day(clock.now()))
        initial = {"object": self.draft.case.object, **(self.draft.known if known else {})}
        initial["known_on"] = self.draft.case.known_on if known else None
        super().__init__(agencies, self.draft.law, *args, initial=initial, **kwargs)
        self.known = known
        self.fields["object"].choices = self.draft.objects  # type: ignore[attr-defined]
        if self.draft.earlier:
            del self.fields["object"]
        if not petition.asks_identity(self.draft.case):
            del self.fields["id_number"]

    @classmethod
    def places(cls, about: Case, mine: QuerySet[Agency]) -> QuerySet[Agency]:
        """Return those of somebody's agencies at which a complaint about a case is lodged (LKN Đ.7)."""
        found = Draft(about, clock.legal_day(clock.now())).settlers.agencies
        return mine.filter(pk__in=[one.pk for one in found])

    @property
    def leads(self) -> list[str]:
        """Return also what it is about and until when it may be lodged."""
        draft = self.draft
        about = _("It is about %(what)s %(code)s of %(agency)s.") % {
            "what": draft.against.procedure.label, "code": draft.against.code, "agency": draft.against.agency.name,
        }  # fmt: skip
        if not self.known:
            return [*super().leads, about]
        facts = {"day": f"{draft.limit.on:%d/%m/%Y}", "cite": draft.law.periods[draft.case.variant("file")].cite}
        over, runs = _("The time limit ended on %(day)s (%(cite)s)."), _("The time limit ends on %(day)s (%(cite)s).")
        return [*super().leads, f"{about} {(over if draft.is_over else runs) % facts}"]

    def clean_known_on(self) -> date | None:
        """Refuse a day that has not come."""
        day: date | None = self.cleaned_data["known_on"]
        if day and day > self.draft.today:
            raise forms.ValidationError(_("This day has not come yet."))
        return day

    def clean(self) -> dict[str, Any]:
        """Ask for the name of a body that forwarded it."""
        given = super().clean() or self.cleaned_data
        if given.get("sender_kind") == "body" and not given.get("sender_name", "").strip():
            self.add_error("sender_name", _("Name the body that forwarded the complaint."))
        return given

    def given(self, user: User) -> dict[str, Any]:
        """Return what lodging asks for."""
        c = self.cleaned_data
        sender = {"kind": c["sender_kind"], "name": c["sender_name"]} if c["sender_kind"] else None
        return super().given(user) | {
            "attacked": self.draft.attacked,
            "earlier": self.draft.earlier,
            "object": c.get("object") or self.draft.case.object,
            "content": c["content"],
            "demands": [{"text": c[name]} for name in DEMANDS if c[name].strip()],
            "id_number": c.get("id_number", ""),
            "proxy": c["proxy"],
            "known_on": c["known_on"],
            "obstacle_days": c["obstacle_days"] or 0,
            "late_reason": c["late_reason"],
            "sender": sender,
        }
