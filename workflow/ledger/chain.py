"""Chains of entries: how one is composed, how the chains beside the cases grow, and whether one holds."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from django.db import transaction
from django.utils.functional import Promise
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from workflow import errors, store
from workflow.actors import SYSTEM, Actor, actor_ref
from workflow.ledger import canonical, quick
from workflow.models import Case, Chain, Disclosure, LogEntry, Outbox
from workflow.particulars import commit, recorded

if TYPE_CHECKING:
    from workflow.law import LawVersion
    from workflow.permissions import Capacity
    from workflow.transitions import Rule

SECURITY = "security"
SYSTEM_CHAIN = "system"


def compose(
    case: Case,
    *,
    at: datetime,
    recorded_at: datetime,
    actor: Actor,
    capacity: Capacity,
    on_behalf_of: Actor | None,
    rule: Rule,
    source: str,
    law: LawVersion,
    data: dict[str, Any],
    clocks: list[dict[str, Any]],
) -> tuple[dict[str, Any], list[dict[str, str]]]:
    """Return an entry's row with its canonical bytes and hash, and the disclosures that go beside it."""
    shown, disclosures = recorded(rule, data)
    if clocks:
        shown["clocks"] = clocks
    shown["law"] = law.cite(rule.law)
    if actor is not SYSTEM:
        shown["role"] = capacity.role.code
    signer = on_behalf_of or actor
    entry = {
        "chain": case.chain,
        "seq": case.seq,
        "agency_id": case.agency_id,
        "at": at,
        "recorded_at": recorded_at,
        "actor": actor_ref(actor),
        "appointment": capacity.post,
        "on_behalf_of": actor_ref(on_behalf_of) if on_behalf_of else "",
        "own_act": case.is_own_act(getattr(signer, "pk", None)),
        "transition": rule.name,
        "source": source,
        "target": case.state,
        "law_version": law.name,
    }
    seal(entry, shown, case.head, actor, disclosures)
    return {**entry, "case_id": case.pk}, disclosures


def seal(
    entry: dict[str, Any], data: dict[str, Any], prev: str, actor: Actor, disclosures: list[dict[str, str]]
) -> None:
    """Give an entry its canonical bytes and its hash, chained to `prev`; a person's name goes in as a commitment."""
    if name := getattr(actor, "full_name", ""):
        data = {**data, "actor_name": commit("actor_name", name, disclosures)}
    form = {
        **entry,
        "at": canonical.instant(entry["at"]),
        "recorded_at": canonical.instant(entry["recorded_at"]),
        "data": data,
        "prev": prev,
    }
    entry["canonical"] = quick.form(form)
    entry["hash"] = canonical.digest(entry["canonical"])


def beside(
    case: Case,
    event: str,
    *,
    at: datetime,
    actor: Actor,
    data: dict[str, Any],
    disclosures: list[dict[str, str]] | None = None,
    appointment: str = "",
    law_version: str = "",
) -> dict[str, Any]:
    """Return the row of an entry in a case's chain that is no act of its procedure: the state stays as it is.

    The case has the entry's seq already, and gets its hash as head; the caller writes both.
    """
    entry: dict[str, Any] = {
        "chain": case.chain,
        "seq": case.seq,
        "agency_id": case.agency_id,
        "at": at,
        "recorded_at": at,
        "actor": actor_ref(actor),
        "appointment": appointment,
        "on_behalf_of": "",
        "own_act": case.is_own_act(getattr(actor, "pk", None)),
        "transition": event,
        "source": case.state,
        "target": case.state,
        "law_version": law_version or case.law_version,
    }
    seal(entry, data, case.head, actor, [] if disclosures is None else disclosures)
    case.head = entry["hash"]
    return {**entry, "case_id": case.pk}


def append(
    name: str,
    event: str,
    *,
    actor: Actor,
    at: datetime | None = None,
    agency_id: int | None = None,
    **data: Any,
) -> LogEntry:
    """Append an entry to a chain that is not a case's; call it inside the transaction of what it records.

    data: plain values, none of them personal
    """
    with transaction.atomic():
        Chain.objects.get_or_create(name=name)
        head = Chain.objects.select_for_update().get(name=name)
        recorded_at = store.database_now()
        disclosures: list[dict[str, str]] = []
        entry: dict[str, Any] = {
            "chain": name,
            "seq": head.seq + 1,
            "agency_id": agency_id,
            "at": at or recorded_at,
            "recorded_at": recorded_at,
            "actor": actor_ref(actor),
            "appointment": "",
            "on_behalf_of": "",
            "own_act": False,
            "transition": event,
            "source": "",
            "target": "",
            "law_version": "",
        }
        seal(entry, data, head.head, actor, disclosures)
        row = LogEntry.objects.create(**entry)
        Disclosure.objects.bulk_create(Disclosure(entry=row, **one) for one in disclosures)
        Chain.objects.filter(pk=head.pk).update(seq=row.seq, head=row.hash)
        Outbox.objects.create(entry=row)
    return row


