"""Sealing: every entry gets one place, in order, at the cost of the new ones; the row itself is never touched."""

import threading
import time

import pytest
from django.core.management import call_command
from django.db import DatabaseError, connection, connections, transaction
from django.test.utils import CaptureQueriesContext

from tests import lives
from workflow import guards
from workflow.actors import SYSTEM
from workflow.ledger import audit, chain, keys, merkle, notes, seal, stream
from workflow.ledger.models import Checkpoint, Leaf, Sealer, Tile
from workflow.ledger.tiles import Tiles
from workflow.models import LogEntry

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _own_key(settings, tmp_path):
    settings.LEDGER_KEY_FILE = tmp_path / "ledger.pem"


def written(n, name="system"):
    for _ in range(n):
        chain.append(name, "tested", actor=SYSTEM)


def leaves():
    """Return what the tree is over: the entries' hashes in the order of their leaves."""
    return [bytes.fromhex(leaf.entry.hash) for leaf in Leaf.objects.select_related("entry").order_by("index")]


def test_an_empty_log_has_no_checkpoint():
    assert seal.seal() is None
    assert seal.size_sealed() == 0


def test_every_entry_gets_its_place_and_the_root_is_signed():
    lives.brought(lives.Office(), "sent")
    checkpoint = seal.seal()
    assert checkpoint.size == LogEntry.objects.count() > 3
    assert list(Leaf.objects.order_by("index").values_list("index", flat=True)) == list(range(checkpoint.size))
    assert list(Leaf.objects.order_by("index").values_list("entry_id", flat=True)) == list(
        LogEntry.objects.order_by("pk").values_list("pk", flat=True)
    )
    assert checkpoint.root == merkle.root(leaves()).hex()
    note = notes.Note.parse(checkpoint.note)
    assert note.signed_by(keys.public())
    said = notes.Checkpoint.parse(note.text)
    assert (said.size, said.root.hex()) == (checkpoint.size, checkpoint.root)


def test_nothing_new_is_no_new_checkpoint():
    written(3)
    first = seal.seal()
    assert seal.seal() == first
    assert Checkpoint.objects.count() == 1


@pytest.mark.parametrize("steps", [[1, 1, 1], [255, 1, 1], [256, 2], [7, 300, 250], [600]])
def test_however_it_grew_the_tree_is_the_same(steps, monkeypatch):
    monkeypatch.setattr(seal, "BATCH", 100)
    for n in steps:
        LogEntry.objects.bulk_create(bare(n))
        seal.seal()
    known = leaves()
    tiles = Tiles(len(known))
    assert tiles.root() == merkle.root(known)
    for checkpoint in Checkpoint.objects.all():
        assert checkpoint.root == merkle.root(known[: checkpoint.size]).hex()
        proof = tiles.consistency_proof(checkpoint.size, len(known))
        assert proof == merkle.consistency_proof(known, checkpoint.size)
    for index in {0, 1, 254, 255, 256, len(known) - 1} & set(range(len(known))):
        assert tiles.inclusion_proof(index, len(known)) == merkle.inclusion_proof(known, index)


def bare(n):
    """Return entries that stand in no chain worth the name; sealing asks only for their hashes."""
    at, first = lives.local("2026-10-05 09:00"), LogEntry.objects.count()
    return [
        LogEntry(
            chain=f"bare:{first + k}",
            seq=1,
            at=at,
            recorded_at=at,
            transition="t",
            canonical=b"",
            hash=f"{first + k:064x}",
        )
        for k in range(n)
    ]


