"""Editions of the calendar: two persons, a preview that keeps its word, open deadlines counted anew in batches."""

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import replace
from datetime import date

import pytest
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext

from procedures.explanation.models import ExplanationRequest
from tests import lives
from workflow import breaches, calendars, engine, escalation, reprojection, store, yearly
from workflow.actors import Requester
from workflow.calendar import CalendarError, shipped
from workflow.errors import Conflict
from workflow.ledger import chain
from workflow.models import (
    Alarm,
    Breach,
    BreachNote,
    CalendarProposal,
    CalendarVersion,
    Case,
    Deadline,
    LocalClosure,
    LogEntry,
    Outbox,
)

pytestmark = pytest.mark.django_db
D = date.fromisoformat
NOW = "2026-10-07 09:00"


@pytest.fixture(autouse=True)
def _editions_are_read_anew():
    """Editions never change, so they are kept in memory; a test's are forgotten with its database."""
    store._calendar.cache_clear()
    yield
    store._calendar.cache_clear()


@pytest.fixture
def office():
    """Two administrators of the province and one of a commune, and the shipped table as edition 1."""
    office = lives.Office()
    office.keeper = office.person("administrator", office.province, "keeper")
    office.second = office.person("administrator", office.province, "second")
    CalendarVersion.objects.create(table=shipped().to_json(), note="shipped")
    return office


def off(*days, base=None):
    """Return the table in force with more days off."""
    return (base or calendars.in_force()).overridden(off=map(D, days))


def published(office, table, at=NOW, **facts):
    """Return a new edition, proposed and published at a moment, with nothing counted anew yet."""
    with lives.on(at):
        return calendars.publish(calendars.propose(table, by=office.keeper, **facts), by=office.second)


def settled(at=NOW, **more):
    with lives.on(at):
        return calendars.settle(**more)


def due_of(case):
    return Deadline.objects.get(case=case, state="running").due_on


# two persons -------------------------------------------------------------------------------------------------------


def test_who_proposed_cannot_publish(office):
    with lives.on(NOW):
        proposal = calendars.propose(off("2026-10-09"), by=office.keeper)
        with pytest.raises(calendars.SamePerson):
            calendars.publish(proposal, by=office.keeper)
    assert CalendarVersion.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_the_database_knows_it_too(office):
    with lives.on(NOW):
        proposal = calendars.propose(off("2026-10-09"), by=office.keeper)
    with pytest.raises(IntegrityError), transaction.atomic():
        CalendarProposal.objects.filter(pk=proposal.pk).update(state="accepted", decided_by=office.keeper)


@pytest.mark.parametrize("role", ["administrator", "head", "inspector", "superior", "receiver"])
def test_only_administrators_of_the_province_keep_the_calendar(office, role):
    with lives.on(NOW), pytest.raises(calendars.NotYours):
        calendars.propose(off("2026-10-09"), by=getattr(office, role))
    with lives.on(NOW):
        proposal = calendars.propose(off("2026-10-09"), by=office.keeper)
        for decide in (calendars.publish, calendars.decline):
            with pytest.raises(calendars.NotYours):
                decide(proposal, by=getattr(office, role))


def test_a_proposal_is_decided_once(office):
    with lives.on(NOW):
        proposal = calendars.propose(off("2026-10-09"), by=office.keeper)
        calendars.publish(proposal, by=office.second)
        for decide in (calendars.publish, calendars.decline):
            with pytest.raises(calendars.Outdated):
                decide(proposal, by=office.second)


def test_a_proposal_made_against_an_older_edition_is_made_anew(office):
    with lives.on(NOW):
        older = calendars.propose(off("2026-10-09"), by=office.keeper)
        published(office, off("2026-10-08"))
        with pytest.raises(calendars.Outdated):
            calendars.publish(older, by=office.second)
    assert CalendarVersion.objects.count() == 2


def test_a_table_that_changes_nothing_is_no_proposal(office):
    with lives.on(NOW), pytest.raises(calendars.NothingChanges):
        calendars.propose(shipped(), by=office.keeper)


def test_editions_and_proposals_stand_in_the_system_chain(office):
    new = published(office, off("2026-10-09"), document="12/TB-BNV")
    entries = list(LogEntry.objects.filter(chain="system").order_by("seq"))
    assert [entry.transition for entry in entries] == ["calendar_proposed", "calendar_published"]
    assert entries[0].actor == f"user:{office.keeper.pk}"
    assert entries[1].actor == f"user:{office.second.pk}"
    assert entries[1].data["edition"] == new.pk
    assert entries[1].data["document"] == "12/TB-BNV"
    assert entries[1].data["proposed_by"] == f"user:{office.keeper.pk}"
    assert list(chain.failures(entries)) == []


