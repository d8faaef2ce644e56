"""An evidence bundle: whole chains in their exact bytes, with proofs, documents, checkpoints and keys, in one ZIP file.

Its form stands in `docs/ledger.md`; `verify.py` reads it with nothing of ours but the public key.
"""

from __future__ import annotations

import base64
import hashlib
import json
import os
import shutil
import zipfile
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from itertools import islice
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.files.storage import default_storage
from django.db.models import Max, Min
from django.template.loader import render_to_string

from workflow.ledger import canonical, keys, receipts, seal
from workflow.ledger.models import Anchor, Checkpoint, Handover
from workflow.ledger.notes import Note, Verifier
from workflow.ledger.tiles import Tiles
from workflow.ledger.verify import FORMAT, PROOFS, WHOLE
from workflow.models import Agency, Case, Chain, Disclosure, Document, LogEntry

CHUNK = 1000


@dataclass(frozen=True, slots=True)
class Scope:
    """What a bundle is about: one case, an agency with what is below it, or everything; and what its reader may see.

    discloses: whether the value behind a commitment of an entry, by its name, is handed over
    shows: whether a document is
    """

    case: str = ""
    agency: str = ""
    discloses: Callable[[LogEntry, str], bool] = field(default=lambda entry, name: True)
    shows: Callable[[Document], bool] = field(default=lambda document: True)

    @property
    def is_everything(self) -> bool:
        """Return whether the whole log is wanted."""
        return not self.case and not self.agency

    def chains(self) -> Iterator[str]:
        """Yield the names of the chains that are wanted, cases first."""
        cases, others = Case.objects.order_by("id"), Chain.objects.order_by("name")
        if self.case:
            cases, others = cases.filter(code=self.case), others.none()
        elif self.agency:
            below = Agency.objects.filter(path__startswith=Agency.objects.get(slug=self.agency).path)
            names = [f"agency:{slug}" for slug in below.values_list("slug", flat=True)]
            cases, others = cases.filter(agency__in=below), others.filter(name__in=names)
        for one in cases.iterator():
            yield one.chain
        yield from others.values_list("name", flat=True)


@dataclass(frozen=True, slots=True)
class Written:
    """What a bundle holds; attached: SHA-256 of each member that is no part of the proof, by name."""

    entries: int
    documents: int
    size: int
    attached: Mapping[str, str]


Attach = Callable[[Checkpoint | None], Mapping[str, bytes]]
"""What goes along with a bundle for people to read, by name; told the checkpoint that covers the bundle."""


def write(
    path: Path,
    scope: Scope,
    *,
    at: datetime,
    then: Callable[[Written], object] = lambda _: None,
    attach: Attach = lambda _: {},
) -> Written:
    """Seal what was written so far, and write a bundle to a new file.

    attach: gives what goes along with it
    then: called once the bundle is written and before it appears under its name, so that it can be logged first
    Raises FileExistsError if the file is there already, seal.Broken if the tree is not what the checkpoints say.
    """
    if path.exists():
        raise FileExistsError(17, os.strerror(17), str(path))
    checkpoint = seal.seal(wait=True)
    draft = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        with zipfile.ZipFile(draft, "x", zipfile.ZIP_DEFLATED) as bundle:
            written = _Writer(bundle, scope, checkpoint).write(at, attach(checkpoint))
        then(written)
        os.link(draft, path)
    finally:
        draft.unlink(missing_ok=True)
    return written


