"""A due date told in sentences."""

from datetime import date

import pytest
from django.utils import translation

from workflow.calendar import CALENDAR_DAY, WORKING_DAY, YEAR, Counting, Period, due, shipped
from workflow.explain import sentences
from workflow.law import LawVersion

D = date.fromisoformat
COUNTED = LawVersion(
    "counted",
    date(2019, 8, 15),
    {},
    {"count_from": "BLDS Đ.147 k.2", "count_rest": "BLDS Đ.148 k.5", "count_year": "BLDS Đ.148 k.4"},
)
DECIDE = Period(5, WORKING_DAY, "NĐ59 Đ.11 k.4")
EXPLAIN = Period(15, CALENDAR_DAY, "NĐ59 Đ.13")
MOVED = "the last day, %s, is a rest day (%s): the next working day counts (BLDS Đ.148 k.5)"

TOLD = (
    ("over Tết", DECIDE, "2026-02-12", {}, [
        "Thursday 12/02/2026: received, not counted (BLDS Đ.147 k.2)",
        "Friday 13/02/2026: day 1",
        "14–22/02/2026: Tết Nguyên đán, not counted",
        "23–26/02/2026: days 2 to 5",
        "due Thursday 26/02/2026, 24:00; NĐ59 Đ.11 k.4",
    ]),
    ("over a make-up Saturday", DECIDE, "2026-08-19", {}, [
        "Wednesday 19/08/2026: received, not counted (BLDS Đ.147 k.2)",
        "20–21/08/2026: days 1 to 2",
        "Saturday 22/08/2026: day 3, a make-up working day",
        "Sunday 23/08/2026: weekend, not counted",
        "24–25/08/2026: days 4 to 5",
        "due Tuesday 25/08/2026, 24:00; NĐ59 Đ.11 k.4",
    ]),
    ("suspended, extended and moved", EXPLAIN, "2026-03-02",
     {"pauses": [(D("2026-03-10"), D("2026-03-26"))], "extension": 10}, [
        "Monday 02/03/2026: received, not counted (BLDS Đ.147 k.2)",
        "03–09/03/2026: days 1 to 7",
        "10–25/03/2026: suspended, 16 days not counted",
        "26/03–02/04/2026: days 8 to 15",
        "03–12/04/2026: days 16 to 25, by extension",
        MOVED % ("Sunday 12/04/2026", "weekend"),
        "due Monday 13/04/2026, 24:00; NĐ59 Đ.13",
    ]),
    ("extended from the moved day", EXPLAIN, "2026-11-06",
     {"extension": 15, "counting": Counting(extension_anchor="ROLLED")}, [
        "Friday 06/11/2026: received, not counted (BLDS Đ.147 k.2)",
        "07–21/11/2026: days 1 to 15",
        MOVED % ("Saturday 21/11/2026", "weekend"),
        "24/11–08/12/2026: days 16 to 30, by extension",
        "due Tuesday 08/12/2026, 24:00; NĐ59 Đ.13",
        "provisional: not yet confirmed for 23/11/2026, 28/11/2026",
    ]),
    ("a year", Period(1, YEAR, "LTTHC Đ.116"), "2026-11-20", {}, [
        "Friday 20/11/2026: received, not counted (BLDS Đ.147 k.2)",
        "the corresponding day is Saturday 20/11/2027 (BLDS Đ.148 k.4)",
        MOVED % ("Saturday 20/11/2027", "weekend"),
        "due Monday 22/11/2027, 24:00; LTTHC Đ.116",
        "provisional: the official table is confirmed through 31/12/2026 only",
    ]),
)  # fmt: skip


@pytest.mark.parametrize(("why", "period", "start", "facts", "told"), TOLD, ids=[row[0] for row in TOLD])
def test_sentences(why, period, start, facts, told):
    with translation.override("en"):
        assert sentences(due(period, D(start), shipped(), **facts), event="received", law=COUNTED) == told


def test_weekdays_are_in_the_readers_language():
    with translation.override("vi"):
        assert "Thứ Năm 12/02/2026" in sentences(due(DECIDE, D("2026-02-12"), shipped()))[0]


def test_a_clock_that_keeps_no_article_is_told_with_the_one_given():
    told = sentences(due(Period(5, WORKING_DAY, ""), D("2026-02-12"), shipped()), cite="NĐ59 Đ.11 k.4")
    assert told[-1].endswith("NĐ59 Đ.11 k.4")
