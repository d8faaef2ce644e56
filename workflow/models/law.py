"""Law and calendar as they are kept: versions, never edits."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from workflow.models.people import Agency, User


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


class TwoPersons(models.Model):
    """What one person proposes and another decides."""

    class State(models.TextChoices):
        """Whether the second person has decided."""

        OPEN = "open", _("waits for a second person")
        ACCEPTED = "accepted", _("confirmed by a second person")
        DECLINED = "declined", _("declined")

    state = models.CharField(_("state"), max_length=8, choices=State, default=State.OPEN)
    proposed_by = models.ForeignKey(User, models.PROTECT, related_name="+", verbose_name=_("proposed by"))
    proposed_at = models.DateTimeField(_("proposed at"))
    decided_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+", verbose_name=_("decided by"))
    decided_at = models.DateTimeField(_("decided at"), null=True)

    class Meta:
        abstract = True
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=~models.Q(state="accepted", decided_by=models.F("proposed_by")),
                name="%(class)s_needs_two_persons",
            )
        ]


class Recounts(TwoPersons):
    """What makes open deadlines be counted anew once it is accepted.

    done_through, done_at: up to which case that has been done, and when it ended
    """

    done_through = models.BigIntegerField(default=0)
    done_at = models.DateTimeField(null=True)

    class Meta(TwoPersons.Meta):
        abstract = True


class CalendarProposal(Recounts):
    """A table that one administrator proposes and another publishes; it counts nothing until then.

    based_on: number of the edition it changes; 0 for the shipped table
    source: where its days come from
    document: number of the official notice it follows
    edition: what it became
    """

    class Source(models.TextChoices):
        """Where the days of a proposal come from."""

        TYPED = "typed", _("typed in")
        CSV = "csv", _("CSV file")
        HOLIDAYS = "holidays", _("the holidays package, unofficial")

    table = models.JSONField(_("table"))
    based_on = models.BigIntegerField()
    source = models.CharField(_("source"), max_length=8, choices=Source, default=Source.TYPED)
    document = models.CharField(_("number of the official notice"), max_length=64, blank=True)
    note = models.CharField(_("note"), max_length=300, blank=True)
    edition = models.OneToOneField(CalendarVersion, models.PROTECT, null=True, related_name="proposal")

    class Meta(Recounts.Meta):
        abstract = False
        verbose_name = _("calendar proposal")

    def __str__(self) -> str:
        """Return the proposal's number."""
        return f"#{self.pk}"


class LocalClosure(Recounts):
    """Days on which the offices of one agency and of those under it are closed, by a document (A22).

    It moves a statutory date only where the procedure's assumption says so.
    """

    agency = models.ForeignKey(Agency, models.PROTECT, related_name="closures", verbose_name=_("agency"))
    first_on = models.DateField(_("first day"))
    last_on = models.DateField(_("last day"))
    authority = models.CharField(_("competent authority"), max_length=200)
    document = models.CharField(_("document number"), max_length=64)
    dated_on = models.DateField(_("date of the document"))
    reason = models.CharField(_("reason"), max_length=300)

    class Meta(Recounts.Meta):
        abstract = False
        verbose_name = _("local closure")
        constraints: ClassVar = [
            *Recounts.Meta.constraints,
            models.CheckConstraint(
                condition=models.Q(last_on__gte=models.F("first_on")), name="closure_ends_after_it_starts"
            ),
        ]

    def __str__(self) -> str:
        """Return the days and the document."""
        return f"{self.first_on:%d/%m/%Y}–{self.last_on:%d/%m/%Y} ({self.document})"
