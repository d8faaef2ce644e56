"""The ledger: live verification beside streaming the same bytes by COPY, and sealing beside writing; see README.md."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from statistics import median
from tempfile import TemporaryDirectory
from typing import Any

from tests.benchmarks import database

RATIO = 0.5
FULL, QUICK, SMOKE = (1_000_000, 5, 5.0), (100_000, 3, 2.0), (400, 1, 0.2)
"""Entries, rounds, seconds of writing and sealing together."""


class Process:
    """One process on one database that does what it is told: see `ledger_worker`."""

    def __init__(self, name: str, var: str) -> None:
        env = os.environ | {
            "DATABASE_URL": database.address(name),
            "DJANGO_SETTINGS_MODULE": "tests.benchmarks.settings",
            "GIAITRINH_VAR": var,
        }
        command = [sys.executable, "-m", "tests.benchmarks.ledger_worker"]
        self.process = subprocess.Popen(command, env=env, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.heard()

    def told(self, do: str, **given: Any) -> None:
        """Give an order."""
        print(json.dumps({"do": do, "with": given}), file=self.process.stdin, flush=True)

    def heard(self) -> Any:
        """Return the next answer; ends the run if the process has died."""
        line = self.process.stdout.readline()
        if not line:
            sys.exit(f"a process ended with status {self.process.wait()}")
        return json.loads(line)

    def answer(self, do: str, **given: Any) -> Any:
        """Return the answer to an order."""
        self.told(do, **given)
        return self.heard()

    def end(self) -> None:
        """Let it end."""
        self.process.stdin.close()
        self.process.wait(20)


def measure(size: tuple[int, int, float]) -> bool:
    """Fill a database, measure, drop it; returns whether every target holds."""
    entries, rounds, seconds = size
    name = "bench_gt_ledger" + ("_smoke" if size is SMOKE else "")
    database.create(name)
    crew: list[Process] = []
    try:
        with TemporaryDirectory() as var:
            crew.append(Process(name, var))
            one = crew[0]
            filled = one.answer("fill", entries=entries)
            sealed = one.answer("seal")
            print(f"{filled['entries']:,} entries loaded by COPY in {filled['seconds']:.0f} s,"
                  f" sealed at {sealed['entries'] / sealed['seconds']:,.0f} entries/s")  # fmt: skip
            one.answer("vacuum")
            verified, streamed = [], []
            for _ in range(rounds):
                streamed.append(one.answer("stream"))
                verified.append(one.answer("verify"))
            replayed = one.answer("replay")
            crew += [Process(name, var), Process(name, var)]
            for writer in crew[1:]:
                writer.told("write", seconds=seconds)
            meanwhile = one.answer("keep_sealing", seconds=seconds)
            written = [writer.heard() for writer in crew[1:]]
            left = one.answer("seal")["entries"]
            for process in crew:
                process.end()
    finally:
        for process in crew:
            process.process.kill()
        database.drop(name)
    return _told(filled["entries"], verified, streamed, replayed, sealed, written, meanwhile, left)


def _told(
    entries: int, verified: list[Any], streamed: list[Any], replayed: Any, sealed: Any, written: list[Any],
    meanwhile: Any, left: int,
) -> bool:  # fmt: skip
    copy, check = median(one["seconds"] for one in streamed), median(one["seconds"] for one in verified)
    size, failures = streamed[0]["bytes"] / 1e6, [why for one in (*verified, replayed) for why in one["failures"]]
    whole = all(one["entries"] == entries for one in verified)
    print(f"\n{entries:,} entries, {size:,.0f} MB with their disclosures: medians of {len(verified)} rounds\n")
    print(f"{'streamed by COPY, nothing done':44}{entries / copy:12,.0f} entries/s")
    print(f"{'verified: chains, disclosures, tree, heads':44}{entries / check:12,.0f} entries/s"
          f"   {copy / check:5.2f}   at least {RATIO}")  # fmt: skip
    print(f"{'deadlines replayed and compared, beside it':44}{entries / replayed['seconds']:12,.0f} entries/s")
    rate = sum(one["entries"] / one["seconds"] for one in written)
    sealing = sealed["entries"] / sealed["seconds"]
    print(f"\n{'written by two processes while one seals':44}{rate:12,.0f} entries/s")
    print(f"{'sealed in one go':44}{sealing:12,.0f} entries/s   {sealing / rate:5.1f}   at least 1")
    print(f"{'most that one seal found waiting':44}{meanwhile['most']:12,} entries; {left:,} when the writers ended")
    if failures or not whole:
        print(f"\nThe log does not verify: {failures}")
    return copy / check >= RATIO and sealing >= rate and not failures and whole
