"""The worked examples of the law file that tell a story, lived through the engine."""

from datetime import date

import pytest

from tests import lives
from workflow import engine, errors
from workflow.actors import Requester
from workflow.documents import issue

pytestmark = pytest.mark.django_db


@pytest.fixture
def office():
    return lives.Office()


def due(case, rule):
    clock = type(case).objects.get(pk=case.pk).clock(rule)
    return clock.due_on and clock.due_on.isoformat()


def accepted(office, on, **filing):
    case = lives.filed(office, f"{on} 08:00", **filing)
    lives.act(office, case, "accept", f"{on} 09:00", "head")
    return case


NOTICES = (
    # example  arrives             notice due
    (1,  "2026-11-02 09:10", "2026-11-09"),
    (2,  "2026-11-06 23:30", "2026-11-13"),
    (3,  "2026-02-12 14:00", "2026-02-26"),
    (4,  "2026-02-13 16:45", "2026-02-27"),
    (5,  "2026-02-14 20:00", "2026-02-27"),
    (6,  "2026-04-24 09:00", "2026-05-06"),
    (7,  "2026-08-26 09:00", "2026-09-07"),
    (8,  "2026-08-19 09:00", "2026-08-25"),
    (9,  "2025-12-31 09:00", "2026-01-09"),
    (10, "2026-01-06 09:00", "2026-01-12"),
    (11, "2026-11-18 09:00", "2026-11-26"),
    (13, "2026-10-05 09:00", "2026-10-12"),
)  # fmt: skip


@pytest.mark.parametrize(("example", "arrives", "last"), NOTICES, ids=[f"example-{row[0]}" for row in NOTICES])
def test_the_notice_is_due_after_five_working_days(office, example, arrives, last):
    assert due(lives.filed(office, arrives), "decide") == last


EXPLANATIONS = (
    # example  accepted      explanation due
    (14, "2026-10-06", "2026-10-21"),
    (15, "2026-11-06", "2026-11-23"),
    (16, "2026-11-09", "2026-11-25"),
    (17, "2026-02-05", "2026-02-23"),
    (18, "2026-02-13", "2026-03-02"),
    (19, "2026-04-16", "2026-05-04"),
    (20, "2026-08-18", "2026-09-03"),
    (21, "2026-08-07", "2026-08-22"),
)  # fmt: skip


@pytest.mark.parametrize(("example", "on", "last"), EXPLANATIONS, ids=[f"example-{row[0]}" for row in EXPLANATIONS])
def test_the_explanation_is_due_after_fifteen_days(office, example, on, last):
    assert due(accepted(office, on), "explain") == last


def test_example_12_a_deficient_letter_starts_when_it_is_complete(office):
    letter = {**lives.WRITTEN, "signature": ""}
    letter["requester"] = {**letter["requester"], "address": "", "phone": "0900 000 002"}
    case = lives.filed(office, "2026-12-01 09:00", **letter)
    assert due(case, "decide") == "2026-12-08"
    lives.act(office, case, "request_supplement", "2026-12-03 09:00", "receiver", fields=["address", "signature"])
    assert case.clock("decide").state == "stopped"
    provided = {"address": "Thôn 2", "signature": "paper"}
    lives.act(office, case, "supplement", "2026-12-09 09:00", "requester", provided=provided)
    assert (case.state, due(case, "decide")) == ("received", "2026-12-16")


def test_example_22_a_late_notice_does_not_start_the_fifteen_days_earlier(office):
    case = lives.filed(office, "2026-10-05 09:00")
    entry = lives.act(office, case, "accept", "2026-10-20 09:00", "head")
    assert due(case, "explain") == "2026-11-04"
    facts = {fact["clock"]: fact for fact in entry.data["clocks"]}
    assert (facts["decide"]["event"], facts["decide"]["kept"]) == ("stopped", False)


EXTENSIONS = (
    # example  accepted     extended on  days  due
    (23, "2026-10-05", "2026-10-19", 15, "2026-11-04"),
    (24, "2026-03-03", "2026-03-17",  7, "2026-03-25"),
    (25, "2026-11-06", "2026-11-20", 15, "2026-12-07"),
)  # fmt: skip


@pytest.mark.parametrize(
    ("example", "on", "at", "days", "last"), EXTENSIONS, ids=[f"example-{e[0]}" for e in EXTENSIONS]
)
def test_an_extension_counts_from_the_nominal_day(office, example, on, at, days, last):
    case = accepted(office, on)
    lives.act(office, case, "extend", f"{at} 09:00", "explainer", days=days)
    assert due(case, "explain") == last


def test_example_26_an_expired_period_cannot_be_extended(office):
    case = accepted(office, "2026-10-05")
    with pytest.raises(errors.ConditionUnmet, match="20/10/2026"):
        lives.act(office, case, "extend", "2026-10-21 00:00", "head")
    case = type(case).objects.get(pk=case.pk)
    assert (due(case, "explain"), case.is_late(date(2026, 10, 20)), case.is_late(date(2026, 10, 21))) == (
        "2026-10-20", False, True,
    )  # fmt: skip