# preview and publishing --------------------------------------------------------------------------------------------


def world(office):
    """Cases that a day off on 09/10 moves, leaves alone, or takes out of a breach; and one suspended."""
    moved = lives.filed(office, "2026-10-05 09:00")  # due 12/10
    late = lives.filed(office, "2026-09-28 09:00")  # due 05/10, late on 07/10
    other = lives.filed(office, "2026-10-01 09:00")
    lives.act(office, other, "accept", "2026-10-01 10:00", "head")  # 15 days: due 16/10
    resting = lives.filed(office, "2026-10-02 09:00")
    lives.act(office, resting, "accept", "2026-10-02 10:00", "head")
    lives.act(office, resting, "suspend", "2026-10-05 10:00", "head")
    return {"moved": moved, "late": late, "other": other, "resting": resting}


def test_the_preview_says_what_publishing_does(office):
    cases = world(office)
    with lives.on(NOW):
        escalation.sweep(lives.local(NOW))
        breaches.read_log()
        table = off("2026-10-01", "2026-10-02", "2026-10-09")
        seen = calendars.preview(table, lives.local(NOW))
    told = {(move.case.pk, move.rule): (move.was, move.now, move.late) for move in seen.moves}
    assert told == {
        (cases["moved"].pk, "decide"): (D("2026-10-12"), D("2026-10-13"), ""),
        (cases["late"].pk, "decide"): (D("2026-10-05"), D("2026-10-07"), "undone"),
    }
    before = {row.pk: row.due_on for row in Deadline.objects.filter(state="running")}
    published(office, table)
    assert before == {row.pk: row.due_on for row in Deadline.objects.filter(state="running")}  # not yet
    settled()
    after = {row.pk: (row.case_id, row.rule, row.due_on) for row in Deadline.objects.filter(state="running")}
    done = {(case, rule): (before[pk], now) for pk, (case, rule, now) in after.items() if now != before[pk]}
    assert done == {key: (was, now) for key, (was, now, _late) in told.items()}
    assert [one.case_id for one in Breach.objects.filter(undone=False)] == [cases["late"].pk]
    with lives.on(NOW):
        breaches.read_log()
    assert [move.case.pk for move in seen.undone] == [one.case_id for one in Breach.objects.filter(undone=True)]


def test_a_preview_changes_nothing(office):
    from tests.tables import changed, dump

    world(office)
    before = dump()
    with lives.on(NOW):
        calendars.preview(off("2026-10-09"), lives.local(NOW))
    assert changed(before, dump()) == []


def test_a_breach_that_a_make_up_day_would_make_is_shown(office):
    case = lives.filed(office, "2026-10-01 09:00")  # due Thursday 08/10
    with lives.on("2026-10-08 09:00"):
        table = calendars.in_force().overridden(work=[D("2026-10-03")])
        seen = calendars.preview(table, lives.local("2026-10-08 09:00"))
    assert [(move.case.pk, move.now, move.late) for move in seen.made] == [(case.pk, D("2026-10-07"), "made")]


def test_each_case_gets_one_entry_in_its_chain_and_its_alarms_move(office):
    case = world(office)["moved"]
    new = published(office, off("2026-10-09"), document="12/TB-BNV")
    settled()
    entry = LogEntry.objects.get(chain=case.chain, transition="recalculated")
    assert entry.actor == "system"
    assert entry.data["edition"] == new.pk
    assert entry.data["document"] == "12/TB-BNV"
    (fact,) = entry.data["clocks"]
    assert (fact["event"], fact["was"], fact["due"], fact["calendar"]) == (
        "recomputed",
        "2026-10-12",
        "2026-10-13",
        new.pk,
    )
    rings = lives.rings(case)
    assert rings["silence"] == lives.local("2026-10-14 00:00")
    assert rings["two_left"] == lives.local("2026-10-08 08:00")
    assert Outbox.objects.filter(entry=entry).count() == 1
    found = Case.objects.get(pk=case.pk)
    assert found.seq == entry.seq
    assert chain.verify_case(found) == []
    assert Deadline.objects.get(case=case).calendar_version == new.pk


