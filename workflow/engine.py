"""Open a case, move a case, ask what may be done: the one write path.

`open()` writes a case and its first entry; `fire()` is the only code that changes a case's state afterwards. Views,
the API, background jobs, commands and office flows all come here.
"""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext, suppress
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from workflow import clock, deadlines, errors, linked, registry, store
from workflow.actors import SYSTEM, Actor, Requester
from workflow.calendar import Counting
from workflow.law import LawVersion
from workflow.ledger import chain
from workflow.models import Agency, Case, LogEntry, User
from workflow.particulars import checked, moment, own_papers
from workflow.permissions import Capacity, facts_of, not_met, refusal
from workflow.signers import people, signed_by, unproven
from workflow.transitions import Rule

ALPHABET = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ"
"""Letters of codes and secrets: none that a reader could take for another."""

NO_AGENCY = _("Choose the agency that must explain; it must be one that receives requests.")

_LETTER = bytes(ord(ALPHABET[n % len(ALPHABET)]) for n in range(256))
"""A letter for each random byte; their number divides 256, so that none is likelier than another."""

_depth: ContextVar[int] = ContextVar("depth", default=0)


@dataclass(frozen=True, slots=True)
class Offer:
    """One transition as it stands for one person: allowed, and in which capacity, or why not."""

    rule: Rule
    law: str
    refusal: errors.Refused | None
    capacity: Capacity | None = None

    @property
    def allowed(self) -> bool:
        """Return whether the act may be done now, as far as can be said before its form is filled in."""
        return self.refusal is None


@contextmanager
def unit() -> Iterator[None]:
    """Hold several writes of one act together; a refusal undoes them all and is then recorded by itself.

    The refused attempt goes to the security chain in a transaction of its own, never to the case's chain.
    """
    with _Recorded(), transaction.atomic():
        yield


class _Recorded:
    """Record a refusal by itself, once everything around it is undone; who tried it on which case goes with it."""

    __slots__ = ("_actor", "_case", "_depth")

    def __init__(self, case: Case | None = None, actor: Actor = SYSTEM) -> None:
        self._case, self._actor = case, actor

    def __enter__(self) -> None:
        self._depth = _depth.set(_depth.get() + 1)

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        outermost = _depth.get() == 1
        _depth.reset(self._depth)
        if not isinstance(error, errors.Refused):
            return
        if self._case is not None:
            error.attempt = (self._case.code, self._actor)
        if outermost:
            with transaction.atomic():
                chain.record_refusal(error)


def open(
    procedure: str,
    *,
    actor: Actor,
    at: datetime | None = None,
    on_behalf_of: User | str | None = None,
    **data: Any,
) -> Case:
    """Write a case and its entry 1, by the procedure's opening transition.

    at: moment of the act, aware; now if not given
    data: what the opening transition asks for, by name; `agency` is always asked
    The returned case carries its `secret`, which is stored only as a hash and shown once.
    Raises Refused, and then nothing has happened.
    """
    declared = registry.get(procedure)
    rule = declared.rules[declared.opening]
    agency = data.get("agency")
    if not isinstance(agency, Agency):
        agency = None
    case = declared.model(procedure_name=procedure, agency=agency)
    alone = not rule.link and store.at_once() and not office_follows(procedure, None, rule.ends_in(declared.initial))
    with _Recorded(case, actor), nullcontext() if alone else transaction.atomic():
        if rule.link:
            data = linked.locked(rule.link.touches(case, data), data)
        facts = facts_of(rule, declared.versions[-1])
        if agency is None or not agency.receives:
            raise errors.BadData(errors={"agency": NO_AGENCY}, fields="agency", **facts)
        seen = store.read_for_opening(case, people(actor, on_behalf_of, at))
        case.code = f"{declared.prefix}-{_letters(4)}-{_letters(4)}"
        case.opened_at = at or seen.recorded_at
        law = case.applied_law = declared.version_on(clock.legal_day(case.opened_at))
        case.law_version = law.name
        secret = _letters(16)
        case.secret_hash = hash_secret(secret)
        if isinstance(actor, Requester):
            actor = Requester(case.pk)
        entry = _move(seen, rule, law, actor, on_behalf_of, at, data, new=True)
        case.id = case.pk  # Django sets a child's pointer to its parent, not the parent's own id
        case.secret = secret  # type: ignore[attr-defined]
        follow_office(case, None, None, actor)
        _follow_link(case, rule, entry, actor, data)
        del case.applied_law
    return case


