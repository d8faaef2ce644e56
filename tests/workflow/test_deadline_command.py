"""`manage.py deadline`: one due date explained, or a file of worked examples checked; never a database."""

import json
from datetime import date
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from django.utils import translation

from workflow import registry
from workflow.calendar import CALENDAR_DAY, WORKING_DAY, Period, shipped
from workflow.law import LawVersion
from workflow.vectors import check, declared_rules

EXAMPLES = Path(__file__).parents[1] / "data" / "worked-examples.json"
NOTICE = {"kind": "WORKING_DAYS", "start": "2026-11-02", "n": 5, "expected": "2026-11-09", "rule": "EXPL_NOTICE"}
EXTENDED = {
    "kind": "CALENDAR_DAYS",
    "start": "2026-10-05",
    "n": 15,
    "extension": 15,
    "expected": "2026-11-04",
    "rule": "EXPL_EXT",
}


@pytest.fixture(autouse=True)
def _english():
    with translation.override("en"):
        yield


def deadline(*args):
    out = StringIO()
    call_command("deadline", *map(str, args), stdout=out)
    return out.getvalue()


@pytest.fixture
def written(tmp_path):
    def write(content):
        path = tmp_path / "vectors.json"
        path.write_text(content if isinstance(content, str) else json.dumps(content), encoding="utf-8")
        return path

    return write


def test_all_worked_examples_match():
    assert deadline("--vectors", EXAMPLES) == "78 of 78 vectors match.\n"


def test_a_file_may_bring_its_own_calendar(written):
    path = written({"calendar": {"holidays": ["2026-11-03"]}, "vectors": [NOTICE | {"expected": "2026-11-10"}]})
    assert deadline("--vectors", path) == "1 of 1 vectors match.\n"


def test_as_json_every_vector_is_reported(written):
    out = StringIO()
    with pytest.raises(CommandError, match=r"1 vector does not match") as failure:
        call_command(
            "deadline", "--vectors", str(written([NOTICE, NOTICE | {"expected": "2026-11-10"}])), "--json", stdout=out
        )
    answer = json.loads(out.getvalue())
    assert failure.value.returncode == 1
    assert (answer["vectors"], answer["matched"], [row["ok"] for row in answer["results"]]) == (2, 1, [True, False])


WRONG = (
    (NOTICE | {"expected": "2026-11-10"}, "expected is 2026-11-09, not 2026-11-10"),
    (EXTENDED | {"expected_nominal": "2026-11-05"}, "expected_nominal is 2026-11-04, not 2026-11-05"),
    (NOTICE | {"n": 6, "expected": "2026-11-10"}, "EXPL_NOTICE: 6 working_day, but declared is 5 working_day"),
    (NOTICE | {"kind": "CALENDAR_DAYS"}, "EXPL_NOTICE: 5 calendar_day, but declared is 5 working_day"),
    (NOTICE | {"n": 6, "expected": "2026-11-10", "rule": "EXPL_NOTICE_V1"}, "declared is 5 working_day"),
    (EXTENDED | {"extension": 16, "expected": "2026-11-05"}, "EXPL_EXT: an extension of 16 is more than is declared"),
    (EXTENDED | {"n": 14, "extension": 15, "expected": "2026-11-03"}, "declared is 15 calendar_day"),
    ({"kind": "REJECT_EXTENSION", "start": "2026-10-05", "attempt": "2026-10-20", "expected": "REJECTED"}, "is ACCEPTED"),
    ({"kind": "REJECT_EXTENSION", "days": 15, "expected": "REJECTED"}, "is ACCEPTED"),
    ({"kind": "REJECT_EXTENSION", "reason": "days>14", "expected": "REJECTED"}, "is ACCEPTED"),
    ({"kind": "REJECT_EXTENSION", "expected": "REJECTED"}, "refused for its “attempt”"),
    ({"kind": "SAME_DAY", "start": "2026-11-10", "expected": "2026-11-11"}, "expected is 2026-11-10"),
    ({"kind": "REPORT_YEAR", "date": "2026-12-14", "expected": 2027}, "expected is 2026, not 2027"),
    ({"kind": "FULL_MOON"}, "unknown kind “FULL_MOON”; known: WORKING_DAYS,"),
    ({"start": "2026-11-02"}, "“kind” is missing"),
    ({"kind": "WORKING_DAYS", "start": "2026-11-02", "n": 5}, "“expected” is missing"),
    (NOTICE | {"start": "yesterday"}, "“yesterday” is not a day such as 2026-02-12"),
    (NOTICE | {"n": "five"}, "“five” is not a whole number"),
    (EXTENDED | {"pauses": ["2026-10-06"]}, "not of the form that “CALENDAR_DAYS” takes"),
    (EXTENDED | {"pauses": [["2026-10-09", "2026-10-06"]]}, "ends before it starts"),
    (EXTENDED | {"pauses": [["2026-10-09", None]]}, "“None” is not a day"),
    (NOTICE | {"calendar_override": "off"}, "not of the form"),
    ("2026-11-02", "a vector is an object"),
)  # fmt: skip


