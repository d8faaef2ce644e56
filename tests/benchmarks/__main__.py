"""Measure and print: `python -m tests.benchmarks [--quick | --smoke]`; see README.md beside this file."""

from __future__ import annotations

import argparse
import json
import os
import random
import subprocess
import sys
import time
from statistics import median
from tempfile import TemporaryDirectory
from typing import Any

from tests.benchmarks import database, ledger, people, search, timers

NAMES = {
    "engine": "engine, office flows detached",
    "engine+office": "engine, office flows attached",
    "limit": "(a) one SQL function per act",
    "fsm": "(b) django-fsm, django-fsm-log",
    "viewflow": "(c) viewflow, six human tasks",
}
TARGETS = {"limit": 0.35, "fsm": 2.0, "viewflow": 4.0}
SCALE = 1.2
PEERS = ("fsm", "viewflow")


class Process:
    """One process with its own connection."""

    def __init__(self, variant: str, name: str, var: str, *flags: str) -> None:
        settings = "tests.benchmarks.settings_peers" if variant in PEERS else "tests.benchmarks.settings"
        if variant == "prepare":
            settings = "tests.benchmarks.settings_peers"
        env = os.environ | {
            "DATABASE_URL": database.address(name),
            "DJANGO_SETTINGS_MODULE": settings,
            "GIAITRINH_VAR": var,
        }
        command = [sys.executable, "-m", "tests.benchmarks.worker", variant, *flags]
        self.process = subprocess.Popen(command, env=env, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.variant = variant

    def heard(self) -> str:
        """Return the next line; ends the run if the process has died."""
        line = self.process.stdout.readline().strip()
        if not line:
            sys.exit(f"{self.variant}: the process ended with status {self.process.wait()}")
        return line

    def told(self, **order: Any) -> None:
        """Give an order."""
        print(json.dumps(order), file=self.process.stdin, flush=True)

    def end(self) -> None:
        """Let it end."""
        self.process.stdin.close()
        self.process.wait(20)


def throughput(case_life: dict[str, list[Process]], processes: int, seconds: float) -> dict[str, float]:
    """Return the lives per second of each variant in one round, in shuffled order."""
    found = {}
    for variant in random.sample(list(case_life), len(case_life)):
        crew = case_life[variant][:processes]
        start = time.time() + 0.05
        for one in crew:
            one.told(start=start, seconds=seconds)
        answers = [json.loads(one.heard()) for one in crew]
        found[variant] = sum(answer["lives"] / answer["seconds"] for answer in answers)
    return found


def compare(name: str, var: str, args: argparse.Namespace) -> bool:
    """Measure one case life beside the others; returns whether every target holds."""
    crews = {}
    for variant in NAMES:
        crews[variant] = [Process(variant, name, var, *args.flags) for _ in range(max(args.processes))]
        for one in crews[variant]:
            one.heard()
    print(f"One case life (opening and six acts), lives per second: medians of {args.rounds} alternating rounds"
          f" of {args.seconds:g} s\n")  # fmt: skip
    head = f"{'':32}" + "".join(f"{p:>9} proc." for p in args.processes)
    held, results = True, {}
    for processes in args.processes:
        rounds = [throughput(crews, processes, args.seconds) for _ in range(args.rounds)]
        results[processes] = {variant: median(one[variant] for one in rounds) for variant in NAMES}
    print(head)
    for variant, label in NAMES.items():
        print(f"{label:32}" + "".join(f"{results[p][variant]:15.1f}" for p in args.processes))
    for ours in ("engine", "engine+office"):
        print(f"\n{NAMES[ours]}, ratio to")
        for peer, target in TARGETS.items():
            ratios = [results[p][ours] / results[p][peer] for p in args.processes]
            held &= ours != "engine" or all(ratio >= target for ratio in ratios)
            print(f"{NAMES[peer]:32}" + "".join(f"{ratio:15.2f}" for ratio in ratios) + f"   at least {target:g}")
    for crew in crews.values():
        for one in crew:
            one.end()
    return held


def scale(template: str, case_id: int, var: str, args: argparse.Namespace) -> bool:
    """Measure an act with few and with many cases in the database; returns whether the ratio holds."""
    few, many = args.cases
    names, filed, crew = {}, {}, {}
    for cases in args.cases:
        names[cases] = f"{template}_{cases}"
        database.create(names[cases], template)
        began = time.perf_counter()
        filed[cases] = database.load(names[cases], case_id, cases)
        print(f"\n{cases:,} cases loaded by COPY in {time.perf_counter() - began:.0f} s", end="", flush=True)
    for cases in args.cases:
        crew[cases] = Process("engine", names[cases], var, *args.flags)
        crew[cases].heard()
    new: dict[int, list[float]] = {few: [], many: []}
    old: dict[int, list[float]] = {few: [], many: []}
    for _ in range(args.rounds * 6):
        for cases in random.sample(args.cases, 2):
            crew[cases].told(start=time.time(), seconds=args.seconds / 8)
            new[cases] += [one / 7 for one in json.loads(crew[cases].heard())["each"]]
            chosen = [filed[cases].pop(random.randrange(len(filed[cases]))) for _ in range(args.moved)]
            crew[cases].told(loaded=chosen)
            old[cases] += json.loads(crew[cases].heard())["each"]
    print(f"\n\nCost of one transition, ms: medians, {args.rounds * 6} interleaved rounds, one process\n")
    print(f"{'':32}{few:>15,}{many:>15,}{'ratio':>15}")
    held = True
    for label, found in (("a new case, opening and six acts", new), ("a loaded case, six acts", old)):
        at_few, at_many = median(found[few]), median(found[many])
        held &= at_many / at_few < SCALE
        print(f"{label:32}{at_few * 1000:15.3f}{at_many * 1000:15.3f}{at_many / at_few:15.2f}   under {SCALE}")
    for one in crew.values():
        one.end()
    database.drop(*names.values())
    return held


def case_lives(name: str, args: argparse.Namespace) -> bool:
    """Measure case lives, beside others and with many cases; returns whether every target holds."""
    held = True
    database.create(name)
    try:
        with TemporaryDirectory() as var:
            preparing = Process("prepare", name, var)
            case_id = int(preparing.heard())
            preparing.end()
            if args.only != "life":
                held &= scale(name, case_id, var, args)
                print()
            if args.only != "scale":
                held &= compare(name, var, args)
    finally:
        database.drop(name, *(f"{name}_{cases}" for cases in args.cases))
    return held


def main() -> int:
    """Run everything in databases of its own; returns 0 if every target holds."""
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="10,000 and 100,000 cases, short rounds")
    parser.add_argument("--smoke", action="store_true", help="two lives of each variant, no targets")
    parser.add_argument("--only", choices=("life", "scale", "timers", "search", "people", "ledger"), help="one part")
    args = parser.parse_args()
    args.rounds, args.seconds, args.processes, args.moved = 5, 2.0, (1, 2, 4), 15
    args.cases, args.flags, name = (10_000, 1_000_000), (), "bench_gt"
    if args.quick:
        args.seconds, args.cases = 0.8, (10_000, 100_000)
    if args.smoke:
        args.rounds, args.seconds, args.processes, args.moved = 1, 0.0, (1,), 1
        args.cases, args.flags, name = (20, 40), ("--cold",), "bench_gt_smoke"
    held = args.only not in (None, "life", "scale") or case_lives(name, args)
    if args.only in (None, "timers"):
        print()
        held &= timers.measure(timers.SMOKE if args.smoke else timers.QUICK if args.quick else timers.FULL)
    if args.only in (None, "search"):
        print()
        held &= search.measure(search.SMOKE if args.smoke else search.QUICK if args.quick else search.FULL)
    if args.only in (None, "people"):
        print()
        held &= people.measure(people.SMOKE if args.smoke else people.QUICK if args.quick else people.FULL)
    if args.only in (None, "ledger"):
        print()
        held &= ledger.measure(ledger.SMOKE if args.smoke else ledger.QUICK if args.quick else ledger.FULL)
    print("\nEvery target holds." if held else "\nNot every target holds.")
    return 0 if held or args.smoke or args.quick else 1


if __name__ == "__main__":
    sys.exit(main())
