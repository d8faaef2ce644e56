"""At which agency an event of the security chain belongs, so that those who watch over it find it."""

from __future__ import annotations

from workflow.models import Appointment, Case


def home_of(user_id: int | None) -> int | None:
    """Return the id of the agency at which a person was appointed last; None for whoever never was."""
    if user_id is None:
        return None
    held = Appointment.objects.filter(user=user_id).order_by("-starts_on", "-pk")
    return held.values_list("agency_id", flat=True).first()


def place_of(code: str) -> int | None:
    """Return the id of the agency of a case; None where there is no such case."""
    return Case.objects.filter(code=code).values_list("agency_id", flat=True).first() if code else None
