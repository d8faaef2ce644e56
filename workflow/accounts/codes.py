"""Codes of a second factor: each is good once, whatever the clock does."""

from __future__ import annotations

from allauth.core.internal.cryptokit import compare_user_code
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value, yield_hotp_counters_from_time
from django.db import transaction

from workflow.accounts.sealing import unseal

LAST = "counter"
"""Where an app's record keeps the last step that was accepted."""


def accepts(authenticator: Authenticator, code: str) -> bool:
    """Return whether a code is right and new; one that is accepted is used up.

    A step of an app's clock is accepted only after the last one that was, so that neither a second try nor a clock
    that is set back makes an old code good again. Two requests with one code wait for each other.
    Law: RFC 6238 5.2.
    """
    if authenticator.type == Authenticator.Type.RECOVERY_CODES:
        return bool(authenticator.wrap().validate_code(code))
    with transaction.atomic():
        row = Authenticator.objects.select_for_update().get(pk=authenticator.pk)
        secret, last = unseal(row.data["secret"]), row.data.get(LAST, -1)
        for counter in yield_hotp_counters_from_time():
            expected = format_hotp_value(hotp_value(secret, counter))
            if counter > last and compare_user_code(actual=code, expected=expected):
                row.data[LAST] = counter
                row.save(update_fields=["data"])
                return True
    return False
