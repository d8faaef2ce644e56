"""Successions: agencies merged, divided, renamed, a level abolished, by a decision from a day on.

One administrator proposes, another confirms; `moving` does it when the day has come. Both see what would move.
Law: two-tier local government since 01/07/2025 (Law on the Organisation of Local Government 2025); law file 7.4, 11.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from workflow import clock, registry
from workflow.agencies import entries, search, tree
from workflow.agencies.entries import Event
from workflow.agencies.models import Change, Heir, Placement, Succession
from workflow.errors import WorkflowError
from workflow.models import Agency, Case, User
from workflow.models.law import TwoPersons

Kind, Powers, State = Succession.Kind, Change.Powers, TwoPersons.State


class SamePerson(WorkflowError):
    """Who proposed it cannot confirm it."""

    message = _("You proposed this yourself; another person must confirm it.")


class Decided(WorkflowError):
    """It is decided already."""

    message = _("This proposal is decided already.")


class Unsound(WorkflowError):
    """The agencies cannot succeed one another so; errors: why, by the number of the part."""

    message = _("The proposal cannot stand: %(why)s")

    def __init__(self, errors: Mapping[int, str | Promise]) -> None:
        """Keep what is wrong with which part."""
        super().__init__(why="; ".join(str(why) for why in errors.values()))
        self.errors = errors


@dataclass(frozen=True, slots=True)
class Part:
    """What a proposal says of one agency; successors: the first takes what is not placed elsewhere."""

    agency: Agency
    successors: Sequence[Agency] = ()
    powers: str = Powers.STAFF
    name: str = ""
    short: str = ""

    @property
    def ends(self) -> bool:
        """Return whether the agency exists no more."""
        return bool(self.successors) and self.agency not in self.successors


# proposing and deciding ------------------------------------------------------------------------------------------


def why_not(
    kind: str, parts: Sequence[Part], effective_on: date, *, but: int | None = None
) -> dict[int, str | Promise]:
    """Return why these agencies cannot succeed one another so, by the number of the part.

    but: the succession that is looked at itself
    """
    found: dict[int, str | Promise] = {}
    concerned = {one.pk for part in parts for one in (part.agency, *part.successors)}
    changes = Change.objects.filter(agency__in=concerned, succession__state__in=(State.OPEN, State.ACCEPTED))
    others = list(changes.filter(succession__done_at=None).exclude(succession=but).select_related("succession"))
    ending = {part.agency.pk for part in parts if part.ends}
    for n, part in enumerate(parts):
        if part.agency.ends_on:
            found[n] = _("%(name)s has ended already.") % {"name": part.agency.name}
        elif any(part.agency == other.agency for other in parts[:n]):
            found[n] = _("%(name)s stands there twice.") % {"name": part.agency.name}
        elif other := next((one for one in others if one.agency_id == part.agency.pk), None):
            found[n] = _("%(name)s is changed by another decision already: %(decision)s.") % {
                "name": part.agency.name, "decision": other.succession.decision,
            }  # fmt: skip
        elif why := _why_not_by_kind(kind, part) or _why_not_to(part, ending, others, effective_on):
            found[n] = why
    return found


def _why_not_by_kind(kind: str, part: Part) -> str | Promise | None:
    name = {"name": part.agency.name}
    if kind == Kind.RENAMED:
        if part.successors:
            return _("%(name)s keeps its cases under a new name; it has no successor.") % name
        if not part.name or (part.name, part.short or part.agency.short) == (part.agency.name, part.agency.short):
            return _("Write the new name of %(name)s.") % name
        return None
    if part.name or part.short:
        return _("Only a new name names %(name)s anew; a new agency is added to the tree first.") % name
    if kind == Kind.SPLIT and len(part.successors) < 2:
        return _("Name at least two successors of %(name)s; itself among them if it goes on.") % name
    if kind != Kind.SPLIT and (len(part.successors) != 1 or not part.ends):
        return _("Name the one successor of %(name)s.") % name
    return None


def _why_not_to(part: Part, ending: set[int], others: list[Change], effective_on: date) -> str | Promise | None:
    """Return why one of the successors can take nothing over."""
    for heir in part.successors:
        if heir.ends_on or heir.pk in ending:
            return _("%(name)s has ended or ends as well; it takes nothing over.") % {"name": heir.name}
        if any(one.agency_id == heir.pk and one.ends and one.succession.effective_on <= effective_on for one in others):
            return _("%(name)s has ended or ends as well; it takes nothing over.") % {"name": heir.name}
    return None


@transaction.atomic
def propose(kind: str, parts: Sequence[Part], *, by: User, **facts: Any) -> Succession:
    """Put a succession before a second person; nothing moves yet.

    facts: decision, dated_on, effective_on, note
    Raises NotYours, Unsound.
    """
    _in_scope(parts, by)
    if not parts:
        raise Unsound({0: _("Name at least one agency.")})
    if errors := why_not(kind, parts, facts["effective_on"]):
        raise Unsound(errors)
    made = Succession.objects.create(kind=kind, proposed_by=by, proposed_at=clock.now(), **facts)
    for part in parts:
        change = Change.objects.create(
            succession=made, agency=part.agency, ends=part.ends, powers=part.powers, name=part.name,
            short=part.short, successor=part.successors[0] if part.successors else None,
        )  # fmt: skip
        Heir.objects.bulk_create(Heir(change=change, agency=one) for one in part.successors[1:])
    _log(entries.PROPOSED, made, by)
    return made


@transaction.atomic
def confirm(succession: Succession, *, by: User) -> None:
    """Let a succession take effect on its day, at once where that has come.

    Raises NotYours, SamePerson, Decided, Unsound.
    """
    found = _open(succession, by)
    if found.proposed_by_id == by.pk:
        raise SamePerson
    if errors := why_not(found.kind, parts_of(found), found.effective_on, but=found.pk):
        raise Unsound(errors)
    _decide(found, State.ACCEPTED, by)
    _log(entries.CONFIRMED, found, by)


@transaction.atomic
def decline(succession: Succession, *, by: User) -> None:
    """End a proposal without effect; its own author may take it back.

    Raises NotYours, Decided.
    """
    found = _open(succession, by)
    _decide(found, State.DECLINED, by)
    _log(entries.DECLINED, found, by)


@transaction.atomic
def place(succession: Succession, chosen: Mapping[int, int], *, by: User) -> int:
    """Say to which successor open cases go; returns how many go elsewhere than to the first.

    chosen: agency by case
    Raises NotYours, Decided.
    """
    found = _open(succession, by)
    changes = list(found.changes.select_related("agency", "successor").prefetch_related("heirs"))
    here = {one.agency_id: one for one in changes}
    placed: dict[int, Placement] = {}
    for pk, agency_id in open_cases().filter(pk__in=chosen, agency__in=here).values_list("pk", "agency_id"):
        change = here[agency_id]
        if chosen[pk] in {heir.agency_id for heir in change.heirs.all()}:
            placed[pk] = Placement(change=change, case_id=pk, agency_id=chosen[pk])
    Placement.objects.filter(change__in=changes, case__in=chosen).delete()
    Placement.objects.bulk_create(placed.values())
    return len(placed)


def _open(succession: Succession, by: User) -> Succession:
    found = Succession.objects.select_for_update().get(pk=succession.pk)
    _in_scope(parts_of(found), by)
    if found.state != State.OPEN:
        raise Decided
    return found


def _decide(found: Succession, state: str, by: User) -> None:
    found.state, found.decided_by, found.decided_at = state, by, clock.now()
    found.save(update_fields=["state", "decided_by", "decided_at"])


def _in_scope(parts: Sequence[Part], by: User) -> None:
    paths = tree.scope(by)
    if not all(tree.in_scope(one, paths) for part in parts for one in (part.agency, *part.successors)):
        raise tree.NotYours


def _log(event: str, succession: Succession, by: User) -> None:
    """Append what was proposed or decided to the chain of each agency that it concerns."""
    told = []
    for part in parts_of(succession):
        data = {**cited(succession), "successors": [one.slug for one in part.successors], "name": part.name}
        told.append(Event(part.agency, event, tree.plain(data)))
    entries.record(told, by=by)


def cited(succession: Succession) -> dict[str, Any]:
    """Return what every entry says of the decision behind it."""
    return {
        "succession": succession.pk,
        "kind": succession.kind,
        "decision": succession.decision,
        "dated_on": succession.dated_on.isoformat(),
        "effective_on": succession.effective_on.isoformat(),
    }


def parts_of(succession: Succession) -> list[Part]:
    """Return what a proposal says of each agency, in three statements."""
    changes = succession.changes.select_related("agency", "successor").prefetch_related("heirs__agency").order_by("pk")
    return [
        Part(
            one.agency,
            [heir for heir in (one.successor, *(other.agency for other in one.heirs.all())) if heir is not None],
            one.powers,
            one.name,
            one.short,
        )
        for one in changes
    ]


# what is seen of them --------------------------------------------------------------------------------------------


def touching(paths: Iterable[str]) -> QuerySet[Succession]:
    """Return the successions that concern one of these subtrees, the newest first."""
    changed = Change.objects.filter(agency__in=search.under(paths).order_by().values("pk"))
    return Succession.objects.filter(pk__in=changed.values("succession")).order_by("-pk")


def visible(succession: Succession, paths: list[str]) -> bool:
    """Return whether all that a succession concerns lies in these subtrees."""
    return all(tree.in_scope(one, paths) for part in parts_of(succession) for one in (part.agency, *part.successors))


def waiting(paths: Iterable[str], user: User) -> int:
    """Return how many proposals of others wait for a decision."""
    return touching(paths).filter(state=State.OPEN).exclude(proposed_by=user).count()


def of(agency: Agency) -> list[Succession]:
    """Return the successions that are open or to come, in which an agency ends, is renamed or takes over."""
    changed = Change.objects.filter(Q(agency=agency) | Q(successor=agency) | Q(heirs__agency=agency))
    stand = Succession.objects.filter(pk__in=changed.values("succession")).exclude(state=State.DECLINED)
    return list(stand.order_by("-pk"))


def open_cases() -> QuerySet[Case]:
    """Return the cases that have not come to an end of their procedure."""
    wanted = Q(pk__in=())
    for procedure in registry.procedures().values():
        states = [state for state in procedure.states if state not in procedure.ends]
        wanted |= Q(procedure_name=procedure.name, state__in=states)
    return Case.objects.filter(wanted)
