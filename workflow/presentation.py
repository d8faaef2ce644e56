"""What every page says in the same words: a date with its reasons, and what happened to a case.

The pages of the citizen, the office and the inspector build on these; none of them decides anything.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import cached_property
from typing import Any

from django.utils.dateformat import format as written
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from workflow import explain, registry, store
from workflow.calendar import WORKING_DAY, Calendar, Counting, Due
from workflow.clock import legal_day
from workflow.closures import local
from workflow.deadlines import PAUSED, RUNNING, STOPPED, Clock
from workflow.law import LawVersion, Rung
from workflow.models import Case, Document, LogEntry

SOON = 3
"""Days left from which a date is shown as near."""


def day(on: date | None) -> str:
    """Return a legal day as a page shows it, with its weekday."""
    return written(on, explain.LONG) if on else "–"


def time_left(on: date, today: date, unit: str, calendar: Calendar) -> tuple[str, str]:
    """Return how much time is left until the end of a day, in the unit of its period, and the tone of the page."""
    if on < today:
        n = (today - on).days
        return ngettext("%(n)s day late", "%(n)s days late", n) % {"n": n}, "late"
    if on == today:
        return _("ends today at 24:00"), "soon"
    days = [today + timedelta(n) for n in range(1, (on - today).days + 1)]
    if unit == WORKING_DAY:
        n = sum(calendar.is_working(day) for day in days)
        text = ngettext("%(n)s working day left", "%(n)s working days left", n) % {"n": n}
    else:
        n = len(days)
        text = ngettext("%(n)s day left", "%(n)s days left", n) % {"n": n}
    return text, "soon" if n <= SOON else "ok"


@dataclass(frozen=True)
class DueLine:
    """One clock of a case as a reader sees it on a day.

    binds_office: whether the office breaks its duty when the last day passes; else a right of the requester ends
    anchor: what the law calls the event that starts it
    law: the version under which it is counted
    """

    clock: Clock
    label: str
    cite: str
    due: Due
    today: date
    binds_office: bool
    anchor: str = ""
    law: LawVersion | None = None

    @property
    def on(self) -> date | None:
        """Return the last day; None while the clock rests."""
        return self.clock.due_on

    @property
    def day(self) -> str:
        """Return the last day with its weekday, or that the time rests."""
        return day(self.on) if self.on else _("the time is not running")

    @property
    def left(self) -> int:
        """Return the days left, today not counted; negative when late."""
        return (self.on - self.today).days if self.on else 0

    @property
    def kept(self) -> bool:
        """Return whether a stopped clock stopped in time."""
        stopped = self.clock.stopped_on
        return stopped is None or self.on is None or stopped <= self.on

    @property
    def is_late(self) -> bool:
        """Return whether the office has let its last day pass and still owes the act."""
        return self.binds_office and self.clock.state == RUNNING and self.left < 0

    @property
    def is_over(self) -> bool:
        """Return whether a time limit of the requester has passed."""
        return not self.binds_office and self.clock.state == RUNNING and self.left < 0

    @property
    def tone(self) -> str:
        """Return the class of the page: late, soon, ok or done."""
        if self.is_over:
            return "done"
        if self.clock.state == RUNNING:
            assert self.on is not None
            return time_left(self.on, self.today, self.clock.unit, self.due.calendar)[1]
        return "done" if self.kept else "late"

    @property
    def standing(self) -> str:
        """Return how the clock stands today, in a few words."""
        if self.clock.state == STOPPED:
            facts = {"day": day(self.clock.stopped_on)}
            return _("done on %(day)s, in time") % facts if self.kept else _("done on %(day)s, late") % facts
        if self.clock.state == PAUSED:
            return _("resting since %(day)s") % {"day": day(self.clock.paused_on())}
        if self.is_over:
            return _("this time has passed")
        assert self.on is not None
        return time_left(self.on, self.today, self.clock.unit, self.due.calendar)[0]

    @cached_property
    def why(self) -> list[str]:
        """Return how the date was counted, sentence by sentence."""
        return explain.sentences(self.due, event=explain.event_name(self.anchor), cite=self.cite, law=self.law)


def due_lines(case: Case, today: date) -> list[DueLine]:
    """Return every clock of a case as it stands on a day, the latest first; running ones before the others."""
    counting = case.procedure.counting or Counting()
    lines = []
    for clock in reversed(case.clocks):
        law = registry.get(case.procedure_name).version(clock.law_version)
        period = law.periods[clock.rule]
        due = clock.compute(local(store.calendar(clock.calendar_version), case), counting)
        binds = clock.rule in case.procedure.office_periods
        label = str(period.label or clock.rule)
        lines.append(DueLine(clock, label, period.cite, due, today, binds, period.anchor, law))
    return sorted(lines, key=lambda line: (RUNNING, PAUSED, STOPPED).index(line.clock.state))


@dataclass(frozen=True)
class Happening:
    """One entry of a case's log, told to a reader.

    texts: what was said with the act, as (name in the log, text); erased values are left out
    papers: documents the act cites
    """

    entry: LogEntry
    title: str
    cite: str
    who: str
    data: Mapping[str, Any]
    texts: Mapping[str, str] = field(default_factory=dict)
    papers: list[Document] = field(default_factory=list)
    changes: list[str] = field(default_factory=list)
    rung: Rung | None = None

    @property
    def later(self) -> bool:
        """Return whether it was recorded on another day than it happened."""
        return legal_day(self.entry.recorded_at) != legal_day(self.entry.at)


def timeline(
    case: Case,
    entries: Iterable[LogEntry],
    *,
    papers: Iterable[Document] = (),
    texts: Mapping[int, Mapping[str, str]] | None = None,
) -> list[Happening]:
    """Return the entries of a case's chain in the reader's words, in their order.

    papers: the case's documents; each entry gets those it cites
    texts: disclosed values by entry id and name
    """
    on_file = {paper.pk: paper for paper in papers}
    return [_told(case, entry, on_file, (texts or {}).get(entry.pk, {})) for entry in entries]


def _told(case: Case, entry: LogEntry, on_file: Mapping[int, Document], texts: Mapping[str, str]) -> Happening:
    declared = registry.get(case.procedure_name)
    data = entry.data
    cited = [on_file[pk] for pk in _documents(data) if pk in on_file]
    rule = declared.rules.get(entry.transition)
    rung = None if rule else _rung(case, entry, data)
    title = rule.title if rule else str(rung.text) if rung else _outside(entry.transition, data)
    return Happening(
        entry=entry,
        title=title,
        cite=str(data.get("law", "")),
        who=_who(case, entry, data),
        data=data,
        texts=texts,
        papers=cited,
        changes=[_changed(case, fact) for fact in data.get("clocks", ())],
        rung=rung,
    )


def _outside(transition: str, data: Mapping[str, Any]) -> str:
    """Return what an entry is called that is no act of the procedure."""
    known = {
        "recalculated": _("Deadlines counted anew by the calendar as it now stands"),
        "receipt_corrected": _("Date of receipt corrected"),
        "erased": _("Personal data erased"),
        "moved_to_successor": _("%(now_name)s has taken the case over from %(was_name)s, by %(decision)s"),
    }
    return known[transition] % data if transition in known else transition


def _rung(case: Case, entry: LogEntry, data: Mapping[str, Any]) -> Rung | None:
    """Return the rung behind an alarm's entry, declared or added by the agency, or None."""
    if entry.transition.startswith("alarm:") and (decision := data.get("decision")):
        name = entry.transition.removeprefix("alarm:")
        return Rung(name, 0, tuple(data["tells"]), str(data.get("text", "")), decision=str(decision))
    ladders = registry.get(case.procedure_name).version(entry.law_version or case.law_version).ladders
    name = entry.transition.removeprefix("alarm:")
    found = (rung for key in (str(data.get("clock", "")), "paused") for rung in ladders.get(key, ()))
    return next((rung for rung in found if rung.name == name), None)


