"""The world of the matrix: an office with everybody in it, a case in every state, and a browser for each person."""

from __future__ import annotations

import copy
import io
import re
import zipfile
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import date
from typing import Any

from django.core.files.base import ContentFile
from django.db import transaction
from django.http.response import HttpResponseBase
from django.test import Client
from django.test.client import ClientHandler

from notifications import fanout
from notifications.models import Message, Notice
from tests import appeals, lives
from tests.access import complaints
from workflow import breaches, calendars, clock, escalation, office, registry, yearly
from workflow.agencies import succession
from workflow.agencies.models import Sheet
from workflow.calendar import shipped
from workflow.faces import face
from workflow.inspection import draws
from workflow.ledger import seal
from workflow.models import Agency, Appointment, Breach, Case, Delegation, LogEntry, User

DAY, NOW = "2026-10-05 09:00", "2026-10-05 15:00"
LATE = "late"
"""A state of no declaration: received, and its silence reported to the superior."""
PDF = b"%PDF-1.4\n1 0 obj\n<<>>\nendobj\ntrailer\n<<>>\n%%EOF\n"

# who -------------------------------------------------------------------------------------------------------------

NOBODY = frozenset({"anonymous", "wrong_secret"})
"""Who has no account: a stranger, and one who tried a wrong secret and holds that of another case."""
CITIZEN = frozenset({"citizen"})
HEAD = frozenset({"head", "substitute"})
STAFF = HEAD | {"explainer", "receiver", "clerk", "officer"}
SUPERIOR = frozenset({"superior"})
INSPECTORS = frozenset({"inspector", "inspector_outside"})
ADMINISTRATORS = frozenset({"administrator", "keeper", "administrator_outside"})
FAR = frozenset({"other_head", "substitute_before", "substitute_after", "left", "idle"})
"""Accounts that have nothing to do here: elsewhere, not yet, no longer, never."""
ACCOUNTS = STAFF | SUPERIOR | INSPECTORS | ADMINISTRATORS | FAR
EVERYBODY = NOBODY | CITIZEN | ACCOUNTS
ROLES = tuple(sorted(EVERYBODY))

# outcomes --------------------------------------------------------------------------------------------------------

IN, HIDDEN, CLOSED, SIGN_IN, NO_METHOD = "let in", "404", "403", "asked to sign in", "405"


def outcome(answer: HttpResponseBase) -> str:
    """Return what an answer means to who asked; what the matter itself refuses (409, 422) is past the door."""
    if answer.status_code == 302 and re.match(r"/dang-nhap/\?next=", answer["Location"]):
        return SIGN_IN
    return {403: CLOSED, 404: HIDDEN, 405: NO_METHOD}.get(answer.status_code, IN)


def unpacked(body: bytes) -> bytes:
    """Return what is in an answer, of an archive (XLSX, an evidence bundle) what is in its files."""
    if not body.startswith(b"PK"):
        return body
    with zipfile.ZipFile(io.BytesIO(body)) as archive:
        return b"\n".join(archive.read(name) for name in archive.namelist())


# cases -----------------------------------------------------------------------------------------------------------


def explanation(where: lives.Office, state: str, mark: str) -> Case:
    """Return a request for explanation in a state; its requester and its question bear a mark, in plain letters."""
    day = "2026-09-21 09:00" if state == LATE else DAY
    requester = {**lives.WRITTEN["requester"], "name": mark, "phone": "0900 000 009"}
    if state == "supplement_requested":
        requester["phone"] = ""
    first, second = lives.TWO_QUESTIONS
    questions = [{**first, "text": f"{mark} hỏi căn cứ nào?"}, second]
    return lives.brought(where, "received" if state == LATE else state, day, requester=requester, questions=questions)


STATES: dict[str, tuple[str, ...]] = {
    "explanation": (*lives.ROADS, LATE),
    "complaint": tuple(complaints.ROADS),
    "complaint_second": tuple(complaints.ROADS),
}
BRING: dict[str, Callable[[Any, str, str], Case]] = {"explanation": explanation, **complaints.BRING}
"""How a case of each procedure is brought to each of its states. A new procedure adds itself to both."""