def test_a_seal_costs_what_the_new_entries_cost():
    """Neither old entries nor old tiles are read again: as many statements, however large the tree."""
    counts = []
    for n in (300, 3000):
        LogEntry.objects.bulk_create(bare(n))
        seal.seal()
        LogEntry.objects.bulk_create(bare(10))
        with CaptureQueriesContext(
            connection,
        ) as asked:
            seal.seal()
        counts.append(len(asked))
        assert Sealer.objects.get().floor == LogEntry.objects.order_by("-pk").values_list("pk", flat=True)[0]
    assert counts[0] == counts[1] or abs(counts[0] - counts[1]) <= 1  # one more level of tiles at most
    assert max(counts) < 25
    assert Tile.objects.count() <= 2 + 3320 // 256 + 1


def test_the_entry_is_not_touched():
    lives.brought(lives.Office(), "accepted")
    before = list(LogEntry.objects.order_by("pk").values())
    seal.seal()
    assert list(LogEntry.objects.order_by("pk").values()) == before


@pytest.mark.parametrize("table", ["ledger_leaf", "ledger_checkpoint"])
def test_leaves_and_checkpoints_are_append_only(table):
    written(3)
    seal.seal()
    column = {"ledger_leaf": "entry_id", "ledger_checkpoint": "size"}[table]
    for sql in (f"UPDATE {table} SET {column} = {column} + 100", f"DELETE FROM {table}"):
        with pytest.raises(DatabaseError, match="append-only"), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(sql)


@pytest.mark.parametrize(
    ("sql", "why"),
    [
        ("DELETE FROM ledger_leaf WHERE leaf_index = 2", "2 leaves, the last checkpoint says 3"),
        ("DELETE FROM ledger_tile", "tile 0/0 is missing"),
        ("UPDATE ledger_checkpoint SET root = 'ff'", "do not lead to the root"),
        ("DELETE FROM ledger_checkpoint", "3 leaves, the last checkpoint says 0"),
    ],
)
def test_what_happened_is_not_covered_up_by_sealing_on(sql, why):
    written(3)
    seal.seal()
    with guards.lifted(), connection.cursor() as cursor:
        cursor.execute(sql)
    written(1)
    with pytest.raises(seal.Broken, match=why):
        seal.seal()


def test_the_command_prints_the_checkpoint(capsys):
    written(2)
    call_command("seal")
    note = notes.Note.parse(capsys.readouterr().out)
    assert note.signed_by(keys.public())
    written(5)
    call_command("seal", "--json")
    assert capsys.readouterr().out.startswith('{"sealed": 5, "size": 7, "root": "')


