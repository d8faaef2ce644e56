"""Law and calendar as they are kept: versions, never edits."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _


class CalendarVersion(models.Model):
    """One edition of the official table of days off (lịch nghỉ); rows are added, never changed."""

    table = models.JSONField(_("table"))
    note = models.CharField(_("note"), max_length=300, blank=True)
    published_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        verbose_name = _("calendar version")

    def __str__(self) -> str:
        """Return the edition's number."""
        return str(self.pk)


class LawConfirmation(models.Model):
    """A named person records that a lawyer has compared a law version with the gazette."""

    procedure = models.CharField(_("procedure"), max_length=32)
    version = models.CharField(_("law version"), max_length=64)
    document = models.CharField(_("document number"), max_length=64)
    confirmed_by = models.CharField(_("confirmed by"), max_length=200)
    confirmed_on = models.DateField(_("confirmed on"))

    class Meta:
        verbose_name = _("confirmation of a law version")
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["procedure", "version"], name="one_confirmation_per_law_version")
        ]

    def __str__(self) -> str:
        """Return what is confirmed by which document."""
        return f"{self.procedure} {self.version}: {self.document}"
