"""People, offices and lives of cases for the tests: the smallest valid ones, each test states what matters to it."""

from __future__ import annotations

from contextlib import contextmanager
from datetime import date, datetime, timedelta
from functools import partial
from typing import Any

from workflow import clock, engine, ladders
from workflow.actors import Requester
from workflow.clock import LEGAL_ZONE
from workflow.documents import issue
from workflow.models import Agency, Appointment, Case, Deadline, User

ROLES = ("head", "explainer", "receiver", "clerk", "officer", "administrator")


def local(text: str) -> datetime:
    """Return "2026-03-02 09:00" as an aware local moment."""
    return datetime.fromisoformat(text).replace(tzinfo=LEGAL_ZONE)


def agency(slug: str, name: str, level: str, above: Agency | None = None) -> Agency:
    """Return a new office in the tree."""
    new = Agency(slug=slug, name=name, level=level, short="UBND")
    if above is None:
        return Agency.objects.add_root(instance=new)
    return Agency.objects.add_child(Agency.objects.get(pk=above.pk), instance=new)


class Office:
    """A province with its inspectorate and two communes, one person for every role."""

    def __init__(self) -> None:
        self.province = agency("tinh", "UBND tỉnh An Bình", "province")
        self.agency = agency("xa-tan-hoa", "UBND xã Tân Hòa", "commune", self.province)
        self.other = agency("xa-khac", "UBND xã Khác", "commune", self.province)
        for role in ROLES:
            setattr(self, role, self.person(role, self.agency))
        self.inspector = self.person("inspector", self.province)
        self.superior = self.person("head", self.province, "superior")
        self.stranger = self.person("head", self.other, "stranger")
        self.citizen = Requester(None)

    def person(self, role: str, agency: Agency, username: str = "") -> User:
        """Return a new person appointed to a role."""
        user = User.objects.create(username=username or role, full_name=f"Người {username or role}")
        Appointment.objects.create(
            user=user, agency=agency, role=role, decision="01/QĐ-UBND", starts_on=date(2020, 1, 1)
        )
        return user

    def actor(self, role: str, case: Case) -> Any:
        """Return who acts in a role on a case."""
        return Requester(case.pk) if role == "requester" else getattr(self, role)


def reappointed(user: User, **changes: Any) -> Appointment:
    """Return what a person holds instead of their only appointment: the same but for the changes.

    The database does not let an appointment be rewritten; the old one ends on its first day, in 2020.
    """
    old = Appointment.objects.get(user=user)
    Appointment.objects.filter(pk=old.pk).update(ends_on=old.starts_on)
    same = {"agency": old.agency, "role": old.role, "decision": old.decision, "starts_on": date(2020, 1, 2)}
    return Appointment.objects.create(user=user, **{**same, **changes})


def filing(agency: Agency, /, **changes: Any) -> dict[str, Any]:
    """Return what a complete electronic request holds."""
    return {
        "agency": agency,
        "channel": "electronic",
        "requester": {
            "kind": "person",
            "name": "Nguyễn Văn An",
            "address": "Thôn 1, xã Tân Hòa",
            "phone": "0900 000 001",
            "email": "",
        },
        "questions": [{"text": "Căn cứ nào để thu hồi đất?", "content_types": ["legal_basis"]}],
        "signature": "drawn",
        **changes,
    }


def filed(office: Office, at: str = "2026-03-02 09:00", **changes: Any) -> Case:
    """Return a case filed electronically at a simulated moment."""
    with clock.simulated(local(at)):
        return engine.open("explanation", actor=Requester(None), **filing(office.agency, **changes))


def paper(case: Case | None, kind: str, on: date | None = None, **more: Any) -> Any:
    """Return a document of a case, dated today on the simulated clock."""
    on = on or clock.legal_day(clock.now())
    return issue(case=case, kind=kind, dated_on=on, number=more.pop("number", f"01/{kind}"), **more)


def given(case: Case, act: str, **changes: Any) -> dict[str, Any]:
    """Return valid data for an act of the explanation procedure, as far as it needs any.

    A document that a change takes the place of is not put on file.
    """

    def later(kind: str) -> Any:
        return partial(paper, case, kind)

    numbers = case.open_questions or [1]
    data: dict[str, Any] = {
        "request_supplement": lambda: {"fields": case.missing[:1] or ["address"], "guidance": later("T2")},
        "supplement": lambda: {"provided": dict.fromkeys(case.pending or ["address"], "Thôn 2")},
        "redirect": lambda: {"competent_agency": "Sở Xây dựng", "guidance": later("T3")},
        "provide_copy": lambda: {"earlier": earlier(case), "copy": later("T4")},
        "refuse": lambda: {
            "refusals": [{"question": n, "ground": "R2a", "reason": "Nội dung nội bộ."} for n in numbers],
            "notice": later("T6"),
        },
        "accept": lambda: {"capacity": "yes", "affected": "yes", "notice": later("T5")},
        "explain_directly": lambda: {"minutes": later("T8"), "simple": True},
        "hold_session": lambda: {"minutes": later("T7")},
        "extend": lambda: {"days": 15, "reason": "Nội dung phức tạp.", "notice": later("T10")},
        "suspend": lambda: {"ground": "S3", "facts": "Nằm viện.", "decision": later("T11")},
        "resume": lambda: {"facts": "Đã ra viện.", "notice": later("T12")},
        "terminate": lambda: {"ground": "E1a", "facts": "Không có người thừa kế.", "decision": later("T13")},
        "withdraw": lambda: {"statement": "Tôi xin rút."},
        "issue_termination": lambda: {"decision": later("T13")},
        "withdraw_part": lambda: {"questions": numbers[-1:]},
        "sign": lambda: {
            "answer": later("T9"),
            "legal_basis": "Luật Đất đai",
            "session": "Hai bên đã làm việc." if case.documents.filter(kind="T7").exists() else "",
            "answers": [{"question": n, "text": "Giải trình."} for n in numbers],
        },
        "send": lambda: {"delivery": "post", "proof": "RN123456789VN"},
        "record_receipt": lambda: {"received_on": clock.legal_day(clock.now())},
        "respond": lambda: {"answered": [{"question": 1, "answered": True}], "satisfaction": 4},
        "close": dict,
        "complain": lambda: {"object": "contents", "complaint": "Tôi không đồng ý."},
        "complain_open": lambda: {"object": "procedure", "complaint": "Tôi khiếu nại về trình tự."},
        "annul_refusal": lambda: {"decision": later("complaint")},
        "annul_termination": lambda: {"decision": later("complaint")},
        "explain_again": lambda: {"decision": later("complaint")},
        "end_complaint": lambda: {"decision": later("complaint")},
        "note_complaint": lambda: {"decision": later("complaint")},
    }[act]()
    made = {name: one() if isinstance(one, partial) else one for name, one in data.items() if name not in changes}
    return {**made, **changes}


