"""Who may see a page: each view declares what it needs, what declares nothing is closed.

A case, a task or a document that is not the reader's is "not found" rather than "not yours"; a room of the house that
is another's says so.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any, cast

from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponseBase, HttpResponseNotAllowed
from django.shortcuts import get_object_or_404
from django.utils.functional import SimpleLazyObject
from django.utils.translation import gettext as _
from django.views.decorators.cache import cache_control

from workflow import clock, engine, panels, permissions, store
from workflow.ledger import chain
from workflow.models import Case, User
from workflow.permissions.labels import named
from workflow.permissions.pages import ACCOUNT, Need, need_of, role
from workflow.security.places import home_of
from workflow.store import Post

View = Callable[..., HttpResponseBase]
SAFE = ("GET", "HEAD", "OPTIONS")
METHODS = (*SAFE, "POST")


def needs(*what: Need | str) -> Callable[[View], View]:
    """Declare what a page asks of its reader, and hold everybody else off.

    what: one of ANYBODY, SECRET, SIGNED, ACCOUNT, or roles of appointment of which the reader holds one
    Whoever is not signed in is asked to; pages of an account stay out of every cache. A refused write of somebody who
    is signed in is recorded in the security chain, whether the page is not theirs or what it is about is not.
    """
    given = [one for one in what if isinstance(one, Need)]
    need = given[0] if given else role(*(one for one in what if isinstance(one, str)))

    def declared(view: View) -> View:
        if not need.account:
            view.need = need  # type: ignore[attr-defined]
            return view

        @wraps(view)
        def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
            try:
                if not need.met_by(powers(request)):
                    raise PermissionDenied(_("This page is for: %(roles)s.") % {"roles": named(need.roles)})
                held = {post.role for post in powers(request)}
                request.may_register = not held.isdisjoint({permissions.RECEIVER, permissions.CLERK})  # type: ignore[attr-defined]
                request.only_inspects = held == {permissions.INSPECTOR}  # type: ignore[attr-defined]
                request.tabs = SimpleLazyObject(lambda: panels.tabs(request))  # type: ignore[attr-defined]
                return view(request, *args, **kwargs)
            except (PermissionDenied, Http404) as refused:
                if request.method not in SAFE:
                    record_refusal(request, type(refused).__name__)
                raise

        page = cast(View, cache_control(private=True, no_store=True)(login_required(guarded)))
        page.need = need  # type: ignore[attr-defined]
        return page

    return declared


official = needs(ACCOUNT)
"""Let everybody with an account see a page."""


def record_refusal(request: HttpRequest, why: str) -> None:
    """Record in the security chain that somebody has tried to write where nothing is theirs."""
    at = request.resolver_match
    name, code = (at.view_name, str(at.kwargs.get("code", ""))[:24]) if at else ("", "")
    chain.append(
        chain.SECURITY, "refused", actor=person(request), agency_id=home_of(person(request).pk), case=code.upper(),
        refused=name, why=why,
    )  # fmt: skip


class DenyByDefault:
    """Answers for a page that does not say who may see it: 403, whoever asks."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        """Keep what comes after."""
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """Pass the request on; the page is known only once the address is resolved."""
        return self.get_response(request)

    def process_view(self, request: HttpRequest, view: View, args: Any, kwargs: Any) -> HttpResponseBase | None:
        """Refuse a page without a declared need, and every method that no page has.

        Raises PermissionDenied.
        """
        at = request.resolver_match
        if need_of(view, at.view_name if at else "") is None:
            raise PermissionDenied
        return None if request.method in METHODS else HttpResponseNotAllowed(METHODS)


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
