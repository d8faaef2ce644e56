"""What administrators look after: messages that were given up, entries that could not be told, and the texts."""

from __future__ import annotations

from django.conf import settings
from django.contrib import messages
from django.db import transaction
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_http_methods, require_safe

from notifications import delivery, lag, texts
from notifications.models import Channel, Message, SetAside
from workflow import clock
from workflow.ledger import chain
from workflow.models import Agency, Case, LogEntry
from workflow.panels import Tab
from workflow.permissions import ADMINISTRATOR, administered, under
from workflow.views.access import needs, person, powers

PAGE = 50


administrator = needs(ADMINISTRATOR)


def _paths(request: HttpRequest) -> list[str]:
    """Return the places in the tree of the agencies that a person administers."""
    return administered(person(request), clock.now(), powers(request))


def _cases(request: HttpRequest) -> QuerySet[Case]:
    """Return the cases of the agencies that a person administers, and of those under them."""
    return Case.objects.filter(under(_paths(request), "agency__path"))


def _dead(request: HttpRequest) -> QuerySet[Message]:
    mine = _cases(request).values("pk")
    return Message.objects.filter(state=Message.State.DEAD, case_id__in=mine).order_by("-id")


@administrator
@require_http_methods(["GET", "HEAD", "POST"])
def dead_letters(request: HttpRequest) -> HttpResponse:
    """Return the messages that were given up and the entries that could not be told; POST has them tried again."""
    if request.method == "POST":
        return _retry(request)
    found = list(_dead(request)[: PAGE + 1])
    now = clock.now()
    late = lag.delivery_lag(now)
    facts = {
        "dead": [(one, masked(one), texts.MESSAGES.get(one.template, one.template)) for one in found[:PAGE]],
        "more": len(found) > PAGE,
        "aside": _set_aside(request),
        "waiting": Message.objects.filter(state=Message.State.WAITING).count(),
        "minutes": int(late.total_seconds() // 60),
        "is_late": lag.is_late(late),
        "here": "delivery",
    }
    return render(request, "notifications/dead_letters.html", facts)


def _set_aside(request: HttpRequest) -> list[tuple[SetAside, LogEntry]]:
    rows = {row.entry_id: row for row in SetAside.objects.order_by("-pk")[:PAGE]}
    entries = LogEntry.objects.filter(pk__in=rows, case_id__in=_cases(request).values("pk"))
    return [(rows[entry.pk], entry) for entry in entries.order_by("-pk")]


def _retry(request: HttpRequest) -> HttpResponse:
    """Have one message tried again, or all that a person sees; the agency's log says who did."""
    wanted = _dead(request)
    pk = request.POST.get("message", "")
    if "all" not in request.POST:
        wanted = wanted.filter(pk=int(pk) if pk.isascii() and pk.isdigit() and len(pk) < 19 else 0)
    now, n = clock.now(), 0
    with transaction.atomic():
        for number in list(wanted.values_list("pk", flat=True)[:PAGE]):
            if (message := delivery.retry(number, now)) is not None:
                _record(request, message)
                n += 1
    text = ngettext("%(n)s message is tried again.", "%(n)s messages are tried again.", n) % {"n": n}
    messages.success(request, text)
    return redirect("notifications:dead-letters")


def _record(request: HttpRequest, message: Message) -> None:
    agency = Agency.objects.get(cases=message.case_id)
    name, key = f"agency:{agency.slug}", str(message.key)
    chain.append(name, "message_retried", actor=person(request), agency_id=agency.pk, case=message.code, message=key)


def masked(message: Message) -> str:
    """Return enough of an address for its owner to be asked about it, and not the address."""
    if message.channel == Channel.SMS:
        return "…" + message.recipient[-3:]
    name, _at, host = message.recipient.partition("@")
    return f"{name[:1]}…@{host}"


@administrator
@require_safe
def templates(request: HttpRequest) -> HttpResponse:
    """Return every message as its readers get it, about an invented case, on every way and in every language."""
    name = request.GET.get("tin", "") or next(iter(texts.MESSAGES))
    if name not in texts.MESSAGES:
        raise Http404
    labels = dict(Channel.choices)
    shown = [
        (language, label, labels[way], *_shown(name, way, language))
        for way in texts.ways(name)
        if way != Channel.IN_APP
        for language, label in settings.LANGUAGES
    ]
    facts = {"names": texts.MESSAGES.items(), "name": name, "label": texts.MESSAGES[name], "shown": shown}
    return render(request, "notifications/templates.html", {**facts, "here": "delivery"})


def _shown(name: str, way: str, language: str) -> tuple[str, str]:
    """Return subject and body of a text; one that goes to a phone has no subject."""
    subject, body = texts.preview(name, way, language)
    return "" if way == Channel.SMS else subject, body


def _given_up(request: HttpRequest) -> int | None:
    return _dead(request).count() if _paths(request) else None


TAB = Tab("delivery", "/quan-tri/thu-gui/", gettext_lazy("Delivery"), _given_up)
