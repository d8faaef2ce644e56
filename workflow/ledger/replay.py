"""The deadlines of every case, replayed from the facts in its chain and compared with the rows that ring and show them.

A row of a deadline has no hash of its own: who edits it moves a last day or silences a ladder. What the log says of
clocks and alarms is enough to say what each row must hold. Cases are read in the order of their keys, some at a time.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field, fields
from datetime import UTC, date, datetime, timedelta
from functools import cache, lru_cache
from typing import Any

import msgspec
from django.db import connection
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from workflow import clock, ladders, registry, store
from workflow.calendar import Unit
from workflow.deadlines import PAUSED, RUNNING, STOPPED
from workflow.errors import UnknownProcedure
from workflow.law import Rung
from workflow.ledger.chain import Failure
from workflow.ledger.stream import Source
from workflow.models.ladder import ADDED

TOGETHER = 500
"""Cases that are read together."""
_REST = timedelta(days=1)
"""Longest that a ladder which cannot ring is set aside."""
_HEAD = (
    "rule", "started_seq", "stopped_seq", "state", "law_version", "n", "unit", "anchor_on", "extension", "extensions",
    "pauses", "nominal_on", "due_on", "stopped_on",
)  # fmt: skip
_READ = ("id", "calendar_version", "ladder", "next_at", "last_at", "next_try_at")


class _Data(msgspec.Struct):
    """What is read of an entry: the facts of clocks, or whose alarm rang."""

    clocks: list[dict[str, Any]] = []
    clock: str = ""
    since: int = 0
    occurrence: int = 0


class _Form(msgspec.Struct):
    data: _Data


_read = msgspec.json.Decoder(_Form).decode


@dataclass(slots=True)
class Replayed:
    """A deadline as the log says it is; the names are those of `models.Deadline`, days in ISO form.

    seq, at: the last entry that set its ladder; rang: of each rung, how often it has rung, and when last
    """

    rule: str
    started_seq: int
    state: str = RUNNING
    stopped_seq: int | None = None
    law_version: str = ""
    n: int = 0
    unit: str = ""
    anchor_on: str = ""
    extension: int = 0
    extensions: int = 0
    pauses: list[list[str | None]] = field(default_factory=list)
    nominal_on: str = ""
    due_on: str | None = None
    stopped_on: str | None = None
    seq: int = 0
    at: datetime = datetime.min.replace(tzinfo=UTC)
    rang: dict[str, tuple[int, datetime]] = field(default_factory=dict)

    def take(self, fact: dict[str, Any], seq: int, at: datetime) -> None:
        """Follow one fact; `docs/ledger.md` says what each event holds."""
        self.seq, self.at = seq, at
        self.due_on, self.nominal_on, self.law_version = fact["due"], fact["nominal"], fact["law"]
        match fact["event"]:
            case "started":
                self.anchor_on, self.n, self.unit = fact["anchor"], fact["n"], fact["unit"]
            case "stopped":
                self.state, self.stopped_seq, self.stopped_on = STOPPED, seq, fact["on"]
            case "paused":
                self.state, self.pauses = PAUSED, [*self.pauses, [fact["on"], None]]
            case "resumed":
                self.state, self.pauses = RUNNING, [*self.pauses[:-1], [self.pauses[-1][0], fact["on"]]]
            case "extended":
                self.extension, self.extensions = self.extension + fact["days"], self.extensions + 1
            case "revived":
                self._revive(fact["on"])
            case "recomputed":
                self.anchor_on = fact.get("anchor", self.anchor_on)

    def _revive(self, on: str) -> None:
        if self.pauses and self.pauses[-1][1] is None:
            self.state = PAUSED
        else:
            self.state, self.pauses = RUNNING, [*self.pauses, [self.stopped_on, on]]
        self.stopped_seq = self.stopped_on = None


_COMPARED = tuple(one.name for one in fields(Replayed) if one.name in _HEAD)
Key = tuple[str, int]
"""Period and the entry that started it."""


def check(source: Source) -> Iterator[Failure]:
    """Yield every case and every deadline that is not what the case's chain says."""
    last, soon = 0, lru_cache(maxsize=10_000)(_next)
    while cases := source.look_up(
        'SELECT id, code, "procedure", law_version, opened_at, acted_at, agency_id FROM workflow_case'
        " WHERE id > %s ORDER BY id LIMIT %s",
        [last, TOGETHER],
    ):
        first, last = cases[0][0], cases[-1][0]
        told = _by_case(_entries(source, first, last))
        rows = _by_case(source.look_up(_rows(), [first, last]))
        rung = _by_case(source.look_up(_RUNG, [first, last]))
        for pk, code, *rest in cases:
            yield from _Matter(soon, pk, f"case:{code}", *rest).check(
                told.get(pk, []), rows.get(pk, []), rung.get(pk, [])
            )


