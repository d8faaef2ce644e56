"""The inspector's log search: the first page and the thousandth of a subtree, in a log of many entries; see README.md."""

from __future__ import annotations

import json
import os
import random
import subprocess
import sys
import time
from dataclasses import dataclass
from statistics import median
from tempfile import TemporaryDirectory

import psycopg

from tests.benchmarks import database

TARGET = 1.5
FILL = """
INSERT INTO workflow_logentry (chain, seq, case_id, agency_id, at, recorded_at, actor, appointment, on_behalf_of, own_act,
    transition, source, target, law_version, canonical, hash)
SELECT 'case:' || (n / 7), n %% 7 + 1, n / 7, %(first)s + (hashint8(n / 7) & 1048575) %% %(agencies)s, at, at,
    'user:' || n %% 997, '', '', false, (ARRAY['file','accept','extend','sign','send','close','alarm:silence'])[n %% 7 + 1],
    '', '', 'NĐ 59/2019/NĐ-CP', convert_to(repeat('x', 220), 'UTF8'), encode(sha256(int8send(n)), 'hex')
FROM (SELECT n, timestamptz '2026-01-01' + interval '1 year' * (n::float8 / %(entries)s) AS at
      FROM generate_series(0, %(entries)s - 1) AS n) AS made
"""


@dataclass(frozen=True)
class Size:
    """How many entries lie at how many agencies, which page is far, and how often each is read."""

    entries: int = 7_000_000
    agencies: int = 150
    far: int = 1_000
    reads: int = 31


FULL = Size()
QUICK = Size(entries=500_000)
SMOKE = Size(entries=2_000, agencies=5, far=3, reads=2)


def measure(size: Size) -> bool:
    """Fill a database, read pages of its log, drop it; returns whether the target holds."""
    name = "bench_gt_search" + ("_smoke" if size is SMOKE else "")
    database.create(name)
    try:
        with TemporaryDirectory() as var:
            env = os.environ | {
                "DATABASE_URL": database.address(name),
                "DJANGO_SETTINGS_MODULE": "tests.benchmarks.settings",
                "GIAITRINH_VAR": var,
            }
            subprocess.run([sys.executable, "manage.py", "migrate", "-v0"], env=env, check=True)
            began = time.perf_counter()
            first = int(_told(env, {"agencies": size.agencies}))
            _fill(name, first, size)
            print(
                f"{size.entries:,} entries at {size.agencies} agencies written in {time.perf_counter() - began:.0f} s"
            )
            answer = json.loads(_told(env, {"far": size.far, "reads": size.reads, "seed": random.randrange(2**32)}))
    finally:
        database.drop(name)
    near, far = median(answer["near"]), median(answer["far"])
    print(f"\nA page of 50 entries of the whole subtree, ms: medians of {size.reads} reads\n")
    print(f"{'page 1':44}{near * 1000:10.2f}")
    print(f"{f'page {size.far:,}':44}{far * 1000:10.2f}   {far / near:5.2f}   under {TARGET}\n")
    for title, plan in answer["plans"].items():
        print(f"Plan of {title}:\n" + "\n".join(f"  {line}" for line in plan) + "\n")
    return far / near < TARGET


def _told(env: dict[str, str], order: dict[str, int]) -> str:
    worker = [sys.executable, "-m", "tests.benchmarks.search_worker", json.dumps(order)]
    return subprocess.run(worker, env=env, check=True, stdout=subprocess.PIPE, text=True).stdout


def _fill(name: str, first: int, size: Size) -> None:
    with psycopg.connect(database.address(name), autocommit=True) as connection:
        connection.execute(FILL, {"first": first, "agencies": size.agencies, "entries": size.entries})
        connection.execute("VACUUM ANALYZE workflow_logentry")
        connection.execute("CHECKPOINT")
