"""Invitations: an account is made by an administrator and taken up by its owner, through a link that works once."""

from __future__ import annotations

import secrets
from datetime import timedelta
from hashlib import sha256
from typing import Any

from allauth.account.models import EmailAddress
from django.conf import settings
from django.db import transaction
from django.urls import reverse
from django.utils import timezone

from workflow.accounts import journal, letters
from workflow.accounts.models import Invitation
from workflow.models import Agency, User


class Void(Exception):
    """The link is unknown, used, withdrawn or too old."""


def _digest(secret: str) -> str:
    return sha256(secret.encode()).hexdigest()


@transaction.atomic
def invite(*, by: User, agency: Agency, **person: Any) -> Invitation:
    """Make an account without a password, and mail its owner a link.

    person: username, full_name, title, email
    """
    user = User(**person)
    user.set_unusable_password()
    user.save()
    return _send(user, agency=agency, by=by)


@transaction.atomic
def invite_again(user: User, *, email: str, agency: Agency, by: User) -> Invitation:
    """Mail a new link, to a corrected address if need be; the earlier links are void."""
    user = User.objects.select_for_update().get(pk=user.pk)
    user.invitations.filter(accepted_at=None, withdrawn_at=None).update(withdrawn_at=timezone.now())
    User.objects.filter(pk=user.pk).update(email=email)
    user.email = email
    return _send(user, agency=agency, by=by)


def _send(user: User, *, agency: Agency, by: User) -> Invitation:
    secret, now = secrets.token_urlsafe(32), timezone.now()
    invitation = Invitation.objects.create(
        user=user,
        agency=agency,
        invited_by=by,
        digest=_digest(secret),
        sent_at=now,
        expires_at=now + timedelta(days=settings.INVITATION_DAYS),
    )
    journal.note("invited", actor=by, user=user.pk, agency=agency.slug)
    facts = {
        "user": user,
        "agency": agency,
        "link": settings.SITE_URL + reverse("accounts:accept", args=[secret]),
        "expires_at": invitation.expires_at,
    }

    def mail() -> None:
        invitation.mailed = letters.send("accounts/invitation", user.email, facts)

    transaction.on_commit(mail)
    return invitation


def opened_by(secret: str) -> Invitation:
    """Return the invitation that a link opens. Raises Void."""
    found = Invitation.objects.select_related("user", "agency").filter(digest=_digest(secret)).first()
    if found is None or not is_open(found):
        raise Void
    return found


def is_open(invitation: Invitation) -> bool:
    """Return whether an invitation can still be taken up."""
    unused = invitation.accepted_at is None and invitation.withdrawn_at is None
    return unused and timezone.now() < invitation.expires_at and invitation.user.is_active


@transaction.atomic
def accept(secret: str, password: str) -> User:
    """Give the account its first password and use the link up. Raises Void, for the second of two at once too."""
    invitation = opened_by(secret)
    Invitation.objects.select_for_update().get(pk=invitation.pk)
    user = opened_by(secret).user
    user.set_password(password)
    user.save(update_fields=["password"])
    EmailAddress.objects.filter(user=user).delete()
    EmailAddress.objects.create(user=user, email=user.email, verified=True, primary=True)
    Invitation.objects.filter(pk=invitation.pk).update(accepted_at=timezone.now())
    journal.note("invitation_accepted", actor=user)
    return user
