"""Lives of complaints for the tests: lodged against lives of requests, at a commune and at its superior."""

from __future__ import annotations

from typing import Any

from tests import lives
from workflow import clock, engine
from workflow.actors import Requester
from workflow.models import Case

WORDS = "Nội dung theo quy định."
CONTENTS = {
    "accept": ("received", "accepted"),
    "not_accept": ("received", "reason"),
    "hold_dialogue": ("present", "opinions", "result", "signatures"),
    "suspend": ("reason", "basis"),
    "resume": ("reason", "basis"),
    "decide": ("parties", "content", "verified", "dialogue", "basis", "conclusion", "rights"),
}
ONLY = {"complaint": {"decide": ("outcome",)}, "complaint_second": {"decide": ("first_result",)}}
DEMANDS = [{"text": "Hủy thông báo từ chối."}, {"text": "Thụ lý lại yêu cầu giải trình."}]


class Office(lives.Office):
    """The province of every test, with people who settle a second complaint, and a ministry over it."""

    def __init__(self) -> None:
        super().__init__()
        self.above = {"head": self.superior, "inspector": self.inspector}
        for role in ("receiver", "clerk", "officer"):
            self.above[role] = self.person(role, self.province, f"above_{role}")

    def actor(self, role: str, case: Case) -> Any:
        """Return who acts in a role on a case: at the commune, or at the province where the case lies there."""
        if role == "requester" or case.agency_id == self.agency.pk:
            return super().actor(role, case)
        return self.above[role]


def contents(case: Case, act: str) -> dict[str, str]:
    """Return everything that the document of an act must hold."""
    keys = (*CONTENTS[act], *ONLY[case.procedure_name].get(act, ()))
    return dict.fromkeys(keys, WORDS)


def petition(attacked: Case, **changes: Any) -> dict[str, Any]:
    """Return what a complete electronic complaint against a case holds."""
    return {
        "agency": attacked.agency,
        "attacked": attacked,
        "object": "refusal",
        "channel": "electronic",
        "requester": lives.filing(attacked.agency)["requester"],
        "id_number": "000000000001",
        "content": "Việc từ chối không có căn cứ.",
        "demands": DEMANDS,
        "signature": "drawn",
        **changes,
    }


def lodged(attacked: Case, at: str, **changes: Any) -> Case:
    """Return a first complaint against a case, lodged at a simulated moment."""
    with lives.on(at):
        return engine.open("complaint", actor=Requester(), **petition(attacked, **changes))


def appealed(first: Any, office: Office, at: str, **changes: Any) -> Case:
    """Return a second complaint after a first one, lodged at a simulated moment with the superior."""
    how = {"agency": office.province, "earlier": first, "object": first.object, **changes}
    with lives.on(at):
        return engine.open("complaint_second", actor=Requester(), **petition(first.attacked, **how))


def given(case: Any, act: str, **changes: Any) -> dict[str, Any]:
    """Return valid data for an act on a complaint, as far as it needs any."""
    today, paper = clock.legal_day(clock.now()), lives.paper
    told = {"first": ["superior", "inspectorate"], "second": ["first_settler", "inspectorate"]}[case.instance]
    data: dict[str, Any] = {
        "request_supplement": lambda: {"fields": case.missing[:1] or ["name"], "guidance": paper(case, "K3")},
        "supplement": lambda: {"provided": dict.fromkeys(case.pending or ["name"], "paper")},
        "not_accept": lambda: {"ground": "N2", "contents": contents(case, act), "notice": paper(case, "K2")},
        "accept": lambda: {"contents": contents(case, act), "notice": paper(case, "K1")},
        "send_notice_copies": lambda: {"recipients": ["inspectorate"], "proof": "RN1"},
        "verify": lambda: {"verifier": verifier(case), "decision": paper(case, "K4")},
        "request_evidence": lambda: {"asked": "Hồ sơ thu hồi đất.", "letter": paper(case, "K16")},
        "give_evidence": lambda: {"record": paper(case, "record")},
        "report": lambda: {"differs": False, "report": paper(case, "K5")},
        "record_complexity": lambda: {"reasons": ["places"], "record": paper(case, "K12")},
        "order_measure": lambda: {"facts": "Thiệt hại khó khắc phục.", "decision": paper(case, "K14")},
        "call_dialogue": lambda: {"held_on": lives.days(clock.now(), 10).date(), "notice": paper(case, "K6")},
        "hold_dialogue": lambda: {"absent": "nobody", "contents": contents(case, act), "minutes": paper(case, "K7")},
        "suspend": lambda: {"ground": "P1", "contents": contents(case, act), "decision": paper(case, "K9")},
        "resume": lambda: {"contents": contents(case, act), "decision": paper(case, "K10")},
        "terminate": lambda: {"ground": "E2", "facts": "Không có người thừa kế.", "decision": paper(case, "K11")},
        "withdraw": lambda: {"statement": "Tôi xin rút."},
        "issue_termination": lambda: {"decision": paper(case, "K11")},
        "withdraw_part": lambda: {"numbers": case.open_demands[-1:]},
        "send_order": lambda: {"delivery": "post", "proof": "RN2"},
        "answer_front": lambda: {"letter": paper(case, "K16")},
        "note_lawsuit": lambda: {"sued_on": today, "court": "Tòa án nhân dân khu vực 1"},
        "sue_silence": lambda: {"sued_on": today, "court": "Tòa án nhân dân khu vực 1"},
        "note_council": lambda: {"decision": paper(case, "K13")},
        "decide": lambda: {
            "outcome": "cancel", "conclusion": "right", "contents": contents(case, act), "decision": paper(case, "K8"),
        },
        "send": lambda: {"delivery": "post", "proof": "RN3", "recipients": told},
        "publish": lambda: {"how": "posting", "record": paper(case, "record")},
        "record_receipt": lambda: {"received_on": today},
        "appeal": dict,
        "appeal_silence": dict,
        "take_effect": dict,
        "close": dict,
    }[act]()  # fmt: skip
    return {**data, **changes}


def verifier(case: Case) -> Any:
    """Return the officer of the case's agency."""
    return case.agency.appointments.get(role="officer").user


def act(office: Office, case: Case, name: str, at: str, role: str, **changes: Any) -> Any:
    """Fire a transition with valid data at a simulated moment, in a role."""
    with lives.on(at):
        return engine.fire(case, name, actor=office.actor(role, case), **given(case, name, **changes))


def refused(office: Office, at: str, received: str = "", **changes: Any) -> Case:
    """Return a request that was refused at a moment, and whose refusal was received on a day."""
    case = lives.filed(office, at, **changes)
    lives.act(office, case, "refuse", at, "head")
    if received:
        lives.act(office, case, "record_receipt", f"{received} 09:00", "requester")
    return case


VERIFIED = (("verify", "head"), ("report", "officer"))


def through(office: Office, case: Case, at: str, *acts: tuple[str, str]) -> Case:
    """Return the case after acts of one moment."""
    for name, role in acts:
        act(office, case, name, at, role)
    return case
