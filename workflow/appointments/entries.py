"""What the log keeps of powers: an entry in the agency's chain, one in the security chain, one for a refusal."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

from django.db import transaction

from workflow.actors import Actor
from workflow.appointments.errors import PowerRefused
from workflow.ledger import chain
from workflow.models import Agency, Appointment, Delegation

APPOINTED, ENDED = "appointed", "appointment_ended"
DELEGATED, REVOKED = "delegated", "delegation_ended"
HANDED_OVER, REASSIGNED = "handed_over", "reassigned"
CHANGES = (APPOINTED, ENDED, DELEGATED, REVOKED, HANDED_OVER)
"""Events that change who holds a power."""

_depth: ContextVar[int] = ContextVar("depth", default=0)


def ref(power: Appointment | Delegation) -> str:
    """Return how the log names a power: `appointment:ID` or `delegation:ID`."""
    return f"{type(power).__name__.lower()}:{power.pk}"


def record(event: str, agency: Agency, *, by: Actor, **data: Any) -> None:
    """Append an entry to the chain of the agency and one to the security chain; people stand as `user:ID`."""
    chain.append(f"agency:{agency.slug}", event, actor=by, agency_id=agency.pk, **data)
    chain.append(chain.SECURITY, event, actor=by, agency_id=agency.pk, agency=agency.slug, **data)


def record_power(event: str, power: Appointment | Delegation, *, by: Actor, under: str, decision: str) -> None:
    """Record what became of a power, with its days as they now stand."""
    held: dict[str, Any] = {"power": ref(power), "role": power.role, "decision": decision, "under": under}
    if isinstance(power, Delegation):
        held |= {"person": f"user:{power.substitute_id}", "principal": f"user:{power.principal_id}"}
    else:
        held |= {"person": f"user:{power.user_id}"}
    ends = power.ends_on.isoformat() if power.ends_on else None
    record(event, power.agency, by=by, **held, starts=power.starts_on.isoformat(), ends=ends)


@contextmanager
def act(name: str, agency: Agency | None, by: Actor) -> Iterator[None]:
    """Hold the writes of one act together; a refusal undoes them all and is then recorded by itself."""
    outermost = _depth.get() == 0
    token = _depth.set(_depth.get() + 1)
    try:
        with transaction.atomic():
            yield
    except PowerRefused as refused:
        if outermost:
            slug, pk = (agency.slug, agency.pk) if agency else ("", None)
            chain.append(chain.SECURITY, "refused", actor=by, agency_id=pk, agency=slug, refused=name, why=refused.code)
        raise
    finally:
        _depth.reset(token)
