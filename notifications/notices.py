"""Legal notices: which documents the office owes the requester, and what proves that each arrived.

Every document that an act of the office puts into the log is such a notice. It is delivered by evidence alone: the
provider's report on the message about it, the requester opening it, or the number of the letter that carried it.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import QuerySet

from notifications.models import Message, Notice
from notifications.readers import REQUESTER
from notifications.texts import papers
from workflow import registry
from workflow.actors import SYSTEM, Actor
from workflow.ledger import chain
from workflow.models import Agency, Case, LogEntry

DELIVERY, PROOF = "delivery", "proof"
"""What an act is given that tells how the document before it left the house, and by which number."""
BY = {"post": Notice.Evidence.POSTED, "hand": Notice.Evidence.HANDED}
EVENT = "notice_delivered"


def follow(entry: LogEntry, case: Case, data: Mapping[str, Any]) -> None:
    """Write the notices that an act of the office makes; where it tells of a delivery, those of the act before it."""
    rules = registry.get(case.procedure_name).rules
    acts = [name for name, rule in rules.items() if not all(role.outside for role in rule.by)]
    if entry.transition not in acts or REQUESTER in (entry.actor, entry.on_behalf_of):
        return
    if DELIVERY not in data:
        _owe(entry, case, data)
        return
    if (before := _act_before(entry, acts)) is None:
        return
    _owe(before, case, before.data)  # perhaps another process has not come to it yet
    sent = Notice.objects.filter(entry_id=before.pk)
    if evidence := BY.get(str(data[DELIVERY])):
        for notice in sent:
            prove(notice, evidence, f"{entry.chain} #{entry.seq}", entry.at, by=SYSTEM)
    else:
        mark_sent(sent, entry.at)


def _owe(entry: LogEntry, case: Case, data: Mapping[str, Any]) -> None:
    act = entry.transition
    rows = [Notice(entry_id=entry.pk, document_id=pk, case_id=case.pk, act=act) for pk in papers(data)]
    Notice.objects.bulk_create(rows, ignore_conflicts=True)


def _act_before(entry: LogEntry, acts: list[str]) -> LogEntry | None:
    """Return the latest act of the office before this one that put a document into the log, or None."""
    earlier = LogEntry.objects.filter(chain=entry.chain, seq__lt=entry.seq, transition__in=acts)
    theirs = earlier.exclude(actor=REQUESTER).exclude(on_behalf_of=REQUESTER)
    for one in theirs.order_by("-seq").iterator(chunk_size=10):
        data = one.data
        if papers(data) and DELIVERY not in data:
            return one
    return None


def mark_sent(notices: QuerySet[Notice], at: datetime) -> None:
    """Note that notices have left the house; sending proves nothing."""
    notices.filter(state=Notice.State.WAITING).update(state=Notice.State.SENT, sent_at=at)


@transaction.atomic
def prove(notice: Notice, evidence: str, ref: str, at: datetime, *, by: Actor) -> bool:
    """Note what proves that a notice arrived, and put it into the agency's log; False where that was proven before.

    ref: where the proof lies; no personal data, for the log keeps it for ever
    """
    fresh = Notice.objects.filter(pk=notice.pk).exclude(state=Notice.State.DELIVERED)
    if not fresh.update(
        state=Notice.State.DELIVERED, delivered_at=at, sent_at=notice.sent_at or at, evidence=evidence, evidence_ref=ref
    ):
        return False
    case = Case.objects.only("code", "agency_id").get(pk=notice.case_id)
    slug = Agency.objects.values_list("slug", flat=True).get(pk=case.agency_id)
    chain.append(
        f"agency:{slug}",
        EVENT,
        actor=by,
        agency_id=case.agency_id,
        case=case.code,
        act=notice.act,
        document=notice.document_id,
        evidence=evidence,
        ref=ref,
        delivered_at=at.isoformat(),
    )
    return True


def reported(message: Message, at: datetime) -> None:
    """Take a provider's report that a message arrived as the proof for the notices it told of."""
    for notice in Notice.objects.filter(entry_id=message.entry_id):
        prove(notice, Notice.Evidence.PROVIDER, f"message {message.key}", at, by=SYSTEM)


def of_case(case: Case) -> list[Notice]:
    """Return a case's notices, the latest first."""
    return list(Notice.objects.filter(case_id=case.pk).order_by("-entry_id", "document_id"))
