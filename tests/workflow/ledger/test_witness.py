"""A witness cosigns what extends what it has seen, and nothing else; the log keeps its word, and stamps beside it."""

import json
import os
import shutil
import subprocess
import sys
import threading
import zipfile
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from django.utils import timezone, translation

from tests.workflow.ledger.test_seal import written
from workflow import guards
from workflow.ledger import anchors, audit, export, keys, notes, receipts, seal, verify, witness
from workflow.ledger.models import Anchor, Checkpoint, Leaf, Sealer, Tile

ROOT = Path(__file__).resolve().parents[3]
NAME = "thanhtra.tinh.gov.vn"
ADDRESS = "/nhat-ky/diem-chot/"
pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _own_key(settings, tmp_path):
    settings.LEDGER_KEY_FILE = tmp_path / "ledger.pem"


@pytest.fixture
def inspectorate(settings, tmp_path):
    """A witness that the log knows."""
    signer = notes.signer(NAME, notes.WITNESS, Ed25519PrivateKey.generate())
    settings.LEDGER_WITNESSES = [str(signer.verifier)]
    return witness.Witness(signer, keys.public(), tmp_path / "seen.json")


def visit(inspectorate, client):
    """Let the witness see the log once, as `watch` does; returns the answer to its cosignature."""
    request = json.loads(client.get(ADDRESS, {"tu": inspectorate.seen.size}).content)
    line = inspectorate.cosign(request, time=int(timezone.now().timestamp()))
    return client.post(ADDRESS, f"{line}\n", content_type="text/plain")


def sealed(n=3):
    written(n)
    return seal.seal()


def test_a_log_that_grows_is_cosigned_each_time(inspectorate, client):
    for size in (3, 5, 300):
        sealed(size - seal.size_sealed())
        assert visit(inspectorate, client).json() == {"size": size, "witness": NAME}
        assert inspectorate.seen.size == size
    assert visit(inspectorate, client).status_code == 200  # nothing new, seen again
    assert {one.checkpoint.size for one in Anchor.objects.all()} == {3, 5, 300}
    note = notes.Note.parse(receipts.cosigned(receipts.latest()))
    assert note.signed_by(inspectorate.signer.verifier)
    assert note.signed_by(keys.public())
    assert audit.check().failures == []


def rewritten():
    """Rewrite the log as its owner would: an entry's hash, and everything that rests on it, signed with the log's key."""
    from workflow.models import LogEntry

    with guards.lifted():
        LogEntry.objects.filter(leaf__index=0).update(hash="ab" * 32)
        for model in (Anchor, Leaf, Tile, Checkpoint, Sealer):
            model.objects.all().delete()


def test_a_log_that_was_rewritten_is_not_cosigned_and_the_contradiction_is_kept(inspectorate, client):
    sealed()
    visit(inspectorate, client)
    rewritten()
    sealed(1)
    with pytest.raises(witness.Refused) as refused:
        visit(inspectorate, client)
    assert refused.value.which == "witness_inconsistent"
    assert inspectorate.seen.size == 3
    kept = json.loads((inspectorate.state.parent / "seen.json.inconsistent-4.json").read_text())
    for note in kept.values():
        assert notes.Note.parse(note).signed_by(keys.public())


def test_a_log_of_the_same_size_with_another_root_is_not_cosigned(inspectorate, client):
    sealed()
    visit(inspectorate, client)
    rewritten()
    seal.seal()
    with pytest.raises(witness.Refused, match="inconsistent"):
        visit(inspectorate, client)


def test_a_log_rolled_back_is_not_cosigned(inspectorate, client):
    sealed()
    visit(inspectorate, client)
    with guards.lifted():
        for model in (Anchor, Leaf, Tile, Checkpoint, Sealer):
            model.objects.all().delete()
        from workflow.models import LogEntry

        LogEntry.objects.filter(seq__gt=2).delete()
    seal.seal()
    with pytest.raises(witness.Refused, match="smaller"):
        visit(inspectorate, client)


