"""The inspectorate's witness: `python -m workflow.ledger.witness`; it needs neither Django nor the rest of the program.

It remembers the last checkpoint it has seen and cosigns a new one only if a proof shows that the new tree extends the
old. Two checkpoints that the log has signed and that contradict each other are kept as evidence. Standard library and
`cryptography` only.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)

from workflow.ledger import merkle, notes
from workflow.ledger.notes import WITNESS, Checkpoint, Note, NoteError, Signer, Verifier
from workflow.ledger.sentences import LANGUAGES, sentence
from workflow.ledger.trust import checkpoint_of, trusted
from workflow.ledger.verify import read_key

LONGEST = 1 << 20
"""Most bytes of an answer."""
TIMEOUT = 30  # seconds


class Refused(Exception):
    """The witness does not cosign; `name` and `facts` make the sentence."""

    def __init__(self, which: str, /, **facts: Any) -> None:
        """Take the sentence's name and its facts."""
        super().__init__(which, facts)
        self.which, self.facts = which, facts


@dataclass(slots=True)
class Witness:
    """A witness of one log.

    state: the file that holds the last checkpoint it has seen; it is written before a cosignature leaves
    """

    signer: Signer
    log: Verifier
    state: Path

    @property
    def seen(self) -> Checkpoint:
        """Return the last checkpoint seen; that of the empty log before the first."""
        if not self.state.exists():
            return Checkpoint(self.log.name, 0, merkle.EMPTY)
        return Checkpoint.parse(Note.parse(json.loads(self.state.read_text(encoding="utf-8"))["note"]).text)

    def cosign(self, request: dict[str, Any], *, time: int) -> str:
        """Return the cosignature line on a checkpoint that extends the last one seen.

        request: `old` (the size it starts from), `proof` (hashes in hexadecimal), `note`, `handovers`
        time: seconds since 1970
        Raises Refused.
        """
        try:
            note = Note.parse(request["note"])
            keys = trusted(self.log, request.get("handovers", []))
            checkpoint = checkpoint_of(note, keys, self.log.name)
            proof = [bytes.fromhex(one) for one in request["proof"]]
        except (NoteError, KeyError, TypeError, ValueError, AttributeError) as error:
            raise Refused("witness_unreadable", error=error) from error
        seen = self.seen
        if checkpoint.size < seen.size:
            self._keep(note, "smaller")
            raise Refused("witness_smaller", size=checkpoint.size, old=seen.size)
        if request.get("old") != seen.size and checkpoint.size != seen.size:
            raise Refused("witness_stale", old=seen.size)
        same = (checkpoint.size, checkpoint.root) == (seen.size, seen.root)
        if not same and not merkle.is_consistent(seen.size, seen.root, checkpoint.size, checkpoint.root, proof):
            self._keep(note, "inconsistent")
            raise Refused("witness_inconsistent", size=checkpoint.size, old=seen.size)
        self._remember(note)
        return str(self.signer.sign(note.text, time=time))

    def _remember(self, note: Note) -> None:
        draft = self.state.with_name(self.state.name + ".new")
        with draft.open("w", encoding="utf-8") as file:
            json.dump({"note": str(note)}, file, ensure_ascii=False)
            file.flush()
            os.fsync(file.fileno())
        draft.replace(self.state)

    def _keep(self, note: Note, why: str) -> None:
        """Keep two checkpoints that contradict each other, both signed by the log."""
        size = Checkpoint.parse(note.text).size
        kept = self.state.with_name(f"{self.state.name}.{why}-{size}.json")
        before = json.loads(self.state.read_text(encoding="utf-8"))["note"]
        kept.write_text(json.dumps({"seen": before, "shown": str(note)}, ensure_ascii=False), encoding="utf-8")


def fetched(url: str, old: int) -> dict[str, Any]:
    """Return the log's latest checkpoint with the proof that it extends the one of size `old`."""
    with urllib.request.urlopen(f"{url}?tu={old}", timeout=TIMEOUT) as answer:
        found: dict[str, Any] = json.loads(answer.read(LONGEST))
    return found


