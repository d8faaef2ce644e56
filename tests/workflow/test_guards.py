"""Raw SQL by the owner of the tables rewrites neither the log nor a case's state."""

import pytest
from django.core.checks import run_checks
from django.db import DatabaseError, connection, transaction

from tests import lives
from workflow import guards

pytestmark = pytest.mark.django_db

SQLITE, POSTGRESQL = "sqlite", "postgresql"
COLUMNS = (
    "chain, seq, case_id, agency_id, at, recorded_at, actor, appointment, on_behalf_of, own_act, transition, source,"
    " target, law_version, canonical, hash"
)
FORGERIES = (
    # database    what is tried on the log
    ("both",      "UPDATE workflow_logentry SET actor = 'user:1'"),
    ("both",      "UPDATE workflow_logentry SET seq = seq"),
    ("both",      "DELETE FROM workflow_logentry"),
    (POSTGRESQL,  "TRUNCATE workflow_logentry"),
    (POSTGRESQL,  "TRUNCATE workflow_logentry CASCADE"),
    (SQLITE,      f"INSERT OR REPLACE INTO workflow_logentry (id, {COLUMNS}) SELECT id, {COLUMNS} FROM workflow_logentry"),
    (SQLITE,      f"INSERT OR REPLACE INTO workflow_logentry ({COLUMNS}) SELECT {COLUMNS} FROM workflow_logentry"),
    (SQLITE,      f"REPLACE INTO workflow_logentry ({COLUMNS}) SELECT {COLUMNS} FROM workflow_logentry"),
    ("both",      f"INSERT INTO workflow_logentry (id, {COLUMNS}) SELECT id, {COLUMNS} FROM workflow_logentry WHERE true"
                  " ON CONFLICT (id) DO UPDATE SET actor = 'user:1'"),
    ("both",      f"INSERT INTO workflow_logentry ({COLUMNS}) SELECT {COLUMNS} FROM workflow_logentry WHERE true"
                  " ON CONFLICT (chain, seq) DO UPDATE SET actor = 'user:1'"),
    ("both",      "UPDATE workflow_case SET state = 'closed'"),
    ("both",      "UPDATE workflow_case SET state = 'closed', seq = seq - 1 WHERE seq > 0"),
    ("both",      "UPDATE workflow_case SET state = 'closed', head = 'abc'"),
)  # fmt: skip


@pytest.mark.parametrize(("database", "sql"), FORGERIES, ids=[sql[:60] for _, sql in FORGERIES])
def test_the_database_refuses(database, sql):
    if database not in ("both", connection.vendor):
        pytest.skip(f"this is tried on {database}")
    case = lives.filed(lives.Office())
    before = list(case.__class__.objects.values()), everything()
    with (
        pytest.raises(DatabaseError, match="append-only|needs a new seq"),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute(sql)
    assert (list(case.__class__.objects.values()), everything()) == before


def everything():
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT id, {COLUMNS} FROM workflow_logentry ORDER BY id")
        return cursor.fetchall()


def test_a_state_may_change_with_a_new_seq_and_the_chain_shows_it():
    from workflow.ledger import chain

    case = lives.filed(lives.Office())
    with connection.cursor() as cursor:
        cursor.execute("UPDATE workflow_case SET state = 'closed', seq = seq + 1")
    assert chain.verify_case(type(case).objects.get()) != []


def test_every_missing_guard_is_named():
    assert guards.missing() == []
    with guards.lifted():
        gone = guards.missing()
        (error,) = [one for one in run_checks(tags=["database"], databases=["default"]) if one.id == "workflow.E100"]
        assert gone
        assert all(name in error.msg for name in gone)
    assert guards.missing() == []


def test_one_missing_guard_is_enough_to_be_reported():
    table, name = guards._names(connection.vendor)[0]
    with connection.cursor() as cursor:
        cursor.execute(f"DROP TRIGGER {name}" + (f" ON {table}" if connection.vendor == POSTGRESQL else ""))
    assert guards.missing() == [f"{name} on {table}"]
    guards.install()
