"""What an inspector looks for, and what an inspector has drawn; both beside the log, never instead of it."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from workflow.models.people import Agency, User


class Finding(models.Model):
    """Something about an entry by which an inspector searches (dấu hiệu). It can be made anew from the log alone.

    actor: who did the act, as the log refers to them
    detail: a ground's code, the person a case was given to, or the document that was opened
    """

    class Kind(models.TextChoices):
        """What it is; those of `PATTERNS` are patterns, the others serve searches."""

        GROUND = "ground", _("Ground named")
        LAST_DAY = "last_day", _("Extended on the last day")
        AFTER_HOURS = "after_hours", _("Outside office hours")
        BACK_DATED = "back_dated", _("Recorded more than one working day after it happened")
        BURST = "burst", _("Several acts at once after the last day")
        OWN_ACT = "own_act", _("Own act")
        LOOP = "loop", _("Given back to somebody who had it before")
        ASSIGNED = "assigned", _("Assigned")
        OPENED = "opened", _("Opened")

    PATTERNS: ClassVar = (Kind.LAST_DAY, Kind.LOOP, Kind.AFTER_HOURS, Kind.BACK_DATED, Kind.BURST, Kind.OWN_ACT)

    entry_id = models.BigIntegerField()
    kind = models.CharField(max_length=12, choices=Kind)
    agency_id = models.BigIntegerField()
    case_id = models.BigIntegerField(null=True)
    at = models.DateTimeField()
    actor = models.CharField(max_length=40)
    transition = models.CharField(max_length=40)
    detail = models.CharField(max_length=64, blank=True)

    class Meta:
        verbose_name = _("finding")
        constraints: ClassVar = [models.UniqueConstraint(fields=["entry_id", "kind", "detail"], name="found_once")]
        indexes: ClassVar = [
            models.Index(fields=["kind", "agency_id", "-at", "-id"], name="finding_of_agency"),
            models.Index(fields=["case_id", "kind"], name="finding_of_case"),
        ]

    def __str__(self) -> str:
        """Return what was found where."""
        return f"{self.kind} {self.entry_id}"


class Draw(models.Model):
    """A random sample of cases (chọn mẫu ngẫu nhiên) that anybody can draw again: what from, how many, by which seed.

    population: how many cases there were; digest: SHA-256 over their codes, each on a line, in order
    codes: the cases drawn, in the order of the draw
    """

    by = models.ForeignKey(User, models.PROTECT, related_name="+", db_index=False)
    agency = models.ForeignKey(Agency, models.PROTECT, related_name="+", db_index=False)
    at = models.DateTimeField()
    since = models.DateField()
    until = models.DateField()
    size = models.PositiveIntegerField()
    seed = models.CharField(max_length=64)
    population = models.PositiveIntegerField()
    digest = models.CharField(max_length=64)
    codes = models.JSONField()

    class Meta:
        verbose_name = _("random sample")
        indexes: ClassVar = [models.Index(fields=["agency", "-id"], name="draw_of_agency")]

    def __str__(self) -> str:
        """Return the seed."""
        return self.seed
