"""What the inspector's pages show: rows of a log, and one case told entry by entry."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Any

from django.db.models import Max
from django.utils.translation import gettext as _

from workflow import clock, histories, registry, store
from workflow.calendar import Calendar
from workflow.documents import is_intact
from workflow.inspection.scope import Names
from workflow.ledger import canonical
from workflow.ledger.chain import Failure, case_failures, disclosure_failures
from workflow.models import CalendarVersion, Case, Disclosure, Document, Finding, LogEntry, User
from workflow.opened import Fact, Reader
from workflow.presentation import Happening, day, due_lines, timeline


@dataclass(frozen=True, slots=True)
class Cursor:
    """A place in a list that runs from the newest entry to the oldest."""

    at: datetime
    pk: int

    def __str__(self) -> str:
        """Return it as a link carries it."""
        return f"{canonical.instant(self.at)}~{self.pk}"

    @classmethod
    def read(cls, text: str) -> Cursor | None:
        """Return the place behind a link's text, or None if it is none."""
        at, _tilde, pk = text.partition("~")
        try:
            moment = datetime.fromisoformat(at)
            return cls(moment, int(pk)) if moment.tzinfo else None
        except ValueError:
            return None


@dataclass(frozen=True)
class Row:
    """One entry in a list: what, who, on which case."""

    entry: LogEntry
    title: str
    cite: str
    who: str
    code: str
    source: str
    target: str
    is_far: bool


def log_rows(entries: list[LogEntry]) -> list[Row]:
    """Return entries of any chain as rows, in their order; a fixed number of queries."""
    names, calendar = Names.of(entries), _calendar()
    found = Case.objects.in_bulk([entry.case_id for entry in entries if entry.case_id])
    return [_row(entry, found.get(entry.case_id or 0), names, calendar) for entry in entries]


def _row(entry: LogEntry, case: Case | None, names: Names, calendar: Calendar) -> Row:
    if case is None:
        return Row(entry, _event(entry), "", _who(entry, names), str(entry.data.get("case", "")), "", "", False)
    told = timeline(case, [entry])[0]
    source, target = _states(case, entry)
    far = is_far(entry, calendar, registry.get(case.procedure_name).week)
    return Row(entry, told.title, told.cite, _who(entry, names), case.code, source, target, far)


def _event(entry: LogEntry) -> str:
    """Return what happened in a chain that is not a case's."""
    known = {
        "inspected": _("Case opened by an inspector"),
        "viewed": _("Case opened by an official"),
        "paper_opened": _("Document opened"),
        "assigned": _("Case assigned"),
        "held": _("Case kept from being erased"),
        "released": _("Case no longer kept from being erased"),
        "sample_drawn": _("Random sample drawn"),
        "sample_loaded": _("Sample loaded, lived on a simulated clock"),
        "law_confirmed": _("Law version confirmed"),
        "calendar_proposed": _("Edition of the calendar proposed"),
        "calendar_published": _("Edition of the calendar published"),
        "calendar_declined": _("Proposal for the calendar declined"),
        "closure_proposed": _("Local closure recorded"),
        "closure_confirmed": _("Local closure confirmed"),
        "breach_explained": _("Breach explained by who answers for it"),
        "breach_annotated": _("Breach annotated"),
        "notice_delivered": _("Delivery of a document proven"),
        "message_retried": _("Message that was given up tried again"),
        "appointed": _("Power given by appointment"),
        "appointment_ended": _("Appointment ended"),
        "delegated": _("Power delegated"),
        "delegation_ended": _("Delegation ended"),
        "handed_over": _("Everything a person held handed over"),
        "reassigned": _("Case or task given to another person"),
        "exported": _("Log exported"),
        "correction_proposed": _("Correction of the date of receipt proposed"),
        "correction_declined": _("Correction of the date of receipt declined"),
        "refused": _("Refused attempt"),
    }
    return known.get(entry.transition, entry.transition)


def _who(entry: LogEntry, names: Names) -> str:
    person = names.person(entry.actor)
    return str(person) if person else {"requester": _("requester"), "system": _("the system")}.get(entry.actor, "–")


def _role(case: Case, entry: LogEntry) -> str:
    """Return the capacity of whose act it is: of the person behind it where somebody else entered it."""
    name = str(entry.data.get("role", ""))
    role = registry.get(case.procedure_name).roles.get(name)
    return str(role.label) if role else name or _("the system")


