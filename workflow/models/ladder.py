"""Rungs that an agency adds to the ladders of the law."""

from __future__ import annotations

import json
from typing import Any, ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from workflow.law import Rung
from workflow.models.people import Agency

ADDED = "office:"
"""What the name of an added rung begins with, so that it never hides one of the law."""


class AgencyRung(models.Model):
    """One more warning on a ladder, by an agency's own decision; rows are added, never changed.

    The rungs of the law stand in its declaration, so nothing here can take one away.
    offset, every: in the unit of the period, as in `workflow.law.Rung`
    tells: codes of the roles that are told
    """

    agency = models.ForeignKey(Agency, models.PROTECT, related_name="rungs")
    procedure = models.CharField(_("procedure"), max_length=32)
    period = models.CharField(_("period"), max_length=32)
    name = models.SlugField(_("name"), max_length=24, db_index=False)
    offset = models.SmallIntegerField(_("from the last day"))
    every = models.PositiveSmallIntegerField(_("repeats after"), default=0)
    hour = models.PositiveSmallIntegerField(_("hour"), default=0)
    tells = models.JSONField(_("who is told"))
    text = models.CharField(_("what is said"), max_length=200)
    decision = models.CharField(_("decision number"), max_length=64)
    added_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        verbose_name = _("rung added by an agency")
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["agency", "procedure", "period", "name"], name="agency_rung_has_its_own_name"
            )
        ]

    def __str__(self) -> str:
        """Return the rung as its alarms name it."""
        return f"{ADDED}{self.name}"

    @property
    def rung(self) -> Rung:
        """Return the rung as the ladders use it."""
        return rung_of(self.period, vars(self))


def rung_of(period: str, row: dict[str, Any]) -> Rung:
    """Return the rung behind a row's values; `tells` may still be JSON, as SQLite gives it."""
    from workflow.ladders import PAUSED_LADDER

    tells = json.loads(row["tells"]) if isinstance(row["tells"], str) else row["tells"]
    return Rung(
        name=f"{ADDED}{row['name']}",
        offset=row["offset"],
        tells=tuple(tells),
        text=row["text"],
        every=row["every"],
        counted_from="pause" if period == PAUSED_LADDER else "due",
        hour=row["hour"],
        decision=row["decision"],
    )
