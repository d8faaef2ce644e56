"""The walk over the entries in the order of their keys: bytes, hashes, columns, links, disclosures, leaves.

What holds is found by comparing texts, without reading any JSON; what does not is looked at again in `chain`, which
names it. The heads of the chains are held in memory up to a limit; an entry whose predecessor is no longer held, or
lies before the checkpoint where we began, is compared with a row that is looked up.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from datetime import datetime
from hashlib import sha256
from typing import Any

from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from workflow.ledger import canonical
from workflow.ledger.chain import Failure, own_failures
from workflow.ledger.recount import Recount
from workflow.ledger.stream import NAMES, Entry, Source
from workflow.models import LogEntry

HELD = 400_000
"""Chains whose heads are held in memory, about 100 MB."""
LOOKED_UP = 500
_CITED = re.compile('"digest":"([0-9a-f]{64})","document":([0-9]{1,18})[,}]')
Head = tuple[int, str, int | None, str, int | None, int | None, int]
"""Of a chain's last entry: seq, hash, leaf, target of its last move, case, agency, key."""


class Walk:
    """One walk; `failures` grows while it goes."""

    PAUSE = 1024
    """Entries between two looks at what is held in memory."""

    def __init__(self, source: Source, tree: Recount, floor: int, failures: list[Failure]) -> None:
        """Take the tree to hand the leaves to, and the key up to which every entry must have one."""
        self.source, self.tree, self.floor, self.failures = source, tree, floor, failures
        self.heads: dict[str, Head] = {}
        self.were_dropped = tree.size > 0
        self.entries = self.chains = 0
        self.asked: list[tuple[str, int, str]] = []  # chain, seq and `prev` of entries whose predecessor is not held
        self.cited: list[tuple[int, str, str, int]] = []  # document, digest, chain and seq of who cites it
        self.opened: Iterator[tuple[Any, ...]] = iter(())
        self.next_opened: tuple[Any, ...] | None = None

    def run(self, rows: Iterable[Entry], opened: Iterable[tuple[Any, ...]]) -> Iterator[int]:
        """Walk; yields the number of entries now and then, for those who watch."""
        self.opened = iter(opened)
        self.next_opened = next(self.opened, None)
        moment, heads, push = self.source.moment, self.heads, self.tree.take
        for row in rows:
            (key, leaf, chain, seq, case, agency, at, recorded, actor, post, signer, own, act, source, target, law,
             data, hashed) = row  # fmt: skip
            found = sha256(data)
            text = str(data[1:], "utf-8", "replace")
            head = heads.pop(chain, None)
            at_text = moment(at)
            recorded_text = at_text if recorded == at else moment(recorded)
            prev = head[1] if head else ""
            if (
                found.hexdigest() == hashed
                and data[0] == 1
                and (seq == head[0] + 1 if head else seq == 1)
                and text.startswith(
                    f'{{"actor":"{actor}","agency_id":{"null" if agency is None else agency},"appointment":"{post}",'
                    f'"at":"{at_text}","chain":"{chain}","data":{{'
                )
                and text.endswith(
                    f'}},"law_version":"{law}","on_behalf_of":"{signer}","own_act":{"true" if own else "false"},'
                    f'"prev":"{prev}","recorded_at":"{recorded_text}","seq":{seq},"source":"{source}",'
                    f'"target":"{target}","transition":"{act}"}}'
                )
            ):
                pass
            else:
                self._doubtful(row, head)
            if head is None and (seq == 1 or not self.were_dropped):
                self.chains += 1
            elif head and head[4] != case:
                self._fails(chain, seq, _("it belongs to another case than the entry before it"))
            if leaf is not None:
                if head and (head[2] is None or head[2] >= leaf):
                    self._fails(chain, seq, _("it stands in the tree before the entry that precedes it"))
                push(leaf, sha256(b"\x00" + found.digest()).digest())
            elif key <= self.floor:
                self._fails(chain, seq, _("it has no place in the tree, though later entries have"))
            heads[chain] = (seq, hashed, leaf, target or (head[3] if head else ""), case, agency, key)
            if self.next_opened and self.next_opened[0] <= key:
                self._disclosed(key, chain, seq, text)
            if cited := text.count('"document":'):
                self._cites(chain, seq, text, cited)
            self.entries += 1
            if self.entries % self.PAUSE == 0:
                self._pause()
                yield self.entries
        self._look_up()
        if self.next_opened:
            self._disclosed(1 << 62, "", 0, "")

    def _pause(self) -> None:
        """Keep what is held within its limit."""
        if len(self.asked) >= LOOKED_UP:
            self._look_up()
        if len(self.heads) > HELD:
            for chain in list(self.heads)[: HELD // 2]:  # those that have not moved for longest
                del self.heads[chain]
            self.were_dropped = True

    def _fails(self, chain: str, seq: int, why: Any) -> None:
        self.failures.append(Failure(chain, seq, why))

    def _doubtful(self, row: Entry, head: Head | None) -> None:
        """Look again at an entry whose text is not what its columns and its predecessor make one expect."""
        fields = dict(zip(NAMES, row, strict=True))
        del fields["leaf_index"]
        for name in ("at", "recorded_at"):
            fields[name] = datetime.fromisoformat(self.source.moment(fields[name]))
        entry = LogEntry(**fields | {"own_act": bool(fields["own_act"])})
        own = list(own_failures(entry))
        self.failures += own
        try:
            prev = canonical.parse(bytes(entry.canonical))["prev"]
        except (ValueError, KeyError):
            return
        if head is None and self.were_dropped and entry.seq > 1:
            self.asked.append((entry.chain, entry.seq, prev))
        elif entry.seq != (expected := head[0] + 1 if head else 1):
            self._fails(entry.chain, entry.seq, format_lazy(_("entry {n} is missing or out of order"), n=expected))
        elif prev != (head[1] if head else ""):
            self._fails(entry.chain, entry.seq, _("it does not follow the entry before it"))

    def _look_up(self) -> None:
        """Compare entries with predecessors that are not held."""
        asked, self.asked = self.asked, []
        for n in range(0, len(asked), LOOKED_UP):
            part = asked[n : n + LOOKED_UP]
            places = " OR ".join(["(chain = %s AND seq = %s)"] * len(part))
            sql = f"SELECT chain, seq, hash FROM workflow_logentry WHERE {places}"
            found = self.source.look_up(sql, [each for chain, seq, _prev in part for each in (chain, seq - 1)])
            known = {(chain, seq): hashed for chain, seq, hashed in found}
            for chain, seq, prev in part:
                if (chain, seq - 1) not in known:
                    self._fails(chain, seq, format_lazy(_("entry {n} is missing or out of order"), n=seq - 1))
                elif known[chain, seq - 1] != prev:
                    self._fails(chain, seq, _("it does not follow the entry before it"))

    def _disclosed(self, key: int, chain: str, seq: int, text: str) -> None:
        """Check what is disclosed of an entry; a value of no entry is one too many."""
        data: Any = None
        while (one := self.next_opened) and one[0] <= key:
            entry, name, salt, value = one
            self.next_opened = next(self.opened, None)
            if entry != key:
                self._fails(chain, seq, format_lazy(_("a value is disclosed of entry {key}, which is gone"), key=entry))
                continue
            try:
                found = canonical.commitment(value, salt)
            except ValueError:
                found = ""
            if found and "." not in name and text.count(f'"{name}":{{"commitment":') == 1:
                holds = f'"{name}":{{"commitment":"{found}"}}' in text
            else:
                if data is None:
                    data = _data(text)
                holds = bool(found) and canonical.commitment_at(data, name) == found
            if not holds:
                self._fails(
                    chain, seq, format_lazy(_("the disclosed value of {name} is not what was hashed"), name=name)
                )

    def _cites(self, chain: str, seq: int, text: str, n: int) -> None:
        """Note the documents an entry cites; where each stands as usual, no JSON need be read."""
        found = [(int(pk), digest) for digest, pk in _CITED.findall(text)]
        if len(found) != n:
            found = list(canonical.documents(_data(text)))
        self.cited += [(pk, digest, chain, seq) for pk, digest in found]
        if len(self.cited) >= LOOKED_UP:
            self.check_citations()

    def check_citations(self) -> None:
        """Compare the documents that entries cite with those that are on file."""
        cited, self.cited = self.cited, []
        if not cited:
            return
        keys = sorted({one[0] for one in cited})
        marks = ", ".join(["%s"] * len(keys))
        found = dict(self.source.look_up(f"SELECT id, digest FROM workflow_document WHERE id IN ({marks})", keys))
        for pk, digest, chain, seq in cited:
            if pk not in found:
                self._fails(chain, seq, format_lazy(_("document {pk}, which it cites, is gone"), pk=pk))
            elif found[pk] != digest:
                self._fails(chain, seq, format_lazy(_("document {pk} is not what it cites"), pk=pk))


def _data(text: str) -> Any:
    try:
        return json.loads(text)["data"]
    except (ValueError, KeyError, TypeError):
        return None