def _who(case: Case, entry: LogEntry, data: Mapping[str, Any]) -> str:
    """Return the capacity in which the act was done; never a person's name."""
    roles = registry.get(case.procedure_name).roles
    if entry.actor == "system":
        return _("the system")
    role = str(data.get("role", ""))
    name = str(roles[role].label) if role in roles else role
    if entry.on_behalf_of and entry.actor != "requester":
        return _("%(role)s, entered from paper") % {"role": name}
    return name


def _documents(data: Any) -> list[int]:
    """Return the ids of the documents that logged data cites, in their order."""
    if isinstance(data, dict):
        if "document" in data and "digest" in data:
            return [int(data["document"])]
        return [pk for value in data.values() for pk in _documents(value)]
    if isinstance(data, list):
        return [pk for value in data for pk in _documents(value)]
    return []


def _changed(case: Case, fact: Mapping[str, Any]) -> str:
    """Return what an act did to a clock, in a sentence."""
    period = registry.get(case.procedure_name).version(str(fact["law"])).periods[str(fact["clock"])]
    last = date.fromisoformat(fact["due"]) if fact.get("due") else None
    facts = {"period": period.label or fact["clock"], "day": day(last)} | {"n": fact.get("days", "")}
    match fact["event"]:
        case "started":
            return _("%(period)s: last day %(day)s") % facts
        case "extended":
            return _("%(period)s: extended by %(n)s days, last day now %(day)s") % facts
        case "paused":
            return _("%(period)s: the time rests from this day") % facts
        case "resumed" | "revived":
            return _("%(period)s: the time runs again, last day now %(day)s") % facts
        case "recomputed":
            return _recomputed(fact, facts)
        case "stopped" if fact.get("kept"):
            return _("%(period)s: done in time (last day %(day)s)") % facts
        case "stopped":
            return _("%(period)s: done late (last day was %(day)s)") % facts
        case _:
            return _("%(period)s: last day now %(day)s") % facts


def _recomputed(fact: Mapping[str, Any], facts: dict[str, Any]) -> str:
    """Return how a date was counted anew, with the old last day beside the new one."""
    days = {name: day(date.fromisoformat(fact[name])) for name in ("was", "anchor", "anchor_was") if fact.get(name)}
    facts |= days | {"edition": fact["calendar"]}
    if "anchor" in days:
        return _(
            "%(period)s: counted from %(anchor)s instead of %(anchor_was)s; last day now %(day)s, before it was %(was)s"
        ) % {"was": "–", **facts}
    if fact.get("was") == fact.get("due"):
        return _("%(period)s: counted anew by edition %(edition)s of the calendar, last day still %(day)s") % facts
    return _(
        "%(period)s: counted anew by edition %(edition)s of the calendar; last day now %(day)s, before it was %(was)s"
    ) % {"was": "–", **facts}
