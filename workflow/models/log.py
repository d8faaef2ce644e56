"""The log: append-only, chained, free of personal data; and what is told to others because of it."""

from __future__ import annotations

from typing import Any, ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from workflow.ledger import canonical


class Chain(models.Model):
    """The head of a chain that is not a case's: an agency's, the system's, the security chain."""

    name = models.CharField(max_length=100, unique=True)
    seq = models.PositiveBigIntegerField(default=0)
    head = models.CharField(max_length=64, default="")

    def __str__(self) -> str:
        """Return the chain's name."""
        return self.name


class LogEntry(models.Model):
    """One act, recorded once and for ever (bản ghi nhật ký).

    `canonical` holds the exact bytes that were hashed (form v1, `docs/ledger.md`); the other columns repeat what
    lists are searched by, and `verify` compares them. Foreign keys carry no database constraint: an entry outlives
    what it speaks of, and a check on a hot row would be paid by every act.
    """

    chain = models.CharField(max_length=100)
    seq = models.BigIntegerField()
    case_id = models.BigIntegerField(null=True)
    agency_id = models.BigIntegerField(null=True)
    at = models.DateTimeField()
    recorded_at = models.DateTimeField()
    actor = models.CharField(max_length=40)
    appointment = models.CharField(max_length=40, blank=True)
    on_behalf_of = models.CharField(max_length=40, blank=True)
    own_act = models.BooleanField(default=False)
    transition = models.CharField(max_length=40)
    source = models.CharField(max_length=32, blank=True)
    target = models.CharField(max_length=32, blank=True)
    law_version = models.CharField(max_length=64, blank=True)
    canonical = models.BinaryField()
    hash = models.CharField(max_length=64)

    class Meta:
        verbose_name = _("log entry")
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["chain", "seq"], name="log_no_two_entries_in_one_place"),
        ]
        # the inspector's list of a subtree, newest first, by keyset
        indexes: ClassVar = [
            models.Index(fields=["agency_id", "-at", "-id"], name="log_of_agency"),
            models.Index(fields=["case_id", "seq"], name="log_of_case"),
            # what concerns no case (sign-ins, powers, reads), newest first, by keyset; costs an act on a case nothing
            models.Index(fields=["-at", "-id"], condition=models.Q(case_id__isnull=True), name="log_beside_cases"),
        ]

    def __str__(self) -> str:
        """Return where the entry stands."""
        return f"{self.chain}#{self.seq}"

    @property
    def form(self) -> dict[str, Any]:
        """Return the canonical form, read back from its bytes."""
        return canonical.parse(bytes(self.canonical))

    @property
    def data(self) -> dict[str, Any]:
        """Return what was recorded with the act; personal values are commitments."""
        data: dict[str, Any] = self.form["data"]
        return data


class Disclosure(models.Model):
    """Value and salt behind one commitment of an entry. Erasing this row erases the value; the proof still holds."""

    entry = models.ForeignKey(
        LogEntry, models.DO_NOTHING, db_constraint=False, related_name="disclosures", db_index=False
    )
    name = models.CharField(max_length=64)
    salt = models.CharField(max_length=32)
    value = models.TextField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["entry", "name"], name="one_disclosure_per_commitment"),
        ]

    def __str__(self) -> str:
        """Return which value of which entry this is."""
        return f"{self.entry_id}.{self.name}"


class Outbox(models.Model):
    """One row per entry, written with it; who is told what is decided later, by those who read it."""

    entry = models.ForeignKey(LogEntry, models.DO_NOTHING, db_constraint=False, related_name="+", db_index=False)
    taken_at = models.DateTimeField(null=True)

    class Meta:
        indexes: ClassVar = [
            models.Index(fields=["id"], condition=models.Q(taken_at__isnull=True), name="outbox_waiting"),
        ]

    def __str__(self) -> str:
        """Return the entry that is to be told."""
        return str(self.entry_id)
