"""The breach register: opened by silence, closed by the late act, annotated when a date moves, never deleted."""

from datetime import date

import pytest
from django.db import DatabaseError, connection, transaction
from django.test.utils import CaptureQueriesContext

from tests import lives, readings
from workflow import breaches, calendars, escalation, store
from workflow.calendar import shipped
from workflow.inspection import exports
from workflow.ledger import canonical, chain
from workflow.models import Appointment, Breach, BreachNote, CalendarVersion, Deadline, LogEntry, LogReader, User
from workflow.permissions import posts_of

pytestmark = pytest.mark.django_db
D = date.fromisoformat


@pytest.fixture(autouse=True)
def _editions_are_read_anew():
    store._calendar.cache_clear()
    yield
    store._calendar.cache_clear()


@pytest.fixture
def office():
    return lives.Office()


def rung(at):
    """Let the alarms ring at a moment and the register follow."""
    with lives.on(at):
        escalation.sweep(lives.local(at))
        return breaches.read_log()


def example_22(office):
    """Law example 22: received Monday 05/10/2026, notice due 12/10, issued 20/10."""
    case = lives.filed(office, "2026-10-05 09:00")
    rung("2026-10-13 00:05")
    return case


def test_silence_opens_a_breach_that_names_who_answers_for_it(office):
    case = example_22(office)
    breach = Breach.objects.get()
    silence = LogEntry.objects.get(chain=case.chain, transition="alarm:silence")
    assert (breach.case_id, breach.rule, breach.due_on, breach.opened_seq) == (
        case.pk,
        "decide",
        D("2026-10-12"),
        silence.seq,
    )
    assert (breach.head, breach.agency) == (office.head, office.agency)
    assert breach.law_version == "NĐ 59/2019/NĐ-CP"
    assert breach.is_open


def test_days_late_are_working_days_counted_to_today_while_it_is_owed(office):
    example_22(office)
    breach = Breach.objects.get()
    for day, days in (("2026-10-12", 0), ("2026-10-13", 1), ("2026-10-18", 4), ("2026-10-20", 6)):
        assert breaches.days_late(breach, shipped(), D(day)) == days


def test_where_saturdays_work_they_count_as_days_late(monkeypatch, office):
    """Whatever the week, the period itself was over on the 12th."""
    example_22(office)
    breach = Breach.objects.get()
    readings.assume(monkeypatch, saturday_works=True)
    assert breaches.days_late(breach, shipped(), D("2026-10-18")) == 5, "the 17th is a Saturday"
    with lives.on("2026-10-18 09:00"):
        clock = Deadline.objects.select_related("case__agency").get(case_id=breach.case_id, rule=breach.rule)
        (line,) = exports.overdue_lines([clock], D("2026-10-18"))
    assert line[-1] == 5


def test_the_late_act_closes_it_and_the_count_stops(office):
    case = example_22(office)
    lives.act(office, case, "accept", "2026-10-20 09:00", "head")
    rung("2026-10-20 09:05")
    breach = Breach.objects.get()
    assert (breach.actual_on, breach.act, breach.is_open) == (D("2026-10-20"), "accept", False)
    assert breaches.days_late(breach, shipped(), D("2026-12-31")) == 6  # 13, 14, 15, 16, 19, 20/10


def test_an_act_in_time_opens_nothing(office):
    case = lives.filed(office, "2026-10-05 09:00")
    lives.act(office, case, "accept", "2026-10-12 23:00", "head")
    rung("2026-10-14 00:05")
    assert not Breach.objects.exists()


def test_a_late_act_before_silence_was_heard_is_a_breach_all_the_same(office):
    case = lives.filed(office, "2026-10-05 09:00")
    lives.act(office, case, "accept", "2026-10-14 09:00", "head")
    with lives.on("2026-10-14 09:05"):
        breaches.read_log()
    breach = Breach.objects.get()
    assert (breach.due_on, breach.actual_on, breach.head) == (D("2026-10-12"), D("2026-10-14"), office.head)


def test_the_head_of_that_day_answers_not_todays(office):
    Appointment.objects.filter(user=office.head).update(ends_on=D("2026-10-12"))
    newer = User.objects.create(username="newer", full_name="Người kế nhiệm")
    Appointment.objects.create(
        user=newer, agency=office.agency, role="head", decision="02/QĐ-UBND", starts_on=D("2026-10-13")
    )
    example_22(office)
    assert Breach.objects.get().head == office.head


