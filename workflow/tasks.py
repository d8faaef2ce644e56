"""Background jobs of the engine: Celery is the clock that wakes them, the database says what is due."""

from __future__ import annotations

from celery import shared_task

from workflow import clock, escalation


@shared_task(ignore_result=True)
def sweep() -> dict[str, int]:
    """Fire every alarm that is due; may run twice or late."""
    return escalation.sweep(clock.now())