def record_refusal(refused: errors.Refused) -> LogEntry:
    """Record a refused write in the security chain: who, what, why, on which case."""
    from workflow.security.places import place_of

    code, actor = refused.attempt or ("", SYSTEM)
    return append(
        SECURITY,
        "refused",
        actor=actor,
        agency_id=place_of(code),
        case=code,
        refused=refused.facts.get("transition", ""),
        why=refused.code,
    )


@dataclass(frozen=True, slots=True)
class Failure:
    """One thing that is wrong with a chain."""

    chain: str
    seq: int
    why: str | Promise

    def __str__(self) -> str:
        """Return the sentence that names the entry."""
        return f"{self.chain} #{self.seq}: {self.why}"


_COMPARED = (
    "agency_id",
    "chain",
    "seq",
    "actor",
    "appointment",
    "on_behalf_of",
    "own_act",
    "transition",
    "source",
    "target",
)


def failures(entries: Iterable[LogEntry], after: LogEntry | None = None) -> Iterator[Failure]:
    """Check the entries of one chain, in order of seq: hashes, links, numbering, columns against the hashed bytes.

    after: the entry before the first of them, where they do not begin with the chain
    """
    prev, expected = (after.hash, after.seq + 1) if after else ("", 1)
    for entry in entries:
        yield from own_failures(entry)
        if entry.seq != expected:
            yield Failure(entry.chain, entry.seq, format_lazy(_("entry {n} is missing or out of order"), n=expected))
        try:
            follows = canonical.parse(bytes(entry.canonical))["prev"] == prev
        except ValueError:
            follows = True  # nothing can be read, which has been said
        if not follows:
            yield Failure(entry.chain, entry.seq, _("it does not follow the entry before it"))
        prev, expected = entry.hash, entry.seq + 1


def own_failures(entry: LogEntry) -> Iterator[Failure]:
    """Check one entry by itself: its form, its hash, its columns against the hashed bytes."""
    data = bytes(entry.canonical)
    try:
        form = canonical.parse(data)
    except ValueError as error:
        why = format_lazy(_("the stored form cannot be read: {error}"), error=str(error))
        yield Failure(entry.chain, entry.seq, why)
        return
    if canonical.digest(data) != entry.hash:
        yield Failure(entry.chain, entry.seq, _("the hash does not match the stored form"))
    moments = {name: canonical.instant(getattr(entry, name)) for name in ("at", "recorded_at")}
    columns = {name: getattr(entry, name) for name in (*_COMPARED, "law_version")} | moments
    for name, value in columns.items():
        if form.get(name) != value:
            why = format_lazy(_("column {name} differs from what was hashed"), name=name)
            yield Failure(entry.chain, entry.seq, why)


def verify_case(case: Case) -> list[Failure]:
    """Return what is wrong with a case's chain, its head and its state; empty if it holds."""
    entries = list(LogEntry.objects.filter(chain=case.chain).order_by("seq"))
    return case_failures(case, entries) + disclosure_failures(entries)


def case_failures(case: Case, entries: list[LogEntry]) -> list[Failure]:
    """Return what is wrong with the entries of a case, all of them in order, with its head and with its state."""
    found = list(failures(entries))
    last = entries[-1] if entries else None
    if last is None:
        return [Failure(case.chain, 0, _("the case has no entry"))]
    if (case.seq, case.head) != (last.seq, last.hash):
        found.append(Failure(case.chain, last.seq, _("the head of the case is not the last entry")))
    moves = [entry for entry in entries if entry.target]
    if moves and case.state != moves[-1].target:
        why = format_lazy(_("the case is {state}, the log says {logged}"), state=case.state, logged=moves[-1].target)
        found.append(Failure(case.chain, last.seq, why))
    return found


def disclosure_failures(entries: list[LogEntry]) -> list[Failure]:
    """Return the disclosures that do not open their commitment. An erased one is no failure."""
    by_id = {entry.pk: entry for entry in entries}
    found = []
    for one in Disclosure.objects.filter(entry__in=by_id).order_by("entry_id", "name"):
        entry = by_id[one.entry_id]
        expected = canonical.commitment_at(entry.data, one.name)
        if expected is None or canonical.commitment(one.value, one.salt) != expected:
            found.append(
                Failure(
                    entry.chain,
                    entry.seq,
                    format_lazy(_("the disclosed value of {name} is not what was hashed"), name=one.name),
                )
            )
    return found
