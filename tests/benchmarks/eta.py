"""The same alarms by Celery's ETA: one message for each, one statement of the hand-written SQL for each message."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import psycopg
from celery import Celery

from tests.benchmarks import database

QUEUE = "giaitrinh-bench-eta"
app = Celery("eta", broker=os.environ.get("BENCH_BROKER", "memory://"))
app.conf.task_ignore_result = True
_connection: list[Any] = []


@app.task(name="eta.ring")
def ring(deadline_id: int) -> None:
    """Ring one alarm."""
    if not _connection:
        _connection.append(psycopg.connect(os.environ["DATABASE_URL"], autocommit=True))
    _connection[0].execute(os.environ["BENCH_SQL"], [deadline_id], prepare=True)


def measure(name: str, var: str, at: str, facts: dict[str, Any]) -> tuple[float, float]:
    """Return how many messages a second are enqueued, and how many alarms a second ring once they are due."""
    from tests.benchmarks import timers_sql
    from tests.crash.broker import broker

    sql = timers_sql.statement(facts["tells"], facts["cite"], facts["law"], at, one=True)
    carrier = broker(Path(var))
    carrier.start()
    try:
        with psycopg.connect(database.address(name), autocommit=True) as connection, _worker(name, carrier.url, sql):
            due = "next_at <= %s"
            ids = [row[0] for row in connection.execute(f"SELECT id FROM workflow_deadline WHERE {due}", [at])]
            eta = datetime.now(UTC) + timedelta(seconds=5 + len(ids) / 800)
            began = time.perf_counter()
            with app.connection_for_write(carrier.url) as link, app.amqp.Producer(link) as producer:
                for deadline_id in ids:
                    ring.apply_async((deadline_id,), eta=eta, queue=QUEUE, producer=producer)
            enqueued = time.perf_counter() - began
            time.sleep(max((eta - datetime.now(UTC)).total_seconds(), 0))
            began = time.perf_counter()
            while connection.execute(f"SELECT EXISTS (SELECT FROM workflow_deadline WHERE {due})", [at]).fetchone()[0]:
                time.sleep(0.02)
            return len(ids) / enqueued, len(ids) / (time.perf_counter() - began)
    finally:
        carrier.stop()


@contextmanager
def _worker(name: str, url: str, sql: str) -> Iterator[None]:
    """Run a prefork worker of two processes."""
    env = os.environ | {"BENCH_BROKER": url, "BENCH_SQL": sql, "DATABASE_URL": database.address(name)}
    command = [sys.executable, "-m", "celery", "-A", "tests.benchmarks.eta", "worker", "--concurrency", "2", "--queues", QUEUE,
               "--loglevel", "ERROR", "--without-gossip", "--without-mingle", "--without-heartbeat"]  # fmt: skip
    process = subprocess.Popen(command, env=env, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        time.sleep(4)
        yield
    finally:
        process.terminate()
        process.wait(30)
