"""The whole log, checked where it lives: every chain, every head, every disclosure; nothing is held in memory."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import islice
from typing import TypeVar

from django.db.models import Exists, OuterRef
from django.db.models.functions import Substr
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from workflow.ledger.chain import Failure, case_failures, disclosure_failures, failures
from workflow.models import Case, Chain, LogEntry

CASES, ENTRIES = 200, 1000
"""How many cases, and how many entries of a long chain, are looked at together."""
T = TypeVar("T")


@dataclass(slots=True)
class Audit:
    """What was checked and what was found."""

    entries: int = 0
    chains: int = 0
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


def check() -> Audit:
    """Return the result of checking every chain: those of cases, of agencies, of the system and of security."""
    audit = Audit()
    for cases in _batches(Case.objects.order_by("id").iterator(CASES), CASES):
        _check_cases(cases, audit)
    for chain in Chain.objects.order_by("name"):
        _check_chain(chain, audit)
    audit.failures += _ownerless(audit)
    return audit


def _check_cases(cases: list[Case], audit: Audit) -> None:
    entries = list(LogEntry.objects.filter(chain__in=[case.chain for case in cases]).order_by("chain", "seq"))
    of_chain: dict[str, list[LogEntry]] = {case.chain: [] for case in cases}
    for entry in entries:
        of_chain[entry.chain].append(entry)
    for case in cases:
        audit.failures += case_failures(case, of_chain[case.chain])
    audit.failures += disclosure_failures(entries)
    audit.entries += len(entries)
    audit.chains += len(cases)


def _check_chain(chain: Chain, audit: Audit) -> None:
    last: LogEntry | None = None

    def each() -> Iterator[LogEntry]:
        nonlocal last
        stored = LogEntry.objects.filter(chain=chain.name).order_by("seq").iterator(ENTRIES)
        for batch in _batches(stored, ENTRIES):
            audit.entries += len(batch)
            audit.failures += disclosure_failures(batch)
            for entry in batch:
                last = entry
                yield entry

    audit.failures += list(failures(each()))
    audit.chains += 1
    if (chain.seq, chain.head) != ((last.seq, last.hash) if last else (0, "")):
        why = _("the head of the chain is not the last entry")
        audit.failures.append(Failure(chain.name, chain.seq, why))


def _ownerless(audit: Audit) -> Iterator[Failure]:
    """Yield the chains that belong to no case and have no head: somebody removed what they are about."""
    case = Case.objects.filter(code=Substr(OuterRef("chain"), len("case:") + 1))
    left = LogEntry.objects.filter(~Exists(case), ~Exists(Chain.objects.filter(name=OuterRef("chain"))))
    for name, n in sorted(Counter(left.values_list("chain", flat=True).iterator(ENTRIES)).items()):
        audit.entries += n
        audit.chains += 1
        yield Failure(name, 0, format_lazy(_("what the chain is about is gone; {n} entries remain"), n=n))


def _batches(rows: Iterable[T], size: int) -> Iterator[list[T]]:
    """Yield the rows in lists of at most `size`."""
    stream = iter(rows)
    while batch := list(islice(stream, size)):
        yield batch


__all__ = ["Audit", "check"]