def test_a_time_limit_of_the_citizen_is_no_breach(office):
    case = lives.brought(office, "sent", "2026-03-02 09:00")
    lives.act(office, case, "record_receipt", "2026-03-02 10:00", "clerk")
    rung("2026-09-01 09:00")
    assert not Breach.objects.filter(rule="complain").exists()


def test_articles_and_limits_come_from_the_law(office):
    case = lives.filed(office, "2026-10-05 09:00")
    lives.act(office, case, "accept", "2026-10-05 10:00", "head")  # explain by 20/10
    rung("2026-10-21 00:05")
    breach = Breach.objects.get()
    assert breaches.articles(breach) == ["NĐ59 Đ.81 k.1 a", "NĐ59 Đ.81 k.1 b"]  # nothing is explained up to now
    assert breaches.discipline_limits(breach, shipped()) == [D("2027-01-19"), D("2027-03-22")]  # 21/10 + 90, + 150
    lives.act(office, case, "sign", "2026-10-22 09:00", "head")
    lives.act(office, case, "send", "2026-10-22 10:00", "clerk")
    rung("2026-10-22 10:05")
    assert breaches.articles(Breach.objects.get()) == ["NĐ59 Đ.81 k.1 a"]


def test_a_late_notice_is_never_called_not_explaining(office):
    example_22(office)
    assert breaches.articles(Breach.objects.get()) == ["NĐ59 Đ.81 k.1 a"]


# reading the log ---------------------------------------------------------------------------------------------------


def test_reading_again_from_the_start_changes_nothing(office):
    case = example_22(office)
    lives.act(office, case, "accept", "2026-10-20 09:00", "head")
    rung("2026-10-20 09:05")
    before = Breach.objects.values().get()
    LogReader.objects.update(entry_id=0, gaps={})
    assert rung("2026-10-21 00:05") > 0
    assert Breach.objects.values().get() == before
    assert not BreachNote.objects.exists()


def test_an_entry_that_appears_behind_the_reader_is_not_lost(office):
    """Ids are given before a transaction ends: a smaller one may be seen after a greater."""
    lives.filed(office, "2026-10-05 09:00")
    with lives.on("2026-10-13 00:05"):
        escalation.sweep(lives.local("2026-10-13 00:05"))
        silence = LogEntry.objects.get(transition="alarm:silence")
        newest = chain.append("system", "later", actor=office.head)
        LogReader.objects.create(
            name="breaches", entry_id=newest.pk, gaps={str(silence.pk): "2026-10-13T00:00:00+07:00"}
        )
        assert breaches.read_log() == 1
    assert Breach.objects.count() == 1
    assert LogReader.objects.get().gaps == {}


def test_a_missing_id_is_remembered_for_an_hour(office, monkeypatch):
    with lives.on("2026-10-13 00:05"):
        first = chain.append("system", "first", actor=office.head)
        LogReader.objects.create(name="breaches", entry_id=first.pk - 3)
        breaches.read_log()
        assert set(LogReader.objects.get().gaps) == {str(first.pk - 2), str(first.pk - 1)}
    with lives.on("2026-10-13 01:10"):
        chain.append("system", "second", actor=office.head)
        breaches.read_log()
        assert LogReader.objects.get().gaps == {}


def test_following_costs_neither_the_sweep_nor_an_act_a_statement(office):
    case = lives.filed(office, "2026-10-05 09:00")
    with CaptureQueriesContext(connection) as seen:
        lives.act(office, case, "accept", "2026-10-14 09:00", "head")
    assert not [query for query in seen if "workflow_breach" in query["sql"]]


# dates that move ---------------------------------------------------------------------------------------------------


def edition(office, *days, at):
    keeper = office.person("administrator", office.province, f"keeper{at}")
    second = office.person("administrator", office.province, f"second{at}")
    if not CalendarVersion.objects.exists():
        CalendarVersion.objects.create(table=shipped().to_json())
    with lives.on(at):
        table = calendars.in_force().overridden(off=map(D, days))
        calendars.publish(calendars.propose(table, by=keeper), by=second)
        calendars.settle()
        breaches.read_log()


