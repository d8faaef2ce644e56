"""One part of the log, checked by itself: bytes, hashes, columns, links within it, disclosures, cited documents.

What holds is found by comparing texts, without reading the JSON; what does not is looked at again in `chain`, which
names it. What reaches beyond the part is handed on: where each chain begins and ends in it, the leaves, their moments.
"""

from __future__ import annotations

from binascii import hexlify
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import partial
from hashlib import sha256
from typing import Any

import msgspec
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from workflow.ledger import canonical
from workflow.ledger.chain import Failure, own_failures
from workflow.ledger.openings import Together, closed, unopened
from workflow.ledger.recount import Run, runs
from workflow.ledger.stream import Entry, Source, as_columns
from workflow.ledger.times import Spans, spans
from workflow.models import LogEntry

Cited = tuple[int, bytes, bytes, int]
"""A document that an entry cites, its digest, the chain and seq of the entry."""
Head = tuple[int, str, int | None, str, int | None, int | None]
"""Of a chain's last entry: seq, hash, leaf, target of its last move, case, agency."""
Last = tuple[int, bytes, int | None, bytes, int | None, int | None]
"""The same with texts as they are read."""
Begin = tuple[int, str | None, int | None, int | None]
"""Of a chain's first entry in a part: seq, hash it says it follows (None: cannot be read), leaf, case."""
_LEAF, _CHAIN, _SEQ, _CASE, _RECORDED, _DATA = 1, 2, 3, 4, 7, 16
"""Where these stand in an entry."""
_START = b'\x01{"actor":"%b","agency_id":%b,"appointment":"%b","at":"%b","chain":"%b","data":{'
_END = (
    b'},"law_version":"%b","on_behalf_of":"%b","own_act":%b,"prev":"%b","recorded_at":"%b","seq":%d,"source":"%b",'
    b'"target":"%b","transition":"%b"}'
)
_TRUTH = (b"false", b"true")
_DOCUMENT = b'"document":'
_leaf_hash = sha256(b"\x00").copy
"""Begun once: beginning costs more than a leaf."""


class _Form(msgspec.Struct):
    """What is read of an entry's bytes."""

    data: Any = None


_read = msgspec.json.Decoder(_Form).decode


@dataclass(slots=True)
class Part:
    """What was found in a part of the log."""

    entries: int = 0
    begins: dict[str, Begin] = field(default_factory=dict)
    ends: dict[str, Head] = field(default_factory=dict)
    leaves: list[Run] = field(default_factory=list)
    spans: Spans = field(default_factory=dict)
    failures: list[Failure] = field(default_factory=list)

    def fails(self, chain: bytes, seq: int, why: Any) -> None:
        """Add a failure."""
        self.failures.append(Failure(chain.decode(errors="replace"), seq, why))


def check(source: Source, low: int, high: int, *, floor: int) -> Part:
    """Return what is found among the entries with keys from `low` to before `high`.

    floor: key up to which every entry must have its leaf
    """
    part, sealed = Part(), _Sealed()
    heads: dict[bytes, Last] = {}
    cited: list[Cited] = []
    doubted: list[Entry] = []
    left: dict[int, Together] = {}
    for rows, disclosed in source.read(low, high):
        part.entries += len(rows)
        digests, bodies = _bodies(source, part, rows, heads)
        for row in sealed.add(rows, digests):
            if row[0] <= floor:
                part.fails(row[_CHAIN], row[_SEQ], _("it has no place in the tree, though later entries have"))
        told = []
        opened = {one[0]: one for one in disclosed}
        for row, body in zip(rows, bodies, strict=True):
            if (given := opened.pop(row[0], None)) is not None:
                told.append((row, body, given))
            if (at := row[_DATA].find(_DOCUMENT)) > 0:
                cited += _cites(row[_CHAIN], row[_SEQ], row[_DATA], at)
        doubted += closed(told)
        left |= opened
    part.ends = {
        chain.decode(): (seq, hashed.decode(), leaf, target.decode(), case, agency)
        for chain, (seq, hashed, leaf, target, case, agency) in heads.items()
    }
    part.leaves = runs(sealed.places, sealed.leaves)
    part.spans = spans(source, sealed.places, sealed.times)
    for row in doubted:
        _disclosed(part, source, row)
    _ownerless(source, part, left)
    _check_citations(source, part, cited)
    return part


