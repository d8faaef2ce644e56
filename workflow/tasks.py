"""Background jobs of the engine: Celery is the clock that wakes them, the database says what is due."""

from __future__ import annotations

from celery import shared_task

from workflow import breaches, calendars, clock, escalation
from workflow.inspection import findings
from workflow.ledger import anchors
from workflow.ledger import seal as sealing


@shared_task(ignore_result=True)
def sweep() -> dict[str, int]:
    """Fire every alarm that is due; may run twice or late."""
    return escalation.sweep(clock.now())


@shared_task(ignore_result=True)
def settle() -> int:
    """Count anew the open deadlines that a new edition of the calendar touches; goes on where it stopped."""
    return calendars.settle()


@shared_task(ignore_result=True)
def register_breaches() -> int:
    """Let the breach register follow the log; may run twice or late."""
    return breaches.read_log()


@shared_task(ignore_result=True)
def register_findings() -> int:
    """Let the inspector's patterns follow the log; may run twice or late."""
    return findings.read_log()


@shared_task(ignore_result=True)
def seal() -> None:
    """Seal what has been written since the last checkpoint; may run twice or late."""
    sealing.seal()


@shared_task(ignore_result=True)
def stamp() -> None:
    """Have the latest checkpoint stamped by the time-stamp authority, where one is set up and its turn has come."""
    anchors.stamp(clock.now())
