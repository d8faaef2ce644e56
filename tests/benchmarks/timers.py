"""Timers: our whole sweep beside set-based SQL written by hand and beside Celery's ETA, and what a sweep costs that finds nothing; see README.md."""

from __future__ import annotations

import json
import os
import random
import subprocess
import sys
import time
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from statistics import median
from tempfile import TemporaryDirectory
from typing import Any

import psycopg

from tests.benchmarks import database, eta
from tests.clones import clone
from workflow.clock import LEGAL_ZONE

LADDER = ("two_left", "one_left", "silence")
LATER = ("superior", "inspectorate")
TARGETS = {"rate": 0.5, "idle": 0.005, "scale": 1.5}
HOUR = timedelta(hours=1)


@dataclass(frozen=True)
class Size:
    """How much is measured: open deadlines in the two databases, alarms that fall due together, rounds."""

    few: int = 10_000
    many: int = 1_000_000
    due: int = 10_000
    rounds: int = 3
    celery: bool = True


FULL = Size()
QUICK = Size(few=1_000, many=100_000, due=2_000)
SMOKE = Size(few=40, many=400, due=20, rounds=1, celery=False)


def measure(size: Size) -> bool:
    """Fill two databases, measure, drop them; returns whether every target holds."""
    name = "bench_gt_timers" + ("_smoke" if size is SMOKE else "")
    names = {n: f"{name}_{n}" for n in (size.few, size.many)}
    database.create(name)
    try:
        with TemporaryDirectory() as var:
            template = Process("prepare", name, var)
            facts = template.answer()
            template.end()
            start = _morning(5)
            for n, one in names.items():
                database.create(one, name)
                began = time.perf_counter()
                _fill(one, facts["case"], n, size, start)
                print(f"{n:,} open deadlines loaded by COPY in {time.perf_counter() - began:.0f} s", flush=True)
            return _measured(names, facts, var, size, start)
    finally:
        database.drop(name, *names.values())


def _morning(days: int) -> datetime:
    """Return eight o'clock of a legal day some days ago: no cohort rings across midnight, when repeating rungs ring."""
    local = datetime.now(LEGAL_ZONE) - timedelta(days=days)
    return local.replace(hour=8, minute=0, second=0, microsecond=0).astimezone(UTC)


def cohorts(size: Size) -> int:
    """Return how many cohorts fall due: two to warm up, two for each round, one for Celery."""
    return 2 * size.rounds + 3


