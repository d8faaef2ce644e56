"""A bundle holds by itself, offline; whatever is changed in it is named, and two verifiers agree about it."""

import base64
import json
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from django.core.files.base import ContentFile
from django.core.management import CommandError, call_command
from django.db import transaction
from django.utils import translation
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests import lives
from tests.workflow.ledger import other_verifier
from workflow import clock
from workflow.ledger import canonical, export, keys, notes, seal, verify
from workflow.ledger.models import Anchor, Checkpoint
from workflow.models import LogEntry

ROOT = Path(__file__).resolve().parents[3]
KINDS = ("case", "agency", "all")
WITNESS = notes.signer("thanh-tra", notes.WITNESS, Ed25519PrivateKey.from_private_bytes(b"\x07" * 32))


@pytest.fixture(scope="module")
def made(django_db_setup, django_db_blocker, tmp_path_factory):
    """Return honest bundles of every kind, by kind, with the key they are signed by; made once."""
    from django.test import override_settings

    folder = tmp_path_factory.mktemp("bundles")
    with (
        django_db_blocker.unblock(),
        override_settings(LEDGER_KEY_FILE=folder / "ledger.pem", MEDIA_ROOT=folder / "media"),
        translation.override("en"),
        transaction.atomic(),
    ):
        office = lives.Office()
        lives.brought(office, "refused")
        case = lives.brought(office, "accepted")
        with lives.on("2026-10-05 09:10"):
            cosign(seal.seal())
        with lives.on("2026-10-05 09:20"):
            scan = ContentFile(b"%PDF-1.7 a scan", name="scan.pdf")
            answer = lives.paper(case, "T9", file=scan)
            lives.engine.fire(case, "sign", actor=office.head, **lives.given(case, "sign", answer=answer))
            old = keys.public()
            switched(keys.current(), folder / "next.pem")
        lives.brought(office, "sent", "2026-10-05 10:00")
        for kind, scope in zip(
            KINDS, (export.Scope(case=case.code), export.Scope(agency="tinh"), export.Scope()), strict=True
        ):
            with override_settings(LEDGER_KEY_FILE=folder / "next.pem"), lives.on("2026-10-05 11:00"):
                export.write(folder / f"{kind}.zip", scope, at=clock.now())
        transaction.set_rollback(True)
    return {kind: folder / f"{kind}.zip" for kind in KINDS}, old


def cosign(checkpoint):
    """Let a witness cosign a checkpoint."""
    line = WITNESS.sign(notes.Note.parse(checkpoint.note).text, time=1_790_000_000)
    Anchor.objects.create(checkpoint=checkpoint, kind="witness", name=WITNESS.name, at=checkpoint.at, body=str(line))


def switched(old, path):
    """Hand the log over to a new key."""
    keys.draw(path)
    keys.hand_over(keys.read(path.read_bytes()))


def agree(path, key, *witnesses):
    """Return whether a bundle holds, as both verifiers say."""
    report = verify.verify(path, key, witnesses)
    try:
        other_verifier.verify(path, str(key), [str(one) for one in witnesses])
        other = True
    except Exception as error:
        other = error
    assert (report.failures == []) is (other is True), (report.failures, other)
    return report


@pytest.mark.parametrize("kind", KINDS)
def test_an_honest_bundle_holds(made, kind):
    bundles, key = made
    report = agree(bundles[kind], key, WITNESS.verifier)
    assert report.failures == []
    assert report.cosigned[0][0] == "thanh-tra"
    assert report.entries >= 3
    assert report.documents > 1
    (said, seen, *_) = report.told("vi")
    assert said.startswith("Gói chứng cứ đúng")
    assert "thanh-tra" in seen


def test_the_whole_log_is_a_whole_tree(made):
    bundles, key = made
    report = verify.verify(bundles["all"], key)
    assert report.size == report.entries


# what is changed in a bundle, and what the verifier says of it ----------------------------------------------------


