"""Who with an account has opened a case or one of its documents: an entry in the agency's chain, once an hour each.

In the agency's chain and not in the case's, so that reading a page never waits for the lock of a case.
"""

from __future__ import annotations

from typing import Any

from workflow import clock
from workflow.ledger import chain
from workflow.models import Case, Document, LogEntry, User

VIEWED, INSPECTED, PAPER = "viewed", "inspected", "paper_opened"


def note(event: str, case: Case, user: User, document: Document | None = None) -> None:
    """Leave an entry that a person has seen who asks, or what a document says; `case.agency` is loaded."""
    name, now = f"agency:{case.agency.slug}", clock.now()
    hour = now.replace(minute=0, second=0, microsecond=0)
    what: dict[str, Any] = {"case": case.code} | ({"document": document.pk} if document else {})
    lately = LogEntry.objects.filter(
        chain=name, agency_id=case.agency_id, transition=event, actor=f"user:{user.pk}", at__gte=hour
    )
    if not any(what.items() <= entry.data.items() for entry in lately):
        chain.append(name, event, actor=user, agency_id=case.agency_id, **what)