OPENED = ("explanation", "complaint", "complaint_second")
"""The procedures whose cases a citizen opens with code and secret."""

DESKS = {"check": HEAD | {"receiver", "explainer"}, "assign": HEAD | {"explainer"}, "send": frozenset({"clerk"})}
"""Who does the office's tasks on a request, by the steps of NĐ59 Đ.11 and Đ.12."""

DESKS_OF_COMPLAINTS = {
    "look": HEAD | {"receiver"}, "assign": HEAD, "report": frozenset({"officer"}), "decide": HEAD, "dialogue": HEAD,
    "send": frozenset({"clerk"}), "copies": frozenset({"clerk"}), "order": frozenset({"clerk"}), "answer": HEAD,
    "publish": frozenset({"officer", "clerk"}),
}  # fmt: skip
"""Who does those on a complaint, by LKN Đ.27 to Đ.32 and Đ.36 to Đ.41."""


def has_pages(procedure: str) -> bool:
    """Return whether the office has pages for the cases of a procedure."""
    try:
        return bool(face(procedure))
    except KeyError:
        return False


class World:
    """Everything that is asked about, and who asks."""

    def __init__(self) -> None:
        self.handler = ClientHandler(enforce_csrf_checks=False)
        self.office = appeals.Office()
        self.people = self._people()
        lives.explained_before(self.office)
        self.marks: dict[int, str] = {}
        self.cases: dict[tuple[str, str], Case] = {}
        for procedure, states in STATES.items():
            for state in states if has_pages(procedure) else ():
                self.cases[procedure, state] = self._case(procedure, state, f"Ho Thi So {len(self.marks):03d}")
        self.elsewhere = self._elsewhere()
        with lives.on(NOW):
            escalation.sweep(clock.now())
            breaches.read_log()
            fanout.fan_out(clock.now())
            self._beside()
            seal.seal()
            self.kept = {role: self._browser(role).cookies for role in ROLES}
        self.last_entry = LogEntry.objects.latest("pk").pk
        self.places = dict(Agency.objects.values_list("pk", "slug"))

    def _people(self) -> dict[str, User]:
        here = self.office
        far = here.other
        found = {role: getattr(here, role) for role in lives.ROLES}
        found |= {"superior": here.superior, "inspector": here.inspector, "other_head": here.stranger}
        found["keeper"] = here.person("administrator", here.province, "keeper")
        found["second_keeper"] = here.person("administrator", here.province, "second_keeper")
        found["administrator_outside"] = here.person("administrator", far, "administrator_outside")
        found["inspector_outside"] = here.person("inspector", far, "inspector_outside")
        found["left"] = User.objects.create(username="left", full_name="Người left")
        span = {"starts_on": date(2019, 1, 1), "ends_on": date(2026, 10, 4)}
        Appointment.objects.create(user=found["left"], agency=here.agency, role="head", decision="01/QĐ-UBND", **span)
        found["idle"] = User.objects.create(username="idle", full_name="Người idle")
        spans = {
            "substitute_before": (date(2026, 10, 6), date(2026, 10, 31)),
            "substitute": (date(2026, 10, 1), date(2026, 10, 5)),
            "substitute_after": (date(2026, 9, 1), date(2026, 10, 4)),
        }
        for name, (first, last) in spans.items():
            found[name] = User.objects.create(username=name, full_name=f"Người {name}")
            Delegation.objects.create(
                principal=here.head, substitute=found[name], agency=here.agency, role="head", document="02/GUQ",
                starts_on=first, ends_on=last,
            )  # fmt: skip
        return found

    def _case(self, procedure: str, state: str, mark: str, where: Any = None) -> Case:
        case = BRING[procedure](where or self.office, state, mark)
        self.marks[case.pk] = mark
        with lives.on(NOW):
            scan = ContentFile(PDF + mark.encode(), name="don.pdf")
            lives.paper(case, "attachment", summary=mark, file=scan)
        return case

    def _elsewhere(self) -> list[Case]:
        """Return cases of another commune and of another province."""
        far = copy.copy(self.office)
        far.agency = self.office.other
        root = lives.agency("tinh-khac", "UBND tỉnh Khác", "province")
        abroad = copy.copy(self.office)
        abroad.agency = lives.agency("xa-la", "UBND xã Lạ", "commune", root)
        marks = ("Dinh Van Khac", "Ta Van La")
        return [self._case("explanation", "received", m, w) for m, w in zip(marks, (far, abroad), strict=True)]

    def _beside(self) -> None:
        """Make what is not a case: proposals, a closure, a sample, a message that was given up."""
        table = shipped()
        rows = [*yearly.rows(table, 2027), yearly.Row(date(2027, 3, 5), "swapped", "Nghỉ hoán đổi")]
        new = yearly.replaced(table, 2027, rows, confirmed=False, version="2026-10-05")
        by = self.people["second_keeper"]
        self.proposal = calendars.propose(new, by=by, note="Hoán đổi")
        parts = [succession.Part(self.office.agency, [self.office.agency, self.office.other])]
        named = {"decision": "7/NQ", "dated_on": date(2026, 10, 1), "effective_on": date(2026, 12, 1)}
        self.succession = succession.propose("split", parts, by=by, **named)
        self.sheet = Sheet.objects.create(
            file_name="a.csv", rows=[], given_by=self.people["keeper"], given_at=clock.now()
        )
        days = {"first_on": date(2027, 3, 1), "last_on": date(2027, 3, 1), "dated_on": date(2026, 10, 1)}
        said = {"authority": "UBND tỉnh", "document": "9/QĐ", "reason": "Bão"}
        self.closure = calendars.close(self.office.agency, by=by, **days, **said)
        span = (date(2026, 9, 1), date(2026, 10, 5))
        self.draw = draws.draw(self.office.province, *span, 3, by=self.office.inspector)
        Message.objects.filter(case_id__in=[case.pk for case in self.cases.values()]).update(state="dead")

    # browsers ----------------------------------------------------------------------------------------------------

    def _browser(self, role: str) -> Client:
        browser = Client(headers={"accept-language": "vi"})
        if role in self.people:
            browser.force_login(self.people[role])
        elif role == "citizen":
            for case in [case for case in self.cases.values() if case.procedure_name in OPENED]:
                assert browser.post("/theo-doi/", {"code": case.code, "secret": case.secret}).status_code == 302
        elif role == "wrong_secret":
            other, case = self.elsewhere[0], next(iter(self.cases.values()))
            assert browser.post("/theo-doi/", {"code": other.code, "secret": other.secret}).status_code == 302
            assert browser.post("/theo-doi/", {"code": case.code, "secret": other.secret}).status_code == 422
        return browser

    def ask(self, role: str, method: str, url: str, data: Any = None) -> Any:
        """Return the answer to one request on the day of the matrix; what it does is undone."""
        browser = Client(headers={"accept-language": "vi"})
        browser.handler = self.handler
        browser.cookies = copy.deepcopy(self.kept[role])
        with lives.on(NOW), transaction.atomic():
            answer = getattr(browser, method.lower())(url, data or {})
            answer.body = unpacked(b"".join(answer.streaming_content) if answer.streaming else answer.content)
            chains = LogEntry.objects.filter(pk__gt=self.last_entry).values_list("chain", flat=True)
            answer.wrote = Counter("security" if chain == "security" else "elsewhere" for chain in chains)
            transaction.set_rollback(True)
        return answer

    # what is asked about -----------------------------------------------------------------------------------------

    def about(self, kind: str, case: Case) -> dict[str, Any] | None:
        """Return what stands in the address of a page about something, None where there is no such thing."""
        match kind:
            case "case":
                return {"code": case.code}
            case "paper":
                return {"code": case.code, "pk": case.documents.get(kind="attachment").pk}
            case "task":
                task = next(iter(office.open_tasks(case)), None)
                return {"pk": task.pk} if task else None
            case "breach":
                breach = Breach.objects.filter(case_id=case.pk).first()
                return {"pk": breach.pk} if breach else None
            case "notice":
                return {"code": case.code} if self.notice(case) else None
        raise KeyError(kind)

    def notice(self, case: Case) -> Notice | None:
        """Return the first legal notice of a case whose delivery is to be proven."""
        return Notice.objects.filter(case_id=case.pk).order_by("pk").first()

    def at_the_desk(self, case: Case) -> frozenset[str]:
        """Return who may do the first task that waits on a case."""
        task = office.open_tasks(case)[0]
        return (DESKS if case.procedure_name == "explanation" else DESKS_OF_COMPLAINTS)[task.flow_task.name]

    def power(self, role: str) -> Appointment:
        """Return the appointment of somebody."""
        return Appointment.objects.get(user=self.people[role])

    def delegation(self) -> Delegation:
        """Return the delegation that counts today."""
        return Delegation.objects.get(substitute=self.people["substitute"])

    def stands(self, role: str, case: Case) -> str:
        """Return who somebody is to a case: a second complaint lies with the superior, whose head is its head."""
        if case.agency_id != self.office.province.pk:
            return role
        if role in STAFF | {"superior", "administrator"}:
            return {"superior": "head", "administrator": "administrator_outside"}.get(role, "other_head")
        return role

    def before_the_superior(self, case: Case) -> bool:
        """Return whether a case is before the superior: a complaint, or a silence that was reported."""
        return case.state == "appealed" or case == self.cases.get(("explanation", LATE))

    # a second reading of who may read what --------------------------------------------------------------------------

    def reads(self, role: str, case: Case) -> bool:
        """Return whether a person may read what is in a case."""
        place = self.places[case.agency_id]
        citizen = {"citizen"} if case.procedure_name in OPENED else set()
        if place == self.office.agency.slug:
            if role == "superior":
                return self.before_the_superior(case)
            return role in STAFF | citizen | {"inspector"}
        if place == self.office.province.slug:
            return role in citizen | {"superior", "inspector"}
        if place == self.office.other.slug:
            return role in {"other_head", "inspector", "inspector_outside", "wrong_secret"}
        return False

    def knows(self, role: str, case: Case) -> bool:
        """Return whether a person may learn that there is a case of this code: its readers, and who keeps the agency.

        The keepers of the calendar see which deadlines a change would move, wherever they run.
        """
        place = self.places[case.agency_id]
        kept = {self.office.agency.slug: {"administrator", "keeper"}, self.office.other.slug: {"administrator_outside"}}
        return self.reads(role, case) or role == "keeper" or role in kept.get(place, ())

    def leaks(self, role: str, answer: Any) -> Iterator[str]:
        """Yield what an answer shows of cases that are not the reader's: the name of who asks, or the code."""
        asked = answer.request["PATH_INFO"] + answer.request["QUERY_STRING"]
        for case in self.everything():
            if self.marks[case.pk].encode() in answer.body and not self.reads(role, case):
                yield f"shows who asks in a case that is not theirs ({case.code}, {case.state})"
            elif case.code.encode() in answer.body and case.code not in asked and not self.knows(role, case):
                yield f"shows the code of a case that is not theirs ({case.code}, {case.state})"

    def everything(self) -> Iterator[Case]:
        """Yield every case whose requester bears a mark."""
        yield from self.cases.values()
        yield from self.elsewhere


def declared_states() -> set[tuple[str, str]]:
    """Return every state of every registered procedure but the one before a case exists."""
    return {
        (one.name, state) for one in registry.procedures().values() for state in one.states if state != one.initial
    }  # fmt: skip
