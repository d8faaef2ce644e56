"""Verify an evidence bundle offline: `python -m workflow.ledger.verify FILE --key PUB`.

Everything is checked that `docs/ledger.md` claims of a bundle, against nothing but the public key that the reader
trusts. Exit status 0 if all holds, else 1 and one sentence for each failure that names the entry. Standard library
and `cryptography` only; this folder can be copied and run without the rest.
"""

from __future__ import annotations

import argparse
import base64
import binascii
import hashlib
import json
import sys
import zipfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from workflow.ledger import canonical, merkle, moments
from workflow.ledger.notes import Checkpoint, Note, NoteError, Verifier
from workflow.ledger.sentences import LANGUAGES, sentence
from workflow.ledger.trust import Trusted, checkpoint_of, trusted

FORMAT = "giaitrinh-bundle/1"
WHOLE, PROOFS = "whole", "proofs"
"""A bundle of all leaves of the tree, from which its root is worked out; or one with a proof for each entry."""


@dataclass(frozen=True, slots=True)
class Failure:
    """One thing that is wrong: where (an entry, or a part of the bundle), which, and the facts of its sentence."""

    where: str
    which: str
    facts: dict[str, Any] = field(default_factory=dict)

    def told(self, language: str) -> str:
        """Return the sentence that names the entry."""
        return f"{self.where}: {sentence(self.which, language, **self.facts)}"


@dataclass(slots=True)
class Report:
    """What was checked and what was found; cosigned: name of the witness, size and time in seconds since 1970."""

    origin: str = ""
    size: int = 0
    root: str = ""
    entries: int = 0
    chains: int = 0
    documents: int = 0
    cosigned: list[tuple[str, int, int]] = field(default_factory=list)
    failures: list[Failure] = field(default_factory=list)

    def fails(self, where: str, which: str, /, **facts: Any) -> None:
        """Note a failure; of an error its sentence alone, which keeps no file open."""
        told = {name: str(fact) if isinstance(fact, Exception) else fact for name, fact in facts.items()}
        self.failures.append(Failure(where, which, told))

    def told(self, language: str) -> Iterator[str]:
        """Yield what a person should read."""
        if self.failures:
            yield from (one.told(language) for one in self.failures)
            yield sentence("wrong", language, n=len(self.failures))
            return
        facts = {name: getattr(self, name) for name in ("origin", "size", "root", "entries", "chains", "documents")}
        yield sentence("holds", language, **facts)
        for name, size, seconds in self.cosigned:
            at = datetime.fromtimestamp(seconds, UTC).isoformat().replace("+00:00", "Z")
            yield sentence("cosigned", language, name=name, size=size, at=at)
        yield sentence("limits", language)


def verify(path: Path, key: Verifier, witnesses: Sequence[Verifier] = ()) -> Report:
    """Return what holds and what does not of a bundle.

    key: the log's, as the reader got it from somebody they trust; witnesses: each must have cosigned a checkpoint
    """
    report = Report(origin=key.name)
    try:
        with zipfile.ZipFile(path) as bundle:
            _Bundle(bundle, report).check(key, witnesses)
    except (OSError, zipfile.BadZipFile, zipfile.LargeZipFile, NotImplementedError, RuntimeError, EOFError) as error:
        report.fails(path.name, "no_zip", error=error)
    return report