@pytest.mark.parametrize(
    ("change", "which"),
    [
        ({"note": "nothing"}, "witness_unreadable"),
        ({"proof": ["zz"]}, "witness_unreadable"),
        ({"proof": []}, "witness_inconsistent"),
        ({"old": 1}, "witness_stale"),
    ],
)
def test_what_proves_nothing_is_not_cosigned(inspectorate, client, change, which):
    sealed()
    visit(inspectorate, client)
    sealed(2)
    request = json.loads(client.get(ADDRESS, {"tu": 3}).content) | change
    with pytest.raises(witness.Refused) as refused:
        inspectorate.cosign(request, time=1)
    assert refused.value.which == which
    assert inspectorate.seen.size == 3


def test_another_key_is_not_cosigned_until_it_was_handed_over(inspectorate, client, settings, tmp_path):
    sealed()
    visit(inspectorate, client)
    keys.draw(tmp_path / "stolen.pem")
    settings.LEDGER_KEY_FILE = tmp_path / "stolen.pem"
    sealed(1)
    with pytest.raises(witness.Refused, match="no trusted key"):
        visit(inspectorate, client)
    settings.LEDGER_KEY_FILE = tmp_path / "ledger.pem"
    keys.hand_over(keys.read((tmp_path / "stolen.pem").read_bytes()))
    settings.LEDGER_KEY_FILE = tmp_path / "stolen.pem"
    seal.seal()
    assert visit(inspectorate, client).status_code == 200


@pytest.mark.parametrize("body", ["", "— x AAAA", "no line", "— " + "x" * 5000])
def test_the_log_takes_no_word_that_nobody_known_has_given(inspectorate, client, body):
    sealed()
    answer = client.post(ADDRESS, body, content_type="text/plain")
    assert answer.status_code in (400, 413)
    assert answer.json()["error"]
    stranger = notes.signer(NAME, notes.WITNESS, Ed25519PrivateKey.generate())
    line = stranger.sign(notes.Note.parse(receipts.latest().note).text, time=1)
    assert (
        "no witness that this log knows" in client.post(ADDRESS, f"{line}", content_type="text/plain").json()["error"]
    )
    line = inspectorate.signer.sign("another text\n", time=1)
    assert "none of the latest" in client.post(ADDRESS, f"{line}", content_type="text/plain").json()["error"]
    assert not Anchor.objects.exists()


def test_before_the_first_checkpoint_there_is_nothing_to_see(client):
    assert client.get(ADDRESS).status_code == 404
    written(1)
    seal.seal()
    for old in ("0", "-1", "x", "9" * 30, "7"):
        assert client.get(ADDRESS, {"tu": old}).json()["proof"] == []
    assert client.delete(ADDRESS).status_code == 405


def test_a_false_word_that_is_kept_is_found(inspectorate, client):
    sealed()
    visit(inspectorate, client)
    with guards.lifted():
        body = Anchor.objects.get().body
        Anchor.objects.update(body=body[:-6] + "AAAAA=")
    with translation.override("en"):
        said = [str(one) for one in audit.check().failures]
    assert said == [f"tree #3: {NAME} has not said this of the checkpoint of this size"]


# the program ------------------------------------------------------------------------------------------------------


def run(folder, *arguments):
    env = {"PYTHONUTF8": "1", "PYTHONPATH": str(ROOT), "PATH": os.environ["PATH"]}
    command = [sys.executable, "-m", "workflow.ledger.witness", *map(str, arguments)]
    return subprocess.run(command, cwd=folder, env=env, capture_output=True, text=True, encoding="utf-8", check=False)


