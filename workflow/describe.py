"""A declared procedure, told back: as a table a lawyer can check against the decree, and as JSON.

Everything here comes from the declaration and its law, nothing is written twice. Words are in the reader's language,
docstrings of acts and conditions included.
"""

from __future__ import annotations

import inspect
import textwrap
from collections.abc import Iterator
from typing import Any

from django.db import DatabaseError
from django.utils.translation import gettext as _

from workflow.calendar import Period
from workflow.law import LawVersion, Rung, amount
from workflow.models import LawConfirmation
from workflow.registry import Procedure
from workflow.transitions import OWN, Condition, Rule, clause

CLOCKS = ("stops", "pauses", "resumes", "extends", "revives", "starts")
WIDE = 130
COLUMNS = (3, 26, 30, 26, 20, 20)  # number, from, act, to, by, article


def confirmed(procedure: Procedure) -> set[str]:
    """Return the names of the law versions that a person has confirmed; none where there is no database yet."""
    try:
        return set(LawConfirmation.objects.filter(procedure=procedure.name).values_list("version", flat=True))
    except DatabaseError:
        return set()


def as_json(procedure: Procedure, law: LawVersion) -> dict[str, Any]:
    """Return the procedure under a law version as plain values."""
    known = confirmed(procedure)
    return {
        "states": list(procedure.states),
        "transitions": [_transition(procedure, rule, law) for rule in procedure.rules.values()],
        "checklists": {
            name: [{"code": code, "law": item.cite, "text": str(item.text)} for code, item in items.items()]
            for name, items in law.checklists.items()
        },
        "periods": [_period(key, period) for key, period in law.periods.items()],
        "ladders": [{"name": key, "rungs": [_rung(rung) for rung in rungs]} for key, rungs in law.ladders.items()],
        "assumptions": [
            {
                "number": one.number,
                "name": one.name,
                "value": one.value,
                "values": list(one.values),
                "text": str(one.text),
                "only": str(one.only) or None,
            }
            for one in procedure.assumptions
        ],
        "versions": [
            {"name": version.name, "effective": version.effective.isoformat(), "confirmed": version.name in known}
            for version in procedure.versions
        ],
    }


def _period(key: str, period: Period) -> dict[str, Any]:
    return {
        "name": key,
        "rule": period.rule,
        "n": period.n,
        "unit": str(period.unit),
        "law": period.cite,
        "anchor": period.anchor,
        "label": str(period.label),
    }


def _transition(procedure: Procedure, rule: Rule, law: LawVersion) -> dict[str, Any]:
    """Return one row; `target` is null where the case stays, or where it depends on the case (see `targets`)."""
    return {
        "name": rule.name,
        "label": rule.title,
        "source": list(rule.sources),
        "target": rule.target,
        "targets": list(dict.fromkeys(state for source in rule.sources for state in rule.ends_in(source))),
        "stays": _stays(rule),
        "by": [role.code for role in rule.by],
        "law": law.cite(rule.law),
        **{name: list(getattr(rule, name)) for name in CLOCKS},
        "conditions": [
            {"name": condition.__name__, "says": _said(condition), "law": _clauses(condition, law)}
            for condition in rule.conditions
        ],
        "grounds": [{"code": one.code, "law": one.cite, "text": str(one.text)} for one in law.grounds_for(rule.name)],
        "asks": [{"name": param.name, "required": param.required} for param in rule.params.values()],
        "dated_by": rule.dated_by or None,
        "says": _first(rule.doc),
    }


def _rung(rung: Rung) -> dict[str, Any]:
    return {
        "name": rung.name,
        "offset": rung.offset,
        "every": rung.every or None,
        "then": list(rung.then) if rung.then else None,
        "counted_from": rung.counted_from,
        "hour": rung.hour,
        "tells": list(rung.tells),
        "text": str(rung.text),
    }


def _stays(rule: Rule) -> bool:
    return rule.target is None and rule.target_of is None


def said(procedure: Procedure) -> Iterator[str]:
    """Yield what the docstrings of acts and conditions say, untranslated."""
    for rule in procedure.rules.values():
        yield from filter(None, [_paragraph(rule.doc), *(_paragraph(inspect.getdoc(one)) for one in rule.conditions)])


def _said(condition: Condition) -> str:
    """Return what a condition asks, from its docstring."""
    return _first(inspect.getdoc(condition)) or condition.__name__.replace("_", " ")


def _clauses(condition: Condition, law: LawVersion) -> str:
    """Return the clause a condition applies; empty where it is the act's, or where its sentence names its own."""
    key = clause(condition)
    return law.cite(key) if key and key != OWN else ""


def _first(doc: str | None) -> str:
    """Return the first paragraph of a docstring in the reader's language."""
    text = _paragraph(doc)
    return _(text) if text else ""


def _paragraph(doc: str | None) -> str:
    return " ".join((doc or "").split("\n\n")[0].split())


# text ------------------------------------------------------------------------------------------------------------


