"""What an act does to the clocks of its case: start, stop, pause, resume, extend, revive.

Pure: works on the rows read under the lock and returns what changed, in the form that is written and in the form
that is logged. The history of a date is these logged facts.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from typing import Any

from workflow import ladders
from workflow.calendar import Calendar, Counting, Due, Period, Unit, due
from workflow.clock import legal_day
from workflow.ladders import Bell
from workflow.law import LawVersion
from workflow.transitions import Rule

RUNNING, PAUSED, STOPPED = "running", "paused", "stopped"


@dataclass(slots=True)
class Clock:
    """A deadline as it is worked on; see `models.Deadline`."""

    rule: str
    started_seq: int
    law_version: str
    calendar_version: int
    n: int
    unit: str
    anchor_on: date
    state: str = RUNNING
    stopped_seq: int | None = None
    extension: int = 0
    extensions: int = 0
    pauses: list[list[str | None]] = field(default_factory=list)
    nominal_on: date = date.min
    due_on: date | None = None
    stopped_on: date | None = None
    bells: list[Bell] = field(default_factory=list)
    changed: bool = False
    id: int | None = None

    def period(self, cite: str = "") -> Period:
        """Return the period this clock counts, as it was when the clock started."""
        return Period(self.n, Unit(self.unit), cite, rule=self.rule)

    def closed_pauses(self) -> list[tuple[date, date]]:
        """Return the pauses that have ended, as (suspended on, resumed on)."""
        return [(date.fromisoformat(s), date.fromisoformat(r)) for s, r in self.pauses if s and r]

    def paused_on(self) -> date | None:
        """Return the day since which the clock rests, or None."""
        last = self.pauses[-1] if self.pauses else (None, "closed")
        return date.fromisoformat(last[0]) if last[0] and last[1] is None else None

    def compute(self, calendar: Calendar, counting: Counting) -> Due:
        """Return the last day as it stands, with the days on the way.

        Never before the day on which a suspension ended: an office is not late for days on which its clock rested.
        """
        pauses = self.closed_pauses()
        last = due(
            self.period(),
            self.anchor_on,
            calendar,
            extension=self.extension,
            pauses=pauses,
            counting=counting,
        )
        resumed = max((resumed_on for _, resumed_on in pauses), default=date.min)
        if last.on >= resumed:
            return last
        return replace(last, on=shift_to_working(resumed, calendar, counting))


@dataclass(slots=True)
class Bench:
    """Everything needed to move clocks: the rule's law, the calendar, the day and the seq of the act.

    added: rungs that the agency has added, by period
    """

    law: LawVersion
    calendar: Calendar
    calendar_version: int
    counting: Counting
    at: datetime
    seq: int
    added: ladders.Ladders = field(default_factory=dict)

    @property
    def on(self) -> date:
        """Return the legal day of the act."""
        return legal_day(self.at)


def follow(clocks: list[Clock], rule: Rule, bench: Bench, *, source: str, data: dict[str, Any]) -> list[dict[str, Any]]:
    """Move the clocks as the transition declares; changes `clocks` in place and returns the facts for the log.

    What starts, pauses and extends is declared by the act; days are counted by `workflow.calendar`.
    """
    facts: list[dict[str, Any]] = []
    for clock in _of(clocks, rule.stops, RUNNING, PAUSED):
        facts.append(stop(clock, bench))
    for clock in _of(clocks, rule.pauses, RUNNING):
        facts.append(pause(clock, bench))
    for clock in _of(clocks, rule.resumes, PAUSED):
        facts.append(resume(clock, bench))
    for clock in _of(clocks, rule.extends, RUNNING):
        facts.append(extend(clock, bench, int(data["days"])))
    for clock in _of(clocks, rule.revives, STOPPED):
        if clock.stopped_seq == data.get("stopped_seq"):
            facts.append(revive(clock, bench))
    for key in rule.starts:
        if key in data.get("spared", ()):
            continue
        clock, fact = start(
            key, bench, anchor=data.get("anchors", {}).get(key), row=data.get("periods", {}).get(key, key)
        )
        clocks.append(clock)
        facts.append(fact)
    return facts


def _of(clocks: Iterable[Clock], keys: tuple[str, ...], *states: str) -> list[Clock]:
    return [clock for clock in clocks if clock.rule in keys and clock.state in states]


def start(key: str, bench: Bench, anchor: date | None = None, row: str = "") -> tuple[Clock, dict[str, Any]]:
    """Return a new clock with its ladder, and the fact of its start.

    row: key of the period whose time is allowed here, where the law has several rows for one clock
    """
    period = bench.law.periods[row or key]
    clock = Clock(
        rule=key,
        started_seq=bench.seq,
        law_version=bench.law.name,
        calendar_version=bench.calendar_version,
        n=period.n,
        unit=str(period.unit),
        anchor_on=anchor or bench.on,
    )
    _project(clock, bench)
    return clock, _fact(clock, "started", anchor=clock.anchor_on.isoformat(), n=clock.n, unit=clock.unit)


def stop(clock: Clock, bench: Bench) -> dict[str, Any]:
    """Stop a clock and silence its ladder; the fact says whether the deadline was kept."""
    kept = clock.state == PAUSED or (clock.due_on is not None and bench.on <= clock.due_on)
    clock.state, clock.stopped_seq, clock.stopped_on, clock.changed = STOPPED, bench.seq, bench.on, True
    ladders.silence(clock.bells)
    return _fact(clock, "stopped", on=bench.on.isoformat(), kept=kept)


def pause(clock: Clock, bench: Bench) -> dict[str, Any]:
    """Rest a clock; its own ladder rests, that of suspended cases starts."""
    clock.pauses = [*clock.pauses, [bench.on.isoformat(), None]]
    clock.state, clock.changed, clock.due_on = PAUSED, True, None
    ladders.silence(clock.bells)
    ladders.arm(clock, ladders.PAUSED_LADDER, bench)
    return _fact(clock, "paused", on=bench.on.isoformat(), counted=_counted(clock))


def resume(clock: Clock, bench: Bench) -> dict[str, Any]:
    """Let a clock run on; the days from suspension to resumption do not count (A9)."""
    clock.pauses = [*clock.pauses[:-1], [clock.pauses[-1][0], bench.on.isoformat()]]
    clock.state, clock.changed = RUNNING, True
    ladders.silence(clock.bells)
    _project(clock, bench)
    return _fact(clock, "resumed", on=bench.on.isoformat())


def extend(clock: Clock, bench: Bench, days: int) -> dict[str, Any]:
    """Add days to a running clock, counted from the nominal day (A8)."""
    clock.extension += days
    clock.extensions += 1
    clock.changed = True
    _project(clock, bench)
    return _fact(clock, "extended", days=days)


def revive(clock: Clock, bench: Bench) -> dict[str, Any]:
    """Let a stopped clock stand as it stood, with the days that were left (A21)."""
    assert clock.stopped_on is not None
    stopped_on, rested = clock.stopped_on, clock.paused_on() is not None
    clock.stopped_seq, clock.stopped_on, clock.changed = None, None, True
    if rested:
        clock.state, clock.due_on = PAUSED, None
        ladders.arm(clock, ladders.PAUSED_LADDER, bench)
    else:
        clock.pauses = [*clock.pauses, [stopped_on.isoformat(), bench.on.isoformat()]]
        clock.state = RUNNING
        _project(clock, bench)
    return _fact(clock, "revived", on=bench.on.isoformat())


def recompute(clock: Clock, bench: Bench, anchor: date | None = None) -> dict[str, Any]:
    """Count a clock anew, from a corrected day or by another calendar; the fact keeps the old last day.

    A clock that rests is counted when it runs on.
    """
    was, was_anchor = clock.due_on, clock.anchor_on
    clock.anchor_on, clock.changed = anchor or was_anchor, True
    if clock.state == RUNNING:
        _project(clock, bench)
    more = {"was": was.isoformat() if was else None}
    if anchor is not None:
        more |= {"anchor": anchor.isoformat(), "anchor_was": was_anchor.isoformat()}
    return _fact(clock, "recomputed", **more)


def _project(clock: Clock, bench: Bench) -> None:
    """Compute the last day anew and move the ladder with it."""
    last = clock.compute(bench.calendar, bench.counting)
    clock.nominal_on, clock.due_on = last.nominal, last.on
    clock.calendar_version, clock.changed = bench.calendar_version, True
    ladders.arm(clock, clock.rule, bench)


def _counted(clock: Clock) -> int:
    """Return how many days of a paused calendar clock have been used (law example 31)."""
    paused = clock.paused_on()
    assert paused is not None
    earlier = sum((r - s).days for s, r in clock.closed_pauses())
    return max((paused - clock.anchor_on).days - 1 - earlier, 0)


def shift_to_working(day: date, calendar: Calendar, counting: Counting) -> date:
    """Return the day itself, or the next working day (BLDS Đ.148 k.5; A3)."""
    while not calendar.works(day.toordinal(), counting.week):
        day += timedelta(days=1)
    return day


def _fact(clock: Clock, event: str, **more: object) -> dict[str, Any]:
    """Return one fact of a clock's history, as it stands in the log."""
    return {
        "clock": clock.rule,
        "since": clock.started_seq,
        "event": event,
        "due": clock.due_on.isoformat() if clock.due_on else None,
        "nominal": clock.nominal_on.isoformat(),
        "law": clock.law_version,
        "calendar": clock.calendar_version,
        **more,
    }
