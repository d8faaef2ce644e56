"""Legal days: the worked examples of the law, both readings of each assumption, and a slow second counting."""

import json
import random
from datetime import date, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from workflow.calendar import (
    CALENDAR_DAY,
    WORKING_DAY,
    YEAR,
    Calendar,
    CalendarError,
    Counting,
    DayKind,
    Period,
    Skip,
    backward_due,
    due,
    legal_effect,
    report_year,
    shipped,
)
from workflow.vectors import check

D = date.fromisoformat
DECIDE, EXPLAIN = Period(5, WORKING_DAY, "Đ.11 k.4"), Period(15, CALENDAR_DAY, "Đ.13")

# The table printed with the worked examples, which knows a single day of 2027.
PRINTED = Calendar.from_json(
    {
        "holidays": ["2026-01-01", "2026-02-16", "2026-02-17", "2026-02-18", "2026-02-19", "2026-02-20", "2026-04-26",
                     "2026-04-30", "2026-05-01", "2026-09-01", "2026-09-02", "2026-11-24", "2027-01-01"],
        "compensatory_rest": ["2026-04-27"],
        "swapped_rest": ["2026-01-02", "2026-08-31"],
        "makeup_work": ["2026-01-10", "2026-08-22"],
        "unconfirmed_not_applied": [{"swapped_rest": "2026-11-23", "makeup_work": "2026-11-28"}],
        "confirmed_through": "2026-12-31 (except the unconfirmed swap)",
    }
)  # fmt: skip
TABLES = {"printed": PRINTED, "shipped": shipped()}
VECTORS = json.loads((Path(__file__).parents[1] / "data" / "worked-examples.json").read_text(encoding="utf-8"))


def name(row):
    return (
        f"{row['example']}-{row.get('rule', row['kind'])}-{row.get('start') or row.get('event') or row.get('date', '')}"
    )


@pytest.mark.parametrize("table", TABLES)
@pytest.mark.parametrize("row", VECTORS, ids=name)
def test_worked_example(row, table):
    result = check(0, row, TABLES[table])
    assert result.ok, result.why


def test_all_worked_examples_are_there():
    assert (len(VECTORS), len({row["example"] for row in VECTORS})) == (78, 53)


CHANGED_BY_THE_SWAP = {("EXPL_NOTICE", "2026-11-18"): "2026-11-27", ("EXPL_DO", "2026-11-06"): "2026-11-25",
                       ("COMPL2_SEND", "2026-11-16"): "2026-11-25", ("COMPL2_ACCEPT_V2", "2026-11-16"): "2026-11-27"}  # fmt: skip


def test_the_proposed_swap_would_change_four_worked_examples_and_no_other():
    swapped = PRINTED.overridden(off=[D("2026-11-23")], work=[D("2026-11-28")])
    results = {name(row): (row, check(0, row, swapped)) for row in VECTORS if "calendar_override" not in row}
    changed = {(row["rule"], row["start"]): result.got for row, result in results.values() if not result.ok}
    assert changed == CHANGED_BY_THE_SWAP


