"""The office level follows the legal level.

A flow names the legal states it lives in; entering the set opens it, leaving the set cancels what is open. The case
is locked by its base row, the same lock `fire()` takes, so a task's completion and an act from outside never deadlock.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from workflow.actors import Actor
from workflow.models import Case, OfficeWork


@dataclass(frozen=True, slots=True)
class Desk:
    """A flow and the legal states it lives in."""

    procedure: str
    flow: Any
    states: frozenset[str]


_desks: list[Desk] = []


def register(procedure: str, flow: Any, states: Any) -> None:
    """Let a flow live in the given states of a procedure's cases."""
    if not any(desk.flow is flow for desk in _desks):
        _desks.append(Desk(procedure, flow, frozenset(states)))


def desks(procedure: str) -> list[Desk]:
    """Return the flows of a procedure."""
    return [desk for desk in _desks if desk.procedure == procedure]


class CaseLock:
    """viewflow's lock: the base row of the case, inside one unit of writing."""

    @contextmanager
    def __call__(self, flow_class: Any, process_pk: int) -> Iterator[None]:
        """Hold the case of a process."""
        from workflow import engine

        with engine.unit():
            case_id = OfficeWork.objects.filter(pk=process_pk).values_list("case_id", flat=True).first()
            list(Case.objects.select_for_update(of=("self",)).filter(pk=case_id).values_list("pk"))
            yield


case_lock = CaseLock()


def follow(case: Case, *, source: str | None, within: Any, actor: Actor) -> None:
    """Open the flows whose states the case has entered and cancel those whose states it has left.

    within: the activation that carries the act; its own flow finishes by itself
    """
    for desk in desks(case.procedure_name):
        was, is_in = source in desk.states, case.state in desk.states
        if was and not is_in:
            _close(desk, case, within)
        elif is_in and not was:
            desk.flow.open_for(case, actor)


def _close(desk: Desk, case: Case, within: Any) -> None:
    own = getattr(getattr(within, "process", None), "pk", None)
    for work in OfficeWork.objects.filter(case_id=case.pk, flow_class=desk.flow, finished__isnull=True):
        if work.pk != own:
            desk.flow.cancel_for(work)