class _Bundle:
    """One bundle that is being checked."""

    def __init__(self, bundle: zipfile.ZipFile, report: Report) -> None:
        self.bundle, self.report = bundle, report
        self.names = set(bundle.namelist())
        self.heads: dict[str, tuple[int, str, int]] = {}  # chain to seq, hash and leaf of its last entry
        self.cited: dict[int, list[tuple[str, str]]] = {}  # document to the entries that cite it, with the digest
        self.checkpoint = Checkpoint("", 0, merkle.EMPTY)
        self.between = moments.Between()
        self.recorded: dict[str, datetime] = {}  # chain, or "" for the tree, to when its latest entry was recorded

    def check(self, key: Verifier, witnesses: Sequence[Verifier]) -> None:
        """Check everything, in the order in which one thing rests on another."""
        manifest = self.manifest()
        form = manifest.get("format"), manifest.get("tree")
        if form not in ((FORMAT, WHOLE), (FORMAT, PROOFS)):
            self.report.fails("manifest.json", "format", format=form, known=FORMAT)
            return
        try:
            notes = [one["note"] for _, one in self.lines("handovers.jsonl")] if self.has("handovers.jsonl") else []
            keys = trusted(key, notes)
        except (NoteError, KeyError, AttributeError, TypeError) as error:
            self.report.fails("handovers.jsonl", "handover", error=error)
            keys = [Trusted(key)]
        self.checkpoints(keys, key.name, witnesses)
        self.entries(whole=manifest.get("tree") == WHOLE)
        self.documents()
        for name in ("entries", "documents"):
            if (told := manifest.get(name)) != (found := getattr(self.report, name)):
                self.report.fails(f"{name}.jsonl", "count", told=told, found=found)

    def has(self, name: str) -> bool:
        return name in self.names

    def manifest(self) -> dict[str, Any]:
        """Return what the bundle says it is; empty if it says nothing that can be read."""
        try:
            found = json.loads(self.bundle.read("manifest.json"))
        except (KeyError, ValueError, RecursionError):
            found = {}
        return found if isinstance(found, dict) else {}

    def lines(self, name: str) -> Iterator[tuple[int, dict[str, Any]]]:
        """Yield the objects of a file with the number of their line; what is no object is a failure."""
        if not self.has(name):
            self.report.fails(name, "no_member", name=name)
            return
        with self.bundle.open(name) as file:
            for number, line in enumerate(file, 1):
                try:
                    one = json.loads(line)
                    if not isinstance(one, dict):
                        raise ValueError("no object")
                except (ValueError, RecursionError) as error:
                    self.report.fails(name, "no_json", line=number, error=error)
                    continue
                yield number, one

    def checkpoints(self, keys: list[Trusted], origin: str, witnesses: Sequence[Verifier]) -> None:
        """Check who has signed the checkpoints, and that the last one extends each of the others."""
        found: list[tuple[Checkpoint, list[bytes]]] = []
        texts: list[tuple[Checkpoint, str]] = []
        for number, line in self.lines("checkpoints.jsonl"):
            where = f"checkpoints.jsonl {number}"
            try:
                note = Note.parse(line["note"])
                checkpoint = checkpoint_of(note, keys, origin)
                found.append((checkpoint, [bytes.fromhex(one) for one in line["proof"]]))
                texts.append((checkpoint, note.text))
            except (NoteError, KeyError, TypeError, AttributeError, ValueError) as error:
                self.report.fails(where, "checkpoint", error=error)
                continue
            for witness in witnesses:
                if seen := note.signed_by(witness):
                    self.report.cosigned.append((witness.name, checkpoint.size, seen.time))
                elif any((one.name, one.key_id) == (witness.name, witness.key_id) for one in note.signatures):
                    self.report.fails(where, "bad_cosignature", name=witness.name, size=checkpoint.size)
        for witness in witnesses:
            if not any(name == witness.name for name, _, _ in self.report.cosigned):
                self.report.fails("checkpoints.jsonl", "no_cosignature", name=witness.name)
        if not found:
            self.report.fails("checkpoints.jsonl", "no_checkpoint")
            return
        last, _ = found[-1]
        self.checkpoint, self.report.size, self.report.root = last, last.size, last.root.hex()
        for old, proof in found:
            if not merkle.is_consistent(old.size, old.root, last.size, last.root, proof):
                self.report.fails("checkpoints.jsonl", "inconsistent", size=last.size, old=old.size)

        for size, why in moments.broken(texts):
            self.report.fails("checkpoints.jsonl", why, size=size)
        self.between = moments.Between.of(one for one, _ in found)

    def entries(self, *, whole: bool) -> None:
        """Check each entry, its place in its chain, its place in the tree and what is disclosed of it."""
        tree = merkle.Frontier()
        proofs = iter(() if whole else self.lines("proofs.jsonl"))
        for number, line in self.lines("entries.jsonl"):
            self.report.entries += 1
            _, proof = next(proofs, (0, {}))
            where = f"{line.get('chain')} #{line.get('seq')}"
            try:
                leaf = self.entry(where, line, whole=whole)
            except (KeyError, TypeError, ValueError, AttributeError, binascii.Error, RecursionError) as error:
                self.report.fails(where if "chain" in line else f"entries.jsonl {number}", "shape", error=repr(error))
                continue
            if whole:
                if line["leaf"] != tree.size:
                    self.report.fails(where, "leaf_missing", leaf=tree.size)
                tree.push(leaf)
            else:
                self.included(where, line["leaf"], leaf, proof)
        for _ in proofs:  # to the end, so that the file is closed
            self.report.fails("proofs.jsonl", "proof_of_nothing")
        self.report.chains = len(self.heads)
        if whole and (tree.size, tree.root()) != (self.checkpoint.size, self.checkpoint.root):
            self.report.fails("entries.jsonl", "root")

    def entry(self, where: str, line: dict[str, Any], *, whole: bool) -> bytes:
        """Check an entry by itself and in its chain; return the hash of its leaf."""
        data = base64.b64decode(line["canonical"], validate=True)
        hashed, chain, seq, leaf = canonical.digest(data), line["chain"], line["seq"], line["leaf"]
        if hashed != line["hash"]:
            self.report.fails(where, "hash")
        before, prev, leaf_before = self.heads.get(chain, (0, "", -1))
        self.heads[chain] = seq, hashed, leaf
        if seq != before + 1:
            self.report.fails(where, "order", expected=before + 1)
        if leaf <= leaf_before:
            self.report.fails(where, "leaf_order")
        try:
            form = canonical.parse(data)
        except (ValueError, RecursionError) as error:
            self.report.fails(where, "form", error=error)
            return merkle.leaf_hash(bytes.fromhex(hashed))
        if (form["chain"], form["seq"]) != (chain, seq):
            self.report.fails(where, "place", chain=form["chain"], seq=form["seq"])
        if form["prev"] != prev:
            self.report.fails(where, "link")
        self.moment(where, "" if whole else chain, leaf, datetime.fromisoformat(form["recorded_at"]))
        self.disclosures(where, form["data"], line["disclosures"])
        for document, digest in canonical.documents(form["data"]):
            self.cited.setdefault(document, []).append((where, digest))
        return merkle.leaf_hash(bytes.fromhex(hashed))

    def moment(self, where: str, order: str, leaf: int, recorded: datetime) -> None:
        """Check when an entry says it was recorded against the checkpoints around it and the entries before it."""
        before = self.recorded.get(order, recorded)
        self.recorded[order] = max(before, recorded)
        why = self.between.wrong(leaf, recorded) or (moments.BACK if recorded < before - moments.LAG else "")
        if why:
            self.report.fails(where, why, at=recorded.isoformat())

    def included(self, where: str, index: int, leaf: bytes, proof: dict[str, Any]) -> None:
        """Check an entry's inclusion proof."""
        try:
            at, path = proof["leaf"], [bytes.fromhex(one) for one in proof["path"]]
        except (KeyError, TypeError, ValueError):
            self.report.fails(where, "no_proof")
            return
        size, root = self.checkpoint.size, self.checkpoint.root
        if at != index or not merkle.is_included(leaf, index, size, path, root):
            self.report.fails(where, "not_included")

    def disclosures(self, where: str, data: Any, disclosures: list[dict[str, str]]) -> None:
        """Check that every disclosed value opens its commitment; what was erased is absent, and that is no failure."""
        seen = set()
        for one in disclosures:
            name = one["name"]
            if name in seen:
                self.report.fails(where, "twice", name=name)
            seen.add(name)
            committed = canonical.commitment_at(data, name)
            if committed is None or canonical.commitment(one["value"], one["salt"]) != committed:
                self.report.fails(where, "disclosure", name=name)

    def documents(self) -> None:
        """Check every document by its digest, and that each that an entry cites is there and is what it cites."""
        for number, line in self.lines("documents.jsonl"):
            self.report.documents += 1
            where = f"documents.jsonl {number}"
            try:
                document, digest, withheld = line["document"], line["digest"], bool(line.get("withheld"))
                if not withheld:
                    where = f"{line['kind']} {line['number']}".strip()
                    self.document(where, line)
                for entry, cited in self.cited.pop(document, ()):
                    if cited != digest:
                        self.report.fails(entry, "document", document=document)
            except (KeyError, TypeError, ValueError, RecursionError) as error:
                self.report.fails(where, "shape", error=repr(error))
        for document, entries in self.cited.items():
            for entry, _ in entries:
                self.report.fails(entry, "no_document", document=document)

    def document(self, where: str, line: dict[str, Any]) -> None:
        """Check what a document says, and its file."""
        fields = {name: line[name] for name in canonical.DOCUMENT}
        if canonical.digest(canonical.form(fields)) != line["digest"]:
            self.report.fails(where, "document_digest")
        if line["file"] and not self.has(name := f"files/{line['file']}"):
            self.report.fails(where, "no_file")
        elif line["file"]:
            with self.bundle.open(name) as file:
                if hashlib.file_digest(file, "sha256").hexdigest() != line["file"]:  # type: ignore[arg-type]
                    self.report.fails(where, "file")


