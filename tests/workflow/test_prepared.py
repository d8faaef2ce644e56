"""Statements straight on the driver's connection: prepared once, asked ahead, and never half a text."""

import pytest
from django.db import connection

from workflow import prepared
from workflow.ledger import stream

pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def fresh():
    """Return a connection on which nothing was prepared."""
    other = connection.copy()
    other.ensure_connection()
    yield other.connection
    other.close()


@pytest.fixture
def session(fresh):
    return prepared.Session(fresh)


def kept(session):
    return session.rows("SELECT count(*) FROM pg_prepared_statements WHERE name LIKE %s", ["act_%"])[0][0]


def test_a_statement_is_prepared_once(session):
    assert [session.rows("SELECT %s::int + 1", [n]) for n in (1, 2, 3)] == [[(2,)], [(3,)], [(4,)]]
    assert kept(session) == 2, "this question itself, and that one"


def test_a_statement_can_be_asked_before_its_answer_is_wanted(session):
    asked = session.ask("SELECT n, 'nhà ' || n FROM generate_series(1, %s) n", [3])
    assert session.answer(asked) == [(1, "nhà 1"), (2, "nhà 2"), (3, "nhà 3")]


def test_when_enough_are_prepared_the_rest_is_answered_all_the_same(fresh):
    session = prepared.Session(fresh, most=1)
    assert session.rows("SELECT %s::text", ["một"]) == [("một",)]
    for word in ("hai", "ba"):
        assert session.rows("SELECT %s::text || '!'", [word]) == [(f"{word}!",)]
    assert len(session.known) == 1


@pytest.mark.parametrize("threshold", [2, None], ids=["our own session", "a pooler between"])
def test_the_log_is_read_by_prepared_statements_only_where_they_last(monkeypatch, threshold):
    monkeypatch.setitem(connection.settings_dict["OPTIONS"], "prepare_threshold", threshold)
    with stream.opened() as source:
        assert list(source.read(1, 2)) == [([], [])]
        ((names,),) = source.look_up("SELECT count(*) FROM pg_prepared_statements WHERE name LIKE 'act_%%'", [])
    assert names == (2 if threshold else 0)


def test_what_was_prepared_may_be_forgotten(session):
    session.rows("SELECT %s::int", [1])
    session.connection.execute("DEALLOCATE ALL")
    with pytest.raises(session.forgotten):
        session.rows("SELECT %s::int", [1])
    session.forget()
    assert session.rows("SELECT %s::int", [1]) == [(1,)]


def test_a_type_may_be_read_in_another_way(fresh):
    from psycopg.types.string import ByteaBinaryLoader

    session = prepared.Session(fresh, text=ByteaBinaryLoader)
    assert session.rows("SELECT 'Đ'::text, 7", []) == [("Đ".encode(), 7)]


def test_a_text_that_the_database_would_cut_short_is_refused(session):
    with pytest.raises(ValueError, match="NUL"):
        session.rows("SELECT %s::text", ["trước\0sau"])
