"""Offices, the people in them and the powers they hold, each by a dated decision."""

from __future__ import annotations

from typing import Any, ClassVar, NoReturn

from django.contrib.auth.models import AbstractUser, UserManager
from django.db import models
from django.db.models.functions import Lower
from django.utils.translation import gettext_lazy as _
from treebeard.mp_tree import MP_Node

from workflow.folding import folded

KEPT = "An account is closed, never deleted: the log names it for ever."


class KeptQuerySet(models.QuerySet["User"]):
    """Accounts, which no query deletes."""

    def delete(self) -> NoReturn:
        """Raise ProtectedError."""
        raise models.ProtectedError(KEPT, set(self))


class People(UserManager.from_queryset(KeptQuerySet)):  # type: ignore[misc]
    """How accounts are found and made."""

    use_in_migrations = False


class User(AbstractUser):
    """One person's account. People are deactivated, never deleted: the log names them for ever.

    email: unique in any spelling, where there is one; it opens the account
    search: what a search looks at, folded; kept by `save()`
    """

    first_name = None  # type: ignore[assignment]
    last_name = None  # type: ignore[assignment]
    full_name = models.CharField(_("full name"), max_length=200)
    title = models.CharField(_("position"), max_length=200, blank=True)
    search = models.CharField(max_length=360, editable=False, default="")

    REQUIRED_FIELDS: ClassVar[list[str]] = ["full_name"]

    objects: ClassVar[UserManager[User]] = People()

    class Meta:
        verbose_name = _("account")
        verbose_name_plural = _("accounts")
        constraints: ClassVar = [
            models.UniqueConstraint(Lower("email"), condition=~models.Q(email=""), name="one_account_per_address"),
            models.UniqueConstraint(Lower("username"), name="one_account_per_name"),
        ]

    def delete(self, *args: Any, **kwargs: Any) -> NoReturn:
        """Raise ProtectedError."""
        raise models.ProtectedError(KEPT, {self})

    def __str__(self) -> str:
        """Return the person's name."""
        return self.full_name or self.username

    def save(self, *args: Any, update_fields: Any = None, **kwargs: Any) -> None:
        """Keep what a search looks at beside the names."""
        self.search = self.searched()
        if update_fields is not None:
            update_fields = {*update_fields, "search"}
        super().save(*args, update_fields=update_fields, **kwargs)

    def searched(self) -> str:
        """Return the name and the sign-in name, folded."""
        return f"{folded(self.full_name)} {folded(self.username)}"

    def get_full_name(self) -> str:
        """Return the person's name, as Django and viewflow ask for it."""
        return self.full_name

    def get_short_name(self) -> str:
        """Return the given name, which stands last in Vietnamese."""
        return (self.full_name or self.username).split()[-1]


def called(words: str, to: str = "") -> models.Q:
    """Return the condition that a person's name holds these words, typed with or without diacritics.

    to: what leads from the rows asked for to the account, as "user__"
    """
    wanted = models.Q()
    for word in folded(words).split():
        wanted &= models.Q(**{f"{to}search__contains": word})
    return wanted


class Agency(MP_Node):
    """A public office (cơ quan) in the tree of government: central, province, department, commune.

    slug: names its chain in the log, so it never changes
    remote_basis: the document by which the area counts as remote (A15)
    reception: days on which the head receives citizens (lịch tiếp công dân), in words
    ends_on: its last day, where another agency has succeeded it
    search: what a search looks at, folded; kept by `save()`
    """

    class Level(models.TextChoices):
        """Levels of government since 01/07/2025 (two-tier local government)."""

        CENTRAL = "central", _("Central")
        PROVINCE = "province", _("Province")
        DEPARTMENT = "department", _("Department")
        COMMUNE = "commune", _("Commune")

    slug = models.SlugField(_("short name in addresses"), max_length=64, unique=True)
    name = models.CharField(_("name"), max_length=200)
    short = models.CharField(_("symbol in document numbers"), max_length=32, blank=True)
    level = models.CharField(_("level"), max_length=16, choices=Level)
    remote = models.BooleanField(
        _("remote area"), default=False, help_text=_("Assumption A15; needs a legal reference.")
    )
    address = models.CharField(_("address"), max_length=300, blank=True)
    hotline = models.CharField(_("hotline"), max_length=32, blank=True)
    receives = models.BooleanField(_("receives requests from citizens"), default=True)
    remote_basis = models.CharField(_("legal reference of the remote area"), max_length=200, blank=True, default="")
    reception = models.CharField(_("reception days of the head"), max_length=300, blank=True, default="")
    ends_on = models.DateField(_("last day"), null=True, blank=True)
    search = models.CharField(max_length=320, editable=False, default="")
    choices = models.JSONField(default=dict, editable=False)
    """What it has decided for itself: `PROCEDURE.SETTING` to value and decision (`workflow.agencies.choices`)."""

    class Meta:
        verbose_name = _("agency")
        verbose_name_plural = _("agencies")
        # successions ask every minute which agencies have ended
        indexes: ClassVar = [
            models.Index(fields=["ends_on"], condition=models.Q(ends_on__isnull=False), name="agency_ended")
        ]

    def __str__(self) -> str:
        """Return the agency's name."""
        return self.name

    def save(self, *args: Any, update_fields: Any = None, **kwargs: Any) -> None:
        """Keep what a search looks at beside the names."""
        self.search = self.searched()
        if update_fields is not None:
            update_fields = {*update_fields, "search"}
        super().save(*args, update_fields=update_fields, **kwargs)

    def searched(self) -> str:
        """Return the names of the agency, folded."""
        return f"{folded(self.name)} {folded(self.short)} {self.slug}"

    def chosen(self, procedure: str, setting: str) -> str:
        """Return what the agency has decided for itself, or an empty string."""
        return str(self.choices.get(f"{procedure}.{setting}", {}).get("value", ""))


