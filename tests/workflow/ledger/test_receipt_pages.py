"""Receipts: what a citizen is given, and what the log says when anybody shows it again."""

import base64
import json

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import translation

from procedures.explanation.views.access import GRANTED
from tests import lives
from workflow import guards, receipts
from workflow.ledger import keys, notes, seal
from workflow.ledger.models import Anchor, Checkpoint
from workflow.models import LogEntry

pytestmark = pytest.mark.django_db
URL = "/kiem-chung/"


@pytest.fixture(autouse=True)
def _english():
    with translation.override("en"):
        yield


@pytest.fixture
def office():
    return lives.Office()


@pytest.fixture
def case(office):
    return lives.filed(office)


@pytest.fixture
def citizen(client, case):
    """A browser in which the case has been opened with its secret."""
    session = client.session
    session[GRANTED] = [case.pk]
    session.save()
    client.cookies["django_language"] = "en"
    return client


def saved(citizen, case, seq=1):
    response = citizen.get(f"/ho-so/{case.code}/bien-nhan/{seq}/?dang=json")
    assert response.headers["Content-Disposition"].startswith("attachment")
    return response.content


def shown(client, content):
    return client.post(URL, {"file": SimpleUploadedFile("bien-nhan.json", content)})


def outcome(response):
    return response.context["verdict"].outcome


# what is given -----------------------------------------------------------------------------------------------------


def test_a_receipt_is_a_promise_until_it_is_sealed_and_then_a_proof(citizen, case):
    page = citizen.get(f"/ho-so/{case.code}/bien-nhan/1/")
    assert "Not sealed yet" in page.content.decode()
    assert set(json.loads(saved(citizen, case))) == {"chain", "seq", "hash"}
    seal.seal()
    page = citizen.get(f"/ho-so/{case.code}/bien-nhan/1/")
    assert seal.latest().root in page.content.decode()
    assert {"leaf", "proof", "checkpoint"} < set(json.loads(saved(citizen, case)))


def test_every_entry_that_the_citizen_sees_has_its_receipt(citizen, office, case):
    lives.act(office, case, "accept", "2026-03-05 10:00", "head")
    page = citizen.get(f"/ho-so/{case.code}/").content.decode()
    for seq in (1, 2):
        assert f"/ho-so/{case.code}/bien-nhan/{seq}/" in page
        assert citizen.get(f"/ho-so/{case.code}/bien-nhan/{seq}/").status_code == 200
    assert citizen.get(f"/ho-so/{case.code}/bien-nhan/3/").status_code == 404


def test_a_receipt_is_nobody_elses(client, case):
    assert client.get(f"/ho-so/{case.code}/bien-nhan/1/").status_code == 404


def test_no_receipt_says_what_a_person_said(citizen, case):
    seal.seal()
    for content in (saved(citizen, case), citizen.get(f"/ho-so/{case.code}/bien-nhan/1/").content):
        for word in ("Nguyễn Văn An", "Thôn 1", "0900 000 001", "Căn cứ nào"):
            assert word not in content.decode()


# what the log says of it -------------------------------------------------------------------------------------------


def test_anybody_checks_the_code_however_it_is_typed(client, case):
    code = receipts.code_of(LogEntry.objects.get(chain=case.chain))
    assert outcome(client.get(URL, {"ma": code})) == "promised"
    seal.seal()
    assert outcome(client.get(URL, {"ma": code})) == "proven"
    assert outcome(client.get(URL, {"ma": f" {code.lower().replace('.', ' ')} "})) == "proven"
    assert client.get("/verify/", {"ma": code}).url == f"{URL}?ma={code}"


def test_a_wrong_code_shows_nothing_of_the_case(client, case):
    code = receipts.code_of(LogEntry.objects.get(chain=case.chain))
    wrong = client.get(URL, {"ma": code[:-1] + ("0" if code[-1] != "0" else "1")})
    assert (outcome(wrong), wrong.status_code) == ("unknown", 422)
    assert "UBND xã Tân Hòa" not in wrong.content.decode()
    assert outcome(client.get(URL, {"ma": "anything"})) == "unreadable"


def test_a_saved_receipt_holds_when_the_log_has_grown(citizen, office, case):
    seal.seal()
    content = saved(citizen, case)
    for _ in range(5):
        lives.filed(office)
    seal.seal()
    assert outcome(shown(citizen, content)) == "proven"


