"""Guards in the database itself: nobody who goes round the engine rewrites the log or moves a case.

Triggers are installed after each migrate (Django's SQLite table rebuilds drop them silently) and a system check asks
whether they are there. What they refuse, they refuse to the table's owner too.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.core.checks import CheckMessage, Error, register
from django.db import DEFAULT_DB_ALIAS, connections
from django.db.migrations.executor import MigrationExecutor

APPEND_ONLY = (
    "workflow_logentry",
    "workflow_calendarversion",
    "workflow_breachnote",
    "ledger_leaf",
    "ledger_checkpoint",
    "ledger_anchor",
    "ledger_handover",
)
NEVER_DELETED = ("workflow_breach", "workflow_appointment", "workflow_delegation", "workflow_user")
_GRANTED = ("id", "agency_id", "role", "starts_on", "given_by_id", "given_under")
FIXED = {
    "workflow_appointment": (*_GRANTED, "user_id", "decision"),
    "workflow_delegation": (*_GRANTED, "principal_id", "substitute_id", "document"),
}
"""Powers, and what nobody rewrites of them: a power is ended, and nothing but its end moves, to an earlier day."""
_SQLITE = {
    "log_no_update": "BEFORE UPDATE ON {t} BEGIN SELECT RAISE(ABORT, '{t} is append-only: UPDATE refused'); END",
    "log_no_delete": "BEFORE DELETE ON {t} BEGIN SELECT RAISE(ABORT, '{t} is append-only: DELETE refused'); END",
    # INSERT OR REPLACE and upserts do not fire DELETE or UPDATE triggers reliably: refuse a row that is there already
    "log_no_replace": "BEFORE INSERT ON {t} WHEN EXISTS (SELECT 1 FROM {t} WHERE {same}) BEGIN"
    " SELECT RAISE(ABORT, '{t} is append-only: REPLACE refused'); END",
}
_SAME_PLACE = {
    "workflow_logentry": "id = NEW.id OR (chain = NEW.chain AND seq = NEW.seq)",
    "ledger_leaf": "leaf_index = NEW.leaf_index OR entry_id = NEW.entry_id",
    "ledger_checkpoint": "id = NEW.id OR size = NEW.size",
}
_CASE = "the state of a case changes through the engine alone: a new state needs a new seq"
_SQLITE_CASE = (
    "CREATE TRIGGER IF NOT EXISTS case_state_with_seq BEFORE UPDATE ON workflow_case"
    f" WHEN NEW.state <> OLD.state AND NEW.seq <= OLD.seq BEGIN SELECT RAISE(ABORT, '{_CASE}'); END"
)
# not WHEN: PostgreSQL would read the condition anew with every statement, which costs an act more than the call
_POSTGRESQL = f"""
CREATE OR REPLACE FUNCTION workflow_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN RAISE EXCEPTION '% is append-only: % refused', TG_TABLE_NAME, TG_OP; END $$;
CREATE OR REPLACE FUNCTION workflow_state_with_seq() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
 IF NEW.state IS DISTINCT FROM OLD.state AND NEW.seq <= OLD.seq THEN RAISE EXCEPTION '{_CASE}'; END IF;
 RETURN NEW;
END $$;
DROP TRIGGER IF EXISTS case_state_with_seq ON workflow_case;
CREATE TRIGGER case_state_with_seq BEFORE UPDATE OF state ON workflow_case FOR EACH ROW
 EXECUTE FUNCTION workflow_state_with_seq();
"""
_SQLITE_KEPT = (
    "CREATE TRIGGER IF NOT EXISTS {t}_kept BEFORE DELETE ON {t}"
    " BEGIN SELECT RAISE(ABORT, '{t} is append-only: DELETE refused'); END"
)
_POSTGRESQL_KEPT = """
DROP TRIGGER IF EXISTS {t}_kept ON {t};
CREATE TRIGGER {t}_kept BEFORE DELETE ON {t} FOR EACH ROW EXECUTE FUNCTION workflow_append_only();
DROP TRIGGER IF EXISTS {t}_not_emptied ON {t};
CREATE TRIGGER {t}_not_emptied BEFORE TRUNCATE ON {t} FOR EACH STATEMENT EXECUTE FUNCTION workflow_append_only();
"""
_POWER = "a power is ended by a decision: never rewritten, never made longer"
_SAME_PERSON = (
    "id = NEW.id OR lower(username) = lower(NEW.username) OR (email <> '' AND lower(email) = lower(NEW.email))"
)
_NOT_REPLACED = dict.fromkeys(FIXED, "id = NEW.id") | {"workflow_user": _SAME_PERSON}
_SQLITE_FIXED = (
    "CREATE TRIGGER IF NOT EXISTS {t}_fixed BEFORE UPDATE ON {t} WHEN {changed}"
    f" BEGIN SELECT RAISE(ABORT, '{_POWER}'); END"
)
_POSTGRESQL_FIXED = f"""
CREATE OR REPLACE FUNCTION workflow_power_is_fixed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN RAISE EXCEPTION '{_POWER}'; END $$;
DROP TRIGGER IF EXISTS {{t}}_fixed ON {{t}};
CREATE TRIGGER {{t}}_fixed BEFORE UPDATE ON {{t}} FOR EACH ROW WHEN ({{changed}})
 EXECUTE FUNCTION workflow_power_is_fixed();