def fire(
    case: Case,
    transition: str,
    *,
    actor: Actor,
    at: datetime | None = None,
    on_behalf_of: User | str | None = None,
    within: object = None,
    **data: Any,
) -> LogEntry:
    """Move a case by one transition and record it.

    at: moment of the act, aware; now if not given. Periods count from its local date
    on_behalf_of: who signed on paper what a clerk enters, or "requester"
    within: the office activation that carries the act, which will finish its own flow
    data: what the transition's method asks for, by name
    Raises Refused, and then nothing has happened but the record of the refusal; Conflict if the case moved meanwhile.
    """
    with _Recorded(case, actor):
        given = (transition, actor, at, on_behalf_of, within, data)
        if _stands_alone(case.procedure_name, transition, case.state, within):
            with suppress(errors.Conflict):
                return _fire(case, *given, lock=False)
        with transaction.atomic():
            rule = registry.get(case.procedure_name).rules.get(transition)
            if rule is None or rule.link is None:
                return _fire(case, *given, lock=True)
            data = linked.locked(linked.together(case, transition, data), data)
            entry = _fire(case, transition, actor, at, on_behalf_of, within, data, lock=True)
            _follow_link(case, rule, entry, actor, data)
            return entry


def _follow_link(case: Case, rule: Rule, entry: LogEntry, actor: Actor, data: dict[str, Any]) -> None:
    """Let the other cases follow an act: as the citizen's own act there, else as the law's consequence."""
    if rule.link is None:
        return
    for one in rule.link.acts(case, entry, data, clock.legal_day(entry.at)):
        follows = registry.get(one.case.procedure_name).rules[one.transition]
        own = isinstance(actor, Requester) and any(role.outside for role in follows.by)
        at = max(entry.at, one.case.acted_at or entry.at)
        fire(one.case, one.transition, actor=Requester(one.case.pk) if own else SYSTEM, at=at, **one.data)


def _stands_alone(procedure: str, transition: str, source: str, within: object) -> bool:
    """Return whether an act may be written by one statement that is its own transaction.

    It may if no unit is open around it, no task of the office follows, and the database can do it (`store`).
    """
    declared = registry.get(procedure)
    rule = declared.rules.get(transition)
    if rule is None or rule.link is not None or within is not None or not store.at_once():
        return False
    return not office_follows(procedure, source, rule.ends_in(source))


def _fire(
    case: Case,
    transition: str,
    actor: Actor,
    at: datetime | None,
    on_behalf_of: User | str | None,
    within: object,
    data: dict[str, Any],
    *,
    lock: bool,
) -> LogEntry:
    """Read, move, write. Without the lock, raises Conflict for whatever only the lock can do."""
    seen = store.read(case, people=people(actor, on_behalf_of, at), lock=lock)
    declared = registry.get(seen.case.procedure_name)
    try:
        rule = declared.rules[transition]
    except KeyError:
        raise errors.UnknownTransition(transition=transition, title=transition, law=declared.label) from None
    law = seen.case.applied_law = declared.law_of(seen.case, rule, clock.legal_day(at or seen.recorded_at))
    source = seen.case.state
    if not lock and source != case.state and not _stands_alone(declared.name, transition, source, within):
        raise errors.Conflict(code=case.code)
    entry = _move(seen, rule, law, actor, on_behalf_of, at, data)
    if seen.case.state != source:
        follow_office(seen.case, source, within, actor)
    _refresh(case, seen.case)
    return entry


