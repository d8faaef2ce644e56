"""Sending what waits, by e-mail: claimed first, sent outside the transaction, tried again with growing pauses."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.core.mail import EmailMessage
from django.db import transaction

from notifications.models import Message

BATCH = 100
ATTEMPTS = 8
CLAIM = timedelta(minutes=10)
"""How long a claimed message rests before another process may try it: longer than any mail relay takes."""


def deliver(at: datetime) -> dict[str, int]:
    """Send the messages that are due at an instant; returns how many were sent, put off and given up."""
    outcome = {"sent": 0, "put off": 0, "given up": 0}
    for message in _claim(at):
        try:
            mail = EmailMessage(message.subject, message.body, to=[message.recipient])
            mail.extra_headers["Message-ID"] = f"<giaitrinh-{message.pk}@giaitrinh.local>"
            mail.send()
        except OSError as error:  # smtplib's errors are OSErrors
            given_up = message.attempts >= ATTEMPTS
            message.state = Message.State.DEAD if given_up else Message.State.WAITING
            message.failure = str(error)[:300]
            message.next_try_at = at + timedelta(minutes=2**message.attempts)
            outcome["given up" if given_up else "put off"] += 1
        else:
            message.state, message.sent_at, message.failure = Message.State.SENT, at, ""
            outcome["sent"] += 1
        message.save(update_fields=["state", "sent_at", "failure", "next_try_at"])
    return outcome


@transaction.atomic
def _claim(at: datetime) -> list[Message]:
    """Take messages that are due; a process that dies with them leaves them to be tried again later."""
    due = Message.objects.filter(state=Message.State.WAITING, next_try_at__lte=at).order_by("next_try_at")
    taken = list(due.select_for_update(skip_locked=True)[:BATCH])
    for message in taken:
        message.attempts += 1
        message.next_try_at = at + CLAIM
    Message.objects.bulk_update(taken, ["attempts", "next_try_at"])
    return taken
