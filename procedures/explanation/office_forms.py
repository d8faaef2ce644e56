"""What officials fill in on a request for explanation, beyond what its declaration says by itself."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Any

from django import forms
from django.utils.dateformat import format as written
from django.utils.text import Truncator, format_lazy
from django.utils.translation import gettext_lazy as _

from procedures.explanation.models import ExplanationRequest
from procedures.explanation.office_words import CHOICES, LINES, WORDS
from procedures.explanation.papers import NAMES, SHEETS
from procedures.explanation.request import waits_for_counter
from procedures.roles import OFFICER
from workflow import clock, permissions
from workflow.faces import Face, Fields, Part
from workflow.models import Agency, User
from workflow.sheets import Line, Matter


def _shortened(case: ExplanationRequest, number: int) -> str:
    return Truncator(case.questions[number - 1]["text"]).chars(160)


def subject(case: Any) -> str:
    """Return what a request is about: its first question, shortened."""
    return Truncator(case.questions[0]["text"]).chars(110) if case.questions else ""


# parts that only this procedure knows ----------------------------------------------------------------------------


def refusal_fields(case: Any, known: Any) -> Fields:
    """Return a ground and a reason for each open question (NĐ59 Đ.5)."""
    grounds = [(one.code, f"{one.text} ({one.cite})") for one in case.law.grounds_for("refuse")]
    found: Fields = {}
    for n in case.open_questions:
        label = format_lazy(_("Question {n}: {text}"), n=n, text=_shortened(case, n))
        found[f"{n}-ground"] = forms.ChoiceField(label=label, choices=grounds, widget=forms.RadioSelect)
        found[f"{n}-reason"] = forms.CharField(
            label=format_lazy(_("Reason for question {n}, in words"), n=n), widget=forms.Textarea(attrs={"rows": 3})
        )
    return found


def refusals(case: Any, given: dict[str, Any]) -> list[dict[str, Any]]:
    """Return the refusal of each open question."""
    return [
        {"question": n, "ground": given[f"{n}-ground"], "reason": given[f"{n}-reason"]} for n in case.open_questions
    ]


def refusals_printed(case: Any, given: list[dict[str, Any]]) -> Iterator[Line]:
    """Return each question with its ground and reason, as the notice says them."""
    for one in given:
        ground = case.law.ground(one["ground"])
        said = [(_("Ground"), ground.text), (_("Reason"), one["reason"])]
        yield _question(case, one["question"], "refusals", said, ground.cite)


def _question(case: Any, number: int, key: str, said: list[tuple[Any, Any]], cite: str) -> Line:
    told = [str(case.questions[number - 1]["text"]), *(f"{label}: {text}" for label, text in said)]
    return Line(
        f"{key}.{number}", format_lazy("{question} {n}", question=_("Question"), n=number), "\n".join(told), cite
    )


def answer_fields(case: Any, known: Any) -> Fields:
    """Return a text for each open question, filled with the draft's (NĐ59 Đ.12 k.3 đ)."""
    drafted = {one["question"]: one["text"] for one in known or []}
    return {
        str(n): forms.CharField(
            label=format_lazy(_("Answer to question {n}: {text}"), n=n, text=_shortened(case, n)),
            widget=forms.Textarea(attrs={"rows": 7}),
            initial=drafted.get(n, ""),
        )
        for n in case.open_questions
    }


def answers(case: Any, given: dict[str, Any]) -> list[dict[str, Any]]:
    """Return the answer to each open question."""
    return [{"question": n, "text": given[str(n)]} for n in case.open_questions]


def answers_printed(case: Any, given: list[dict[str, Any]]) -> Iterator[Line]:
    """Return each question with its answer, as the written explanation says them."""
    for one in given:
        said = [(_("Answer"), one["text"])]
        yield _question(case, one["question"], "answers", said, case.law.cite("contents_answers"))


def verdict_fields(case: Any, known: Any) -> Fields:
    """Return, for each question, whether the requester finds it answered."""
    return {
        str(n): forms.BooleanField(label=_shortened(case, n), required=False) for n in range(1, len(case.questions) + 1)
    }


