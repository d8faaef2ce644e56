"""Editions of the official table of days: proposed by one administrator, published by another, never edited.

An edition is a row for ever. Publishing it, or confirming a local closure, counts the open deadlines anew that it
touches; that work may be interrupted anywhere and goes on where it stopped.
Law: Labour Code 45/2019/QH14, Arts. 111 and 112; law file 8.2, A17, A22.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db import transaction
from django.db.models import Max
from django.utils.translation import gettext_lazy as _

from workflow import breaches, clock, closures, reprojection, store
from workflow.calendar import Calendar
from workflow.errors import WorkflowError
from workflow.ledger import canonical, chain
from workflow.models import Agency, Breach, CalendarProposal, CalendarVersion, LocalClosure, User
from workflow.models.law import Recounts, TwoPersons
from workflow.permissions import ADMINISTRATOR, posts_of
from workflow.reprojection import Move, Table
from workflow.yearly import difference

PROPOSED, PUBLISHED, DECLINED = "calendar_proposed", "calendar_published", "calendar_declined"
CLOSED, CLOSURE_CONFIRMED = "closure_proposed", "closure_confirmed"


class NotYours(WorkflowError):
    """Only administrators of the central or a province agency keep the calendar."""

    message = _("The calendar is kept by administrators of the central or a province agency.")


class SamePerson(WorkflowError):
    """Who proposed it cannot confirm it."""

    message = _("You proposed this yourself; another person must confirm it.")


class Outdated(WorkflowError):
    """It was proposed against another edition, or is decided already."""

    message = _("This proposal is decided already, or was made against an older edition. Make a new one.")


class NothingChanges(WorkflowError):
    """The table says what the edition in force says."""

    message = _("This table is the one in force; nothing would change.")


@dataclass(frozen=True, slots=True)
class Preview:
    """What a table would do to the open deadlines and to the register of breaches.

    moves: deadlines whose last day changes; confirmed: how many only cease or begin to be provisional;
    alarms: how many keep their last day and move only alarms; timely: closed breaches it would undo
    """

    moves: list[Move]
    confirmed: int
    alarms: int
    timely: list[tuple[Breach, date]]

    @property
    def made(self) -> list[Move]:
        """Return the open deadlines that would have passed already."""
        return [move for move in self.moves if move.late == reprojection.MADE]

    @property
    def undone(self) -> list[Move]:
        """Return the passed deadlines that would not have passed yet."""
        return [move for move in self.moves if move.late == reprojection.UNDONE]


def keeps(user: User, at: datetime) -> bool:
    """Return whether a person may propose and publish: an administrator of the central or a province agency."""
    places = [post.agency_id for post in posts_of(user, at) if post.role == ADMINISTRATOR]
    high = (Agency.Level.CENTRAL, Agency.Level.PROVINCE)
    return bool(Agency.objects.filter(pk__in=places, level__in=high).exists())


def edition() -> int:
    """Return the number of the edition in force; 0 where the database holds none and the shipped one counts."""
    return CalendarVersion.objects.aggregate(newest=Max("pk"))["newest"] or 0


def in_force() -> Calendar:
    """Return the table in force."""
    return store.calendar(edition())


# two persons -----------------------------------------------------------------------------------------------------


@transaction.atomic
def propose(
    table: Calendar, *, by: User, document: str = "", note: str = "", source: str = CalendarProposal.Source.TYPED
) -> CalendarProposal:
    """Put a table before a second person; nothing counts by it yet.

    Raises NotYours, NothingChanges.
    """
    _kept_by(by)
    base = edition()
    if not difference(old := store.calendar(base), table) and old.confirmed_through == table.confirmed_through:
        raise NothingChanges
    proposal = CalendarProposal.objects.create(
        table=table.to_json(), based_on=base, source=source, document=document, note=note,
        proposed_by=by, proposed_at=clock.now(),
    )  # fmt: skip
    _log(PROPOSED, by, proposal=proposal.pk, based_on=base, digest=_digest(table), document=document)
    return proposal


@transaction.atomic
def publish(proposal: CalendarProposal, *, by: User) -> CalendarVersion:
    """Make a proposal the edition in force; `settle` then counts the open deadlines anew.

    Raises NotYours, SamePerson, Outdated.
    """
    found = _decide(proposal, by, TwoPersons.State.ACCEPTED)
    if found.based_on != edition():
        raise Outdated
    new = CalendarVersion.objects.create(table=found.table, note=found.note or found.document)
    found.edition = new
    found.save()
    table = Calendar.from_json(found.table)
    _log(PUBLISHED, by, proposal=found.pk, edition=new.pk, based_on=found.based_on, digest=_digest(table),
         document=found.document, proposed_by=f"user:{found.proposed_by_id}")  # fmt: skip
    return new


@transaction.atomic
def decline(proposal: CalendarProposal | LocalClosure, *, by: User) -> None:
    """End a proposal without effect; its own author may take it back.

    Raises NotYours, Outdated.
    """
    found = _decide(proposal, by, TwoPersons.State.DECLINED)
    found.save()
    _log(DECLINED, by, **{type(found).__name__.lower(): found.pk})


@transaction.atomic
def close(agency: Agency, *, by: User, **facts: Any) -> LocalClosure:
    """Put a local closure before a second person.

    facts: first_on, last_on, authority, document, dated_on, reason
    Raises NotYours.
    """
    _kept_by(by)
    closure = LocalClosure(agency=agency, proposed_by=by, proposed_at=clock.now(), **facts)
    closure.full_clean(exclude=["decided_by", "decided_at", "done_at"])
    closure.save()
    _log(CLOSED, by, agency_id=agency.pk, closure=closure.pk, document=closure.document)
    return closure


@transaction.atomic
def confirm(closure: LocalClosure, *, by: User) -> None:
    """Confirm a closure; it moves dates only where the procedure says so (A22).

    Raises NotYours, SamePerson, Outdated.
    """
    found = _decide(closure, by, TwoPersons.State.ACCEPTED)
    found.save()
    _log(CLOSURE_CONFIRMED, by, agency_id=found.agency_id, closure=found.pk, document=found.document)


def _decide(proposal: Any, by: User, state: str) -> Any:
    """Return the proposal, locked and decided in memory."""
    _kept_by(by)
    found = type(proposal).objects.select_for_update().get(pk=proposal.pk)
    if found.state != TwoPersons.State.OPEN:
        raise Outdated
    if state == TwoPersons.State.ACCEPTED and by.pk == found.proposed_by_id:
        raise SamePerson
    found.state, found.decided_by, found.decided_at = state, by, clock.now()
    return found


def _kept_by(user: User) -> None:
    if not keeps(user, clock.now()):
        raise NotYours


def _digest(table: Calendar) -> str:
    return canonical.digest(canonical.form(table.to_json()))


def _log(event: str, by: User, *, agency_id: int | None = None, **data: Any) -> None:
    chain.append(chain.SYSTEM_CHAIN, event, actor=by, agency_id=agency_id, **data)


# what it does to open deadlines ----------------------------------------------------------------------------------


def preview(change: Calendar | LocalClosure, at: datetime) -> Preview:
    """Return what publishing this table, or confirming this closure, would do at a moment; changes nothing."""
    table = _table(change)
    if table is None:
        return Preview([], 0, 0, [])
    moves = [move for plans in reprojection.batches(table, at) for one in plans for move in one.moves]
    shifted = [move for move in moves if move.moves]
    confirmed = sum(1 for move in moves if not move.moves and move.was_provisional != move.provisional)
    timely = list(breaches.timely_under(table))
    return Preview(shifted, confirmed, len(moves) - len(shifted) - confirmed, timely)


def settle(limit: int | None = None) -> int:
    """Count anew what published editions and confirmed closures touch; returns how many deadlines moved.

    May be interrupted, begun again, and run twice at once: each batch is one transaction that takes the case rows in
    order, and a proposal remembers how far it got. limit: batches to do now
    """
    moved, left = 0, limit
    for model in (CalendarProposal, LocalClosure):
        for pk in (
            model.objects.filter(state="accepted", done_at=None).order_by("decided_at").values_list("pk", flat=True)
        ):
            while left is None or left > 0:
                n = _step(model, pk)
                if n is None:
                    break
                moved, left = moved + n, None if left is None else left - 1
    return moved


@transaction.atomic
def _step(model: type[Recounts], pk: int) -> int | None:
    """Do the next batch of a proposal; None when it is done, or somebody else is at it."""
    one: Any = (
        model._default_manager.select_for_update(skip_locked=True, of=("self",)).filter(pk=pk, done_at=None).first()
    )
    if one is None:
        return None
    table = _table(one) if isinstance(one, LocalClosure) else _table_since(one)
    why = (
        {"closure": one.pk, "document": one.document}
        if isinstance(one, LocalClosure)
        else {"edition": one.edition_id, "document": one.document}
    )
    moves, last = ([], None) if table is None else reprojection.step(table, one.done_through, **why)
    if last is not None:
        model._default_manager.filter(pk=pk).update(done_through=last)
        return len(moves)
    if table is not None:
        breaches.review(table)
    model._default_manager.filter(pk=pk).update(done_at=clock.now())
    return None


def _table(change: Calendar | LocalClosure) -> Table | None:
    """Return how days would be counted with a change that is looked at, and where that differs; None if nowhere."""
    known, version = tuple(closures.known()), edition()
    if isinstance(change, LocalClosure):
        also = known if change in known else (*known, change)
        return Table(store.calendar(version), version, also, change.first_on, change.last_on, change.agency.path)
    span = reprojection.differing(store.calendar(version), change)
    return Table(change, version, known, *span) if span else None


def _table_since(proposal: CalendarProposal) -> Table | None:
    """Return the table in force and where it differs from the one a published proposal was made against.

    Always the newest edition: one that was published meanwhile is never undone by finishing an older one.
    """
    version = edition()
    calendar = store.calendar(version)
    span = reprojection.differing(store.calendar(proposal.based_on), calendar)
    return Table(calendar, version, tuple(closures.known()), *span) if span else None
