"""The request for explanation as a citizen writes it on a page."""

from __future__ import annotations

from typing import Any

from django import forms
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from procedures.explanation.forms.signature import Signing, needed
from procedures.fields import LONGEST, DayField, ScansField, TextField
from workflow.agencies.search import formerly
from workflow.law import LawVersion
from workflow.models import Agency
from workflow.permissions import STEP

MOST_QUESTIONS = 5
MOST_FILES = 5

PLACES = {
    # name of the engine's data, as far as it is known → field that shows what is wrong with it
    "agency": "agency",
    "requester.kind": "kind",
    "requester.name": "name",
    "requester.address": "address",
    "requester.phone": "phone",
    "requester.email": "email",
    "requester.representative": "rep_name",
    "requester.members": "members",
    "questions": "question_1",
    "decision": "decision_summary",
    "affects": "affects",
    "signature": "signature_photo",
}


class FilingForm(Signing):
    """Everything the law asks for, and what helps to decide; only the former is needed. NĐ59 Đ.10 k.2.

    law: the version in force at the moment of filing; its clauses stand on the page
    """

    procedure = "explanation"

    agency = forms.ChoiceField(
        label=_("Agency that must explain"),
        help_text=_(
            "The agency that issued the decision or did the act. If it is not the right one, it must guide you to the "
            "right one (%(law_redirect)s)."
        ),
    )
    kind = forms.ChoiceField(
        label=_("Who asks"),
        choices=[("person", _("A person")), ("organisation", _("An agency, organisation or unit"))],
        widget=forms.RadioSelect,
        initial="person",
    )
    name = TextField(
        required=False,
        label=_("Full name, or name of the organisation"),
        widget=forms.TextInput(attrs={"autocomplete": "name"}),
    )
    address = TextField(
        required=False,
        label=_("Address"),
        max_length=300,
        widget=forms.TextInput(attrs={"autocomplete": "street-address"}),
    )
    phone = TextField(
        required=False,
        label=_("Phone number"),
        max_length=50,
        help_text=_("A phone number or a mail address is needed; one is enough."),
        widget=forms.TextInput(attrs={"autocomplete": "tel", "inputmode": "tel"}),
    )
    email = forms.EmailField(
        required=False,
        label=_("Mail address"),
        max_length=254,
        widget=forms.EmailInput(attrs={"autocomplete": "email"}),
    )

    rep_kind = forms.ChoiceField(
        required=False,
        label=_("Kind of representative"),
        choices=[
            ("", _("No representative: I ask for myself")),
            ("legal", _("Legal representative of a person without full civil capacity")),
            ("authorised", _("Authorised person")),
            ("organisation", _("Lawful representative of an organisation")),
            ("group", _("Representative of several people")),
        ],
    )
    rep_name = TextField(required=False, label=_("Name of the representative"), max_length=300)
    rep_papers = TextField(
        required=False,
        lines=2,
        max_length=1000,
        label=_("Papers that prove it"),
        help_text=_(
            "For example number and date of the authorisation. Without lawful papers the request can be refused "
            "(%(law_papers)s); you can attach a scan below."
        ),
    )
    members = TextField(
        required=False, lines=4, max_length=5000, label=_("Names of all who ask together, one on each line")
    )

    decision_number = TextField(
        required=False, label=_("Number and symbol"), max_length=100, help_text=_("For example 1186/QĐ-UBND.")
    )
    decision_date = DayField(required=False, label=_("Date"))
    decision_issuer = TextField(required=False, label=_("Issued or done by"))
    decision_summary = TextField(required=False, lines=2, label=_("What it is about"), max_length=2000)
    affects = TextField(
        required=False,
        lines=4,
        label=_("How it affects your lawful rights and interests"),
        help_text=_(
            "Only somebody who is directly affected may ask (%(law_affected)s); this helps the agency to see it."
        ),
    )
    attachments = ScansField(
        required=False,
        most=MOST_FILES,
        label=_("Documents that go with the request"),
        help_text=_("Up to 5 files: PDF, JPEG or PNG, 10 MB each at most."),
    )

    count = forms.IntegerField(widget=forms.HiddenInput, min_value=1, max_value=MOST_QUESTIONS, initial=1)
    token = forms.RegexField(r"^[0-9a-f]{32}$", widget=forms.HiddenInput)

    def __init__(self, law: LawVersion, *args: Any, **more: Any) -> None:
        super().__init__(*args, **more)
        self.law = law
        for field in self.fields.values():
            field.help_text = law.fill(field.help_text)
        self.agencies, groups = receiving()
        self.fields["agency"].choices = [("", _("— choose —")), *groups]  # type: ignore[attr-defined]
        self.fields["agency"].error_messages["required"] = law.fill(
            _("Choose the agency that must explain (%(law_addressed)s).")
        )
        self.rows = shown(self.data.get("count") if self.is_bound else self.initial.get("count", 1))
        for number in range(1, self.rows + 1):
            self.fields[f"question_{number}"] = TextField(
                required=False, lines=4, max_length=LONGEST, label=_("Question %(number)s") % {"number": number}
            )
            self.fields[f"types_{number}"] = forms.MultipleChoiceField(
                required=False,
                label=_("What should be explained? (question %(number)s)") % {"number": number},
                choices=[
                    (code, f"{item.text} ({item.cite})") for code, item in law.checklists["content_types"].items()
                ],
                widget=forms.CheckboxSelectMultiple,
            )
        self.order_fields(self._as_on_the_page())

    def _as_on_the_page(self) -> list[str]:
        """Return the names of the fields from top to bottom; mistakes are listed in this order."""
        asked = [name for n in range(1, self.rows + 1) for name in (f"question_{n}", f"types_{n}")]
        signing = list(Signing.base_fields)
        about = [name for name in self.fields if name.startswith("decision_")]
        first = [name for name in self.fields if name not in {*asked, *signing, *about, "affects", "attachments"}]
        return [*first, *asked, *about, "affects", "attachments", *signing]

    def questions(self) -> list[dict[str, Any]]:
        """Return the rows of questions for the template: number, text and kinds."""
        return [
            {"number": number, "text": self[f"question_{number}"], "types": self[f"types_{number}"]}
            for number in range(1, self.rows + 1)
        ]

    def clean(self) -> dict[str, Any]:
        """Name what the law asks for and is not there."""
        asked = self.law.checklists["fields"]
        given = super().clean() or self.cleaned_data
        for field in [name for name in ("name", "address") if name in asked]:
            if field not in self.errors and not given.get(field):
                self.add_error(field, needed(self.law, field))
        if (
            "contact" in asked
            and not {"phone", "email"} & set(self.errors)
            and not (given.get("phone") or given.get("email"))
        ):
            self.add_error("phone", needed(self.law, "contact"))
        texts = [f"question_{number}" for number in range(1, self.rows + 1)]
        if not set(texts) & set(self.errors) and not any(given.get(text) for text in texts):
            self.add_error("question_1", needed(self.law, "content"))
        if given.get("rep_kind") and not given.get("rep_name") and "rep_name" not in self.errors:
            self.add_error("rep_name", str(_("Give the name of the representative, or choose “No representative”.")))
        if given.get("rep_name") and not given.get("rep_kind"):
            self.add_error("rep_kind", str(_("Choose the kind of representative.")))
        self.check_signature(needed(self.law, "signature"))
        return given

    def request(self) -> dict[str, Any]:
        """Return the request as the engine is given it; the signature's picture goes beside it."""
        given = self.cleaned_data
        requester: dict[str, Any] = {name: given[name] for name in ("kind", "name", "address", "phone", "email")}
        if given["rep_kind"]:
            requester["representative"] = {
                "name": given["rep_name"], "kind": given["rep_kind"], "papers": given["rep_papers"],
            }  # fmt: skip
        if members := [name.strip() for name in given["members"].splitlines() if name.strip()]:
            requester["members"] = members
        decision = {
            "number": given["decision_number"],
            "date": given["decision_date"].isoformat() if given["decision_date"] else "",
            "issuer": given["decision_issuer"],
            "summary": given["decision_summary"],
        }
        return {
            "agency": self.agencies[given["agency"]],
            "channel": "electronic",
            "requester": requester,
            "questions": [
                {"text": given[f"question_{n}"], "content_types": given[f"types_{n}"]}
                for n in range(1, self.rows + 1)
                if given[f"question_{n}"]
            ],
            "decision": {name: value for name, value in decision.items() if value},
            "affects": given["affects"],
            "signature": self.signed()[0],
        }

    def blame(self, errors: dict[str, str]) -> None:
        """Show beside the fields what the engine found wrong."""
        for path, why in errors.items():
            steps = path.split(".")
            places = (PLACES.get(".".join(steps[:n])) for n in range(len(steps), 0, -1))
            self.add_error(next((place for place in places if place), None), why)