def verdicts(case: Any, given: dict[str, Any]) -> list[dict[str, Any]]:
    """Return the verdict on each question."""
    return [{"question": n, "answered": bool(given[str(n)])} for n in range(1, len(case.questions) + 1)]


def asked(case: ExplanationRequest, field: str) -> str:
    """Return what a field of the request is called, with the clause that asks for it."""
    item = case.law.checklists["fields"][field]
    return f"{item.text} ({item.cite})"


def provided_fields(case: Any, known: Any) -> Fields:
    """Return a field for each thing that was asked for."""
    found: Fields = {}
    for field in case.pending:
        label = asked(case, field)
        if field == "signature":
            found[field] = forms.ChoiceField(
                label=label,
                required=False,
                choices=[("", "–"), ("paper", _("Signed")), ("fingerprint", _("Fingerprint"))],
            )
        else:
            found[field] = forms.CharField(label=label, required=False)
    return found


def provided(case: Any, given: dict[str, Any]) -> dict[str, Any]:
    """Return what has arrived."""
    return {field: value for field, value in given.items() if value}


def withdrawn_fields(case: Any, known: Any) -> Fields:
    """Return the open questions to choose from."""
    choices = [
        (str(n), format_lazy(_("Question {n}: {text}"), n=n, text=_shortened(case, n))) for n in case.open_questions
    ]
    return {
        "chosen": forms.MultipleChoiceField(
            label=_("Questions withdrawn"), choices=choices, widget=forms.CheckboxSelectMultiple
        )
    }


def withdrawn(case: Any, given: dict[str, Any]) -> list[int]:
    """Return the numbers of the questions withdrawn."""
    return [int(n) for n in given["chosen"] or []]


def confirmed_fields(case: Any, known: Any) -> Fields:
    """Return the box for a drawn signature that the agency wants confirmed at its counter (A20), where one waits."""
    if not waits_for_counter(case):
        return {}
    label = _("The requester has confirmed the drawn signature at the counter, with an identity paper")
    return {"": forms.BooleanField(label=label, required=False)}


PARTS = {
    "signature_confirmed": Part("", confirmed_fields, lambda case, given: bool(given.get(""))),
    "refusals": Part(_("Ground and reason for each question"), refusal_fields, refusals, printed=refusals_printed),
    "answers": Part(_("Explanation of each question"), answer_fields, answers, printed=answers_printed),
    "answered": Part(_("Was it answered?"), verdict_fields, verdicts),
    "provided": Part(_("What has arrived"), provided_fields, provided),
    "withdraw_part.questions": Part(_("Questions withdrawn"), withdrawn_fields, withdrawn),
}


# tasks without a legal act ---------------------------------------------------------------------------------------


def departments_of(agency: Agency) -> Any:
    """Return whom an agency may consult: its own departments, and those of its superior."""
    above = agency.path[: -Agency.steplen]
    own = Agency.objects.filter(path__startswith=agency.path, depth=agency.depth + 1)
    beside = Agency.objects.filter(path__startswith=above or "-", depth=agency.depth, level="department")
    return (own | beside).filter(level="department").exclude(pk=agency.pk).order_by("-depth", "name")


class Assign(forms.Form):
    """Who handles the case, and which departments are asked what (NĐ59 Đ.12 k.2 a)."""

    handler = forms.ModelChoiceField(User.objects.none(), label=_("Case officer"), empty_label=None)
    departments = forms.ModelMultipleChoiceField(
        Agency.objects.none(), required=False, label=_("Departments to consult"), widget=forms.CheckboxSelectMultiple,
        help_text=_("All are asked at the same time. They see the questions, not who asks. Leave empty to ask nobody."),
    )  # fmt: skip
    asked = forms.CharField(
        required=False, label=_("What they are asked"), widget=forms.Textarea(attrs={"rows": 4}), max_length=4000
    )

    def __init__(self, activation: Any, *args: Any, **kwargs: Any) -> None:
        """Offer the officers and departments of the case's agency."""
        super().__init__(*args, **kwargs)
        agency = activation.process.case.agency
        people = permissions.holders(agency.pk, [*OFFICER.held_by, "explainer"], clock.now())
        offered = User.objects.filter(pk__in=[one.pk for one in people]).order_by("full_name")
        self.fields["handler"].queryset = offered  # type: ignore[attr-defined]
        self.fields["departments"].queryset = departments_of(agency)  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        """Ask for a question where somebody is asked."""
        cleaned = super().clean() or {}
        if cleaned.get("departments") and not cleaned.get("asked", "").strip():
            self.add_error("asked", _("Say what the departments are asked."))
        return cleaned


