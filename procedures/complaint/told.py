"""What the complainant is told of an act beside its title and its dates: why, what to do next, by when.

No sentence names a person; grounds, lists and articles are those of the law.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext_lazy as _

from procedures.complaint import petition, settlers
from procedures.complaint.law import CONCLUSIONS, OUTCOMES
from workflow import clock
from workflow.clock import legal_day
from workflow.law import Item, Text

if TYPE_CHECKING:
    from procedures.complaint.shared import Complaint

AGAIN = _(
    "You may complain a second time to %(second)s within %(appeal)s from the day on which you receive the document "
    "(%(appeal_law)s)."
)
SUE = _(
    "You may sue before the administrative court within %(lawsuit)s from the day on which you receive the document "
    "(%(lawsuit_law)s)."
)
AGAIN_UNANSWERED = _(
    "The time has passed: you may complain a second time to %(second)s within %(appeal)s from its last day "
    "(%(silence_law)s)."
)
SUE_UNANSWERED = _(
    "The time has passed: you may sue before the administrative court within %(lawsuit)s from its last day "
    "(%(lawsuit_law)s)."
)
GROUND = _("Ground: %(ground)s")

MEASURE = _(
    "The execution of the decision complained about is suspended while the complaint is settled (%(measure_law)s)."
)
DIALOGUE = _(
    "The dialogue is on %(dialogue)s (%(dialogue_law)s); the invitation says when and where. If you cannot come for a "
    "sound reason, tell the office before."
)
RESTS = _("The time does not count until the decision of continuation. Tell the office when the reason is gone.")
WITHDRAWN = _(
    "What was withdrawn is not looked at again, unless it was withdrawn under threat or force (%(withdraw_law)s)."
)

SAYS: Mapping[str, tuple[Text, ...]] = {
    # act, or "silence" where an office has let its time pass: sentences; one whose facts are empty is left out
    "lodge": (
        _("The office tells you in writing whether it accepts the complaint (%(accept_law)s)."),
        _("It came after its time limit, %(limit)s; the reason you gave is looked at."),
    ),
    "request_supplement": (
        _("Please complete: %(pending)s."),
        _("The time for the office's notice runs on meanwhile."),
    ),
    "not_accept": (GROUND, AGAIN, SUE),
    "accept": (_("The settlement takes up to %(decide)s (%(decide_law)s)."),),
    "record_complexity": (_("The matter is complex: %(complexity)s. The longer time applies."),),
    "order_measure": (MEASURE,),
    "call_dialogue": (DIALOGUE,),
    "suspend": (GROUND, RESTS),
    "resume": (_("The time for the settlement runs on from the day of the decision (%(resume_law)s)."),),
    "terminate": (GROUND, SUE),
    "issue_termination": (WITHDRAWN,),
    "decide": (_("%(conclusion)s. %(outcome)s (%(outcome_law)s)."),),
    "send": (_("The decision takes effect on %(effect)s (%(effect_law)s)."), AGAIN, SUE),
    "take_effect": (_("The decision must now be carried out by those it concerns (%(effect_law)s)."),),
    "silence": (AGAIN_UNANSWERED, SUE_UNANSWERED),
}
UNANSWERED = ("accept", "decide")
"""Periods whose end without an answer opens the way to the superior or the court."""


def said(case: Complaint, act: str, data: Mapping[str, Any]) -> list[str]:
    """Return what the complainant is told of an act, in the reader's language; data is that of its entry."""
    if act == "silence" and data.get("clock") not in UNANSWERED:
        return []
    known = facts(case, data)
    return [str(text) % known for text in SAYS.get(act, ()) if all(known[name] for name in _names(text))]


def _names(text: Text) -> list[str]:
    return [part.partition(")")[0] for part in str(text).split("%(")[1:]]


def facts(case: Complaint, data: Mapping[str, Any]) -> dict[str, str]:
    """Return every fact that a sentence may name; empty where there is none here."""
    law = case.law
    ground = law.ground(str(data.get("ground", "")))
    above = settlers.second(case.agency, legal_day(clock.now())) if case.instance == "first" else None
    second = ""
    if above is not None and above.agencies:
        second = above.agencies[0].name if len(above.agencies) == 1 else str(above.who)
    appeal = law.periods.get(case.variant("appeal"))
    return {
        "ground": f"{ground.text} ({ground.cite})" if ground else "",
        "pending": _listed(law.checklists["fields"], case.pending),
        "complexity": _listed(law.checklists["reasons"], case.complexity),
        "second": second,
        "appeal": law.amounts[case.variant("appeal")] if appeal else "",
        "appeal_law": appeal.cite if appeal else "",
        "silence_law": law.cite("silence"),
        "lawsuit": law.amounts["lawsuit"],
        "lawsuit_law": law.periods["lawsuit"].cite,
        "accept_law": law.periods["accept"].cite,
        "decide": law.amounts[case.variant("decide")],
        "decide_law": law.periods[case.variant("decide")].cite,
        "limit": _day(petition.limit(case).on) if case.late else "",
        "measure_law": law.cite("order_measure"),
        "dialogue": _day(case.dialogue_on),
        "dialogue_law": law.cite("call_dialogue"),
        "resume_law": law.cite("resume"),
        "withdraw_law": law.cite("withdraw"),
        "conclusion": str(CONCLUSIONS.get(case.conclusion, "")),
        "outcome": str(OUTCOMES[case.outcome][0]) if case.outcome else "",
        "outcome_law": law.cite("decide"),
        "effect": _day(case.in_force_on),
        "effect_law": law.cite("take_effect"),
    }


def _listed(items: Mapping[str, Item], codes: list[str]) -> str:
    return "; ".join(f"{items[code].text} ({items[code].cite})" for code in codes)


def _day(day: date | None) -> str:
    return f"{day:%d/%m/%Y}" if day else ""
