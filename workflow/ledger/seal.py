"""Sealing: every entry gets its place in the tree, and the tree's root is signed. The entry's row is never touched.

One sealer at a time (an advisory lock on PostgreSQL, the write lock on SQLite) numbers the entries that have no leaf,
in the order of their keys. A key is given before its transaction ends, so a smaller one may appear after a greater:
the floor below which nothing can appear any more moves only when every transaction that was writing to the log when
the floor was noted has ended. So a seal costs what the new entries cost, and no entry is lost.
"""

from __future__ import annotations

from datetime import datetime
from hashlib import sha256
from typing import Any

from django.db import connection, transaction
from django.db.models import Max, Min

from workflow import store
from workflow.errors import WorkflowError
from workflow.ledger import canonical, keys, merkle, notes
from workflow.ledger.models import Checkpoint, Leaf, Sealer
from workflow.ledger.tiles import Tiles
from workflow.models import LogEntry

BATCH = 5_000
"""Most entries of one transaction; on SQLite nobody else writes meanwhile."""
LOCK = 0x6C656467  # "ledg"


class Broken(WorkflowError):
    """The tree is not as the last checkpoint left it; sealing would cover up what happened."""

    message = "%(why)s Nothing was sealed; `manage.py verify` names what is wrong."


def seal(*, wait: bool = False) -> Checkpoint | None:
    """Seal every entry that has been written; return the latest checkpoint, None if nothing was ever sealed.

    wait: until another sealer has finished, rather than leave the work to it
    Raises Broken if the tree is not as the last checkpoint left it.
    """
    while _seal_batch(wait) == BATCH:
        pass
    return latest()


def latest() -> Checkpoint | None:
    """Return the latest checkpoint."""
    return Checkpoint.objects.order_by("-size").first()


def size_sealed() -> int:
    """Return how many entries the tree holds."""
    return Checkpoint.objects.order_by("-size").values_list("size", flat=True).first() or 0


def lag(at: datetime) -> float:
    """Return the seconds since the oldest entry that waits to be sealed was recorded; 0 if none waits."""
    floor = Sealer.objects.values_list("floor", flat=True).first() or 0
    waiting = LogEntry.objects.filter(pk__gt=floor, leaf__isnull=True)
    oldest = waiting.aggregate(at=Min("recorded_at"))["at"]
    return max(0.0, float((at - oldest).total_seconds())) if oldest else 0.0


@transaction.atomic
def _seal_batch(wait: bool) -> int:
    """Seal the next entries; return how many."""
    with connection.cursor() as cursor:
        if not _is_alone(cursor, wait):
            return 0
        sealer, _ = Sealer.objects.get_or_create(pk=1)
        settled = _settled(cursor, sealer)
        new = _unsealed(cursor, sealer.floor)
        if new:
            _extend(cursor, new)
        sealer.floor = max(sealer.floor, min(settled, new[-1][0]) if len(new) == BATCH else settled)
        sealer.save()
    return len(new)


def _is_alone(cursor: Any, wait: bool) -> bool:
    """Take the sealer's lock for this transaction, if nobody has it or when they have left it."""
    if connection.vendor != "postgresql":
        return True  # a transaction begins with the write lock
    if wait:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [LOCK])
        return True
    cursor.execute("SELECT pg_try_advisory_xact_lock(%s)", [LOCK])
    return bool(cursor.fetchone()[0])


