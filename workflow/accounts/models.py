"""What accounts keep beside the people themselves: invitations, and the counters of the lockout."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _


class Invitation(models.Model):
    """A person was asked to take up their account (lời mời), by mail, for some days, once.

    digest: SHA-256 of the secret in the link, in hex; the secret itself stands in the mail alone
    agency: the office in whose subtree an administrator invited
    """

    user = models.ForeignKey("workflow.User", models.PROTECT, related_name="invitations")
    agency = models.ForeignKey("workflow.Agency", models.PROTECT, related_name="+")
    invited_by = models.ForeignKey("workflow.User", models.PROTECT, related_name="+")
    digest = models.CharField(max_length=64, unique=True)
    sent_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    accepted_at = models.DateTimeField(null=True)
    withdrawn_at = models.DateTimeField(null=True)

    mailed = False
    """Whether the mail relay has just taken the link."""

    class Meta:
        verbose_name = _("invitation")

    def __str__(self) -> str:
        """Return whose account it opens."""
        return f"invitation {self.pk} of user {self.user_id}"


class Count(models.Model):
    """One row of the cache that all processes share, in the form that Django's database cache asks for."""

    cache_key = models.CharField(max_length=255, primary_key=True)
    value = models.TextField()
    expires = models.DateTimeField(db_index=True)

    class Meta:
        db_table = "accounts_count"

    def __str__(self) -> str:
        """Return what is counted."""
        return self.cache_key