def altered(path, to, change):
    """Write a bundle again with its members changed; returns whether they are other than before."""
    with zipfile.ZipFile(path) as bundle:
        before = {name: bundle.read(name) for name in bundle.namelist()}
    members = dict(before)
    change(members)
    with zipfile.ZipFile(to, "w") as bundle:
        for name, data in members.items():
            bundle.writestr(name, data)
    return members != before


def lines(members, name, change):
    """Change the objects of a member's lines."""
    rows = [json.loads(line) for line in members[name].splitlines()]
    rows = change(rows) or rows
    members[name] = b"".join(json.dumps(row, ensure_ascii=False).encode() + b"\n" for row in rows)


def on(name, change):
    return lambda members: lines(members, name, change)


def put(name, number, **fields):
    return on(name, lambda rows: rows[number].update(fields))


def reformed(row, rehash=True, **fields):
    """Change what an entry says and, as a forger would, its hash."""
    form = canonical.parse(base64.b64decode(row["canonical"])) | fields
    data = canonical.form(form)
    row["canonical"] = base64.b64encode(data).decode()
    if rehash:
        row["hash"] = canonical.digest(data)


def rechained(rows):
    """Change an entry of a chain and chain all that follow properly."""
    prev = {}
    for row in rows:
        more = {"prev": prev.get(row["chain"], "")}
        reformed(row, **(more | {"actor": "user:999"} if row["seq"] == 2 else more))
        prev[row["chain"]] = row["hash"]


def resigned(rows):
    """Sign the last checkpoint with a key of the forger's own."""
    note = notes.Note.parse(rows[-1]["note"])
    forger = notes.signer(note.signatures[0].name, notes.LOG, Ed25519PrivateKey.generate())
    rows[-1]["note"] = str(notes.Note(note.text, (forger.sign(note.text),)))


def other_size(rows):
    note = notes.Note.parse(rows[-1]["note"])
    rows[-1]["note"] = str(notes.Note(note.text.replace("\n", "\n1", 1), note.signatures))


def with_disclosures(rows):
    return next(row for row in rows if len(row["disclosures"]) > 1)


def swap_values(rows):
    one, two = with_disclosures(rows)["disclosures"][:2]
    one["name"], two["name"] = two["name"], one["name"]


def other_value(rows):
    with_disclosures(rows)["disclosures"][0]["value"] = '"Ai khác"'


def twice(rows):
    found = with_disclosures(rows)["disclosures"]
    found.append(found[0])


def of_file(rows):
    return next(row for row in rows if row["file"])


def other_file(members):
    name = next(name for name in members if name.startswith("files/"))
    members[name] = b"another scan"


def no_file(members):
    del members[next(name for name in members if name.startswith("files/"))]


def withheld_with_another_digest(rows):
    rows[0].update(digest="0" * 64, withheld=True)


def without(name):
    return lambda members: members.pop(name)


