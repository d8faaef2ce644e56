"""What django-allauth does to an account, told to the security chain."""

from __future__ import annotations

import time
from typing import Any

from allauth.account import signals as account
from allauth.account.internal.flows.login import record_authentication
from allauth.mfa import signals as mfa
from allauth.mfa.models import Authenticator
from allauth.socialaccount import signals as identity
from django.contrib.auth.signals import user_logged_in, user_logged_out
from django.dispatch import receiver
from django.http import HttpRequest

from workflow.accounts import journal, standing
from workflow.accounts.codes import accepts
from workflow.accounts.middleware import BEGAN, PROVEN, SEEN
from workflow.models import User


@receiver(user_logged_in)
def began(request: HttpRequest, **kwargs: Any) -> None:
    """Start the clocks of a new session; the watch ends a session that has none."""
    request.session[BEGAN] = request.session[SEEN] = time.time()


@receiver(account.user_logged_in)
def signed_in(request: HttpRequest, user: User, **kwargs: Any) -> None:
    """Note a sign-in, and by which proofs."""
    proofs = [record["method"] for record in request.session.get("account_authentication_methods", [])]
    journal.note(
        "signed_in", actor=user, by=[proof for proof in proofs if proof in ("password", "mfa", "socialaccount")]
    )


@receiver(user_logged_out)
def signed_out(request: HttpRequest, user: User | None, **kwargs: Any) -> None:
    """Note a sign-out; one that the passing of time brought about is noted by the watch."""
    if user is not None and not getattr(request, "timed_out", False):
        journal.note("signed_out", actor=user)


@receiver(mfa.authenticator_added)
def added(request: HttpRequest, user: User, authenticator: Authenticator, **kwargs: Any) -> None:
    """Note a new second factor; whoever has just proven it need not prove it again in this session."""
    if authenticator.type == Authenticator.Type.RECOVERY_CODES:
        journal.note("recovery_codes_drawn", actor=user)
    else:
        request.session[PROVEN] = user.pk
        record_authentication(request, user, "mfa", id=authenticator.pk, type=authenticator.type, reauthenticated=True)
        if authenticator.type == Authenticator.Type.TOTP:
            accepts(authenticator, request.POST.get("code", ""))  # the code that proved it is used up
        journal.note("second_factor_added", actor=user, kind=authenticator.type)


@receiver(mfa.authenticator_used)
def used(request: HttpRequest, user: User, **kwargs: Any) -> None:
    """Remember in the session whose second factor was proven."""
    request.session[PROVEN] = user.pk


@receiver(mfa.authenticator_removed)
def removed(request: HttpRequest, user: User, authenticator: Authenticator, **kwargs: Any) -> None:
    """Note a second factor that is gone."""
    if not standing.has_second_factor(user):
        request.session.pop(PROVEN, None)
    if authenticator.type != Authenticator.Type.RECOVERY_CODES:
        journal.note("second_factor_removed", actor=user, kind=authenticator.type)


@receiver(mfa.authenticator_reset)
def drawn(request: HttpRequest, user: User, **kwargs: Any) -> None:
    """Note new recovery codes."""
    journal.note("recovery_codes_drawn", actor=user)


@receiver(mfa.authentication_failed)
def refused(request: HttpRequest, user: User, authenticator: Authenticator, **kwargs: Any) -> None:
    """Note that a second factor was refused: the password was right, so somebody knows it."""
    journal.note_once("second_factor_refused", str(user.pk), within=900, user=user.pk, kind=authenticator.type)


@receiver([account.password_changed, account.password_set])
def changed(request: HttpRequest, user: User, **kwargs: Any) -> None:
    """Note a password that its owner changed."""
    journal.note("password_changed", actor=user)


@receiver(account.password_reset)
def reset(request: HttpRequest, user: User, **kwargs: Any) -> None:
    """Note a password that was replaced by a mailed link, and end what the old one had opened."""
    ended = standing.end_sessions(user)
    journal.note("password_reset", user=user.pk, sessions=ended)


@receiver(identity.social_account_added)
def linked(request: HttpRequest, sociallogin: Any, **kwargs: Any) -> None:
    """Note that an identity of single sign-on was linked."""
    journal.note("identity_linked", actor=sociallogin.user)


@receiver(identity.social_account_removed)
def unlinked(request: HttpRequest, socialaccount: Any, **kwargs: Any) -> None:
    """Note that an identity of single sign-on was unlinked."""
    journal.note("identity_unlinked", actor=socialaccount.user)
