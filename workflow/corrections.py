"""A corrected date of receipt: an act outside the state machine, by two persons and the scan of the stamp.

The period that opened the case is counted anew from the day of the stamp; the case's chain keeps both days, and the
requester sees both. Law: A5 (the date of the "ĐẾN" stamp), law file 8.1.
"""

from __future__ import annotations

from datetime import date
from typing import Any

from django.db import transaction
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from workflow import clock, deadlines, registry, store
from workflow.calendar import Counting
from workflow.clock import legal_day
from workflow.deadlines import RUNNING, Clock
from workflow.errors import WorkflowError
from workflow.ledger import chain
from workflow.models import Case, Document, LogEntry, ReceiptCorrection, User
from workflow.particulars import cited, commit
from workflow.permissions import CLERK, HEAD, RECEIVER, posts_of

CORRECTED, PROPOSED, DECLINED = "receipt_corrected", "correction_proposed", "correction_declined"
"""Name of the entry in the case's chain."""
OPENING = 1  # seq of the entry that opened the case
ROLES = (RECEIVER, CLERK, HEAD)


class CannotCorrect(WorkflowError):
    """The date of receipt may not be corrected so, or not by this person."""

    message = _("The date of receipt cannot be corrected: %(why)s")


def may(user: User, case: Case) -> bool:
    """Return whether a person may propose or confirm: receiving officer, clerk or head of the case's agency."""
    return any(post.role in ROLES and post.agency_id == case.agency_id for post in posts_of(user, clock.now()))


def clock_of(case: Case) -> Clock | None:
    """Return the running clock that the opening started on the day of a stamp; None if there is nothing to correct."""
    stamped = registry.get(case.procedure_name).stamped
    if stamped is None or not stamped(store.load(case)):
        return None
    return next((one for one in case.clocks if one.started_seq == OPENING and one.state == RUNNING), None)


@transaction.atomic
def propose(case: Case, received_on: date, *, scan: Document, reason: str, by: User) -> ReceiptCorrection:
    """Put a corrected day of receipt before a second person; no date moves yet.

    scan: the page with the stamp, on file with this case, dated as the stamp
    Raises CannotCorrect.
    """
    opened = _stood(case, received_on, scan, by)
    if ReceiptCorrection.objects.filter(case_id=case.pk, state=ReceiptCorrection.State.OPEN).exists():
        raise CannotCorrect(why=_("another correction waits for its second person."))
    if not reason.strip():
        raise CannotCorrect(why=_("say why the first date was wrong."))
    _note(PROPOSED, case, by, scan, was_on=opened.anchor_on.isoformat(), received_on=received_on.isoformat())
    return ReceiptCorrection.objects.create(
        case_id=case.pk, was_on=opened.anchor_on, received_on=received_on, document=scan, reason=reason.strip(),
        proposed_by=by, proposed_at=clock.now(),
    )  # fmt: skip


@transaction.atomic
def confirm(correction: ReceiptCorrection, *, by: User) -> LogEntry:
    """Let the corrected day count: move the period that opened the case, and log the old and the new day.

    Raises CannotCorrect, Conflict.
    """
    case = Case.objects.get(pk=correction.case_id)
    seen = store.read(case, lock=True)
    found = ReceiptCorrection.objects.select_for_update(of=("self",)).select_related("document").get(pk=correction.pk)
    if found.state != ReceiptCorrection.State.OPEN:
        raise CannotCorrect(why=_("it is decided already."))
    if by.pk == found.proposed_by_id:
        raise CannotCorrect(why=_("you proposed it yourself; a second person must confirm it."))
    one = _stood(seen.case, found.received_on, found.document, by)
    if one.anchor_on != found.was_on:
        raise CannotCorrect(why=_("the date has been moved meanwhile."))
    entry = _move(seen, one, found, by)
    found.state, found.decided_by, found.decided_at = ReceiptCorrection.State.ACCEPTED, by, clock.now()
    found.seq = entry.seq
    found.save(update_fields=["state", "decided_by", "decided_at", "seq"])
    return entry


@transaction.atomic
def decline(correction: ReceiptCorrection, *, by: User) -> None:
    """End a proposal without effect; its author may take it back.

    Raises CannotCorrect.
    """
    found = ReceiptCorrection.objects.select_for_update(of=("self",)).select_related("case").get(pk=correction.pk)
    if found.state != ReceiptCorrection.State.OPEN or not may(by, found.case):
        raise CannotCorrect(why=_("it is decided already, or not yours to decide."))
    found.state, found.decided_by, found.decided_at = ReceiptCorrection.State.DECLINED, by, clock.now()
    found.save(update_fields=["state", "decided_by", "decided_at"])
    _note(DECLINED, found.case, by, found.document)


def _note(event: str, case: Case, by: User, scan: Document, **data: Any) -> None:
    """Record in the agency's chain what was proposed or declined, with the scan it rests on."""
    chain.append(
        f"agency:{case.agency.slug}",
        event,
        actor=by,
        agency_id=case.agency_id,
        case=case.code,
        scan=cited(scan),
        **data,
    )


def _stood(case: Case, received_on: date, scan: Document, by: User) -> Clock:
    """Return the clock that would move.

    Raises CannotCorrect where the law, the paper or the person does not allow it.
    """
    opened = clock_of(case)
    if why := _why_not(case, opened, received_on, scan, by):
        raise CannotCorrect(why=why)
    assert opened is not None
    return opened


def _why_not(case: Case, opened: Clock | None, received_on: date, scan: Document, by: User) -> str | Promise | None:
    if not may(by, case):
        return _("only a receiving officer, a clerk or the head of the agency may do it.")
    if opened is None:
        return _("no period runs that began with the day of a stamp.")
    if scan.case_id != case.pk or not scan.file or scan.dated_on != received_on:
        return _("the scan of the stamped page, dated as the stamp, must be on file with this case.")
    if received_on == opened.anchor_on:
        return _("this is the date it has already.")
    entered = LogEntry.objects.filter(chain=case.chain, seq=OPENING).values_list("recorded_at", flat=True).first()
    if entered is None or received_on > legal_day(entered):
        return _("the request cannot have arrived after it was entered.")
    return None


def _move(seen: store.Snapshot, one: Clock, found: ReceiptCorrection, by: User) -> LogEntry:
    """Count the clock anew and write it with its entry."""
    case = seen.case
    declared = registry.get(case.procedure_name)
    law = declared.version(one.law_version)
    post = next(post for post in posts_of(by, clock.now()) if post.role in ROLES and post.agency_id == case.agency_id)
    case.seq += 1
    bench = deadlines.Bench(
        law,
        seen.calendar,
        seen.calendar_version,
        declared.counting or Counting(),
        seen.recorded_at,
        case.seq,
        seen.added,
    )
    fact = deadlines.recompute(one, bench, found.received_on)
    paper, disclosures = found.document, list[dict[str, str]]()
    data: dict[str, Any] = {
        "was_on": found.was_on.isoformat(),
        "received_on": found.received_on.isoformat(),
        "reason": commit("reason", found.reason, disclosures),
        "scan": cited(paper),
        "proposed_by": f"user:{found.proposed_by_id}",
        "role": post.role,
        "clocks": [fact],
        "law": law.periods[one.rule].cite,
    }  # fmt: skip
    entry = chain.beside(
        case, CORRECTED, at=seen.recorded_at, actor=by, data=data, disclosures=disclosures,
        appointment=post.ref, law_version=law.name,
    )  # fmt: skip
    return store.write(store.Write(seen, entry, disclosures, seen.clocks))
