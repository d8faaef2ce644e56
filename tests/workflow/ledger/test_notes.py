"""Notes, checkpoints and cosignatures have the forms of C2SP, byte by byte."""

import base64

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given
from hypothesis import strategies as st

from workflow.ledger import notes
from workflow.ledger.notes import LOG, WITNESS, Checkpoint, Note, NoteError, Verifier

# the example of the signed-note form
KEY = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"
SEED = base64.b64decode("AYEKFALVFGyNhPJEMzD1QIDr+Y7hfZx09iUvxdXHKDFz")[1:]
TEXT = "If you think cryptography is the answer to your problem,\nthen you don't know what your problem is.\n"
LINE = "— PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM="


def key(name="log.example.vn", kind=LOG, seed=b"\x01" * 32):
    return notes.signer(name, kind, Ed25519PrivateKey.from_private_bytes(seed))


def test_the_known_note_is_signed_and_read():
    assert str(Verifier.parse(KEY)) == KEY
    signer = notes.signer("PeterNeumann", LOG, Ed25519PrivateKey.from_private_bytes(SEED))
    assert str(signer.verifier) == KEY
    assert str(signer.sign(TEXT)) == LINE
    note = Note.parse(f"{TEXT}\n{LINE}\n")
    assert note.text == TEXT
    assert note.signed_by(Verifier.parse(KEY))
    assert str(note) == f"{TEXT}\n{LINE}\n"


def test_a_changed_text_is_signed_by_nobody():
    note = Note.parse(f"{TEXT.replace('answer', 'question')}\n{LINE}\n")
    assert note.signed_by(Verifier.parse(KEY)) is None


def test_a_checkpoint_has_three_lines():
    checkpoint = Checkpoint("log.example.vn", 20852163, b"\x07" * 32)
    assert str(checkpoint) == "log.example.vn\n20852163\nBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwc=\n"
    assert Checkpoint.parse(str(checkpoint)) == checkpoint
    assert Checkpoint.parse(f"{checkpoint}an extension line\n") == checkpoint


def test_a_witness_signs_the_time_with_the_text():
    witness, text = key("inspectorate", WITNESS), str(Checkpoint("log.example.vn", 3, b"\x07" * 32))
    line = witness.sign(text, time=1_700_000_000)
    assert len(line.value) == 72
    note = Note(text, (line,))
    assert note.signed_by(witness.verifier).time == 1_700_000_000
    earlier = notes.Signature(line.name, line.key_id, (1_600_000_000).to_bytes(8, "big") + line.value[8:])
    assert Note(text, (earlier,)).signed_by(witness.verifier) is None
    # the message of cosignature/v1, written out
    message = b"cosignature/v1\ntime 1700000000\nlog.example.vn\n3\nBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwc=\n"
    witness.private.public_key().verify(line.value[8:], message)


def test_one_key_as_log_and_as_witness_has_two_ids():
    assert key().verifier.key_id != key(kind=WITNESS).verifier.key_id
    assert key().verifier.key_id != key(name="other").verifier.key_id


@given(st.text(st.characters(exclude_categories=["C"]), max_size=40))
def test_what_is_signed_is_read_back(line):
    log, witness = key(), key("w", WITNESS, b"\x02" * 32)
    text = f"{line}\n"
    note = Note(text, ()).with_signatures([log.sign(text), witness.sign(text, time=5), log.sign(text)])
    assert len(note.signatures) == 2
    read = Note.parse(str(note))
    assert read == note
    assert read.signed_by(log.verifier)
    assert read.signed_by(witness.verifier)
    assert read.signed_by(key(seed=b"\x03" * 32).verifier) is None


@pytest.mark.parametrize(
    ("form", "text", "why"),
    [
        (Note.parse, "no signature\n", "an empty line and signatures"),
        (Note.parse, "text\n\n", "an empty line and signatures"),
        (Note.parse, "text\n\nnobody AAAAAAAA\n", "no signature line"),
        (Note.parse, "text\n\n— name AAA\n", "no signature line"),
        (Note.parse, "text\n\n— name AAAAAAAA", "an empty line and signatures"),
        (Checkpoint.parse, "log\n3\n", "three lines"),
        (Checkpoint.parse, "log\n03\n" + "A" * 43 + "=\n", "whole number"),
        (Checkpoint.parse, "log\n-3\n" + "A" * 43 + "=\n", "whole number"),
        (Checkpoint.parse, "log\n3\n!\n", "base64"),
        (Checkpoint.parse, "log\n3\nAAAA\n", "32 bytes"),
        (Verifier.parse, "name", "on one line"),
        (Verifier.parse, "name+00000000+!!", "base64"),
        (Verifier.parse, "name+00000000+AAAA", "neither of a log"),
        (Verifier.parse, KEY.replace("c74f20a3", "c74f20a4"), "does not belong"),
        (Verifier.parse, KEY.replace("Peter", "Peter "), "cannot name a key"),
    ],
)
def test_other_forms_are_refused_with_a_sentence(form, text, why):
    with pytest.raises(NoteError, match=why):
        form(text)


def test_a_key_signs_only_what_it_may():
    with pytest.raises(ValueError, match="with the time"):
        key().sign("a\n", time=1)
    with pytest.raises(ValueError, match="with the time"):
        key(kind=WITNESS).sign("a\n")
    with pytest.raises(NoteError, match="control characters"):
        key().sign("a")
    with pytest.raises(NoteError, match="cannot name"):
        key("a b")
