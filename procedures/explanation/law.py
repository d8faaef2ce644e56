"""The law of the explanation procedure (trách nhiệm giải trình): numbers, grounds, articles, by effective date.

A number, a ground or an article of this procedure stands nowhere else: acts, conditions, forms, pages and letters name
it by key, and the version that applies to the case answers. Law file sections 1 to 6 and 9.2.
"""

from __future__ import annotations

from datetime import date

from django.utils.translation import gettext_lazy as _

from workflow.calendar import CALENDAR_DAY, WORKING_DAY, YEAR, Period
from workflow.law import Ground, Item, LawVersion, Rung

MORNING = 8  # local hour of warnings that come before a last day

PERIODS = {
    # key                         n  unit          article               anchor      row of the rule table
    "decide": Period(5, WORKING_DAY, "NĐ59 Đ.11 k.4", "received", "EXPL_NOTICE", _("Notice of acceptance or refusal")),
    "explain": Period(15, CALENDAR_DAY, "NĐ59 Đ.13", "accepted", "EXPL_DO", _("Explanation")),
    "extension": Period(15, CALENDAR_DAY, "NĐ59 Đ.13", "nominal", "EXPL_EXT", _("Longest extension")),
    "guidance": Period(5, WORKING_DAY, "NĐ59 Đ.11 k.2", "received", "EXPL_SUPPLEMENT_TARGET", _("Guidance to supplement")),
    "termination": Period(1, WORKING_DAY, "NĐ59 Đ.14 k.3 c", "withdrawn", "EXPL_TERMINATION", _("Decision after withdrawal")),
    "complain": Period(90, CALENDAR_DAY, "LKN Đ.9", "receipt", "COMPL1_FILE", _("Time limit for a complaint")),
    "lawsuit": Period(1, YEAR, "LTTHC Đ.116", "known", "LAWSUIT", _("Time limit for a lawsuit")),
}  # fmt: skip

VALUES = {
    "extensions": 1,  # NĐ59 Đ.13: once
    "group_from": 5,  # LTCD Đ.29 (A14): from here a group may send more than one representative
    "group_large": 11,  # LTCD Đ.29 (A14): more than ten
    "discipline_days": 90,  # NĐ 172/2025/NĐ-CP: time limit for discipline, from the breach
    "discipline_days_complex": 150,  # the same, where the matter is complex
}

INSTRUMENTS = {
    "NĐ59": _("Decree 59/2019, detailing the Law on Anti-Corruption"),
    "PCTN": _("Law on Anti-Corruption 36/2018/QH14"),
    "LKN": _("Law on Complaints 02/2011/QH13"),
    "LTCD": _("Law on Citizen Reception 42/2013/QH13"),
    "LTTHC": _("Law on Administrative Procedure 93/2015/QH13"),
    "BLDS": _("Civil Code 91/2015/QH13"),
    "NĐ30": _("Decree 30/2020 on records and documents"),
}

ACTS = {
    "file": "NĐ59 Đ.10",
    "request_supplement": "NĐ59 Đ.11 k.2",
    "supplement": "NĐ59 Đ.11 k.2",
    "redirect": "NĐ59 Đ.11 k.1",
    "provide_copy": "NĐ59 Đ.11 k.3",
    "refuse": "NĐ59 Đ.5, Đ.11 k.4",
    "accept": "NĐ59 Đ.4, Đ.11 k.4",
    "explain_directly": "NĐ59 Đ.12 k.1",
    "hold_session": "NĐ59 Đ.12 k.2 b",
    "extend": "NĐ59 Đ.13",
    "suspend": "NĐ59 Đ.14 k.1",
    "resume": "NĐ59 Đ.14 k.2",
    "terminate": "NĐ59 Đ.14 k.3",
    "withdraw": "NĐ59 Đ.8 k.1 b, Đ.14 k.3 c",
    "issue_termination": "NĐ59 Đ.14 k.3 c",
    "withdraw_part": "NĐ59 Đ.8 k.1 b",
    "sign": "NĐ59 Đ.12 k.2 c, k.3",
    "send": "NĐ59 Đ.12 k.2 d",
    "record_receipt": "LKN Đ.9",
    "respond": "NĐ59 Đ.8 k.1",
    "close": "NĐ30 Đ.29, Đ.30",
    "complain": "NĐ59 Đ.8 k.1 d",
    "end_complaint": "LKN Đ.31",
}

CLAUSES = {
    # what acts, conditions and pages rely on beside the article of an act
    "who_may_ask": "PCTN Đ.15; NĐ59 Đ.4, Đ.8",
    "kinds": "NĐ59 Đ.3",
    "capacity": "NĐ59 Đ.4 k.1",
    "affected": "NĐ59 Đ.4 k.2",
    "excluded": "NĐ59 Đ.6",
    "sound_reason": "NĐ59 Đ.5 k.2",
    "papers": "NĐ59 Đ.5 k.4",
    "addressed": "NĐ59 Đ.10 k.1",
    "particulars": "NĐ59 Đ.10 k.2",
    "who_asks": "NĐ59 Đ.10 k.2 a",
    "signature": "NĐ59 Đ.10 k.2 b",
    "oral_record": "NĐ59 Đ.10 k.3 b, c",
    "group": "NĐ59 Đ.10 k.3 a",
    "group_size": "LTCD Đ.29",
    "notice": "NĐ59 Đ.11 k.4",
    "contents_requester": "NĐ59 Đ.12 k.3 a",
    "contents_session": "NĐ59 Đ.12 k.3 c",
    "contents_basis": "NĐ59 Đ.12 k.3 d",
    "contents_answers": "NĐ59 Đ.12 k.3 đ",
    "first_complaint": "LKN Đ.2, Đ.7",
    "complaint_settled": "LKN Đ.31, Đ.40; A21",
    # how days are counted
    "count_from": "BLDS Đ.147 k.2",
    "count_rest": "BLDS Đ.148 k.5",
    "count_year": "BLDS Đ.148 k.4",
    # what a passed last day is, and within what time it may be disciplined (law file 9.1)
    "breach_late": "NĐ59 Đ.81 k.1 a",
    "breach_never_explain": "NĐ59 Đ.81 k.1 b",
    "discipline": "NĐ 172/2025/NĐ-CP",
}

