"""Giving powers and ending them: appointments and delegations, each by a decision, each with its entries.

Days are legal days: what ends today ends at midnight in Viet Nam, what starts tomorrow starts by itself. A row is never
deleted or rewritten; it is ended, by a day and the decision that ends it.
"""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from typing import TypeVar

from django.db.models import F, Q, QuerySet

from workflow import clock
from workflow.actors import SYSTEM, Actor
from workflow.appointments import entries, errors
from workflow.appointments.authority import authority, origins
from workflow.clock import LEGAL_ZONE, legal_day
from workflow.models import Agency, Appointment, Delegation, LogEntry, User
from workflow.permissions import ADMINISTRATOR, STEP
from workflow.permissions.labels import labels

Power = TypeVar("Power", Appointment, Delegation)


def appoint(
    user: User,
    agency: Agency,
    role: str,
    *,
    by: Actor,
    decision: str,
    starts_on: date,
    ends_on: date | None = None,
    instead_of: Appointment | None = None,
    at: datetime | None = None,
) -> Appointment:
    """Appoint a person to a role at an agency from a day, until a day or without an end.

    by: an administrator of the agency or of one above it
    instead_of: the appointment that goes on in this one at the successor of an agency, and from which it comes
    at: now, if not given
    Raises PowerRefused, and then nothing has happened but the record of the refusal.
    """
    with entries.act("appoint", agency, by):
        decision = _numbered(decision)
        under = authority(by, agency, at or clock.now(), user)
        if role not in labels():
            raise errors.UnknownRole(role=role)
        _active(user)
        _in_order(agency, starts_on, ends_on)
        _only_one(Appointment.objects.filter(user=user, agency=agency, role=role), user, starts_on, ends_on)
        given = Appointment.objects.create(
            user=user,
            agency=agency,
            role=role,
            decision=decision,
            starts_on=starts_on,
            ends_on=ends_on,
            given_by=by if isinstance(by, User) else None,
            given_under=entries.ref(instead_of) if instead_of else under,
        )
        entries.record_power(entries.APPOINTED, given, by=by, under=under, decision=decision)
    return given


def end(appointment: Appointment, *, by: Actor, decision: str, on: date, at: datetime | None = None) -> Appointment:
    """End an appointment by a decision; `on` is its last day.

    On a day before its first it never began: so is one annulled that lies ahead, or was not used.

    Raises PowerRefused, and then nothing has happened but the record of the refusal.
    """
    now = at or clock.now()
    with entries.act("end", appointment.agency, by):
        under = authority(by, appointment.agency, now)
        held = Appointment.objects.select_for_update().select_related("agency").get(pk=appointment.pk)
        if held.role == ADMINISTRATOR and by is not SYSTEM:
            _not_the_last(held, on)
        _ended(held, on, _numbered(decision), now)
        entries.record_power(entries.ENDED, held, by=by, under=under, decision=held.end_decision)
    return held


def delegate(
    principal: User,
    substitute: User,
    agency: Agency,
    role: str,
    *,
    by: Actor,
    document: str,
    starts_on: date,
    ends_on: date,
    at: datetime | None = None,
) -> Delegation:
    """Let a lawful substitute act in a person's role from a day to a day, by a document.

    by: the principal, or an administrator who enters what the principal signed
    Raises PowerRefused, and then nothing has happened but the record of the refusal.
    Law: Decree 30/2020/NĐ-CP, Art. 13(3): in writing, limited in time, not delegated further.
    """
    with entries.act("delegate", agency, by):
        document = _numbered(document)
        own = isinstance(by, User) and by.pk == principal.pk
        under = "" if own else authority(by, agency, at or clock.now(), substitute)
        if substitute.pk == principal.pk:
            raise errors.SelfAppointment()
        _active(principal, substitute)
        _in_order(agency, starts_on, ends_on)
        source = _covering(principal, agency, role, starts_on, ends_on)
        if substitute.pk in origins(entries.ref(source)):
            raise errors.OwnPowerWidened(person=substitute)
        same = Delegation.objects.filter(principal=principal, substitute=substitute, agency=agency, role=role)
        _only_one(same, substitute, starts_on, ends_on)
        under = under or entries.ref(source)
        given = Delegation.objects.create(
            principal=principal,
            substitute=substitute,
            agency=agency,
            role=role,
            document=document,
            starts_on=starts_on,
            ends_on=ends_on,
            given_by=by if isinstance(by, User) else None,
            given_under=under,
        )
        entries.record_power(entries.DELEGATED, given, by=by, under=under, decision=document)
    return given


def revoke(delegation: Delegation, *, by: Actor, document: str, on: date, at: datetime | None = None) -> Delegation:
    """Revoke a delegation by a document; `on` is its last day, before its first where it is annulled.

    by: the principal, or an administrator who enters what the principal signed
    Raises PowerRefused, and then nothing has happened but the record of the refusal.
    """
    now = at or clock.now()
    with entries.act("revoke", delegation.agency, by):
        own = isinstance(by, User) and by.pk == delegation.principal_id
        under = "" if own else authority(by, delegation.agency, now)
        held = Delegation.objects.select_for_update().select_related("agency").get(pk=delegation.pk)
        _ended(held, on, _numbered(document), now)
        entries.record_power(entries.REVOKED, held, by=by, under=under, decision=held.end_decision)
    return held