@dataclass(slots=True)
class _Sealed:
    """The leaves among the entries: their places, their hashes, when their entries were recorded."""

    places: list[int] = field(default_factory=list)
    leaves: list[bytes] = field(default_factory=list)
    times: list[Any] = field(default_factory=list)

    def add(self, rows: list[Entry], digests: list[bytes]) -> list[Entry]:
        """Add the leaves of entries, given with their digests; return the entries that have none."""
        for row, digest in zip(rows, digests, strict=True):
            if (place := row[_LEAF]) is not None:
                hashing = _leaf_hash()
                hashing.update(digest)
                self.places.append(place)
                self.leaves.append(hashing.digest())
                self.times.append(row[_RECORDED])
        return [row for row in rows if row[_LEAF] is None]


def _bodies(source: Source, part: Part, rows: list[Entry], heads: dict[bytes, Last]) -> tuple[list[bytes], list[bytes]]:
    """Return the digests of some entries, and of each the text of its data; empty where the entry is in doubt.

    The entries are compared with their columns and with those before them, column by column: what stands around the
    data follows from the columns.
    heads: the last entry of each chain so far
    """
    if not rows:
        return [], []
    (_keys, leaves, chains, seqs, cases, agencies, ats, recorded, actors, posts, signers, owns, acts, origins,
     targets, laws, datas, hashes) = zip(*rows, strict=True)  # fmt: skip
    linking = zip(leaves, chains, seqs, cases, agencies, targets, datas, hashes, strict=True)
    befores, prevs = _linked(part, heads, linking)
    digests = [sha256(data).digest() for data in datas]
    at = source.moments(ats)
    on = at if recorded == ats else source.moments(recorded)
    numbers = {one: b"null" if one is None else b"%d" % one for one in {*agencies}}
    agency, own = map(numbers.__getitem__, agencies), map(_TRUTH.__getitem__, owns)
    starts = map(_START.__mod__, zip(actors, agency, posts, at, chains, strict=True))
    ends = map(_END.__mod__, zip(laws, signers, own, prevs, on, seqs, origins, targets, acts, strict=True))
    bodies = [
        data[len(start) - 1 : 1 - len(end)]
        if data.startswith(start) and data.endswith(end) and hexlify(digest) == hashed
        else b""
        for data, start, end, digest, hashed in zip(datas, starts, ends, digests, hashes, strict=True)
    ]
    if not all(bodies):
        for row, head, body, *moments in zip(rows, befores, bodies, at, on, strict=True):
            if not body:
                _doubtful(part, row, head, *moments)
    return digests, bodies


def _linked(
    part: Part, heads: dict[bytes, Last], entries: Iterable[tuple[Any, ...]]
) -> tuple[list[Last | None], list[bytes]]:
    """Return of each entry the one before it in its chain, if that is in this part, and the hash it must follow.

    entries: of each its leaf, chain, seq, case, agency, target, bytes and hash
    """
    befores: list[Last | None] = []
    prevs: list[bytes] = []
    for leaf, chain, seq, case, agency, target, data, hashed in entries:
        head = heads.get(chain)
        befores.append(head)
        if head is None:
            prev = _prev(data)
            part.begins[chain.decode()] = (seq, prev.decode(errors="replace"), leaf, case)
            heads[chain] = (seq, hashed, leaf, target, case, agency)
        else:
            prev = head[1] if seq == head[0] + 1 else b""
            if head[4] != case:
                part.fails(chain, seq, OTHER_CASE)
            if leaf is not None and (head[2] is None or head[2] >= leaf):
                part.fails(chain, seq, BEFORE)
            heads[chain] = (seq, hashed, leaf, target or head[3], case, agency)
        prevs.append(prev)
    return befores, prevs


