"""The breach register: opened by silence, closed by the late act, annotated when a date moves; read from the log.

Neither the sweep nor `fire()` knows of it: `read_log` follows the log in its order, and `follow` may see an entry any
number of times. What the register cites stands in the procedure's law. Law file 9.1.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import date, timedelta
from itertools import islice
from typing import Any

from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils.translation import gettext_lazy as _

from workflow import clock, following, registry, reprojection
from workflow.actors import SYSTEM, Actor
from workflow.calendar import CALENDAR_DAY, Calendar, Counting, Period, due
from workflow.clock import legal_day
from workflow.errors import WorkflowError
from workflow.law import LawVersion
from workflow.ledger import canonical, chain
from workflow.models import Appointment, Breach, BreachNote, Case, Deadline, LogEntry, User
from workflow.permissions import HEAD, INSPECTOR
from workflow.reprojection import Table
from workflow.store import Post

READER = "breaches"
BATCH = 500
SILENCE = "alarm:silence"
Kind = BreachNote.Kind


# from the log ----------------------------------------------------------------------------------------------------


def read_log() -> int:
    """Follow every entry that has not been followed; returns how many."""
    return following.read_log(READER, _follow_all)


def _follow_all(entries: list[LogEntry]) -> None:
    cases = Case.objects.select_related("agency").in_bulk({one.case_id for one in entries if one.case_id})
    for entry in entries:
        if entry.case_id in cases:
            follow(entry, cases[entry.case_id])


def follow(entry: LogEntry, case: Case | None = None) -> None:
    """Let the register follow one entry of a case's chain; doing it again changes nothing.

    Silence opens a breach; a late act closes it, and opens it first where no silence was heard; an entry that moves
    the date annotates it.
    """
    if entry.case_id is None:
        return
    case = case or Case.objects.select_related("agency").get(pk=entry.case_id)
    data = entry.data
    if entry.transition == SILENCE:
        _silence(entry, case, data)
    for fact in data.get("clocks", ()):
        _fact(entry, case, fact)


def _silence(entry: LogEntry, case: Case, data: Mapping[str, Any]) -> None:
    """Open the breach of a clock of the office, or note that it was silent again."""
    if data["clock"] not in registry.get(case.procedure_name).office_periods:
        return
    last = date.fromisoformat(data["due"])
    breach, is_new = _opened(entry, case, data["clock"], data["since"], last, data.get("responsible", {}))
    if not is_new and entry.seq > breach.opened_seq and breach.effective_on == last:
        noted = breach.notes.filter(seq=entry.seq).exists()
        if not noted and (breach.undone or breach.standing_on):
            _note(breach, Kind.AGAIN, entry.at, due_on=last, seq=entry.seq)
            Breach.objects.filter(pk=breach.pk).update(undone=False)


def _opened(
    entry: LogEntry, case: Case, rule: str, since: int, last: date, responsible: Mapping[str, Any]
) -> tuple[Breach, bool]:
    return Breach.objects.get_or_create(
        case_id=case.pk,
        rule=rule,
        started_seq=since,
        defaults={
            "agency_id": responsible.get("agency") or entry.agency_id or case.agency_id,
            "law_version": entry.law_version or case.law_version,
            "due_on": last,
            "opened_seq": entry.seq,
            "head_id": responsible.get("head"),
            "handler_id": responsible.get("handler"),
        },
    )


def _fact(entry: LogEntry, case: Case, fact: Mapping[str, Any]) -> None:
    """Follow one fact of a clock."""
    if fact["clock"] not in registry.get(case.procedure_name).office_periods:
        return
    event, last = fact["event"], date.fromisoformat(fact["due"]) if fact.get("due") else None
    if event == "stopped" and not fact["kept"] and last is not None:
        # the act came before silence could be heard: it is late all the same
        _opened(entry, case, fact["clock"], fact["since"], last, _responsible(case, last))
    breach = Breach.objects.filter(case_id=case.pk, rule=fact["clock"], started_seq=fact["since"]).first()
    if breach is None or entry.seq < breach.opened_seq:
        return
    if event == "stopped" and breach.closed_seq is None:
        Breach.objects.filter(pk=breach.pk).update(
            actual_on=date.fromisoformat(fact["on"]), closed_seq=entry.seq, act=entry.transition
        )
    elif event == "revived" and breach.closed_seq is not None and entry.seq > breach.closed_seq:
        if not breach.notes.filter(seq=entry.seq).exists():
            _note(breach, Kind.REVIVED, entry.at, due_on=last, seq=entry.seq)
            Breach.objects.filter(pk=breach.pk).update(standing_on=last)
    elif event == "recomputed" and last is not None and last != breach.effective_on:
        _moved(breach, last, legal_day(entry.at), entry)


def _moved(breach: Breach, last: date, on: date, entry: LogEntry) -> None:
    """Note that the last day of an open breach was moved: it may be undone, never deleted."""
    if breach.notes.filter(seq=entry.seq).exists():
        return
    undone = (breach.actual_on or on) <= last
    _note(breach, Kind.UNDONE if undone else Kind.MOVED, entry.at, due_on=last, seq=entry.seq)
    Breach.objects.filter(pk=breach.pk).update(standing_on=last, undone=undone)


def _note(breach: Breach, kind: str, at: Any, **facts: Any) -> None:
    BreachNote.objects.create(breach=breach, kind=kind, at=at, **facts)


def _responsible(case: Case, on: date) -> dict[str, Any]:
    """Return who answered for an office on a day, where no entry of silence says it."""
    heads = Appointment.objects.filter(agency_id=case.agency_id, role=HEAD, starts_on__lte=on).order_by("-starts_on")
    return {
        "agency": case.agency_id,
        "head": heads.values_list("user_id", flat=True).first(),
        "handler": case.handler_id,
    }


# closed breaches and later editions ------------------------------------------------------------------------------


def timely_under(table: Table) -> Iterator[tuple[Breach, date]]:
    """Yield the closed breaches whose act is in time by another table, with the last day it gives."""
    closed = Breach.objects.filter(actual_on__isnull=False, undone=False, due_on__gte=table.first)
    if table.path:
        closed = closed.filter(case__agency__path__startswith=table.path)
    found = closed.select_related("case__agency").order_by("pk").iterator(BATCH)
    while some := list(islice(found, BATCH)):
        stopped = Deadline.objects.filter(case_id__in={one.case_id for one in some}, state=Deadline.State.STOPPED)
        clocks = {(row.case_id, row.rule, row.started_seq): reprojection.clock_of(row) for row in stopped}
        for breach in some:
            clock_of = clocks.get((breach.case_id, breach.rule, breach.started_seq))
            if clock_of is None or breach.actual_on is None:
                continue
            counting = registry.get(breach.case.procedure_name).counting or Counting()
            last = clock_of.compute(table.of(breach.case), counting).on
            if last != breach.effective_on and breach.actual_on <= last:
                yield breach, last


def review(table: Table) -> int:
    """Annotate the closed breaches that an edition undoes, each with an entry in its agency's chain."""
    n = 0
    for breach, last in list(timely_under(table)):
        if breach.notes.filter(calendar=table.version, kind=Kind.UNDONE).exists():
            continue
        _note(breach, Kind.UNDONE, clock.now(), due_on=last, calendar=table.version)
        Breach.objects.filter(pk=breach.pk).update(standing_on=last, undone=True)
        _log("breach_annotated", breach, edition=table.version, due=last.isoformat())
        n += 1
    return n