def test_an_edition_undoes_an_open_breach_and_silence_may_open_it_again(office):
    case = example_22(office)
    edition(office, "2026-10-08", "2026-10-09", at="2026-10-13 09:00")  # due Wednesday 14/10 now
    breach = Breach.objects.get()
    assert (breach.undone, breach.due_on, breach.standing_on) == (True, D("2026-10-12"), D("2026-10-14"))
    assert breaches.days_late(breach, shipped(), D("2026-10-20")) == 0
    assert breach.notes.get().kind == "undone"
    rung("2026-10-15 00:05")
    breach.refresh_from_db()
    assert not breach.undone
    assert [note.kind for note in breach.notes.order_by("pk")] == ["undone", "again"]
    assert breaches.days_late(breach, shipped(), D("2026-10-16")) == 2
    assert chain.verify_case(type(case).objects.get(pk=case.pk)) == []


def test_a_moved_day_that_has_passed_too_is_noted(office):
    example_22(office)
    edition(office, "2026-10-09", at="2026-10-19 09:00")  # due 13/10
    breach = Breach.objects.get()
    assert (breach.undone, breach.standing_on, breach.notes.get().kind) == (False, D("2026-10-13"), "moved")
    assert breaches.days_late(breach, shipped(), D("2026-10-14")) == 1


def test_a_termination_annulled_lets_a_closed_breach_run_again(office):
    case = lives.filed(office, "2026-10-05 09:00")
    lives.act(office, case, "accept", "2026-10-05 10:00", "head")
    rung("2026-10-21 00:05")
    lives.act(office, case, "terminate", "2026-10-22 09:00", "head")
    lives.act(office, case, "complain", "2026-10-23 09:00", "requester", object="termination")
    lives.act(office, case, "annul_termination", "2026-10-26 09:00", "head")
    rung("2026-10-26 09:05")
    breach = Breach.objects.get()
    assert [note.kind for note in breach.notes.order_by("pk")] == ["revived"]
    assert breach.standing_on is not None


# the explanation ---------------------------------------------------------------------------------------------------


def test_who_answers_for_it_explains_once_and_the_log_holds_a_commitment(office):
    case = example_22(office)
    breach = Breach.objects.get()
    text = "Trụ sở bị ngập, có xác nhận của Ban Chỉ huy phòng chống thiên tai."
    with lives.on("2026-10-14 09:00"):
        breaches.explain(breach, text, by=office.head)
    breach.refresh_from_db()
    assert (breach.explanation, breach.explained_by) == (text, office.head)
    entry = LogEntry.objects.get(transition="breach_explained")
    assert entry.chain == f"agency:{office.agency.slug}"
    assert entry.data["case"] == case.code
    assert entry.data["commitment"] == canonical.commitment(canonical.encode(text), breach.explanation_salt)
    assert text not in bytes(entry.canonical).decode()
    with lives.on("2026-10-15 09:00"), pytest.raises(breaches.CannotExplain):
        breaches.explain(breach, "Khác.", by=office.head)


@pytest.mark.parametrize("role", ["officer", "superior", "inspector", "stranger"])
def test_nobody_explains_for_another(office, role):
    example_22(office)
    with pytest.raises(breaches.CannotExplain):
        breaches.explain(Breach.objects.get(), "Vì bận.", by=getattr(office, role))


def test_an_empty_explanation_is_none(office):
    example_22(office)
    with pytest.raises(breaches.CannotExplain):
        breaches.explain(Breach.objects.get(), "  ", by=office.head)


@pytest.mark.parametrize(
    ("role", "n"), [("head", 1), ("inspector", 1), ("officer", 0), ("stranger", 0), ("superior", 0)]
)
def test_a_head_sees_the_agencys_an_inspector_the_subtrees(office, role, n):
    example_22(office)
    user = getattr(office, role)
    assert breaches.visible(user, posts_of(user, lives.local("2026-10-14 09:00"))).count() == n


def test_the_database_keeps_a_breach_and_its_notes(office):
    example_22(office)
    edition(office, "2026-10-09", at="2026-10-19 09:00")
    for sql in (
        "DELETE FROM workflow_breach",
        "DELETE FROM workflow_breachnote",
        "UPDATE workflow_breachnote SET kind = 'undone'",
    ):
        with pytest.raises(DatabaseError, match="append-only"), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(sql)
