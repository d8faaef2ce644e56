"""The history of a date: what a period was counted from, with what, and which entry changed it.

Everything here is read from the clock and from the case's log; nothing is decided. A shadow is a date by another
reading of the law, for the office and the inspector; the citizen sees one date.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from workflow import store
from workflow.calendar import WORKING_DAY, YEAR, Calendar
from workflow.deadlines import Clock
from workflow.law import Text
from workflow.models import CalendarVersion, Case
from workflow.presentation import DueLine, Happening, day


@dataclass(frozen=True, slots=True)
class Shadow:
    """A last day by another reading of the law, with the assumption it rests on."""

    on: date
    label: Text

    @property
    def day(self) -> str:
        """Return the day with its weekday."""
        return day(self.on)


@dataclass(frozen=True, slots=True)
class Step:
    """One entry that changed a date, and what it did to it."""

    happening: Happening
    sentence: str

    @property
    def seq(self) -> int:
        """Return the number of the entry in the case's chain."""
        return self.happening.entry.seq


@dataclass(frozen=True)
class History:
    """One clock of a case: the values it is counted with, each step, and its shadows.

    facts: what is counted, as (name, value), in the order of counting
    """

    line: DueLine
    facts: list[tuple[str, str]]
    steps: list[Step]
    shadows: list[Shadow] = field(default_factory=list)


def of(case: Case, lines: Iterable[DueLine], told: Iterable[Happening], *, shadows: bool = False) -> list[History]:
    """Return the history of each date, in the order of the lines.

    told: the entries of the case's chain
    shadows: whether the reader may see other readings of the law; never the citizen
    """
    lines = list(lines)
    steps: dict[tuple[str, int], list[Step]] = {}
    acts = {}
    for one in told:
        acts[one.entry.seq] = one.entry.transition
        for fact, sentence in zip(one.data.get("clocks", ()), one.changes, strict=True):
            steps.setdefault((fact["clock"], fact["since"]), []).append(Step(one, sentence))
    editions = CalendarVersion.objects.in_bulk({line.clock.calendar_version for line in lines})
    found = []
    for line in lines:
        clock = line.clock
        own = steps.get((clock.rule, clock.started_seq), [])
        reading = case.procedure.shadows
        others = reading(case, clock, acts.get(clock.started_seq, ""), line.due.calendar) if shadows and reading else []
        found.append(History(line, _facts(line, own, editions), own, others))
    return found


def _facts(line: DueLine, steps: list[Step], editions: Mapping[int, CalendarVersion]) -> list[tuple[str, str]]:
    clock = line.clock
    facts = [
        (_("Counted from"), _anchor(clock, steps)),
        (_("Time allowed"), f"{budget(clock.n, clock.unit)} ({line.cite})"),
        *((_("Suspended"), _pause(*pause)) for pause in clock.pauses),
    ]
    if clock.extension:
        facts.append((_("Extended by"), budget(clock.extension, clock.unit)))
    if line.on and line.on != clock.nominal_on:
        facts.append((_("Last day before it moved off a rest day"), day(clock.nominal_on)))
    facts.append((_("Law applied"), clock.law_version))
    facts.append((_("Calendar"), edition(clock.calendar_version, editions.get(clock.calendar_version))))
    return facts


def _anchor(clock: Clock, steps: list[Step]) -> str:
    if not steps:
        return day(clock.anchor_on)
    first = steps[0]
    return _("%(day)s (entry %(seq)s: %(act)s)") % {
        "day": day(clock.anchor_on),
        "seq": first.seq,
        "act": first.happening.title,
    }


def _pause(since: str | None, until: str | None) -> str:
    start = date.fromisoformat(str(since))
    if until is None:
        return _("from %(start)s, still resting") % {"start": day(start)}
    end = date.fromisoformat(until)
    n = (end - start).days
    text = ngettext(
        "from %(start)s to %(end)s: %(n)s day not counted", "from %(start)s to %(end)s: %(n)s days not counted", n
    )
    return text % {"start": day(start), "end": day(end), "n": n}


def budget(n: int, unit: str) -> str:
    """Return a number of days in the unit of its period."""
    if unit == WORKING_DAY:
        return ngettext("%(n)s working day", "%(n)s working days", n) % {"n": n}
    if unit == YEAR:
        return ngettext("%(n)s year", "%(n)s years", n) % {"n": n}
    return ngettext("%(n)s day", "%(n)s days", n) % {"n": n}


def edition(number: int, kept: CalendarVersion | None) -> str:
    """Return an edition of the official table by its number, its version and its note."""
    table: Calendar = store.calendar(number if kept else 0)
    facts = {"n": number, "version": (kept.note if kept else "") or table.version}
    return _("edition %(n)s, %(version)s") % facts if kept else _("shipped with the program, %(version)s") % facts
