"""The register of complaints as rows, for the national database of complaints (NĐ155 Đ.13)."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from datetime import date
from typing import Any, TextIO

from procedures.complaint.models import FirstComplaint, SecondComplaint
from procedures.complaint.shared import Complaint
from workflow.clock import legal_day

COLUMNS = (
    "code", "instance", "agency", "received_on", "late", "complainant", "address", "id_number", "object", "attacked",
    "earlier", "law", "remote", "complex", "state", "accept_due", "decide_due", "decided_on", "conclusion", "outcome",
    "in_force_on", "published_on", "appealed", "sued_on",
)  # fmt: skip
RISKY = ("=", "+", "-", "@", "\t", "\r")
"""A cell that begins so would be run as a formula by a spreadsheet."""


def write(to: TextIO, since: date | None = None, until: date | None = None) -> int:
    """Write the complaints received within some days as CSV; return how many.

    since, until: legal days, both included
    """
    writer = csv.writer(to)
    writer.writerow(COLUMNS)
    n = 0
    for row in rows(since, until):
        writer.writerow([_cell(row[name]) for name in COLUMNS])
        n += 1
    return n


def rows(since: date | None, until: date | None) -> Iterator[dict[str, Any]]:
    """Yield one row for each complaint, in the order in which they were received."""
    found: list[Any] = []
    for model in (FirstComplaint, SecondComplaint):
        found += model._default_manager.select_related("agency", "attacked", "earlier").order_by("pk")
    for case in sorted(found, key=lambda one: (one.opened_at, one.pk)):
        received = legal_day(case.opened_at)
        if (since is None or since <= received) and (until is None or received <= until):
            yield _row(case, received)


def _row(case: Complaint, received: date) -> dict[str, Any]:
    dues = {rule: one.due_on for rule in ("accept", "decide") if (one := case.clock(rule))}
    own = ("late", "id_number", "object", "remote", "state", "decided_on", "conclusion", "outcome", "in_force_on")
    return {
        **{name: getattr(case, name) for name in (*own, "published_on", "appealed", "sued_on", "code", "instance")},
        "agency": case.agency.name,
        "received_on": received,
        "complainant": case.requester.get("name", ""),
        "address": case.requester.get("address", ""),
        "attacked": case.attacked.code if case.attacked else "",
        "earlier": case.earlier.code if case.earlier else "",
        "law": case.law_version,
        "complex": ";".join(case.complexity),
        "accept_due": dues.get("accept"),
        "decide_due": dues.get("decide"),
    }


def _cell(value: Any) -> str:
    match value:
        case None:
            return ""
        case bool():
            return str(int(value))
        case date():
            return value.isoformat()
        case _:
            text = str(value)
            return f"'{text}" if text.startswith(RISKY) else text