# what it says ----------------------------------------------------------------------------------------------------


def days_late(breach: Breach, calendar: Calendar, today: date) -> int:
    """Return the working days after the last day up to the act, or up to today while it is owed; 0 if undone."""
    if breach.undone:
        return 0
    return working_days(breach.effective_on, breach.actual_on or today, breach.case, calendar)


def working_days(after: date, until: date, case: Case, calendar: Calendar) -> int:
    """Return the working days after a day up to another, as the case's procedure counts the week (A3)."""
    week = registry.get(case.procedure_name).week
    return sum(calendar.works(day, week) for day in range(after.toordinal() + 1, until.toordinal() + 1))


def law_of(breach: Breach) -> LawVersion:
    """Return the law version the breach is judged by."""
    return registry.get(breach.case.procedure_name).version(breach.law_version)


def articles(breach: Breach) -> list[str]:
    """Return the articles of discipline: for lateness; and for not performing it at all, while it is still owed."""
    law, keys = law_of(breach), ["breach_late"]
    if breach.is_open:
        keys.append(f"breach_never_{breach.rule}")
    return [law.cites[key] for key in keys if key in law.cites]


def discipline_limits(breach: Breach, calendar: Calendar) -> list[date]:
    """Return the last days for discipline, the ordinary one and that of a complex matter.

    Counted from the first day of silence. The period is that of the procedure's law.
    """
    law, start = law_of(breach), breach.effective_on + timedelta(days=1)
    counting = registry.get(breach.case.procedure_name).counting or Counting()
    found = []
    for key in ("discipline_days", "discipline_days_complex"):
        if days := law.values.get(key):
            found.append(
                due(Period(days, CALENDAR_DAY, law.cites.get("discipline", "")), start, calendar, counting=counting).on
            )
    return found


class CannotExplain(WorkflowError):
    """Only who answers for a breach may explain it, and only once."""

    message = _("Only the person who answers for this breach may explain it, once, and in words.")


def may_explain(breach: Breach, user: User) -> bool:
    """Return whether a person may still explain this breach: the head or the handler of that day, once."""
    return not breach.explained_at and user.is_active and user.pk in (breach.head_id, breach.handler_id)


@transaction.atomic
def explain(breach: Breach, text: str, *, by: User) -> None:
    """Keep the explanation of who answers for a breach, with a commitment to it in the agency's chain.

    Raises CannotExplain for anybody else, and the second time.
    """
    found = Breach.objects.select_for_update(of=("self",)).select_related("case").get(pk=breach.pk)
    if not may_explain(found, by) or not text.strip():
        raise CannotExplain
    salt = canonical.salt()
    Breach.objects.filter(pk=found.pk).update(
        explanation=text.strip(), explanation_salt=salt, explained_by=by, explained_at=clock.now()
    )
    _log("breach_explained", found, by=by, commitment=canonical.commitment(canonical.encode(text.strip()), salt))


def _log(event: str, breach: Breach, by: Actor = SYSTEM, **data: Any) -> None:
    case = breach.case
    chain.append(
        f"agency:{case.agency.slug}", event, actor=by, agency_id=case.agency_id,
        case=case.code, rule=breach.rule, since=breach.started_seq, **data,
    )  # fmt: skip


def visible(user: User, posts: Iterable[Post]) -> QuerySet[Breach]:
    """Return the breaches a person may see: a head the agency's, an inspector the subtree's, anybody their own."""
    wanted = Q(head=user) | Q(handler=user)
    for post in posts:
        if post.role == INSPECTOR:
            wanted |= Q(agency__path__startswith=post.path)
        elif post.role == HEAD:
            wanted |= Q(agency_id=post.agency_id)
    return Breach.objects.filter(wanted).select_related("case__agency", "agency").order_by("-due_on", "-pk")
