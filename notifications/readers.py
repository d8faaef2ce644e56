"""Who is told of an entry, on which ways, and by which message."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.conf import settings

from notifications.channels.sms import number
from notifications.models import Channel, Preference
from notifications.texts import ALARM
from workflow import permissions, registry
from workflow.agencies import moving
from workflow.models import Agency, Case, LogEntry, User

LANGUAGE = "vi"
REQUESTER = "requester"


@dataclass(frozen=True, slots=True)
class Reader:
    """One person on one way.

    recipient: mail address, phone number or account
    role: the capacity in which an official is told
    """

    way: str
    recipient: str
    template: str
    language: str = LANGUAGE
    user_id: int | None = None
    role: str = ""


@dataclass
class Directory:
    """The officials of one run, each office asked for once."""

    at: datetime
    _held: dict[tuple[int, str], list[User]] = field(default_factory=dict)
    _above: dict[int, list[Agency]] = field(default_factory=dict)
    _users: dict[int, User | None] = field(default_factory=dict)

    def told(self, case: Case, role: str) -> list[User]:
        """Return who is meant by a role of a rung; the verifier or handler alone where a case has one.

        Where nobody holds the role, those above are told: a warning that nobody hears would be none.
        """
        above = self.above(case.agency_id)
        match role:
            case "officer":
                handler = self.user(getattr(case, "verifier_id", None) or case.handler_id)
                people = [handler] if handler else self.holders(case.agency_id, "officer")
                return people or self.told(case, "head")
            case "head":
                return self.holders(case.agency_id, "head") or self.told(case, "superior")
            case "superior":
                return self.holders(above[-1].pk, "head") if above else []
            case "inspectorate":
                return [user for agency in above for user in self.holders(agency.pk, permissions.INSPECTOR)]
            case "verifier":
                named = self.user(getattr(case, "verifier_id", None))
                return [named] if named else []
        return []

    def holders(self, agency_id: int, role: str) -> list[User]:
        """Return who holds a role of appointment at an agency today, by appointment or delegation."""
        if (agency_id, role) not in self._held:
            self._held[agency_id, role] = permissions.holders(agency_id, [role], self.at)
        return self._held[agency_id, role]

    def above(self, agency_id: int) -> list[Agency]:
        """Return the agencies above one, the highest first."""
        if agency_id not in self._above:
            self._above[agency_id] = list(Agency.objects.get_ancestors(Agency.objects.get(pk=agency_id)))
        return self._above[agency_id]

    def user(self, pk: int | None) -> User | None:
        """Return an account that is in use, or None."""
        if pk is None:
            return None
        if pk not in self._users:
            self._users[pk] = User.objects.filter(pk=pk, is_active=True).first()
        return self._users[pk]


def readers(entry: LogEntry, case: Case, data: Mapping[str, Any], people: Directory) -> Iterator[Reader]:
    """Yield everybody who is told of an entry: the requester, the officials of a rung, the signer of a paper."""
    rule = registry.get(case.procedure_name).rules.get(entry.transition)
    if entry.transition.startswith(ALARM):
        tells = [str(role) for role in data.get("tells", ())]
        if REQUESTER in tells:
            yield from requester(case, "requester_silence")
        for role in tells:
            for user in people.told(case, role):
                yield from official(user, "staff_alarm", role)
        return
    if entry.transition == moving.MOVED:
        yield from requester(case, "requester_moved")
        return
    if rule is None:
        if any(fact.get("due") != fact.get("was") for fact in data.get("clocks", ())):
            yield from requester(case, "requester_date")
        return
    if entry.seq == 1:
        yield from requester(case, "requester_filed")
    elif entry.actor != REQUESTER:
        yield from requester(case, "requester_act")
    theirs = REQUESTER in (entry.actor, entry.on_behalf_of)
    if theirs:
        yield from _office(entry, case, people)
    for role in registry.get(case.procedure_name).tells.get(entry.transition, ()):
        for user in people.told(case, role):
            if entry.actor != f"user:{user.pk}":
                yield own_page(user, "staff_act" if theirs else "staff_told", role)
    if not theirs and (signer := people.user(_account(entry.on_behalf_of))) is not None:
        yield from official(signer, "staff_entered", "signer")


def _office(entry: LogEntry, case: Case, people: Directory) -> Iterator[Reader]:
    """Yield who goes on with a case after its requester has acted, on their own page; of a complaint the head too."""
    handler = people.user(case.handler_id)
    told = [handler] if handler else people.holders(case.agency_id, permissions.RECEIVER)
    heads = people.told(case, "head")
    if entry.target in registry.get(case.procedure_name).reopenings or not told:
        told = [*told, *heads]
    for user in told:
        yield own_page(user, "staff_act", "officer")


def requester(case: Case, template: str) -> Iterator[Reader]:
    """Yield the ways to the requester that they have given and this house has: e-mail, text message."""
    found = Preference.objects.filter(case_id=case.pk).values_list("language", flat=True).first()
    language = found if found in dict(settings.LANGUAGES) else LANGUAGE
    if case.contact_email:
        yield Reader(Channel.MAIL, case.contact_email, template, str(language))
    if settings.SMS_GATEWAY_URL and (phone := number(case.contact_phone)):
        yield Reader(Channel.SMS, phone, template, str(language))


def official(user: User, template: str, role: str) -> Iterator[Reader]:
    """Yield the ways to an official: their own page, and e-mail where they have an address."""
    yield own_page(user, template, role)
    if user.email:
        yield Reader(Channel.MAIL, user.email, template, user_id=user.pk, role=role)


def own_page(user: User, template: str, role: str) -> Reader:
    """Return the way to an official's own page."""
    return Reader(Channel.IN_APP, f"user:{user.pk}", template, user_id=user.pk, role=role)


def _account(ref: str) -> int | None:
    kind, _colon, pk = ref.partition(":")
    return int(pk) if kind == "user" and pk.isdigit() else None