def read_key(given: str) -> Verifier:
    """Return the public key that is given as a line, or as a file that holds one.

    Raises NoteError or OSError.
    """
    return Verifier.parse(given if "+" in given else Path(given).read_text(encoding="utf-8"))


def main(arguments: Sequence[str] | None = None) -> int:
    """Verify the bundle that the command line names; returns the exit status."""
    parser = argparse.ArgumentParser(prog="python -m workflow.ledger.verify", description=__doc__)
    parser.add_argument("file", type=Path, metavar="FILE", help="the bundle, a ZIP file")
    parser.add_argument("--key", required=True, metavar="PUB", help="the log's public key: a file, or the line itself")
    parser.add_argument(
        "--witness", action="append", default=[], metavar="PUB", help="a witness that must have cosigned"
    )
    parser.add_argument("--language", choices=LANGUAGES, default="vi")
    parser.add_argument("--json", action="store_true", help="print the result as JSON")
    given = parser.parse_args(arguments)
    keys = []
    for one in (given.key, *given.witness):
        try:
            keys.append(read_key(one))
        except (NoteError, OSError, UnicodeDecodeError) as error:
            print(sentence("no_key", given.language, key=one, error=error))
            return 1
    report = verify(given.file, keys[0], keys[1:])
    if given.json:
        wrong = [{"where": one.where, "why": sentence(one.which, "en", **one.facts)} for one in report.failures]
        facts = {name: getattr(report, name) for name in ("origin", "size", "root", "entries", "chains", "documents")}
        print(json.dumps(facts | {"verified": not wrong, "failures": wrong}, ensure_ascii=False, indent=2))
    else:
        print("\n".join(report.told(given.language)))
    return 1 if report.failures else 0


if __name__ == "__main__":
    sys.exit(main())