def delivered(url: str, line: str) -> None:
    """Bring a cosignature to the log."""
    headers = {"Content-Type": "text/plain; charset=utf-8"}
    request = urllib.request.Request(url, data=f"{line}\n".encode(), headers=headers, method="POST")
    with urllib.request.urlopen(request, timeout=TIMEOUT) as answer:
        answer.read(LONGEST)


def read_signer(path: Path, name: str) -> Signer:
    """Return the witness's key from a PEM file.

    Raises NoteError if it is no Ed25519 key, OSError if it cannot be read.
    """
    try:
        private = load_pem_private_key(path.read_bytes(), None)
    except (ValueError, TypeError):
        private = None
    if not isinstance(private, Ed25519PrivateKey):
        raise NoteError(f"{path} holds no Ed25519 key; `… witness key --out FILE` makes one")
    return notes.signer(name, WITNESS, private)


def draw(path: Path, name: str) -> Verifier:
    """Draw a key into a new file; return its public half."""
    private = Ed25519PrivateKey.generate()
    signer = notes.signer(name, WITNESS, private)
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    return signer.verifier


def main(arguments: Sequence[str] | None = None) -> int:
    """Do what the command line says; returns the exit status."""
    parser = argparse.ArgumentParser(prog="python -m workflow.ledger.witness", description=__doc__)
    parser.add_argument("--language", choices=LANGUAGES, default="vi")
    what = parser.add_subparsers(dest="what", required=True)
    key = what.add_parser("key", help="draw the witness's key and print its public half")
    key.add_argument("--out", type=Path, required=True, metavar="FILE")
    watch = what.add_parser("watch", help="fetch the log's checkpoint, check it, bring back the cosignature")
    watch.add_argument("url", help="https://…/nhat-ky/diem-chot/")
    watch.add_argument("--every", type=int, metavar="SECONDS", help="go on for ever; else once")
    cosign = what.add_parser("cosign", help="the same from a file, for a witness without a network")
    cosign.add_argument("request", type=Path, help="what the log's address gave")
    cosign.add_argument("--out", type=Path, required=True, metavar="FILE", help="where the cosignature goes")
    for one in (key, watch, cosign):
        one.add_argument("--name", required=True, help="the name to sign under, such as thanhtra.tinh.gov.vn")
    for one in (watch, cosign):
        one.add_argument("--key", type=Path, required=True, metavar="FILE", help="the witness's private key")
        one.add_argument("--log", required=True, metavar="PUB", help="the log's public key: a file, or the line itself")
        one.add_argument("--state", type=Path, required=True, metavar="FILE", help="where the last checkpoint is kept")
    given = parser.parse_args(arguments)
    try:
        if given.what == "key":
            print(draw(given.out, given.name))
            return 0
        witness = Witness(read_signer(given.key, given.name), read_key(given.log), given.state)
        if given.what == "cosign":
            request = json.loads(given.request.read_text(encoding="utf-8"))
            given.out.write_text(witness.cosign(request, time=int(time.time())) + "\n", encoding="utf-8")
            print(sentence("witness_signed", given.language, size=witness.seen.size))
            return 0
        if not given.url.startswith(("https://", "http://")):
            raise NoteError(f"{given.url} is no web address")
    except (NoteError, OSError, ValueError) as error:
        print(sentence("witness_cannot", given.language, error=error))
        return 1
    except Refused as refused:
        print(sentence(refused.which, given.language, **refused.facts))
        return 1
    return _watch(witness, given.url, given.every, given.language)


def _watch(witness: Witness, url: str, every: int | None, language: str) -> int:
    while True:
        try:
            delivered(url, witness.cosign(fetched(url, witness.seen.size), time=int(time.time())))
            print(sentence("witness_signed", language, size=witness.seen.size), flush=True)
            status = 0
        except Refused as refused:
            print(sentence(refused.which, language, **refused.facts), flush=True)
            status = 1
        except (OSError, ValueError, urllib.error.URLError) as error:
            print(sentence("witness_cannot", language, error=error), flush=True)
            status = 1
        if not every:
            return status
        time.sleep(every)


if __name__ == "__main__":
    sys.exit(main())
