"""The sweep: whatever is due rings, once, in the order of its ladder, whatever happened meanwhile.

It asks about state ("due and not yet rung"), so it may run twice, late, or in many processes at once. Celery only
wakes it; the database says what is due.
"""

from __future__ import annotations

import json
import logging
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any

from django.db import DatabaseError, OperationalError, transaction
from django.db.models import Count, Max, Min

from workflow import alarms, closures, ladders, registry, store
from workflow.actors import SYSTEM, actor_ref
from workflow.alarms import Due, Ringing
from workflow.calendar import Unit
from workflow.errors import Conflict
from workflow.law import LawVersion, Rung
from workflow.ledger import chain
from workflow.models import AgencyRung, Case, Deadline
from workflow.models.ladder import ADDED

log = logging.getLogger(__name__)


def sweep(at: datetime) -> dict[str, int]:
    """Ring every alarm that is due at an instant, once; returns how many of each rung.

    Works in batches, each a transaction that rings at most one alarm of a case. A case whose alarm cannot be rung is
    set aside, stays visible (`waiting`) and is tried again later; the others ring.
    """
    rung: Counter[str] = Counter()
    while (batch := _batch(at)) is not None:
        rung.update(batch)
    return dict(rung)


def _batch(at: datetime) -> Counter[str] | None:
    """Ring one batch; returns how many of each rung, None if there was nothing to do."""
    found: list[Due] = []
    try:
        with transaction.atomic():
            if not (found := alarms.read(at)):
                return None
            batch, poisoned = _composed(found, at)
            alarms.write(batch)
            for due, error in poisoned:
                _set_aside(due, at, error)
    except OperationalError:
        raise  # the connection or the server, not a case
    except (DatabaseError, Conflict):
        if not found:
            raise
        return _one_by_one(found, at)
    return Counter(one.rung for one in batch)


def _one_by_one(found: Sequence[Due], at: datetime) -> Counter[str]:
    """Ring the alarms of a batch that could not be written, each by itself, and set aside the one that is to blame."""
    rung: Counter[str] = Counter()
    for due in found:
        try:
            with transaction.atomic():
                batch, poisoned = _composed(alarms.read(at, due.case_id), at)
                alarms.write(batch)
            rung.update(one.rung for one in batch)
        except OperationalError:
            raise
        except (DatabaseError, Conflict) as error:
            poisoned = [(due, error)]
        for one, why in poisoned:
            _set_aside(one, at, why)
    return rung


def _set_aside(due: Due, at: datetime, error: Exception) -> None:
    log.error("the alarms of case %s could not be rung and are set aside", due.code, exc_info=error)
    alarms.set_aside(due.case_id, at, f"{type(error).__name__}: {error}")


def _composed(found: Sequence[Due], at: datetime) -> tuple[list[Ringing], list[tuple[Due, Exception]]]:
    """Return what ringing the alarms writes, and those for which that cannot be said, each with the reason."""
    rung_of, batch, poisoned = _rungs(found), [], []
    known: dict[Any, datetime | None] = {}
    for due in found:
        try:
            ladder = json.loads(due.ladder)
            fire_at, name, occurrence = ladders.waiting(ladder)[0]
            law, rung = rung_of(due, name)
            ladders.ring(ladder, name, _next(due, rung, fire_at, occurrence, known))
            batch.append(
                Ringing(due, _entry(due, at, law, rung, fire_at, occurrence), name, occurrence, fire_at, ladder)
            )
        except Exception as error:
            poisoned.append((due, error))
    return batch, poisoned


