"""Messages on the official's own page: sent by being written, read by being opened."""

from __future__ import annotations

from datetime import datetime

from django.db.models import QuerySet

from notifications.models import Channel, Message


def of(reader_id: int) -> QuerySet[Message]:
    """Return what an official has been told, newest first."""
    return Message.objects.filter(reader_id=reader_id, channel=Channel.IN_APP).order_by("-id")


def unread(reader_id: int) -> int:
    """Return how many messages an official has not read yet."""
    return of(reader_id).filter(read_at__isnull=True).count()


def mark_read(reader_id: int, at: datetime, *, up_to: int | None = None, pk: int | None = None) -> int:
    """Note that an official has read one message, or all up to the newest one they saw; returns how many.

    What was written while they read stays unread.
    """
    found = of(reader_id).filter(read_at__isnull=True)
    found = found.filter(pk=pk) if pk is not None else found.filter(pk__lte=up_to or 0)
    return found.update(read_at=at)
