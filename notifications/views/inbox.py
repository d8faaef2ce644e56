"""An official's own messages: what they were told, and what they have not read."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST, require_safe

from notifications.channels import inapp
from workflow import clock
from workflow.panels import Tab
from workflow.views.access import official, person

PAGE = 30


@official
@require_safe
def messages(request: HttpRequest) -> HttpResponse:
    """Return the messages of who is signed in, newest first."""
    before = request.GET.get("truoc", "")
    found = inapp.of(person(request).pk)
    if before.isascii() and before.isdigit() and len(before) < 19:
        found = found.filter(pk__lt=int(before))
    page = list(found[: PAGE + 1])
    facts = {
        "told": page[:PAGE],
        "unread": inapp.unread(person(request).pk),
        "newest": page[0].pk if page else 0,
        "more": page[PAGE - 1].pk if len(page) > PAGE else 0,
        "here": "messages",
    }
    return render(request, "notifications/inbox.html", facts)


@official
@require_POST
def read(request: HttpRequest) -> HttpResponse:
    """Note that a message was read, or all that the page showed; go on to the case where one was opened."""
    pk, shown = (request.POST.get(name, "") for name in ("message", "shown"))
    reader, now = person(request).pk, clock.now()
    if shown.isascii() and shown.isdigit() and len(shown) < 19:
        inapp.mark_read(reader, now, up_to=int(shown))
    elif pk.isascii() and pk.isdigit() and len(pk) < 19:
        inapp.mark_read(reader, now, pk=int(pk))
        opened = inapp.of(reader).filter(pk=int(pk)).first() if "open" in request.POST else None
        if opened is not None and opened.path:
            return redirect(opened.path)
    return redirect("notifications:inbox")


def _unread(request: HttpRequest) -> int | None:
    return inapp.unread(person(request).pk)


TAB = Tab("messages", "/van-phong/thong-bao/", _("Messages"), _unread)
