"""How late the telling is."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db.models import Min, Subquery

from notifications.fanout import GIVEN_UP
from notifications.models import Message, SetAside
from workflow.models import LogEntry, Outbox

LIMIT = timedelta(minutes=5)
"""From here on people are told too late, and the health of the system is red."""


def delivery_lag(at: datetime) -> timedelta:
    """Return the time from when the oldest message that waits was due to an instant; zero where none waits.

    An entry that nobody has been told of yet counts from when it was recorded. What was given up does not count: it
    is on the list that a person works through.
    """
    oldest = Message.objects.filter(state=Message.State.WAITING).aggregate(due=Min("due_at"))["due"]
    given_up = SetAside.objects.filter(attempts__gte=GIVEN_UP).values("outbox_id")
    untold = Outbox.objects.filter(taken_at__isnull=True).exclude(pk__in=given_up).order_by("id")
    first = untold.values("entry_id")[:1]
    recorded = LogEntry.objects.filter(pk=Subquery(first)).values_list("recorded_at", flat=True).first()
    since = min((one for one in (oldest, recorded) if one is not None), default=at)
    return max(at - since, timedelta())


def seconds(at: datetime) -> float:
    """Return the same in seconds, as the health of the system shows it."""
    return delivery_lag(at).total_seconds()


def is_late(lag: timedelta) -> bool:
    """Return whether a lag is past its limit."""
    return lag > LIMIT
