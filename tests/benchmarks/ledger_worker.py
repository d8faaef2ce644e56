"""One process of the ledger's measurements; it answers each line of JSON on its input with one on its output."""

from __future__ import annotations

import json
import os
import sys
import time
from typing import Any

import django

ALIVE = 1_000
"""Cases that are alive at a time: the entries of so many lie mixed up in the log."""


def fill(entries: int) -> dict[str, Any]:
    """Migrate, live one life, and clone it by COPY, each clone with chains and hashes of its own."""
    from django.core.management import call_command
    from django.db import connection

    from tests.lives import Office, brought

    call_command("migrate", verbosity=0)
    case = brought(Office(), "sent")
    connection.ensure_connection()
    began = time.perf_counter()
    done = clone(connection.connection, case, max(entries // case.seq - 1, 1))
    return {"entries": done, "seconds": time.perf_counter() - began}


def clone(raw: Any, case: Any, cases: int) -> int:
    """Write clones of a case with its entries and disclosures; return how many entries the log holds then."""
    from workflow.ledger import canonical
    from workflow.models import LogEntry

    def columns(table: str, *without: str) -> list[str]:
        sql = "SELECT column_name FROM information_schema.columns WHERE table_name = %s ORDER BY ordinal_position"
        return [name for (name,) in raw.execute(sql, [table]) if name not in without]

    def top(table: str) -> int:
        return int(raw.execute(f"SELECT coalesce(max(id), 0) FROM {table}").fetchone()[0])

    last = top("workflow_logentry")
    raw.execute("SET session_replication_role = replica")  # no checks row by row
    names = columns("workflow_case", "id", "code", "head")
    listed = ", ".join(f'"{one}"' for one in names)
    first_case = top("workflow_case") + 1
    own = columns("workflow_logentry", "id", "chain", "case_id", "canonical", "hash")
    entries = list(LogEntry.objects.filter(chain=case.chain).order_by("seq"))
    rows = [[getattr(one, name) for name in own] for one in entries]
    forms = [bytes(one.canonical) for one in entries]
    opened = [list(one.disclosures.values_list("name", "salt", "value")) for one in entries]
    heads: list[str] = []
    with raw.cursor() as cursor:
        sql = f"COPY workflow_logentry (id, chain, case_id, canonical, hash, {', '.join(own)}) FROM STDIN"
        with cursor.copy(sql) as copy:
            key = last
            for block in range(0, cases, ALIVE):
                alive = range(block, min(block + ALIVE, cases))
                prev = dict.fromkeys(alive, "")
                for seq, form in enumerate(forms):
                    for n in alive:
                        code = f"GC-{n:08d}"
                        data = form.replace(case.code.encode(), code.encode())
                        if seq:
                            data = data.replace(entries[seq - 1].hash.encode(), prev[n].encode())
                        key += 1
                        prev[n] = canonical.digest(data)
                        copy.write_row([key, f"case:{code}", first_case + n, data, prev[n], *rows[seq]])
                heads += [prev[n] for n in alive]
        with cursor.copy("COPY workflow_disclosure (entry_id, name, salt, value) FROM STDIN") as copy:
            key = last
            for block in range(0, cases, ALIVE):
                for shown in opened:
                    for _ in range(block, min(block + ALIVE, cases)):
                        key += 1
                        for one in shown:
                            copy.write_row([key, *one])
        template = raw.execute(f"SELECT {listed} FROM workflow_case WHERE id = %s", [case.pk]).fetchone()
        with cursor.copy(f"COPY workflow_case (id, code, head, {listed}) FROM STDIN") as copy:
            for n, head in enumerate(heads):
                copy.write_row([first_case + n, f"GC-{n:08d}", head, *template])
        deadlines = ", ".join(f'"{one}"' for one in columns("workflow_deadline", "id", "case_id"))
        ours = raw.execute(f"SELECT {deadlines} FROM workflow_deadline WHERE case_id = %s", [case.pk]).fetchall()
        with cursor.copy(f"COPY workflow_deadline (case_id, {deadlines}) FROM STDIN") as copy:
            for n in range(cases):
                for row in ours:
                    copy.write_row(
                        [first_case + n, *(json.dumps(one) if isinstance(one, list) else one for one in row)]
                    )
    for table in ("workflow_logentry", "workflow_disclosure", "workflow_case", "workflow_deadline"):
        raw.execute(f"SELECT setval(pg_get_serial_sequence('{table}', 'id'), (SELECT max(id) FROM {table}))")
    raw.execute("SET session_replication_role = DEFAULT")
    raw.execute("VACUUM ANALYZE")
    return key


def seal() -> dict[str, Any]:
    """Seal what waits."""
    from workflow.ledger import seal as sealing

    before, began = sealing.size_sealed(), time.perf_counter()
    sealing.seal()
    return {"entries": sealing.size_sealed() - before, "seconds": time.perf_counter() - began}


def vacuum() -> dict[str, Any]:
    """Let the database settle."""
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE")
        cursor.execute("CHECKPOINT")
    return {}


def verify() -> dict[str, Any]:
    """Verify the live log, all of it; the rows of deadlines beside it are `replay`'s."""
    from workflow.ledger import audit

    began = time.perf_counter()
    found = audit.check(deadlines=False)
    return {
        "entries": found.entries,
        "seconds": time.perf_counter() - began,
        "failures": [str(one) for one in found.failures[:3]],
    }


def replay() -> dict[str, Any]:
    """Replay the deadlines of every case from the log and compare them with their rows."""
    from workflow.ledger import replay as replaying
    from workflow.ledger import stream as streams

    began = time.perf_counter()
    with streams.opened() as source:
        wrong = [str(one) for one in replaying.check(source)]
    return {"seconds": time.perf_counter() - began, "failures": wrong[:3]}


def stream() -> dict[str, Any]:
    """Read the same bytes by the same COPY statements, and do nothing with them."""
    from workflow.ledger import stream as streams

    began, size = time.perf_counter(), 0
    with streams.opened() as source:
        for sql in (streams.ENTRIES, streams.DISCLOSURES):
            query = sql.format(low=streams.FIRST, high=streams.LAST, since=0)
            wanted = f"COPY ({query}) TO STDOUT (FORMAT binary)"
            with source.side.connection.cursor() as cursor, cursor.copy(wanted) as copy:
                for block in copy:
                    size += len(block)
    return {"bytes": size, "seconds": time.perf_counter() - began}


def write(seconds: float) -> dict[str, Any]:
    """Live lives for some time; count the entries."""
    from tests.benchmarks.variants import VARIANTS

    variant, lives, began = VARIANTS["engine"](), 0, time.perf_counter()
    while time.perf_counter() - began < seconds:
        variant.life()
        lives += 1
    return {"entries": 7 * lives, "seconds": time.perf_counter() - began}


def keep_sealing(seconds: float) -> dict[str, Any]:
    """Seal twice a second for some time; count what was sealed and the most that one seal found waiting."""
    most = total = 0
    began = time.perf_counter()
    while time.perf_counter() - began < seconds:
        done = seal()
        total, most = total + done["entries"], max(most, done["entries"])
        time.sleep(0.5)
    return {"entries": total, "most": most}


WORK = {one.__name__: one for one in (fill, seal, vacuum, verify, replay, stream, write, keep_sealing)}

if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tests.benchmarks.settings")
    django.setup()
    print("{}", flush=True)
    for line in sys.stdin:
        order = json.loads(line)
        print(json.dumps(WORK[order["do"]](**order.get("with", {}))), flush=True)
