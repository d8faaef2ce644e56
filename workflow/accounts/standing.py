"""How an account stands: what its powers demand of it, whose it is to keep, and how it is closed."""

from __future__ import annotations

from typing import Any

from allauth.mfa.models import Authenticator
from allauth.usersessions.models import UserSession
from django.conf import settings
from django.db import transaction

from workflow import clock, permissions
from workflow.accounts import journal
from workflow.models import User


def has_second_factor(user: Any) -> bool:
    """Return whether a person has an app or a key; recovery codes alone are none."""
    return bool(Authenticator.objects.filter(user_id=user.pk).exclude(type=Authenticator.Type.RECOVERY_CODES).exists())


def must_have_second_factor(user: User, posts: list[Any] | None = None) -> bool:
    """Return whether the powers that a person holds today demand a second factor (head, inspector, administrator).

    posts: what `permissions.posts_of` has returned already
    """
    if not settings.SECOND_FACTOR_MANDATORY:
        return False
    held = permissions.posts_of(user, clock.now()) if posts is None else posts
    return any(post.role in settings.SECOND_FACTOR_ROLES for post in held)


def end_sessions(user: User) -> int:
    """End every session of a person, at once; return how many there were."""
    sessions = list(UserSession.objects.filter(user=user))
    for session in sessions:
        session.end()
    return len(sessions)


@transaction.atomic
def deactivate(user: User, *, by: User) -> None:
    """Close an account and end its sessions. It stays for ever: the log names it."""
    User.objects.filter(pk=user.pk).update(is_active=False)
    user.is_active = False
    ended = end_sessions(user)
    user.invitations.filter(accepted_at=None, withdrawn_at=None).update(withdrawn_at=clock.now())
    journal.note("account_deactivated", actor=by, user=user.pk, sessions=ended)


@transaction.atomic
def reactivate(user: User, *, by: User) -> None:
    """Open a closed account again; its powers are decided by appointments, as before."""
    User.objects.filter(pk=user.pk).update(is_active=True)
    user.is_active = True
    journal.note("account_reactivated", actor=by, user=user.pk)


@transaction.atomic
def reset_second_factor(user: User, *, by: User) -> None:
    """Take all second factors off an account whose device was lost, and end its sessions."""
    Authenticator.objects.filter(user=user).delete()
    ended = end_sessions(user)
    journal.note("second_factor_reset", actor=by, user=user.pk, sessions=ended)


@transaction.atomic
def sign_out_everywhere(user: User, *, by: User) -> None:
    """End a person's sessions for an administrator."""
    ended = end_sessions(user)
    journal.note("sessions_ended", actor=by, user=user.pk, sessions=ended)
