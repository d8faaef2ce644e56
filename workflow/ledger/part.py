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
from itertools import pairwise
from typing import Any

import msgspec
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from workflow.ledger import canonical
from workflow.ledger.chain import Failure, own_failures
from workflow.ledger.openings import Disclosed, all_open, unopened
from workflow.ledger.recount import Run, runs
from workflow.ledger.stream import Entry, Source, as_columns
from workflow.ledger.times import Spans, spans
from workflow.models import LogEntry

Cited = tuple[int, bytes, bytes, int]
"""A document that an entry cites, its digest, the chain and seq of the entry."""
Head = tuple[int, str, int | None, str, int | None, int | None]
"""Of a chain's last entry: seq, hash, leaf, target of its last move, case, agency."""
Begin = tuple[int, str | None, int | None, int | None]
"""Of a chain's first entry in a part: seq, hash it says it follows (None: cannot be read), leaf, case."""
_LEAF, _SEQ, _CASE, _AGENCY, _TARGET, _HASH = 1, 3, 4, 5, 14, 17
"""Where these stand in an entry."""
_START = b'\x01{"actor":"%b","agency_id":%b,"appointment":"%b","at":"%b","chain":"%b","data":{'
_END = (
    b'},"law_version":"%b","on_behalf_of":"%b","own_act":%b,"prev":"%b","recorded_at":"%b","seq":%d,"source":"%b",'
    b'"target":"%b","transition":"%b"}'
)
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
    part, moment = Part(), source.moment
    heads: dict[bytes, Entry] = {}
    places: list[int] = []
    leaves: list[bytes] = []
    times: list[Any] = []
    opened = _together(source.disclosures(low, high))
    cited: list[Cited] = []
    rows = source.entries(low, high)
    for row in rows:
        (key, leaf, chain, seq, case, agency, at, recorded, actor, post, signer, own, act, origin, target, law,
         data, hashed) = row  # fmt: skip
        digest = sha256(data).digest()
        head = heads.get(chain)
        at_text = moment(at)
        recorded_text = at_text if recorded == at else moment(recorded)
        prev = head[_HASH] if head else _prev(data)
        start = _START % (actor, b"null" if agency is None else b"%d" % agency, post, at_text, chain)
        end = _END % (law, signer, b"true" if own else b"false", prev, recorded_text, seq, origin, target, act)
        if (
            hexlify(digest) == hashed
            and (head is None or seq == head[_SEQ] + 1)
            and data.startswith(start)
            and data.endswith(end)
        ):
            body = data[len(start) - 1 : 1 - len(end)]
        else:
            prev = _doubtful(part, row, head, at_text, recorded_text)
            body = b""
        if head is None:
            part.begins[chain.decode()] = (seq, None if prev is None else prev.decode(errors="replace"), leaf, case)
        elif head[_CASE] != case:
            part.fails(chain, seq, OTHER_CASE)
        if leaf is not None:
            if head and (head[_LEAF] is None or head[_LEAF] >= leaf):
                part.fails(chain, seq, BEFORE)
            hashing = _leaf_hash()
            hashing.update(digest)
            places.append(leaf)
            times.append(recorded)
            leaves.append(hashing.digest())
        elif key <= floor:
            part.fails(chain, seq, _("it has no place in the tree, though later entries have"))
        heads[chain] = row if target or not head else (*row[:_TARGET], head[_TARGET], *row[_TARGET + 1 :])
        if (values := opened.pop(key, None)) and not (body and all_open(body, values)):
            _disclosed(part, chain, seq, data, values)
        if len(pieces := (body or data).split(b'"document":')) > 1:
            cited += _cites(chain, seq, data, pieces)
    part.entries = len(rows)
    part.ends = {
        chain.decode(): (row[_SEQ], row[_HASH].decode(), row[_LEAF], row[_TARGET].decode(), row[_CASE], row[_AGENCY])
        for chain, row in heads.items()
    }
    part.leaves = runs(places, leaves)
    part.spans = spans(source, places, times)
    _ownerless(source, part, opened)
    _check_citations(source, part, cited)
    return part


OTHER_CASE = _("it belongs to another case than the entry before it")
BEFORE = _("it stands in the tree before the entry that precedes it")
FOLLOWS_NOT = _("it does not follow the entry before it")
OUT_OF_ORDER = partial(format_lazy, _("entry {n} is missing or out of order"))


def _prev(data: bytes) -> bytes:
    """Return the hash an entry says it follows; it is compared with the end of the bytes, in its place, then."""
    at = data.rfind(b'"prev":"') + 8
    return data[at : data.find(b'"', at)]


def _doubtful(part: Part, row: Entry, head: Entry | None, *moments: bytes) -> bytes | None:
    """Look again at an entry whose text is not what its columns and its predecessor make one expect.

    Returns the hash it says it follows, None if that cannot be read.
    """
    entry = LogEntry(**as_columns(row, *moments))
    part.failures += own_failures(entry)
    try:
        prev = str(canonical.parse(bytes(entry.canonical))["prev"]).encode()
    except (ValueError, KeyError):
        return None
    if head and entry.seq != head[_SEQ] + 1:
        part.fails(row[2], entry.seq, OUT_OF_ORDER(n=head[_SEQ] + 1))
    elif head and prev != head[_HASH]:
        part.fails(row[2], entry.seq, FOLLOWS_NOT)
    return prev


def _together(rows: Iterable[Disclosed]) -> dict[int, list[Disclosed]]:
    """Return what is disclosed of each entry."""
    found: dict[int, list[Disclosed]] = {}
    last, values = None, []
    for one in rows:
        if one[0] != last:
            last = one[0]
            values = found[last] = []
        values.append(one)
    return found


def _disclosed(part: Part, chain: bytes, seq: int, data: bytes, values: list[Disclosed]) -> None:
    """Name what is disclosed of an entry and does not open the commitment at its name."""
    try:
        shown = _read(memoryview(data)[1:]).data
    except ValueError:
        shown = None
    for name in unopened(shown, values):
        why = format_lazy(_("the disclosed value of {name} is not what was hashed"), name=name)
        part.fails(chain, seq, why)


def _ownerless(source: Source, part: Part, left: dict[int, list[Disclosed]]) -> None:
    """Name values that are disclosed of entries that are gone; those of entries we began behind are not."""
    keys = sorted(left)
    for some in (keys[n : n + 500] for n in range(0, len(keys), 500)):
        marks = ", ".join(["%s"] * len(some))
        there = {key for (key,) in source.look_up(f"SELECT id FROM workflow_logentry WHERE id IN ({marks})", some)}
        for key in some:
            if key not in there:
                for _one in left[key]:
                    part.fails(b"", 0, format_lazy(_("a value is disclosed of entry {key}, which is gone"), key=key))


def _cites(chain: bytes, seq: int, data: bytes, pieces: list[bytes]) -> list[Cited]:
    """Return the documents an entry cites; where each stands as usual, no JSON need be read.

    pieces: the entry's text, cut where the key of a document stands
    """
    found = []
    for before, after in pairwise(pieces):
        digest, key = before[-66:-2], after[: after.find(b",")]
        if before[-76:-66] + before[-2:] != b'"digest":"",' or not digest.isalnum() or not key.isdigit():
            break
        found.append((int(key), digest, chain, seq))
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
