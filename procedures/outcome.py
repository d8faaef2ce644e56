"""What became of a case: its path through the states and its deadlines, kept or not, read from its log."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from workflow.calendar import WORKING_DAY, Calendar
from workflow.deadlines import Clock
from workflow.models import Case, LogEntry


@dataclass(frozen=True, slots=True)
class Term:
    """One deadline of the office as it went.

    due: its last day after extension and pauses; None while it stands paused
    done: the day of the act that ended it; None while it runs
    kept: whether the act came in time; None while it runs
    used: days of the period that have passed, in the unit of the period
    """

    rule: str
    due: date | None
    done: date | None
    kept: bool | None
    used: int
    unit: str

    def as_expected(self) -> dict[str, object]:
        """Return it as the sample's files write it: what is unknown is absent."""
        told = {"rule": self.rule, "due": self.due, "kept": self.kept}
        return {name: value for name, value in told.items() if value is not None}

    def as_json(self) -> dict[str, object]:
        """Return it as the commands print it."""
        return {
            "rule": self.rule,
            "due": self.due.isoformat() if self.due else None,
            "done": self.done.isoformat() if self.done else None,
            "kept": self.kept,
            "days": self.used,
            "unit": self.unit,
        }


@dataclass(frozen=True, slots=True)
class Outcome:
    """A case from filing to where it stands: the states after each change, the deadlines in order of start."""

    code: str
    path: list[str]
    terms: list[Term]
    procedure: str

    @property
    def last(self) -> Term:
        """Return the deadline that was started last."""
        return self.terms[-1]

    def differs(self, expected: dict[str, Any]) -> str:
        """Return in what it differs from the sample's `[expect]`, or an empty string."""
        found = {"path": self.path, "deadlines": [term.as_expected() for term in self.terms]}
        return "; ".join(f"{key}: {found[key]} ≠ {expected[key]}" for key in found if found[key] != expected[key])


def outcome(case: Case, rules: tuple[str, ...], until: date, calendar: Calendar) -> Outcome:
    """Return what became of a case.

    rules: keys of the periods to tell
    until: the legal day on which a deadline that still runs is looked at
    """
    entries = list(LogEntry.objects.filter(chain=case.chain).order_by("seq"))
    kept = {
        (fact["clock"], fact["since"]): bool(fact["kept"])
        for entry in entries
        for fact in entry.data.get("clocks", ())
        if fact["event"] == "stopped"
    }
    clocks = sorted(case.clocks, key=lambda clock: clock.started_seq)
    terms = [
        Term(
            clock.rule,
            clock.due_on,
            clock.stopped_on,
            kept.get((clock.rule, clock.started_seq)) if clock.state == "stopped" else None,
            sum(1 for _ in _counted(clock, until, calendar)),
            clock.unit,
        )
        for clock in clocks
        if clock.rule in rules
    ]
    return Outcome(case.code, _path(entries), terms, case.procedure_name)


def _path(entries: list[LogEntry]) -> list[str]:
    path: list[str] = []
    for entry in entries:
        if entry.target and entry.target != (path or [""])[-1]:
            path.append(entry.target)
    return path


def _counted(clock: Clock, until: date, calendar: Calendar) -> Iterator[date]:
    """Yield the days of a period that have passed: the day of the event and suspended days do not count."""
    day, last = clock.anchor_on, clock.stopped_on or until
    pauses = clock.closed_pauses()
    if paused := clock.paused_on():
        last = min(last, paused - timedelta(days=1))
    while day < last:
        day += timedelta(days=1)
        resting = any(suspended <= day < resumed for suspended, resumed in pauses)
        if not resting and (clock.unit != WORKING_DAY or calendar.is_working(day)):
            yield day


__all__ = ["Outcome", "Term", "outcome"]