def _fill(name: str, case_id: int, n: int, size: Size, start: datetime) -> None:
    """Write n open deadlines with their ladders; in the large database some alarms fall due, a cohort each hour."""
    late = cohorts(size) if n == size.many else 0
    every = max(n // size.due, 1)  # the cohorts lie scattered through the tables
    future = datetime.now(UTC).replace(microsecond=0) + timedelta(days=2)

    def rings(number: int) -> list[list[Any]]:
        later = future + timedelta(minutes=number % 400_000)
        cohort = number % every
        if cohort >= late:
            names = (*LADDER, "repeat", *LATER)
            return [[rung, 0, None, _text(later + n * 24 * HOUR)] for n, rung in enumerate(names)]
        at = start + cohort * HOUR + timedelta(seconds=number % 1000)
        rung = ("repeat", "one_left")[number // every % 2]
        done = [[one, 1, _text(at - 24 * HOUR), None] for one in LADDER if one != rung]
        return [*done, [rung, 0, None, _text(at)], *([one, 0, None, _text(later)] for one in LATER)]

    with psycopg.connect(database.address(name), autocommit=True) as connection:
        clone(connection, case_id, n, rings=rings, disclosures=False)
        connection.execute("VACUUM ANALYZE")
        connection.execute("CHECKPOINT")


def _text(at: datetime) -> str:
    return f"{at:%Y-%m-%dT%H:%M:%SZ}"


class Process:
    """One process on one database that does what it is told: see `serve`."""

    def __init__(self, role: str, name: str, var: str) -> None:
        env = os.environ | {
            "DATABASE_URL": database.address(name),
            "DJANGO_SETTINGS_MODULE": "tests.benchmarks.settings",
            "GIAITRINH_VAR": var,
        }
        command = [sys.executable, "-m", "tests.benchmarks.timers_worker", role]
        self.process = subprocess.Popen(command, env=env, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

    def answer(self, **order: Any) -> Any:
        """Return the answer to an order, or what the process says first."""
        if order:
            print(json.dumps(order), file=self.process.stdin, flush=True)
        line = self.process.stdout.readline()
        if not line:
            sys.exit(f"a process ended with status {self.process.wait()}")
        return json.loads(line)

    def end(self) -> None:
        """Let it end."""
        self.process.stdin.close()
        self.process.wait(20)


def _measured(names: dict[int, str], facts: dict[str, Any], var: str, size: Size, start: datetime) -> bool:
    """Let the cohorts ring one after the other, ours and by hand in turn, and print; returns whether targets hold."""
    crew = {n: Process("serve", name, var) for n, name in names.items()}
    for one in crew.values():
        one.answer()
    many = crew[size.many]
    idle = _idle(crew, (start - HOUR).isoformat(), size)
    at = iter((start + n * HOUR + HOUR / 2).isoformat() for n in range(cohorts(size)))
    rates: dict[str, list[float]] = {"ours": [], "hand": []}
    for n in range(size.rounds + 1):  # the first is for warming up
        for which in sorted(rates, reverse=n % 2 == 0):
            done = many.answer(ring=which, at=next(at), **facts)
            assert done["rung"] == size.due, (which, done)
            rates[which] += [done["rung"] / done["seconds"]] if n else []
    ours, hand = median(rates["ours"]), median(rates["hand"])
    few_open, many_open = (median(idle[n]) for n in names)
    print(
        f"\n{size.many:,} open deadlines, {size.due:,} due: alarms rung per second, medians of {size.rounds} rounds\n"
    )
    print(f"{'hand-written set-based SQL':44}{hand:10,.0f}")
    print(
        f"{'our sweep: alarm, chained entry, outbox':44}{ours:10,.0f}   {ours / hand:5.2f}   at least {TARGETS['rate']}"
    )
    if size.celery:
        enqueue, run = eta.measure(names[size.many], var, next(at), facts)
        whole = size.due / (size.due / enqueue + size.due / run)
        print(f"{'Celery ETA, one message and statement each':44}{whole:10,.0f}   {whole / hand:5.3f}"
              f"   (enqueued {enqueue:,.0f}/s, rung {run:,.0f}/s)")  # fmt: skip
    print(f"\nNothing due, ms: medians of {len(idle[size.many])} sweeps\n")
    print(f"{f'{size.few:,} open':44}{few_open * 1000:10.2f}")
    print(f"{f'{size.many:,} open':44}{many_open * 1000:10.2f}   {many_open / few_open:5.2f}   under {TARGETS['idle'] * 1000:g} ms, under {TARGETS['scale']}")  # fmt: skip
    checked = many.answer(verify=200)
    print(f"\n{checked['chains']} chains that rang, ours and by hand, verified: {checked['failures']} failures")
    for one in crew.values():
        one.end()
    return (
        ours / hand >= TARGETS["rate"]
        and many_open < TARGETS["idle"]
        and many_open / few_open < TARGETS["scale"]
        and not checked["failures"]
    )


def _idle(crew: dict[int, Process], at: str, size: Size) -> dict[int, list[float]]:
    """Return the seconds of sweeps that find nothing, in interleaved rounds."""
    found: dict[int, list[float]] = {n: [] for n in crew}
    for _ in range(10):
        for n in random.sample(list(crew), len(crew)):
            found[n] += crew[n].answer(idle=30, at=at)["each"]
    return found