READINGS = (
    # assumption, period, start, facts, last day by default, the other reading, its last day
    ("A2 example 1", DECIDE, "2026-11-02", {}, "2026-11-09", {"trigger_day_counted": True}, "2026-11-06"),
    ("A2 example 5", DECIDE, "2026-02-14", {}, "2026-02-27", {"trigger_day_counted": True}, "2026-02-27"),
    ("A2 example 14", EXPLAIN, "2026-10-06", {}, "2026-10-21", {"trigger_day_counted": True}, "2026-10-20"),
    ("A2 a year", Period(1, YEAR, ""), "2026-11-19", {}, "2027-11-19", {"trigger_day_counted": True}, "2027-11-19"),
    ("A3 example 2", DECIDE, "2026-11-06", {}, "2026-11-13", {"saturday_works": True}, "2026-11-12"),
    ("A3 example 3", DECIDE, "2026-02-12", {}, "2026-02-26", {"saturday_works": True}, "2026-02-24"),
    ("A3 example 15", EXPLAIN, "2026-11-06", {}, "2026-11-23", {"saturday_works": True}, "2026-11-21"),
    ("A4 example 15", EXPLAIN, "2026-11-06", {}, "2026-11-23", {"roll_last_day": False}, "2026-11-21"),
    ("A4 example 17", EXPLAIN, "2026-02-05", {}, "2026-02-23", {"roll_last_day": False}, "2026-02-20"),
    ("A8 example 25", EXPLAIN, "2026-11-06", {"extension": 15}, "2026-12-07", {"extension_anchor": "ROLLED"}, "2026-12-08"),
    ("A8 example 23", EXPLAIN, "2026-10-05", {"extension": 15}, "2026-11-04", {"extension_anchor": "ROLLED"}, "2026-11-04"),
    ("A9 example 28", EXPLAIN, "2026-03-02", {"pauses": [(D("2026-03-10"), D("2026-03-26"))]}, "2026-04-02",
     {"resumption_day_counted": False}, "2026-04-03"),
    ("A9 working days", DECIDE, "2026-11-02", {"pauses": [(D("2026-11-04"), D("2026-11-05"))]}, "2026-11-10",
     {"resumption_day_counted": False}, "2026-11-11"),
)  # fmt: skip


@pytest.mark.parametrize(
    ("why", "period", "start", "facts", "default", "reading", "other"), READINGS, ids=[r[0] for r in READINGS]
)
def test_both_readings_of_an_assumption(why, period, start, facts, default, reading, other):
    assert due(period, D(start), shipped(), **facts).on == D(default)
    assert due(period, D(start), shipped(), **facts, counting=Counting(**reading)).on == D(other)


ALTERNATIVES = (
    # alternatives and intermediate dates given in the text of the worked examples
    (DECIDE, "2026-11-09", {}, "2026-11-16", "example 2: arrival counted on the next working day"),
    (DECIDE, "2026-02-23", {}, "2026-03-02", "example 5: received when the office reopens"),
    (DECIDE, "2026-11-13", {}, "2026-11-20", "example 34: representatives named later"),
    (EXPLAIN, "2026-10-12", {}, "2026-10-27", "example 22: shadow date"),
    (EXPLAIN, "2026-10-05", {"pauses": [(D("2026-10-12"), D("2026-11-02"))]}, "2026-11-10", "example 29: before extension"),
    (EXPLAIN, "2026-01-26", {"pauses": [(D("2026-02-02"), D("2026-02-05"))]}, "2026-02-13", "example 30: first pause"),
    (Period(3, WORKING_DAY, ""), "2026-08-03", {}, "2026-08-06", "example 43: continuation decision sent"),
)  # fmt: skip


@pytest.mark.parametrize(
    ("period", "start", "facts", "last", "why"), ALTERNATIVES, ids=[row[-1] for row in ALTERNATIVES]
)
def test_dates_in_the_text(period, start, facts, last, why):
    assert due(period, D(start), shipped(), **facts).on == D(last)


OTHER_LIMITS = (
    (backward_due(5, D("2026-12-18"), shipped()), "2026-12-11", "a Sunday limit before an event moves earlier"),
    (backward_due(Period(3, WORKING_DAY, ""), D("2026-02-23"), shipped()), "2026-02-11", "working days before, over Tết"),
    (legal_effect(45, D("2026-11-16")), "2027-01-01", "example 47: remote area, and no shift"),
    (due(Period(1, YEAR, ""), D("2028-02-29"), shipped()).nominal, "2029-02-28", "no 29 February in the last year"),
    (due(Period(0, WORKING_DAY, ""), D("2026-02-14"), shipped()).on, "2026-02-23", "no days from a rest day: the next one"),
)  # fmt: skip


@pytest.mark.parametrize(("got", "expected", "why"), OTHER_LIMITS, ids=[row[-1] for row in OTHER_LIMITS])
def test_other_limits(got, expected, why):
    assert got == D(expected)


