"""Whether this process can do its work and the background work keeps up, for load balancers and monitors."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from django.db import DatabaseError, connection
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from notifications import lag
from workflow import clock, escalation
from workflow.ledger import anchors, seal
from workflow.permissions.pages import ANYBODY
from workflow.views.access import needs

RED = 300.0  # seconds of lag
LAGS: dict[str, Callable[[datetime], float]] = {
    # what must keep up: seconds since the oldest thing that is due should have been done
    "sweep": escalation.lag,
    "delivery": lag.seconds,
    "seal": seal.lag,
    "anchor": anchors.lag,  # nothing for the first 24 hours without a word from outside
}


@needs(ANYBODY)
@never_cache
@require_safe
def health(request: HttpRequest) -> JsonResponse:
    """Return 200 if all is well, 503 if the database does not answer or something lags by more than five minutes.

    Opens no session, tells no version and nobody's name.
    """
    lags = _lags()
    if lags is None:
        return JsonResponse({"status": "failing", "database": "unreachable"}, status=503)
    red = sorted(name for name, seconds in lags.items() if seconds > RED)
    told = {"status": "red" if red else "ok", "database": "ok", "lag_seconds": lags}
    return JsonResponse(told | {"red": red} if red else told, status=503 if red else 200)


@needs(ANYBODY)
@never_cache
@require_safe
def metrics(request: HttpRequest) -> HttpResponse:
    """Return the same figures in the text format that Prometheus reads."""
    lags = _lags()
    lines = [
        "# HELP giaitrinh_up Whether the database answers.",
        "# TYPE giaitrinh_up gauge",
        f"giaitrinh_up {int(lags is not None)}",
        "# HELP giaitrinh_lag_seconds Seconds since the oldest thing that is due should have been done.",
        "# TYPE giaitrinh_lag_seconds gauge",
        *(f'giaitrinh_lag_seconds{{work="{name}"}} {seconds}' for name, seconds in (lags or {}).items()),
    ]
    return HttpResponse("\n".join(lines) + "\n", content_type="text/plain; version=0.0.4; charset=utf-8")


def _lags() -> dict[str, float] | None:
    """Return how far each kind of work lags, in seconds; None if the database does not answer."""
    at = clock.now()
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
        return {name: round(behind(at), 1) for name, behind in LAGS.items()}
    except DatabaseError:
        return None
