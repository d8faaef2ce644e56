"""Letters about accounts, by e-mail: a subject, a few sentences, a link where there is one."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from smtplib import SMTPException
from typing import Any

from django.conf import settings
from django.core.mail import EmailMessage
from django.template.loader import render_to_string
from django.utils import translation
from django.utils.translation import gettext_lazy as _

from workflow.law import Text

logger = logging.getLogger(__name__)

CHANGED: Mapping[str, Text] = {
    "account/email/password_changed": _("Your password was changed."),
    "account/email/password_set": _("Your password was changed."),
    "account/email/password_reset": _("Your password was replaced by a link that was mailed to you."),
    "mfa/email/totp_activated": _("An app that shows codes was added to your account."),
    "mfa/email/totp_deactivated": _("The app that shows codes was removed from your account."),
    "mfa/email/webauthn_added": _("A security key was added to your account."),
    "mfa/email/webauthn_removed": _("A security key was removed from your account."),
    "mfa/email/recovery_codes_generated": _("New recovery codes were drawn for your account; the old ones are void."),
    "socialaccount/email/account_connected": _("An identity of single sign-on was linked to your account."),
    "socialaccount/email/account_disconnected": _("An identity of single sign-on was unlinked from your account."),
    "accounts/second_factor_reset": _("An administrator removed the second factors of your account."),
    "accounts/sessions_ended": _("An administrator ended all your sessions."),
}
"""What was changed in an account, by the name under which django-allauth tells it."""

SUBJECTS: Mapping[str, Text] = {
    "account/email/password_reset_key": _("Choose a new password"),
    "accounts/invitation": _("Your account"),
}
"""Letters with a template of their own."""


def send(name: str, to: str, facts: Mapping[str, Any]) -> bool:
    """Send a letter by its name, in Vietnamese, as every letter of an office; return whether the relay took it.

    A relay that fails stops nobody: a page that failed with it would tell strangers which addresses have accounts.
    """
    with translation.override(settings.LANGUAGE_CODE):
        if name in SUBJECTS:
            template, subject = f"{name}_message.txt", SUBJECTS[name]
            shown = dict(facts)
        else:
            template, subject = "accounts/changed_message.txt", _("Your account was changed")
            shown = {**facts, "what": CHANGED[name]}
        body = render_to_string(template, {"site": settings.SITE_URL, **shown})
        prefix = settings.ACCOUNT_EMAIL_SUBJECT_PREFIX
        letter = EmailMessage(f"{prefix}{subject}", body.strip() + "\n", settings.DEFAULT_FROM_EMAIL, [to])
        try:
            return bool(letter.send())
        except (SMTPException, OSError) as error:
            logger.error("A letter about an account was not sent: %s", type(error).__name__)
            return False