def test_a_saved_promise_holds_too(citizen, case):
    promise = saved(citizen, case)
    assert outcome(shown(citizen, promise)) == "promised"
    seal.seal()
    assert outcome(shown(citizen, promise)) == "proven"
    given = json.loads(promise)
    assert outcome(shown(citizen, json.dumps({**given, "hash": "0" * 64}).encode())) == "unknown"


@pytest.mark.parametrize(
    "content",
    [b"", b"\xff\xfe", b"[]", b"1", b'{"chain": "case:X"}', b"[" * 3000, b'{"chain":1,"seq":"x","hash":"zz"}'],
)
def test_what_is_no_receipt(client, content):
    response = shown(client, content) if content else client.post(URL)
    assert response.status_code == 422
    assert response.context["verdict"] is None or outcome(response) == "unreadable"


def test_a_file_that_is_too_large_is_not_read(client):
    response = shown(client, b" " * (receipts.LONGEST + 1))
    assert response.status_code == 422
    assert response.context["problem"]


def test_a_chain_that_is_no_case_is_not_shown(client, case):
    system = LogEntry.objects.exclude(chain__startswith="case:").first()
    seal.seal()
    if system:
        given = {"chain": system.chain, "seq": system.seq, "hash": system.hash}
        assert outcome(shown(client, json.dumps(given).encode())) == "unknown"
    assert outcome(shown(client, b'{"chain": "security", "seq": 1, "hash": "00"}')) == "unknown"


def forged(content, **changes):
    return json.dumps({**json.loads(content), **changes}).encode()


def test_a_forged_receipt_is_not_ours(citizen, office, case):
    lives.filed(office)
    seal.seal()
    content = saved(citizen, case)
    given = json.loads(content)
    assert given["proof"]
    note = notes.Note.parse(given["checkpoint"])
    other = notes.signer(keys.current().name, notes.LOG, Ed25519PrivateKey.generate())
    stranger = str(notes.Note(note.text, (other.sign(note.text),)))
    for changes in (
        {"hash": "0" * 64},
        {"leaf": given["leaf"] + 1},
        {"leaf": "x"},
        {"proof": ["0" * 64] * len(given["proof"])},
        {"proof": ["zz"]},
        {"proof": 5},
        {"checkpoint": stranger},
        {"checkpoint": "nonsense"},
        {"checkpoint": given["checkpoint"].replace(note.text.split("\n")[0], "other.example", 1)},
    ):
        assert outcome(shown(citizen, forged(content, **changes))) == "foreign", changes


@pytest.fixture
def unguarded():
    with guards.lifted():
        yield


def test_a_receipt_convicts_a_log_that_was_rewritten(citizen, case, unguarded):
    seal.seal()
    content = saved(citizen, case)
    entry = LogEntry.objects.get(chain=case.chain)
    LogEntry.objects.filter(pk=entry.pk).update(hash="0" * 64)
    response = shown(citizen, content)
    assert (outcome(response), response.status_code) == ("rewritten", 422)
    LogEntry.objects.filter(pk=entry.pk).update(hash=entry.hash, canonical=bytes(entry.canonical) + b" ")
    assert outcome(shown(citizen, content)) == "rewritten"
    assert outcome(citizen.get(URL, {"ma": receipts.code_of(entry)})) == "rewritten"
    LogEntry.objects.filter(pk=entry.pk).delete()
    assert outcome(shown(citizen, content)) == "rewritten"


def test_a_receipt_convicts_a_log_that_was_rolled_back(citizen, office, case, unguarded):
    seal.seal()
    before = seal.latest()
    lives.filed(office)
    seal.seal()
    content = saved(citizen, case)
    Checkpoint.objects.filter(size__gt=before.size).delete()
    assert outcome(shown(citizen, content)) == "rewritten"


def test_who_outside_has_seen_the_log_is_said(citizen, case):
    seal.seal()
    code = receipts.code_of(LogEntry.objects.get(chain=case.chain))
    assert "nobody outside yet" in citizen.get(URL, {"ma": code}).content.decode()
    with lives.on("2026-03-02 10:00"):
        from workflow import clock

        Anchor.objects.create(
            checkpoint=seal.latest(), kind="witness", name="thanhtra.example", at=clock.now(),
            body=base64.b64encode(b"x").decode(),
        )  # fmt: skip
    assert "thanhtra.example" in citizen.get(URL, {"ma": code}).content.decode()
