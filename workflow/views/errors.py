"""What a reader sees when the form they sent could not be trusted."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.http import url_has_allowed_host_and_scheme

TOKEN = "csrfmiddlewaretoken"


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """Return a page that holds everything that was typed, with a fresh token to send it again.

    A form that another site sent can only be read here, never sent on.
    """
    typed = [(name, value) for name, values in request.POST.lists() if name != TOKEN for value in values if value]
    own = request.headers.get("Sec-Fetch-Site", "") == "same-origin" or url_has_allowed_host_and_scheme(
        request.headers.get("Referer", ""), {request.get_host()}, require_https=request.is_secure()
    )
    response = render(
        request,
        "workflow/sent_too_late.html",
        {"typed": typed, "own": own and not reason.startswith("Origin checking"), "had_files": bool(request.FILES)},
        status=403,
    )
    response["Cache-Control"] = "private, no-store"
    return response
