"""What the security chain is told about accounts: who, what, when; never a name, an address or a secret."""

from __future__ import annotations

from typing import Any

from django.core.cache import cache

from workflow.actors import SYSTEM, Actor, user_id
from workflow.ledger import chain
from workflow.models import LogEntry
from workflow.security.places import home_of

EVENTS = (
    "signed_in",
    "signed_out",
    "sign_in_ended",
    "sign_ins_refused",
    "second_factor_refused",
    "second_factor_added",
    "second_factor_removed",
    "second_factor_reset",
    "recovery_codes_drawn",
    "password_changed",
    "password_reset",
    "sessions_ended",
    "identity_linked",
    "identity_unlinked",
    "identity_refused",
    "invited",
    "invitation_accepted",
    "account_deactivated",
    "account_reactivated",
)
"""Every event of accounts in the security chain; the page that shows the chain has a sentence for each."""


def note(event: str, *, actor: Actor = SYSTEM, **data: Any) -> LogEntry:
    """Append an event to the security chain; call it inside the transaction of what it records.

    data: plain values, none of them personal; a person stands as `user`, the number of the account. The entry belongs
        to the agency where that person was appointed last, so that those who watch over it find it
    """
    if event not in EVENTS:
        raise ValueError(f"{event} is not an event of accounts")
    return chain.append(
        chain.SECURITY, event, actor=actor, agency_id=home_of(data.get("user") or user_id(actor)), **data
    )


def note_once(event: str, key: str, *, within: int, actor: Actor = SYSTEM, **data: Any) -> None:
    """Append an event unless the same key was noted within so many seconds: a burst is one entry."""
    if cache.add(f"noted:{event}:{key}", True, within):
        note(event, actor=actor, **data)
