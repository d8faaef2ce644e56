"""What messages say: one template per message, way and language, and what may stand in them.

A text names the case by its code, the agency, the act, its article, days and an address to go on: no person.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any

from django.conf import settings
from django.template import Context
from django.template.loader import get_template
from django.utils import translation
from django.utils.translation import gettext_lazy as _

from notifications.models import Channel
from workflow import clock, registry
from workflow.law import LawVersion, Rung, amount
from workflow.models import Case, LogEntry
from workflow.presentation import day

ALARM = "alarm:"
MESSAGES = {
    # name               what it is for
    "requester_filed": _("To the requester: the request is registered"),
    "requester_act": _("To the requester: the office has acted"),
    "requester_date": _("To the requester: a date has changed"),
    "requester_moved": _("To the requester: another agency has the case now"),
    "requester_silence": _("To the requester: the office is late"),
    "staff_act": _("To the office: the requester has acted"),
    "staff_told": _("To those whom an act of the office concerns"),
    "staff_alarm": _("To the office and those above it: a time limit"),
    "staff_entered": _("To the signer: a clerk has entered what they signed"),
}
TO_STAFF = "staff_"


def ways(name: str) -> tuple[str, ...]:
    """Return the ways on which a message goes: officials have their own page, citizens a phone."""
    return (Channel.MAIL, Channel.IN_APP) if name.startswith(TO_STAFF) else (Channel.MAIL, Channel.SMS)


def written(name: str, way: str, language: str, facts: Mapping[str, Any]) -> tuple[str, str]:
    """Return (subject, body) in a language; a text message has no subject line of its own."""
    kind = "sms" if way == Channel.SMS else "mail"
    found: Any = get_template(f"notifications/messages/{language}/{kind}/{name}.txt")
    text = found.template.render(Context(dict(facts), autoescape=False)).strip()
    subject, _line, body = text.partition("\n")
    subject = " ".join(subject.split())
    return (subject[:200], text + "\n") if kind == "sms" else (subject[:200], body.strip() + "\n")


def facts_of(entry: LogEntry, case: Case, data: Mapping[str, Any], role: str = "") -> dict[str, Any]:
    """Return what a message may say of an entry, in the language that is active.

    role: in whose capacity an official is told
    """
    declared = registry.get(case.procedure_name)
    rule = declared.rules.get(entry.transition)
    period = case.law.periods.get(str(data.get("clock", "")))
    complain = case.law.periods.get("complain")
    rung = _rung(entry, case, data)
    act = "silence" if entry.transition.startswith(ALARM) else entry.transition
    return {
        "what": str(declared.label),
        "who": str(declared.starter.label),
        "sentences": declared.said(case, act, data),
        "resume": next((one.title for one in declared.rules.values() if one.resumes), ""),
        "code": case.code,
        "agency": case.agency.name,
        "hotline": case.agency.hotline,
        "title": rule.title if rule else "",
        "state": str(declared.states.get(entry.target, entry.target)),
        "law": data.get("law", ""),
        "period": str(period.label) if period else "",
        "due": _day(data.get("due")),
        "is_late": bool(data.get("due")) and str(data["due"]) < clock.legal_day(entry.at).isoformat(),
        "is_paused": rung is not None and rung.counted_from == "pause",
        "rung": str(rung.text) if rung else "",
        "complain_within": amount(complain) if complain else "",
        "dates": list(_dates(case, data)),
        "next_steps": _next_steps(case, entry.target),
        "was_agency": data.get("was_name", ""),
        "decision": data.get("decision", ""),
        "has_papers": bool(papers(data)),
        "role": role,
        "link": f"{settings.SITE_URL}/theo-doi/?code={case.code}",
        "office_link": f"{settings.SITE_URL}{office_path(case.code, role)}",
    }


def office_path(code: str, role: str) -> str:
    """Return the page that an official can read of a case in a capacity; a superior has none until an act is theirs."""
    match role:
        case "inspectorate":
            return f"/thanh-tra/ho-so/{code}/"
        case "superior":
            return "/van-phong/"
        case _:
            return f"/van-phong/ho-so/{code}/"


def papers(data: Mapping[str, Any]) -> list[int]:
    """Return the ids of the documents that an act was given."""
    given = [value for value in data.values() if isinstance(value, dict)]
    return [int(value["document"]) for value in given if "document" in value and "digest" in value]


def _dates(case: Case, data: Mapping[str, Any]) -> Iterator[dict[str, str]]:
    """Yield what the office must do next and by which day, as the act has set it."""
    for fact in data.get("clocks", ()):
        law: LawVersion = registry.get(case.procedure_name).version(str(fact.get("law", case.law_version)))
        period = law.periods.get(str(fact.get("clock", "")))
        if period and fact.get("due") and fact.get("event") != "stopped":
            was = fact.get("was") if fact.get("was") != fact["due"] else None
            yield {"period": str(period.label), "day": _day(fact["due"]), "law": period.cite, "was": _day(was)}


def _next_steps(case: Case, state: str) -> list[str]:
    """Return what the law lets the requester do in a state, by the titles of the acts."""
    rules = registry.get(case.procedure_name).rules.values()
    theirs = [rule for rule in rules if state in rule.sources and any(role.outside for role in rule.by)]
    return list(dict.fromkeys(rule.title for rule in theirs))


def _rung(entry: LogEntry, case: Case, data: Mapping[str, Any]) -> Rung | None:
    """Return the declared rung behind an alarm's entry, or None: an agency's own rung has no text of the law."""
    ladders = registry.get(case.procedure_name).version(entry.law_version or case.law_version).ladders
    name = entry.transition.removeprefix(ALARM)
    found = (rung for key in (str(data.get("clock", "")), "paused") for rung in ladders.get(key, ()))
    return next((rung for rung in found if rung.name == name), None)


def _day(text: object) -> str:
    """Return an ISO date as a page writes it, with its weekday; empty where there is none."""
    return day(date.fromisoformat(str(text))) if text else ""


SHOWN = {
    "code": "GT-ABCD-2345",
    "agency": "UBND xã Tân Hòa",
    "hotline": "0900 000 000",
    "was_agency": "UBND xã Hòa Bình",
    "decision": "45/NQ-HĐND",
    "has_papers": True,
    "is_late": True,
    "is_paused": False,
    "role": "head",
}


def preview(name: str, way: str, language: str) -> tuple[str, str]:
    """Return a message as an invented reader gets it, about an invented case."""
    with translation.override(language):
        declared = next(iter(registry.procedures().values()))
        law = declared.versions[-1]
        reached = next(rule for rule in declared.rules.values() if rule.target and not any(r.outside for r in rule.by))
        period, ladder = next((law.periods[key], rungs) for key, rungs in law.ladders.items() if key in law.periods)
        case = declared.model(procedure_name=declared.name, law_version=law.name)
        was = "2026-03-06" if name == "requester_date" else None
        facts = {
            **SHOWN,
            "what": str(declared.label),
            "who": str(declared.starter.label),
            "sentences": declared.said(case, str(reached.name), {}),
            "resume": next((one.title for one in declared.rules.values() if one.resumes), ""),
            "title": reached.title,
            "state": str(declared.states[str(reached.target)]),
            "law": period.cite,
            "complain_within": amount(period),
            "period": str(period.label),
            "due": _day("2026-03-09"),
            "rung": str(next(rung.text for rung in ladder if rung.offset >= 0)),
            "dates": [{"period": str(period.label), "day": _day("2026-03-09"), "law": period.cite, "was": _day(was)}],
            "next_steps": _next_steps(case, str(reached.target)),
            "link": f"{settings.SITE_URL}/theo-doi/?code={SHOWN['code']}",
            "office_link": f"{settings.SITE_URL}{office_path(str(SHOWN['code']), 'head')}",
        }
        return written(name, way, language, facts)
