"""Whose act it is in law, and whose powers are looked at: the actor's own, or those of a paper's signer."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from workflow import clock, errors, store
from workflow.actors import SYSTEM, Actor, Requester, user_id
from workflow.models import Document, User
from workflow.permissions import enters_paper, in_scope

ENTERING_PAPER = _("clerk or receiving officer who enters a signed paper")


def signed_by(seen: store.Snapshot, on_behalf_of: User | str | None, actor: Actor, facts: dict[str, Any]) -> Actor:
    """Return whose act it is in law: the actor's own, or that of the person who signed on paper.

    Only a clerk of the case's agency may enter what another official signed; a receiving officer may write down what
    the requester says.
    Raises OutOfScope or WrongRole for anybody else.
    """
    if on_behalf_of is None or actor is SYSTEM:
        return actor if on_behalf_of is None or isinstance(on_behalf_of, str) else on_behalf_of
    if not in_scope(seen, actor):
        raise errors.OutOfScope(**facts)
    if not enters_paper(seen, actor, for_requester=isinstance(on_behalf_of, str)):
        raise errors.WrongRole(role=ENTERING_PAPER, **facts)
    return Requester(seen.case.pk) if isinstance(on_behalf_of, str) else on_behalf_of


def unproven(signer: Actor, data: dict[str, Any], *, opening: bool) -> Promise | None:
    """Return why a paper act cannot be entered for its signer: the paper must be on file.

    An official's paper has a number, a date and a scan; the requester's is the record of what arrived. A request
    itself may be registered before it is scanned.
    """
    papers = [value for value in data.values() if isinstance(value, Document)]
    if isinstance(signer, Requester):
        return None if papers or opening else _("what the requester handed in must be put on file with it")
    if any(paper.number.strip() and paper.file for paper in papers):
        return None
    return _("an act signed on paper is entered with its number, its date and its scan")


def people(actor: Actor, on_behalf_of: User | str | None, at: datetime | None) -> tuple[store.Holder, ...]:
    """Return whose powers count, and through which days.

    Whoever acts for themselves must hold theirs today and at the moment of the act, so that nobody dates an act back
    into a time when they still held office. A clerk needs theirs today, the signer of the paper on its day.
    """
    today = clock.legal_day(clock.now())
    day = clock.legal_day(at) if at else today
    people = []
    if (pk := user_id(actor)) is not None:
        people.append(
            store.Holder(pk, today, today) if on_behalf_of else store.Holder(pk, min(day, today), max(day, today))
        )
    if not isinstance(on_behalf_of, str) and (pk := user_id(on_behalf_of)) is not None:
        people.append(store.Holder(pk, day, day))
    return tuple(people)