@pytest.mark.django_db(transaction=True)
def test_it_watches_over_http(live_server, settings, tmp_path):
    key = run(tmp_path, "key", "--name", NAME, "--out", "witness.pem")
    assert key.returncode == 0, key.stderr
    settings.LEDGER_WITNESSES = [key.stdout.strip()]
    (tmp_path / "log.pub").write_text(str(keys.public()))
    with_keys = ("--name", NAME, "--key", "witness.pem", "--log", "log.pub", "--state", "seen.json")
    sealed()
    done = run(tmp_path, "watch", live_server.url + ADDRESS, *with_keys)
    assert (done.returncode, done.stderr) == (0, "")
    assert "3" in done.stdout
    assert Anchor.objects.get().checkpoint.size == 3
    rewritten()
    seal.seal()
    done = run(tmp_path, "--language", "en", "watch", live_server.url + ADDRESS, *with_keys)
    assert done.returncode == 1
    assert "rewritten" in done.stdout
    assert (tmp_path / "seen.json.inconsistent-3.json").exists()


def test_it_cosigns_from_a_file(inspectorate, client, tmp_path, settings):
    run(tmp_path, "key", "--name", NAME, "--out", "witness.pem")
    signer = witness.read_signer(tmp_path / "witness.pem", NAME)
    settings.LEDGER_WITNESSES = [str(signer.verifier)]
    sealed()
    (tmp_path / "request.json").write_bytes(client.get(ADDRESS).content)
    line = ("cosign", "request.json", "--out", "line.txt", "--name", NAME, "--key", "witness.pem")
    done = run(tmp_path, *line, "--log", str(keys.public()), "--state", "state.json")
    assert (done.returncode, done.stderr) == (0, "")
    assert anchors.accept((tmp_path / "line.txt").read_text()).name == NAME
    (tmp_path / "request.json").write_text("{}")
    assert run(tmp_path, *line, "--log", str(keys.public()), "--state", "state.json").returncode == 1
    assert run(tmp_path, *line, "--log", "none.pub", "--state", "state.json").returncode == 1
    assert run(tmp_path, "key", "--name", NAME, "--out", "witness.pem").returncode == 1  # a key is not overwritten


# time stamps ------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def authority(tmp_path_factory):
    """A time-stamp authority of its own: a root, a stamping certificate, and openssl behind HTTP on loopback."""
    if not shutil.which("openssl"):
        pytest.skip("openssl: not installed")
    home = tmp_path_factory.mktemp("tsa")
    (home / "tsa.cnf").write_text(
        "[tsa]\ndefault_tsa = one\n[one]\nserial = serial\nsigner_digest = sha256\ndefault_policy = 1.2.3.4.1\n"
        "digests = sha256, sha512\naccuracy = secs:1\ness_cert_id_chain = no\ness_cert_id_alg = sha256\n"
        "[req]\ndistinguished_name = dn\n[dn]\n[ext]\nextendedKeyUsage = critical,timeStamping\n"
        "basicConstraints = CA:FALSE\nkeyUsage = critical,digitalSignature\n"
        "subjectKeyIdentifier = hash\nauthorityKeyIdentifier = keyid\n"
        "[ca]\nbasicConstraints = critical,CA:TRUE\nkeyUsage = critical,keyCertSign\nsubjectKeyIdentifier = hash\n"
    )
    (home / "serial").write_text("01\n")

    def openssl(*arguments):
        subprocess.run(["openssl", *arguments], cwd=home, check=True, capture_output=True)

    openssl("req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", "root.key", "-out", "root.pem", "-days", "30",
            "-subj", "/CN=TSA Root", "-config", "tsa.cnf", "-extensions", "ca")  # fmt: skip
    openssl("req", "-newkey", "rsa:2048", "-nodes", "-keyout", "tsa.key", "-out", "tsa.csr", "-subj", "/CN=TSA",
            "-config", "tsa.cnf")  # fmt: skip
    openssl("x509", "-req", "-in", "tsa.csr", "-CA", "root.pem", "-CAkey", "root.key", "-CAcreateserial", "-days", "30",
            "-out", "tsa.pem", "-extfile", "tsa.cnf", "-extensions", "ext")  # fmt: skip

    class Answers(BaseHTTPRequestHandler):
        broken = False

        def do_POST(self):
            (home / "query.tsq").write_bytes(self.rfile.read(int(self.headers["Content-Length"])))
            openssl("ts", "-reply", "-queryfile", "query.tsq", "-signer", "tsa.pem", "-inkey", "tsa.key",
                    "-config", "tsa.cnf", "-section", "one", "-out", "answer.tsr")  # fmt: skip
            data = b"nonsense" if self.broken else (home / "answer.tsr").read_bytes()
            self.send_response(200)
            self.send_header("Content-Type", "application/timestamp-reply")
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

        def log_message(self, *args):
            pass

    server = HTTPServer(("127.0.0.1", 0), Answers)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}/", home / "root.pem", Answers
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def stamped(authority, settings):
    settings.LEDGER_TSA_URL, settings.LEDGER_TSA_ROOTS = authority[0], str(authority[1])
    return authority[2]


