"""Entries in the chains of many agencies at once, in a constant number of statements."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from django.db import transaction

from workflow import store
from workflow.actors import Actor, actor_ref
from workflow.ledger import chain
from workflow.models import Agency, Chain, Disclosure, LogEntry, Outbox

AT_ONCE = 400  # chains; SQLite takes no more values in one statement
ADDED, CHANGED, MOVED, CHOSEN = "agency_added", "agency_changed", "agency_moved", "setting_chosen"
PROPOSED, CONFIRMED, DECLINED = "succession_proposed", "succession_confirmed", "succession_declined"
SUCCEEDED, RENAMED, TOOK_OVER, TASK_MOVED, COMPLETED = (
    "agency_succeeded", "agency_renamed", "agency_took_over", "task_moved", "succession_completed",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Event:
    """One thing that happened to an agency; data: plain values, none of them personal."""

    agency: Agency
    name: str
    data: dict[str, Any] = field(default_factory=dict)


@transaction.atomic
def record(events: Iterable[Event], *, by: Actor) -> None:
    """Append each event to its agency's chain; call it inside the transaction of what it records."""
    waiting = list(events)
    for start in range(0, len(waiting), AT_ONCE):
        _record(waiting[start : start + AT_ONCE], by)


def hold(agencies: Iterable[Agency]) -> None:
    """Lock the chains of agencies in one order, before single entries are written to them in any; in a transaction."""
    names = sorted({chain_of(one) for one in agencies})
    Chain.objects.bulk_create([Chain(name=name) for name in names], ignore_conflicts=True)
    list(Chain.objects.select_for_update().filter(name__in=names).order_by("name").values_list("pk"))


def _record(events: list[Event], by: Actor) -> None:
    names = sorted({chain_of(one.agency) for one in events})
    Chain.objects.bulk_create([Chain(name=name) for name in names], ignore_conflicts=True)
    heads = {one.name: one for one in Chain.objects.select_for_update().filter(name__in=names).order_by("name")}
    at = store.database_now()
    entries, told = [], []
    for one in events:
        head = heads[chain_of(one.agency)]
        disclosures: list[dict[str, str]] = []
        entry: dict[str, Any] = {
            "chain": head.name,
            "seq": head.seq + 1,
            "agency_id": one.agency.pk,
            "at": at,
            "recorded_at": at,
            "actor": actor_ref(by),
            "appointment": "",
            "on_behalf_of": "",
            "own_act": False,
            "transition": one.name,
            "source": "",
            "target": "",
            "law_version": "",
        }
        chain.seal(entry, one.data, head.head, by, disclosures)
        head.seq, head.head = entry["seq"], entry["hash"]
        entries.append(LogEntry(**entry))
        told.append(disclosures)
    written = LogEntry.objects.bulk_create(entries)
    Disclosure.objects.bulk_create(
        Disclosure(entry=entry, **one) for entry, disclosures in zip(written, told, strict=True) for one in disclosures
    )
    Chain.objects.bulk_update(heads.values(), ["seq", "head"])
    Outbox.objects.bulk_create(Outbox(entry=entry) for entry in written)


def chain_of(agency: Agency) -> str:
    """Return the name of an agency's chain."""
    return f"agency:{agency.slug}"
