"""How an agency decides a setting for itself: by a numbered decision, checked, and logged in the agency's chain."""

from __future__ import annotations

from dataclasses import dataclass

from django.db import transaction
from django.utils.translation import gettext as _

from workflow import registry
from workflow.actors import SYSTEM, Actor
from workflow.agencies import entries, tree
from workflow.agencies.entries import Event
from workflow.errors import UnknownProcedure
from workflow.law import Assumption, Choice
from workflow.models import Agency
from workflow.registry import Procedure


@dataclass(frozen=True, slots=True)
class Setting:
    """A setting that an agency may decide for itself, as it stands there.

    procedure, name, choice: whose it is, its name, what it may be
    assumption: what counts where nothing else is decided
    value, decision: what the agency has decided, and by which document; empty where it has not
    """

    procedure: Procedure
    name: str
    choice: Choice
    assumption: Assumption
    value: str
    decision: str

    @property
    def key(self) -> str:
        """Return its name in full."""
        return f"{self.procedure.name}.{self.name}"


def settings_of(agency: Agency) -> list[Setting]:
    """Return every setting that an agency may decide for itself."""
    found = []
    for procedure in registry.procedures().values():
        for name, choice in procedure.choices.items():
            assumption = next(one for one in procedure.assumptions if one.name == name)
            said = agency.choices.get(f"{procedure.name}.{name}", {})
            value, decision = str(said.get("value", "")), str(said.get("decision", ""))
            found.append(Setting(procedure, name, choice, assumption, value, decision))
    return found


def choose(agency: Agency, *, procedure: str, setting: str, value: str, decision: str, actor: Actor = SYSTEM) -> None:
    """Let a setting of a procedure have another value at an agency from now on; an empty one follows the others again.

    decision: number and symbol of the document that says so
    Raises ValueError with a sentence that says what would work, NotYours.
    """
    try:
        known = registry.get(procedure).choices
    except UnknownProcedure as error:
        raise ValueError(str(error)) from error
    if setting not in known:
        facts = {"setting": setting, "known": ", ".join(known) or "–"}
        raise ValueError(_("Agencies do not decide “%(setting)s” themselves; what they may: %(known)s") % facts)
    if value and value not in known[setting].values:
        facts = {"setting": setting, "value": value, "known": ", ".join(known[setting].values)}
        raise ValueError(_("%(setting)s = “%(value)s” does not work; what works: %(known)s") % facts)
    if not decision.strip():
        raise ValueError(_("Give the number of the decision or document."))
    key, made = f"{procedure}.{setting}", {"value": value, "decision": decision.strip()}
    with transaction.atomic():
        now = Agency.objects.select_for_update().get(pk=agency.pk)
        if not tree.in_scope(now, tree.scope(actor)):
            raise tree.NotYours
        before = now.chosen(procedure, setting)
        others = {name: said for name, said in now.choices.items() if name != key}
        now.choices = others | ({key: made} if value else {})
        Agency.objects.filter(pk=now.pk).update(choices=now.choices)
        entries.record([Event(now, entries.CHOSEN, {"setting": key, "before": before, **made})], by=actor)
    agency.choices = now.choices


def in_words(key: str, value: str) -> tuple[str, str]:
    """Return what a setting is called and what a value of it means; a setting that no longer exists is told as it was.

    key: as the log has it, `PROCEDURE.SETTING`
    """
    procedure, _dot, name = key.partition(".")
    declared = registry.procedures().get(procedure)
    choice = declared.choices.get(name) if declared else None
    if choice is None:
        return key, value
    return str(choice.label), str(choice.values.get(value, value))