def test_the_report_year_opens_on_15_december():
    assert [report_year(D(day)) for day in ("2026-12-14", "2026-12-15", "2027-01-01")] == [2026, 2027, 2027]


BAD = (
    (lambda: due(Period(-1, CALENDAR_DAY, ""), D("2026-03-02"), PRINTED), "cannot be negative"),
    (lambda: due(EXPLAIN, D("2026-03-02"), PRINTED, extension=-1), "cannot be negative"),
    (lambda: due(EXPLAIN, D("2026-03-02"), PRINTED, obstacle_days=-1), "cannot be negative"),
    (lambda: due(EXPLAIN, datetime(2026, 3, 2), PRINTED), "A legal day is a date"),
    (lambda: due(EXPLAIN, D("9999-12-30"), PRINTED), "leaves the calendar"),
    (lambda: due(Period(9000, YEAR, ""), D("2026-03-02"), PRINTED), "leaves the calendar"),
    (lambda: paused("2026-03-10", "2026-03-05"), "ends before it starts"),
    (lambda: paused("2026-03-01", "2026-03-05"), "lies before the period"),
    (lambda: paused("2026-03-05", "2026-03-09", "2026-03-08", "2026-03-10"), "overlap"),
    (lambda: due(EXPLAIN, D("2026-03-02"), PRINTED, pauses=[(D("2026-03-05"), None)]), "A legal day is a date"),
    (lambda: Counting(extension_anchor="TOMORROW"), "NOMINAL or ROLLED"),
    (lambda: backward_due(-1, D("2026-03-02"), PRINTED), "counted backward"),
    (lambda: backward_due(Period(1, YEAR, ""), D("2026-03-02"), PRINTED), "counted backward"),
    (lambda: Calendar("", holidays=frozenset([D("2026-03-07")]), makeup=frozenset([D("2026-03-07")])), "both as a day off"),
    (lambda: PRINTED.overridden(off=[D("2026-03-07")], work=[D("2026-03-07")]), "cannot be both"),
    (lambda: Calendar.from_json({"holidays": ["Tết"]}), "not a calendar of ISO days"),
    (lambda: Calendar.from_json({"holidays": 3}), "not a calendar of ISO days"),
    (lambda: Calendar.from_json([]), "not a calendar of ISO days"),
)  # fmt: skip


def paused(*days):
    return due(
        EXPLAIN,
        D("2026-03-02"),
        PRINTED,
        pauses=[(D(s), D(r)) for s, r in zip(days[::2], days[1::2], strict=True)],
    )


@pytest.mark.parametrize(("ask", "why"), BAD, ids=[f"{i}-{row[-1]}" for i, row in enumerate(BAD)])
def test_a_question_without_an_answer_is_refused(ask, why):
    with pytest.raises(CalendarError, match=why):
        ask()


def test_pauses_may_touch_and_may_come_in_any_order():
    one_after_the_other = paused("2026-03-09", "2026-03-12", "2026-03-05", "2026-03-09")
    assert one_after_the_other.on == paused("2026-03-05", "2026-03-12").on == D("2026-03-24")


def test_suspended_on_the_day_of_the_event_all_days_from_s_to_r_are_given_back():
    last = paused("2026-03-02", "2026-03-04")
    assert next(day.on for day in last.days if day.number == 1) == D("2026-03-05")
    assert last.on == D("2026-03-19")  # start + 15 + (R - S), law file 8.4


def test_each_day_says_whether_it_counts_and_why_not():
    days = due(DECIDE, D("2026-04-24"), shipped()).days
    assert [(day.on.day, day.kind, day.number or day.skip) for day in days] == [
        (24, DayKind.WORKING, Skip.TRIGGER),
        (25, DayKind.WEEKEND, Skip.REST),
        (26, DayKind.HOLIDAY, Skip.REST),
        (27, DayKind.COMPENSATORY, Skip.REST),
        (28, DayKind.WORKING, 1),
        (29, DayKind.WORKING, 2),
        (30, DayKind.HOLIDAY, Skip.REST),
        (1, DayKind.HOLIDAY, Skip.REST),
        (2, DayKind.WEEKEND, Skip.REST),
        (3, DayKind.WEEKEND, Skip.REST),
        (4, DayKind.WORKING, 3),
        (5, DayKind.WORKING, 4),
        (6, DayKind.WORKING, 5),
    ]


