"""What a page asks of its reader, declared beside its view; a page that declares nothing is closed to everybody.

`workflow.views.access.needs` declares and enforces it. Addresses of a library, whose views cannot be decorated, are
declared by name with `declare`. A start-up check walks the addresses and names each page that says nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from django.core.checks import CheckMessage, Error, Tags, register
from django.urls import URLPattern, URLResolver, get_resolver

from workflow.store import Post


@dataclass(frozen=True, slots=True)
class Need:
    """What is asked of the reader of a page.

    kind: "anybody"; "secret", a session that has shown the code and secret of the case; "signed", a body signed by a
        shared secret; "account"; or "role", one of `roles` by appointment or delegation
    """

    kind: str
    roles: tuple[str, ...] = ()

    @property
    def account(self) -> bool:
        """Return whether the reader must be signed in."""
        return self.kind in ("account", "role")

    def met_by(self, posts: Iterable[Post]) -> bool:
        """Return whether somebody who is signed in and holds these powers may see the page at all."""
        return self.kind == "account" or any(post.role in self.roles for post in posts)


ANYBODY, SECRET, SIGNED, ACCOUNT = Need("anybody"), Need("secret"), Need("signed"), Need("account")

_declared: dict[str, Need] = {}


def role(*roles: str) -> Need:
    """Return the need of a page that is for those who hold one of these roles."""
    return Need("role", roles)


def declare(pages: Mapping[str, Need]) -> None:
    """Say what the pages of a library need, by the name of their address."""
    _declared.update(pages)


def need_of(view: Callable[..., Any], name: str) -> Need | None:
    """Return what a page needs; None if nobody has said so, and then it is closed.

    name: of its address, with its namespace
    """
    found = getattr(view, "need", None) or _declared.get(name)
    return found if isinstance(found, Need) else None


@dataclass(frozen=True, slots=True)
class Page:
    """One address of the site."""

    name: str
    route: str
    view: Callable[..., Any]

    @property
    def need(self) -> Need | None:
        """Return what it needs."""
        return need_of(self.view, self.name)


def pages(resolver: URLResolver | None = None, names: tuple[str, ...] = (), route: str = "") -> Iterator[Page]:
    """Yield every address of the site, as the URL configuration says."""
    for one in (resolver or get_resolver()).url_patterns:
        here = route + str(one.pattern)
        if isinstance(one, URLResolver):
            yield from pages(one, (*names, one.namespace) if one.namespace else names, here)
        elif isinstance(one, URLPattern):
            yield Page(":".join((*names, one.name or "")), here, one.callback)


@register(Tags.urls)
def check_pages(app_configs: Any, **kwargs: Any) -> list[CheckMessage]:
    """Name each page that does not say who may see it."""
    return [
        Error(
            f"The page “{page.name}” ({page.route}) does not say who may see it, so it is closed to everybody.",
            hint="Put @needs(…) of workflow.views.access on its view; for a library's, permissions.pages.declare().",
            id="workflow.E011",
        )
        for page in pages()
        if page.need is None
    ]
