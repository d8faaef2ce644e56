"""Many people at the same instant, each on a connection or in a process of their own; for tests with real transactions."""

from __future__ import annotations

import multiprocessing
import os
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from queue import Queue
from typing import Any

from django.db import connection, connections

from tests import appeals, lives
from workflow import engine, errors
from workflow.models import Case, LogEntry

CROWD = 20
DAY = "2026-10-05 09:00"

Try = Callable[[], Any]


def at_once(tries: Sequence[Try], day: str = DAY) -> list[Any]:
    """Do every try at the same instant, each on a connection of its own; return what each gave or raised, in order."""
    gate = threading.Barrier(len(tries))

    def go(one: Try) -> Any:
        gate.wait()
        return one()

    with ThreadPoolExecutor(len(tries)) as pool:
        return list(pool.map(lambda one: alone(lambda: go(one), day), tries))


def alone(act: Try, day: str = DAY) -> Any:
    """Do something on a connection of its own that ends with it; return what it gave or raised. For a thread."""
    try:
        with lives.on(day):
            return act()
    except Exception as error:
        return error
    finally:
        connections.close_all()


def begun(act: Try, day: str = DAY) -> Future[Any]:
    """Begin something on another connection; return what it will have given or raised."""
    pool = ThreadPoolExecutor(1)
    future = pool.submit(alone, act, day)
    pool.shutdown(wait=False)
    return future


def elsewhere(act: Try, day: str = DAY) -> Any:
    """Do something on another connection, to its end; return what it gave or raised."""
    return begun(act, day).result()


def stuck(act: Try, day: str = DAY) -> Future[Any]:
    """Begin something on another connection and return once it waits for a lock of ours (PostgreSQL).

    Returns what it will have given or raised; it goes on when the transaction ends that holds the lock.
    """
    server: Queue[int] = Queue()

    def known() -> Any:
        connection.ensure_connection()
        server.put(connection.connection.info.backend_pid)
        return act()

    future = begun(known, day)
    pid = server.get()
    with connection.cursor() as cursor:
        while not future.done():
            cursor.execute("SELECT pg_backend_pid() = ANY(pg_blocking_pids(%s))", [pid])
            if cursor.fetchone()[0]:
                return future
    raise AssertionError(f"it did not wait: {future.result()!r}")


def given(case: Any, act: str, **changes: Any) -> dict[str, Any]:
    """Return valid data for an act of any procedure."""
    valid = lives.given if case.procedure_name == "explanation" else appeals.given
    return valid(case, act, **changes)


def prepared(case: Any, office: Any, act: str, role: str, n: int, **changes: Any) -> list[Try]:
    """Return n tries of an act, each with papers of its own and its own copy of the case."""
    with lives.on(DAY):
        papers = [given(case, act, **changes) for _ in range(n)]
    copies = [type(case).objects.get(pk=case.pk) for _ in range(n)]
    actor = office.actor(role, case)
    return [
        lambda copy=copy, data=data: engine.fire(copy, act, actor=actor, **data)
        for copy, data in zip(copies, papers, strict=True)
    ]


def won(answers: Sequence[Any]) -> list[Any]:
    """Return the entries and cases among the answers; everything else must be a clear refusal."""
    told = LogEntry | Case | errors.Refused | errors.Conflict
    assert [one for one in answers if not isinstance(one, told)] == []
    return [one for one in answers if isinstance(one, LogEntry | Case)]


# processes on one SQLite file ----------------------------------------------------------------------------------------


def as_file(folder: Path) -> Path:
    """Return a file with everything that stands in this test's SQLite database, which lives in memory."""
    file = folder / "cases.sqlite3"
    with connection.cursor() as cursor:
        cursor.execute("VACUUM INTO %s", [str(file)])
    return file


@contextmanager
def opened(file: Path) -> Iterator[None]:
    """Let a forked process work on a file; the parent's database in memory, which came along, is left alone."""
    connection.connection, connection.settings_dict["NAME"] = None, str(file)
    try:
        yield
    finally:
        connections.close_all()


def in_processes(file: Path, tries: Sequence[Try], day: str = DAY) -> list[str]:
    """Do every try at the same instant in a process of its own on one file; return "won", or what each raised, in order.

    PostgreSQL's connections would be shared by the fork; this is for SQLite.
    """
    context = multiprocessing.get_context("fork")
    gate, answers = context.Barrier(len(tries)), context.Queue()

    def go(n: int, one: Try) -> None:
        with opened(file), lives.on(day):
            gate.wait()
            try:
                one()
                answers.put((n, "won"))
            except errors.WorkflowError as error:
                answers.put((n, type(error).__name__))
            except Exception as error:
                answers.put((n, repr(error)))

    processes = [context.Process(target=go, args=pair) for pair in enumerate(tries)]
    for process in processes:
        process.start()
    found = dict(answers.get(timeout=60) for _ in processes)
    for process in processes:
        process.join()
    return [found[n] for n in range(len(tries))]


# processes of their own ----------------------------------------------------------------------------------------------


@contextmanager
def process(script: str, *args: str, file: Path | None = None) -> Iterator[subprocess.Popen[str]]:
    """Run a script that talks by its standard streams, on this test's database or on a file; killed at the end."""
    address = f"sqlite:///{file}"
    if file is None:
        address = f"{os.environ['DATABASE_URL'].rpartition('/')[0]}/{connection.settings_dict['NAME']}"
    env = os.environ | {"DATABASE_URL": address, "DJANGO_SETTINGS_MODULE": "tests.settings"}
    line = [sys.executable, "-c", script, *args]
    with subprocess.Popen(line, env=env, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as running:
        try:
            yield running
        finally:
            running.kill()
