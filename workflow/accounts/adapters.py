"""Where django-allauth asks us: who may come in, where they arrive, what they are told, what is mailed."""

from __future__ import annotations

import time
from collections.abc import Mapping
from io import BytesIO
from typing import Any

import segno
from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.internal.flows.login import get_authentication_records
from allauth.core.exceptions import ImmediateHttpResponse
from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.mfa.models import Authenticator
from allauth.socialaccount.adapter import DefaultSocialAccountAdapter
from django.conf import settings
from django.contrib import messages
from django.db.models import Q
from django.http import HttpRequest
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.crypto import constant_time_compare
from django.utils.translation import gettext_lazy as _

from workflow.accounts import journal, letters, standing
from workflow.accounts.sealing import seal, unseal
from workflow.law import Text
from workflow.models import User
from workflow.views.access import is_inspector_only

JUST_NOW = 300  # seconds in which a sign-in counts as a fresh proof
BURST = 900  # seconds of refused sign-ins that make one entry

DONE: Mapping[str, Text] = {
    "account/messages/password_changed.txt": _("Your password was changed."),
    "mfa/messages/totp_activated.txt": _("An app that shows codes was added to your account."),
    "mfa/messages/totp_deactivated.txt": _("The app that shows codes was removed from your account."),
    "mfa/messages/webauthn_added.txt": _("A security key was added to your account."),
    "mfa/messages/webauthn_removed.txt": _("A security key was removed from your account."),
    "socialaccount/messages/account_connected.txt": _("The identity was linked to your account."),
    "socialaccount/messages/account_connected_other.txt": _("This identity is linked to another account."),
    "socialaccount/messages/account_connected_updated.txt": _("The identity was linked to your account."),
    "socialaccount/messages/account_disconnected.txt": _("The identity was unlinked from your account."),
    "usersessions/messages/sessions_logged_out.txt": _("Your other sessions were ended."),
}
"""What a page says after something was done, by the name under which django-allauth says it."""


class AccountAdapter(DefaultAccountAdapter):
    """Signing in with a name or an address and a password."""

    error_messages = DefaultAccountAdapter.error_messages | {
        "account_inactive": _("This account has been closed. Ask the administrator of your agency."),
        "enter_current_password": _("This is not your present password."),
        "incorrect_password": _("This is not your password."),
        "incorrect_code": _("This code is not right, or has been used already. Wait for the next one."),
        "invalid_password_reset": _("This link has been used or has expired. Ask for a new one."),
        "too_many_login_attempts": _(
            "Too many attempts failed. Signing in is closed for a quarter of an hour; the right password does not"
            " help before. Ask the administrator of your agency if it was not you."
        ),
        "username_password_mismatch": _("The name and the password do not belong together. Check both and try again."),
        "email_password_mismatch": _("The name and the password do not belong together. Check both and try again."),
        "rate_limited": _("Too many attempts. Wait a few minutes and try again."),
    }

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        """Return False: people are invited."""
        return False

    def get_login_redirect_url(self, request: HttpRequest) -> str:
        """Return the inspector's room for those who only inspect, else the office."""
        return "/thanh-tra/" if is_inspector_only(request) else "/van-phong/"

    def get_password_change_redirect_url(self, request: HttpRequest) -> str:
        """Return the person's own page."""
        return reverse("accounts:mine")

    def get_reset_password_from_key_url(self, key: str) -> str:
        """Return the mailed link, on the address of this site and no other that a request may claim."""
        uid, _dash, token = key.partition("-")
        return settings.SITE_URL + reverse("account_reset_password_from_key", kwargs={"uidb36": uid, "key": token})

    def _get_login_attempts_cache_key(self, request: HttpRequest, **credentials: Any) -> str:
        """Return one counter for an account, by whatever name it is tried."""
        said = credentials.get("email") or credentials.get("username") or ""
        found = User.objects.filter(Q(username__iexact=said) | Q(email__iexact=said)).values_list("pk", flat=True)
        known = found.first() if said else None
        return f"user:{known}" if known else f"name:{said.lower()}"

    def pre_authenticate(self, request: HttpRequest, **credentials: Any) -> None:
        """Count the attempt; where the count is full, say so and leave one entry for the burst."""
        try:
            super().pre_authenticate(request, **credentials)
        except Exception:
            key = self._get_login_attempts_cache_key(request, **credentials)
            kind, _colon, number = key.partition(":")
            if kind == "user":
                journal.note_once("sign_ins_refused", key, within=BURST, user=int(number))
            else:
                journal.note_once("sign_ins_refused", "unknown", within=BURST)
            raise

    def is_reauthentication_required(self, *, app: str, **kwargs: Any) -> bool:
        """Return False while a person who has just signed in sets up their first second factor."""
        user = self.request.user
        if app == "allauth.mfa" and not standing.has_second_factor(user):
            records = get_authentication_records(self.request, user)
            return not (records and time.time() - records[-1]["at"] < JUST_NOW)
        return True

    def add_message(
        self,
        request: HttpRequest,
        level: int,
        message_template: str | None = None,
        message_context: dict[str, Any] | None = None,
        extra_tags: str = "",
        message: str | None = None,
    ) -> None:
        """Show one of our sentences in place of the library's; most of what it says goes without saying."""
        if text := message or DONE.get(message_template or ""):
            messages.add_message(request, level, str(text), extra_tags=extra_tags)

    def send_mail(self, template_prefix: str, email: str, context: dict[str, Any]) -> None:
        """Send one of our letters in place of the library's."""
        letters.send(template_prefix, email, context)

    def send_notification_mail(
        self, template_prefix: str, user: User, context: dict[str, Any] | None = None, email: str | None = None
    ) -> None:
        """Tell a person by mail what was changed in their account."""
        if to := email or user.email:
            letters.send(template_prefix, to, {"user": user, "at": timezone.now(), **(context or {})})