def test_the_case_goes_on_after_it(office):
    case = world(office)["moved"]
    published(office, off("2026-10-09"))
    settled()
    lives.act(office, case, "accept", "2026-10-13 16:00", "head")
    stopped = LogEntry.objects.get(chain=case.chain, transition="accept").data["clocks"][0]
    assert stopped["kept"] is True
    assert chain.verify_case(Case.objects.get(pk=case.pk)) == []


def test_what_is_untouched_is_not_written(office):
    other = world(office)["other"]
    published(office, off("2026-10-09"))
    assert settled() == 1
    assert not LogEntry.objects.filter(chain=other.chain, transition="recalculated").exists()
    assert settled() == 0


def test_a_suspended_clock_is_counted_when_it_runs_on(office):
    resting = world(office)["resting"]
    published(office, off("2026-10-22"))
    settled()
    assert not LogEntry.objects.filter(chain=resting.chain, transition="recalculated").exists()
    lives.act(office, resting, "resume", "2026-10-10 09:00", "head")
    assert due_of(resting) == D("2026-10-23")  # 22/10 is a day off by the new edition


def test_confirming_a_year_ends_what_was_provisional_and_logs_it(office):
    case = lives.filed(office, "2026-12-28 09:00")
    with lives.on("2026-12-29 09:00"):
        table = replace(calendars.in_force(), confirmed_through=D("2027-12-31"))
        seen = calendars.preview(table, lives.local("2026-12-29 09:00"))
        assert (seen.moves, seen.confirmed) == ([], 1)
    published(office, table, "2026-12-29 09:00")
    settled("2026-12-29 09:00")
    entry = LogEntry.objects.get(chain=case.chain, transition="recalculated")
    assert entry.data["clocks"][0]["was"] == entry.data["clocks"][0]["due"]


def test_a_later_edition_wins_over_one_that_is_still_being_worked_off(office):
    case = world(office)["moved"]
    published(office, off("2026-10-08"))
    published(office, calendars.in_force().overridden(work=[D("2026-10-08")], off=[]))
    settled()
    assert due_of(case) == D("2026-10-12")
    assert chain.verify_case(Case.objects.get(pk=case.pk)) == []


def test_an_edition_published_while_a_batch_is_planned_is_not_overtaken(office, monkeypatch):
    case = world(office)["moved"]
    published(office, off("2026-10-08"))
    plan, late = reprojection.plan, []

    def slow(table, at, **more):
        if not late:
            late.append(published(office, off("2026-10-09")))  # 08/10 and 09/10 are off now
        return plan(table, at, **more)

    monkeypatch.setattr(reprojection, "plan", slow)
    settled()
    assert due_of(case) == D("2026-10-14")
    assert {deadline.calendar_version for deadline in Deadline.objects.filter(case=case)} == {late[0].pk}
    assert LogEntry.objects.filter(chain=case.chain, transition="recalculated").count() == 1
    assert chain.verify_case(Case.objects.get(pk=case.pk)) == []


# batches -----------------------------------------------------------------------------------------------------------


def many(office, n):
    with lives.on("2026-10-05 09:00"):
        for _ in range(n):
            engine.open("explanation", actor=Requester(None), **lives.filing(office.agency))


def test_a_stop_between_batches_loses_nothing_and_moves_nothing_twice(office, monkeypatch):
    monkeypatch.setattr(reprojection, "BATCH", 3)
    many(office, 8)
    published(office, off("2026-10-09"))
    assert settled(limit=1) == 3
    assert CalendarProposal.objects.get().done_at is None
    assert settled() == 5
    assert CalendarProposal.objects.get().done_at is not None
    assert set(Deadline.objects.values_list("due_on", flat=True)) == {D("2026-10-13")}
    assert LogEntry.objects.filter(transition="recalculated").count() == 8
    assert [one for case in Case.objects.all() for one in chain.verify_case(case)] == []


