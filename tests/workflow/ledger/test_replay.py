"""The deadlines of a case are replayed from its chain; honest lives hold, whatever moved their dates."""

from datetime import date

import pytest
from django.db import connection

from tests import lives
from tests.workflow import test_calendars as editions
from workflow import calendars, escalation, guards, store
from workflow.calendar import shipped
from workflow.ledger import replay, stream
from workflow.models import Alarm, CalendarVersion, Case, Deadline

pytestmark = pytest.mark.django_db


@pytest.fixture
def office():
    return lives.Office()


def wrong():
    """Return what is named, without the chain."""
    return [(one.seq, str(one.why)) for one in replay.check(stream.Source(connection, 0))]


@pytest.mark.parametrize("state", lives.ROADS)
def test_a_case_on_each_road_holds_while_its_alarms_ring(office, state):
    lives.explained_before(office)
    lives.brought(office, state)
    for day in ("2026-10-12 10:00", "2026-10-30 10:00", "2026-12-20 10:00"):
        with lives.on(day):
            escalation.sweep(lives.local(day))
        assert wrong() == []


def test_a_suspension_an_extension_and_a_complaint_hold(office):
    case = lives.brought(office, "suspended", "2026-10-05 09:00")
    lives.act(office, case, "resume", "2026-10-20 09:00", "head")
    lives.act(office, case, "extend", "2026-10-22 09:00", "head")
    assert wrong() == []
    lives.act(office, case, "terminate", "2026-10-23 09:00", "head")
    lives.act(office, case, "complain", "2026-10-26 09:00", "requester", object="termination")
    lives.act(office, case, "annul_termination", "2026-11-02 09:00", "superior")
    assert Deadline.objects.filter(case_id=case.pk, rule="explain", state="running").get().extensions == 1
    assert wrong() == []


def test_a_new_edition_of_the_calendar_holds(office):
    store._calendar.cache_clear()
    office.keeper = office.person("administrator", office.province, "keeper")
    office.second = office.person("administrator", office.province, "second")
    CalendarVersion.objects.create(table=shipped().to_json(), note="shipped")
    case = lives.filed(office, "2026-10-05 09:00")
    was = Deadline.objects.get(case_id=case.pk).due_on
    with lives.on("2026-10-06 09:00"):
        editions.published(office, editions.off("2026-10-08"))
        calendars.settle()
    assert Deadline.objects.get(case_id=case.pk).due_on > was
    assert wrong() == []
    store._calendar.cache_clear()


EDITS = (
    # what is written into the row, and what is said of it
    ({"due_on": date(2027, 1, 4)}, "has due_on 2027-01-04, the log says 2026-10-12"),
    ({"nominal_on": date(2027, 1, 4)}, "has nominal_on 2027-01-04"),
    ({"state": "stopped"}, "has state stopped, the log says running"),
    ({"anchor_on": date(2026, 10, 6)}, "has anchor_on 2026-10-06"),
    ({"n": 50}, "has n 50, the log says 5"),
    ({"extension": 15, "extensions": 1}, "has extension 15, the log says 0"),
    ({"pauses": [["2026-10-06", "2026-11-06"]]}, "has pauses"),
    ({"law_version": "khác"}, "has law_version khác"),
    ({"rule": "explain"}, "the log knows nothing of the deadline explain"),
    ({"ladder": [], "next_at": None, "last_at": None}, "has not rung as the log says"),
    ({"next_at": None}, "is not woken when its ladder rings"),
    ({"next_try_at": lives.local("2096-01-01 00:00"), "failures": 1}, "is set aside for longer than it may be"),
)  # fmt: skip


@pytest.mark.parametrize(("change", "said"), EDITS, ids=[one[1] for one in EDITS])
def test_an_edited_deadline_is_named(office, change, said):
    case = lives.filed(office, "2026-10-05 09:00")
    with lives.on("2026-10-12 07:00"):
        escalation.sweep(lives.local("2026-10-12 07:00"))
    assert Alarm.objects.exists()
    assert wrong() == []
    assert Deadline.objects.filter(case_id=case.pk).update(**change) == 1
    assert any(said in why for _, why in wrong()), wrong()


def test_a_rung_that_is_put_off_is_named(office):
    case = lives.filed(office, "2026-10-05 09:00")
    row = Deadline.objects.get(case_id=case.pk)
    for change in ([None] * len(row.ladder), ["2027-05-05T00:00:00Z"] * len(row.ladder)):
        ladder = [[*bell[:3], at] for bell, at in zip(row.ladder, change, strict=True)]
        moment = None if change[0] is None else lives.local("2027-05-05 07:00")
        Deadline.objects.filter(pk=row.pk).update(ladder=ladder, next_at=moment, last_at=moment)
        assert [why for _, why in wrong()] == ["the ladder of the deadline decide does not ring when it must"]


def test_deleted_rows_are_named(office):
    case = lives.filed(office, "2026-10-05 09:00")
    with lives.on("2026-10-12 07:00"):
        escalation.sweep(lives.local("2026-10-12 07:00"))
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM workflow_alarm WHERE id = (SELECT max(id) FROM workflow_alarm)")
    assert [why for _, why in wrong()] == ["the alarms of the deadline decide are not those of the log"]
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM workflow_alarm")
        cursor.execute("DELETE FROM workflow_deadline WHERE case_id = %s", [case.pk])
    assert [why for _, why in wrong()] == ["the deadline decide is gone"]


@pytest.mark.parametrize("name", ["opened_at", "acted_at"])
def test_a_case_that_is_dated_otherwise_is_named(office, name):
    case = lives.brought(office, "accepted")
    with guards.lifted():
        Case.objects.filter(pk=case.pk).update(**{name: lives.local("2026-10-01 09:00")})
    assert f"column {name} of the case is not what the log says" in {why for _, why in wrong()}


def test_memory_holds_some_cases_at_a_time(office, monkeypatch):
    monkeypatch.setattr(replay, "TOGETHER", 1)
    cases = [lives.filed(office, "2026-10-05 09:00") for _ in range(3)]
    Deadline.objects.filter(case_id=cases[1].pk).update(n=6)
    assert [(one.chain, one.seq) for one in replay.check(stream.Source(connection, 0))] == [(cases[1].chain, 1)]