def _settled(cursor: Any, sealer: Sealer) -> int:
    """Return the greatest key up to which every entry that will ever be there can be seen from now on.

    A writer holds a lock on the table from before it is given a key until its transaction has ended and can be seen.
    So once the writers seen after a key was read are gone, nothing up to that key is still to come.
    """
    if connection.vendor != "postgresql":
        cursor.execute("SELECT coalesce(max(id), 0) FROM workflow_logentry")
        return int(cursor.fetchone()[0])
    cursor.execute("SELECT pg_get_serial_sequence('workflow_logentry', 'id')")
    cursor.execute(f"SELECT CASE WHEN is_called THEN last_value ELSE 0 END FROM {cursor.fetchone()[0]}")
    given = int(cursor.fetchone()[0])
    cursor.execute(
        "SELECT virtualtransaction FROM pg_locks WHERE locktype = 'relation'"
        " AND database = (SELECT oid FROM pg_database WHERE datname = current_database())"
        " AND relation = 'workflow_logentry'::regclass AND pid IS DISTINCT FROM pg_backend_pid()"
        " AND mode NOT IN ('AccessShareLock', 'RowShareLock')"
    )
    writing = {row[0] for row in cursor.fetchall()}
    settled = sealer.floor
    if not writing:
        settled, sealer.ripening, sealer.waiting = given, 0, []
    elif not sealer.ripening or not writing & set(sealer.waiting):
        settled = max(settled, sealer.ripening)
        sealer.ripening, sealer.waiting = given, sorted(writing)
    return settled


def _unsealed(cursor: Any, floor: int) -> list[tuple[int, str]]:
    """Return key and hash of the next entries that have no leaf, in the order of their keys."""
    cursor.execute(
        "SELECT e.id, e.hash FROM workflow_logentry e WHERE e.id > %s"
        " AND NOT EXISTS (SELECT 1 FROM ledger_leaf l WHERE l.entry_id = e.id) ORDER BY e.id LIMIT %s",
        [floor, BATCH],
    )
    return list(cursor.fetchall())


def _extend(cursor: Any, new: list[tuple[int, str]]) -> None:
    """Give the entries their leaves and sign the root over all."""
    last = latest()
    size = last.size if last else 0
    cursor.execute("SELECT coalesce(max(leaf_index) + 1, 0) FROM ledger_leaf")
    if (leaves := cursor.fetchone()[0]) != size:
        raise Broken(why=f"The tree has {leaves} leaves, the last checkpoint says {size}.")
    tiles = Tiles(size)
    try:
        if last and tiles.root().hex() != last.root:
            raise Broken(why=f"The tiles do not lead to the root of the last checkpoint, of size {size}.")
        tiles.extend(merkle.leaf_hash(bytes.fromhex(hash_)) for _, hash_ in new)
    except LookupError as error:
        raise Broken(why=f"In the tree, {error}.") from error
    ids = [entry_id for entry_id, _ in new]
    if connection.vendor == "postgresql":
        cursor.execute(
            "INSERT INTO ledger_leaf (leaf_index, entry_id)"
            " SELECT %s + n - 1, id FROM unnest(%s::bigint[]) WITH ORDINALITY AS given(id, n)",
            [size, ids],
        )
    else:
        Leaf.objects.bulk_create([Leaf(index=size + n, entry_id=one) for n, one in enumerate(ids)], 400)
    tiles.save()
    _sign(tiles, last, _moment(new, last))


def _moment(new: list[tuple[int, str]], last: Checkpoint | None) -> datetime:
    """Return when a checkpoint is signed: now; where more entries wait, when the last of those it covers was recorded.

    So what was recorded before a checkpoint's moment, but for the lag of those who were writing, is covered by it.
    """
    now = store.database_now()
    if len(new) == BATCH:
        covered = LogEntry.objects.filter(pk__gte=new[0][0], pk__lte=new[-1][0])
        now = min(now, covered.aggregate(at=Max("recorded_at"))["at"])
    return max(now, last.at) if last else now


def _sign(tiles: Tiles, last: Checkpoint | None, at: datetime) -> None:
    key, root = keys.current(), tiles.root()
    after = (last.size, sha256(notes.Note.parse(last.note).text.encode()).digest()) if last else None
    text = str(notes.Checkpoint(key.name, tiles.size, root, canonical.instant(at), after))
    note = notes.Note(text, (key.sign(text),))
    Checkpoint.objects.create(size=tiles.size, root=root.hex(), at=at, note=str(note))
