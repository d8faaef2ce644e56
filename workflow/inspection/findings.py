"""The patterns an inspector looks for, found by following the log; `Finding` rows can be thrown away and made anew.

None of them is a reproach: each is a reason to open the case. What counts as a pattern is said here and shown on the
page in the same words.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime, time, timedelta
from typing import Any

from django.db.models import Max
from django.utils.translation import gettext_lazy as _

from workflow import following, registry, store
from workflow.calendar import Calendar
from workflow.clock import LEGAL_ZONE, legal_day
from workflow.inspection.pages import is_far
from workflow.law import Text
from workflow.models import CalendarVersion, Case, Finding, LogEntry
from workflow.registry import Procedure

READER = "findings"
OPENS = time(7)
"""When offices open, local time; they close at the hour of assumption A5, and rest days lie outside their hours."""
BURST, WITHIN = 3, timedelta(hours=24)
SILENCE, ASSIGNED = "alarm:silence", "assigned"
OPENINGS = ("viewed", "inspected", "paper_opened")
"""Events of an agency's chain: somebody with an account has opened a case or one of its documents."""
Kind = Finding.Kind

MEANS: Mapping[str, Text] = {
    Kind.LAST_DAY: _("An extension that was granted on the last day of the period."),
    Kind.LOOP: _("A case that came back to a person who had handed it on."),
    Kind.AFTER_HOURS: _(
        "An act of an official recorded before 07:00, after the hour at which the office closes, or on a rest day."
    ),
    Kind.BACK_DATED: _("An act recorded more than one working day after the day it is dated."),
    Kind.BURST: _("The third and every further act of the office within 24 hours on a case whose last day had passed."),
    Kind.OWN_ACT: _("An act of a person whose own decision or act the case is about."),
}


def read_log() -> int:
    """Follow every entry that has not been followed; returns how many."""
    return following.read_log(READER, _follow)


def _follow(entries: list[LogEntry]) -> None:
    calendar = store.calendar(CalendarVersion.objects.aggregate(newest=Max("pk"))["newest"] or 0)
    codes = {code for one in entries if one.case_id is None and (code := one.data.get("case"))}
    cases = dict(Case.objects.filter(code__in=codes).values_list("code", "pk"))
    of = dict(Case.objects.filter(pk__in={one.case_id for one in entries}).values_list("pk", "procedure_name"))
    for entry in entries:
        procedure = of.get(entry.case_id or 0)
        found = _of_case(entry, calendar, registry.get(procedure)) if procedure else _of_agency(entry, cases)
        rows = [_row(entry, cases, kind, detail) for kind, detail in found]
        Finding.objects.bulk_create([row for row in rows if row], ignore_conflicts=True)


def _row(entry: LogEntry, cases: Mapping[str, int], kind: str, detail: str) -> Finding | None:
    if entry.agency_id is None:
        return None
    case_id = entry.case_id or cases.get(entry.data.get("case", ""))
    return Finding(
        entry_id=entry.pk,
        kind=kind,
        agency_id=entry.agency_id,
        case_id=case_id,
        at=entry.at,
        actor=entry.on_behalf_of or entry.actor,
        transition=entry.transition,
        detail=detail[:64],
    )


def _of_case(entry: LogEntry, calendar: Calendar, procedure: Procedure) -> Iterator[tuple[str, str]]:
    """Yield what is found in an entry of a case's chain, as (kind, detail)."""
    data = entry.data
    for ground in sorted(set(grounds(data))):
        yield Kind.GROUND, ground
    if entry.own_act:
        yield Kind.OWN_ACT, ""
    if not entry.actor.startswith("user:"):
        return
    if is_far(entry, calendar, procedure.week):
        yield Kind.BACK_DATED, ""
    if outside_hours(entry.recorded_at, calendar, procedure):
        yield Kind.AFTER_HOURS, ""
    if any(_on_last_day(entry, fact) for fact in data.get("clocks", ()) if fact["event"] == "extended"):
        yield Kind.LAST_DAY, ""
    if _is_burst(entry):
        yield Kind.BURST, ""


def grounds(data: Any) -> Iterator[str]:
    """Yield the grounds that what was given with an act names, wherever they stand in it."""
    if isinstance(data, Mapping):
        for name, value in data.items():
            if name == "ground" and isinstance(value, str):
                yield value
            else:
                yield from grounds(value)
    elif isinstance(data, list):
        for value in data:
            yield from grounds(value)


def outside_hours(moment: datetime, calendar: Calendar, procedure: Procedure) -> bool:
    """Return whether a moment lies outside office hours or on a rest day, as the procedure takes them (A3, A5)."""
    local = moment.astimezone(LEGAL_ZONE)
    is_open = local.time() >= OPENS and local.hour < procedure.closing_hour
    return not (is_open and calendar.works(local.toordinal(), procedure.week))


def _on_last_day(entry: LogEntry, fact: Mapping[str, Any]) -> bool:
    """Return whether an extension was granted on the day that was the last one before it."""
    earlier = LogEntry.objects.filter(chain=entry.chain, seq__lt=entry.seq).order_by("-seq")
    for before in earlier:
        for one in before.data.get("clocks", ()):
            if (one["clock"], one["since"]) == (fact["clock"], fact["since"]):
                return bool(one.get("due") == legal_day(entry.at).isoformat())
    return False


def _is_burst(entry: LogEntry) -> bool:
    """Return whether it is at least the third act of the office within a day on a case that had gone silent."""
    chain = LogEntry.objects.filter(chain=entry.chain, seq__lt=entry.seq)
    silent = chain.filter(transition=SILENCE).order_by("seq").values_list("seq", flat=True).first()
    if silent is None:
        return False
    since = entry.recorded_at - WITHIN
    acts = chain.filter(actor__startswith="user:", recorded_at__gt=since, seq__gt=silent).exclude(
        transition__startswith="alarm:"
    )
    return acts.count() + 1 >= BURST


def _of_agency(entry: LogEntry, cases: Mapping[str, int]) -> Iterator[tuple[str, str]]:
    """Yield what is found in an entry of an agency's chain, as (kind, detail)."""
    data = entry.data
    if entry.transition in OPENINGS:
        yield Kind.OPENED, str(data.get("document", ""))
    if entry.transition == ASSIGNED and (handler := data.get("handler")):
        person = f"user:{handler}"
        if _came_back(cases.get(data.get("case", "")), entry, person):
            yield Kind.LOOP, person
        yield Kind.ASSIGNED, person


def _came_back(case_id: int | None, entry: LogEntry, person: str) -> bool:
    """Return whether a case went away from a person before and is given to them again."""
    earlier = Finding.objects.filter(case_id=case_id, kind=Kind.ASSIGNED, entry_id__lt=entry.pk).order_by("-entry_id")
    held = list(earlier.values_list("detail", flat=True))
    return person in held and held[0] != person


def of_case(case_id: int, kinds: Iterable[str]) -> list[Finding]:
    """Return the findings of some kinds on a case, in the order of the log."""
    return list(Finding.objects.filter(case_id=case_id, kind__in=list(kinds)).order_by("at", "entry_id"))