# what each of them asks ------------------------------------------------------------------------------------------


def _numbered(decision: str) -> str:
    if not decision.strip():
        raise errors.DecisionMissing()
    return decision.strip()


def _active(*users: User) -> None:
    """Refuse deactivated people; lock the others in one order, so that two acts do not give the same power twice."""
    for found in User.objects.select_for_update().filter(pk__in=[user.pk for user in users]).order_by("pk"):
        if not found.is_active:
            raise errors.Deactivated(person=found)


def _in_order(agency: Agency, starts_on: date, ends_on: date | None) -> None:
    if ends_on and ends_on < starts_on:
        raise errors.DatesReversed(starts=_shown(starts_on), ends=_shown(ends_on))
    if agency.ends_on and (ends_on is None or ends_on > agency.ends_on):
        raise errors.AgencyEnded(agency=agency, ends=_shown(agency.ends_on))


def _only_one(same: QuerySet[Power], holder: User, starts_on: date, ends_on: date | None) -> None:
    """Refuse a second power of the same kind for the same person on the same days."""
    late_enough = Q(ends_on__isnull=True) | Q(ends_on__gte=starts_on)
    # one that was ended before it began has no days
    began = Q(ends_on__isnull=True) | Q(ends_on__gte=F("starts_on"))
    early_enough = Q(starts_on__lte=ends_on) if ends_on else Q()
    if there := same.filter(late_enough, began, early_enough).first():
        decision = there.decision if isinstance(there, Appointment) else there.document
        raise errors.Overlapping(
            person=holder, starts=_shown(there.starts_on), ends=_shown(there.ends_on), decision=decision
        )


def _covering(principal: User, agency: Agency, role: str, starts_on: date, ends_on: date) -> Appointment:
    """Return the principal's own appointment that lasts through all these days.

    Raises SubDelegation, NotHeld or BeyondItsEnd.
    """
    own = [
        one
        for one in principal.appointments.filter(agency=agency, role=role, starts_on__lte=starts_on).order_by("pk")
        if one.ends_on is None or one.ends_on >= starts_on
    ]
    if not own:
        lent = principal.delegations.filter(agency=agency, role=role, ends_on__gte=starts_on, starts_on__lte=ends_on)
        if lent.exists():
            raise errors.SubDelegation(principal=principal)
        raise errors.NotHeld(principal=principal, day=_shown(starts_on))
    lasting = next((one for one in own if one.ends_on is None or one.ends_on >= ends_on), None)
    if lasting is None:
        raise errors.BeyondItsEnd(principal=principal, ends=_shown(max(one.ends_on for one in own if one.ends_on)))
    return lasting


def _ended(held: Power, on: date, decision: str, now: datetime) -> None:
    """Let a power end on a day that its own law allows.

    Raises AlreadyEnds or UsedLater.
    """
    if held.ends_on and held.ends_on <= on:
        raise errors.AlreadyEnds(ends=_shown(held.ends_on))
    if on < legal_day(now) and (used := _last_used(held, on)):
        raise errors.UsedLater(used=_shown(used))
    held.ends_on, held.end_decision = on, decision
    held.save(update_fields=["ends_on", "end_decision"])


def _last_used(held: Appointment | Delegation, on: date) -> date | None:
    """Return the day on which an act was last done, or a power given, under a power after a day; None if never.

    When a power was given is not looked up: whoever has given one has used theirs from its first day on.
    """
    after = datetime.combine(on + timedelta(days=1), time(), LEGAL_ZONE)
    below = Agency.objects.filter(path__startswith=held.agency.path).order_by().values("pk")
    acts = LogEntry.objects.filter(agency_id__in=below, at__gte=after, appointment=entries.ref(held))
    if last := acts.order_by("-at").values_list("at", flat=True).first():
        return legal_day(last)
    by_hand = {"given_under": entries.ref(held), "given_by__isnull": False}
    given = (model.objects.filter(**by_hand).exists() for model in (Appointment, Delegation))
    return held.starts_on if on < held.starts_on and any(given) else None


def _not_the_last(held: Appointment, on: date) -> None:
    """Refuse to leave an agency without anybody who administers it."""
    path, next_day = held.agency.path, on + timedelta(days=1)
    above = [path[:n] for n in range(STEP, len(path) + 1, STEP)]
    others = Appointment.objects.select_for_update(of=("self",)).filter(
        Q(ends_on__isnull=True) | Q(ends_on__gte=next_day),
        agency__path__in=above,
        role=ADMINISTRATOR,
        starts_on__lte=next_day,
        user__is_active=True,
    )
    if not [one for one in others.order_by("pk") if one.pk != held.pk]:
        raise errors.LastAdministrator(agency=held.agency, day=_shown(next_day))


def _shown(day: date | None) -> str:
    return f"{day:%d/%m/%Y}" if day else "…"
