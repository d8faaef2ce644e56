"""Under which power somebody gives or ends one, and from whom that power comes.

What a power is worth is said in `workflow.permissions` alone; here stands how powers come from one another. Every
power knows who gave it, and by which power of theirs. So it can be seen that one would come back to a person from
whom it came: nobody widens their own power, neither directly nor through those they have appointed or delegated.
"""

from __future__ import annotations

from datetime import datetime

from workflow.actors import SYSTEM, Actor
from workflow.appointments import errors
from workflow.models import Agency, Appointment, Delegation, User
from workflow.permissions import ADMINISTRATOR, posts_of


def authority(by: Actor, agency: Agency, at: datetime, receiver: User | None = None) -> str:
    """Return the reference of the administrator's power under which a person gives one at an agency.

    receiver: to whom it is given, or None where one is ended
    The system, which acts for the installation and for successions, needs none.
    Of several, their own come before those they hold by delegation, the older before the newer.
    Raises OutsideSubtree, SelfAppointment, OwnPowerWidened.
    """
    if by is SYSTEM:
        return ""
    if not isinstance(by, User):
        raise errors.OutsideSubtree(agency=agency)
    held = [post.ref for post in posts_of(by, at) if post.role == ADMINISTRATOR and agency.path.startswith(post.path)]
    if not held:
        raise errors.OutsideSubtree(agency=agency)
    own_first = sorted(held, key=_order)
    if receiver is None:
        return own_first[0]
    if receiver.pk == by.pk:
        raise errors.SelfAppointment()
    free = [ref for ref in own_first if receiver.pk not in origins(ref)]
    if not free:
        raise errors.OwnPowerWidened(person=receiver)
    return free[0]


def _order(ref: str) -> tuple[str, int]:
    """Sort appointments before delegations, the older before the newer."""
    kind, _, pk = ref.partition(":")
    return kind, int(pk)


def origins(ref: str) -> set[int]:
    """Return the people from whom a power comes: who gave it or delegated it, and from whom they had theirs.

    ref: `appointment:ID` or `delegation:ID`; two statements for each step of the way
    """
    found: set[int] = set()
    seen: set[str] = set()
    waiting = [ref]
    while waiting:
        ref = waiting.pop()
        kind, _, pk = ref.partition(":")
        if ref in seen or not pk:
            continue
        seen.add(ref)
        row: Appointment | Delegation
        if kind == "delegation":
            row = Delegation.objects.get(pk=pk)
            found.add(row.principal_id)
            own = Appointment.objects.filter(user=row.principal_id, agency=row.agency_id, role=row.role)
            waiting += [f"appointment:{key}" for key in own.values_list("pk", flat=True)]
        else:
            row = Appointment.objects.get(pk=pk)
        if row.given_by_id:
            found.add(row.given_by_id)
        waiting.append(row.given_under)
    return found
