"""The databases of the benchmarks: made from one template, filled by COPY, dropped at the end."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from datetime import datetime, timedelta
from urllib.parse import urlsplit, urlunsplit

import psycopg

SERVER = os.environ.get("DATABASE_URL") or "postgres://postgres@127.0.0.1:5432/postgres"
KEYS = {
    # table: the columns that hold keys
    "workflow_case": ("id",),
    "explanation_explanationrequest": ("case_ptr_id",),
    "workflow_logentry": ("id", "case_id"),
    "workflow_outbox": ("id", "entry_id"),
    "workflow_disclosure": ("id", "entry_id"),
    "workflow_deadline": ("id", "case_id"),
}
SHIFTS = 73
_DATE = re.compile(r"(?<![\w-])\d{4}-\d\d-\d\d(?!\d)")


def address(name: str) -> str:
    """Return the address of a database on the server."""
    return urlunsplit(urlsplit(SERVER)._replace(path=f"/{name}"))


def create(name: str, template: str = "template0") -> None:
    """Create a database anew."""
    drop(name)
    with psycopg.connect(SERVER, autocommit=True) as connection:
        connection.execute(f'CREATE DATABASE "{name}" TEMPLATE "{template}"')


def drop(*names: str) -> None:
    """Drop databases, if they are there."""
    with psycopg.connect(SERVER, autocommit=True) as connection:
        for name in names:
            connection.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')


class Sample:
    """The rows of one real case after some of its acts, from which others are cloned."""

    def __init__(self, connection: psycopg.Connection, case_id: int, acts: int) -> None:
        """Read the first acts of a case; a clone's keys are the offsets of the original's."""
        entries = f"SELECT id FROM workflow_logentry WHERE case_id = {case_id} AND seq <= {acts}"
        clocks = f"SELECT id FROM workflow_deadline WHERE case_id = {case_id} AND started_seq <= {acts}"
        where = {
            "workflow_case": f"id = {case_id}",
            "explanation_explanationrequest": f"case_ptr_id = {case_id}",
            "workflow_logentry": f"id IN ({entries})",
            "workflow_outbox": f"entry_id IN ({entries})",
            "workflow_disclosure": f"entry_id IN ({entries})",
            "workflow_deadline": f"id IN ({clocks})",
        }
        self.case_id = case_id
        self.state, self.seq = connection.execute(
            f"SELECT target, seq FROM workflow_logentry WHERE case_id = {case_id} AND seq = {acts}"
        ).fetchone()
        self.code = connection.execute(f"SELECT code FROM workflow_case WHERE id = {case_id}").fetchone()[0]
        self.columns: dict[str, list[str]] = {}
        self.size: dict[str, int] = {}
        self.chunks: dict[str, list[tuple[str, list[tuple[str, int]]]]] = {}
        rows = {table: self._rows(connection, table, where[table]) for table in KEYS}
        place = {
            table: {int(row[0]): n for n, row in enumerate(rows[table])}
            for table in ("workflow_case", "workflow_logentry")
        }
        for table in KEYS:
            self.size[table] = len(rows[table])
            self.chunks[table] = [self._chunk(table, rows[table], place, shift) for shift in range(SHIFTS)]

    def _rows(self, connection: psycopg.Connection, table: str, where: str) -> list[list[str]]:
        key, *_ = KEYS[table]
        names = [
            name
            for (name,) in connection.execute(
                "SELECT column_name FROM information_schema.columns WHERE table_name = %s"
                " ORDER BY column_name <> %s, ordinal_position",
                [table, key],
            )
        ]
        self.columns[table] = names
        listed = ", ".join(f'"{name}"' for name in names)
        with connection.cursor() as cursor:
            sql = f"COPY (SELECT {listed} FROM {table} WHERE {where} ORDER BY {key}) TO STDOUT"
            with cursor.copy(sql) as copy:
                text = b"".join(bytes(block) for block in copy).decode()
        return [line.split("\t") for line in text.splitlines()]

    def _chunk(
        self, table: str, rows: list[list[str]], place: dict[str, dict[int, int]], shift: int
    ) -> tuple[str, list[tuple[str, int]]]:
        """Return the rows as one template, and for each hole the counter and offset that fill it."""
        text, holes = "", []
        own, *parents = KEYS[table]
        counters = {"case_id": "workflow_case", "entry_id": "workflow_logentry"}
        if own == "case_ptr_id":
            own, counters["case_ptr_id"] = "", "workflow_case"
            parents = ["case_ptr_id"]
        for n, row in enumerate(rows):
            cells = []
            for name, value in zip(self.columns[table], row, strict=True):
                if name == own:
                    cells.append("%d")
                    holes.append((table, n))
                elif name in parents:
                    cells.append("%d")
                    holes.append((counters[name], place[counters[name]][int(value)]))
                else:
                    cells.append(self._cell(table, name, value, shift))
                    holes += [("code", 0)] if name in ("code", "chain") else []
            text += "\t".join(cells) + "\n"
        return text, holes

    def _cell(self, table: str, name: str, value: str, shift: int) -> str:
        if (table, name) == ("workflow_case", "state"):
            return self.state
        if (table, name) == ("workflow_case", "seq"):
            return str(self.seq)
        if name in ("code", "chain"):
            return value.replace(self.code, "GT-%08d")
        return _DATE.sub(lambda found: _earlier(found[0], shift * 5), value.replace("%", "%%"))


def _earlier(day: str, days: int) -> str:
    return f"{datetime.fromisoformat(day) - timedelta(days=days):%Y-%m-%d}"


def load(name: str, case_id: int, cases: int) -> list[int]:
    """Fill a database with clones of a case: 3 in 10 filed, 6 in 10 accepted, 1 in 10 sent.

    Returns the keys of those that are filed and nothing more.
    """
    with psycopg.connect(address(name), autocommit=True) as connection:
        samples = [Sample(connection, case_id, acts) for acts in (1, 2, 7)]
        mix = [samples[n] for n in (0, 1, 1, 0, 1, 2, 1, 0, 1, 1)]
        connection.execute("SET session_replication_role = replica")  # no checks row by row
        connection.execute("SET maintenance_work_mem = '512MB'")
        last = {
            table: connection.execute(f"SELECT coalesce(max({KEYS[table][0]}), 0) FROM {table}").fetchone()[0]
            for table in KEYS
        }
        rebuilt = _drop_indexes(connection)
        for table in KEYS:
            names = ", ".join(f'"{one}"' for one in samples[0].columns[table])
            with connection.cursor() as cursor, cursor.copy(f"COPY {table} ({names}) FROM STDIN") as copy:
                for block in _blocks(mix, table, last, cases):
                    copy.write(block)
            key = KEYS[table][0]
            if key == "id":
                sql = f"SELECT setval(pg_get_serial_sequence('{table}', 'id'), (SELECT max(id) FROM {table}))"
                connection.execute(sql)
        for sql in rebuilt:
            connection.execute(sql)
        connection.execute("VACUUM ANALYZE")
        connection.execute("CHECKPOINT")
    first = last["workflow_case"] + 1
    return [first + n for n in range(cases) if n % 10 in (0, 3, 7)]


def _blocks(mix: list[Sample], table: str, last: dict[str, int], cases: int) -> Iterator[str]:
    at = {name: key + 1 for name, key in last.items()}
    block: list[str] = []
    for n in range(cases):
        sample = mix[n % len(mix)]
        text, holes = sample.chunks[table][n * 31 % SHIFTS]
        block.append(text % tuple(n if counter == "code" else at[counter] + offset for counter, offset in holes))
        for name, size in sample.size.items():
            at[name] += size
        if len(block) == 500:
            yield "".join(block)
            block.clear()
    yield "".join(block)


def _drop_indexes(connection: psycopg.Connection) -> list[str]:
    """Drop the indexes that enforce nothing; returns the statements that build them again."""
    found = connection.execute(
        "SELECT i.indexrelid::regclass::text, pg_get_indexdef(i.indexrelid) FROM pg_index i"
        " WHERE i.indrelid::regclass::text = ANY(%s) AND NOT i.indisunique",
        [list(KEYS)],
    ).fetchall()
    for index, _ in found:
        connection.execute(f"DROP INDEX {index}")
    return [sql for _, sql in found]