CHANGES = (
    # what is changed                       how                                                       what is said
    ("an entry's bytes",                    on("entries.jsonl", lambda rows: reformed(rows[1], False, actor="user:9")), "hash"),
    ("an entry's bytes and hash",           on("entries.jsonl", lambda rows: reformed(rows[1], actor="user:9")), "not_included"),
    ("a chain, properly",                   on("entries.jsonl", rechained), "not_included"),
    ("an entry's hash alone",               put("entries.jsonl", 0, hash="0" * 64), "hash"),
    ("an entry's number",                   put("entries.jsonl", 0, seq=7), "place"),
    ("an entry's chain",                    put("entries.jsonl", 0, chain="case:GT-0000-0000"), "place"),
    ("an entry's leaf",                     put("entries.jsonl", 0, leaf=1), "not_included"),
    ("an entry without a leaf",             put("entries.jsonl", 0, leaf=None), "shape"),
    ("an entry in no base64",               put("entries.jsonl", 0, canonical="!"), "shape"),
    ("an entry in another form",            on("entries.jsonl", lambda rows: rows[0].update(canonical=base64.b64encode(b"\x02{}").decode())), "form"),
    ("an entry taken out",                  on("entries.jsonl", lambda rows: rows[1:]), "order"),
    ("the last entry taken out",            on("entries.jsonl", lambda rows: rows[:-1]), "count"),
    ("two entries swapped",                 on("entries.jsonl", lambda rows: [rows[1], rows[0], *rows[2:]]), "order"),
    ("an entry twice",                      on("entries.jsonl", lambda rows: [*rows, rows[-1]]), "order"),
    ("a line that is no JSON",              lambda m: m.update({"entries.jsonl": m["entries.jsonl"] + b"{\n"}), "no_json"),
    ("a line that is no object",            lambda m: m.update({"entries.jsonl": m["entries.jsonl"] + b"[1]\n"}), "no_json"),
    ("a disclosed value",                   on("entries.jsonl", other_value), "disclosure"),
    ("two disclosed names",                 on("entries.jsonl", swap_values), "disclosure"),
    ("a value disclosed twice",             on("entries.jsonl", twice), "twice"),
    ("a document's text",                   put("documents.jsonl", 0, summary="khác"), "document_digest"),
    ("a document's date",                   put("documents.jsonl", 0, date="2020-01-01"), "document_digest"),
    ("a document's digest",                 put("documents.jsonl", 0, digest="0" * 64), "document"),
    ("a withheld document's digest",        on("documents.jsonl", withheld_with_another_digest), "document"),
    ("a document taken out",                on("documents.jsonl", lambda rows: rows[1:]), "no_document"),
    ("a document's file",                   other_file, "file"),
    ("a document's file taken out",         no_file, "no_file"),
    ("a document that says it has no file", on("documents.jsonl", lambda rows: of_file(rows).update(file="")), "document_digest"),
    ("the checkpoint's key",                on("checkpoints.jsonl", resigned), "checkpoint"),
    ("the checkpoint's size",               on("checkpoints.jsonl", other_size), "checkpoint"),
    ("the checkpoint taken out",            on("checkpoints.jsonl", lambda rows: rows[:0] or [{}]), "no_checkpoint"),
    ("the last checkpoint taken out",       on("checkpoints.jsonl", lambda rows: rows[:1]), "not_included"),
    ("a consistency proof",                 on("checkpoints.jsonl", lambda rows: rows[0].update(proof=rows[0]["proof"][1:])), "inconsistent"),
    ("the cosignature",                     on("checkpoints.jsonl", lambda rows: rows[:0] or rows[-1:]), "no_cosignature"),
    ("the cosignature's line",              on("checkpoints.jsonl", lambda rows: rows[0].update(note=forged(rows[0]["note"]))), "bad_cosignature"),
    ("the hand-over taken out",             without("handovers.jsonl"), "checkpoint"),
    ("the hand-over's size",                on("handovers.jsonl", lambda rows: rows[0].update(note=rows[0]["note"].replace("handover\n", "handover\n9"))), "handover"),
    ("the format",                          on("manifest.json", lambda rows: rows[0].update(format="other/9")), "format"),
    ("the number of entries",               on("manifest.json", lambda rows: rows[0].update(entries=1)), "count"),
    ("the entries taken out",               without("entries.jsonl"), "no_member"),
    ("the documents taken out",             without("documents.jsonl"), "no_member"),
)  # fmt: skip
OF_PROOFS = (
    ("a proof",             on("proofs.jsonl", lambda rows: rows[0].update(path=["0" * 64, *rows[0]["path"][1:]])), "not_included"),
    ("two proofs swapped",  on("proofs.jsonl", lambda rows: [rows[1], rows[0], *rows[2:]]), "not_included"),
    ("a proof too short",   on("proofs.jsonl", lambda rows: rows[0].update(path=rows[0]["path"][:-1])), "not_included"),
    ("a proof taken out",   on("proofs.jsonl", lambda rows: rows[:-1]), "no_proof"),
    ("all proofs",          without("proofs.jsonl"), "no_proof"),
)  # fmt: skip
IN_WHOLE = {"not_included": {"root", "leaf_missing"}}
"""What is said of a whole tree instead."""