class Opinion(forms.Form):
    """A department's answer."""

    opinion = forms.CharField(label=_("Opinion"), widget=forms.Textarea(attrs={"rows": 10}), max_length=20_000)

    def __init__(self, activation: Any, *args: Any, **kwargs: Any) -> None:
        """Make the form; every department is asked the same way."""
        super().__init__(*args, **kwargs)


class Draft(forms.Form):
    """The draft of the written explanation, with the contents of NĐ59 Đ.12 k.3."""

    def __init__(self, activation: Any, *args: Any, **kwargs: Any) -> None:
        """Make a field for each open question."""
        super().__init__(*args, **kwargs)
        self.case = ExplanationRequest.objects.get(pk=activation.process.case_id)
        known = activation.process.data.get("draft", {})
        for name in ("legal_basis", "session"):
            words = [self.case.law.fill(text) for text in WORDS[name]]
            self.fields[name] = forms.CharField(
                label=words[0], help_text=words[1], required=name == "legal_basis", initial=known.get(name, ""),
                widget=forms.Textarea(attrs={"rows": 4}),
            )  # fmt: skip
        for key, field in answer_fields(self.case, known.get("answers")).items():
            self.fields[f"answers-{key}"] = field

    def clean(self) -> dict[str, Any]:
        """Return the draft as it is kept."""
        cleaned = super().clean() or {}
        texts = {str(n): cleaned.get(f"answers-{n}", "") for n in self.case.open_questions}
        return {
            "legal_basis": cleaned.get("legal_basis", ""),
            "session": cleaned.get("session", ""),
            "answers": answers(self.case, texts),
        }


def _day(text: str) -> str:
    """Return an ISO day as a page shows it; any other text as it is."""
    try:
        return written(date.fromisoformat(text), "d/m/Y")
    except ValueError:
        return text


def facts(case: ExplanationRequest) -> dict[str, Any]:
    """Return what the particulars of a request are shown with."""
    kinds = case.law.checklists["content_types"]
    return {
        "questions": [
            {
                **question,
                "number": number,
                "kinds": [kinds[kind].text for kind in question.get("content_types", []) if kind in kinds],
            }
            for number, question in enumerate(case.questions, 1)
        ],
        "decided_on": _day(str(case.decision.get("date", ""))),
        "missing": [asked(case, field) for field in case.missing],
        "pending": [asked(case, field) for field in case.pending],
        "confirm": waits_for_counter(case),
    }


def matter(case: Any) -> Matter:
    """Return what every document of a request says of it, as NĐ59 Đ.12 k.3 a wants of the explanation."""
    cite, said = case.law.cite("contents_requester"), case.requester
    told = (
        Line("who", _("Requester"), str(said.get("name", "")), cite),
        Line("address", _("Address"), str(said.get("address", "")), cite),
    )
    return Matter({"who": said.get("name", "")}, tuple(line for line in told if line.text))


def face() -> Face:
    """Return how a request for explanation looks to officials."""
    from procedures.explanation.intake_form import Intake

    return Face(
        subject=subject,
        template="explanation/office/particulars.html",
        facts=facts,
        kind_names=NAMES,
        words=WORDS,
        choices=CHOICES,
        lines=LINES,
        parts=PARTS,
        sheets=SHEETS,
        matter=matter,
        intake=Intake,
        opens=frozenset({"complain", "complain_open"}),
    )
