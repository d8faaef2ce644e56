"""Handing over everything a person holds, in one act: to successors, from a day, by a decision.

Powers move by their days: the person's end the day before, the successors' begin on that day. Work moves at once: the
cases go to a new handler; a task goes to the same person where they may do it by then, else back into the queue.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

from workflow import clock, linked, office
from workflow.actors import Actor
from workflow.appointments import entries, errors, holdings
from workflow.appointments.acts import appoint, end, revoke
from workflow.appointments.authority import authority
from workflow.appointments.holdings import Holdings
from workflow.clock import LEGAL_ZONE
from workflow.ledger import chain
from workflow.models import Case, User
from workflow.permissions import posts_of, working
from workflow.store import Post


@dataclass(frozen=True)
class Moved:
    """What a handover has moved: how many of each."""

    appointments: int
    succeeded: int
    delegations: int
    cases: int
    tasks: int
    queued: int


def hand_over(
    person: User,
    *,
    by: Actor,
    paths: Iterable[str],
    decision: str,
    from_on: date,
    successors: Mapping[int, User],
    worker: User | None = None,
    at: datetime | None = None,
) -> Moved:
    """Hand over everything a person holds at the agencies of some subtrees; all of it or nothing.

    paths: subtrees that `by` administers
    from_on: the first day on which the person no longer holds their powers, and the successors do
    successors: who follows in an appointment, by its id; an appointment without one only ends
    worker: who handles the cases and does the tasks from now on; without one they wait for somebody to take them
    Raises PowerRefused, and then nothing has happened but the record of the refusal.
    """
    now, inside = at or clock.now(), list(paths)
    held = holdings.of(person, inside, now)
    place = held.agencies[0] if held.agencies else None
    with entries.act("hand_over", place, by):
        if not decision.strip():
            raise errors.DecisionMissing()
        if place is None:
            raise errors.NothingHeld(person=person)
        _hold(held, {person.pk, *(one.pk for one in successors.values()), *([worker.pk] if worker else [])})
        held = holdings.of(person, inside, now)  # as it stands under the locks
        under = {agency.pk: authority(by, agency, now) for agency in held.agencies}
        if worker and not worker.is_active:
            raise errors.Deactivated(person=worker)
        last = from_on - timedelta(days=1)
        powers: dict[str, Any] = {"by": by, "at": now}
        for one in held.appointments:
            if successor := successors.get(one.pk):
                starts_on = max(from_on, one.starts_on)
                appoint(
                    successor,
                    one.agency,
                    one.role,
                    decision=decision,
                    starts_on=starts_on,
                    ends_on=one.ends_on,
                    **powers,
                )
        for one in _ending((*held.given, *held.lent), last):
            revoke(one, document=decision, on=last, **powers)
        for one in _ending(held.appointments, last):
            end(one, decision=decision, on=last, **powers)
        posts = posts_of(worker, datetime.combine(from_on, time(12), LEGAL_ZONE)) if worker else []
        for case in held.cases:
            _rehandled(case, worker, posts, by, under[case.agency_id])
        queued = sum(not _reassigned(task, worker, posts, by) for task in held.tasks)
        for agency in held.agencies:
            entries.record(
                entries.HANDED_OVER, agency, by=by, person=f"user:{person.pk}", decision=decision.strip(),
                to=f"user:{worker.pk}" if worker else None, starts=from_on.isoformat(), under=under[agency.pk],
            )  # fmt: skip
    followed = sum(one.pk in successors for one in held.appointments)
    lent = len(held.given) + len(held.lent)
    return Moved(len(held.appointments), followed, lent, len(held.cases), len(held.tasks), queued)


def _hold(held: Holdings, people: set[int]) -> None:
    """Lock what is about to move in one order: cases, then people. The chains come after, as in every other act."""
    cases = {case.pk for case in held.cases} | {task.process.officework.case_id for task in held.tasks}
    linked.lock(cases)
    list(User.objects.select_for_update().filter(pk__in=people).order_by("pk").values_list("pk"))


def _ending(powers: Iterable[Any], last: date) -> list[Any]:
    """Return the powers that would last beyond a day; one that begins only later never begins."""
    return [one for one in powers if one.ends_on is None or one.ends_on > last]


def _rehandled(case: Case, worker: User | None, posts: list[Post], by: Actor, under: str) -> None:
    """Name another handler of a case, or none."""
    if worker and not any(post.agency_id == case.agency_id for post in working(posts)):
        raise errors.NoPostThere(person=worker, agency=case.agency)
    before = case.handler_id
    Case.objects.filter(pk=case.pk).update(handler=worker)
    _noted(case, by, handler=worker.pk if worker else None, was=before, under=under)


def _reassigned(task: Any, worker: User | None, posts: list[Post], by: Actor) -> bool:
    """Put a task on the worker's desk if they may do it, else back into the queue; return whether it is on the desk."""
    may = worker is not None and task.flow_task.may(worker, task, posts)
    before = task.owner_id
    office.hand_on(task, worker if may else None)
    case = task.process.officework.case
    _noted(case, by, task=task.pk, step=task.flow_task.name, owner=worker.pk if worker and may else None, was=before)
    return may


def _noted(case: Case, by: Actor, **data: Any) -> None:
    agency = case.agency
    chain.append(f"agency:{agency.slug}", entries.REASSIGNED, actor=by, agency_id=agency.pk, case=case.code, **data)
