"""From the engine's outbox to messages: who is told of an entry, and in which words."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from django.conf import settings
from django.db import transaction
from django.db.models import Q
from django.template.loader import render_to_string
from django.utils import translation

from notifications.models import Message
from workflow import clock, registry
from workflow.models import Agency, Appointment, Case, LogEntry, Outbox

BATCH = 200
LANGUAGE = "vi"
ALARM = "alarm:"


@transaction.atomic
def fan_out(at: datetime) -> int:
    """Write the messages of the next rows of the outbox; returns how many rows were taken.

    May run in any number of processes and again after a crash: a row is taken with its messages or not at all, and
    nobody is told twice.
    """
    rows = list(Outbox.objects.select_for_update(skip_locked=True).filter(taken_at__isnull=True).order_by("id")[:BATCH])
    entries = {entry.pk: entry for entry in LogEntry.objects.filter(pk__in=[row.entry_id for row in rows])}
    cases = {case.pk: case for case in Case.objects.filter(pk__in={e.case_id for e in entries.values() if e.case_id})}
    messages: list[Message] = []
    for row in rows:
        entry = entries[row.entry_id]
        if entry.case_id in cases:
            messages += messages_for(entry, cases[entry.case_id], at)
    Message.objects.bulk_create(messages, ignore_conflicts=True)
    Outbox.objects.filter(pk__in=[row.pk for row in rows]).update(taken_at=at)
    return len(rows)


def messages_for(entry: LogEntry, case: Case, at: datetime) -> Iterator[Message]:
    """Yield one message for each person who is to be told of an entry."""
    from workflow.store import load

    full = load(case)
    for recipient, template in recipients(entry, full):
        with translation.override(LANGUAGE):
            text = render_to_string(f"notifications/{template}.txt", context(entry, full))
        subject, _, body = text.strip().partition("\n")
        yield Message(entry_id=entry.pk, recipient=recipient, subject=subject, body=body.strip() + "\n", next_try_at=at)


def recipients(entry: LogEntry, case: Case) -> Iterator[tuple[str, str]]:
    """Yield (address, template) for everybody who is told: the requester of acts, the rung's people of an alarm."""
    if not entry.transition.startswith(ALARM):
        if entry.actor != "requester" and case.contact_email:
            yield case.contact_email, "requester_act"
        return
    tells = entry.data["tells"]
    if "requester" in tells and case.contact_email:
        yield case.contact_email, "requester_silence"
    for address in dict.fromkeys(_staff(case, tells)):
        yield address, "staff_alarm"


def _staff(case: Case, tells: list[str]) -> Iterator[str]:
    agency = Agency.objects.get(pk=case.agency_id)
    above = Agency.objects.get_parent(agency)
    places = {
        "officer": Q(role="officer", agency=agency),
        "head": Q(role="head", agency=agency),
        "superior": Q(role="head", agency=above),
        "inspectorate": Q(role="inspector", agency__in=Agency.objects.get_ancestors(agency)),
    }
    today = clock.legal_day(clock.now())
    in_office = Q(starts_on__lte=today) & (Q(ends_on__isnull=True) | Q(ends_on__gte=today))
    for role in tells:
        if role in places and not (role == "superior" and above is None):
            held = Appointment.objects.filter(in_office, places[role], user__is_active=True).exclude(user__email="")
            yield from held.values_list("user__email", flat=True)


def context(entry: LogEntry, case: Case) -> dict[str, object]:
    """Return what a message may say: the case by its code, the act, the deadline; nobody's name or address."""
    declared = registry.get(case.procedure_name)
    rule = declared.rules.get(entry.transition)
    data = entry.data
    period = case.law.periods.get(str(data.get("clock", "")))
    due = data.get("due")
    return {
        "code": case.code,
        "title": rule.title if rule else "",
        "state": declared.states.get(entry.target, entry.target),
        "law": data.get("law", ""),
        "agency": case.agency.name,
        "hotline": case.agency.hotline,
        "period": period.label if period else "",
        "due": datetime.fromisoformat(due).date() if due else None,
        "link": f"{settings.SITE_URL}/theo-doi/?code={case.code}",
        "office_link": f"{settings.SITE_URL}/van-phong/ho-so/{case.code}/",
    }