def forged(note):
    """Move the time of the witness's line."""
    read = notes.Note.parse(note)
    moved = [
        notes.Signature(one.name, one.key_id, (5).to_bytes(8, "big") + one.value[8:])
        if one.name == WITNESS.name
        else one
        for one in read.signatures
    ]
    return str(notes.Note(read.text, tuple(moved)))


@pytest.mark.parametrize("kind", ["case", "all"])
@pytest.mark.parametrize(("what", "change", "said"), CHANGES, ids=[one[0] for one in CHANGES])
def test_a_changed_bundle_is_refused_by_both(made, tmp_path, kind, what, change, said):
    bundles, key = made
    assert altered(bundles[kind], tmp_path / "b.zip", change), "the change did nothing"
    report = agree(tmp_path / "b.zip", key, WITNESS.verifier)
    wanted = {said} if kind == "case" else {said} | IN_WHOLE.get(said, set())
    assert wanted & {one.which for one in report.failures}
    assert len([*report.told("vi"), *report.told("en")]) == 2 * (len(report.failures) + 1)


@pytest.mark.parametrize(("what", "change", "said"), OF_PROOFS, ids=[one[0] for one in OF_PROOFS])
def test_a_changed_proof_is_refused_by_both(made, tmp_path, what, change, said):
    bundles, key = made
    assert altered(bundles["agency"], tmp_path / "b.zip", change), "the change did nothing"
    assert said in {one.which for one in agree(tmp_path / "b.zip", key).failures}


def test_a_failure_names_the_entry(made, tmp_path):
    bundles, key = made
    altered(bundles["case"], tmp_path / "b.zip", on("entries.jsonl", lambda rows: reformed(rows[1], actor="user:9")))
    sentences = [one.told("en") for one in verify.verify(tmp_path / "b.zip", key).failures]
    chain = json.loads(zipfile.ZipFile(bundles["case"]).read("entries.jsonl").splitlines()[0])["chain"]
    assert f"{chain} #2: its inclusion proof does not lead to the root of the checkpoint" in sentences
    assert f"{chain} #3: it does not follow the entry before it" in sentences


@given(st.data())
@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_whatever_byte_is_changed_the_two_agree(made, tmp_path, data):
    """Also where it changes nothing that is claimed: the README, the moment of the export."""
    bundles, key = made
    kind = data.draw(st.sampled_from(KINDS))

    def change(members):
        name = data.draw(st.sampled_from(sorted(members)))
        old = members[name]
        at = data.draw(st.integers(0, len(old) - 1))
        new = data.draw(st.sampled_from(b'0a9{}[]",:\n \\-A\xff'))
        members[name] = old[:at] + bytes([new]) + old[at + 1 :]

    altered(bundles[kind], tmp_path / "b.zip", change)
    agree(tmp_path / "b.zip", key, WITNESS.verifier)


def test_erased_values_are_no_failure(made, tmp_path):
    bundles, key = made
    altered(
        bundles["all"],
        tmp_path / "b.zip",
        on("entries.jsonl", lambda rows: [row | {"disclosures": []} for row in rows]),
    )
    assert agree(tmp_path / "b.zip", key).failures == []


def test_withheld_documents_are_no_failure(made, tmp_path):
    bundles, key = made
    hidden = on(
        "documents.jsonl",
        lambda rows: [{"document": one["document"], "digest": one["digest"], "withheld": True} for one in rows],
    )
    altered(bundles["all"], tmp_path / "b.zip", hidden)
    assert agree(tmp_path / "b.zip", key).failures == []


def test_another_key_refuses_it(made):
    bundles, key = made
    stranger = notes.signer(key.name, notes.LOG, Ed25519PrivateKey.generate()).verifier
    assert {one.which for one in agree(bundles["case"], stranger).failures} >= {"checkpoint", "no_checkpoint"}
    namesake = notes.Verifier("another.log", notes.LOG, key.public)
    assert "checkpoint" in {one.which for one in agree(bundles["case"], namesake).failures}


# the program ------------------------------------------------------------------------------------------------------


