"""Who may see a page of the office: deny by default, and say "not found" rather than "not yours"."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any, cast

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import get_object_or_404
from django.utils.functional import SimpleLazyObject
from django.views.decorators.cache import cache_control

from workflow import clock, engine, panels, permissions, store
from workflow.models import Case, User
from workflow.store import Post

View = Callable[..., HttpResponseBase]


def official(view: View) -> View:
    """Let only people with an account see a page, and keep it out of every cache."""

    @wraps(view)
    def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        request.may_register = any(post.role in (permissions.RECEIVER, permissions.CLERK) for post in powers(request))  # type: ignore[attr-defined]
        request.tabs = SimpleLazyObject(lambda: panels.tabs(request))  # type: ignore[attr-defined]
        return view(request, *args, **kwargs)

    return cast(View, cache_control(private=True, no_store=True)(login_required(guarded)))


def person(request: HttpRequest) -> User:
    """Return who is signed in."""
    assert isinstance(request.user, User)
    return request.user


def powers(request: HttpRequest) -> list[Post]:
    """Return the powers of who is signed in, read once for a page."""
    held: list[Post] | None = getattr(request, "powers", None)
    if held is None:
        held = permissions.posts_of(person(request), clock.now())
        request.powers = held  # type: ignore[attr-defined]
    return held


def is_inspector_only(request: HttpRequest) -> bool:
    """Return whether a person inspects and does nothing else."""
    return {post.role for post in powers(request)} == {permissions.INSPECTOR}


def the_case(request: HttpRequest, code: str) -> tuple[Case, list[engine.Offer]]:
    """Return a case that the person may see, as its procedure's own class, and every act with its refusal.

    An inspector reads on the inspector's pages.
    Raises Http404 for everybody else, so that nobody learns whether a case exists.
    """
    mine = permissions.visible(
        Case.objects.select_related("agency"), person(request), clock.now(), permissions.working(powers(request))
    )
    case = store.load(get_object_or_404(mine, code=code.upper()))
    return case, engine.available(case, person(request))
