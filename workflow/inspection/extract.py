"""The extract of a case's log for people (trích lục nhật ký hồ sơ): a PDF for a disciplinary file, in Vietnamese.

It tells what the case's page tells the inspector: the acts with their legal and recorded times, who did them by which
decision, deadlines, breaches with their articles, documents with their digests, and where the log stood. What was said
in confidence is not in it, so it needs no erasing. Facts go to `extract.typ` as data; none is read as markup.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Container, Iterable, Iterator, Sequence
from datetime import date, datetime
from itertools import groupby
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import segno
from django.conf import settings
from django.urls import reverse
from django.utils import translation
from django.utils.dateformat import format as written

from workflow import breaches, calendars, registry, store, typesetting
from workflow.clock import LEGAL_ZONE, legal_day
from workflow.histories import History
from workflow.inspection import scans
from workflow.inspection.pages import Paper, Told, case_page
from workflow.ledger import canonical
from workflow.ledger.models import Checkpoint
from workflow.ledger.notes import Note
from workflow.models import Agency, Appointment, Breach, Case, Delegation, Disclosure, Document, LogEntry, User
from workflow.opened import Fact
from workflow.permissions.labels import labels
from workflow.receipts import code_of

MEMBER = "trich-luc.pdf"
"""What it is called in a bundle."""
TEMPLATE = Path(__file__).with_suffix(".typ")
SHORT = 16
Row = dict[str, Any]


def pdf(
    case: Case,
    checkpoint: Checkpoint | None,
    *,
    at: datetime,
    by: User | None = None,
    house: Agency | None = None,
    shows: Callable[[Document], bool] = lambda _: True,
) -> bytes:
    """Return the extract of a case as an accessible PDF (PDF/UA-1), with the pages of its scans.

    checkpoint: the one that covers the bundle it goes along with; by, house: who takes it, for which inspectorate
    shows: whether the scan of a document goes along
    Raises NotTypeset.
    """
    with translation.override("vi"), TemporaryDirectory() as folder:
        facts = _facts(store.load(case), checkpoint, at, shows, Path(folder)) | {
            "house": house.name if house else "",
            "by": str(by) if by else "",
            "at": _moment(at),
        }
        template = Path(folder) / TEMPLATE.name
        template.write_bytes(TEMPLATE.read_bytes())
        return typesetting.pdf(template, facts, at=at)


def _facts(
    case: Case, checkpoint: Checkpoint | None, at: datetime, shows: Callable[[Document], bool], folder: Path
) -> Row:
    """Return everything the template prints; folder: where the pages of scans are drawn."""
    page = case_page(case)
    told: list[Told] = page["entries"]
    entries = [one.entry for one in told]
    for entry in entries:  # the register may be a little behind the log
        breaches.follow(entry, case)
    broken = list(Breach.objects.filter(case_id=case.pk).select_related("case__agency", "agency", "head", "handler"))
    sealed = set(
        LogEntry.objects.filter(
            chain=case.chain, leaf__index__lt=checkpoint.size if checkpoint else 0
        ).values_list("seq", flat=True)
    )  # fmt: skip
    code = code_of(entries[-1])
    address = f"{settings.SITE_URL}{reverse('workflow:verify')}?ma={code}"
    cited = {pk for entry in entries for pk, _digest in canonical.documents(entry.data)}
    along = [one for one in page["papers"] if one.document.file and one.document.pk in cited]
    papers = list(_papers(page["papers"], {one.document.pk for one in along if shows(one.document)}))
    return {
        "case": case.code,
        "agency": case.agency.name,
        "state": str(case.state_label),
        "opened_on": page["opened_on"],
        "law": case.law_version,
        "wrong": [f"Bản ghi {one.seq}: {one.why}" for one in page["wrong"]],
        "entries": list(_entries(told, sealed)),
        "officials": [*_officials(entries), *_answering(broken, {one.appointment for one in entries})],
        "terms": [_term(one) for one in page["terms"]],
        "breaches": [_breach(one, legal_day(at)) for one in broken],
        "papers": papers,
        "scans": list(_scans([one for one in along if shows(one.document)], papers, folder)),
        "head": {"seq": entries[-1].seq, "hash": entries[-1].hash},
        "checkpoint": _checkpoint(checkpoint),
        "code": code,
        "address": address,
        "qr": segno.make(address, micro=False, error="m").svg_inline(scale=4, border=2, omitsize=True),
    }


def _entries(told: Iterable[Told], sealed: set[int]) -> Iterator[Row]:
    """Yield the timeline; who acted is named as recorded then, where that is disclosed.

    An alarm that rings again with nothing changed stands once, with how often and when it rang last.
    """
    told = list(told)
    found = Disclosure.objects.filter(entry__in=[one.entry.pk for one in told], name="actor_name")
    recorded = {pk: str(json.loads(value)) for pk, value in found.values_list("entry_id", "value")}
    for _, ringing in groupby(told, _ringing):
        one, *again = ringing
        entry = one.entry
        yield {
            "seq": entry.seq,
            "again": len(again),
            "last": {"seq": again[-1].entry.seq, "at": _moment(again[-1].entry.at)} if again else None,
            "at": _moment(entry.at),
            "recorded_at": _moment(entry.recorded_at) if _moment(entry.recorded_at) != _moment(entry.at) else "",
            "is_far": one.is_far,
            "title": one.happening.title,
            "cite": one.happening.cite,
            "states": f"{one.source} → {one.target}" if one.source else one.target,
            "who": recorded.get(entry.pk) or str(one.person or ""),
            "role": one.role,
            "decision": one.decision,
            "behalf": str(one.behalf or one.role) if entry.on_behalf_of else "",
            "own_act": entry.own_act,
            "changes": list(one.happening.changes),
            "facts": list(_open(one.facts)),
            "hash": entry.hash[:SHORT],
            "is_sealed": all(each.entry.seq in sealed for each in (one, *again)),
        }


def _ringing(one: Told) -> object:
    """Return what makes an alarm the same as the one before; of anything else its own number."""
    entry = one.entry
    if not entry.transition.startswith("alarm:") or one.wrong:
        return entry.seq
    return entry.transition, {key: value for key, value in entry.data.items() if key != "occurrence"}


def _open(facts: Iterable[Fact]) -> Iterator[str]:
    """Yield what stands in the log itself: grounds, days, documents; never what was disclosed."""
    for fact in facts:
        if fact.facts:
            if inner := "; ".join(_open(fact.facts)):
                yield f"{fact.label}: {inner}"
        elif fact.document:
            yield f"{fact.label}: {fact.document}"
        elif not fact.state and fact.text:
            yield f"{fact.label}: {fact.text}"


def _officials(entries: Sequence[LogEntry]) -> Iterator[Row]:
    """Yield the powers that the entries cite, in order of use, with the decisions that gave them."""
    used: dict[str, list[LogEntry]] = {}
    for entry in entries:
        if entry.appointment:
            used.setdefault(entry.appointment, []).append(entry)
    keys: dict[str, list[int]] = {"appointment": [], "delegation": []}
    for ref in used:
        kind, _, pk = ref.partition(":")
        keys[kind].append(int(pk))
    powers: dict[str, Appointment | Delegation] = {}
    for given in Appointment.objects.filter(pk__in=keys["appointment"]).select_related("user", "agency"):
        powers[f"appointment:{given.pk}"] = given
    delegated = Delegation.objects.filter(pk__in=keys["delegation"])
    for lent in delegated.select_related("substitute", "principal", "agency"):
        powers[f"delegation:{lent.pk}"] = lent
    for ref, acts in used.items():
        if power := powers.get(ref):
            yield _power(power, acts)


def _power(power: Appointment | Delegation, acts: Sequence[LogEntry] = ()) -> Row:
    if isinstance(power, Delegation):
        held = {"who": str(power.substitute), "for": str(power.principal), "decision": power.document}
    else:
        held = {"who": str(power.user), "for": "", "decision": power.decision}
    return {
        **held,
        "role": str(labels().get(power.role, power.role)),
        "agency": power.agency.name,
        "since": _day(power.starts_on),
        "until": _day(power.ends_on),
        "end_decision": power.end_decision,
        "acts": [one.seq for one in acts],
        "own": [one.seq for one in acts if one.own_act],
    }


def _answering(broken: Iterable[Breach], shown: set[str]) -> Iterator[Row]:
    """Yield what those who answer for a breach held on its last day, where no entry has cited it."""
    for breach in broken:
        people = [pk for pk in (breach.head_id, breach.handler_id) if pk]
        held = Appointment.objects.filter(user__in=people, agency_id=breach.agency_id, starts_on__lte=breach.due_on)
        for one in held.exclude(ends_on__lt=breach.due_on).select_related("user", "agency").order_by("pk"):
            if (ref := f"appointment:{one.pk}") not in shown:
                shown.add(ref)
                yield _power(one)


def _term(term: History) -> Row:
    line = term.line
    return {
        "label": line.label,
        "cite": line.cite,
        "facts": [f"{name}: {value}" for name, value in term.facts],
        "day": line.day,
        "standing": line.standing,
        "is_late": line.tone == "late" and line.binds_office,
        "binds_office": line.binds_office,
    }


def _breach(breach: Breach, today: date) -> Row:
    calendar, period = calendars.in_force(), breaches.law_of(breach).periods.get(breach.rule)
    rules = registry.get(breach.case.procedure_name).rules
    act = rules.get(breach.act)
    limits = [] if breach.undone else [_day(one) for one in breaches.discipline_limits(breach, calendar)]
    return {
        "label": str(period.label or breach.rule) if period else breach.rule,
        "cite": period.cite if period else "",
        "due": _day(breach.effective_on),
        "due_first": _day(breach.due_on) if breach.due_on != breach.effective_on else "",
        "done": _day(breach.actual_on),
        "act": act.title if act else breach.act,
        "late": breaches.days_late(breach, calendar, today),
        "is_open": breach.is_open,
        "undone": breach.undone,
        "opened": breach.opened_seq,
        "closed": breach.closed_seq or 0,
        "articles": breaches.articles(breach),
        "head": str(breach.head or ""),
        "handler": str(breach.handler or ""),
        "agency": breach.agency.name,
        "limits": limits,
        "explained_on": _day(legal_day(breach.explained_at)) if breach.explained_at else "",
        "explanation": breach.explanation,
        "notes": [f"{_day(legal_day(one.at))}: {one}" for one in breach.notes.order_by("pk")],
    }


def _papers(papers: Iterable[Paper], along: Container[int]) -> Iterator[Row]:
    """Yield the documents on file; along: those whose scans go along, because an entry cites them."""
    for paper in papers:
        one = paper.document
        stored = str(one.file.name or "").rsplit("/", 1)[-1][:64]
        yield {
            "kind": str(one.kind_name),
            "number": one.number,
            "day": _day(one.dated_on),
            "summary": one.summary,
            "digest": one.digest,
            "is_intact": paper.is_intact,
            "is_erased": one.erased_at is not None,
            "file_name": one.file_name,
            "file": stored if one.pk in along else "",
            "key": one.pk,
        }


def _scans(along: Iterable[Paper], papers: Iterable[Row], folder: Path) -> Iterator[Row]:
    """Yield the scans with their pages, each with the line of its document."""
    rows = {one["key"]: one for one in papers}
    for one in scans.drawn([(paper.document, paper.is_intact) for paper in along], folder):
        pages = [str(page.relative_to(folder)) for page in one.pages]
        yield {**rows[one.document.pk], "pages": pages, "why": one.why, "more": one.more}


def _checkpoint(checkpoint: Checkpoint | None) -> Row | None:
    if checkpoint is None:
        return None
    signature = Note.parse(checkpoint.note).signatures[0]
    return {
        "origin": signature.name,
        "key": signature.key_id.hex(),
        "size": checkpoint.size,
        "root": checkpoint.root,
        "at": _moment(checkpoint.at),
    }


def _day(on: date | None) -> str:
    return f"{on:%d/%m/%Y}" if on else ""


def _moment(at: datetime) -> str:
    return written(at.astimezone(LEGAL_ZONE), "H:i:s d/m/Y")
