"""The whole log, checked where it lives, in one pass: every entry, link, disclosure, head, leaf, tile and checkpoint.

Memory stays the same however long the log is; what is written meanwhile disturbs nothing. It can begin at any
checkpoint. What each part claims stands in `docs/ledger.md`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from itertools import islice
from typing import Any, TypeVar

from django.conf import settings
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from workflow import documents
from workflow.ledger import anchors, keys, papers, replay
from workflow.ledger.chain import Failure
from workflow.ledger.models import Anchor, Checkpoint, Handover
from workflow.ledger.notes import NoteError, Verifier
from workflow.ledger.part import Head
from workflow.ledger.recount import Recount
from workflow.ledger.stream import Source, opened
from workflow.ledger.times import Times
from workflow.ledger.trust import Trusted, trusted
from workflow.ledger.walk import Walk
from workflow.models import Document

TOGETHER = 500
"""How many cases, chains or documents are looked at together."""
T = TypeVar("T")
_TREE = {
    # what the recount finds wrong, by the name it gives it
    "twice": _("two entries have this leaf"),
    "missing": _("the entry of this leaf is gone"),
    "tile": _("the stored hashes of this part of the tree are not those of the entries"),
    "note": _("the checkpoint of this size is not what was signed"),
    "signature": _("no key of the log has signed the checkpoint of this size"),
    "root": _("the checkpoint of this size has another root than the entries"),
    "uncovered": _("no checkpoint covers the leaves from this one on; it has been removed"),
    "beyond": _("the tree was larger; entries behind this one are gone"),
}


@dataclass(slots=True)
class Audit:
    """What was checked and what was found; since: the checkpoint where it began, size: the last one it reached."""

    entries: int = 0
    chains: int = 0
    checkpoints: int = 0
    size: int = 0
    since: int = 0
    failures: list[Failure] = field(default_factory=list)

    def __str__(self) -> str:
        """Return the result in one sentence."""
        if self.failures:
            text = ngettext(
                "%(n)s thing is wrong with the log.", "%(n)s things are wrong with the log.", len(self.failures)
            )
            return text % {"n": len(self.failures)}
        text = ngettext(
            "The log holds: %(n)s entry in %(chains)s chains, each follows from the one before.",
            "The log holds: %(n)s entries in %(chains)s chains, each follows from the one before.",
            self.entries,
        )
        return text % {"n": self.entries, "chains": self.chains}


def check(
    *,
    since: int = 0,
    key: Verifier | None = None,
    deadlines: bool = True,
    watch: Callable[[int, int], object] = lambda done, size: None,
) -> Audit:
    """Return the result of checking the log.

    since: size of a checkpoint to begin at; what it covers is taken as checked
    key: the log's public key as the reader knows it, else the one the log signs with
    deadlines: whether the rows of deadlines are compared with what the chains say of them, where all is checked
    watch: told now and then how many entries were checked, and how far the tree is known to hold
    Raises LookupError if there is no such checkpoint.
    """
    audit = Audit(since=since, size=since)
    if since and not Checkpoint.objects.filter(size=since).exists():
        raise LookupError(since)
    with opened(since) as source:
        floor = next(iter(source.look_up("SELECT floor FROM ledger_sealer")), (0,))[0]
        tree = Recount(source, _keys(key, audit), settings.LEDGER_ORIGIN, since, _of_tree(audit))
        times = Times(source, since)
        walk = Walk(source, tree, times, floor, audit.failures)
        for done in walk.run():
            watch(done, tree.reached)
        tree.end()
        audit.entries, audit.checkpoints, audit.size = walk.entries, tree.checkpoints, tree.reached
        audit.chains = len(walk.heads) if since else walk.chains
        _check_heads(source, walk, audit)
        audit.failures += times.rest(floor)
        if deadlines and not since:
            audit.failures += replay.check(source)
    if not since:
        _check_documents(audit)
        _check_anchors(audit)
    return audit


def _keys(key: Verifier | None, audit: Audit) -> list[Trusted]:
    """Return the keys that may have signed checkpoints: the reader's and its successors, or all that led to ours."""
    handovers = list(Handover.objects.order_by("pk").values_list("note", flat=True))
    try:
        first = key or (Verifier.parse(handovers[0].split("\n")[3]) if handovers else keys.public())
        found = trusted(first, handovers)
    except (NoteError, IndexError) as error:
        audit.failures.append(Failure("tree", 0, format_lazy(_("the hand-over of the key: {error}"), error=str(error))))
        found = [Trusted(key or keys.public())]
    return found


def _of_tree(audit: Audit) -> Callable[[int, str], None]:
    return lambda leaf, what: audit.failures.append(Failure("tree", leaf, _TREE[what]))