def _entry(due: Due, at: datetime, law: LawVersion, rung: Rung, fire_at: datetime, occurrence: int) -> dict[str, Any]:
    """Return the entry that records an alarm, chained to its case.

    The ladder of the procedure's law; law file 9.2.
    """
    entry: dict[str, Any] = {
        "chain": f"case:{due.code}",
        "seq": due.seq + 1,
        "agency_id": due.agency_id,
        "at": max(fire_at, due.opened_at),
        "recorded_at": due.recorded_at,
        "actor": actor_ref(SYSTEM),
        "appointment": "",
        "on_behalf_of": "",
        "own_act": False,
        "transition": f"alarm:{rung.name}",
        "source": due.state,
        "target": due.state,
        "law_version": law.name,
    }
    data: dict[str, Any] = {
        "clock": due.rule,
        "since": due.started_seq,
        "occurrence": occurrence,
        "due": due.due_on.isoformat() if due.due_on else None,
        "late_on": at.isoformat(),
        "tells": list(rung.tells),
        "responsible": {"agency": due.agency_id, "head": due.head_id, "handler": due.handler_id},
        "law": law.periods[due.rule].cite,
    }
    if rung.decision:
        data |= {"decision": rung.decision, "text": str(rung.text)}
    chain.seal(entry, data, due.head, SYSTEM, [])
    return {**entry, "case_id": due.case_id}


def _next(
    due: Due, rung: Rung, fire_at: datetime, occurrence: int, known: dict[Any, datetime | None]
) -> datetime | None:
    """Return when a repeating rung rings again.

    known: answers so far; the cases of a batch often share their last day
    """
    if not rung.every:
        return None
    key = (rung, due.foot(rung), due.unit, fire_at, due.calendar_version, due.procedure, due.agency_id)
    if key not in known:
        unit = str(Unit.CALENDAR_DAY) if rung.counted_from == "pause" else due.unit
        calendar = store.calendar(due.calendar_version)
        if registry.get(due.procedure).closures_move_dates:
            calendar = closures.local(calendar, Case.objects.select_related("agency").get(pk=due.case_id))
        known[key] = ladders.after(rung, key[1], unit, calendar, fire_at, near=occurrence)
    return known[key]


def _rungs(found: Sequence[Due]) -> Callable[[Due, str], tuple[LawVersion, Rung]]:
    """Return a function that says which rung of which law a name is; it raises LookupError if there is none."""
    agencies = {due.agency_id for due in found if ADDED in due.ladder}
    added: dict[tuple[int, str], list[AgencyRung]] = {}
    for one in AgencyRung.objects.filter(agency__in=agencies) if agencies else ():
        added.setdefault((one.agency_id, one.procedure), []).append(one)

    @cache
    def rung(procedure: str, version: str, agency_id: int, rule: str, name: str) -> tuple[LawVersion, Rung]:
        law = registry.get(procedure).version(version)
        for key in (rule, ladders.PAUSED_LADDER):
            more = (one.rung for one in added.get((agency_id, procedure), ()) if one.period == key)
            for one in (*law.ladders.get(key, ()), *more):
                if one.name == name:
                    return law, one
        raise LookupError(f"no rung {name} on the ladder of {rule} ({version})")

    return lambda due, name: rung(due.procedure, due.law_version, due.agency_id, due.rule, name)


@dataclass(frozen=True, slots=True)
class Waiting:
    """What is due and has not rung.

    lag: seconds since the oldest of these alarms should have rung; 0 if there is none
    alarms: how many there are, one for each deadline: the others of its ladder come after it
    set_aside: code of each case that was set aside, with how often it was tried, why it failed and when it is tried
        again
    """

    lag: float
    alarms: int
    set_aside: dict[str, dict[str, Any]]


MOST_SHOWN = 50


def lag(at: datetime) -> float:
    """Return the seconds since the oldest due alarm that has not rung should have; 0 if there is none."""
    oldest = Deadline.objects.filter(next_at__lte=at).aggregate(at=Min("next_at"))["at"]
    return (at - oldest).total_seconds() if oldest else 0.0


def waiting(at: datetime) -> Waiting:
    """Return what is due at an instant and has not rung, and the cases that were set aside (the first 50)."""
    due = Deadline.objects.filter(next_at__lte=at)
    aside = due.filter(failures__gt=0).values("case__code").order_by("case__code")
    rows = aside.annotate(tried=Max("failures"), again=Max("next_try_at"), why=Max("failed_why"))[:MOST_SHOWN]
    set_aside = {
        row["case__code"]: {"tried": row["tried"], "again_at": row["again"], "why": row["why"]} for row in rows
    }
    return Waiting(lag(at), due.aggregate(n=Count("id"))["n"], set_aside)