def _states(case: Case, entry: LogEntry) -> tuple[str, str]:
    """Return the states an entry led from and to, as the reader calls them; empty if the case stayed."""
    if entry.source == entry.target:
        return "", ""
    labels = registry.get(case.procedure_name).states
    return str(labels.get(entry.source, "")), str(labels.get(entry.target, entry.target))


def is_far(entry: LogEntry, calendar: Calendar, week: int) -> bool:
    """Return whether an act was recorded more than one working day after it happened; `week` weekdays work (A3)."""
    acted, recorded = clock.legal_day(entry.at), clock.legal_day(entry.recorded_at)
    later = range(acted.toordinal() + 1, recorded.toordinal())
    return any(calendar.works(day, week) for day in later)


def _calendar() -> Calendar:
    return store.calendar(CalendarVersion.objects.aggregate(newest=Max("pk"))["newest"] or 0)


@dataclass(frozen=True)
class Told:
    """One entry of a case's chain with everything behind it."""

    happening: Happening
    person: User | None
    behalf: User | None
    role: str
    decision: str
    source: str
    target: str
    is_far: bool
    facts: list[Fact]
    wrong: list[Failure]

    @property
    def entry(self) -> LogEntry:
        """Return the entry itself."""
        return self.happening.entry

    @cached_property
    def prev(self) -> str:
        """Return the hash of the entry before, as it stands in the hashed bytes."""
        return str(self.entry.form["prev"])


@dataclass(frozen=True)
class Paper:
    """A document and whether it is still what its digest says."""

    document: Document
    is_intact: bool


def case_page(case: Case) -> dict[str, Any]:
    """Return what the page of a case shows; a fixed number of queries."""
    entries = list(LogEntry.objects.filter(chain=case.chain).order_by("seq"))
    documents = list(case.documents.order_by("dated_on", "pk"))
    wrong = case_failures(case, entries) + disclosure_failures(entries)
    told = _told(case, entries, documents, wrong)
    lines = due_lines(case, clock.legal_day(clock.now()))
    return {
        "entries": told,
        "wrong": wrong,
        "terms": histories.of(case, lines, [one.happening for one in told], shadows=True),
        "papers": [Paper(one, is_intact(one)) for one in documents],
        "opened_on": day(clock.legal_day(case.opened_at)) if case.opened_at else "",
    }


def _told(case: Case, entries: list[LogEntry], documents: list[Document], wrong: list[Failure]) -> list[Told]:
    texts: dict[int, dict[str, str]] = {}
    for one in Disclosure.objects.filter(entry__in=[entry.pk for entry in entries]):
        texts.setdefault(one.entry_id, {})[one.name] = one.value
    responsible = [entry.data["responsible"] for entry in entries if "responsible" in entry.data]
    answering = {pk for one in responsible for pk in (one.get("head"), one.get("handler")) if pk}
    names, calendar = Names.of(entries, answering), _calendar()
    people = {pk: str(user) for pk, user in names.users.items()}
    agencies = {case.agency.slug: case.agency.name}
    reader = Reader(case.procedure, case.law, {paper.pk: paper for paper in documents}, people, agencies)
    return [
        Told(
            happening=happening,
            person=names.person(entry.actor),
            behalf=names.person(entry.on_behalf_of),
            role=_role(case, entry),
            decision=names.decisions.get(entry.appointment, ""),
            source=_states(case, entry)[0],
            target=_states(case, entry)[1],
            is_far=is_far(entry, calendar, case.procedure.week),
            facts=reader.facts(entry.data, texts.get(entry.pk, {})),
            wrong=[failure for failure in wrong if failure.seq == entry.seq],
        )
        for entry, happening in zip(entries, timeline(case, entries, papers=documents), strict=True)
    ]


@dataclass(frozen=True)
class Opening:
    """Somebody with an account has opened the case, or one of its documents."""

    at: datetime
    who: str
    by_inspector: bool
    document: Document | None


def openings_of(found: list[Finding]) -> list[Opening]:
    """Return who has opened what when, the latest first."""
    people = User.objects.in_bulk([int(one.actor.removeprefix("user:")) for one in found])
    papers = Document.objects.in_bulk([int(one.detail) for one in found if one.detail])
    return [
        Opening(
            one.at,
            str(people.get(int(one.actor.removeprefix("user:")), one.actor)),
            one.transition == "inspected",
            papers.get(int(one.detail)) if one.detail else None,
        )
        for one in reversed(found)
    ]