def _check_heads(source: Source, walk: Walk, audit: Audit) -> None:
    """Check that every case, and every chain beside the cases, stands where its last entry says."""
    heads = walk.heads

    def last_of(chains: list[str]) -> list[Head | None]:
        found = [heads.pop(name, None) for name in chains]
        if walk.were_dropped and (left := [name for name, head in zip(chains, found, strict=True) if head is None]):
            known: dict[str, Head] = {}
            for names in _batches(iter(left), TOGETHER):
                known |= _looked_up(source, names)
            found = [head or known.get(name) for name, head in zip(chains, found, strict=True)]
        return found

    for some in _stored(source, "SELECT id, 'case:' || code, seq, head, state, agency_id FROM workflow_case"):
        for one, last in zip(some, last_of([one[1] for one in some]), strict=True):
            pk, _chain, seq, head, state, agency = one
            if not last or (seq, head, state, pk, agency) != (last[0], last[1], last[3] or state, last[4], last[5]):
                audit.failures += _of_case(one, last)
    for some in _stored(source, "SELECT id, name, seq, head FROM workflow_chain"):
        for (_key, name, seq, head), last in zip(some, last_of([one[1] for one in some]), strict=True):
            if (seq, head) != ((last[0], last[1]) if last else (0, "")):
                audit.failures.append(Failure(name, seq, _("the head of the chain is not the last entry")))
    if walk.were_dropped and not audit.since:
        heads |= _ownerless(source)
    for name in sorted(heads):
        why = format_lazy(_("what the chain is about is gone; {n} entries remain"), n=heads[name][0])
        audit.failures.append(Failure(name, 0, why))


def _of_case(case: tuple[Any, ...], last: Head | None) -> list[Failure]:
    """Return what is wrong with a case, given its row and the end of its chain."""
    pk, chain, seq, head, state, agency = case
    if last is None:
        return [Failure(chain, 0, _("the case has no entry"))]
    found = []
    if (seq, head) != last[:2]:
        found.append(Failure(chain, last[0], _("the head of the case is not the last entry")))
    if last[3] and state != last[3]:
        why = format_lazy(_("the case is {state}, the log says {logged}"), state=state, logged=last[3])
        found.append(Failure(chain, last[0], why))
    if pk != last[4]:
        found.append(Failure(chain, last[0], _("its entries belong to another case")))
    if agency != last[5]:
        found.append(Failure(chain, last[0], _("the case lies with another agency than its last entry says")))
    return found


def _looked_up(source: Source, chains: list[str]) -> dict[str, Head]:
    """Return the ends of chains that are not held: their last entry, and the target of their last move."""
    marks = ", ".join(["%s"] * len(chains))
    rows = source.look_up(
        "SELECT e.chain, e.seq, e.hash, e.case_id, e.agency_id, (SELECT m.target FROM workflow_logentry m"
        " WHERE m.chain = e.chain AND m.target <> '' ORDER BY m.seq DESC LIMIT 1) FROM workflow_logentry e JOIN"
        f" (SELECT chain, max(seq) AS seq FROM workflow_logentry WHERE chain IN ({marks}) GROUP BY chain) AS last"
        " ON last.chain = e.chain AND last.seq = e.seq",
        chains,
    )
    return {chain: (seq, head, None, target or "", case, agency) for chain, seq, head, case, agency, target in rows}


def _ownerless(source: Source) -> dict[str, Head]:
    """Return the chains that belong to no case and have no row of their own, wherever they stand in the log."""
    rows = source.look_up(
        "SELECT e.chain, count(*) FROM workflow_logentry e WHERE NOT EXISTS (SELECT 1 FROM workflow_case c"
        " WHERE 'case:' || c.code = e.chain) AND NOT EXISTS (SELECT 1 FROM workflow_chain h WHERE h.name = e.chain)"
        " GROUP BY e.chain"
    )
    return {chain: (n, "", None, "", None, None) for chain, n in rows}


def _check_documents(audit: Audit) -> None:
    """Check that every document on file still says what its digest says, and that an entry names it.

    One that was erased says nothing.
    """
    for some in _batches(Document.objects.select_related("case").order_by("pk").iterator(TOGETHER), TOGETHER):
        for document in some:
            if not documents.is_intact(document):
                chain = document.case.chain if document.case else "document"
                why = format_lazy(_("document {pk} is not what its digest says"), pk=document.pk)
                audit.failures.append(Failure(chain, 0, why))
        for document in papers.unnamed(some):
            chain = document.case.chain if document.case else "document"
            why = format_lazy(_("document {pk} is on file, and no entry names it"), pk=document.pk)
            audit.failures.append(Failure(chain, 0, why))


def _check_anchors(audit: Audit) -> None:
    """Check that what witnesses and authorities said of checkpoints is what is kept, as far as their keys are known."""
    known = [Verifier.parse(one).name for one in settings.LEDGER_WITNESSES]
    kept = Anchor.objects.select_related("checkpoint").order_by("pk")
    for one in kept.iterator(TOGETHER):
        is_known = bool(settings.LEDGER_TSA_ROOTS) if one.kind == Anchor.Kind.STAMP else one.name in known
        if is_known and not anchors.holds(one):
            why = format_lazy(_("{name} has not said this of the checkpoint of this size"), name=one.name)
            audit.failures.append(Failure("tree", one.checkpoint.size, why))


def _stored(source: Source, sql: str) -> Iterator[list[tuple[Any, ...]]]:
    """Yield the rows of a table by key, a few thousand at a time."""
    last = 0
    while rows := source.look_up(f"{sql} WHERE id > %s ORDER BY id LIMIT 5000", [last]):
        yield rows
        last = rows[-1][0]


def _batches(rows: Iterator[T], size: int) -> Iterator[list[T]]:
    """Yield the rows in lists of at most `size`."""
    while batch := list(islice(rows, size)):
        yield batch


__all__ = ["Audit", "check"]
