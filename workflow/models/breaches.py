"""The breach register (law file 9.1): what an office let pass, who answered for it, and what became of it."""

from __future__ import annotations

from datetime import date
from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from workflow.models.cases import Case
from workflow.models.people import Agency, User


class Breach(models.Model):
    """A last day of an office that passed without the act (vi phạm thời hạn). Annotated, never deleted.

    rule, started_seq: the clock, as the log names it
    due_on: the last day as it stood when it passed; standing_on: as it stands since a later entry moved it
    opened_seq, closed_seq: entries of the case's chain that opened and closed it
    actual_on: day of the late act; act: its name; null while nothing has been done
    head, handler: who answered for the office on that day, from the entry of silence
    undone: by the dates as they stand now, the office was not late
    explanation: of the person who answers for it, given once; the log holds a commitment to it
    """

    case = models.ForeignKey(Case, models.PROTECT, related_name="breaches", db_index=False)
    agency = models.ForeignKey(Agency, models.PROTECT, related_name="+", db_index=False)
    rule = models.CharField(_("period"), max_length=32)
    started_seq = models.PositiveIntegerField()
    law_version = models.CharField(_("law version"), max_length=64)
    due_on = models.DateField(_("last day"))
    standing_on = models.DateField(null=True)
    opened_seq = models.PositiveIntegerField()
    closed_seq = models.PositiveIntegerField(null=True)
    actual_on = models.DateField(_("done on"), null=True)
    act = models.CharField(max_length=40, blank=True)
    head = models.ForeignKey(User, models.PROTECT, null=True, related_name="+", db_index=False)
    handler = models.ForeignKey(User, models.PROTECT, null=True, related_name="+", db_index=False)
    undone = models.BooleanField(default=False)
    explanation = models.TextField(_("explanation"), blank=True)
    explanation_salt = models.CharField(max_length=32, blank=True)
    explained_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+", db_index=False)
    explained_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name = _("breach")
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["case", "rule", "started_seq"], name="one_breach_per_deadline")
        ]
        # the register of an office or of a jurisdiction, the latest first; keyset pages
        indexes: ClassVar = [models.Index(fields=["agency", "-due_on", "-id"], name="breach_of_agency")]

    def __str__(self) -> str:
        """Return the period and its last day."""
        return f"{self.rule} {self.due_on}"

    @property
    def effective_on(self) -> date:
        """Return the last day as it stands now."""
        return self.standing_on or self.due_on

    @property
    def is_open(self) -> bool:
        """Return whether the act is still owed."""
        return self.actual_on is None and not self.undone


class BreachNote(models.Model):
    """Something that later changed how a breach is to be read; rows are added, never changed.

    seq: entry of the case's chain behind it; calendar: edition of the official table behind it; one of them
    """

    class Kind(models.TextChoices):
        """What changed."""

        MOVED = "moved", _("the last day was moved; it has passed all the same")
        UNDONE = "undone", _("by the last day as it stands now, the office was not late")
        AGAIN = "again", _("the moved last day has passed without the act")
        REVIVED = "revived", _("the period runs again")

    breach = models.ForeignKey(Breach, models.PROTECT, related_name="notes", db_index=False)
    kind = models.CharField(max_length=8, choices=Kind)
    at = models.DateTimeField()
    due_on = models.DateField(null=True)
    seq = models.PositiveIntegerField(default=0)
    calendar = models.BigIntegerField(default=0)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["breach", "kind", "seq", "calendar"], name="breach_noted_once")
        ]

    def __str__(self) -> str:
        """Return what changed."""
        return str(self.get_kind_display())


class LogReader(models.Model):
    """How far somebody has read the log, in order of id.

    gaps: ids below `entry_id` that were not there when it passed, and when; a transaction still open may fill them
    """

    name = models.CharField(max_length=32, unique=True)
    entry_id = models.BigIntegerField(default=0)
    gaps = models.JSONField(default=dict)

    def __str__(self) -> str:
        """Return who has read how far."""
        return f"{self.name} {self.entry_id}"
