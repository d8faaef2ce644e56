"""The one place where the engine learns what time it is.

Instants are UTC; legal days are counted in Asia/Ho_Chi_Minh (assumption A1). Samples, demonstrations and tests
live on a simulated clock, which a production system refuses.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured

LEGAL_ZONE = ZoneInfo("Asia/Ho_Chi_Minh")

_simulated: ContextVar[datetime | None] = ContextVar("simulated", default=None)


def now() -> datetime:
    """Return the simulated instant if there is one, else this machine's, in UTC."""
    return _simulated.get() or datetime.now(UTC)


def simulated_now() -> datetime | None:
    """Return the simulated instant, or None where the clock is real."""
    return _simulated.get()


@contextmanager
def simulated(instant: datetime) -> Iterator[None]:
    """Make `instant` (aware) the present, for this thread of control only.

    Raises ImproperlyConfigured in production, and ValueError for a naive instant.
    """
    if not getattr(settings, "SIMULATED_CLOCK_ALLOWED", False):
        raise ImproperlyConfigured("A simulated clock is for samples and tests; production runs on the real one.")
    if instant.tzinfo is None:
        raise ValueError("a simulated instant must be aware")
    token = _simulated.set(instant.astimezone(UTC))
    try:
        yield
    finally:
        _simulated.reset(token)


def legal_day(instant: datetime) -> date:
    """Return the day on which an instant falls in law.

    Law: assumption A1 (Asia/Ho_Chi_Minh, whole days).
    """
    return instant.astimezone(LEGAL_ZONE).date()