def shown(count: Any) -> int:
    """Return how many questions a form shows, from what its hidden field says."""
    text = str(count)
    return min(max(int(text), 1), MOST_QUESTIONS) if text.isascii() and text.isdigit() and len(text) < 3 else 1


def receiving() -> tuple[dict[str, Agency], list[tuple[str, list[tuple[str, str]]]]]:
    """Return the agencies that receive requests by their id, and as choices grouped by what they belong to."""
    everyone = list(Agency.objects.order_by("path"))
    names = {agency.path: agency.name for agency in everyone}
    found = {str(agency.pk): agency for agency in everyone if agency.receives}
    parents = {agency.path[:-STEP] for agency in found.values()}
    once = formerly(found.values())
    groups: dict[str, list[tuple[str, str]]] = {}
    for pk, agency in found.items():
        # an agency that others belong to leads their group
        group = agency.path if agency.path in parents else agency.path[:-STEP]
        groups.setdefault(names.get(group, agency.name), []).append((pk, _called(agency, once)))
    return found, list(groups.items())


def _called(agency: Agency, once: dict[int, list[str]]) -> str:
    """Return an agency's name, with those under which people may still look for it."""
    names = ", ".join(once.get(agency.pk, ()))
    return _("%(name)s (formerly %(names)s)") % {"name": agency.name, "names": names} if names else agency.name


def more_questions(data: QueryDict) -> QueryDict:
    """Return what was typed, with room for one more question."""
    changed = data.copy()
    changed["count"] = str(shown(min(shown(data.get("count")) + 1, MOST_QUESTIONS)))
    return changed


def without_question(data: QueryDict, number: int) -> QueryDict:
    """Return what was typed, without one question; those after it move up."""
    changed, count = data.copy(), shown(data.get("count"))
    if not (1 <= number <= count and count > 1):
        return changed
    for n in range(number, count):
        changed[f"question_{n}"] = data.get(f"question_{n + 1}", "")
        changed.setlist(f"types_{n}", data.getlist(f"types_{n + 1}"))
    for name in (f"question_{count}", f"types_{count}"):
        changed.pop(name, None)
    changed["count"] = str(count - 1)
    return changed
