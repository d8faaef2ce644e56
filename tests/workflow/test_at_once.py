"""An act that no office task follows is one statement that is its own transaction: all of it happens, or nothing."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from tests import lives
from tests.crowds import DAY, elsewhere
from tests.workflow.test_statements import FRAME, statements
from workflow import engine, errors, store
from workflow.calendar import shipped
from workflow.ledger import chain
from workflow.models import Alarm, CalendarVersion, Case, Deadline, Disclosure, LogEntry, Outbox

pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True)]

TABLES = (Case, LogEntry, Outbox, Disclosure, Deadline, Alarm)


def rows():
    return {model.__name__: list(model.objects.order_by("pk").values()) for model in TABLES}


@pytest.fixture
def office():
    return lives.Office()


@pytest.fixture
def case(office):
    return lives.brought(office, "accepted", DAY)


def extend(office, case, **changes):
    return engine.fire(case, "extend", actor=office.head, **lives.given(case, "extend", **changes))


def test_it_takes_two_statements_and_no_frame(office, case):
    with lives.on(DAY):
        data = lives.given(case, "extend")
        with CaptureQueriesContext(connection) as captured:
            engine.fire(case, "extend", actor=office.head, **data)
    assert len(statements(captured)) == len(captured.captured_queries) == 2
    assert chain.verify_case(type(case).objects.get(pk=case.pk)) == []


def test_with_tasks_to_follow_it_is_framed(office):
    case = lives.brought(office, "received", DAY)
    with lives.on(DAY):
        data = lives.given(case, "accept")
        with CaptureQueriesContext(connection) as captured:
            engine.fire(case, "accept", actor=office.head, **data)
    assert any(one["sql"].startswith(FRAME) for one in captured.captured_queries)


def test_an_act_on_a_case_that_has_moved_is_decided_anew(office, case, monkeypatch):
    """Another extension comes between our reading and our writing; the second look finds it."""
    write, other = store.write, type(case).objects.get(pk=case.pk)

    def late(change):
        monkeypatch.setattr(store, "write", write)
        elsewhere(lambda: extend(office, other, days=5))
        return write(change)

    monkeypatch.setattr(store, "write", late)
    with lives.on(DAY), pytest.raises(errors.ConditionUnmet, match="extended"):
        extend(office, case, days=7)
    case = type(case).objects.get(pk=case.pk)
    assert case.clock("explain").extension == 5
    assert LogEntry.objects.filter(chain=case.chain, transition="extend").count() == 1
    assert LogEntry.objects.filter(chain="security").count() == 1
    assert chain.verify_case(case) == []


def test_an_act_counts_by_the_edition_that_came_before_it_was_written(office, case, monkeypatch):
    write, table = store.write, shipped().to_json()
    monkeypatch.setattr(store, "_calendar", lambda version: shipped())

    def late(change):
        monkeypatch.setattr(store, "write", write)
        elsewhere(lambda: CalendarVersion.objects.create(table=table))
        return write(change)

    monkeypatch.setattr(store, "write", late)
    with lives.on(DAY):
        extend(office, case, days=7)
    edition = CalendarVersion.objects.latest("pk").pk
    assert Deadline.objects.get(case=case, rule="explain").calendar_version == edition
    assert LogEntry.objects.filter(chain=case.chain, transition="extend").count() == 1


@pytest.mark.parametrize("act", ["extend", "suspend", "terminate", "withdraw"])
def test_a_conflict_writes_nothing(office, case, act, monkeypatch):
    """The statement by itself, outside any transaction, on a case that is no longer as it was read."""
    kept, write = [], store.write
    monkeypatch.setattr(store, "write", lambda change: kept.append(change) or write(change))
    with lives.on(DAY):
        data = lives.given(case, act)
        actor = office.actor("requester" if act == "withdraw" else "head", case)
        with engine.unit():
            engine.fire(case, act, actor=actor, **data)
    before = rows()
    assert not connection.in_atomic_block
    with pytest.raises(errors.Conflict):
        write(kept[0])
    assert rows() == before


def test_a_refusal_is_recorded_and_nothing_else(office, case):
    before = rows()
    with lives.on(DAY), pytest.raises(errors.ConditionUnmet):
        extend(office, case, reason=" ")
    after = rows()
    (entry,) = [row for row in after["LogEntry"] if row not in before["LogEntry"]]
    assert (entry["chain"], entry["transition"]) == ("security", "refused")
    assert {name: found for name, found in after.items() if name not in ("LogEntry", "Outbox", "Disclosure")} == {
        name: found for name, found in before.items() if name not in ("LogEntry", "Outbox", "Disclosure")
    }