class Appointment(models.Model):
    """A person holds a role at an agency, by a decision, for a time (bổ nhiệm, phân công).

    ends_on: its last day; it ends at midnight in Viet Nam. A day before `starts_on` means that it never began
    end_decision: the decision that ended it before its time
    given_by, given_under: who entered it and by which power of theirs (`appointment:ID` or `delegation:ID`); empty for
        what came with the installation or by succession
    The database refuses to delete a row, to rewrite what it grants and to make it last longer.
    """

    user = models.ForeignKey(User, models.PROTECT, related_name="appointments")
    agency = models.ForeignKey(Agency, models.PROTECT, related_name="appointments")
    role = models.CharField(_("role"), max_length=32)
    decision = models.CharField(_("decision number"), max_length=64)
    starts_on = models.DateField(_("from"))
    ends_on = models.DateField(_("until"), null=True, blank=True)
    end_decision = models.CharField(_("decision that ended it"), max_length=64, blank=True, default="")
    given_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+", db_index=False)
    given_under = models.CharField(max_length=40, blank=True, default="")

    class Meta:
        verbose_name = _("appointment")
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=models.Q(ends_on__isnull=True)
                | models.Q(ends_on__gte=models.F("starts_on"))
                | ~models.Q(end_decision=""),
                name="appointment_ends_after_it_starts",
            )
        ]
        # read by every fire() and every list: who may act today
        indexes: ClassVar = [models.Index(fields=["user", "starts_on"], name="appointment_of_user")]

    def __str__(self) -> str:
        """Return who holds what where."""
        return f"{self.user_id} {self.role} {self.agency_id}"


class Delegation(models.Model):
    """A lawful substitute acts in another's role for a time (ủy quyền), by a document.

    It counts only while the principal holds what was delegated. Days, ends and guards as for an appointment.
    """

    principal = models.ForeignKey(User, models.PROTECT, related_name="delegated")
    substitute = models.ForeignKey(User, models.PROTECT, related_name="delegations")
    agency = models.ForeignKey(Agency, models.PROTECT, related_name="delegations")
    role = models.CharField(_("role"), max_length=32)
    document = models.CharField(_("document number"), max_length=64)
    starts_on = models.DateField(_("from"))
    ends_on = models.DateField(_("until"))
    end_decision = models.CharField(_("document that revoked it"), max_length=64, blank=True, default="")
    given_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+", db_index=False)
    given_under = models.CharField(max_length=40, blank=True, default="")

    class Meta:
        verbose_name = _("delegation")
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=models.Q(ends_on__gte=models.F("starts_on")) | ~models.Q(end_decision=""),
                name="delegation_ends_after_it_starts",
            ),
            models.CheckConstraint(
                condition=~models.Q(principal=models.F("substitute")), name="delegation_to_somebody_else"
            ),
        ]
        indexes: ClassVar = [models.Index(fields=["substitute", "starts_on"], name="delegation_of_substitute")]

    def __str__(self) -> str:
        """Return who stands in for whom."""
        return f"{self.substitute_id} for {self.principal_id}: {self.role} {self.agency_id}"
