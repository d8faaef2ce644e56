"""What officials fill in on a complaint, beyond what its declaration says by itself."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django import forms
from django.utils.text import Truncator, format_lazy
from django.utils.translation import gettext_lazy as _

from procedures.complaint import petition, settlers, words
from procedures.complaint.law import CONCLUSIONS, CONTENTS, FIELDS, OUTCOMES, REASONS
from procedures.complaint.papers import KIND_NAMES, SHEETS
from procedures.roles import VERIFIER
from workflow import clock, permissions
from workflow.faces import Face, Fields, Part
from workflow.law import Text
from workflow.models import User
from workflow.sheets import Line, Matter

WORDS: dict[str, tuple[Text, Text]] = {
    **{name: (label, "") for name, label in words.GIVEN.items()},
    "fields": (_("What is missing"), _("Each thing may be asked for once.")),
    "facts": (_("Facts"), _("What happened, and how it is known.")),
    "held_on": (
        words.GIVEN["held_on"],
        _("The notice must go out early enough; else the act is refused and the last day is named."),
    ),
    "differs": (words.GIVEN["differs"], _("Then the dialogue comes before the first decision.")),
    "proof": (_("Proof of sending"), _("The posting number, or who received it and when.")),
    "outcome": (words.GIVEN["outcome"], _("A complaint that is upheld acts on the request at once.")),
}
CHOICES: dict[str, dict[str, Text]] = {
    "fields": {code: format_lazy("{name} ({cite})", name=one.text, cite=one.cite) for code, one in FIELDS.items()},
    "reasons": {code: format_lazy("{name} ({cite})", name=one.text, cite=one.cite) for code, one in REASONS.items()},
    "outcome": {code: label for code, (label, _upheld) in OUTCOMES.items()},
    "conclusion": dict(CONCLUSIONS),
    "absent": words.ABSENT,
    "how": words.PUBLISHED,
    "recipients": dict(settlers.RECIPIENTS),
    "delivery": dict(words.CODES["delivery"]),
}
LINES = frozenset({"proof", "court"})


def contents_part(act: str) -> Part:
    """Return a field for each thing that the document of an act must hold, with its clause."""

    def fields(case: Any, known: Any) -> Fields:
        return {
            one.key: forms.CharField(
                label=format_lazy("{label} ({cite})", label=one.label, cite=one.cite),
                required=one.required,
                initial=beginning(case, one.key),
                widget=forms.Textarea(attrs={"rows": 3}),
            )
            for one in CONTENTS[act][case.instance]
        }

    def collect(case: Any, given: dict[str, Any]) -> dict[str, str]:
        return {key: value for key, value in given.items() if value}

    def printed(case: Any, contents: dict[str, str]) -> Iterator[Line]:
        for one in CONTENTS[act][case.instance]:
            if text := contents.get(one.key):
                yield Line(f"contents.{one.key}", one.label, text, one.cite)

    return Part(_("What the document must hold"), fields, collect, printed=printed)


def beginning(case: Any, key: str) -> str:
    """Return what the file knows already of a content."""
    known = {
        "parties": f"{case.requester.get('name', '')}; {case.attacked.agency.name}",
        "received": f"{case.opened_at:%d/%m/%Y}, {case.requester.get('name', '')}" if case.opened_at else "",
        "content": case.content,
        "accepted": case.content,
    }
    return str(known.get(key, ""))


def verifier_fields(case: Any, known: Any) -> Fields:
    """Return the officers who may verify; those with an interest in the matter are left out (A19)."""
    people = permissions.holders(case.agency_id, VERIFIER.held_by, clock.now())
    fit = [one.pk for one in people if not case.is_interested(one.pk)]
    offered = User.objects.filter(pk__in=fit).order_by("full_name")
    return {"": forms.ModelChoiceField(offered, label=_("Verifier"), empty_label=None)}


def demand_fields(case: Any, known: Any) -> Fields:
    """Return the open demands to choose from."""
    choices = [(str(n), f"{n}. {case.demands[n - 1]['text']}") for n in case.open_demands]
    field = forms.MultipleChoiceField(
        label=_("Demands withdrawn"), choices=choices, widget=forms.CheckboxSelectMultiple
    )
    return {"chosen": field}


def provided_fields(case: Any, known: Any) -> Fields:
    """Return a field for each thing that was asked for."""
    signed = [("paper", _("Signed")), ("fingerprint", _("Fingerprint"))]
    options: dict[str, Any] = {"signature": signed, "proxy": list(words.PROXIES.items())}
    found: Fields = {}
    for name in case.pending:
        label: Any = CHOICES["fields"][name]
        if name in options:
            found[name] = forms.ChoiceField(label=label, required=False, choices=[("", "–"), *options[name]])
        else:
            found[name] = forms.CharField(label=label, required=False)
    return found


PARTS = {
    **{f"{act}.contents": contents_part(act) for act in CONTENTS},
    "verifier": Part("", verifier_fields, lambda case, given: given[""]),
    "numbers": Part(_("Demands withdrawn"), demand_fields, lambda case, given: [int(n) for n in given["chosen"] or []]),
    "provided": Part(
        _("What has arrived"), provided_fields, lambda case, given: {name: one for name, one in given.items() if one}
    ),
}


def subject(case: Any) -> str:
    """Return what a complaint is about, in one short line."""
    return Truncator(case.content).chars(110)


def facts(case: Any) -> dict[str, Any]:
    """Return what the particulars of a complaint are shown with."""
    return {
        "about": words.OBJECTS.get(case.object, case.object),
        "proxy": words.PROXIES.get(case.proxy, ""),
        "missing": [CHOICES["fields"][name] for name in case.missing],
        "pending": [CHOICES["fields"][name] for name in case.pending],
        "complexity": [CHOICES["reasons"][name] for name in case.complexity],
        "interested": list(User.objects.filter(pk__in=case.interested).values_list("full_name", flat=True)),
        "outcome": CHOICES["outcome"].get(case.outcome, ""),
        "conclusion": CHOICES["conclusion"].get(case.conclusion, ""),
        "limit": petition.limit(case).on if case.late else None,
    }


def matter(case: Any) -> Matter:
    """Return what every document of a complaint says of it."""
    label = str(type(case).procedure.label)
    about = f"{words.OBJECTS.get(case.object, case.object)} ({case.attacked.code}, {case.attacked.agency.name})"
    who, address = (str(case.requester.get(key, "")) for key in ("name", "address"))
    told = (
        Line("who", _("Complainant"), who),
        Line("address", _("Address"), address),
        Line("about", _("Complained about"), about),
        Line("earlier", _("First complaint"), case.earlier.code if case.earlier else ""),
    )
    names = {"matter": label[:1].lower() + label[1:], "who": who, "sender": case.sender.get("name", "")}
    return Matter(names, tuple(line for line in told if line.text))


def face(about: str) -> Face:
    """Return how a complaint about cases of a procedure looks to officials."""
    from procedures.complaint.intake_form import Intake

    return Face(
        subject=subject,
        template="complaint/office/particulars.html",
        facts=facts,
        kinds={"record": "record"},
        kind_names=KIND_NAMES,
        words=WORDS,
        choices=CHOICES,
        lines=LINES,
        parts=PARTS,
        sheets=SHEETS,
        matter=matter,
        intake=Intake,
        intake_of=frozenset({about}),
        opens=frozenset({"appeal", "appeal_silence"}),
    )
