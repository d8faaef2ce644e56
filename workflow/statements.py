"""The SQL of the one write path, for PostgreSQL and for SQLite, made from the models' own columns."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable
from functools import cache, lru_cache
from typing import Any

from django.db import DEFAULT_DB_ALIAS, connection, connections, models
from msgspec.json import Encoder

from workflow import prepared
from workflow.models import AgencyRung, Case, Deadline

RINGS = ("next_at", "last_at")
SET_ASIDE = ("failures", "next_try_at", "failed_why")
"""Columns of a deadline that follow from its ladder, and those of the sweep alone."""
CLOCK = tuple(
    str(f.column) for f in Deadline._meta.local_concrete_fields if f.column not in ("case_id", *RINGS, *SET_ASIDE)
)
"""The other columns of a deadline but for its case, in the order in which they are read."""


HELD = (
    "SELECT 'appointment:' || a.id AS ref, a.user_id, a.role, a.agency_id, a.starts_on, a.ends_on"
    " FROM workflow_appointment a"
    " UNION ALL SELECT 'delegation:' || d.id, d.substitute_id, d.role, d.agency_id,"
    " CASE WHEN d.starts_on < a.starts_on THEN a.starts_on ELSE d.starts_on END,"
    " CASE WHEN a.ends_on < d.ends_on THEN a.ends_on ELSE d.ends_on END"
    " FROM workflow_delegation d JOIN workflow_user v ON v.id = d.principal_id AND v.is_active"
    " JOIN workflow_appointment a ON a.user_id = d.principal_id AND a.role = d.role AND a.agency_id = d.agency_id"
)
"""Who holds which power from when until when: by appointment; by delegation as long as the principal holds it too."""


def table(model: type[models.Model]) -> str:
    """Return a model's table, quoted."""
    return connection.ops.quote_name(model._meta.db_table)


@cache
def columns(model: type[models.Model], *without: str) -> tuple[str, ...]:
    """Return a model's own columns but for the named ones."""
    return tuple(str(f.column) for f in model._meta.local_concrete_fields if f.column not in without)