def test_example_27_there_is_no_second_extension_and_none_over_fifteen_days(office):
    case = accepted(office, "2026-10-05")
    for days in (20, 16, 0, -1):
        with pytest.raises(errors.ConditionUnmet, match="from 1 to 15"):
            lives.act(office, case, "extend", "2026-10-19 09:00", "head", days=days)
    lives.act(office, case, "extend", "2026-10-19 10:00", "head", days=15)
    with pytest.raises(errors.ConditionUnmet, match="as often as|đủ số lần"):
        lives.act(office, case, "extend", "2026-10-20 09:00", "head", days=5)
    assert due(case, "explain") == "2026-11-04"


def test_example_28_illness_does_not_count(office):
    case = accepted(office, "2026-03-02")
    lives.act(office, case, "suspend", "2026-03-10 09:00", "head", ground="S3")
    assert due(case, "explain") is None
    lives.act(office, case, "resume", "2026-03-26 09:00", "head")
    assert due(case, "explain") == "2026-04-02"


def test_example_29_a_suspension_and_then_an_extension(office):
    case = accepted(office, "2026-10-05")
    lives.act(office, case, "suspend", "2026-10-12 09:00", "head", ground="S1b")
    lives.act(office, case, "resume", "2026-11-02 09:00", "head")
    assert due(case, "explain") == "2026-11-10"
    lives.act(office, case, "extend", "2026-11-09 09:00", "head", days=10)
    assert due(case, "explain") == "2026-11-20"


def test_example_30_two_suspensions_add_up(office):
    case = accepted(office, "2026-01-26")
    lives.act(office, case, "suspend", "2026-02-02 09:00", "head")
    lives.act(office, case, "resume", "2026-02-05 09:00", "head")
    assert due(case, "explain") == "2026-02-13"
    lives.act(office, case, "suspend", "2026-02-11 09:00", "head")
    with pytest.raises(errors.NotFromHere):
        lives.act(office, case, "suspend", "2026-02-11 10:00", "head")
    lives.act(office, case, "resume", "2026-02-24 09:00", "head")
    assert due(case, "explain") == "2026-02-26"


def test_example_31_a_suspended_case_has_no_last_day(office):
    case = accepted(office, "2026-11-09")
    entry = lives.act(office, case, "suspend", "2026-11-16 09:00", "head", ground="S1a")
    assert due(case, "explain") is None
    assert [fact["counted"] for fact in entry.data["clocks"]] == [6]
    lives.act(office, case, "resume", "2026-11-23 09:00", "head")
    assert due(case, "explain") == "2026-12-01"


def test_example_32_a_part_and_then_all_is_withdrawn(office):
    case = accepted(office, "2026-11-09", questions=lives.TWO_QUESTIONS)
    lives.act(office, case, "withdraw_part", "2026-11-12 09:00", "requester", questions=[2])
    assert (due(case, "explain"), case.open_questions) == ("2026-11-25", [1])
    lives.act(office, case, "withdraw", "2026-11-17 09:00", "requester")
    assert (case.state, case.clock("explain").state, due(case, "termination")) == (
        "terminated",
        "stopped",
        "2026-11-18",
    )
    lives.act(office, case, "issue_termination", "2026-11-18 09:00", "head")
    assert {clock.state for clock in case.clocks} == {"stopped"}


def test_example_33_explained_on_the_spot_keeps_both_periods(office):
    with lives.on("2026-11-10 08:30"):
        record = issue(case=None, kind="T1", dated_on=date(2026, 11, 10), number="01/BB")
        case = engine.open(
            "explanation", actor=Requester(), **lives.filing(
                office.agency, channel="in_person", signature="fingerprint", record=record
            ),
        )  # fmt: skip
    entry = lives.act(office, case, "explain_directly", "2026-11-10 09:15", "head")
    assert case.state == "explained_direct"
    assert [(f["clock"], f["event"], f["on"], f["kept"]) for f in entry.data["clocks"]] == [
        ("decide", "stopped", "2026-11-10", True)
    ]
    assert {clock.state for clock in case.clocks} == {"stopped"}


def test_example_34_twelve_neighbours_send_three(office):
    members = [f"Người {n}" for n in range(1, 13)]
    person = {**lives.filing(office.agency)["requester"], "name": members[0], "members": members}
    person["representative"] = {"name": "Người 1, Người 5, Người 9", "kind": "group", "papers": "Giấy cử 11/11/2026"}
    with lives.on("2026-11-11 09:00"):
        case = lives.filed(office, "2026-11-11 09:00", **lives.oral(), requester=person)
    assert due(case, "decide") == "2026-11-18"
    lives.act(office, case, "accept", "2026-11-18 16:00", "head")
    assert due(case, "explain") == "2026-12-03"


def test_example_35_coming_in_person_gives_no_credit(office):
    with lives.on("2026-12-23 09:00"):
        case = lives.filed(office, "2026-12-23 09:00", **lives.oral())
    assert due(case, "decide") == "2026-12-30"
    with pytest.raises(errors.ConditionUnmet, match="not simple"):
        lives.act(office, case, "explain_directly", "2026-12-23 10:00", "head", simple=False)
    lives.act(office, case, "accept", "2026-12-30 09:00", "head")
    assert due(case, "explain") == "2027-01-14"