@pytest.mark.parametrize("anchor", ["NOMINAL", "ROLLED"])
def test_days_of_an_extended_period_add_up_under_either_reading(anchor):
    last = due(EXPLAIN, D("2026-11-06"), shipped(), extension=15, counting=Counting(extension_anchor=anchor))
    assert max(day.number for day in last.days) == 30


PROVISIONAL = (
    (DECIDE, "2026-11-09", False, "all days confirmed"),
    (DECIDE, "2026-11-18", True, "counts Monday 23/11, which a proposal would swap"),
    (EXPLAIN, "2026-11-09", False, "passes 23/11 but does not end there"),
    (EXPLAIN, "2026-11-06", True, "ends on 23/11"),
    (EXPLAIN, "2026-11-13", True, "ends on Saturday 28/11, which a proposal would make a working day"),
    (DECIDE, "2026-12-29", True, "ends in 2027, whose table is not released"),
    (EXPLAIN, "2026-12-16", False, "ends on 31/12/2026, the last confirmed day"),
)  # fmt: skip


@pytest.mark.parametrize(("period", "start", "provisional", "why"), PROVISIONAL, ids=[row[-1] for row in PROVISIONAL])
def test_provisional(period, start, provisional, why):
    assert due(period, D(start), shipped()).provisional is provisional


def test_the_shipped_table_says_what_the_printed_one_says_of_2026():
    days = [D("2026-01-01") + timedelta(n) for n in range(365)]
    assert [shipped().kind(day) for day in days] == [PRINTED.kind(day) for day in days]
    assert shipped().names[D("2026-11-24")] == "Ngày Văn hóa Việt Nam"
    assert shipped().unconfirmed == PRINTED.unconfirmed == {D("2026-11-23"), D("2026-11-28")}


def test_a_calendar_survives_json():
    for table in TABLES.values():
        assert Calendar.from_json(json.loads(json.dumps(table.to_json()))) == table


def test_an_overridden_holiday_is_an_ordinary_day():
    changed = PRINTED.overridden(off=[D("2026-08-22"), D("2026-03-02")], work=[D("2026-09-01"), D("2026-03-07")])
    days = "2026-08-22", "2026-03-02", "2026-09-01", "2026-03-07"
    assert [changed.kind(D(day)) for day in days] == [
        DayKind.SWAPPED,
        DayKind.SWAPPED,
        DayKind.WORKING,
        DayKind.MAKEUP,
    ]


# A second counting, which knows nothing of the first: it writes out every day and walks along.

