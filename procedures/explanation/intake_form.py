"""Registering a request that came on paper or in person."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from procedures.counter_form import CounterForm
from procedures.explanation.models import ExplanationRequest
from workflow import clock
from workflow.fields import DateField
from workflow.models import User

QUESTIONS = 5
"""Questions one paper form has room for; more go into the last one's text."""


class Intake(CounterForm):
    """A paper or an oral request, as it is registered at the counter. NĐ59 Đ.10 k.2, k.3; Đ.11 k.2."""

    title = _("Register a request")
    LEAD = _(
        "For a request that came on paper or in person. A paper request is registered as it arrives; what is missing "
        "is asked for afterwards (%(law_request_supplement)s)."
    )
    ORAL_KIND, PAPER_KIND = "T1", "record"

    affects = forms.CharField(
        label=_("How it affects the requester"), required=False, widget=forms.Textarea(attrs={"rows": 3})
    )
    decision_number = forms.CharField(label=_("Number of the decision asked about"), required=False, max_length=100)
    decision_date = DateField(label=_("Date of the decision"), required=False)
    decision_issuer = forms.CharField(label=_("Issued by"), required=False, max_length=200)
    decision_summary = forms.CharField(label=_("What it is about"), required=False, max_length=500)

    MORE = tuple(f"{name}_{n}" for n in range(2, QUESTIONS + 1) for name in ("question", "types"))
    DECISION = ("decision_number", "decision_date", "decision_issuer", "decision_summary", "affects", "signature")
    GROUPS = (
        (_("Arrival"), CounterForm.ARRIVAL, False),
        (_("Requester"), (*CounterForm.PERSON, *CounterForm.SPEAKER), False),
        (_("What is asked"), ("question_1", "types_1"), False),
        (_("More questions"), MORE, True),
        (_("The decision or act"), DECISION, False),
    )

    def __init__(self, agencies: Any, *args: Any, **kwargs: Any) -> None:
        """Make room for the questions."""
        law = ExplanationRequest.procedure.version_on(clock.legal_day(clock.now()))
        super().__init__(agencies, law, *args, **kwargs)
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

    def given(self, user: User) -> dict[str, Any]:
        """Return what the opening act asks for."""
        c = self.cleaned_data
        decision = {
            name: str(c[f"decision_{name}"])
            for name in ("number", "date", "issuer", "summary")
            if c[f"decision_{name}"]
        }
        return super().given(user) | {
            "questions": [
                {"text": c[f"question_{n}"], "content_types": c[f"types_{n}"] or ["content"]}
                for n in range(1, QUESTIONS + 1)
                if c[f"question_{n}"].strip()
            ],
            "decision": decision,
            "affects": c["affects"],
        }
