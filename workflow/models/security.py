"""Failed sign-ins while they are counted: what a burst is made of, before it becomes one entry of the log."""

from __future__ import annotations

from typing import ClassVar

from django.db import models


class FailedSignIns(models.Model):
    """How many sign-ins have failed since a moment, for one account, from one address, or in all.

    key: `user:ID`, or a keyed hash of what was typed or of the address; never either in the clear
    """

    key = models.CharField(max_length=64)
    since = models.DateTimeField()
    n = models.PositiveIntegerField(default=0)

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["key"], name="one_count_of_failures")]

    def __str__(self) -> str:
        """Return what is counted, and how often."""
        return f"{self.key}: {self.n}"