# many at once ----------------------------------------------------------------------------------------------------


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_a_slow_writer_is_not_lost():
    """A key given before the seal appears after it: the floor waits for its transaction."""
    written(1)
    given, go_on = threading.Event(), threading.Event()

    def slow():
        with transaction.atomic():
            written(1, "slow")
            given.set()
            go_on.wait(10)
        connections.close_all()

    writer = threading.Thread(target=slow)
    writer.start()
    assert given.wait(10)
    written(3)
    for _ in range(3):
        seal.seal()
    assert seal.size_sealed() == 4
    assert Sealer.objects.get().floor < LogEntry.objects.get(chain="system", seq=2).pk
    go_on.set()
    writer.join()
    for _ in range(2):
        seal.seal()
    late = Leaf.objects.get(entry__chain="slow")
    assert late.index == 4
    assert late.entry_id < Leaf.objects.get(index=3).entry_id
    assert Sealer.objects.get().floor >= LogEntry.objects.order_by("-pk")[0].pk


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_eight_writers_and_two_sealers():
    """No gap, none lost, none sealed twice, every chain in its order, every checkpoint extends the one before."""
    writers, each = 8, 40
    writing, failed = [True], []

    def together(work):
        def run():
            try:
                work()
            except Exception as error:
                failed.append(error)
            finally:
                connections.close_all()

        return threading.Thread(target=run)

    def write(n):
        for k in range(each):
            with transaction.atomic():
                written(1, f"own:{n}")
                if k % 5 == 0:
                    time.sleep(0.004)  # the key is given, the transaction is still open
                if k % 7 == 3:
                    written(1, "shared")
            if k % 10 == 9:
                with transaction.atomic():
                    written(1, f"own:{n}")
                    transaction.set_rollback(True)

    def keep_sealing():
        while writing[0]:
            seal.seal()
            time.sleep(0.002)

    crew = [together(lambda n=n: write(n)) for n in range(writers)]
    sealers = [together(keep_sealing) for _ in range(2)]
    for one in [*sealers, *crew]:
        one.start()
    for one in crew:
        one.join()
    time.sleep(0.02)
    writing[0] = False
    for one in sealers:
        one.join()
    assert failed == []
    sealed_meanwhile = seal.size_sealed()
    seal.seal()
    entries = writers * (each + len([k for k in range(each) if k % 7 == 3]))
    assert LogEntry.objects.count() == entries
    places = list(Leaf.objects.order_by("index").values_list("index", "entry_id"))
    assert [index for index, _ in places] == list(range(entries))
    assert {entry_id for _, entry_id in places} == set(LogEntry.objects.values_list("pk", flat=True))
    for name in {entry.chain for entry in LogEntry.objects.all()}:
        of_chain = list(Leaf.objects.filter(entry__chain=name).order_by("index").values_list("entry__seq", flat=True))
        assert of_chain == sorted(of_chain)
    known, points = leaves(), list(Checkpoint.objects.order_by("size"))
    assert len(points) > 5, "the sealers had something to do"
    assert audit.check().failures == [], "nobody was recorded too early or too late"
    assert sealed_meanwhile > entries // 2
    for older, newer in zip(points, points[1:], strict=False):
        proof = Tiles(entries).consistency_proof(older.size, newer.size)
        assert merkle.is_consistent(older.size, bytes.fromhex(older.root), newer.size, bytes.fromhex(newer.root), proof)
    assert points[-1].root == merkle.root(known).hex()


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_what_is_written_while_the_log_is_verified_is_no_failure(monkeypatch):
    """The view of the database does not move; and what is wrong in it is found on this way too."""
    office = lives.Office()
    for _ in range(3):
        lives.brought(office, "sent")
    with lives.on("2026-10-05 09:01"):
        seal.seal()

    def meanwhile(done, size):
        lives.brought(office, "accepted")
        with lives.on("2026-10-05 09:02"):
            seal.seal()

    monkeypatch.setattr(stream, "PART", 4)
    monkeypatch.setattr(stream, "STEP", 2)
    found = audit.check(watch=meanwhile)
    assert (found.failures, found.entries) == ([], 12)
    assert audit.check(since=12).failures == []
    entry = LogEntry.objects.filter(seq=2).first()
    with guards.lifted(), connection.cursor() as cursor:
        cursor.execute("UPDATE workflow_logentry SET at = at - interval '1 day' WHERE id = %s", [entry.pk])
        cursor.execute("UPDATE workflow_disclosure SET value = 'x' WHERE entry_id = %s", [entry.pk + 1])
    assert {(one.chain, one.seq) for one in audit.check().failures} == {(entry.chain, 2), (entry.chain, 3)}
    other = LogEntry.objects.filter(seq=2).last()
    with guards.lifted(), connection.cursor() as cursor:
        cursor.execute("DELETE FROM ledger_leaf WHERE entry_id = %s", [other.pk])
        cursor.execute("DELETE FROM workflow_outbox WHERE entry_id = %s", [other.pk])
        cursor.execute("SET session_replication_role = replica")  # what is disclosed of it stays behind
        cursor.execute("DELETE FROM workflow_logentry WHERE id = %s", [other.pk])
        cursor.execute("SET session_replication_role = DEFAULT")
    found = {(one.chain, one.seq) for one in audit.check().failures}
    assert found > {(entry.chain, 2), (entry.chain, 3), ("", 0)}
    with guards.lifted(), connection.cursor() as cursor:
        cursor.execute("DELETE FROM workflow_disclosure WHERE entry_id = %s", [other.pk])