@cache
def _rows() -> str:
    return (
        f"SELECT case_id, {', '.join(f'd.{name}' for name in (*_HEAD, *_READ))} FROM workflow_deadline d"
        " WHERE d.case_id >= %s AND d.case_id <= %s ORDER BY d.case_id, d.id"
    )


_RUNG = (
    "SELECT d.case_id, d.id, a.rung, count(*), max(a.occurrence) FROM workflow_alarm a"
    " JOIN workflow_deadline d ON d.id = a.deadline_id WHERE d.case_id >= %s AND d.case_id <= %s"
    " GROUP BY d.case_id, d.id, a.rung"
)


def _entries(source: Source, first: int, last: int) -> list[tuple[Any, ...]]:
    """Return case, seq, act, legal moment and law of the entries, with the bytes of those that speak of clocks."""
    has = "position('\"clocks\":[{'::bytea IN canonical) > 0" if connection.vendor == "postgresql" else (
        "instr(canonical, CAST('\"clocks\":[{' AS BLOB)) > 0"
    )  # fmt: skip
    return source.look_up(
        "SELECT case_id, seq, transition, at, law_version,"
        f" CASE WHEN transition LIKE 'alarm:%%' OR {has} THEN canonical END FROM workflow_logentry"
        " WHERE case_id >= %s AND case_id <= %s ORDER BY case_id, seq",
        [first, last],
    )


def _by_case(rows: Iterable[tuple[Any, ...]]) -> dict[int, list[tuple[Any, ...]]]:
    found: dict[int, list[tuple[Any, ...]]] = {}
    for pk, *row in rows:
        found.setdefault(pk, []).append(tuple(row))
    return found


