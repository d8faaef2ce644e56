"""Background jobs of the notifications."""

from __future__ import annotations

from celery import shared_task

from notifications import delivery, fanout
from workflow import clock


@shared_task(ignore_result=True)
def deliver() -> dict[str, int]:
    """Fan the outbox out and send what is due; may run twice or late."""
    at = clock.now()
    while fanout.fan_out(at):
        pass
    return delivery.deliver(at)
