"""One part of the log, checked by itself: bytes, hashes, columns, links within it, disclosures, cited documents.

What holds is found by comparing texts, without reading the JSON; what does not is looked at again in `chain`, which
names it. What reaches beyond the part is handed on: where each chain begins and ends in it, and the leaves.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from hashlib import sha256
from typing import Any

import msgspec
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from workflow.ledger import canonical
from workflow.ledger.chain import Failure, own_failures
from workflow.ledger.stream import NAMES, Entry, Source
from workflow.models import LogEntry

_CITED = re.compile(b'"digest":"([0-9a-f]{64})","document":([0-9]{1,18})[,}]')
Head = tuple[int, str, int | None, str, int | None, int | None, int]
"""Of a chain's last entry: seq, hash, leaf, target of its last move, case, agency, key."""
Begin = tuple[int, str | None, int | None, int | None]
"""Of a chain's first entry in a part: seq, hash it says it follows (None: cannot be read), leaf, case."""


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
    places: list[int] = field(default_factory=list)
    leaves: bytes = b""
    failures: list[Failure] = field(default_factory=list)

    def fails(self, chain: str, seq: int, why: Any) -> None:
        """Add a failure."""
        self.failures.append(Failure(chain, seq, why))


def check(source: Source, low: int, high: int, *, floor: int) -> Part:
    """Return what is found among the entries with keys from `low` to before `high`.

    floor: key up to which every entry must have its leaf
    """
    part = Part()
    heads, moment, leaves = part.ends, source.moment, []
    opened = _together(source.disclosures(low, high))
    cited: list[tuple[int, str, str, int]] = []
    for row in source.entries(low, high):
        (key, leaf, chain, seq, case, agency, at, recorded, actor, post, signer, own, act, origin, target, law,
         data, hashed) = row  # fmt: skip
        found = sha256(data)
        head = heads.pop(chain, None)
        at_text = moment(at)
        recorded_text = at_text if recorded == at else moment(recorded)
        prev: str | None = head[1] if head else _prev(data)
        if not (
            found.hexdigest() == hashed
            and (head is None or seq == head[0] + 1)
            and data.startswith(
                f'\x01{{"actor":"{actor}","agency_id":{"null" if agency is None else agency},"appointment":"{post}",'
                f'"at":"{at_text}","chain":"{chain}","data":{{'.encode()
            )
            and data.endswith(
                f'}},"law_version":"{law}","on_behalf_of":"{signer}","own_act":{"true" if own else "false"},'
                f'"prev":"{prev}","recorded_at":"{recorded_text}","seq":{seq},"source":"{origin}",'
                f'"target":"{target}","transition":"{act}"}}'.encode()
            )
        ):
            prev = _doubtful(part, row, head, at_text, recorded_text)
        if head is None:
            part.begins[chain] = (seq, prev, leaf, case)
        elif head[4] != case:
            part.fails(chain, seq, OTHER_CASE)
        if leaf is not None:
            if head and (head[2] is None or head[2] >= leaf):
                part.fails(chain, seq, BEFORE)
            part.places.append(leaf)
            leaves.append(sha256(b"\x00" + found.digest()).digest())
        elif key <= floor:
            part.fails(chain, seq, _("it has no place in the tree, though later entries have"))
        heads[chain] = (seq, hashed, leaf, target or (head[3] if head else ""), case, agency, key)
        if values := opened.pop(key, None):
            _disclosed(part, chain, seq, data, values)
        if n := data.count(b'"document":'):
            cited += _cites(chain, seq, data, n)
        part.entries += 1
    part.leaves = b"".join(leaves)
    _ownerless(source, part, opened)
    _check_citations(source, part, cited)
    return part


OTHER_CASE = _("it belongs to another case than the entry before it")
BEFORE = _("it stands in the tree before the entry that precedes it")
FOLLOWS_NOT = _("it does not follow the entry before it")
OUT_OF_ORDER = partial(format_lazy, _("entry {n} is missing or out of order"))


