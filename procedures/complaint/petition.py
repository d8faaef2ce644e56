"""The petition (đơn khiếu nại): what it lacks, whom it touches, whether it came in time."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

from procedures.assumptions import ASSUMED
from procedures.complaint.law import PROXY
from procedures.explanation.models import APPEALED, COMPLAINABLE
from procedures.explanation.request import ended_undecided, signature_counts
from workflow import calendar, store
from workflow.calendar import Due
from workflow.closures import local
from workflow.models import CalendarVersion, Case, LogEntry

if TYPE_CHECKING:
    from procedures.complaint.shared import Complaint

DECIDING = {
    # acts that make somebody answer for a case, by the procedure of that case (A19)
    "explanation": ("refuse", "accept", "terminate", "issue_termination", "sign", "explain_directly"),
    "complaint": ("not_accept", "accept", "decide", "terminate", "report"),
}
ANSWERING = ("decide", "explain", "accept")
"""Periods in which an office owes the citizen an answer; passing one is silence that can be complained about."""
FIRST_SILENT_DAY = timedelta(days=1)


def missing_fields(case: Complaint) -> list[str]:
    """Return which fields of LKN Đ.8 a petition lacks, in the order of the law."""
    spokesman = case.requester.get("representative") or {}
    there: Mapping[str, Any] = {
        "name": str(case.requester.get("name", "")).strip(),
        "address": str(case.requester.get("address", "")).strip(),
        "id_number": case.id_number.strip() or not asks_identity(case),
        "content": case.content.strip(),
        "demands": any(str(one.get("text", "")).strip() for one in case.demands),
        "proxy": spokesman.get("kind") != "authorised" or case.proxy,
        "signature": case.signature and signature_counts(case, case.signature),
    }
    return [field for field in case.law.checklists["fields"] if not there[field]]


def asks_identity(case: Complaint) -> bool:
    """Return whether the law of the case asks a person for their identity number (NĐ155 Mẫu 01)."""
    return bool(case.law.values["id_number"]) and case.requester.get("kind") != "organisation"


def complete(case: Complaint, provided: dict[str, Any]) -> None:
    """Put what has arrived in its place."""
    for name in ("name", "address"):
        if name in provided:
            case.requester = {**case.requester, name: provided[name]}
    for name in ("id_number", "content", "signature", "proxy"):
        if name in provided:
            setattr(case, name, provided[name])
    if "demands" in provided:
        case.demands = [*case.demands, {"text": provided["demands"], "open": True}]


def accepted_proxies(on: date) -> tuple[str, ...]:
    """Return which authorisations of an individual count on a day (NĐ155 Đ.3, Đ.21 k.2)."""
    return next((kinds for since, kinds in reversed(PROXY) if since <= on), ("notarised", "certified", ""))


def moves(attacked: Case) -> bool:
    """Return whether lodging takes the case complained about to "under complaint", or finds it there."""
    return attacked.state in (*COMPLAINABLE, APPEALED) and not ended_undecided(attacked)


def interested(attacked: Case, earlier: Case | None) -> list[int]:
    """Return the accounts of those who answer for what is complained about, or settled or verified it before (A19)."""
    found: set[int] = set()
    for case in filter(None, (attacked, earlier)):
        acts = DECIDING.get(case.procedure_name, ())
        done = LogEntry.objects.filter(chain=case.chain, transition__in=acts)
        for pair in done.values_list("actor", "on_behalf_of"):
            signer = pair[1] or pair[0]
            if signer.startswith("user:"):
                found.add(int(signer.removeprefix("user:")))
    if signed := getattr(attacked, "decision", {}).get("signed_by"):
        found.add(int(signed))
    return sorted(found)


# the limit for the complainant: shown and marked, never a bar (A10) ---------------------------------------------


def known_on(case: Complaint, today: date) -> date:
    """Return the day from which the limit runs, as far as the files show: receipt, the first silent day, or the end."""
    if case.earlier_id is not None:
        return _first_answered_on(case.earlier, today)
    attacked: Any = case.attacked
    passed = _passed(attacked, today) if case.object == "silence" else []
    if passed:
        return max(passed)[0] + FIRST_SILENT_DAY
    received: date | None = attacked.received_on or attacked.ended_on
    return received or today


def _first_answered_on(first: Any, today: date) -> date:
    """Return when a first complaint was answered, or else the last day on which it should have been (A18)."""
    if first.state in type(first).procedure.rules["appeal"].sources:
        accept = first.clock("accept")
        answered: date | None = first.received_on or first.decided_on or (accept and accept.stopped_on)
        return answered or today
    shifted, nominal = max(_passed(first, today), default=(today, today))
    return shifted if ASSUMED.silence_anchor == "SHIFTED" else nominal  # counts from the last day itself


def _passed(case: Any, today: date) -> list[tuple[date, date]]:
    """Return the last days, shifted and nominal, that passed while an answer was owed."""
    return [
        (one.due_on, one.nominal_on) for one in case.clocks
        if one.rule in ANSWERING and one.due_on and (one.stopped_on or today) > one.due_on
    ]  # fmt: skip


def was_answered(case: Complaint) -> bool:
    """Return whether a complaint ended with a decision, or with the notice that it is not accepted."""
    refused = LogEntry.objects.filter(chain=case.chain, transition="not_accept")
    return case.decided_on is not None or refused.exists()


def orders_known(case: Complaint, on: date) -> bool:
    """Return whether the law of a day knows orders of suspension, continuation and termination (L136, NĐ155 Đ.12)."""
    return bool(case.procedure.version_on(on).values["suspension"])


def is_silent(case: Case, on: date) -> bool:
    """Return whether an answer that is owed has not come in its time."""
    running = [one for one in case.clocks if one.rule in ANSWERING and one.state == "running"]
    return any(one.due_on is not None and one.due_on < on for one in running)


def limit(case: Complaint) -> Due:
    """Return the last day for lodging, with the days of an obstacle left out (LKN Đ.9, Đ.33)."""
    assert case.known_on is not None
    edition = CalendarVersion.objects.order_by("-pk").values_list("pk", flat=True).first() or 0
    days = local(store.calendar(edition), case)
    period, counting = case.law.periods[case.variant("file")], ASSUMED.counting()
    return calendar.due(period, case.known_on, days, obstacle_days=case.obstacle_days, counting=counting)


def is_late(case: Complaint, on: date) -> bool:
    """Return whether a complaint lodged on a day came after its limit."""
    return on > limit(case).on
