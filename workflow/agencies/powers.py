"""Powers of an agency that ends: each ends on the eve, and goes on at the successor where the decision says."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from workflow.actors import SYSTEM
from workflow.agencies import outlook
from workflow.agencies.models import Change, Succession
from workflow.appointments import appoint, delegate, end, revoke
from workflow.appointments.entries import ref
from workflow.appointments.errors import PowerRefused, UsedLater
from workflow.models import Appointment, Delegation


def move(change: Change, one: Succession, since: date) -> list[str]:
    """End the powers at an agency on the eve, and let those go on at the successor that the decision says.

    since: first day of the new powers. Appointments come first: a delegation lends what its principal holds there
    Returns the references of the powers that went on, as they were.
    """
    found = outlook.powers_at([change.agency_id], since).get(change.agency_id, [])
    held = _held(change.successor_id, since)
    went_on = []
    for power in found:
        who = power.user if isinstance(power, Appointment) else power.substitute
        key = (type(power), who.pk, power.role)
        if (
            outlook.goes_on(power, change.powers)
            and key not in held
            and who.is_active
            and _goes_on(power, change, one, since)
        ):
            held.add(key)
            went_on.append(ref(power))
    for power in reversed(found):
        _end_power(power, one, since)
    return went_on


def _goes_on(power: Appointment | Delegation, change: Change, one: Succession, since: date) -> bool:
    """Give the same power at the successor: an appointment by the decision, a delegation by its own document."""
    assert change.successor is not None
    days: dict[str, Any] = {"starts_on": max(since, power.starts_on), "ends_on": power.ends_on}
    try:
        if isinstance(power, Appointment):
            days["instead_of"] = power
            appoint(power.user, change.successor, power.role, by=SYSTEM, decision=one.decision, **days)
        else:
            people = (power.principal, power.substitute)
            delegate(*people, change.successor, power.role, by=SYSTEM, document=power.document, **days)
    except PowerRefused:  # the refusal is on record; the others go on
        return False
    return True


def _end_power(power: Appointment | Delegation, one: Succession, since: date) -> None:
    """End a power on the eve; on the first day where it was used on it already, so that the act stands."""
    for on in (since - timedelta(days=1), since):
        try:
            if isinstance(power, Appointment):
                end(power, by=SYSTEM, decision=one.decision, on=on)
            else:
                revoke(power, by=SYSTEM, document=one.decision, on=on)
        except UsedLater:
            continue
        except PowerRefused:  # nobody else would administer what is left there; it is on record
            return
        return


def _held(agency_id: int | None, on: date) -> set[tuple[type, int, str]]:
    """Return who holds which role at an agency already, by appointment or delegation."""
    return {
        (type(one), one.user_id if isinstance(one, Appointment) else one.substitute_id, one.role)
        for one in outlook.powers_at([agency_id or 0], on).get(agency_id or 0, ())
    }