class SecondFactorAdapter(DefaultMFAAdapter):
    """Second factors: an app with codes, security keys, recovery codes."""

    error_messages = DefaultMFAAdapter.error_messages | {
        "incorrect_code": _("This code is not right, or has been used already. Wait for the next one."),
        "cannot_delete_authenticator": _(
            "Your powers demand a second factor, and this is the only one. Add another before you remove it."
        ),
        "cannot_generate_recovery_codes": _("Set up a second factor first."),
    }

    def encrypt(self, text: str) -> str:
        """Return a secret as it may stand in the database."""
        return seal(text)

    def decrypt(self, encrypted_text: str) -> str:
        """Return a secret from the database."""
        return unseal(encrypted_text)

    def get_totp_label(self, user: User) -> str:
        """Return the sign-in name, which the app shows beside the code."""
        return user.username

    def build_totp_svg(self, url: str) -> str:
        """Return the QR code that an app reads."""
        drawn = BytesIO()
        segno.make(url, error="m").save(drawn, kind="svg", scale=5, border=3, xmldecl=False)
        return drawn.getvalue().decode()

    def can_delete_authenticator(self, authenticator: Authenticator) -> bool:
        """Return whether a second factor may go: never the last of somebody whose powers demand one."""
        others = Authenticator.objects.filter(user_id=authenticator.user_id).exclude(pk=authenticator.pk)
        left = others.exclude(type=Authenticator.Type.RECOVERY_CODES).exists()
        return left or not standing.must_have_second_factor(authenticator.user)

    def generate_authenticator_name(self, user: User, type: Authenticator.Type) -> str:
        """Return a name for a new key."""
        known = Authenticator.objects.filter(user_id=user.pk, type=type).count()
        return str(_("Security key %(n)s") % {"n": known + 1})

    def _get_site_name(self) -> str:
        return "Giải Trình"


class SingleSignOnAdapter(DefaultSocialAccountAdapter):
    """Single sign-on: an identity opens the one account that its owner has linked it to, and makes none."""

    def is_open_for_signup(self, request: HttpRequest, sociallogin: Any) -> bool:
        """Return False: an identity that nobody has linked opens nothing."""
        journal.note_once("identity_refused", "unlinked", within=BURST, why="unlinked")
        return False

    def pre_social_login(self, request: HttpRequest, sociallogin: Any) -> None:
        """Refuse a token that answers another question than the one this browser asked (OpenID Connect Core 3.1.3.7).

        Raises ImmediateHttpResponse
        """
        token = sociallogin.account.extra_data.get("id_token") or {}
        asked = (sociallogin.state or {}).get("nonce") or ""
        if not asked or not constant_time_compare(asked, str(token.get("nonce", ""))):
            journal.note_once("identity_refused", "nonce", within=BURST, why="nonce")
            raise ImmediateHttpResponse(render(request, "socialaccount/authentication_error.html", status=403))

    def on_authentication_error(self, request: HttpRequest, provider: Any, **kwargs: Any) -> None:
        """Leave one entry for a burst of refused answers."""
        journal.note_once("identity_refused", "answer", within=BURST, why="answer")

    def get_connect_redirect_url(self, request: HttpRequest, socialaccount: Any) -> str:
        """Return the person's own page."""
        return reverse("accounts:mine")

    def send_notification_mail(self, template_prefix: str, user: User, *args: Any, **kwargs: Any) -> None:
        """Tell a person by mail that an identity was linked or unlinked."""
        if user.email:
            letters.send(template_prefix, user.email, {"user": user, "at": timezone.now()})
