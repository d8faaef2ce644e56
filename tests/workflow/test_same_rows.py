"""SQLite and PostgreSQL keep the same rows of the same life: both are held against one file.

A changed row is looked at by a person, who then changes it in `tests/data/life.json`.
"""

import json
from datetime import date, datetime
from pathlib import Path

import pytest

from tests import lives
from workflow import escalation
from workflow.clock import LEGAL_ZONE
from workflow.models import Alarm, Case, Deadline, Disclosure, Document, LogEntry, Outbox

pytestmark = pytest.mark.django_db

EXPECTED = Path(__file__).resolve().parent.parent / "data" / "life.json"
LIFE = (
    # act                   day                 who
    ("request_supplement",  "2026-10-06 09:00", "receiver"),
    ("supplement",          "2026-10-08 09:00", "requester"),
    ("accept",              "2026-10-09 10:00", "head"),
    ("withdraw_part",       "2026-10-12 10:00", "requester"),
    ("extend",              "2026-10-19 10:00", "explainer"),
    ("suspend",             "2026-10-20 10:00", "head"),
    ("resume",              "2026-10-26 10:00", "head"),
    ("complain_open",       "2026-10-27 10:00", "requester"),
    ("sign",                "2026-11-02 10:00", "head"),
    ("send",                "2026-11-02 15:00", "clerk"),
    ("record_receipt",      "2026-11-05 15:00", "clerk"),
    ("complain",            "2026-11-06 15:00", "requester"),
    ("explain_again",       "2026-11-20 15:00", "superior"),
    ("terminate",           "2026-11-23 15:00", "head"),
    ("close",               "2026-11-25 15:00", "officer"),
)  # fmt: skip
DIFFER = {"id", "head", "hash", "secret_hash", "code", "chain", "salt", "digest", "added_at", "canonical", "actor",
          "appointment", "case_ptr_id", "case_id", "agency_id", "entry_id", "deadline_id", "user_id"}  # fmt: skip


def plain(value):
    """Return a value as JSON writes it."""
    if isinstance(value, datetime):
        return value.astimezone(LEGAL_ZONE).isoformat()
    return value.isoformat() if isinstance(value, date) else value


def kept(model, **more):
    """Return a table's rows, in the order they were written, but for what is drawn by lot or counted anew."""
    return [
        {name: plain(value) for name, value in row.items() if name not in DIFFER}
        | {key: of(row) for key, of in more.items()}
        for row in model.objects.order_by("pk").values()
    ]


def data_of(row):
    """Return what an entry recorded, without commitments, ids and digests."""
    return cleaned(LogEntry.objects.get(pk=row["id"]).data)


def cleaned(value):
    match value:
        case {"commitment": _}:
            return "committed"
        case dict():
            drawn = ("digest", "document", "user", "responsible")
            return {key: cleaned(item) for key, item in value.items() if key not in drawn}
        case list():
            return [cleaned(item) for item in value]
    return value


def place(row):
    """Return the period an alarm belongs to, and the entry that started it."""
    deadline = Deadline.objects.get(pk=row["deadline_id"])
    return f"{deadline.rule}@{deadline.started_seq}"


def entry(row):
    """Return the number of the entry a row belongs to."""
    return LogEntry.objects.get(pk=row["entry_id"]).seq


def by_text(rows):
    return sorted(rows, key=lambda row: json.dumps(row, sort_keys=True))


def test_both_databases_keep_the_same_rows():
    office = lives.Office()
    case = lives.filed(office, "2026-10-05 09:00", **lives.WRITTEN)
    for act, at, who in LIFE:
        with lives.on(at):
            escalation.sweep(lives.local(at))
        lives.act(office, case, act, at, who)
    found = {
        "case": kept(Case),
        "request": kept(type(case)),
        "entries": kept(LogEntry, data=data_of),
        "outbox": kept(Outbox, entry=entry),
        "disclosures": by_text(kept(Disclosure, entry=entry)),
        "deadlines": kept(Deadline),
        "alarms": by_text(kept(Alarm, deadline=place)),
        "documents": kept(Document),
    }
    found = json.loads(json.dumps(found))
    expected = json.loads(EXPECTED.read_text(encoding="utf-8"))
    for table, rows in found.items():
        assert rows == expected[table], table
