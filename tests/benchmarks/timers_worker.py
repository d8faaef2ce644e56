"""One process of the timer benchmark: `python -m tests.benchmarks.timers_worker prepare | serve`.

Answers each line of JSON on its input with one on its output.
"""

from __future__ import annotations

import json
import os
import sys
import time
from datetime import datetime, timedelta
from typing import Any

import django

RUNGS = ("one_left", "repeat")


def prepare() -> dict[str, Any]:
    """Migrate, file one case that is late by now; returns its key and what the hand-written SQL is told."""
    from django.core.management import call_command

    from tests import lives
    from workflow import clock, registry

    call_command("migrate", verbosity=0)
    filed = (clock.now() - timedelta(days=16)).astimezone(clock.LEGAL_ZONE)
    case = lives.filed(lives.Office(), f"{filed:%Y-%m-%d %H:%M}")
    case.deadlines.update(next_at=None)  # its own ladder is silent; the clones bring theirs
    law = registry.get("explanation").version(case.law_version)
    tells = {rung.name: rung.tells for rung in law.ladders["decide"] if rung.name in RUNGS}
    return {"case": case.pk, "tells": tells, "cite": law.periods["decide"].cite, "law": law.name}


def ring(order: dict[str, Any]) -> dict[str, Any]:
    """Ring what is due at an instant, ours or by hand; returns how many rang and the seconds it took."""
    if order["ring"] == "ours":
        from workflow import escalation

        began = time.perf_counter()
        rung = sum(escalation.sweep(datetime.fromisoformat(order["at"])).values())
        return {"rung": rung, "seconds": time.perf_counter() - began}
    from tests.benchmarks import timers_sql

    sql = timers_sql.statement(order["tells"], order["cite"], order["law"], order["at"])
    connection, rung = _by_hand(), 0
    began = time.perf_counter()
    while n := connection.execute(sql, [order["at"]], prepare=True).fetchone()[0]:
        rung += n
    return {"rung": rung, "seconds": time.perf_counter() - began}


_hand: list[Any] = []


def _by_hand() -> Any:
    """Return the connection of the hand-written SQL: psycopg, autocommit."""
    import psycopg

    from workflow.alarms import BY_INDEX

    if not _hand:
        _hand.append(psycopg.connect(os.environ["DATABASE_URL"], autocommit=True))
        _hand[0].execute(BY_INDEX.replace("true", "false"))  # the same plans for both
    return _hand[0]


def idle(order: dict[str, Any]) -> dict[str, Any]:
    """Sweep when nothing is due; returns the seconds of each sweep."""
    from workflow import escalation

    at, each = datetime.fromisoformat(order["at"]), []
    for _ in range(order["idle"]):
        began = time.perf_counter()
        assert not escalation.sweep(at)
        each.append(time.perf_counter() - began)
    return {"each": each}


def verify(order: dict[str, Any]) -> dict[str, Any]:
    """Verify the chains of some cases that rang, chosen at random."""
    from workflow.ledger import chain
    from workflow.models import Case

    cases = list(Case.objects.filter(seq__gt=1).order_by("?")[: order["verify"]])
    return {"chains": len(cases), "failures": sum(len(chain.verify_case(case)) for case in cases)}


def main(role: str) -> None:
    """Run one process until its input ends."""
    django.setup()
    print(json.dumps(prepare() if role == "prepare" else {"ready": True}), flush=True)
    for line in sys.stdin:
        order = json.loads(line)
        does = next(one for one in (ring, idle, verify) if one.__name__ in order)
        print(json.dumps(does(order)), flush=True)


if __name__ == "__main__":
    main(sys.argv[1])
