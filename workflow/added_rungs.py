"""How an agency adds a rung to its ladders: by a numbered decision, checked, and logged in the agency's chain."""

from __future__ import annotations

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from workflow import registry
from workflow.actors import SYSTEM, Actor
from workflow.errors import UnknownProcedure
from workflow.ladders import PAUSED_LADDER
from workflow.ledger import chain
from workflow.models import Agency, AgencyRung

ROLES = ("officer", "head", "requester", "superior", "inspectorate")
"""Who can be told by a rung (law file 9.2)."""


def add(
    agency: Agency,
    *,
    procedure: str,
    period: str,
    name: str,
    offset: int,
    tells: list[str],
    text: str,
    decision: str,
    every: int = 0,
    hour: int = 0,
    actor: Actor = SYSTEM,
) -> AgencyRung:
    """Add a rung and return it; it counts for every clock that starts or moves from now on.

    offset, every: in the unit of the period; hour: local
    Raises ValueError with a sentence if the rung cannot be.
    """
    rung = AgencyRung(
        agency=agency,
        procedure=procedure,
        period=period,
        name=name,
        offset=offset,
        every=every,
        hour=hour,
        tells=tells,
        text=text.strip(),
        decision=decision.strip(),
    )
    _check(rung)
    with transaction.atomic():
        rung.save(force_insert=True)
        chain.append(
            f"agency:{agency.slug}",
            "rung_added",
            actor=actor,
            agency_id=agency.pk,
            procedure=procedure,
            period=period,
            rung=str(rung),
            offset=offset,
            every=every,
            hour=hour,
            tells=tells,
            decision=rung.decision,
        )
    return rung


def _check(rung: AgencyRung) -> None:
    try:
        ladders = registry.get(rung.procedure).versions[-1].ladders
    except UnknownProcedure as error:
        raise ValueError(str(error)) from error
    if rung.period not in ladders:
        facts = {"period": rung.period, "known": ", ".join(ladders)}
        raise ValueError(_("No ladder “%(period)s”; known: %(known)s") % facts)
    unknown = [role for role in rung.tells if role not in ROLES]
    if unknown or not rung.tells:
        facts = {"roles": ", ".join(unknown) or "–", "known": ", ".join(ROLES)}
        raise ValueError(_("Nobody to tell: %(roles)s; known: %(known)s") % facts)
    if not 0 <= rung.hour <= 23 or rung.every < 0 or (rung.period == PAUSED_LADDER and rung.offset < 1):
        raise ValueError(_("The hour is 0 to 23; a rung of suspended cases rings a day after the suspension or later."))
    if not rung.decision or not rung.text:
        raise ValueError(_("A rung that an agency adds says what is told and names the decision that adds it."))
    try:
        rung.full_clean()
    except ValidationError as error:
        raise ValueError("; ".join(error.messages)) from error
