"""Corrected dates of receipt: an act outside the state machine, by two persons and a stamped scan."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from workflow.models.cases import Case, Document
from workflow.models.law import TwoPersons


class ReceiptCorrection(TwoPersons):
    """The day a request really arrived, as its stamp shows, against the day it was entered with.

    was_on, received_on: the old and the new day of receipt
    document: the scan of the page with the stamp
    seq: entry of the case's chain that moved the date
    """

    case = models.ForeignKey(Case, models.PROTECT, related_name="corrections")
    was_on = models.DateField(_("day entered"))
    received_on = models.DateField(_("day of the stamp"))
    document = models.ForeignKey(Document, models.PROTECT, related_name="+")
    reason = models.CharField(_("why the first date was wrong"), max_length=300)
    seq = models.PositiveIntegerField(null=True)

    class Meta(TwoPersons.Meta):
        abstract = False
        verbose_name = _("corrected date of receipt")
        constraints: ClassVar = [
            *TwoPersons.Meta.constraints,
            models.UniqueConstraint(
                fields=["case"], condition=models.Q(state="open"), name="one_open_correction_per_case"
            ),
        ]

    def __str__(self) -> str:
        """Return the old and the new day."""
        return f"{self.was_on:%d/%m/%Y} → {self.received_on:%d/%m/%Y}"
