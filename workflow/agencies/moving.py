"""A confirmed succession takes effect: the tree and the powers at once, open cases and tasks batch by batch.

What is to be moved is asked of the database each time (an open case at an agency that has ended), so this may be
interrupted anywhere, run twice at once, and also moves a case that is opened again later. A case keeps its state and
its deadlines run on; a system entry in its chain says where it went and by which decision.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import F, Q, QuerySet
from viewflow.workflow.models import Task
from viewflow.workflow.status import STATUS

from workflow import clock, deadlines, ladders, office, permissions, registry, store
from workflow.actors import SYSTEM
from workflow.agencies import entries, outlook, powers, succession, tree
from workflow.agencies.entries import Event
from workflow.agencies.models import Change, FormerName, Placement, Succession
from workflow.calendar import Counting
from workflow.clock import legal_day
from workflow.deadlines import PAUSED, RUNNING, Bench, Clock
from workflow.ladders import Ladders
from workflow.ledger import chain
from workflow.models import Agency, AgencyRung, Case, LogEntry, User
from workflow.models.ladder import ADDED
from workflow.models.law import TwoPersons
from workflow.nodes import PLACE

BATCH = 50  # cases in one transaction
MOVED = "moved_to_successor"
"""Name of the entry in a case's chain."""


@dataclass(slots=True)
class Done:
    """How much was done: successions begun, cases and lone tasks moved, successions ended."""

    begun: int = 0
    cases: int = 0
    tasks: int = 0
    ended: int = 0


def settle(at: datetime, limit: int | None = None) -> Done:
    """Do what confirmed successions ask for by a moment; may be interrupted, and run twice at once.

    limit: batches of cases to move now
    """
    done, left = Done(), limit
    for pk in due(at).values_list("pk", flat=True):
        done.begun += _begin(pk, at)
    while (left is None or left > 0) and (ids := list(_waiting().values_list("pk", flat=True)[:BATCH])):
        moved = _move(ids)
        if not moved:
            break  # somebody else is at them
        done.cases, left = done.cases + moved, None if left is None else left - 1
    done.tasks = _move_lone_tasks()
    done.ended = _end()
    return done


def due(at: datetime) -> QuerySet[Succession]:
    """Return the confirmed successions whose day has come and that have not begun, in their order."""
    confirmed = Succession.objects.filter(state=TwoPersons.State.ACCEPTED, begun_at=None)
    return confirmed.filter(effective_on__lte=legal_day(at)).order_by("effective_on", "pk")


# the tree and the powers -----------------------------------------------------------------------------------------


@transaction.atomic
def _begin(pk: int, at: datetime) -> bool:
    """Change names, tree and powers; False where somebody else is at it or has done it."""
    one = Succession.objects.select_for_update(skip_locked=True).filter(pk=pk, begun_at=None).first()
    if one is None:
        return False
    tree.hold()
    entries.hold(_concerned(one))
    since = max(one.effective_on, legal_day(at))
    events: list[Event] = []
    for change in one.changes.select_related("agency", "successor").prefetch_related("heirs__agency").order_by("pk"):
        events += _rename(one, change) if one.kind == Succession.Kind.RENAMED else _succeed(one, change, since)
    entries.record(events, by=SYSTEM)
    _regroup(one)
    one.begun_at = clock.now()
    one.save(update_fields=["begun_at"])
    return True


def _concerned(one: Succession) -> list[Agency]:
    """Return every agency in whose chain something is about to be written."""
    parts = succession.parts_of(one)
    below = outlook.children_of([part.agency for part in parts])
    return [agency for part in parts for agency in (part.agency, *part.successors, *below.get(part.agency.path, ()))]


def _rename(one: Succession, change: Change) -> list[Event]:
    agency = change.agency
    FormerName.objects.create(
        agency=agency, name=agency.name, short=agency.short, until=_eve(one.effective_on), decision=one.decision
    )
    was = {"name": agency.name, "short": agency.short}
    agency.name, agency.short = change.name, change.short or agency.short
    agency.save(update_fields=["name", "short"])
    data = {**succession.cited(one), "was": was, "now": {"name": agency.name, "short": agency.short}}
    return [Event(agency, entries.RENAMED, data)]


def _succeed(one: Succession, change: Change, since: date) -> list[Event]:
    """End an agency, or let it go on with less; its successors take over."""
    agency, heirs = change.agency, [heir.agency for heir in change.heirs.all()]
    if change.successor is not None:
        heirs.insert(0, change.successor)
    facts = {**succession.cited(one), "successors": [heir.slug for heir in heirs]}
    moved = powers.move(change, one, since) if change.ends else []
    events = [Event(agency, entries.SUCCEEDED, {**facts, "goes_on": not change.ends, "powers": moved})]
    for heir in heirs:
        if heir.pk == agency.pk:
            continue
        if agency.receives and not heir.receives:
            Agency.objects.filter(pk=heir.pk).update(receives=True)
        events.append(Event(heir, entries.TOOK_OVER, {**succession.cited(one), "from": agency.slug}))
    if change.ends:
        Agency.objects.filter(pk=agency.pk).update(ends_on=_eve(one.effective_on), receives=False)
    return events