CHECKLISTS = {
    "fields": {  # what a written request must hold
        "content": Item("NĐ59 Đ.10 k.2 a", _("Content of the request")),
        "name": Item("NĐ59 Đ.10 k.2 a", _("Full name")),
        "address": Item("NĐ59 Đ.10 k.2 a", _("Address")),
        "contact": Item("NĐ59 Đ.10 k.2 a", _("Phone number or mail address")),
        "signature": Item("NĐ59 Đ.10 k.2 b", _("Signature or fingerprint")),
    },
    "content_types": {  # what may be asked
        "legal_basis": Item("NĐ59 Đ.3 k.1", _("Legal basis")),
        "competence": Item("NĐ59 Đ.3 k.2", _("Competence")),
        "procedure": Item("NĐ59 Đ.3 k.3", _("Order and procedure")),
        "content": Item("NĐ59 Đ.3 k.4", _("Content of the decision or act")),
    },
}

GROUNDS = (
    Ground("R1a", "NĐ59 Đ.5 k.1, Đ.4 k.1", _("No full civil capacity and no lawful representative."), ("refuse",)),
    Ground("R1b", "NĐ59 Đ.5 k.1, Đ.4 k.2", _("The decision or act does not directly affect the requester."), ("refuse",)),
    Ground("R2a", "NĐ59 Đ.5 k.2, Đ.6", _("The content is outside the scope of explanation."), ("refuse",)),
    Ground("R2b", "NĐ59 Đ.5 k.2", _("The content has already been explained to this requester."), ("refuse",), excusable=True),
    Ground("R2c", "NĐ59 Đ.5 k.2", _("A competent body has already accepted the content for settlement."), ("refuse",), excusable=True),
    Ground("R3", "NĐ59 Đ.5 k.3", _("The requester is not in control of their behaviour, or disturbs order, threatens or insults."), ("refuse",)),
    Ground("R4", "NĐ59 Đ.5 k.4", _("The authorised person or representative has no lawful papers."), ("refuse",)),
    Ground("S1a", "NĐ59 Đ.14 k.1 a", _("The requester died and no successor is identified yet."), ("suspend",)),
    Ground("S1b", "NĐ59 Đ.14 k.1 a", _("The requesting organisation was divided, merged or dissolved and no successor is identified yet."), ("suspend",)),
    Ground("S2", "NĐ59 Đ.14 k.1 b", _("The requester lost civil capacity and no legal representative is identified yet."), ("suspend",)),
    Ground("S3", "NĐ59 Đ.14 k.1 c", _("The requester is ill, or another objective reason prevents the explanation."), ("suspend",)),
    Ground("E1a", "NĐ59 Đ.14 k.3 a", _("The requester died and has no successor."), ("terminate",)),
    Ground("E1b", "NĐ59 Đ.14 k.3 a", _("The requesting organisation was divided, merged or dissolved and has no successor."), ("terminate",)),
    Ground("E2", "NĐ59 Đ.14 k.3 b", _("The requester lost civil capacity and has no legal representative."), ("terminate",)),
    Ground("E3", "NĐ59 Đ.14 k.3 c", _("The requester withdrew the whole request."), ("withdraw", "issue_termination")),
)  # fmt: skip

OFFICE, REQUESTER_TOO = ("officer", "head"), ("officer", "head", "requester")
_AFTER = (
    Rung("silence", 0, REQUESTER_TOO, _("The time allowed has passed without the act the law requires.")),
    Rung("repeat", 1, OFFICE, _("Still not done."), every=1),
)
LADDERS = {
    # law file 9.2; each rung in the unit of its own period
    "decide": (
        Rung("two_left", -2, ("officer",), _("Two working days are left."), hour=MORNING),
        Rung("one_left", -1, OFFICE, _("One working day is left."), hour=MORNING),
        *_AFTER,
        Rung("superior", 1, ("superior",), _("One working day late: the superior agency is told.")),
        Rung("inspectorate", 3, ("inspectorate",), _("Three working days late: the inspectorate is told.")),
    ),
    "explain": (
        Rung("seven_left", -7, ("officer",), _("Seven days are left."), hour=MORNING),
        Rung("three_left", -3, OFFICE, _("Three days are left."), hour=MORNING),
        Rung("one_left", -1, OFFICE, _("One day is left."), hour=MORNING),
        *_AFTER,
        Rung("superior", 3, ("superior",), _("Three days late: the superior agency is told.")),
        Rung("inspectorate", 7, ("inspectorate",), _("Seven days late: the inspectorate is told.")),
    ),
    "termination": (Rung("silence", 0, OFFICE, _("The decision on the withdrawal is still to be issued.")),),
    "paused": (
        Rung("paused", 15, OFFICE, _("The case is still suspended."), every=15, then=(30, 7), counted_from="pause",
             hour=MORNING),
    ),
}  # fmt: skip

DECREE_59 = LawVersion(
    "NĐ 59/2019/NĐ-CP",
    effective=date(2019, 8, 15),
    periods=PERIODS,
    cites=ACTS | CLAUSES,
    grounds=GROUNDS,
    ladders=LADDERS,
    values=VALUES,
    checklists=CHECKLISTS,
    instruments=INSTRUMENTS,
)

VERSIONS = (DECREE_59,)
