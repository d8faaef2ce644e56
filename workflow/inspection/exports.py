"""Lists that an inspector takes along; that they did is recorded in the security chain."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date
from typing import Any

from django.db.models import QuerySet
from django.utils.translation import gettext as _

from workflow import breaches, calendars
from workflow.clock import legal_day
from workflow.inspection.pages import log_rows
from workflow.ledger import chain
from workflow.models import Breach, Deadline, LogEntry, User
from workflow.security.places import home_of
from workflow.spreadsheets import Row

MOST = 50_000
"""Rows of one file: what a spreadsheet opens without complaint."""
CHUNK = 500


def note(what: str, n: int, by: User, chosen: dict[str, str], **more: Any) -> None:
    """Record that somebody took a list along; `chosen` says what it was searched by."""
    chain.append(
        chain.SECURITY, "exported", actor=by, agency_id=home_of(by.pk), list=what, rows=n, chosen=chosen, **more
    )


def log_heading() -> list[str]:
    """Return the columns of the log."""
    return [
        _("Chain"), _("No."), _("Legal time"), _("Recorded"), _("Case"), _("Act"), _("Citation"), _("Who"),
        _("Entered for"), _("From state"), _("To state"), _("Law version"), _("Own act"), _("Hash"),
    ]  # fmt: skip


def log_lines(entries: QuerySet[LogEntry]) -> Iterator[Row]:
    """Yield the entries of a search, a few queries for every chunk."""
    ids = list(entries.values_list("pk", flat=True)[:MOST])
    for start in range(0, len(ids), CHUNK):
        found = LogEntry.objects.in_bulk(ids[start : start + CHUNK])
        for row in log_rows([found[pk] for pk in ids[start : start + CHUNK]]):
            one = row.entry
            yield [
                one.chain, one.seq, one.at, one.recorded_at, row.code, row.title, row.cite, row.who,
                one.on_behalf_of, row.source, row.target, one.law_version, _("yes") if one.own_act else "", one.hash,
            ]  # fmt: skip


def overdue_heading() -> list[str]:
    """Return the columns of the list of late cases."""
    return [_("Case"), _("Agency"), _("Period"), _("Last day"), _("Working days late")]


def overdue_lines(clocks: Iterable[Deadline], today: date) -> Iterator[Row]:
    """Yield the running clocks of the offices that have passed."""
    calendar = calendars.in_force()
    for one in clocks:
        assert one.due_on is not None
        late = breaches.working_days(one.due_on, today, one.case, calendar)
        yield [one.case.code, one.case.agency.name, label(one), one.due_on.isoformat(), late]


def label(clock: Deadline) -> str:
    """Return what the law calls the period behind a clock."""
    from workflow import registry

    period = registry.get(clock.case.procedure_name).version(clock.law_version).periods[clock.rule]
    return str(period.label or clock.rule)


def breach_heading() -> list[str]:
    """Return the columns of the breach register."""
    return [
        _("Case"), _("Agency"), _("Period"), _("Last day"), _("Done on"), _("Working days late"),
        _("Head of the agency"), _("Handler"), _("Articles"), _("Explained"),
    ]  # fmt: skip


def breach_lines(found: QuerySet[Breach], today: date) -> Iterator[Row]:
    """Yield the breaches of a register."""
    calendar = calendars.in_force()
    for one in found.select_related("head", "handler")[:MOST]:
        period = breaches.law_of(one).periods.get(one.rule)
        yield [
            one.case.code, one.agency.name, str(period.label or one.rule) if period else one.rule,
            one.effective_on.isoformat(), one.actual_on.isoformat() if one.actual_on else "",
            breaches.days_late(one, calendar, today), str(one.head or ""), str(one.handler or ""),
            "; ".join(breaches.articles(one)),
            legal_day(one.explained_at).isoformat() if one.explained_at else "",
        ]  # fmt: skip