def _regroup(one: Succession) -> None:
    """Put those that stood under an agency that ended under its successor, or its superior."""
    events, moves = [], []
    for part in succession.parts_of(one):
        if not part.ends:
            continue
        above = outlook.new_superior(one.kind, part)
        for child in outlook.children_of([part.agency]).get(part.agency.path, ()):
            if above is None or above.path.startswith(child.path):
                continue
            data = {"was": part.agency.slug, "now": above.slug, "decision": one.decision}
            events.append(Event(child, entries.MOVED, data))
            moves.append((child.pk, above.pk))
    entries.record(events, by=SYSTEM)
    for child_id, above_id in moves:
        child = Agency.objects.get(pk=child_id)
        Agency.objects.move(child, Agency.objects.get(pk=above_id), "last-child")


def _eve(day: date) -> date:
    return day - timedelta(days=1)


# cases -----------------------------------------------------------------------------------------------------------


def _changes() -> QuerySet[Change]:
    """Return the changes by which agencies have given up cases."""
    return Change.objects.filter(succession__begun_at__isnull=False, successor__isnull=False)


def _placements() -> QuerySet[Placement]:
    """Return the cases that were placed with a further successor and have not gone there."""
    return Placement.objects.filter(seq=None, change__in=_changes())


def _waiting() -> QuerySet[Case]:
    """Return the open cases that are to move: at an agency that has ended, or placed elsewhere; by their key."""
    ended = Q(agency__in=_changes().filter(ends=True).values("agency"))
    placed = Q(pk__in=_placements().filter(case__agency=F("change__agency")).values("case"))
    return succession.open_cases().filter(ended | placed).order_by("pk")


@transaction.atomic
def _move(ids: list[int]) -> int:
    """Move a batch of cases; returns how many moved."""
    cases = list(Case.objects.filter(pk__in=ids).order_by("pk"))
    behind = ("succession", "agency", "successor")
    ending = {one.agency_id: one for one in _changes().filter(ends=True).select_related(*behind)}
    wishes = _placements().filter(case__in=ids).select_related("agency", "change__succession", "change__agency")
    placed = {one.case_id: one for one in wishes}
    at_once = _Batch(_rungs({case.agency_id for case in cases} | _heirs(ending, placed)))
    moved: Counter[int] = Counter()
    for case in cases:
        seen = store.read(case, lock=True)
        here, ends = seen.case.agency_id, registry.get(seen.case.procedure_name).ends
        wish = placed.get(case.pk)
        if wish is not None and wish.change.agency_id != here:
            wish = None
        change = wish.change if wish is not None else ending.get(here)
        if change is None or seen.case.state in ends:
            continue
        target = wish.agency if wish is not None else change.successor
        assert target is not None
        entry = at_once.move(seen, change, target)
        if wish is not None:
            Placement.objects.filter(pk=wish.pk).update(seq=entry.seq)
        moved[change.pk] += 1
    for pk, n in moved.items():
        Change.objects.filter(pk=pk).update(moved=F("moved") + n)
    return moved.total()


def _heirs(ending: dict[int, Change], placed: dict[int, Placement]) -> set[int]:
    return {one.successor_id for one in ending.values() if one.successor_id} | {
        one.agency_id for one in placed.values()
    }


def _rungs(agencies: Iterable[int]) -> dict[tuple[int, str], Ladders]:
    """Return the rungs that agencies have added, by agency and procedure."""
    found: dict[tuple[int, str], dict[str, Any]] = {}
    for one in AgencyRung.objects.filter(agency__in=set(agencies)).order_by("pk"):
        kept = found.setdefault((one.agency_id, one.procedure), {})
        kept[one.period] = (*kept.get(one.period, ()), one.rung)
    return dict(found)


class _Batch:
    """What the cases of one transaction share: added rungs, and who holds what where."""

    def __init__(self, rungs: dict[tuple[int, str], Ladders]) -> None:
        self.rungs = rungs
        self.posts: dict[int, list[Any]] = {}

    def move(self, seen: store.Snapshot, change: Change, target: Agency) -> LogEntry:
        """Move one case, read under its lock, with its tasks; append its entry."""
        case, was = seen.case, change.agency
        at, before = seen.recorded_at, was.slug
        tasks = self.requeue(_tasks_of(case.pk, was.pk), target.pk, at)
        old = self.rungs.get((was.pk, case.procedure_name), {})
        new = self.rungs.get((target.pk, case.procedure_name), {})
        case.seq += 1
        case.agency = target
        facts = _recount(seen, old, new)
        data: dict[str, Any] = {
            **succession.cited(change.succession),
            "was": before,
            "was_name": was.name,
            "now": target.slug,
            "now_name": target.name,
            "tasks": tasks,
        }
        if facts:
            data["clocks"] = facts
        if case.handler_id and not self._works(case.handler_id, target.pk, at):
            data["handler_was"], case.handler_id = case.handler_id, None
        entry = chain.beside(case, MOVED, at=at, actor=SYSTEM, data=data)
        return store.write(store.Write(seen, entry, [], seen.clocks))

    def requeue(self, tasks: Iterable[Any], place: int, at: datetime) -> int:
        """Put open tasks into another agency's queue; they stay on the desk of a person who may do them there."""
        n = 0
        for task in tasks:
            task.owner_permission = PLACE % place
            if task.owner_id and not permissions.works_at(self._posts(task.owner_id, at), task.flow_task.roles, place):
                task.owner, task.status, task.assigned = None, STATUS.NEW, None
            task.save(update_fields=["owner_permission", "owner", "status", "assigned"])
            n += 1
        return n

    def _posts(self, user_id: int, at: datetime) -> list[Any]:
        if user_id not in self.posts:
            self.posts[user_id] = permissions.posts_of(User.objects.get(pk=user_id), at)
        return self.posts[user_id]

    def _works(self, user_id: int, agency_id: int, at: datetime) -> bool:
        return any(post.agency_id == agency_id for post in self._posts(user_id, at))


