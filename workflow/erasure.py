"""Erasing what a case says of people, so that every chain, proof and bundle still verifies.

The log holds commitments alone: erasing drops value and salt of each, the columns of the case, the text and the file of
its documents, and what was told about it. What stays is that it happened: states, dates, grounds, digests, officials.
Two persons of the agency do it; an inspector's hold and everything that still needs the file keep it from being done.
Source: law file 8.3, A23.
"""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from django.db import transaction
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _
from viewflow.workflow.models import Process, Task

from workflow import breaches, calendars, clock, registry, signals, store
from workflow.clock import legal_day
from workflow.documents import empty
from workflow.errors import WorkflowError
from workflow.law import Text
from workflow.ledger import chain
from workflow.models import Breach, Case, Disclosure, Erasure, Hold, LogEntry, ReceiptCorrection, User
from workflow.particulars import commit
from workflow.permissions import CLERK, HEAD, RECEIVER, posts_of

ERASED, HELD, RELEASED = "erased", "held", "released"
ROLES = (HEAD, CLERK, RECEIVER)
KEPT = ("actor_name",)
"""Disclosures that stay: officials answer for their acts by name."""


class CannotErase(WorkflowError):
    """The data of this case may not be erased now, or not by this person."""

    message = _("The data of this case cannot be erased: %(why)s")


def may(user: User, case: Case) -> bool:
    """Return whether a person may propose or confirm: head, clerk or receiving officer of the case's agency."""
    return any(post.role in ROLES and post.agency_id == case.agency_id for post in posts_of(user, clock.now()))


def erased_on(case: Case) -> date | None:
    """Return the day on which the data of a case was erased, or None."""
    done = case.erasures.filter(state=Erasure.State.ACCEPTED).values_list("decided_at", flat=True).first()
    return legal_day(done) if done else None


def blocks(case: Case, ground: str, on: date) -> list[Text]:
    """Return everything that keeps the data of a case from being erased on a legal day; empty if nothing does."""
    declared = registry.get(case.procedure_name)
    case = store.load(case)
    found: list[Text] = []
    if case.state not in declared.ends:
        found.append(_("the file is not closed."))
    found += declared.keeps(case, on)
    found += [why for one in registry.procedures().values() for why in one.keeps_others(case, on)]
    for hold in case.holds.filter(released_at=None):
        found.append(format_lazy(_("an inspector keeps it by document {number}."), number=hold.document))
    found += _breached(case, on)
    found += _retained(case, ground, on)
    return found


def _breached(case: Case, on: date) -> list[Text]:
    found: list[Text] = []
    calendar = calendars.in_force()
    for breach in Breach.objects.filter(case_id=case.pk, undone=False).select_related("case__agency"):
        if breach.is_open:
            found.append(_("a breach in it is still open."))
        elif last := [day for day in breaches.discipline_limits(breach, calendar) if day >= on]:
            facts = {"day": max(last).strftime("%d/%m/%Y")}
            found.append(format_lazy(_("a breach in it may be disciplined until {day}."), **facts))
    return found


def _retained(case: Case, ground: str, on: date) -> list[Text]:
    years = registry.get(case.procedure_name).retention_years
    if years is None:
        return [_("nobody has set how long files are kept (assumption A23, retention_years).")]
    ended = case.acted_at and legal_day(case.acted_at)
    if ground == Erasure.Ground.RETENTION and ended and (until := _years_after(ended, years)) > on:
        return [format_lazy(_("files are kept until {day}."), day=until.strftime("%d/%m/%Y"))]
    return []


def _years_after(day: date, years: int) -> date:
    try:
        return day.replace(year=day.year + years)
    except ValueError:  # 29 February
        return day.replace(year=day.year + years, day=28)


@transaction.atomic
def propose(case: Case, ground: str, *, document: str, reason: str, by: User) -> Erasure:
    """Put an erasure before a second person; nothing is erased yet.

    document: number of the request, or of the decision to destroy the file
    Raises CannotErase.
    """
    _stand(case, ground, by)
    if case.erasures.exclude(state=Erasure.State.DECLINED).exists():
        raise CannotErase(why=_("it is erased already, or waits for a second person."))
    if not document.strip() or not reason.strip():
        raise CannotErase(why=_("give the number of the document and the reason."))
    return Erasure.objects.create(
        case_id=case.pk, ground=ground, document=document.strip(), reason=reason.strip(),
        proposed_by=by, proposed_at=clock.now(),
    )  # fmt: skip


