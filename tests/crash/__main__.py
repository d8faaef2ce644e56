"""Kill workers while alarms ring, and count: `python -m tests.crash [--alarms N] [--kills N]`; see README.md here."""

from __future__ import annotations

import argparse
import os
import random
import signal
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path
from tempfile import TemporaryDirectory

import psycopg

from tests.benchmarks import database
from tests.crash.broker import broker

WORKERS = 4
QUEUE = "giaitrinh-crash"
SLOWER = 0.002  # seconds that each entry takes longer, so that workers die in the middle of a batch
LIMIT = 200  # seconds
BASE_DIR = Path(__file__).resolve().parents[2]


class Worker:
    """One Celery worker process; its database sessions carry its name."""

    def __init__(self, number: int, env: dict[str, str], folder: Path) -> None:
        self.name = f"crash-worker-{number}"
        self.env = env | {"PGAPPNAME": self.name}
        self.log = (folder / f"{self.name}.log").open("ab")
        self.start()

    def start(self) -> None:
        """Start the process."""
        command = [sys.executable, "-m", "celery", "-A", "config", "worker", "--pool", "solo", "--queues", QUEUE,
                   "--hostname", f"{self.name}@%h", "--loglevel", "INFO",
                   "--without-gossip", "--without-mingle"]  # fmt: skip
        self.process = subprocess.Popen(
            command, cwd=BASE_DIR, env=self.env, stdout=self.log, stderr=self.log, start_new_session=True
        )

    def kill(self) -> None:
        """Kill the process; nothing is cleaned up."""
        os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()


class Run:
    """One run, from the first beat to the last count."""

    def __init__(self, name: str, folder: Path, alarms: int, kills: int) -> None:
        self.name, self.folder, self.alarms, self.kills = name, folder, alarms, kills
        self.broker = broker(folder)
        self.done: Counter[str] = Counter()
        self.watch = psycopg.connect(database.address(name), autocommit=True)

    def prepare(self) -> None:
        """Fill the database and slow its log down."""
        from tests.crash import prepared

        self.due = prepared.fill(self.watch, self.alarms)
        self.watch.execute(
            "CREATE FUNCTION crash_slower() RETURNS trigger LANGUAGE plpgsql AS"
            f" $$ BEGIN PERFORM pg_sleep({SLOWER}); RETURN NEW; END $$;"
            "CREATE TRIGGER crash_slower BEFORE INSERT ON workflow_logentry"
            " FOR EACH ROW EXECUTE FUNCTION crash_slower()"
        )

    def go(self) -> None:
        """Beat, kill, restart, cut, until everything has happened and nothing is left to do."""
        self.broker.start()
        env = os.environ | {
            "DATABASE_URL": database.address(self.name),
            "BROKER_URL": self.broker.url,
            "DJANGO_SETTINGS_MODULE": "config.settings",
            "GIAITRINH_VAR": str(self.folder),
            "EMAIL_URL": "smtp://127.0.0.1:9",  # nobody listens: every message stays
        }
        workers = [Worker(number, env, self.folder) for number in range(WORKERS)]
        began = time.monotonic()
        try:
            self._beats(workers)
        finally:
            for worker in workers:
                worker.kill()
            self.seconds = time.monotonic() - began
            self.broker.stop()

    def _beats(self, workers: list[Worker]) -> None:
        end, next_kill = time.monotonic() + LIMIT, time.monotonic()
        while time.monotonic() < end:
            self._beat()
            left = self._left()
            if time.monotonic() >= next_kill and self.done["killed"] < self.kills:
                next_kill = time.monotonic() + random.uniform(0.2, 1.0)
                self._kill(random.choice(workers))
            half = self.done["killed"] >= self.kills // 2
            if half and self.broker.restarts and not self.done["broker restarted"]:
                self.broker.stop()
                self.broker.start()
                self.done["broker restarted"] += 1
            elif half and not self.done["database connections cut"]:
                self._cut()
            if not left and self.done["killed"] >= self.kills and self.done["database connections cut"]:
                return
            time.sleep(0.2)
        for worker in workers:
            print(Path(worker.log.name).read_text()[-3000:])
        raise SystemExit(f"not done after {LIMIT} s: {left} left, {dict(self.done)}")

    def _beat(self) -> None:
        """Send the tasks that beat sends, and oftener."""
        from django.conf import settings
        from kombu.exceptions import OperationalError

        from config.celery import app

        app.conf.broker_url = self.broker.url
        for one in settings.CELERY_BEAT_SCHEDULE.values():
            try:
                app.send_task(one["task"], queue=QUEUE, expires=5, retry=False)
            except (OperationalError, OSError):
                self.done["beats lost"] += 1

    def _left(self) -> int:
        """Return how many alarms and outbox rows wait."""
        return self._one(
            "SELECT (SELECT count(*) FROM workflow_deadline WHERE next_at <= now())"
            " + (SELECT count(*) FROM workflow_outbox WHERE taken_at IS NULL)"
        )

    def _kill(self, worker: Worker) -> None:
        """Kill a worker that has come to work, and start it again."""
        sessions = self.watch.execute(
            "SELECT state <> 'idle' FROM pg_stat_activity WHERE application_name = %s", [worker.name]
        ).fetchall()
        if not sessions:
            return
        worker.kill()
        self.done["killed"] += 1
        self.done["killed in a transaction"] += any(busy for (busy,) in sessions)
        worker.start()

    def _cut(self) -> None:
        """Cut the database sessions of the workers, as soon as two of them have one."""
        theirs = "application_name LIKE 'crash-worker-%'"
        if self._one(f"SELECT count(*) FROM pg_stat_activity WHERE {theirs}") > 1:
            cut = self._one(f"SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE {theirs}")
            self.done["database connections cut"] += cut

    def _one(self, sql: str) -> int:
        return int(self.watch.execute(sql).fetchone()[0])

    def report(self) -> list[str]:
        """Print what happened; returns what is wrong."""
        from tests.crash import prepared

        figures, wrong = prepared.counted(self.watch, self.due)
        print(f"{self.alarms:,} due alarms, {WORKERS} workers, {self.seconds:.0f} s")
        for name, n in [*self.done.items(), *figures.items()]:
            print(f"  {n:>8,}  {name}")
        if not self.broker.restarts:
            print("  the broker was not restarted: RabbitMQ is not installed here, and others use the one that answers")
        return wrong


def main() -> int:
    """Run once in a database of its own; returns 0 if every alarm rang once and every chain holds."""
    parser = argparse.ArgumentParser(prog="python -m tests.crash", description=__doc__)
    parser.add_argument("--alarms", type=int, default=10_000)
    parser.add_argument("--kills", type=int, default=20)
    parser.add_argument("--database", default="crash_gt")
    args = parser.parse_args()
    database.create(args.database)
    try:
        with TemporaryDirectory() as folder:
            os.environ |= {
                "DATABASE_URL": database.address(args.database),
                "DJANGO_SETTINGS_MODULE": "config.settings",
                "GIAITRINH_VAR": folder,
            }
            import django

            django.setup()
            run = Run(args.database, Path(folder), args.alarms, args.kills)
            run.prepare()
            run.go()
            wrong = run.report()
    finally:
        from django.db import connections

        connections.close_all()
        database.drop(args.database)
    for sentence in wrong:
        print("WRONG:", sentence)
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
