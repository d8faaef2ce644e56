"""From the engine's outbox to messages: each row once, each with its messages and its legal notice, or none of it."""

from __future__ import annotations

import logging
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import F
from django.utils import translation

from notifications import notices
from notifications.models import Channel, Message, SetAside
from notifications.readers import Directory, Reader, readers
from notifications.texts import facts_of, office_path, written
from workflow import store
from workflow.models import Case, LogEntry, Outbox

log = logging.getLogger(__name__)

BATCH = 200
PAUSE = timedelta(minutes=1)
"""How long a row rests that could not be told; doubled at every further try, up to a day."""
LONGEST_PAUSE = timedelta(days=1)
GIVEN_UP = 8
"""Tries after which a row counts as given up, though it is still tried once a day."""


@transaction.atomic
def fan_out(at: datetime) -> int:
    """Write the messages of the next rows of the outbox; returns how many rows were looked at.

    May run in any number of processes and again after a crash: a row is taken with its messages or not at all, and
    nobody is told twice. A row that cannot be told is set aside, seen by administrators, and tried again later.
    """
    resting = SetAside.objects.filter(next_try_at__gt=at).values("outbox_id")
    waiting = Outbox.objects.filter(taken_at__isnull=True).exclude(pk__in=resting)
    rows = list(waiting.select_for_update(skip_locked=True, of=("self",)).order_by("id")[:BATCH])
    entries = {entry.pk: entry for entry in LogEntry.objects.filter(pk__in=[row.entry_id for row in rows])}
    of_cases = {entry.case_id for entry in entries.values() if entry.case_id}
    cases = {case.pk: case for case in Case.objects.select_related("agency").filter(pk__in=of_cases)}
    people, done = Directory(at), []
    for row in rows:
        entry = entries.get(row.entry_id)
        try:
            if entry is not None and entry.case_id in cases:
                tell(entry, cases[entry.case_id], people, at)
        except Exception as error:
            _set_aside(row, error, at)
        else:
            done.append(row.pk)
    Outbox.objects.filter(pk__in=done).update(taken_at=at)
    SetAside.objects.filter(outbox_id__in=done).delete()
    return len(rows)


@transaction.atomic
def tell(entry: LogEntry, case: Case, people: Directory, at: datetime) -> None:
    """Write the messages of one entry, and the legal notice it makes or proves; may run twice, writes once."""
    full, data = store.load(case), entry.data
    full.agency = case.agency
    notices.follow(entry, full, data)
    seen: dict[tuple[str, str], Message] = {}
    for reader in readers(entry, full, data, people):
        if (reader.way, reader.recipient) not in seen:
            seen[reader.way, reader.recipient] = _message(reader, entry, full, at)
    Message.objects.bulk_create(seen.values(), ignore_conflicts=True)


def _message(reader: Reader, entry: LogEntry, case: Case, at: datetime) -> Message:
    on_page = reader.way == Channel.IN_APP
    with translation.override(reader.language):
        facts = facts_of(entry, case, entry.data, reader.role)
        if on_page:
            facts["office_link"] = ""  # the page has a button
        subject, body = written(reader.template, reader.way, reader.language, facts)
    return Message(
        entry_id=entry.pk,
        case_id=case.pk,
        code=case.code,
        channel=reader.way,
        template=reader.template,
        language=reader.language,
        recipient=reader.recipient,
        reader_id=reader.user_id,
        path=office_path(case.code, reader.role) if reader.user_id else "",
        subject=subject,
        body=body,
        state=Message.State.SENT if on_page else Message.State.WAITING,
        due_at=at,
        next_try_at=at,
        sent_at=at if on_page else None,
    )


def _set_aside(row: Outbox, error: Exception, at: datetime) -> None:
    """Note why a row could not be told, and when it is tried again."""
    log.error("entry %s could not be told; it is set aside", row.entry_id, exc_info=error)
    why = f"{type(error).__name__}: {error}"[:300]
    found, new = SetAside.objects.get_or_create(
        outbox_id=row.pk, defaults={"entry_id": row.entry_id, "why": why, "next_try_at": at + PAUSE}
    )
    if not new:
        rest = min(PAUSE * 2 ** min(found.attempts, 10), LONGEST_PAUSE)
        SetAside.objects.filter(pk=found.pk).update(attempts=F("attempts") + 1, why=why, next_try_at=at + rest)