class _Writer:
    """One bundle that is being written."""

    def __init__(self, bundle: zipfile.ZipFile, scope: Scope, checkpoint: Checkpoint | None) -> None:
        self.bundle, self.scope, self.checkpoint = bundle, scope, checkpoint
        self.size = checkpoint.size if checkpoint else 0
        self.cited: dict[int, str] = {}
        self.around: set[int] = set()
        self.stored: dict[str, str] = {}  # digest of a file to where it is stored
        self.entries = 0

    def write(self, at: datetime, attached: Mapping[str, bytes]) -> Written:
        self._lines("entries.jsonl", self._entry_lines())
        if not self.scope.is_everything:
            self._lines("proofs.jsonl", self._proof_lines())
        documents = self._lines("documents.jsonl", self._document_lines())
        self._files()
        self._lines("checkpoints.jsonl", self._checkpoint_lines())
        self._stamps()
        handovers = list(Handover.objects.order_by("pk").values_list("note", flat=True))
        if handovers:
            self._lines("handovers.jsonl", ({"note": note} for note in handovers))
        self._keys(handovers)
        manifest = {
            "format": FORMAT,
            "origin": settings.LEDGER_ORIGIN,
            "exported_at": canonical.instant(at),
            "case": self.scope.case,
            "agency": self.scope.agency,
            "tree": WHOLE if self.scope.is_everything else PROOFS,
            "size": self.size,
            "entries": self.entries,
            "documents": documents,
        }
        self.bundle.writestr("manifest.json", json.dumps(manifest, ensure_ascii=False) + "\n")
        self.bundle.writestr("README.txt", render_to_string("ledger/bundle.txt", {**manifest, "attached": attached}))
        for name, content in attached.items():
            self.bundle.writestr(name, content)
        digests = {name: hashlib.sha256(content).hexdigest() for name, content in attached.items()}
        return Written(self.entries, documents, self.size, digests)

    def _lines(self, name: str, rows: Iterable[dict[str, Any]]) -> int:
        n = 0
        with self.bundle.open(name, "w", force_zip64=True) as file:
            for row in rows:
                file.write(json.dumps(row, ensure_ascii=False).encode() + b"\n")
                n += 1
        return n

    def _batches(self) -> Iterator[list[LogEntry]]:
        """Yield the sealed entries: all in the order of the tree, or chain by chain in order of seq."""
        sealed = LogEntry.objects.filter(leaf__index__lt=self.size).select_related("leaf")
        if self.scope.is_everything:
            yield from _chunks(sealed.order_by("leaf__index"))
            return
        for chain in self.scope.chains():
            yield from _chunks(sealed.filter(chain=chain).order_by("seq"))

    def _entry_lines(self) -> Iterator[dict[str, Any]]:
        for batch in self._batches():
            opened: dict[int, list[dict[str, str]]] = {}
            for one in Disclosure.objects.filter(entry__in=[entry.pk for entry in batch]).order_by("name"):
                told = {"name": one.name, "salt": one.salt, "value": one.value}
                opened.setdefault(one.entry_id, []).append(told)
            for entry in batch:
                self.entries += 1
                if self.scope.case:
                    self.around |= _around(entry.leaf.index)
                data = bytes(entry.canonical)
                self.cited.update(canonical.documents(json.loads(data[1:])["data"]))
                yield {
                    "chain": entry.chain,
                    "seq": entry.seq,
                    "leaf": entry.leaf.index,
                    "hash": entry.hash,
                    "canonical": base64.b64encode(data).decode(),
                    "disclosures": [
                        one for one in opened.get(entry.pk, ()) if self.scope.discloses(entry, one["name"])
                    ],
                }

    def _proof_lines(self) -> Iterator[dict[str, Any]]:
        tiles = Tiles(self.size)
        for batch in self._batches():
            for entry in batch:
                path = tiles.inclusion_proof(entry.leaf.index, self.size)
                yield {"leaf": entry.leaf.index, "path": [one.hex() for one in path]}

    def _document_lines(self) -> Iterator[dict[str, Any]]:
        wanted = iter(sorted(self.cited))
        while ids := list(islice(wanted, CHUNK)):
            found = Document.objects.in_bulk(ids)
            for pk in ids:
                document = found.get(pk)
                if document is None:
                    continue  # whoever verifies the bundle learns of it
                if document.erased_at or not self.scope.shows(document):
                    yield {"document": pk, "digest": document.digest, "withheld": True}
                    continue
                stored = str(document.file.name or "")
                digest = stored.rsplit("/", 1)[-1][:64]
                if stored:
                    self.stored[digest] = stored
                yield {
                    "document": pk,
                    "digest": document.digest,
                    "kind": document.kind,
                    "number": document.number,
                    "date": document.dated_on.isoformat(),
                    "summary": document.summary,
                    "body": document.body,
                    "file": digest,
                    "file_name": document.file_name,
                }

    def _files(self) -> None:
        """Put the documents' files into the bundle, each under the digest it is stored by.

        A file that is lost stays absent, and whoever verifies the bundle learns of it.
        """
        for digest, stored in self.stored.items():
            try:
                source = default_storage.open(stored, "rb")
            except OSError:
                continue
            with source, self.bundle.open(f"files/{digest}", "w") as target:
                shutil.copyfileobj(source, target)

    def _anchored(self) -> list[Checkpoint]:
        """Return the latest checkpoint that somebody outside has seen, and the one that covers the bundle."""
        earlier = Checkpoint.objects.filter(anchors__isnull=False, size__lt=self.size).order_by("-size").first()
        return [one for one in (earlier, self.checkpoint) if one]

    def _checkpoint_lines(self) -> Iterator[dict[str, Any]]:
        """Yield the checkpoints that were anchored, of one case also those around its entries; the last covers all."""
        told = {one.size: one for one in (*Checkpoint.objects.filter(size__in=self.around), *self._anchored())}
        for _, one in sorted(told.items()):
            proof = Tiles(self.size).consistency_proof(one.size, self.size)
            yield {"note": receipts.cosigned(one), "proof": [step.hex() for step in proof]}

    def _stamps(self) -> None:
        """Put time stamps into the bundle, with the text that was stamped."""
        for one in self._anchored():
            bodies = one.anchors.filter(kind=Anchor.Kind.STAMP).order_by("pk").values_list("body", flat=True)
            for n, body in enumerate(bodies, 1):
                if n == 1:
                    self.bundle.writestr(f"stamps/{one.size}.txt", Note.parse(one.note).text)
                self.bundle.writestr(f"stamps/{one.size}-{n}.tsr", base64.b64decode(body))

    def _keys(self, handovers: list[str]) -> None:
        known = [Verifier.parse(line) for note in handovers for line in note.split("\n")[3:5]]
        known += [keys.public(), *map(Verifier.parse, settings.LEDGER_WITNESSES)]
        for key in dict.fromkeys(known):
            self.bundle.writestr(f"keys/{key.key_id.hex()}.pub", f"{key}\n")
        self.bundle.writestr("log.pub", f"{keys.public()}\n")


def _around(leaf: int) -> set[int]:
    """Return the sizes of the last checkpoint before a leaf and of the first that covers it."""
    ends = Checkpoint.objects.filter(size__gt=leaf).aggregate(size=Min("size"))
    begins = Checkpoint.objects.filter(size__lte=leaf).aggregate(size=Max("size"))
    return {one["size"] for one in (begins, ends) if one["size"]}


def _chunks(entries: Any) -> Iterator[list[LogEntry]]:
    """Yield the entries in lists, read as they are needed."""
    stream = entries.iterator(CHUNK)
    while batch := list(islice(stream, CHUNK)):
        yield batch
