"""The law of the complaint (khiếu nại), first and second time: numbers, grounds, contents, articles, by effective date.

A number, a ground or an article of these procedures stands nowhere else. LKN is the Law on Complaints 02/2011/QH13,
L136 its amendment 136/2025/QH15, NĐ155 the decree 155/2026/NĐ-CP. Law file sections 7 and 9.2.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from django.utils.translation import gettext_lazy as _

from workflow.calendar import CALENDAR_DAY, WORKING_DAY, YEAR, Period
from workflow.law import Ground, Item, LawVersion, Rung, Text

MORNING = 8  # local hour of warnings that come before a last day
BEFORE, SINCE = date(2012, 7, 1), date(2026, 7, 1)

SHARED_PERIODS = {
    # key                         n  unit          article                    anchor      row of the rule table
    "notice_copies": Period(1, WORKING_DAY, "LKN Đ.27; NĐ30 Đ.18 k.1", "accepted", "COMPL_NOTICE_COPIES", _("Copies of the notice")),
    "evidence": Period(7, CALENDAR_DAY, "LKN Đ.12 k.1 đ, Đ.13 k.2 c, Đ.14 k.1 a", "asked", "COMPL_EVIDENCE", _("Evidence that was asked for")),
    "orders": Period(3, WORKING_DAY, "NĐ155 Đ.12", "ordered", "COMPL_SUSP_SEND", _("Sending the suspension, continuation or termination")),
    "termination": Period(1, WORKING_DAY, "LKN Đ.10", "withdrawn", "COMPL_TERMINATION", _("Decision of termination after withdrawal")),
    "answer_front": Period(7, CALENDAR_DAY, "LKN Đ.66 k.2", "decided", "COMPL_MTTQ", _("Answer to the Fatherland Front")),
    "lawsuit": Period(1, YEAR, "LTTHC Đ.116", "receipt", "LAWSUIT", _("Time limit for a lawsuit")),
}  # fmt: skip

FIRST_PERIODS = {
    "file": Period(90, CALENDAR_DAY, "LKN Đ.9", "known", "COMPL1_FILE", _("Time limit for the first complaint")),
    "accept": Period(7, WORKING_DAY, "LKN Đ.27; NĐ155 Đ.10", "received", "COMPL1_ACCEPT", _("Notice of acceptance or non-acceptance")),
    "decide": Period(30, CALENDAR_DAY, "LKN Đ.28", "accepted", "COMPL1_DECIDE", _("First decision")),
    "decide_complex": Period(45, CALENDAR_DAY, "LKN Đ.28", "accepted", "COMPL1_DECIDE", _("First decision, complex matter")),
    "decide_remote": Period(45, CALENDAR_DAY, "LKN Đ.28", "accepted", "COMPL1_DECIDE", _("First decision, remote area")),
    "decide_remote_complex": Period(60, CALENDAR_DAY, "LKN Đ.28", "accepted", "COMPL1_DECIDE", _("First decision, remote area and complex matter")),
    "send": Period(3, WORKING_DAY, "LKN Đ.32", "decided", "COMPL1_SEND", _("Sending the decision and its copies")),
    "effect": Period(30, CALENDAR_DAY, "LKN Đ.44 k.1", "decided", "COMPL1_EFFECT", _("Legal effect of the decision")),
    "effect_remote": Period(45, CALENDAR_DAY, "LKN Đ.44 k.1", "decided", "COMPL1_EFFECT", _("Legal effect of the decision, remote area")),
    "appeal": Period(30, CALENDAR_DAY, "LKN Đ.33 k.1", "receipt", "COMPL2_FILE", _("Time limit for the second complaint")),
    "appeal_remote": Period(45, CALENDAR_DAY, "LKN Đ.33 k.1", "receipt", "COMPL2_FILE", _("Time limit for the second complaint, remote area")),
    **SHARED_PERIODS,
}  # fmt: skip

SECOND_PERIODS = {
    "file": Period(30, CALENDAR_DAY, "LKN Đ.33 k.1", "receipt", "COMPL2_FILE", _("Time limit for the second complaint")),
    "file_remote": Period(45, CALENDAR_DAY, "LKN Đ.33 k.1", "receipt", "COMPL2_FILE", _("Time limit for the second complaint, remote area")),
    "accept": Period(7, WORKING_DAY, "LKN Đ.36 k.1; NĐ155 Đ.10", "received", "COMPL2_ACCEPT", _("Notice of acceptance or non-acceptance")),
    "decide": Period(45, CALENDAR_DAY, "LKN Đ.37", "accepted", "COMPL2_DECIDE", _("Second decision")),
    "decide_complex": Period(60, CALENDAR_DAY, "LKN Đ.37", "accepted", "COMPL2_DECIDE", _("Second decision, complex matter")),
    "decide_remote": Period(60, CALENDAR_DAY, "LKN Đ.37", "accepted", "COMPL2_DECIDE", _("Second decision, remote area")),
    "decide_remote_complex": Period(70, CALENDAR_DAY, "LKN Đ.37", "accepted", "COMPL2_DECIDE", _("Second decision, remote area and complex matter")),
    "send": Period(7, CALENDAR_DAY, "LKN Đ.41 k.1", "decided", "COMPL2_SEND", _("Sending the decision and its copies")),
    "publish": Period(15, CALENDAR_DAY, "LKN Đ.41 k.2; NĐ124", "decided", "COMPL2_PUBLISH", _("Publication of the decision")),
    "effect": Period(30, CALENDAR_DAY, "LKN Đ.44 k.2", "decided", "COMPL2_EFFECT", _("Legal effect of the decision")),
    "effect_remote": Period(45, CALENDAR_DAY, "LKN Đ.44 k.2", "decided", "COMPL2_EFFECT", _("Legal effect of the decision, remote area")),
    **SHARED_PERIODS,
}  # fmt: skip

DIALOGUE_NOTICE = {
    "dialogue_notice": Period(5, CALENDAR_DAY, "NĐ155 Đ.11", "dialogue", "COMPL_DIALOGUE_NOTICE", _("Notice before a dialogue"))
}  # fmt: skip

SHARED_CITES = {
    "request_supplement": "LKN Đ.8; LTCD Đ.28",
    "supplement": "LKN Đ.8, Đ.12 k.2",
    "request_evidence": "LKN Đ.12 k.1 đ, Đ.13 k.2 c, Đ.14 k.1 a",
    "give_evidence": "LKN Đ.13 k.2 c, Đ.14 k.2 c",
    "record_complexity": "NĐ155 Đ.2",
    "order_measure": "LKN Đ.35",
    "resume": "NĐ155 Đ.12",
    "terminate": "LKN Đ.11a k.2",
    "suspend": "LKN Đ.11a k.1",
    "send_order": "NĐ155 Đ.12",
    "withdraw": "LKN Đ.10",
    "issue_termination": "LKN Đ.10",
    "withdraw_part": "LKN Đ.10; NĐ155 Đ.5",
    "answer_front": "LKN Đ.66 k.2",
    "note_lawsuit": "LTTHC Đ.116",
    "close": "NĐ30 Đ.29, Đ.30",
    # what conditions rely on beside the article of an act
    "oral_record": "LKN Đ.8 k.3",
    "group": "LKN Đ.8 k.4",
    "group_size": "LTCD Đ.29; NĐ155 Đ.4",
    "complexity": "NĐ155 Đ.2",
    "suspension": "L136; LKN Đ.11a",
    "copies": "LKN Đ.27, Đ.32, Đ.41",
    "own_act": "A19",
    "known": "LKN Đ.9, Đ.33 k.1",
    # how days are counted
    "count_from": "BLDS Đ.147 k.2",
    "count_rest": "BLDS Đ.148 k.5",
    "count_year": "BLDS Đ.148 k.4",
    # what a passed last day is, and within what time it may be disciplined (law file 9.1)
    "breach_late": "NĐ124 Đ.40, Đ.41; NĐ155 Đ.16, Đ.17",
    "discipline": "NĐ 172/2025/NĐ-CP",
}
FIRST_CITES = {
    "settler": "LKN Đ.7 k.1",
    "dialogue": "LKN Đ.30 k.1",
    "silence": "LKN Đ.33 k.1",
    "lodge": "LKN Đ.7 k.1, Đ.8, Đ.9",
    "not_accept": "LKN Đ.11, Đ.27",
    "accept": "LKN Đ.27",
    "send_notice_copies": "LKN Đ.27",
    "verify": "LKN Đ.29",
    "report": "LKN Đ.29 k.4",
    "call_dialogue": "LKN Đ.30",
    "hold_dialogue": "LKN Đ.30 k.3",
    "decide": "LKN Đ.31",
    "send": "LKN Đ.32",
    "record_receipt": "LKN Đ.33 k.1, Đ.42",
    "appeal": "LKN Đ.7 k.1, Đ.33",
    "take_effect": "LKN Đ.44 k.1",
    **SHARED_CITES,
}
SECOND_CITES = {
    "settler": "LKN Đ.7, Đ.33",
    "dialogue": "LKN Đ.39",
    "silence": "LKN Đ.42",
    "lodge": "LKN Đ.7 k.1, Đ.33",
    "not_accept": "LKN Đ.11, Đ.36 k.1",
    "accept": "LKN Đ.36 k.1",
    "send_notice_copies": "LKN Đ.36 k.1",
    "verify": "LKN Đ.38",
    "report": "LKN Đ.38, Đ.29 k.4",
    "note_council": "LKN Đ.36 k.2",
    "call_dialogue": "LKN Đ.39, Đ.30; NĐ155 Đ.11",
    "hold_dialogue": "LKN Đ.39, Đ.30 k.3",
    "decide": "LKN Đ.40",
    "send": "LKN Đ.41 k.1",
    "publish": "LKN Đ.41 k.2",
    "record_receipt": "LKN Đ.42; LTTHC Đ.116",
    "take_effect": "LKN Đ.44 k.2",
    "sue_silence": "LKN Đ.42; LTTHC Đ.116 k.3 b",
    **SHARED_CITES,
}

GROUNDS = (
    Ground("N1", "LKN Đ.11 k.1", _("An internal direction, a normative act, or a decision that is a state secret."), ("not_accept",)),
    Ground("N2", "LKN Đ.11 k.2", _("The decision or act does not directly concern the rights of the complainant."), ("not_accept",)),
    Ground("N3", "LKN Đ.11 k.3", _("The complainant has no full civil capacity and no lawful representative."), ("not_accept",)),
    Ground("N4", "LKN Đ.11 k.4", _("The representative is not a lawful one."), ("not_accept",)),
    Ground("N5", "LKN Đ.11 k.5", _("The petition bears no signature or fingerprint."), ("not_accept",)),
    Ground("N6", "LKN Đ.11 k.6", _("The time limit has passed without a sound reason."), ("not_accept",)),
    Ground("N7", "LKN Đ.11 k.7", _("There is a second-instance decision already."), ("not_accept",)),
    Ground("N8", "LKN Đ.11 k.8", _("It was terminated and was not continued within 30 days."), ("not_accept",)),
    Ground("N9", "LKN Đ.11 k.9", _("A court has accepted or judged the matter."), ("not_accept",)),
    Ground("P1", "LKN Đ.11a k.1 a", _("Force majeure or an objective obstacle keeps the complainant from taking part."), ("suspend",)),
    Ground("P2", "LKN Đ.11a k.1 b", _("The result of another competent body, directly related, must be awaited."), ("suspend",)),
    Ground("E1", "LKN Đ.11a k.2 a", _("The complainant withdrew the whole complaint."), ("withdraw", "issue_termination")),
    Ground("E2", "LKN Đ.11a k.2 b", _("The complainant died or the organisation ended, and the rights are not inherited."), ("terminate",)),
)  # fmt: skip

REASONS = {
    # what makes a matter complex, with the point that says so (vụ việc phức tạp)
    "places": Item("NĐ155 Đ.2 a", _("One matter, to be verified in two places or more")),
    "matters": Item("NĐ155 Đ.2 b", _("Two matters or more to be verified")),
    "many": Item("NĐ155 Đ.2 c", _("Many complain, or many are affected")),
    "abroad": Item("NĐ155 Đ.2 d", _("The complainant, the act or the verification is abroad")),
    "bodies": Item("NĐ155 Đ.2 đ", _("Several managing bodies are concerned")),
    "disagreement": Item("NĐ155 Đ.2 e", _("Bodies disagree")),
    "evidence": Item("NĐ155 Đ.2 g", _("Contradictory evidence needs time or an expert")),
}

OUTCOMES = {
    # what a decision may do with what was attacked (LKN Đ.31 k.2 h); whether the complaint is upheld by it
    "keep": (_("Keep the decision or act"), False),
    "amend": (_("Amend it"), True),
    "supplement": (_("Supplement it"), True),
    "cancel_part": (_("Cancel it in part"), True),
    "cancel": (_("Cancel it wholly"), True),
    "stop": (_("Stop the act"), True),
}
CONCLUSIONS = {
    "right": _("The complaint is right"),
    "partly_right": _("The complaint is partly right"),
    "wrong": _("The complaint is wholly wrong"),
}

FIELDS = {
    # what a petition must hold
    "name": Item("LKN Đ.8 k.2", _("Full name")),
    "address": Item("LKN Đ.8 k.2", _("Address")),
    "id_number": Item("NĐ155 Mẫu 01", _("Identity number")),
    "content": Item("LKN Đ.8 k.2", _("Content and reason of the complaint")),
    "demands": Item("LKN Đ.8 k.2", _("What is demanded")),
    "proxy": Item("NĐ155 Đ.3", _("Authorisation, notarised or certified")),
    "signature": Item("LKN Đ.8 k.2", _("Signature or fingerprint")),
}
CHECKLISTS = {"fields": FIELDS, "reasons": REASONS}
INSTRUMENTS = {
    "LKN": _("Law on Complaints 02/2011/QH13"),
    "L136": _("Law 136/2025/QH15, amending the Law on Complaints"),
    "NĐ124": _("Decree 124/2020, detailing the Law on Complaints"),
    "NĐ155": _("Decree 155/2026, amending Decree 124/2020"),
    "LTCD": _("Law on Citizen Reception 42/2013/QH13"),
    "LTTHC": _("Law on Administrative Procedure 93/2015/QH13"),
    "BLDS": _("Civil Code 91/2015/QH13"),
    "NĐ30": _("Decree 30/2020 on records and documents"),
}
NEW = ("L136", "NĐ155")
INSTRUMENTS_BEFORE = {short: name for short, name in INSTRUMENTS.items() if short not in NEW}


@dataclass(frozen=True, slots=True)
class Content:
    """One thing that a document must hold.

    required: whether the act is refused without it
    """

    key: str
    cite: str
    label: Text
    required: bool = True


_DECISION = (
    Content("parties", "k.2 b", _("The complainant and who is complained about")),
    Content("content", "k.2 c", _("Content of the complaint")),
    Content("verified", "k.2 d", _("Result of the verification")),
)
CONTENTS: Mapping[str, Mapping[str, tuple[Content, ...]]] = {
    # act: instance ("first", "second") to what its document must hold
    "accept": dict.fromkeys(
        ("first", "second"),
        (
            Content("received", "LKN Đ.27; NĐ155 Mẫu 02", _("When and from whom the complaint came")),
            Content("accepted", "LKN Đ.27; NĐ155 Mẫu 02", _("What is accepted for settlement")),
        ),
    ),
    "not_accept": dict.fromkeys(
        ("first", "second"),
        (
            Content("received", "LKN Đ.27", _("When and from whom the complaint came")),
            Content("reason", "LKN Đ.27", _("Why it is not accepted")),
        ),
    ),
    "hold_dialogue": dict.fromkeys(
        ("first", "second"),
        (
            Content("present", "LKN Đ.30 k.3; NĐ155 Mẫu 14", _("Time, place and who took part")),
            Content("opinions", "LKN Đ.30 k.3; NĐ155 Mẫu 14", _("What each side said")),
            Content("result", "LKN Đ.30 k.3; NĐ155 Mẫu 14", _("Result of the dialogue")),
            Content("signatures", "LKN Đ.30 k.3", _("Signatures or fingerprints; the reason where somebody did not sign")),
        ),
    ),
    "suspend": dict.fromkeys(
        ("first", "second"),
        (
            Content("reason", "NĐ155 Đ.12, Mẫu 14a", _("Reason of the suspension")),
            Content("basis", "NĐ155 Đ.12, Mẫu 14a", _("Legal basis")),
        ),
    ),
    "resume": dict.fromkeys(
        ("first", "second"),
        (
            Content("reason", "NĐ155 Đ.12", _("Why the settlement goes on")),
            Content("basis", "NĐ155 Đ.12", _("Legal basis")),
        ),
    ),
    "decide": {
        "first": (
            *(Content(one.key, f"LKN Đ.31 {one.cite}", one.label) for one in _DECISION),
            Content("dialogue", "LKN Đ.31 k.2 đ", _("Result of the dialogue, if there was one"), required=False),
            Content("basis", "LKN Đ.31 k.2 e", _("Legal basis")),
            Content("conclusion", "LKN Đ.31 k.2 g", _("Conclusion on the content")),
            Content("outcome", "LKN Đ.31 k.2 h", _("What is kept, amended, supplemented, cancelled or stopped; other matters settled")),
            Content("compensation", "LKN Đ.31 k.2 i", _("Compensation, if any"), required=False),
            Content("rights", "LKN Đ.31 k.2", _("Right to a second complaint and to a lawsuit")),
        ),
        "second": (
            *(Content(one.key, f"LKN Đ.40 {one.cite}", one.label) for one in _DECISION),
            Content("first_result", "LKN Đ.40 k.2 d", _("Result of the first settlement")),
            Content("dialogue", "LKN Đ.40 k.2 e", _("Result of the dialogue")),
            Content("basis", "LKN Đ.40 k.2 g", _("Legal basis")),
            Content("conclusion", "LKN Đ.40 k.2 h", _("Conclusion on each matter and what the first resolver must do")),
            Content("compensation", "LKN Đ.40 k.2 i", _("Compensation, if any"), required=False),
            Content("rights", "LKN Đ.40 k.2", _("Right to a lawsuit")),
        ),
    },
}  # fmt: skip

OFFICE, REQUESTER_TOO = ("officer", "head"), ("officer", "head", "requester")
_AFTER = (
    Rung("silence", 0, REQUESTER_TOO, _("The time allowed has passed without the act the law requires.")),
    Rung("repeat", 1, OFFICE, _("Still not done."), every=1),
)
_SHORT = (
    Rung("one_left", -1, OFFICE, _("One day is left."), hour=MORNING),
    *_AFTER,
    Rung("superior", 1, ("superior",), _("One day late: the superior agency is told.")),
    Rung("inspectorate", 3, ("inspectorate",), _("Three days late: the inspectorate is told.")),
)
_LONG = (
    Rung("seven_left", -7, ("officer",), _("Seven days are left."), hour=MORNING),
    Rung("three_left", -3, OFFICE, _("Three days are left."), hour=MORNING),
    Rung("one_left", -1, OFFICE, _("One day is left."), hour=MORNING),
    *_AFTER,
    Rung("superior", 3, ("superior",), _("Three days late: the superior agency is told.")),
    Rung("inspectorate", 7, ("inspectorate",), _("Seven days late: the inspectorate is told.")),
)
_PAPER = (Rung("silence", 0, OFFICE, _("The paper is still to be sent.")),)
LADDERS = {
    # law file 9.2: "complaint clocks the same way"; each rung in the unit of its own period
    "accept": _SHORT,
    "decide": _LONG,
    "send": _SHORT,
    "publish": _LONG,
    "notice_copies": _PAPER,
    "orders": _PAPER,
    "termination": _PAPER,
    "answer_front": _PAPER,
    "evidence": (Rung("silence", 0, OFFICE, _("What was asked for has not arrived.")),),
    "paused": (
        Rung("paused", 15, OFFICE, _("The case is still suspended."), every=15, then=(30, 7), counted_from="pause",
             hour=MORNING),
    ),
}  # fmt: skip

VALUES = {
    "group_from": 5,  # LTCD Đ.29, NĐ155 Đ.4: from here a group may send two representatives
    "group_large": 11,  # LTCD Đ.29: more than ten send up to five
    "discipline_days": 90,  # NĐ 172/2025/NĐ-CP
    "discipline_days_complex": 150,
    "suspension": 0,  # whether the law knows it
    "id_number": 0,  # whether a petition states it
}
NEW_VALUES = {**VALUES, "suspension": 1, "id_number": 1}  # L136: Đ.11a; NĐ155 Mẫu 01
PROXY = ((SINCE, ("notarised", "certified")), (date(2027, 1, 1), ("certified",)))
"""Which authorisations of an individual count, by the day from which they do (NĐ155 Đ.3, Đ.21 k.2)."""


def _before(periods: Mapping[str, Period]) -> dict[str, Period]:
    """Return the periods as they stood until 30/06/2026: ten days to accept, and no days before a dialogue."""
    accept, ahead = periods["accept"], DIALOGUE_NOTICE["dialogue_notice"]
    return {
        **periods,
        "accept": Period(10, CALENDAR_DAY, accept.cite.split(";")[0], accept.anchor, accept.rule, accept.label),
        "dialogue_notice": Period(0, CALENDAR_DAY, "LKN Đ.30", ahead.anchor, ahead.rule, ahead.label),
    }


FIRST_BEFORE = LawVersion(
    "LKN 02/2011/QH13", BEFORE, _before(FIRST_PERIODS), FIRST_CITES, GROUNDS, LADDERS, VALUES, CHECKLISTS, INSTRUMENTS_BEFORE
)  # fmt: skip
FIRST_SINCE = LawVersion(
    "LKN 02/2011/QH13, L136, NĐ155", SINCE, {**FIRST_PERIODS, **DIALOGUE_NOTICE}, FIRST_CITES, GROUNDS, LADDERS, NEW_VALUES, CHECKLISTS, INSTRUMENTS
)  # fmt: skip
SECOND_BEFORE = LawVersion(
    "LKN 02/2011/QH13", BEFORE, _before(SECOND_PERIODS), SECOND_CITES, GROUNDS, LADDERS, VALUES, CHECKLISTS, INSTRUMENTS_BEFORE
)  # fmt: skip
SECOND_SINCE = LawVersion(
    "LKN 02/2011/QH13, L136, NĐ155", SINCE, {**SECOND_PERIODS, **DIALOGUE_NOTICE}, SECOND_CITES, GROUNDS, LADDERS, NEW_VALUES, CHECKLISTS, INSTRUMENTS
)  # fmt: skip


# who hears the second complaint: law file 7.4 ------------------------------------------------------------------

PARENT, MINISTRY, COURT = "parent", "ministry", "court"
CENTRAL, PROVINCE, DEPARTMENT, COMMUNE = "central", "province", "department", "commune"


@dataclass(frozen=True, slots=True)
class SecondSettler:
    """Who hears the second complaint after a kind of first resolver.

    first: level of the first resolver's agency
    above: level of the agency directly over it; "" for any
    second: the agency directly over it, a ministry (of the sector, to be chosen), or the court alone
    since: day from which the row holds
    """

    first: str
    above: str
    second: str
    cite: str
    since: date
    who: Text


ALWAYS, TWO_TIERS = date(2012, 7, 1), date(2025, 7, 1)
PROVINCE_CHAIR = _("Chairman of the provincial People's Committee")
SECOND_SETTLERS = (
    SecondSettler(COMMUNE, PROVINCE, PARENT, "LKN Đ.21 k.2; NĐ155 Đ.14 k.3", TWO_TIERS, PROVINCE_CHAIR),
    SecondSettler(DEPARTMENT, DEPARTMENT, PARENT, "LKN Đ.19, Đ.20", ALWAYS, _("Director of the department")),
    SecondSettler(DEPARTMENT, PROVINCE, PARENT, "LKN Đ.21 k.2", ALWAYS, PROVINCE_CHAIR),
    SecondSettler(DEPARTMENT, COMMUNE, PARENT, "LKN Đ.7 k.1", ALWAYS, _("Chairman of the commune's People's Committee")),
    SecondSettler(PROVINCE, "", MINISTRY, "LKN Đ.23 k.3", ALWAYS, _("Minister of the sector")),
    SecondSettler(DEPARTMENT, CENTRAL, PARENT, "LKN Đ.23 k.2", ALWAYS, _("Minister")),
    SecondSettler(CENTRAL, "", COURT, "LKN Đ.7 k.2", ALWAYS, _("No second complaint: the administrative court")),
)  # fmt: skip
NO_SECOND_SETTLER = "LKN Đ.7"