@pytest.mark.parametrize(("vector", "why"), WRONG, ids=[f"{i}-{why}" for i, (_v, why) in enumerate(WRONG)])
def test_a_vector_that_does_not_hold_is_named_with_its_row_and_reason(vector, why, written):
    out = StringIO()
    with pytest.raises(CommandError, match="1 vector does not match") as failure:
        call_command("deadline", "--vectors", str(written([NOTICE, vector])), stdout=out)
    assert "vectors.json, row 2" in out.getvalue()
    assert why in out.getvalue()
    assert failure.value.returncode == 1


REJECTED = (
    {"attempt": "2026-10-21", "start": "2026-10-05"},
    {"days": 16},
    {"count": 2},
    {"reason": "count>1 or days>15"},
    {"start": "2026-10-05", "attempt": "2026-10-20", "days": 20},
)


@pytest.mark.parametrize("facts", REJECTED, ids=str)
def test_extensions_the_law_refuses(facts):
    result = check(1, {"kind": "REJECT_EXTENSION", "expected": "REJECTED", **facts}, shipped())
    assert result.ok, result.why


FILES = (
    ("{", "cannot be read"),
    ("[]", "holds no vectors"),
    ("3", "holds no vectors"),
    ('{"calendar": {}}', "holds no vectors"),
    ('{"calendar": 5, "vectors": [1]}', "not a calendar of ISO days"),
    ('{"calendar": {"holidays": ["soon"]}, "vectors": [1]}', "not a calendar of ISO days"),
)


@pytest.mark.parametrize(("content", "why"), FILES, ids=[row[0] for row in FILES])
def test_a_bad_file_is_named(content, why, written):
    with pytest.raises(CommandError, match=why) as failure:
        deadline("--vectors", written(content))
    assert "vectors.json" in str(failure.value)
    assert failure.value.returncode == 1


def test_a_missing_file_is_named():
    with pytest.raises(CommandError, match="nowhere.json"):
        deadline("--vectors", "nowhere.json")


def test_one_deadline_is_explained_day_by_day():
    told = deadline("explanation", "decide", "--from", "2026-02-12").splitlines()
    assert "14–22/02/2026: Tết Nguyên đán, not counted" in told[3]
    assert told[-1] == "  due Thursday 26/02/2026, 24:00; NĐ59 Đ.11 k.4"


def test_one_deadline_as_json():
    answer = json.loads(deadline("explanation", "EXPL_DO", "--from", "2026-03-02", "--pause", "2026-03-10/2026-03-26",
                                 "--extend", 10, "--agency", "A1", "--json"))  # fmt: skip
    assert (answer["nominal"], answer["due"], answer["rule"]) == ("2026-04-12", "2026-04-13", "EXPL_DO")
    assert (answer["agency"], answer["days"][-1]["on"]) == ("A1", "2026-04-13")


USAGE = (
    ((), "Name a procedure"),
    (("explanation", "decide"), "Name a procedure"),
    (("divination", "decide", "--from", "2026-02-12"), "divination"),
    (("explanation", "someday", "--from", "2026-02-12"), "No period “someday”; known: decide"),
    (
        ("explanation", "decide", "--from", "2026-02-12", "--law", "NĐ 1/1900"),
        "No law version “NĐ 1/1900”; known: NĐ 59/2019/NĐ-CP",
    ),
    (("explanation", "explain", "--from", "2026-02-12", "--extend", 16), "15 days at most, not 16"),
    (("explanation", "decide", "--from", "2026-02-12", "--extend", 1), "0 days at most"),
    (("explanation", "explain", "--from", "2026-02-12", "--pause", "2026-02-10/2026-02-11"), "lies before the period"),
    (("explanation", "explain", "--from", "12/02/2026"), "is not a day such as"),
    (("explanation", "explain", "--from", "2026-02-12", "--pause", "2026-02-13/"), "has no due date"),
)


@pytest.mark.parametrize(("args", "why"), USAGE, ids=[row[1] for row in USAGE])
def test_a_question_that_cannot_be_asked_says_what_can(args, why):
    with pytest.raises(CommandError, match=why):
        deadline(*args)


def test_a_version_of_the_law_is_named_by_its_order(monkeypatch):
    old = LawVersion("old", date(2012, 7, 1), {"accept": Period(10, CALENDAR_DAY, "Đ.27", rule="COMPL1_ACCEPT")}, {})
    new = LawVersion("new", date(2026, 7, 1), {"accept": Period(7, WORKING_DAY, "Đ.10", rule="COMPL1_ACCEPT")}, {})
    complaint = registry.Procedure("complaint", "K", "complaint", {}, (new, old), opening="file", ends=())
    monkeypatch.setattr(registry, "_procedures", {"complaint": complaint})
    on_the_eve, on_the_day = (declared_rules(date(2026, *day))["COMPL1_ACCEPT"] for day in ((6, 30), (7, 1)))
    rules = declared_rules(date(2026, 7, 1))
    assert on_the_eve == rules["COMPL1_ACCEPT_V1"] == (old.periods["accept"],)
    assert on_the_day == rules["COMPL1_ACCEPT_V2"] == (new.periods["accept"],)