def as_text(procedure: Procedure, law: LawVersion) -> str:
    """Return the procedure under a law version as a table with what belongs to it below."""
    effective = _("%(law)s, in force from %(day)s") % {"law": law.name, "day": f"{law.effective:%d/%m/%Y}"}
    state = _("confirmed by a lawyer") if law.name in confirmed(procedure) else _("not yet confirmed by a lawyer")
    blocks = [
        [f"{procedure.label} ({procedure.name})", f"{effective}; {state}"],
        list(_acts(procedure, law)),
        [_("Time allowed"), *_periods(law)],
        [_("Grounds"), *_grounds(procedure, law)],
        [_("What the law lists"), *_checklists(procedure, law)],
        [_("Warnings, and who learns of silence"), *_ladders(law)],
        [_("States that may rest without a running deadline, and why"), *_waits(procedure, law)],
        [_("Assumptions where the law is silent, as they stand here"), *_assumptions(procedure)],
        [_("Law versions"), *_versions(procedure)],
    ]
    return "\n\n".join("\n".join(block) for block in blocks if len(block) > 1)


def _acts(procedure: Procedure, law: LawVersion) -> Iterator[str]:
    yield from _row("", _("From"), _("Act"), _("To"), _("By"), _("Article"))
    yield "-" * WIDE
    for number, rule in enumerate(procedure.rules.values(), 1):
        sources = [str(procedure.states[state]) for state in rule.sources]
        targets = [str(procedure.states[state]) for state in (rule.targets or (rule.target,)) if state]
        yield from _row(
            str(number),
            ", ".join(sources),
            rule.title,
            _("stays") if _stays(rule) else _(" or ").join(targets),
            ", ".join(str(role.label) for role in rule.by),
            law.cite(rule.law),
        )
        asked = [f"{_said(one)} ({cite})" if (cite := _clauses(one, law)) else _said(one) for one in rule.conditions]
        told = [("=", _first(rule.doc)), ("»", _clocks(rule, law)), *(("–", one) for one in asked)]
        for sign, said in told:
            yield from textwrap.wrap(said, WIDE, initial_indent=f"     {sign} ", subsequent_indent="       ")
        yield ""


def _clocks(rule: Rule, law: LawVersion) -> str:
    """Return what an act does to the clocks, by the names of their periods."""
    moved = [(name, [str(law.periods[key].label) for key in getattr(rule, name)]) for name in CLOCKS]
    return "; ".join(f"{_clock_verb(name)}: {', '.join(labels)}" for name, labels in moved if labels)


def _clock_verb(name: str) -> str:
    return {
        "starts": _("starts"),
        "stops": _("stops"),
        "pauses": _("pauses"),
        "resumes": _("resumes"),
        "extends": _("extends"),
        "revives": _("revives"),
    }[name]


def _row(*cells: str) -> Iterator[str]:
    """Yield the lines of one row, each cell wrapped to its column."""
    wrapped = [textwrap.wrap(cell, width) or [""] for cell, width in zip(cells, COLUMNS, strict=True)]
    for n in range(max(map(len, wrapped))):
        parts = [(cell[n] if n < len(cell) else "").ljust(width) for cell, width in zip(wrapped, COLUMNS, strict=True)]
        yield "  ".join(parts).rstrip()


def _periods(law: LawVersion) -> Iterator[str]:
    for key, period in law.periods.items():
        yield f"  {key:<12} {amount(period):<20} {period.cite:<22} {period.label}"


def _grounds(procedure: Procedure, law: LawVersion) -> Iterator[str]:
    for ground in law.grounds:
        acts = ", ".join(procedure.rules[act].title for act in ground.for_acts if act in procedure.rules)
        yield f"  {ground.code:<5} {ground.cite:<22} {ground.text} ({acts})"


def _checklists(procedure: Procedure, law: LawVersion) -> Iterator[str]:
    for name, items in law.checklists.items():
        yield f"  {procedure.given.get(name, name)}"
        for code, item in items.items():
            yield f"    {code:<12} {item.cite:<20} {item.text}"


def _ladders(law: LawVersion) -> Iterator[str]:
    for key, rungs in law.ladders.items():
        for rung in rungs:
            again = _(", again after every %(n)s") % {"n": rung.every} if rung.every else ""
            yield f"  {key:<12} {rung.offset:+d}{again}: {rung.text} → {', '.join(map(_told, rung.tells))}"


def _told(name: str) -> str:
    """Return whom a rung tells, in the reader's words."""
    return {
        "officer": _("case officer"),
        "head": _("head of the agency"),
        "requester": _("requester"),
        "superior": _("superior agency"),
        "inspectorate": _("inspectorate"),
    }.get(name, name)


def _waits(procedure: Procedure, law: LawVersion) -> Iterator[str]:
    for state, reason in procedure.waits.items():
        yield f"  {procedure.states[state]}: {law.fill(reason)}"


def _assumptions(procedure: Procedure) -> Iterator[str]:
    for one in procedure.assumptions:
        choice = " | ".join(one.values)
        yield f"  {one.number:<4} {one.name} = {one.value}" + (f"  ({choice})" if len(one.values) > 1 else "")
        only = _("Only this value: %(why)s") % {"why": one.only} if one.only else ""
        told = f"{one.text} {only}".strip()
        yield from textwrap.wrap(told, WIDE, initial_indent=" " * 7, subsequent_indent=" " * 7)


def _versions(procedure: Procedure) -> Iterator[str]:
    known = confirmed(procedure)
    for version in procedure.versions:
        state = _("confirmed by a lawyer") if version.name in known else _("not yet confirmed by a lawyer")
        yield f"  {version.name}  {version.effective:%d/%m/%Y}  {state}"


__all__ = ["as_json", "as_text"]