def available(case: Case, actor: Actor, at: datetime | None = None) -> list[Offer]:
    """Return every transition of the case's procedure: allowed for this person now, or why not, with its article."""
    at = at or clock.now()
    seen = store.read(case, people=people(actor, None, at), lock=False)
    declared = registry.get(seen.case.procedure_name)
    offers = []
    for rule in declared.rules.values():
        if rule.name == declared.opening:
            continue
        law = seen.case.applied_law = declared.law_of(seen.case, rule, clock.legal_day(at))
        answer = refusal(seen, rule, law, actor, at=at)
        told = (answer, None) if isinstance(answer, errors.Refused) else (None, answer)
        offers.append(Offer(rule, law.cite(rule.law), *told))
    return offers


def _move(
    seen: store.Snapshot,
    rule: Rule,
    law: LawVersion,
    actor: Actor,
    on_behalf_of: User | str | None,
    at: datetime | None,
    data: dict[str, Any],
    *,
    new: bool = False,
) -> LogEntry:
    """Check, move in memory, let the clocks follow, log, tell; write it all at once."""
    case = seen.case
    declared = registry.get(case.procedure_name)
    facts = facts_of(rule, law)
    signer = signed_by(seen, on_behalf_of, actor, facts)
    answer = refusal(seen, rule, law, signer, at=at or seen.recorded_at)
    if isinstance(answer, errors.Refused):
        raise answer
    data = checked(rule, law, data, facts)
    own_papers(rule, case, data, facts, new=new)
    at = moment(seen, rule, at, data, facts, new=new)
    if unmet := not_met(case, rule, law, signer, at=at, data=data):
        raise unmet
    if signer is not actor and (why := unproven(signer, data, opening=new)):
        raise errors.ConditionUnmet(why=why, **facts)

    source, case.seq = case.state, case.seq + 1
    getattr(case, rule.name)(**data)
    case.remember(rule.name, source, at)
    counting = declared.counting or Counting()
    calendar = seen.calendar
    bench = deadlines.Bench(law, calendar, seen.calendar_version, counting, at, case.seq, seen.added)
    moved = deadlines.follow(
        seen.clocks, rule, bench, source=source, data={**data, **case.clock_data(rule.name, at, calendar)}
    )
    entry, disclosures = chain.compose(
        case,
        at=at,
        recorded_at=seen.recorded_at,
        actor=actor,
        capacity=answer,
        on_behalf_of=None if signer is actor else signer,
        rule=rule,
        source=source,
        law=law,
        data=data,
        clocks=moved,
    )
    case.head, case.acted_at = entry["hash"], at
    return store.write(store.Write(seen, entry, disclosures, seen.clocks, new=new))


def _letters(n: int) -> str:
    return secrets.token_bytes(n).translate(_LETTER).decode()


def hash_secret(secret: str) -> str:
    """Return what is stored of a case's secret; the secret has 80 random bits, so a plain hash is enough."""
    return hashlib.sha256(secret.replace("-", "").replace(" ", "").upper().encode()).hexdigest()


def _refresh(case: Case, moved: Case) -> None:
    """Let the caller's copy show what has happened."""
    own = vars(case)
    own.update({name: value for name, value in vars(moved).items() if name in own and name[0] != "_"})


def follow_office(case: Case, source: str | None, within: object, actor: Actor) -> None:
    """Let the office level follow the legal level."""
    _office().follow(case, source=source, within=within, actor=actor)


def office_follows(procedure: str, source: str | None, ends: tuple[str, ...]) -> bool:
    """Return whether an act from a state to one of these would open or close a task of the office."""
    return any(_office().concerned(procedure, source, end) for end in ends)


@cache
def _office() -> Any:
    from workflow import office  # which itself writes by the engine

    return office
