"""What is kept of agencies beside the tree: former names, successions, lists handed in for a preview."""

from __future__ import annotations

from typing import Any, ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from workflow.folding import folded
from workflow.models import Agency, Case, User
from workflow.models.law import TwoPersons


class FormerName(models.Model):
    """A name that an agency once bore; it is still found by it.

    decision: by which it was renamed; empty where a misspelling was mended
    """

    agency = models.ForeignKey(Agency, models.PROTECT, related_name="former_names")
    name = models.CharField(_("name"), max_length=200)
    short = models.CharField(_("symbol in document numbers"), max_length=32, blank=True)
    until = models.DateField(_("until"))
    decision = models.CharField(_("decision number"), max_length=64, blank=True)
    search = models.CharField(max_length=240, editable=False)

    class Meta:
        verbose_name = _("former name")

    def __str__(self) -> str:
        """Return the name."""
        return self.name

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Keep what a search looks at beside the name."""
        self.search = f"{folded(self.name)} {folded(self.short)}"
        super().save(*args, **kwargs)


class Succession(TwoPersons):
    """A decision by which agencies end and others take their place from a day on (sắp xếp cơ quan).

    effective_on: first day on which the new order holds
    begun_at: when tree and powers were changed; done_at: when the last open case had moved
    """

    class Kind(models.TextChoices):
        """What happens to the agencies."""

        MERGED = "merged", _("merger")
        SPLIT = "split", _("division")
        RENAMED = "renamed", _("new name")
        ABOLISHED = "abolished", _("abolished level")

    kind = models.CharField(_("kind"), max_length=9, choices=Kind)
    decision = models.CharField(_("decision number"), max_length=64)
    dated_on = models.DateField(_("date of the decision"))
    effective_on = models.DateField(_("takes effect on"))
    note = models.CharField(_("note"), max_length=300, blank=True)
    begun_at = models.DateTimeField(null=True)
    done_at = models.DateTimeField(null=True)

    class Meta(TwoPersons.Meta):
        abstract = False
        verbose_name = _("succession")
        constraints: ClassVar = [*TwoPersons.Meta.constraints]
        # the minute's question: what takes effect today?
        indexes: ClassVar = [
            models.Index(
                fields=["effective_on"], condition=models.Q(state="accepted", done_at=None), name="succession_due"
            )
        ]

    def __str__(self) -> str:
        """Return the decision and its day."""
        return f"{self.decision} ({self.effective_on:%d/%m/%Y})"


class Change(models.Model):
    """What a succession does to one agency.

    ends: whether it exists no more; an agency from which another is split off goes on
    successor: takes its open cases where nothing else is said, its queue and its powers; none for a new name
    powers: who goes on at the successor in the same role
    name, short: the new ones, for a new name
    moved: open cases that have gone over
    """

    class Powers(models.TextChoices):
        """Who goes on at the successor."""

        NONE = "none", _("nobody; new decisions appoint")
        STAFF = "staff", _("everybody but the head")
        ALL = "all", _("everybody, the head too")

    succession = models.ForeignKey(Succession, models.PROTECT, related_name="changes")
    agency = models.ForeignKey(Agency, models.PROTECT, related_name="changes")
    ends = models.BooleanField(default=True)
    successor = models.ForeignKey(Agency, models.PROTECT, null=True, related_name="succeeds")
    powers = models.CharField(_("powers"), max_length=5, choices=Powers, default=Powers.STAFF)
    name = models.CharField(_("new name"), max_length=200, blank=True)
    short = models.CharField(_("new symbol"), max_length=32, blank=True)
    moved = models.PositiveIntegerField(default=0)

    class Meta:
        verbose_name = _("change of an agency")
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["succession", "agency"], name="one_change_of_an_agency")
        ]

    def __str__(self) -> str:
        """Return what becomes of whom."""
        return f"{self.agency_id} → {self.successor_id or self.name}"


class Heir(models.Model):
    """An agency that takes a part of another, beside its first successor."""

    change = models.ForeignKey(Change, models.PROTECT, related_name="heirs")
    agency = models.ForeignKey(Agency, models.PROTECT, related_name="+")

    class Meta:
        verbose_name = _("further successor")
        constraints: ClassVar = [models.UniqueConstraint(fields=["change", "agency"], name="heir_once")]

    def __str__(self) -> str:
        """Return who takes a part."""
        return str(self.agency_id)


class Placement(models.Model):
    """An open case that goes to another successor than the first; seq is its entry once it has moved."""

    change = models.ForeignKey(Change, models.PROTECT, related_name="placements")
    case = models.ForeignKey(Case, models.PROTECT, related_name="+")
    agency = models.ForeignKey(Agency, models.PROTECT, related_name="+")
    seq = models.PositiveIntegerField(null=True)

    class Meta:
        verbose_name = _("placed case")
        constraints: ClassVar = [models.UniqueConstraint(fields=["change", "case"], name="case_placed_once")]

    def __str__(self) -> str:
        """Return which case goes where."""
        return f"{self.case_id} → {self.agency_id}"


class Sheet(models.Model):
    """A list of agencies that somebody has handed in and looks at; kept until it is taken over or replaced.

    rows: [[number in the file, {field: text}], …]
    """

    file_name = models.CharField(_("file"), max_length=200)
    rows = models.JSONField()
    given_by = models.ForeignKey(User, models.PROTECT, related_name="+")
    given_at = models.DateTimeField()
    done_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name = _("list of agencies")

    def __str__(self) -> str:
        """Return the name of the file."""
        return self.file_name
