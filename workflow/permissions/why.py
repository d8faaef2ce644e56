"""What the pages about powers say: which powers a person holds and why, and who holds those an act asks for."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from workflow import registry
from workflow.clock import legal_day
from workflow.law import Text
from workflow.models import Agency, Appointment, Case, Delegation, User
from workflow.permissions.held import ADMINISTRATOR, HEAD, INSPECTOR, posts_at, posts_of
from workflow.permissions.labels import labels
from workflow.transitions import Rule


@dataclass(frozen=True, slots=True)
class Power:
    """One power with the paper that gives it.

    decision: number of the decision of appointment, or of the document of delegation
    principal: whose power it is, where it is lent
    why_not: why it does not count on the day, or None if it does
    """

    ref: str
    user: User
    role: str
    agency: Agency
    decision: str
    starts_on: date
    ends_on: date | None
    principal: User | None = None
    why_not: str | Promise | None = None

    @property
    def label(self) -> Text:
        """Return what the role is called."""
        return labels().get(self.role, self.role)

    @property
    def reach(self) -> Text:
        """Return what the power reaches, in words."""
        if self.role == INSPECTOR:
            return _("every case of the agency and of those below it, to read")
        if self.role == ADMINISTRATOR:
            return _("the agency and those below it, their people and their powers; no case")
        if self.role == HEAD:
            return _("every case of the agency; of those directly below it, complaints and reported silences")
        return _("every case of the agency")


def powers_of(user: User, at: datetime) -> tuple[list[Power], list[Power]]:
    """Return the powers a person holds on the day of a moment, and those given to them that do not count then."""
    counts = {post.ref for post in posts_of(user, at)}
    given = [_of(one) for one in user.appointments.select_related("agency", "user").order_by("-starts_on", "pk")]
    lent = user.delegations.select_related("agency", "principal", "substitute").order_by("-starts_on", "pk")
    given += [_of(one) for one in lent]
    on = legal_day(at)
    held = [one for one in given if one.ref in counts]
    return held, [_without(one, on) for one in given if one.ref not in counts]


def _of(one: Appointment | Delegation) -> Power:
    span = (one.starts_on, one.ends_on)
    if isinstance(one, Appointment):
        return Power(f"appointment:{one.pk}", one.user, one.role, one.agency, one.decision, *span)
    return Power(f"delegation:{one.pk}", one.substitute, one.role, one.agency, one.document, *span, one.principal)


def _without(one: Power, on: date) -> Power:
    """Return a power with the reason why it does not count on a day."""
    why: str | Promise = _("the principal does not hold this power today")
    if one.ends_on and one.ends_on < one.starts_on:
        why = _("it was taken back before it began")
    elif one.starts_on > on:
        why = _("it has not begun")
    elif one.ends_on and one.ends_on < on:
        why = _("it has ended")
    elif not one.user.is_active:
        why = _("the account is not in use")
    return Power(
        one.ref, one.user, one.role, one.agency, one.decision, one.starts_on, one.ends_on, one.principal, why
    )  # fmt: skip


def acts_of(role: str) -> list[tuple[Text, list[tuple[Rule, str, bool]]]]:
    """Return the acts that a role of appointment carries, by procedure: each with its article, and whether as superior.

    The article is that of the latest version of the law.
    """
    found = []
    for procedure in registry.procedures().values():
        law = procedure.versions[-1]
        rows = [
            (rule, law.cite(rule.law), not any(role in one.held_by for one in rule.by))
            for rule in procedure.rules.values()
            if any(role in (*one.held_by, *one.held_above) for one in rule.by)
        ]
        if rows:
            found.append((procedure.label, rows))
    return found


def who_may(case: Case, rules: Iterable[Rule], at: datetime) -> dict[str, list[tuple[Power, bool]]]:
    """Return who holds a power that each act asks for on this case, and whether as the superior; by the act's name.

    Says nothing of the case but its agency: neither its state, nor who has an interest in it. Five queries.
    """
    here = Agency.objects.get(pk=case.agency_id)
    above = Agency.objects.get_parent(here)
    wanted = list(rules)
    roles = {role for rule in wanted for one in rule.by for role in (*one.held_by, *one.held_above)}
    places = [here.pk, above.pk] if above else [here.pk]
    found = sorted(_named(posts_at(places, sorted(roles), at)), key=lambda one: (one.user.full_name, one.ref))
    return {
        rule.name: [
            (one, one.agency.pk != here.pk)
            for one in found
            if any(
                one.role in (role.held_by if one.agency.pk == here.pk else role.held_above) for role in rule.by
            )
        ]
        for rule in wanted
    }  # fmt: skip


def _named(refs: list[str]) -> list[Power]:
    """Return powers by their references."""
    ids: dict[str, list[int]] = {"appointment": [], "delegation": []}
    for ref in refs:
        kind, _colon, pk = ref.partition(":")
        ids[kind].append(int(pk))
    given = Appointment.objects.filter(pk__in=ids["appointment"]).select_related("user", "agency")
    lent = Delegation.objects.filter(pk__in=ids["delegation"]).select_related("substitute", "agency", "principal")
    return [*map(_of, given), *map(_of, lent)]