FIRST, LAST = D("1995-01-01"), D("2050-12-31")
EVERY_DAY = [FIRST + timedelta(n) for n in range((LAST - FIRST).days + 1 + 1500)]
_dice = random.Random(2019)
CROWDED = Calendar(
    "crowded: a seventh of the days off, a tenth of the weekends worked",
    holidays=frozenset(_dice.sample([d for d in EVERY_DAY if d.weekday() < 5], len(EVERY_DAY) // 7)),
    makeup=frozenset(_dice.sample([d for d in EVERY_DAY if d.weekday() >= 5], len(EVERY_DAY) // 35)),
)


def written_out(calendar):
    off = calendar.holidays | calendar.compensatory | calendar.swapped
    return {day: day in calendar.makeup or (day.weekday() not in (5, 6) and day not in off) for day in EVERY_DAY}


WORKED = [(calendar, written_out(calendar)) for calendar in (shipped(), CROWDED)]


def oracle(n, unit, start, worked, extension=0, pauses=()):
    """Return (nominal, last day) by striking out days one by one."""
    day, left = start, n + extension
    while left:
        day += timedelta(1)
        resting = any(suspended <= day < resumed for suspended, resumed in pauses)
        if not resting and (unit is CALENDAR_DAY or worked[day]):
            left -= 1
    nominal = day
    while not worked[day]:
        day += timedelta(1)
    return nominal, day


starts = st.dates(FIRST, LAST)
units = st.sampled_from([WORKING_DAY, CALENDAR_DAY])
tables = st.sampled_from(WORKED)
gaps = st.lists(st.tuples(st.integers(0, 12), st.integers(0, 40)), max_size=3)


def lay(gaps, start):
    """Return pauses one after the other: so many days run, then so many rest."""
    pauses, day = [], start + timedelta(1)
    for run, rest in gaps:
        suspended = day + timedelta(run)
        day = suspended + timedelta(rest)
        pauses.append((suspended, day))
    return pauses


@given(st.integers(0, 90), units, starts, tables, st.integers(0, 15), gaps)
@settings(max_examples=400, deadline=None)
def test_a_day_by_day_table_finds_the_same_last_day(n, unit, start, table, extension, gaps):
    calendar, worked = table
    pauses = lay(gaps, start)
    nominal, last = oracle(n, unit, start, worked, extension, pauses)
    # A9: a period can be suspended until its last day only
    assume(all(suspended <= nominal for suspended, _resumed in pauses) or unit is WORKING_DAY)
    found = due(Period(n, unit, ""), start, calendar, extension=extension, pauses=pauses)
    assert (found.nominal, found.on) == (nominal, last)
    assert max((day.number for day in found.days), default=0) == n + extension


EVERY_START = (
    # unit          n   extension  pauses, in days from the start
    (WORKING_DAY,   5,  0,         ()),
    (WORKING_DAY,   7,  3,         ()),
    (CALENDAR_DAY,  15, 0,         ()),
    (CALENDAR_DAY,  15, 15,        ()),
    (CALENDAR_DAY,  15, 7,         ((3, 9), (12, 20))),
)  # fmt: skip


@pytest.mark.parametrize(("unit", "n", "extension", "pauses"), EVERY_START)
@pytest.mark.parametrize("table", WORKED, ids=["shipped", "crowded"])
def test_every_start_from_1995_to_2050_ends_where_the_table_says(table, unit, n, extension, pauses):
    calendar, worked = table
    period, before = Period(n, unit, ""), FIRST
    for start in EVERY_DAY[: (LAST - FIRST).days + 1]:
        rests = [(start + timedelta(since), start + timedelta(until)) for since, until in pauses]
        found = due(period, start, calendar, extension=extension, pauses=rests)
        assert (found.nominal, found.on) == oracle(n, unit, start, worked, extension, rests), start
        assert worked[found.on], start
        assert found.on >= before, start
        before = found.on


@given(st.integers(0, 90), st.sampled_from([WORKING_DAY, CALENDAR_DAY, YEAR]), starts, tables)
@settings(max_examples=200, deadline=None)
def test_no_period_ends_on_a_rest_day(n, unit, start, table):
    calendar, _worked = table
    n = n % 4 if unit is YEAR else n
    assert calendar.is_working(due(Period(n, unit, ""), start, calendar).on)


@given(st.integers(0, 60), units, starts, tables)
@settings(max_examples=200, deadline=None)
def test_later_or_longer_never_ends_earlier(n, unit, start, table):
    calendar, _worked = table
    on = due(Period(n, unit, ""), start, calendar).on
    assert on <= due(Period(n, unit, ""), start + timedelta(1), calendar).on
    assert on <= due(Period(n + 1, unit, ""), start, calendar).on


@given(st.integers(0, 60), starts, tables)
@settings(max_examples=200, deadline=None)
def test_a_backward_limit_is_a_working_day_and_leaves_the_days_promised(n, event, table):
    calendar, _worked = table
    last = backward_due(n, event, calendar)
    assert calendar.is_working(last)
    assert (event - last).days >= n
