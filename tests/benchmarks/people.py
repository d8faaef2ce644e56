"""People and agencies: lists, search and the permission check beside a bare Django list; see README.md."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from tempfile import TemporaryDirectory

from tests.benchmarks import database

GROWTH = 3.0
"""How much dearer a page of a list may be with all agencies and people than with a hundredth of them."""


@dataclass(frozen=True)
class Size:
    """How much is measured: agencies, people, rounds."""

    agencies: int = 5_000
    people: int = 20_000
    rounds: int = 30


FULL = Size()
QUICK = Size(rounds=10)
SMOKE = Size(100, 400, 2)


def measure(size: Size) -> bool:
    """Fill a database, measure in a process of its own, drop it; returns whether the target holds."""
    name = "bench_gt_people" + ("_smoke" if size is SMOKE else "")
    database.create(name)
    try:
        with TemporaryDirectory() as var:
            env = os.environ | {
                "DATABASE_URL": database.address(name),
                "DJANGO_SETTINGS_MODULE": "tests.benchmarks.settings_people",
                "GIAITRINH_VAR": var,
            }
            given = json.dumps([size.agencies, size.people, size.rounds])
            command = [sys.executable, "-m", "tests.benchmarks.people_worker", given]
            done = subprocess.run(command, env=env, stdout=subprocess.PIPE, text=True, check=True)
    finally:
        database.drop(name)
    return _printed(size, json.loads(done.stdout.splitlines()[-1]))


def _printed(size: Size, found: dict[str, dict[str, float]]) -> bool:
    """Print each page beside its reference, and what it costs with a hundredth of the rows."""
    print(f"{size.agencies:,} agencies, {size.people:,} people; ms, medians of {size.rounds} interleaved rounds")
    print(f"{'':44}{'bare list':>11}{'ours':>11}{'ratio':>9}{'at 1/100':>11}{'growth':>9}")
    held = True
    for label, at in found.items():
        growth = at["ours"] / at["few"]
        target = GROWTH if label.endswith("page") else None
        held &= target is None or growth < target
        figures = f"{at['bare']:11.2f}{at['ours']:11.2f}{at['ours'] / at['bare']:9.2f}{at['few']:11.2f}{growth:9.2f}"
        print(f"{label:44}{figures}" + (f"   growth under {target:.0f}" if target else ""))
    return held
