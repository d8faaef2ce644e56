"""The walk over the log, part by part: what was found in each is joined with what the parts before it left.

The heads of the chains are held in memory up to a limit; an entry whose predecessor is no longer held, or lies before
the checkpoint where we began, is compared with a row that is looked up.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import Any

from workflow.ledger.chain import Failure
from workflow.ledger.part import BEFORE, FOLLOWS_NOT, OTHER_CASE, OUT_OF_ORDER, Head, Part, check
from workflow.ledger.recount import Recount
from workflow.ledger.stream import Source
from workflow.ledger.times import Times

HELD = 400_000
"""Chains whose heads are held in memory, about 100 MB."""
LOOKED_UP = 500


class Walk:
    """One walk; `failures` grows while it goes."""

    def __init__(self, source: Source, tree: Recount, times: Times, floor: int, failures: list[Failure]) -> None:
        """Take what to hand the leaves and their moments to, and the key up to which every entry must have a leaf."""
        self.source, self.tree, self.times, self.floor, self.failures = source, tree, times, floor, failures
        self.heads: dict[str, Head] = {}
        self.were_dropped = tree.size > 0
        self.entries = self.chains = 0
        self.asked: list[tuple[str, int, str | None]] = []  # chain, seq and `prev` where the predecessor is not held

    def run(self) -> Iterator[int]:
        """Walk; yields the number of entries after each part, for those who watch."""
        for part in self.source.each(partial(check, floor=self.floor)):
            self._join(part)
            self.failures += part.failures
            for run in part.leaves:
                self.tree.extend(run)
            self.times.add(part.spans)
            self.failures += self.times.upto(self.tree.reached)
            self.entries += part.entries
            self._keep_small()
            yield self.entries
        self._look_up()

    def _join(self, part: Part) -> None:
        """Compare where chains begin in a part with where they ended before it; hold where they end now."""
        heads, ends = self.heads, part.ends
        for chain, (seq, prev, leaf, case) in part.begins.items():
            head = heads.pop(chain, None)
            if head is None:
                if seq == 1 or not self.were_dropped:
                    self.chains += 1
                if seq > 1 and self.were_dropped:
                    self.asked.append((chain, seq, prev))
                elif seq != 1:
                    self._fails(chain, seq, OUT_OF_ORDER(n=1))
                elif prev:
                    self._fails(chain, seq, FOLLOWS_NOT)
                continue
            if seq != head[0] + 1:
                self._fails(chain, seq, OUT_OF_ORDER(n=head[0] + 1))
            elif prev is not None and prev != head[1]:
                self._fails(chain, seq, FOLLOWS_NOT)
            if case != head[4]:
                self._fails(chain, seq, OTHER_CASE)
            if leaf is not None and (head[2] is None or head[2] >= leaf):
                self._fails(chain, seq, BEFORE)
            if head[3] and not (end := ends[chain])[3]:
                ends[chain] = (*end[:3], head[3], *end[4:])
        heads |= ends

    def _keep_small(self) -> None:
        """Keep what is held within its limit."""
        if len(self.asked) >= LOOKED_UP:
            self._look_up()
        if len(self.heads) > HELD:
            for chain in list(self.heads)[: HELD // 2]:  # those that have not moved for longest
                del self.heads[chain]
            self.were_dropped = True

    def _fails(self, chain: str, seq: int, why: Any) -> None:
        self.failures.append(Failure(chain, seq, why))

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
                    self._fails(chain, seq, OUT_OF_ORDER(n=seq - 1))
                elif prev is not None and known[chain, seq - 1] != prev:
                    self._fails(chain, seq, FOLLOWS_NOT)
