"""Background work of the register: Celery wakes it every minute, the database says what is due."""

from __future__ import annotations

from dataclasses import asdict

from celery import shared_task

from workflow import clock
from workflow.agencies import moving


@shared_task(ignore_result=True)
def succeed() -> dict[str, int]:
    """Do what the successions of this day ask for; goes on where it stopped."""
    return asdict(moving.settle(clock.now()))