@transaction.atomic
def confirm(erasure: Erasure, *, by: User) -> LogEntry:
    """Erase what a second person confirms, with an entry in the case's chain.

    Raises CannotErase, Conflict.
    """
    seen = store.read(Case.objects.get(pk=erasure.case_id), lock=True)
    found = Erasure.objects.select_for_update(of=("self",)).get(pk=erasure.pk)
    if found.state != Erasure.State.OPEN:
        raise CannotErase(why=_("it is decided already."))
    if by.pk == found.proposed_by_id:
        raise CannotErase(why=_("you proposed it yourself; a second person must confirm it."))
    _stand(seen.case, found.ground, by)
    dropped = _drop(seen.case)
    entry = _write(seen, found, dropped, by)
    found.state, found.decided_by, found.decided_at, found.seq = found.State.ACCEPTED, by, clock.now(), entry.seq
    found.save(update_fields=["state", "decided_by", "decided_at", "seq"])
    signals.case_erased.send(sender=Case, case=seen.case)
    return entry


@transaction.atomic
def decline(erasure: Erasure, *, by: User) -> None:
    """End a proposal without effect; its author may take it back.

    Raises CannotErase.
    """
    found = Erasure.objects.select_for_update(of=("self",)).select_related("case").get(pk=erasure.pk)
    if found.state != Erasure.State.OPEN or not may(by, found.case):
        raise CannotErase(why=_("it is decided already, or not yours to decide."))
    found.state, found.decided_by, found.decided_at = Erasure.State.DECLINED, by, clock.now()
    found.save(update_fields=["state", "decided_by", "decided_at"])


def _stand(case: Case, ground: str, by: User) -> None:
    if not may(by, case):
        raise CannotErase(why=_("only the head, a clerk or a receiving officer of the agency may do it."))
    if why := blocks(case, ground, legal_day(clock.now())):
        raise CannotErase(why=" ".join(str(one) for one in why))


def _drop(case: Case) -> dict[str, int]:
    """Drop values, salts, texts and files; return how many of each. The columns of the case follow with its entry."""
    entries = LogEntry.objects.filter(case_id=case.pk).values("pk")
    values, _by_model = Disclosure.objects.filter(entry__in=entries).exclude(name__in=KEPT).delete()
    papers = [empty(one, clock.now()) for one in case.documents.filter(erased_at=None)]
    Task.objects.filter(process__officework__case_id=case.pk).update(data={})
    Process.objects.filter(officework__case_id=case.pk).update(data={})
    Breach.objects.filter(case_id=case.pk).update(explanation="", explanation_salt="")
    ReceiptCorrection.objects.filter(case_id=case.pk).update(reason="")
    return {"values": values, "documents": len(papers)}


def _write(seen: store.Snapshot, erasure: Erasure, dropped: dict[str, int], by: User) -> LogEntry:
    case = seen.case
    for name, value in registry.get(case.procedure_name).without_people(case).items():
        setattr(case, name, value)
    post = next(one for one in posts_of(by, clock.now()) if one.role in ROLES and one.agency_id == case.agency_id)
    case.seq += 1
    disclosures: list[dict[str, str]] = []
    data: dict[str, Any] = {
        "ground": erasure.ground,
        "basis": erasure.document,
        "reason": commit("reason", erasure.reason, disclosures),
        "proposed_by": f"user:{erasure.proposed_by_id}",
        "role": post.role,
        **dropped,
    }
    entry = chain.beside(
        case, ERASED, at=seen.recorded_at, actor=by, data=data, disclosures=disclosures, appointment=post.ref
    )
    return store.write(store.Write(seen, entry, disclosures, seen.clocks))


# holds -----------------------------------------------------------------------------------------------------------


@transaction.atomic
def hold(case: Case, *, document: str, reason: str, by: User) -> Hold:
    """Keep a case from being erased, with an entry in its agency's chain; who inspects it is asked by the caller.

    Raises CannotErase without a document and a reason.
    """
    if not document.strip() or not reason.strip():
        raise CannotErase(why=_("give the number of the document and the reason."))
    held = Hold.objects.create(case_id=case.pk, by=by, at=clock.now(), document=document.strip(), reason=reason.strip())
    _note(case, HELD, by, held.document)
    return held


@transaction.atomic
def release(held: Hold, *, by: User) -> None:
    """Release a case that an inspector kept, with an entry in its agency's chain; once."""
    if Hold.objects.filter(pk=held.pk, released_at=None).update(released_by=by, released_at=clock.now()):
        _note(held.case, RELEASED, by, held.document)


def _note(case: Case, event: str, by: User, document: str, at: datetime | None = None) -> None:
    chain.append(
        f"agency:{case.agency.slug}", event, actor=by, at=at, agency_id=case.agency_id, case=case.code, basis=document
    )