class Statements(ABC):
    """What one database understands."""

    on_date: str
    clock_now: str
    lock: str

    @abstractmethod
    def object(self, pairs: Iterable[tuple[str, str]]) -> str:
        """Return an expression that makes a JSON object."""

    @abstractmethod
    def write(self, **change: Any) -> Any:
        """Write one act; returns the entry's id (with the case's, where the database gives it), None on a conflict."""

    @abstractmethod
    def rows(self, value: str, of: str) -> str:
        """Return an expression that lists a value of each row; of: what follows SELECT."""

    @abstractmethod
    def array(self, values: Iterable[str]) -> str:
        """Return an expression that makes a JSON array."""

    def column(self, field: models.Field[Any, Any]) -> str:
        """Return a column of a procedure's table as it is read; JSON as text."""
        return f'x."{field.column}"'

    def _posts(self, people: int) -> str:
        """Return the powers of some persons, each through the days of their own."""
        if not people:
            return "NULL"
        post = self.array(("p.ref", "p.user_id", "p.role", "p.agency_id", "p.path"))
        theirs = " OR ".join(
            "(h.user_id = %s AND h.starts_on <= %s AND (h.ends_on IS NULL OR h.ends_on >= %s))" for _ in range(people)
        )
        return self.rows(
            post,
            "FROM (SELECT h.ref, h.user_id, h.role, h.agency_id, g.path"
            f" FROM ({HELD}) h JOIN workflow_agency g ON g.id = h.agency_id"
            f" JOIN workflow_user u ON u.id = h.user_id AND u.is_active WHERE {theirs}) AS p",
        )

    @lru_cache(maxsize=8)  # noqa: B019  (one object per database, for the life of the process)
    def powers(self, people: int) -> str:
        """Return the read of the powers alone."""
        return f"SELECT {self._posts(people)}"

    def _common(self, people: int) -> str:
        return f"{self._posts(people)}, (SELECT max(id) FROM workflow_calendarversion), {self.clock_now}"

    def _added(self, agency: str, procedure: str) -> str:
        """Return the rungs that an agency has added to the ladders of a procedure."""
        rung = self.object((name, f'r."{name}"') for name in columns(AgencyRung, "agency_id"))
        return self.rows(rung, f"FROM workflow_agencyrung r WHERE r.agency_id = {agency} AND r.procedure = {procedure}")

    @lru_cache(maxsize=8)  # noqa: B019  (one object per database, for the life of the process)
    def opening(self, people: int) -> str:
        """Return the read before a case exists."""
        return f"SELECT {self._common(people)}, {self._added('%s', '%s')}, {self.new_case_id}"

    new_case_id: str

    @lru_cache(maxsize=64)  # noqa: B019  (one object per database, for the life of the process)
    def read(self, model: type[Case], people: int, *, lock: bool) -> str:
        """Return the read of a case with its child and the actors' powers, one row for each of its clocks."""
        child = [f for f in model._meta.local_concrete_fields if not f.primary_key]
        wanted = [*(f"c.{name}" for name in columns(Case)), *(self.column(f) for f in child)]
        kinds = self.rows("m.kind", "FROM workflow_document m WHERE m.case_id = c.id")
        seen_seq = "(SELECT s.seq FROM workflow_case s WHERE s.id = c.id)" if lock else "c.seq"
        return (
            f"SELECT {', '.join(wanted)}, {seen_seq},"
            f" {self._common(people)}, {self._added('c.agency_id', 'c.procedure')}, g.path, {kinds},"
            f" {', '.join(f'd.{name}' for name in CLOCK)}"
            f" FROM workflow_case c JOIN {table(model)} x ON x.{pointer(model)} = c.id"
            " JOIN workflow_agency g ON g.id = c.agency_id LEFT JOIN workflow_deadline d ON d.case_id = c.id"
            f" WHERE c.id = %s{self.lock if lock else ''}"
        )


def fetch(sql: str, params: list[Any]) -> list[Any]:
    """Return the rows that a statement gives."""
    return prepared.rows(connections[DEFAULT_DB_ALIAS], sql, params)


def pointer(model: type[Case]) -> str:
    """Return the column by which a procedure's table points to the case."""
    pk = model._meta.pk
    assert pk is not None
    return str(pk.column)


@cache
def vendor() -> str:
    """Return what kind of database this program runs on, "postgresql" or "sqlite"."""
    return connection.vendor


@cache
def statements() -> Statements:
    """Return the statements of this program's database.

    Raises KeyError for one that is neither PostgreSQL nor SQLite.
    """
    from workflow.postgresql import PostgreSQL
    from workflow.sqlite import SQLite

    return {"postgresql": PostgreSQL, "sqlite": SQLite}[vendor()]()


@cache
def clock_columns() -> tuple[str, ...]:
    """Return the columns of a deadline that an act may write."""
    return columns(Deadline, "id", "case_id", *SET_ASIDE)


def as_json(rows: Any) -> str:
    """Return rows as JSON."""
    return _encode(rows).decode()


_encode = Encoder().encode


def listed(names: Iterable[str]) -> str:
    """Return column names, quoted and separated."""
    return ", ".join(f'"{name}"' for name in names)


def marks(names: Iterable[Any]) -> str:
    """Return a placeholder for each name or value."""
    return ", ".join("%s" for _ in names)


def sets(names: Iterable[str]) -> str:
    """Return the assignments of an UPDATE."""
    return ", ".join(f'"{name}" = %s' for name in names)


def types(model: type[models.Model], names: Iterable[str]) -> dict[str, str]:
    """Return the database's own type of each column."""
    fields = {f.column: f for f in model._meta.local_concrete_fields}
    return {name: str(fields[name].db_type(connection)) for name in names}
