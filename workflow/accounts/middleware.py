"""What every page asks of a session: is it still fresh, and has it proven what its owner's powers demand?"""

from __future__ import annotations

import time
from collections.abc import Callable

from allauth.usersessions.models import UserSession
from django.conf import settings
from django.contrib import messages
from django.contrib.auth import logout
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import Resolver404, resolve, reverse
from django.utils import timezone
from django.utils.cache import add_never_cache_headers
from django.utils.http import urlencode
from django.utils.translation import gettext as _

from workflow.accounts import journal, standing
from workflow.models import User
from workflow.views.access import powers

Answer = Callable[[HttpRequest], HttpResponse]

BEGAN, SEEN, PROVEN = "began_at", "seen_at", "second_factor_proven"
NOTED_EVERY = 60  # seconds between two notes that a session is alive
CLOCK_SLACK = 60  # seconds by which the clock may go back before a session is taken for stale

ENROLMENT = (
    "mfa_index",
    "mfa_activate_totp",
    "mfa_add_webauthn",
    "mfa_view_recovery_codes",
    "mfa_reauthenticate",
    "mfa_reauthenticate_webauthn",
    "account_reauthenticate",
    "account_logout",
    "set_language",
)
"""The pages open to somebody whose powers demand a second factor that they have not proven."""


def watch_session(answer: Answer) -> Answer:
    """Return a middleware that ends a session after idle time, and after a working day in any case.

    A clock that was set back ends it too: nobody can tell how long it rested.
    """

    def ask(request: HttpRequest) -> HttpResponse:
        if settings.SESSION_COOKIE_NAME not in request.COOKIES or not request.user.is_authenticated:
            return answer(request)
        now, session = time.time(), request.session
        began, seen = session.get(BEGAN, 0.0), session.get(SEEN, 0.0)
        aged = now - began > settings.SESSION_COOKIE_AGE
        if aged or now - seen > settings.SESSION_IDLE_SECONDS or seen - now > CLOCK_SLACK:
            return _ended(request, aged=aged)
        if now - seen > NOTED_EVERY:
            session[SEEN] = now
            UserSession.objects.filter(session_key=session.session_key).update(last_seen_at=timezone.now())
        return answer(request)

    return ask


def _ended(request: HttpRequest, *, aged: bool) -> HttpResponse:
    """End a session; what was typed is shown, never lost."""
    assert isinstance(request.user, User)
    journal.note("sign_in_ended", actor=request.user, why="age" if aged else "idle")
    request.timed_out = True  # type: ignore[attr-defined]
    logout(request)
    signin = f"{settings.LOGIN_URL}?{urlencode({'next': request.get_full_path()})}"
    if request.method in ("GET", "HEAD"):
        messages.info(request, _("You were signed out because nothing happened for a while."))
        return redirect(signin)
    typed = [
        (name, value)
        for name, values in request.POST.lists()
        if name != "csrfmiddlewaretoken" and "password" not in name
        for value in values
        if value
    ]
    facts = {"typed": typed, "had_files": bool(request.FILES), "signin": signin}
    response = render(request, "accounts/timed_out.html", facts, status=403)
    add_never_cache_headers(response)
    return response


def demand_second_factor(answer: Answer) -> Answer:
    """Return a middleware that leads whoever lacks a second factor which their powers demand to set one up."""

    def ask(request: HttpRequest) -> HttpResponse:
        if (
            not settings.SECOND_FACTOR_MANDATORY
            or settings.SESSION_COOKIE_NAME not in request.COOKIES
            or not request.user.is_authenticated
            or request.session.get(PROVEN) == request.user.pk
            or not standing.must_have_second_factor(request.user, powers(request))
            or _enrols(request)
        ):
            return answer(request)
        return redirect(reverse("mfa_index"))

    return ask


def _enrols(request: HttpRequest) -> bool:
    """Return whether a page is open before the second factor is proven."""
    try:
        return resolve(request.path_info).view_name in ENROLMENT
    except Resolver404:
        return False