"""
_POSTGRESQL_LOG = """
DROP TRIGGER IF EXISTS log_no_change ON {t};
CREATE TRIGGER log_no_change BEFORE UPDATE OR DELETE ON {t} FOR EACH ROW EXECUTE FUNCTION workflow_append_only();
DROP TRIGGER IF EXISTS log_no_truncate ON {t};
CREATE TRIGGER log_no_truncate BEFORE TRUNCATE ON {t} FOR EACH STATEMENT EXECUTE FUNCTION workflow_append_only();
"""


def install(using: str = DEFAULT_DB_ALIAS) -> None:
    """Create every guard that is missing; may run any number of times."""
    with connections[using].cursor() as cursor:
        if connections[using].vendor == "postgresql":
            cursor.execute(_POSTGRESQL)
            for table in APPEND_ONLY:
                cursor.execute(_POSTGRESQL_LOG.format(t=table))
            for table in NEVER_DELETED:
                cursor.execute(_POSTGRESQL_KEPT.format(t=table))
            for table, columns in FIXED.items():
                cursor.execute(_POSTGRESQL_FIXED.format(t=table, changed=_changed(columns, "IS DISTINCT FROM")))
        else:
            cursor.execute(_SQLITE_CASE)
            for table in APPEND_ONLY:
                for name, body in _SQLITE.items():
                    sql = body.format(t=table, same=_SAME_PLACE.get(table, "id = NEW.id"))
                    cursor.execute(f"CREATE TRIGGER IF NOT EXISTS {table}_{name} {sql}")
            for table in NEVER_DELETED:
                cursor.execute(_SQLITE_KEPT.format(t=table))
            for table, columns in FIXED.items():
                cursor.execute(_SQLITE_FIXED.format(t=table, changed=_changed(columns, "IS NOT")))
            for table, same in _NOT_REPLACED.items():
                again = _SQLITE["log_no_replace"].format(t=table, same=same)
                cursor.execute(f"CREATE TRIGGER IF NOT EXISTS {table}_no_replace {again}")


def _changed(columns: tuple[str, ...], differs: str) -> str:
    """Return the condition that a power is rewritten or made longer."""
    rewritten = " OR ".join(f"OLD.{name} {differs} NEW.{name}" for name in columns)
    longer = "OLD.ends_on IS NOT NULL AND (NEW.ends_on IS NULL OR NEW.ends_on > OLD.ends_on)"
    return f"{rewritten} OR ({longer}) OR (OLD.end_decision <> '' AND NEW.end_decision = '')"


def remove(using: str = DEFAULT_DB_ALIAS) -> None:
    """Drop every guard; for test flushes and for those who try to forge."""
    with connections[using].cursor() as cursor:
        for table, trigger in _names(connections[using].vendor):
            on = f" ON {table}" if connections[using].vendor == "postgresql" else ""
            cursor.execute(f"DROP TRIGGER IF EXISTS {trigger}{on}")


@contextmanager
def lifted(using: str = DEFAULT_DB_ALIAS) -> Iterator[None]:
    """Lift the guards for a test's flush and put them back."""
    remove(using)
    try:
        yield
    finally:
        install(using)


def missing(using: str = DEFAULT_DB_ALIAS) -> list[str]:
    """Return the guards that are not in the database, each as "name on table"."""
    vendor = connections[using].vendor
    catalogue = (
        "SELECT tgrelid::regclass::text, tgname FROM pg_trigger WHERE NOT tgisinternal AND tgenabled <> 'D'"
        if vendor == "postgresql"
        else "SELECT tbl_name, name FROM sqlite_master WHERE type = 'trigger'"
    )
    with connections[using].cursor() as cursor:
        cursor.execute(catalogue)
        found = set(cursor.fetchall())
    return sorted(f"{trigger} on {table}" for table, trigger in set(_names(vendor)) - found)


def _names(vendor: str) -> list[tuple[str, str]]:
    if vendor == "postgresql":
        logs = [(table, name) for table in APPEND_ONLY for name in ("log_no_change", "log_no_truncate")]
    else:
        logs = [(table, f"{table}_{name}") for table in APPEND_ONLY for name in _SQLITE]
    kept = [(table, f"{table}_kept") for table in NEVER_DELETED]
    fixed = [(table, f"{table}_fixed") for table in FIXED]
    if vendor == "sqlite":
        fixed += [(table, f"{table}_no_replace") for table in _NOT_REPLACED]
    else:
        kept += [(table, f"{table}_not_emptied") for table in NEVER_DELETED]
    return [*logs, *kept, *fixed, ("workflow_case", "case_state_with_seq")]


def _is_complete(using: str) -> bool:
    """Return whether every guarded table is there; a database may be migrated in part."""
    return {*APPEND_ONLY, *NEVER_DELETED} <= set(connections[using].introspection.table_names())


def _is_behind(using: str) -> bool:
    """Return whether migrations wait: `migrate` itself must not be kept from installing what is missing."""
    executor = MigrationExecutor(connections[using])
    return bool(executor.migration_plan(executor.loader.graph.leaf_nodes()))


def install_after_migrate(sender: Any, using: str, **kwargs: Any) -> None:
    """Put the guards back after every migrate."""
    if _is_complete(using):
        install(using)


@register("database")
def check_guards(app_configs: Any, databases: Any, **kwargs: Any) -> list[CheckMessage]:
    """Report guards that are missing from a migrated database."""
    if not databases or not _is_complete(DEFAULT_DB_ALIAS) or _is_behind(DEFAULT_DB_ALIAS):
        return []
    gone = missing()
    if not gone:
        return []
    return [
        Error(
            f"The database lacks the guards {', '.join(gone)}.",
            hint="Run manage.py migrate; it installs them.",
            id="workflow.E100",
        )
    ]
