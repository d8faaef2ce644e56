"""What an act on a complaint does to the cases it points at, in the same transaction (assumption A21).

Lodging moves the case complained about to "under complaint", or is noted there while that case is open; the end of
the complaint acts on it by a decision whose copy goes on its file.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date
from typing import TYPE_CHECKING, Any

from django.core.files.base import ContentFile
from django.utils.translation import gettext as _

from procedures.assumptions import ASSUMED
from procedures.explanation.models import APPEALED
from procedures.explanation.models import OPEN as BEING_EXPLAINED
from workflow import linked
from workflow.clock import legal_day
from workflow.documents import issue
from workflow.models import Case, Document, LogEntry
from workflow.store import load
from workflow.transitions import Consequence, Link

if TYPE_CHECKING:
    from procedures.complaint.shared import Complaint

DECISION, NOTE = "complaint", "record"
"""Kinds of the paper by which a case knows how a complaint about it ended, and that there is one."""


def pointed_at(case: Complaint, data: Mapping[str, Any]) -> list[int]:
    """Return the cases that lodging acts on: what is complained about, and the first complaint."""
    return [one.pk for name in ("attacked", "earlier") if isinstance(one := data.get(name), Case)]


def attacked(case: Complaint, data: Mapping[str, Any]) -> list[int]:
    """Return the case that the end of a complaint acts on."""
    return [case.attacked_id] if case.attacked_id else []


def of_lodging(case: Complaint, entry: LogEntry, data: Mapping[str, Any], on: date) -> Iterator[Consequence]:
    """Yield what lodging does: the case complained about learns of it, and the first complaint is passed on."""
    target, text = data["attacked"], data["content"].strip() or _("The petition does not say it yet.")
    said = {"object": data["object"], "complaint": text}
    if case.moved_attacked and target.state != APPEALED:
        yield Consequence(target, "complain", {**said, "record": _copy(case, target, on, NOTE)})
    elif target.state in BEING_EXPLAINED and case.earlier_id is None:
        yield Consequence(target, "complain_open", {**said, "record": _copy(case, target, on, NOTE)})
    if (earlier := data.get("earlier")) is not None:
        over = earlier.state in type(earlier).procedure.rules["appeal"].sources
        yield Consequence(earlier, "appeal" if over else "appeal_silence", {"record": _copy(case, earlier, on, NOTE)})


def of_the_end(case: Complaint, entry: LogEntry, data: Mapping[str, Any], on: date) -> Iterator[Consequence]:
    """Yield what the end of a complaint does to the case complained about (A21).

    While another complaint about the same end waits, the case stays under complaint unless this one is upheld.
    """
    assert case.attacked_id is not None
    target: Any = load(Case.objects.get(pk=case.attacked_id))
    paper = next((value for value in data.values() if isinstance(value, Document)), None)
    decided = case.state == "decided"
    act = "note_complaint" if decided else ""
    if case.moved_attacked and target.state == APPEALED:
        found = effect(case, target) if decided else "end_complaint"
        act = act if found == "end_complaint" and _another_waits(case, target) else found
    if act:
        yield Consequence(target, act, {"decision": _copy(case, target, on, DECISION, paper)})


def _another_waits(case: Complaint, target: Any) -> bool:
    """Return whether another complaint about how a case ended still waits for its settlement."""
    others: list[Any] = [one for one in linked.about(target) if one.pk != case.pk]
    return any(one.is_open and one.moved_attacked for one in others)


def effect(case: Complaint, target: Any) -> str:
    """Return the act by which an explanation case follows a decision on a complaint about it (A21).

    A refusal or a termination that is upheld against is annulled; wrong procedure or missing contents are explained
    anew; silence, the decision explained, and a complaint that is dismissed leave the case where it was.
    """
    if not case.upheld:
        return "end_complaint"
    if case.object in ("refusal", "procedure") and target.ended_in == "refused" and ASSUMED.annulled_refusal_restarts:
        return "annul_refusal"
    if case.object in ("termination", "procedure") and target.ended_in == "terminated":
        return "annul_termination"
    if case.object == "procedure" and target.ended_in in ("sent", "explained_direct"):
        return "explain_again"
    return "end_complaint"


def _copy(case: Complaint, target: Case, on: date, kind: str, paper: Document | None = None) -> Document:
    """Put a copy of a paper of the complaint on the file of the other case; without one, a note of the complaint."""
    number = paper.number if paper else case.code
    on = max(on, legal_day(target.acted_at)) if target.acted_at else on
    told = _("%(what)s %(code)s") % {"what": type(case).procedure.label, "code": case.code}
    if paper and paper.dated_on != on:
        told = _("%(what)s; the decision is of %(day)s") % {"what": told, "day": f"{paper.dated_on:%d/%m/%Y}"}
    body, file = (paper.body, _file_of(paper)) if paper else ("", None)
    return issue(case=target, kind=kind, number=number, dated_on=on, summary=told[:300], body=body, file=file)


def _file_of(paper: Document) -> ContentFile[bytes] | None:
    if not paper.file:
        return None
    with paper.file.open("rb") as file:
        return ContentFile(file.read(), name=paper.file_name)


LODGED = Link(touches=pointed_at, acts=of_lodging)
ENDED = Link(touches=attacked, acts=of_the_end)
