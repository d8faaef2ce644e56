"""Many cases at once: clones of one filed case, each with its own chain that verifies, written by COPY (PostgreSQL)."""

import hashlib
import json
from collections.abc import Callable, Iterator
from typing import Any

TABLES = (
    # table, its key, what the key of a clone counts from; None where the database counts
    ("workflow_case", "id", "case"),
    ("explanation_explanationrequest", "case_ptr_id", "case"),
    ("workflow_logentry", "id", "entry"),
    ("workflow_disclosure", "id", None),
    ("workflow_deadline", "id", "deadline"),
)
PARENTS = {"case_id": "case", "entry_id": "entry"}
RINGS = ("ladder", "next_at", "last_at")
Rings = Callable[[int], list[list[Any]]]
"""Number of a clone to its ladder, as a deadline keeps it."""


def clone(
    connection, case_id: int, n: int, *, prefix: str = "GC", rings: Rings | None = None, disclosures: bool = True
) -> None:
    """Write n clones of a case that has been filed and nothing more.

    connection: of psycopg, autocommit, by a superuser
    rings: what each clone's ladder holds; else what the original's holds
    """
    code, head = connection.execute("SELECT code, head FROM workflow_case WHERE id = %s", [case_id]).fetchone()
    keys = {}
    for table, key, counter in TABLES:
        if counter and counter not in keys:
            keys[counter] = connection.execute(f"SELECT coalesce(max({key}), 0) + 1 FROM {table}").fetchone()[0]
    (form,) = connection.execute("SELECT canonical FROM workflow_logentry WHERE case_id = %s", [case_id]).fetchone()
    connection.execute("SET session_replication_role = replica")  # no checks row by row
    for table, key, counter in TABLES:
        if table == "workflow_disclosure" and not disclosures:
            continue
        names, template = _template(connection, table, key, counter, case_id, code, head, own=not rings)
        ladders = rings if table == "workflow_deadline" else None
        rows = _rows(template, keys, n, prefix, code, bytes(form), ladders)
        listed = ", ".join(f'"{name}"' for name in names)
        with connection.cursor() as cursor, cursor.copy(f"COPY {table} ({listed}) FROM STDIN") as copy:
            for row in rows:
                copy.write(row)
        if key == "id":
            connection.execute(f"SELECT setval(pg_get_serial_sequence('{table}', 'id'), max(id)) FROM {table}")
    if rings:
        with (
            connection.cursor() as cursor,
            cursor.copy("COPY workflow_alarm (deadline_id, rung, occurrence, fire_at, fired_at) FROM STDIN") as copy,
        ):
            for row in _rung(keys, n, rings):
                copy.write(row)
    connection.execute("SET session_replication_role = DEFAULT")


def _template(connection, table, key, counter, case_id, code, head, *, own):
    """Return the columns of a table and the rows of the original, with places for what differs in a clone."""
    where = {
        "workflow_disclosure": f"entry_id = (SELECT id FROM workflow_logentry WHERE case_id = {case_id})",
    }.get(table, f"{'case_id' if key == 'id' and table != 'workflow_case' else key} = {case_id}")
    names = [
        name
        for (name,) in connection.execute(
            "SELECT column_name FROM information_schema.columns WHERE table_name = %s ORDER BY ordinal_position",
            [table],
        )
        if counter or name != key
    ]
    listed = ", ".join(f'"{name}"' for name in names)
    sql = f"COPY (SELECT {listed} FROM {table} WHERE {where} ORDER BY {key}) TO STDOUT"
    with connection.cursor() as cursor, cursor.copy(sql) as copy:
        lines = b"".join(bytes(block) for block in copy).decode().splitlines()
    rows = []
    for line in lines:
        cells = []
        for name, value in zip(names, line.split("\t"), strict=True):
            place = counter if name == key else PARENTS.get(name)
            if place:
                cells.append(f"%({place})d")
            elif name == "canonical":
                cells.append("\\\\x%(form)s")
            elif table == "workflow_deadline" and name in RINGS and not own:
                cells.append(f"%({name})s")
            else:
                cells.append(value.replace("%", "%%").replace(code, "%(code)s").replace(head, "%(hash)s"))
        rows.append("\t".join(cells) + "\n")
    return names, "".join(rows)


def _rows(
    template: str, keys: dict[str, int], n: int, prefix: str, code: str, form: bytes, rings: Rings | None
) -> Iterator[str]:
    """Yield the clones' rows as COPY reads them, a thousand at a time."""
    hashed = "%(hash)s" in template
    block = []
    for number in range(n):
        values = {name: first + number for name, first in keys.items()}
        values["code"] = f"{prefix}-{number:08d}"
        if hashed:
            own = form.replace(code.encode(), values["code"].encode())
            values |= {"form": own.hex(), "hash": hashlib.sha256(own).hexdigest()}
        if rings:
            ladder = rings(number)
            moments = [one[3] for one in ladder if one[3]]
            values |= {"ladder": json.dumps(ladder), "next_at": min(moments), "last_at": max(moments)}
        block.append(template % values)
        if len(block) == 1000:
            yield "".join(block)
            block.clear()
    yield "".join(block)


def _rung(keys: dict[str, int], n: int, rings: Rings) -> Iterator[str]:
    for number in range(n):
        deadline = keys["deadline"] + number
        yield "".join(f"{deadline}\t{rung}\t{nth}\t{at}\t{at}\n" for rung, nth, at, _ in rings(number) if nth)