def earlier(case: Case) -> Case:
    """Return another's case that has been explained, or else the case itself."""
    return type(case).objects.filter(explained_on__isnull=False).exclude(pk=case.pk).first() or case


@contextmanager
def on(text: str):
    """Make a local moment the present."""
    with clock.simulated(local(text)):
        yield


def act(office: Office, case: Case, name: str, at: str, role: str, **changes: Any) -> Any:
    """Fire a transition with valid data at a simulated moment, in a role."""
    with on(at):
        return engine.fire(case, name, actor=office.actor(role, case), **given(case, name, **changes))


def rings(case: Case) -> dict[str, datetime]:
    """Return what still rings on a case: each rung with its next moment."""
    ladders_of = Deadline.objects.filter(case_id=case.pk, next_at__isnull=False).values_list("ladder", flat=True)
    return {rung: at for ladder in ladders_of for at, rung, _ in ladders.waiting(ladder)}


def days(moment: datetime, n: int) -> datetime:
    """Return the moment n days later."""
    return moment + timedelta(days=n)


# lives up to a state -------------------------------------------------------------------------------------------

TWO_QUESTIONS = [
    {"text": "Căn cứ nào để thu hồi đất?", "content_types": ["legal_basis"]},
    {"text": "Ai có thẩm quyền ký quyết định?", "content_types": ["competence", "procedure"]},
]
WRITTEN = {
    "channel": "written",
    "signature": "paper",
    "questions": TWO_QUESTIONS,
    "requester": {"kind": "person", "name": "Trần Thị Bé", "address": "Thôn 2, xã Tân Hòa", "phone": "", "email": ""},
}
"""A letter that lacks a phone number or mail address, and asks two questions."""

_EXPLAINED = [("accept", "head"), ("sign", "head")]
ROADS = {
    "received": [],
    "supplement_requested": [("request_supplement", "receiver")],
    "redirected": [("redirect", "receiver")],
    "copy_provided": [("provide_copy", "receiver")],
    "refused": [("refuse", "head")],
    "accepted": [("accept", "head")],
    "suspended": [("accept", "head"), ("suspend", "head")],
    "explained_direct": [("explain_directly", "head")],
    "explained_written": _EXPLAINED,
    "sent": [*_EXPLAINED, ("send", "clerk")],
    "terminated": [("withdraw", "requester")],
    "closed": [*_EXPLAINED, ("send", "clerk"), ("close", "officer")],
    "appealed": [*_EXPLAINED, ("send", "clerk"), ("complain", "requester")],
}
"""The shortest lawful way from filing to every state: acts and who does them."""

ROADS_FOR = {
    ("appealed", "annul_refusal"): [("refuse", "head"), ("complain", "requester")],
    ("appealed", "annul_termination"): [("accept", "head"), ("terminate", "head"), ("complain", "requester")],
    ("terminated", "close"): [("terminate", "head")],
}
"""Other ways to a state, after which these acts are possible."""


def oral(case: Case | None = None) -> dict[str, Any]:
    """Return what changes in a filing that was made in person; call it on the simulated day."""
    return {"channel": "in_person", "signature": "fingerprint", "record": paper(None, "T1")}


def brought(office: Office, state: str, on_day: str = "2026-10-05 09:00", *, by: str = "", **changes: Any) -> Case:
    """Return a case brought to a state by real acts on one day, so that the act `by` can follow where it may."""
    road = ROADS_FOR.get((state, by), ROADS[state])
    if by == "note_complaint":
        road = [("complain_open", "requester"), *road]
    in_person = "explain_directly" in (by, *(name for name, _ in road))
    with on(on_day):
        how = {**oral(), "questions": TWO_QUESTIONS} if in_person else WRITTEN
        case = filed(office, on_day, **{**how, **changes})
    for act_name, role in road:
        extra = {"object": "refusal"} if act_name == "complain" else {}
        act(office, case, act_name, on_day, role, **extra)
    return case


def explained_before(office: Office, at: str = "2026-10-01 09:00") -> Case:
    """Return a case of somebody else that has been explained."""
    other = {**filing(office.agency)["requester"], "name": "Lê Văn Chín"}
    case = filed(office, at, requester=other)
    for name, role in ROADS["sent"]:
        act(office, case, name, at, role)
    return case