def run(*arguments, cwd=ROOT):
    return subprocess.run(
        [sys.executable, "-m", "workflow.ledger.verify", *map(str, arguments)],
        cwd=cwd, capture_output=True, text=True, encoding="utf-8", check=False, env={"PYTHONUTF8": "1"},
    )  # fmt: skip


def test_it_runs_offline_from_a_copied_folder_without_django(made, tmp_path):
    bundles, key = made
    home = tmp_path / "copied"
    shutil.copytree(ROOT / "workflow" / "ledger", home / "workflow" / "ledger")
    (home / "workflow" / "__init__.py").touch()
    (home / "django").mkdir()
    (home / "django" / "__init__.py").write_text("raise SystemExit('Django was imported')")
    (tmp_path / "log.pub").write_text(f"{key}\n")
    done = run(bundles["all"], "--key", tmp_path / "log.pub", "--witness", WITNESS.verifier, cwd=home)
    assert (done.returncode, done.stderr) == (0, "")
    assert "Gói chứng cứ đúng" in done.stdout


def test_its_exit_status_says_whether_all_holds(made, tmp_path):
    bundles, key = made
    done = run(bundles["case"], "--key", key, "--json")
    assert (done.returncode, json.loads(done.stdout)["verified"]) == (0, True)
    altered(bundles["case"], tmp_path / "b.zip", put("entries.jsonl", 0, hash="0" * 64))
    done = run(tmp_path / "b.zip", "--key", key, "--language", "en")
    assert done.returncode == 1
    assert "#1: the hash does not match the stored form" in done.stdout
    done = run(tmp_path / "b.zip", "--key", key, "--json")
    assert json.loads(done.stdout)["verified"] is False


@pytest.mark.parametrize("content", [b"", b"no zip at all", b"PK\x03\x04 cut off"])
def test_what_is_no_bundle_is_said(made, tmp_path, content):
    (tmp_path / "b.zip").write_bytes(content)
    done = run(tmp_path / "b.zip", "--key", made[1])
    assert (done.returncode, done.stderr) == (1, "")
    assert "không đọc được tệp" in done.stdout
    done = run(tmp_path / "b.zip", "--key", tmp_path / "none.pub")
    assert (done.returncode, done.stderr) == (1, "")
    assert "không đọc được khóa công khai" in done.stdout


# the command ------------------------------------------------------------------------------------------------------


@pytest.mark.django_db
def test_an_export_is_logged_before_the_file_appears(tmp_path, settings):
    settings.LEDGER_KEY_FILE = tmp_path / "ledger.pem"
    case = lives.brought(lives.Office(), "accepted")
    out = tmp_path / "out.zip"
    call_command("export_log", "--case", case.code, str(out))
    logged = LogEntry.objects.get(transition="exported")
    assert logged.data["case"] == case.code
    assert logged.data["size"] == Checkpoint.objects.get().size == 2
    with pytest.raises(CommandError):
        call_command("export_log", "--case", case.code, str(out))
    with pytest.raises(CommandError):
        call_command("export_log", "--case", case.code, str(tmp_path / "no" / "folder.zip"))
    assert LogEntry.objects.filter(transition="exported").count() == 1
    assert sorted(one.name for one in tmp_path.iterdir() if one.suffix == ".zip") == ["out.zip"]


@pytest.mark.django_db
def test_a_reader_gets_only_what_they_may_see(tmp_path, settings):
    settings.LEDGER_KEY_FILE = tmp_path / "ledger.pem"
    case = lives.brought(lives.Office(), "accepted")
    scope = export.Scope(case=case.code, discloses=lambda entry, name: entry.seq == 2, shows=lambda document: False)
    export.write(tmp_path / "out.zip", scope, at=clock.now())
    assert agree(tmp_path / "out.zip", keys.public()).failures == []
    with zipfile.ZipFile(tmp_path / "out.zip") as bundle:
        first, second = (json.loads(line) for line in bundle.read("entries.jsonl").splitlines())
        assert (first["disclosures"], bool(second["disclosures"])) == ([], True)
        assert all(json.loads(line)["withheld"] for line in bundle.read("documents.jsonl").splitlines())