@dataclass(slots=True)
class _Matter:
    """One case with what its chain says of it; next_of: `_next`, which remembers its answers."""

    next_of: Callable[..., datetime | None]
    pk: int
    chain: str
    procedure: str
    law_version: str
    opened_at: Any
    acted_at: Any
    agency: int
    seq: int = 0
    clocks: dict[Key, Replayed] = field(default_factory=dict)

    def fails(self, seq: int, why: Any) -> Failure:
        return Failure(self.chain, seq, why)

    def check(
        self, told: list[tuple[Any, ...]], rows: list[tuple[Any, ...]], rung: list[tuple[Any, ...]]
    ) -> Iterator[Failure]:
        """Yield what of the case, its deadlines and its alarms is not what its entries say."""
        if not told:
            return  # the chain has been looked for already, and its absence named
        try:
            acts = registry.get(self.procedure).rules
        except UnknownProcedure as error:
            yield self.fails(0, str(error))
            return
        yield from self._itself(told, acts)
        for seq, act, at, _law, data in told:
            if data is not None:
                yield from self._take(seq, act, _moment(at), bytes(data))
        rang: dict[int, dict[str, tuple[int, int]]] = {}
        for pk, name, n, nth in rung:
            rang.setdefault(pk, {})[name] = n, nth
        for row in rows:
            stored = dict(zip((*_HEAD, *_READ), row, strict=True))
            said = self.clocks.pop((stored["rule"], stored["started_seq"]), None)
            if said is None:
                why = format_lazy(_("the log knows nothing of the deadline {rule}"), rule=stored["rule"])
                yield self.fails(stored["started_seq"], why)
                continue
            yield from self._deadline(stored, said)
            logged = {name: (n, n) for name, (n, _at) in said.rang.items()}
            if rang.get(stored["id"], {}) != logged:
                why = format_lazy(_("the alarms of the deadline {rule} are not those of the log"), rule=said.rule)
                yield self.fails(said.seq, why)
        for said in self.clocks.values():
            yield self.fails(said.seq, format_lazy(_("the deadline {rule} is gone"), rule=said.rule))

    def _itself(self, told: list[tuple[Any, ...]], acts: Any) -> Iterator[Failure]:
        """Yield which columns of the case differ from its first entry and its last act."""
        seq, act, at, law, _data = told[0]
        last = next((one for one in reversed(told) if one[1] in acts), told[0])
        expected = {"opened_at": _moment(at), "law_version": law, "acted_at": _moment(last[2])}
        is_first = seq == 1 and act in acts  # else something is missing, which has been named
        for name, value in expected.items() if is_first else ():
            stored = getattr(self, name)
            if (stored if name == "law_version" else _moment(stored)) != value:
                where = last[0] if name == "acted_at" else seq
                yield self.fails(where, format_lazy(_("column {name} of the case is not what the log says"), name=name))

    def _take(self, seq: int, act: str, at: datetime, data: bytes) -> Iterator[Failure]:
        try:
            found = _read(memoryview(data)[1:]).data
            if act.startswith("alarm:"):
                clocks = self.clocks[found.clock, found.since]
                clocks.rang[act.removeprefix("alarm:")] = found.occurrence, at
            for fact in found.clocks:
                key = fact["clock"], fact["since"]
                if fact["event"] == "started":
                    self.clocks[key] = Replayed(*key)
                self.clocks[key].take(fact, seq, at)
        except (ValueError, KeyError, TypeError, IndexError, AttributeError):
            yield self.fails(seq, _("what it says of deadlines does not follow from the entries before it"))

    def _deadline(self, stored: dict[str, Any], said: Replayed) -> Iterator[Failure]:
        stored |= {name: json.loads(stored[name]) for name in ("pauses", "ladder") if isinstance(stored[name], str)}
        for name in _COMPARED:
            found = stored[name].isoformat() if isinstance(stored[name], date) else stored[name]
            if found != getattr(said, name):
                facts = {"rule": said.rule, "name": name, "found": found, "logged": getattr(said, name)}
                why = format_lazy(_("the deadline {rule} has {name} {found}, the log says {logged}"), **facts)
                yield self.fails(said.seq, why)
                return
        try:
            why = self._ladder(stored, said)
        except (ValueError, KeyError, TypeError, IndexError):
            why = _("the ladder or the law of the deadline {rule} is not known to this program")
        if why:
            yield self.fails(said.seq, format_lazy(why, rule=said.rule))

    def _ladder(self, stored: dict[str, Any], said: Replayed) -> Any:
        """Return why a ladder is not the one the log and the law make; None if it is."""
        ladder, opened = stored["ladder"], _moment(self.opened_at)
        rang = {name: (n, max(_moment(rung_for), opened)) for name, n, rung_for, _at in ladder if n}
        if rang != {name: (n, at) for name, (n, at) in said.rang.items()}:
            return _("the ladder of the deadline {rule} has not rung as the log says")
        if tuple(_or_none(stored[name]) for name in ("next_at", "last_at")) != ladders.span(ladder):
            return _("the deadline {rule} is not woken when its ladder rings")
        if stored["next_try_at"] and _moment(stored["next_try_at"]) > clock.now() + _REST:
            return _("the ladder of the deadline {rule} is set aside for longer than it may be")
        if any(not _rings_when(*one) for one in self._bells(stored, said)):
            return _("the ladder of the deadline {rule} does not ring when it must")
        return None

    def _bells(self, stored: dict[str, Any], said: Replayed) -> Iterator[tuple[datetime | None, Any, bool]]:
        """Yield of each rung when it rings next, when it must, and whether it may be silent all the same.

        Not of those that an agency has added, nor where local closures move dates: what was in force when the ladder
        was set is not in the chain of the case.
        """
        bells = {name: (_or_none(rung_for), _or_none(at)) for name, _n, rung_for, at in stored["ladder"]}
        ladder = ladders.PAUSED_LADDER if said.state == PAUSED else said.rule
        unit = str(Unit.CALENDAR_DAY) if said.state == PAUSED else said.unit
        last = {RUNNING: said.due_on, PAUSED: said.pauses[-1][0] if said.pauses else None}.get(said.state)
        rungs = _rungs_of(self.procedure, said.law_version, ladder) if last else {}
        if last and registry.get(self.procedure).closures_move_dates:
            return
        for name in {**bells, **rungs}:
            rung_for, at = bells.get(name, (None, None))
            if name in rungs:
                must = self.next_of(rungs[name], str(last), unit, stored["calendar_version"], rung_for)
                yield at, must, rungs[name].offset < 0 and must is not None and must <= said.at
            elif last is None or not name.startswith(ADDED):
                yield at, None, False


def _rings_when(at: datetime | None, must: datetime | None, is_optional: bool) -> bool:
    return at == must or (at is None and is_optional)


@cache
def _rungs_of(procedure: str, version: str, ladder: str) -> dict[str, Rung]:
    return {one.name: one for one in registry.get(procedure).version(version).ladders.get(ladder, ())}


def _next(rung: Rung, last: str, unit: str, calendar: int, rung_for: datetime | None) -> datetime | None:
    """Return when a rung of the law rings next; many cases share the answer."""
    return ladders.after(rung, date.fromisoformat(last), unit, store.calendar(calendar), rung_for)


def _moment(value: Any) -> datetime:
    """Return a moment as either database or a ladder gives it."""
    moment = datetime.fromisoformat(value) if isinstance(value, str) else value
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _or_none(value: Any) -> datetime | None:
    return _moment(value) if value else None
