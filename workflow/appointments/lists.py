"""Lists of powers: those that count now, those to come, those that have ended; a page at a time."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db.models import F, Q, QuerySet
from django.utils.translation import gettext as _

from workflow.folding import folded
from workflow.law import Text
from workflow.models import Delegation
from workflow.models.people import called
from workflow.permissions.labels import labels

PAGE = 50


def held(on: date) -> Q:
    """Return the condition that a power counts on a day, as far as its own days go."""
    return Q(starts_on__lte=on) & (Q(ends_on__isnull=True) | Q(ends_on__gte=on))


def later(on: date) -> Q:
    """Return the condition that a power will begin after a day."""
    return Q(starts_on__gt=on) & (Q(ends_on__isnull=True) | Q(ends_on__gte=F("starts_on")))


def past(on: date) -> Q:
    """Return the condition that a power has ended, or will never begin."""
    return Q(ends_on__lt=on) | Q(ends_on__lt=F("starts_on"))


def chosen(powers: QuerySet[Any], wanted: dict[str, Any], on: date) -> QuerySet[Any]:
    """Return the powers that fit a search, newest first. wanted: cleaned data of `forms.Wanted`, or nothing."""
    people = ("principal", "substitute") if powers.model is Delegation else ("user",)
    if words := wanted.get("q", "").strip():
        named = Q()
        for one in people:
            named |= called(words, f"{one}__")
        powers = powers.filter(named)
    if words := wanted.get("agency", "").strip():
        powers = powers.filter(Q(agency__slug=words) | Q(agency__search__contains=folded(words)))
    if role := wanted.get("role"):
        powers = powers.filter(role=role)
    if (when := {"now": held, "later": later, "past": past}.get(wanted.get("when") or "now")) is not None:
        powers = powers.filter(when(on))
    return powers.order_by("-pk")


@dataclass(frozen=True)
class Row:
    """A power in a list."""

    power: Any
    role: Text
    state: str
    tone: str

    @property
    def by(self) -> str:
        """Return the number of the decision or document that gave it."""
        return str(getattr(self.power, "document", "") or getattr(self.power, "decision", ""))


def rows(powers: Any, on: date) -> list[Row]:
    """Return powers as rows."""
    named = labels()
    return [Row(one, named.get(one.role, one.role), *state(one, on)) for one in powers]


def state(power: Any, on: date) -> tuple[str, str]:
    """Return what a power is on a day, in words, and the tone of the page."""
    if power.ends_on and power.ends_on < power.starts_on:
        return _("never began"), ""
    if power.ends_on and power.ends_on < on:
        return _("ended"), ""
    if power.starts_on > on:
        return _("to come"), "soon"
    if power.ends_on == on:
        return _("ends tonight"), "soon"
    return _("in force"), "ok"
