"""How an agency decides a setting for itself: by a numbered decision, checked, and logged in the agency's chain."""

from __future__ import annotations

from django.db import transaction
from django.utils.translation import gettext as _

from workflow import registry
from workflow.actors import SYSTEM, Actor
from workflow.errors import UnknownProcedure
from workflow.ledger import chain
from workflow.models import Agency


def choose(agency: Agency, *, procedure: str, setting: str, value: str, decision: str, actor: Actor = SYSTEM) -> None:
    """Let a setting of a procedure have another value at an agency from now on.

    decision: number and symbol of the document that says so
    Raises ValueError with a sentence that says what would work.
    """
    try:
        known = registry.get(procedure).choices
    except UnknownProcedure as error:
        raise ValueError(str(error)) from error
    if setting not in known:
        facts = {"setting": setting, "known": ", ".join(known) or "–"}
        raise ValueError(_("Agencies do not decide “%(setting)s” themselves; what they may: %(known)s") % facts)
    if value not in known[setting]:
        facts = {"setting": setting, "value": value, "known": ", ".join(known[setting])}
        raise ValueError(_("%(setting)s = “%(value)s” does not work; what works: %(known)s") % facts)
    if not decision.strip():
        raise ValueError(_("Give the number of the decision or document."))
    with transaction.atomic():
        now = Agency.objects.select_for_update().get(pk=agency.pk)
        before = now.chosen(procedure, setting)
        key = f"{procedure}.{setting}"
        choices = now.choices | {key: {"value": value, "decision": decision.strip()}}
        Agency.objects.filter(pk=agency.pk).update(choices=choices)
        chain.append(
            f"agency:{agency.slug}",
            "setting_chosen",
            actor=actor,
            agency_id=agency.pk,
            setting=key,
            value=value,
            before=before,
            decision=decision.strip(),
        )
    agency.choices = choices