def _recount(seen: store.Snapshot, old: Ladders, new: Ladders) -> list[dict[str, Any]]:
    """Let the clocks run on at the successor: with its own warnings and local closures, the old agency's silent.

    Returns the facts of the clocks of which the last day has moved.
    """
    case, facts = seen.case, []
    declared = registry.get(case.procedure_name)
    gone = frozenset(_names(old) - _names(new))
    for one in seen.clocks:
        if one.state not in (RUNNING, PAUSED):
            continue
        before, rings = _photo(one), ladders.stored(one.bells)
        law = declared.version(one.law_version)
        counting = declared.counting or Counting()
        bench = Bench(law, seen.calendar, seen.calendar_version, counting, seen.recorded_at, case.seq, new)
        ladders.silence(bell for bell in one.bells if bell.rung in gone)
        if one.state == PAUSED:
            ladders.arm(one, ladders.PAUSED_LADDER, bench)
        else:
            fact = deadlines.recompute(one, bench)
            if _photo(one) != before:
                facts.append(fact)
        one.changed = _photo(one) != before or ladders.stored(one.bells) != rings
    return facts


def _names(added: Ladders) -> set[str]:
    return {rung.name for rungs in added.values() for rung in rungs if rung.name.startswith(ADDED)}


def _photo(one: Clock) -> tuple[object, ...]:
    return one.due_on, one.nominal_on


# tasks -----------------------------------------------------------------------------------------------------------


def _open_tasks() -> QuerySet[Any]:
    found: QuerySet[Any] = Task.objects.filter(status__in=office.OPEN, flow_task_type="HUMAN")
    return found


def _tasks_of(case_id: int, agency_id: int) -> QuerySet[Any]:
    """Return the open tasks of a case that lie at an agency."""
    return _open_tasks().filter(process__officework__case_id=case_id, owner_permission=PLACE % agency_id).order_by("pk")


def _move_lone_tasks() -> int:
    """Move tasks that lie at an agency that has ended while their case is another's, such as an opinion asked for."""
    ended = {PLACE % one.agency_id: one for one in _changes().filter(ends=True).select_related("agency", "successor")}
    n = 0
    for place in ended:
        lying = _open_tasks().filter(owner_permission=place)
        for pk, case_id in list(lying.order_by("pk").values_list("pk", "process__officework__case_id")):
            n += _move_lone_task(pk, case_id, ended[place])
    return n


def _move_lone_task(pk: int, case_id: int, change: Change) -> int:
    with office.hold(case_id):
        found = list(_open_tasks().filter(pk=pk, owner_permission=PLACE % change.agency_id))
        code, agency_id = Case.objects.values_list("code", "agency_id").get(pk=case_id)
        if not found or agency_id == change.agency_id or change.successor_id is None:
            return 0
        assert change.successor is not None
        n = _Batch({}).requeue(found, change.successor_id, clock.now())
        data = {**succession.cited(change.succession), "case": code, "to": change.successor.slug}
        entries.record([Event(change.agency, entries.TASK_MOVED, data)], by=SYSTEM)
    return n


# the end ---------------------------------------------------------------------------------------------------------


def _end() -> int:
    """Close the successions that have nothing more to move, with an entry for each agency that gave cases up."""
    n = 0
    for one in Succession.objects.filter(begun_at__isnull=False, done_at=None).order_by("pk"):
        with transaction.atomic():
            found = Succession.objects.select_for_update(skip_locked=True).filter(pk=one.pk, done_at=None).first()
            if found is None or _left(found):
                continue
            events = [
                Event(change.agency, entries.COMPLETED, {**succession.cited(found), "cases": change.moved})
                for change in found.changes.select_related("agency").order_by("pk")
            ]
            entries.record(events, by=SYSTEM)
            found.done_at = clock.now()
            found.save(update_fields=["done_at"])
            n += 1
    return n


def _left(one: Succession) -> bool:
    """Return whether a succession still has a case to move."""
    return _waiting().filter(agency__in=one.changes.values("agency")).exists()