@pytest.mark.parametrize("n", [5, 500])
def test_a_batch_costs_the_same_whatever_it_holds(office, n):
    many(office, n)
    published(office, off("2026-10-09"))
    batches = -(-n // reprojection.BATCH)
    with lives.on(NOW), CaptureQueriesContext(connection) as seen:
        assert calendars.settle() == n
    assert len(seen) <= 22 * (batches + 1), len(seen)


# years, files, packages --------------------------------------------------------------------------------------------


def test_a_year_is_replaced_and_confirmed():
    rows = [yearly.Row(D("2027-01-01"), "holiday", "Tết Dương lịch"), yearly.Row(D("2027-01-02"), "makeup", "")]
    table = yearly.replaced(shipped(), 2027, rows, confirmed=True, version="x")
    assert yearly.rows(table, 2027) == rows
    assert yearly.rows(table, 2026) == yearly.rows(shipped(), 2026)
    assert yearly.is_confirmed(table, 2027)
    assert not yearly.is_confirmed(yearly.replaced(table, 2026, [], confirmed=False, version="y"), 2026)


@pytest.mark.parametrize(("rows", "why"), [
    ([yearly.Row(D("2026-01-01"), "holiday")], "not a day of 2027"),
    ([yearly.Row(D("2027-01-01"), "holiday"), yearly.Row(D("2027-01-01"), "makeup")], "listed twice"),
])  # fmt: skip
def test_a_year_that_contradicts_itself_is_refused(rows, why):
    with pytest.raises(CalendarError, match=why):
        yearly.replaced(shipped(), 2027, rows, confirmed=False, version="x")


def test_a_csv_file_reads_back_what_was_written():
    rows = yearly.rows(shipped(), 2026)
    assert yearly.from_csv("\ufeff" + yearly.to_csv(rows)) == rows


@pytest.mark.parametrize(("text", "why"), [
    ("ngày,loại\n", "needs the columns"),
    ("date,kind,name\n2027-13-01,holiday,x\n", "Line 2"),
    ("date,kind,name\n2027-01-01,feast,x\n", "Line 2: the kind is one of"),
])  # fmt: skip
def test_a_wrong_csv_file_says_which_line(text, why):
    with pytest.raises(CalendarError, match=why):
        yearly.from_csv(text)


def test_the_holidays_package_knows_most_but_not_all_of_2026():
    theirs, ours = yearly.from_holidays(2026), yearly.rows(shipped(), 2026)
    days = {row.on: row.kind for row in theirs}
    assert days[D("2026-04-27")] == "compensatory"
    assert days[D("2026-08-31")] == "swapped"
    assert days[D("2026-08-22")] == "makeup"
    missing = {row.on for row in ours if row.kind != "unconfirmed"} - set(days)
    assert missing == {D("2026-01-02"), D("2026-01-10")}  # which is why it is a proposal only


def test_the_difference_of_two_tables_is_told_day_by_day():
    told = yearly.difference(shipped(), shipped().overridden(off=[D("2026-10-09")], work=[D("2026-10-10")]))
    assert [(one.on, one.was, one.now) for one in told] == [
        (D("2026-10-09"), "", "swapped"), (D("2026-10-10"), "", "makeup"),
    ]  # fmt: skip


# local closures (A22) ----------------------------------------------------------------------------------------------

FLOOD = {
    "first_on": D("2026-10-08"), "last_on": D("2026-10-09"), "authority": "UBND tỉnh", "document": "99/QĐ-UBND",
    "dated_on": D("2026-10-06"), "reason": "Bão số 9",
}  # fmt: skip


def closed(office, agency, at=NOW):
    with lives.on(at):
        closure = calendars.close(agency, by=office.keeper, **FLOOD)
        with pytest.raises(calendars.SamePerson):
            calendars.confirm(closure, by=office.keeper)
        calendars.confirm(closure, by=office.second)
        calendars.settle()
    return closure


def moving(monkeypatch):
    declared = ExplanationRequest.procedure
    monkeypatch.setitem(declared.__dict__, "closures_move_dates", True)


def test_a_closure_moves_no_date_by_default(office):
    case = lives.filed(office, "2026-10-05 09:00")
    closed(office, office.agency)
    assert due_of(case) == D("2026-10-12")
    assert LogEntry.objects.filter(chain="system", transition="closure_confirmed").count() == 1
    assert LocalClosure.objects.get().done_at is not None


def test_where_closures_move_dates_it_moves_those_of_the_agency_alone(office, monkeypatch):
    moving(monkeypatch)
    case, elsewhere = (
        lives.filed(office, "2026-10-05 09:00"),
        lives.filed(office, "2026-10-05 09:00", agency=office.other),
    )
    with lives.on(NOW):
        seen = calendars.preview(LocalClosure(agency=office.agency, **FLOOD), lives.local(NOW))
    assert [(move.case.pk, move.now) for move in seen.moves] == [(case.pk, D("2026-10-14"))]
    closure = closed(office, office.agency)
    assert (due_of(case), due_of(elsewhere)) == (D("2026-10-14"), D("2026-10-12"))
    entry = LogEntry.objects.get(transition="recalculated")
    assert (entry.data["closure"], entry.data["document"]) == (closure.pk, "99/QĐ-UBND")


def test_a_closure_of_the_province_closes_the_communes_under_it(office, monkeypatch):
    moving(monkeypatch)
    case = lives.filed(office, "2026-10-05 09:00")
    closed(office, office.province)
    assert due_of(case) == D("2026-10-14")


def test_what_is_filed_later_counts_by_the_closure_too(office, monkeypatch):
    moving(monkeypatch)
    closed(office, office.agency)
    assert due_of(lives.filed(office, "2026-10-07 10:00")) == D("2026-10-16")


# breaches ----------------------------------------------------------------------------------------------------------


def test_a_closed_breach_that_a_later_edition_makes_timely_is_annotated_and_stays(office):
    case = lives.filed(office, "2026-09-28 09:00")  # due 05/10
    with lives.on("2026-10-06 08:00"):
        escalation.sweep(lives.local("2026-10-06 08:00"))
    lives.act(office, case, "refuse", "2026-10-06 09:00", "head")
    with lives.on(NOW):
        breaches.read_log()
        table = off("2026-10-02")
        (seen,) = calendars.preview(table, lives.local(NOW)).timely
    assert (seen[0].case_id, seen[1]) == (case.pk, D("2026-10-06"))
    new = published(office, table)
    settled()
    breach = Breach.objects.get()
    assert (breach.undone, breach.due_on, breach.standing_on) == (True, D("2026-10-05"), D("2026-10-06"))
    note = BreachNote.objects.get()
    assert (note.kind, note.calendar) == ("undone", new.pk)
    entry = LogEntry.objects.get(transition="breach_annotated")
    assert (entry.chain, entry.data["case"]) == (f"agency:{office.agency.slug}", case.code)
    settled()
    assert BreachNote.objects.count() == 1


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_two_workers_and_an_act_at_once_move_each_deadline_once(office, monkeypatch):
    monkeypatch.setattr(reprojection, "BATCH", 5)
    with lives.on("2026-10-05 09:00"):
        cases = [engine.open("explanation", actor=Requester(None), **lives.filing(office.agency)) for _ in range(30)]
    published(office, off("2026-10-09"))

    def work():
        try:
            settled()
        finally:
            connection.close()

    def accept():
        try:
            for case in cases[::6]:
                with suppress(Conflict):
                    lives.act(office, case, "accept", NOW, "head")
        finally:
            connection.close()

    with ThreadPoolExecutor(3) as pool:
        for done in [pool.submit(work), pool.submit(work), pool.submit(accept)]:
            done.result()
    settled()
    assert set(Deadline.objects.filter(rule="decide", state="running").values_list("due_on", flat=True)) == {
        D("2026-10-13")
    }
    moved = LogEntry.objects.filter(transition="recalculated").values_list("case_id", flat=True)
    assert len(moved) == len(set(moved)) >= 25
    assert [one for case in Case.objects.all() for one in chain.verify_case(case)] == []


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_a_sweep_during_an_edit_of_the_calendar_rings_every_alarm_once(office, monkeypatch):
    """Some cases are swept by the old last day, 12/10, some by the new one, 13/10: each in one of the two, none in both."""
    monkeypatch.setattr(reprojection, "BATCH", 5)
    with lives.on("2026-10-05 09:00"):
        cases = [engine.open("explanation", actor=Requester(None), **lives.filing(office.agency)) for _ in range(40)]
    published(office, off("2026-10-09"))

    def sweep():
        try:
            with lives.on("2026-10-13 00:00"):
                return Counter(escalation.sweep(lives.local("2026-10-13 00:00")))
        finally:
            connection.close()

    def edit():
        try:
            settled()
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as pool:
        done = [pool.submit(work) for work in (sweep, edit, sweep, edit)]
        rung = sum((one.result() or Counter() for one in done), Counter())
    settled()
    rung += sweep()
    assert set(Deadline.objects.filter(rule="decide").values_list("due_on", flat=True)) == {D("2026-10-13")}
    fired = Alarm.objects.all()
    assert rung.total() == fired.count() == LogEntry.objects.filter(transition__startswith="alarm:").count()
    assert rung["two_left"] == len(cases)
    assert [one for case in Case.objects.all() for one in chain.verify_case(case)] == []