def _prev(data: bytes) -> str:
    """Return the hash an entry says it follows; it is compared with the end of the bytes, in its place, then."""
    at = data.rfind(b'"prev":"') + 8
    return data[at : data.find(b'"', at)].decode(errors="replace")


def _doubtful(part: Part, row: Entry, head: Head | None, *moments: str) -> str | None:
    """Look again at an entry whose text is not what its columns and its predecessor make one expect.

    Returns the hash it says it follows, None if that cannot be read.
    """
    fields = dict(zip(NAMES, row, strict=True))
    del fields["leaf_index"]
    for name, text in zip(("at", "recorded_at"), moments, strict=True):
        fields[name] = datetime.fromisoformat(text)
    entry = LogEntry(**fields | {"own_act": bool(fields["own_act"])})
    part.failures += own_failures(entry)
    try:
        prev = str(canonical.parse(bytes(entry.canonical))["prev"])
    except (ValueError, KeyError):
        return None
    if head and entry.seq != head[0] + 1:
        part.fails(entry.chain, entry.seq, OUT_OF_ORDER(n=head[0] + 1))
    elif head and prev != head[1]:
        part.fails(entry.chain, entry.seq, FOLLOWS_NOT)
    return prev


def _together(rows: Iterable[tuple[Any, ...]]) -> dict[int, list[tuple[Any, ...]]]:
    """Return what is disclosed of each entry."""
    found: dict[int, list[tuple[Any, ...]]] = {}
    last, values = None, []
    for one in rows:
        if one[0] != last:
            last = one[0]
            values = found[last] = []
        values.append(one)
    return found


def _disclosed(part: Part, chain: str, seq: int, data: bytes, values: list[tuple[Any, ...]]) -> None:
    """Check what is disclosed of an entry."""
    try:
        shown = _read(memoryview(data)[1:]).data
    except ValueError:
        shown = None
    for _key, name, salt, value in values:
        try:
            found = sha256(b"\x01" + bytes.fromhex(salt) + value.encode()).hexdigest()
        except ValueError:
            found = ""
        if not found or canonical.commitment_at(shown, name) != found:
            why = format_lazy(_("the disclosed value of {name} is not what was hashed"), name=name)
            part.fails(chain, seq, why)


def _ownerless(source: Source, part: Part, left: dict[int, list[tuple[Any, ...]]]) -> None:
    """Name values that are disclosed of entries that are gone; those of entries we began behind are not."""
    keys = sorted(left)
    for some in (keys[n : n + 500] for n in range(0, len(keys), 500)):
        marks = ", ".join(["%s"] * len(some))
        there = {key for (key,) in source.look_up(f"SELECT id FROM workflow_logentry WHERE id IN ({marks})", some)}
        for key in some:
            if key not in there:
                for _one in left[key]:
                    part.fails("", 0, format_lazy(_("a value is disclosed of entry {key}, which is gone"), key=key))


def _cites(chain: str, seq: int, data: bytes, n: int) -> list[tuple[int, str, str, int]]:
    """Return the documents an entry cites; where each stands as usual, no JSON need be read."""
    found = [(int(pk), digest.decode()) for digest, pk in _CITED.findall(data)]
    if len(found) != n:
        try:
            found = list(canonical.documents(_read(memoryview(data)[1:]).data))
        except ValueError:
            found = []
    return [(pk, digest, chain, seq) for pk, digest in found]


def _check_citations(source: Source, part: Part, cited: list[tuple[int, str, str, int]]) -> None:
    """Compare the documents that entries cite with those that are on file."""
    keys = sorted({one[0] for one in cited})
    found: dict[int, str] = {}
    for some in (keys[n : n + 500] for n in range(0, len(keys), 500)):
        marks = ", ".join(["%s"] * len(some))
        found |= dict(source.look_up(f"SELECT id, digest FROM workflow_document WHERE id IN ({marks})", some))
    for pk, digest, chain, seq in cited:
        if pk not in found:
            part.fails(chain, seq, format_lazy(_("document {pk}, which it cites, is gone"), pk=pk))
        elif found[pk] != digest:
            part.fails(chain, seq, format_lazy(_("document {pk} is not what it cites"), pk=pk))
