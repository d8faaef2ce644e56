"""Background jobs of the notifications."""

from __future__ import annotations

from celery import shared_task

from notifications import delivery, fanout
from workflow import clock

SOFT, HARD = 90, 120
"""Seconds after which a run is broken off: whoever answers one byte at a time holds up nobody for longer."""


@shared_task(ignore_result=True)
def deliver() -> None:
    """Fan the outbox out, then have each channel send what is due; may run twice or late."""
    at = clock.now()
    while fanout.fan_out(at):
        pass
    for way in delivery.waiting(at):
        send.apply_async((way,), expires=30)


@shared_task(ignore_result=True, soft_time_limit=SOFT, time_limit=HARD)
def send(way: str) -> dict[str, int]:
    """Send what is due on one channel, so that one that hangs holds up no other; may run twice or late."""
    return delivery.deliver(way=way)
