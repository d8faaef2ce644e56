"""When an entry says it was recorded, and what checkpoints say of each other: honest logs hold, false ones do not."""

import zipfile
from datetime import timedelta
from hashlib import sha256

import pytest

from tests import lives
from tests.workflow.ledger import other_verifier
from tests.workflow.ledger.test_bundle import cosign
from workflow import clock, guards
from workflow.actors import SYSTEM
from workflow.ledger import audit, canonical, chain, export, keys, notes, seal, verify
from workflow.ledger.models import Checkpoint
from workflow.models import LogEntry

pytestmark = pytest.mark.django_db
NAME = "agency:xa-tan-hoa"
NINE = lives.local("2026-10-05 09:00")


@pytest.fixture(autouse=True)
def _own_key(settings, tmp_path):
    settings.LEDGER_KEY_FILE = tmp_path / "ledger.pem"


def at(minutes):
    """Make a moment after nine the present."""
    return clock.simulated(NINE + timedelta(minutes=minutes))


def written(minutes, name=NAME):
    with at(minutes):
        return chain.append(name, "tested", actor=SYSTEM)


def sealed(minutes):
    with at(minutes):
        return seal.seal()


def wrong(since=0):
    """Return what is named, as chain, number and the first words."""
    return [(one.chain, one.seq, str(one.why)) for one in audit.check(since=since).failures]


@pytest.fixture
def bundled(tmp_path):
    """A function that says what both verifiers say of a bundle made now; they agree."""

    def check(**scope):
        path = tmp_path / f"{len(list(tmp_path.iterdir()))}.zip"
        with at(600):
            export.write(path, export.Scope(**scope), at=clock.now())
        found = verify.verify(path, keys.public()).failures
        try:
            other_verifier.verify(path, str(keys.public()))
        except other_verifier.Wrong:
            assert found
        else:
            assert found == []
        return path, {one.which for one in found}

    return check


def test_a_checkpoint_says_when_it_was_signed_and_what_it_follows():
    written(0)
    first = sealed(1)
    written(2)
    second = sealed(3)
    told = [notes.Checkpoint.parse(notes.Note.parse(one.note).text) for one in (first, second)]
    assert [one.moment for one in told] == [first.at, second.at] == [NINE + timedelta(minutes=n) for n in (1, 3)]
    assert told[0].after is None
    assert told[1].after == (1, sha256(notes.Note.parse(first.note).text.encode()).digest())
    assert str(told[1]) == notes.Note.parse(second.note).text


def test_writers_who_were_seen_late_are_no_failure(bundled):
    """A unit reads the clock, works for ten minutes and is seen after a later one was sealed."""
    written(0, "system")
    sealed(1)
    written(12)
    sealed(13)
    written(4, "system")  # read the clock at 4, was seen after 13
    sealed(14)
    written(5)
    assert wrong() == []
    assert bundled()[1] == set()


def test_a_backlog_that_is_sealed_in_batches_is_no_failure(monkeypatch, bundled):
    monkeypatch.setattr(seal, "BATCH", 3)
    for n in range(0, 400, 40):
        written(n)
    last = sealed(500)
    assert Checkpoint.objects.count() == 4
    assert last.at == NINE + timedelta(minutes=500)
    written(501)
    sealed(502)
    assert wrong() == []
    assert bundled()[1] == set()


@pytest.mark.parametrize(("minutes", "why", "which"), [
    (-400, "long before what precedes it in the log", "recorded_before"),
    (14, "long before what precedes it in the log", "recorded_before"),
    (900, "after the first checkpoint that covers it was signed", "recorded_after"),
])  # fmt: skip
def test_a_false_moment_is_named(bundled, minutes, why, which):
    written(0, "system")
    cosign(sealed(30))
    false = written(minutes)
    if minutes < 30:
        assert [one[:2] for one in wrong()] == [(NAME, 1)], "even before it is sealed"
    sealed(32)
    written(33)
    sealed(34)
    ((name, seq, said),) = wrong()
    assert (name, seq) == (false.chain, false.seq)
    assert why in said
    assert wrong(since=1) == [(name, seq, said)], "from a checkpoint too"
    assert which in bundled()[1]


def test_a_chain_that_goes_back_in_time_is_named_where_nobody_sealed(bundled):
    written(0)
    written(300)
    written(200)
    sealed(301)
    assert [one[:2] for one in wrong()] == [(NAME, 3)]
    assert bundled()[1] == {"recorded_back"}


def test_a_bundle_of_one_case_proves_the_moments_of_each_entry(bundled):
    """It brings the checkpoints around them, though nobody outside has seen these."""
    office = lives.Office()
    case = lives.filed(office, "2026-10-05 09:00")
    sealed(1)
    for n in (2, 3, 4):
        written(n)
        sealed(n)
    lives.act(office, case, "accept", "2026-10-05 09:05", "head")
    sealed(6)
    written(7)
    sealed(8)
    path, found = bundled(case=case.code)
    assert found == set()
    with zipfile.ZipFile(path) as bundle:
        assert len(bundle.read("checkpoints.jsonl").splitlines()) == 4, "1, 4, 5 and the last"
    entry = LogEntry.objects.get(chain=case.chain, seq=2)
    false = canonical.form(entry.form | {"recorded_at": "2026-10-05T00:00:00.000000Z"})
    with guards.lifted():
        LogEntry.objects.filter(chain=case.chain, seq=2).update(canonical=false)
    assert "recorded_before" in bundled(case=case.code)[1]


def test_a_log_older_than_these_lines_holds_and_they_begin_once(bundled):
    written(0)
    first, key = sealed(1), keys.current()
    text = str(notes.Checkpoint(key.name, 1, bytes.fromhex(first.root)))
    with guards.lifted():
        Checkpoint.objects.filter(pk=first.pk).update(note=str(notes.Note(text, (key.sign(text),))))
    written(2)
    second = sealed(3)
    assert wrong() == []
    assert bundled()[1] == set()
    text = str(notes.Checkpoint(key.name, 3, b"\x07" * 32))
    assert notes.Checkpoint.parse(notes.Note.parse(second.note).text).after[0] == 1
    with guards.lifted():
        Checkpoint.objects.create(size=3, root="07" * 32, at=second.at, note=str(notes.Note(text, (key.sign(text),))))
    assert ("tree", 3) in [one[:2] for one in wrong()], "a later one without them follows nothing"


def test_a_checkpoint_that_is_taken_out_is_named():
    for n in range(4):
        written(n)
        sealed(n)
    assert wrong() == []
    for follows, kept in enumerate(list(Checkpoint.objects.order_by("size"))[:-1], 2):
        with guards.lifted():
            Checkpoint.objects.filter(pk=kept.pk).delete()
            assert [one[:2] for one in wrong()] == [("tree", follows)], "the one that names it"
            kept.save(force_insert=True)
    assert wrong() == []
