"""Sending what waits: claimed one by one, sent outside every transaction, tried again with growing pauses.

A claim is written down before anything is sent, and ends by itself: a process that dies with a message leaves it to
the next. Text messages carry a key by which the gateway sends each once; e-mail knows none, so there a message may go
out twice where a process died between the relay's taking it and our writing that down.
"""

from __future__ import annotations

import logging
import uuid
from collections import Counter
from datetime import datetime, timedelta
from time import monotonic

from django.db import transaction

from notifications import notices
from notifications.channels import Refused, mail, sms
from notifications.models import Channel, Message, Notice
from workflow import clock

log = logging.getLogger(__name__)

SENDERS = {Channel.MAIL: mail.send, Channel.SMS: sms.send}
ATTEMPTS = 8
CLAIM = timedelta(minutes=5)
"""How long a claimed message rests before another process may try it; longer than one run may last."""
RUN = 25  # seconds after which a run claims nothing more
IN_A_ROW = 3
"""Failures one after the other that end a run: the other side is down, and trying all would use up their tries."""


def deliver(at: datetime | None = None, way: str = "") -> dict[str, int]:
    """Send the messages that are due, for as long as a run may last; returns how many were sent, put off, given up.

    at: the instant to act at, for tests; the clock's at each message if not given
    way: one channel alone
    """
    outcome: Counter[str] = Counter({"sent": 0, "put off": 0, "given up": 0})
    for one in [way] if way else SENDERS:
        ends, failures = monotonic() + RUN, 0
        while failures < IN_A_ROW and monotonic() < ends:
            now = at or clock.now()
            message = _claim(one, now)
            if message is None:
                break
            what = _send(message, now)
            failures = failures + 1 if what == "put off" else 0
            outcome[what] += 1
    return dict(outcome)


def waiting(at: datetime) -> list[str]:
    """Return the channels on which something is due."""
    due = Message.objects.filter(state=Message.State.WAITING, next_try_at__lte=at)
    return sorted(due.order_by().values_list("channel", flat=True).distinct())


@transaction.atomic
def _claim(way: str, at: datetime) -> Message | None:
    """Take the message that has waited longest; what was tried often enough and never came back is given up."""
    due = Message.objects.filter(state=Message.State.WAITING, channel=way, next_try_at__lte=at)
    while message := due.order_by("next_try_at").select_for_update(skip_locked=True, of=("self",)).first():
        if message.attempts < ATTEMPTS:
            message.attempts += 1
            message.next_try_at = at + CLAIM
            message.save(update_fields=["attempts", "next_try_at"])
            return message
        message.state, message.failure = Message.State.DEAD, message.failure or "no answer came back"
        message.save(update_fields=["state", "failure"])
    return None


def _send(message: Message, at: datetime) -> str:
    """Hand one message over and write down what came of it."""
    try:
        SENDERS[Channel(message.channel)](message)
    except Exception as error:
        why = f"{type(error).__name__}: {error}".replace(message.recipient, "…")[:300]
        log.warning("message %s could not be sent: %s", message.key, why)
        refused = isinstance(error, Refused)
        given_up = refused or message.attempts >= ATTEMPTS
        pause = timedelta(minutes=2**message.attempts)
        # only where nobody else has claimed or sent it meanwhile
        Message.objects.filter(pk=message.pk, state=Message.State.WAITING, attempts=message.attempts).update(
            state=Message.State.DEAD if given_up else Message.State.WAITING,
            failure=why,
            refused=refused,
            next_try_at=at + pause,
        )
        return "given up" if given_up else "put off"
    with transaction.atomic():
        Message.objects.filter(pk=message.pk, state=Message.State.WAITING).update(
            state=Message.State.SENT, sent_at=at, failure=""
        )
        notices.mark_sent(Notice.objects.filter(entry_id=message.entry_id), at)
    return "sent"


@transaction.atomic
def retry(pk: int, at: datetime) -> Message | None:
    """Let a message that was given up be tried again from the start; None where it is not given up (any more).

    It goes out under a new key only where the other side is known never to have delivered it under the old one.
    """
    message = Message.objects.select_for_update(of=("self",)).filter(pk=pk, state=Message.State.DEAD).first()
    if message is not None:
        message.key = uuid.uuid4() if message.refused else message.key
        message.state, message.attempts, message.refused = Message.State.WAITING, 0, False
        message.due_at = message.next_try_at = at
        message.save(update_fields=["key", "state", "attempts", "refused", "due_at", "next_try_at"])
    return message


def arrived(key: str, at: datetime) -> bool:
    """Note a provider's report that a message arrived, however often it comes; False where there is no such message."""
    with transaction.atomic():
        message = Message.objects.select_for_update(of=("self",)).filter(key=key).first()
        if message is None:
            return False
        if message.delivered_at is None:
            message.state, message.delivered_at, message.failure = Message.State.SENT, at, ""
            message.sent_at, message.refused = message.sent_at or at, False
            message.save(update_fields=["state", "delivered_at", "sent_at", "failure", "refused"])
            notices.reported(message, at)
    return True


def failed(key: str) -> bool:
    """Note a provider's report that a message cannot arrive; a report that it arrived stands against it."""
    found = Message.objects.filter(key=key)
    found.filter(delivered_at__isnull=True).update(
        state=Message.State.DEAD, refused=True, failure="the provider reports that it cannot be delivered"
    )
    return found.exists()
