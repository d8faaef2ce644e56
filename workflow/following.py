"""Following the log behind everybody's back: registers that neither an act nor the sweep pays for.

Each follower is a `LogReader` row with a name. It sees every entry in the order of its id, may see one again, and
never misses one that a slow transaction brings late.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Q

from workflow import clock
from workflow.models import LogEntry, LogReader

BATCH = 500
GAP_LASTS = timedelta(hours=1)
"""How long an id that is missing from the log is looked for: longer than any transaction lasts."""

Follow = Callable[[list[LogEntry]], None]


def read_log(name: str, follow: Follow) -> int:
    """Let a follower see every entry it has not seen; returns how many. One reader of a name at a time.

    follow: takes some entries in order of id; seeing one again must change nothing
    """
    LogReader.objects.get_or_create(name=name)
    total = 0
    while n := _read_batch(name, follow):
        total += n
    return total


@transaction.atomic
def _read_batch(name: str, follow: Follow) -> int:
    """Follow the next entries.

    Ids are given before a transaction ends, so a smaller one may appear later than a greater: what is missing is
    remembered and looked for again until no transaction can still bring it.
    """
    reader = LogReader.objects.select_for_update(skip_locked=True).filter(name=name).first()
    if reader is None:
        return 0
    now = clock.now()
    unread = Q(pk__gt=reader.entry_id) | Q(pk__in=map(int, reader.gaps))
    found = list(LogEntry.objects.filter(unread).order_by("pk")[:BATCH])
    last, long_ago = reader.entry_id, now - GAP_LASTS
    gaps = {pk: since for pk, since in reader.gaps.items() if datetime.fromisoformat(since) > long_ago}
    for entry in found:
        gaps.pop(str(entry.pk), None)
        if entry.recorded_at > long_ago:
            gaps |= {str(pk): now.isoformat() for pk in range(last + 1, entry.pk)}
        last = max(last, entry.pk)
    follow(found)
    if (last, gaps) != (reader.entry_id, reader.gaps):
        LogReader.objects.filter(pk=reader.pk).update(entry_id=last, gaps=gaps)
    return len(found)