def test_a_checkpoint_is_stamped_and_the_stamp_goes_into_the_bundle(stamped, settings, tmp_path):
    checkpoint = sealed()
    anchor = anchors.stamp(timezone.now())
    assert (anchor.checkpoint, anchor.kind) == (checkpoint, "stamp")
    assert abs(anchor.at - timezone.now()) < timedelta(minutes=1)
    assert anchors.stamp(timezone.now()) is None, "not every few minutes"
    assert anchors.holds(anchor)
    assert audit.check().failures == []
    export.write(tmp_path / "all.zip", export.Scope(), at=timezone.now())
    assert verify.verify(tmp_path / "all.zip", keys.public()).failures == []
    with zipfile.ZipFile(tmp_path / "all.zip") as bundle:
        bundle.extractall(tmp_path / "out")
    checked = ("openssl", "ts", "-verify", "-data", "3.txt", "-in", "3-1.tsr", "-CAfile", settings.LEDGER_TSA_ROOTS)
    done = subprocess.run(checked, cwd=tmp_path / "out" / "stamps", capture_output=True, text=True, check=False)
    assert "Verification: OK" in done.stdout + done.stderr


def test_a_stamp_of_another_text_does_not_hold(stamped):
    sealed()
    anchor = anchors.stamp(timezone.now())
    with guards.lifted():
        note = anchor.checkpoint.note
        Checkpoint.objects.update(note=note.replace("\n3\n", "\n4\n"))
    assert not anchors.holds(Anchor.objects.get())


def test_an_authority_that_answers_nonsense_is_not_believed(stamped, monkeypatch, settings):
    sealed()
    monkeypatch.setattr(stamped, "broken", True)
    with pytest.raises(anchors.NotAnchored, match="does not hold"):
        anchors.stamp(timezone.now())
    settings.LEDGER_TSA_URL = "http://127.0.0.1:1/"
    with pytest.raises(anchors.NotAnchored, match="does not answer"):
        anchors.stamp(timezone.now())
    assert not Anchor.objects.exists()


# health -----------------------------------------------------------------------------------------------------------


def test_without_a_word_from_outside_for_a_day_the_light_is_red(inspectorate, client):
    sealed()
    now = timezone.now()
    assert anchors.lag(now) == 0
    assert anchors.lag(now + timedelta(hours=25)) > 24 * 3600
    visit(inspectorate, client)
    assert anchors.lag(now + timedelta(hours=23)) == 0
    assert anchors.lag(now + timedelta(hours=25)) > 24 * 3600
    assert client.get("/suc-khoe/").json()["lag_seconds"]["anchor"] == 0


def test_where_nobody_is_to_see_the_log_nobody_is_missed(settings):
    sealed()
    assert anchors.lag(timezone.now() + timedelta(days=9)) == 0
    settings.PRODUCTION = True
    assert anchors.lag(timezone.now() + timedelta(days=9)) > 0


def test_entries_that_wait_to_be_sealed_turn_the_light_red(client):
    written(1)
    assert seal.lag(timezone.now() + timedelta(hours=1)) > 3000
    seal.seal()
    assert seal.lag(timezone.now() + timedelta(hours=1)) == 0
