"""Erasing what a case says of people, and what keeps it from being erased."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from workflow.models.cases import Case
from workflow.models.law import TwoPersons
from workflow.models.people import User


class Hold(models.Model):
    """An inspector keeps a case from being erased (giữ hồ sơ), by a document, until an inspector releases it."""

    case = models.ForeignKey(Case, models.PROTECT, related_name="holds")
    by = models.ForeignKey(User, models.PROTECT, related_name="+", db_index=False)
    at = models.DateTimeField()
    document = models.CharField(_("document number"), max_length=64)
    reason = models.CharField(_("reason"), max_length=300)
    released_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+", db_index=False)
    released_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name = _("hold")

    def __str__(self) -> str:
        """Return the document that orders it."""
        return self.document


class Erasure(TwoPersons):
    """Erasing the personal data of a case (xóa dữ liệu cá nhân): proposed by one person, done by another.

    seq: entry of the case's chain that records it
    """

    class Ground(models.TextChoices):
        """Why the data may go."""

        RETENTION = "retention", _("the retention period is over")
        REQUEST = "request", _("lawful request")

    case = models.ForeignKey(Case, models.PROTECT, related_name="erasures")
    ground = models.CharField(_("ground"), max_length=9, choices=Ground)
    document = models.CharField(_("document number"), max_length=64)
    reason = models.CharField(_("reason"), max_length=300)
    seq = models.PositiveIntegerField(null=True)

    class Meta(TwoPersons.Meta):
        abstract = False
        verbose_name = _("erasure")
        constraints: ClassVar = [
            *TwoPersons.Meta.constraints,
            models.UniqueConstraint(
                fields=["case"], condition=models.Q(state="open"), name="one_open_erasure_per_case"
            ),
        ]

    def __str__(self) -> str:
        """Return the document behind it."""
        return self.document