OTHER_CASE = _("it belongs to another case than the entry before it")
BEFORE = _("it stands in the tree before the entry that precedes it")
FOLLOWS_NOT = _("it does not follow the entry before it")
OUT_OF_ORDER = partial(format_lazy, _("entry {n} is missing or out of order"))


def _prev(data: bytes) -> bytes:
    """Return the hash an entry says it follows; it is compared with the end of the bytes, in its place, then."""
    at = data.rfind(b'"prev":"') + 8
    return data[at : data.find(b'"', at)]


def _doubtful(part: Part, row: Entry, head: Last | None, *moments: bytes) -> None:
    """Look again at an entry whose text is not what its columns and its predecessor make one expect."""
    entry = LogEntry(**as_columns(row, *moments))
    part.failures += own_failures(entry)
    try:
        prev = str(canonical.parse(bytes(entry.canonical))["prev"])
    except (ValueError, KeyError):
        prev = None
    if head is None:
        part.begins[entry.chain] = (entry.seq, prev, row[_LEAF], row[_CASE])
    elif prev is not None and entry.seq != head[0] + 1:
        part.fails(row[_CHAIN], entry.seq, OUT_OF_ORDER(n=head[0] + 1))
    elif prev is not None and prev.encode() != head[1]:
        part.fails(row[_CHAIN], entry.seq, FOLLOWS_NOT)


def _disclosed(part: Part, source: Source, row: Entry) -> None:
    """Name what is disclosed of an entry and does not open the commitment at its name."""
    key, chain, seq, data = row[0], row[2], row[_SEQ], row[_DATA]
    try:
        shown = _read(memoryview(data)[1:]).data
    except ValueError:
        shown = None
    for name in unopened(shown, source.disclosures(key)):
        why = format_lazy(_("the disclosed value of {name} is not what was hashed"), name=name)
        part.fails(chain, seq, why)


def _ownerless(source: Source, part: Part, left: dict[int, Together]) -> None:
    """Name values that are disclosed of entries that are gone; those of entries we began behind are not."""
    keys = sorted(left)
    for some in (keys[n : n + 500] for n in range(0, len(keys), 500)):
        marks = ", ".join(["%s"] * len(some))
        there = {key for (key,) in source.look_up(f"SELECT id FROM workflow_logentry WHERE id IN ({marks})", some)}
        for key in some:
            if key not in there:
                for _one in range(left[key][1]):
                    part.fails(b"", 0, format_lazy(_("a value is disclosed of entry {key}, which is gone"), key=key))


def _cites(chain: bytes, seq: int, data: bytes, at: int) -> list[Cited]:
    """Return the documents an entry cites; where each stands as usual, no JSON need be read.

    at: where the key of the first document stands in the entry's bytes
    """
    found = []
    while at > 0:
        start = at + len(_DOCUMENT)
        end = data.find(b",", start)
        digest, key = data[at - 66 : at - 2], data[start:end]
        if data[at - 76 : at - 66] != b'"digest":"' or data[at - 2 : at] != b'",' or not key.isdigit():
            break
        if not digest.isalnum():
            break
        found.append((int(key), digest, chain, seq))
        at = data.find(_DOCUMENT, end)
    else:
        return found
    try:
        shown = _read(memoryview(data)[1:]).data
    except ValueError:
        return []
    return [(key, digest.encode(), chain, seq) for key, digest in canonical.documents(shown)]


def _check_citations(source: Source, part: Part, cited: list[Cited]) -> None:
    """Compare the documents that entries cite with those that are on file."""
    keys = sorted({one[0] for one in cited})
    found: dict[int, bytes] = {}
    for some in (keys[n : n + 500] for n in range(0, len(keys), 500)):
        marks = ", ".join(["%s"] * len(some))
        rows = source.look_up(f"SELECT id, digest FROM workflow_document WHERE id IN ({marks})", some)
        found |= {key: digest.encode() for key, digest in rows}
    for pk, digest, chain, seq in cited:
        if pk not in found:
            part.fails(chain, seq, format_lazy(_("document {pk}, which it cites, is gone"), pk=pk))
        elif found[pk] != digest:
            part.fails(chain, seq, format_lazy(_("document {pk} is not what it cites"), pk=pk))
