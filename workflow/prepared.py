"""Rows by a prepared statement, straight on the driver's connection.

An act asks and writes by a few statements that never change. Django's cursor and the driver's own prepare each of
them anew on the way to the server; here a statement is prepared once for each connection and then only executed.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime
from types import NoneType
from typing import Any
from weakref import WeakKeyDictionary

from django.db.backends.base.base import BaseDatabaseWrapper
from msgspec.json import decode

MOST = 500
"""Most statements prepared for one connection; each costs the server some memory."""


class Session:
    """One connection with what was prepared on it: the name of each statement, and the reader of its results."""

    def __init__(self, connection: Any, *, most: int = MOST, **loaders: Any) -> None:
        """Take a connection of the driver.

        most: how many statements may be prepared; none where they would not last (`lasts`)
        loaders: by the name of a type, what reads it instead of the usual
        """
        from psycopg import Cursor, generators
        from psycopg.errors import InvalidSqlStatementName
        from psycopg.pq import ExecStatus
        from psycopg.types.json import set_json_loads

        self.connection, self.pgconn, self.execute = connection, connection.pgconn, generators.execute
        self.good, self.forgotten = (ExecStatus.TUPLES_OK, ExecStatus.COMMAND_OK), InvalidSqlStatementName
        self.known: dict[str, tuple[bytes, Any]] = {}
        self.most = most
        self.context = Cursor(connection)
        set_json_loads(decode, self.context)
        for name, loader in loaders.items():
            self.context.adapters.register_loader(name, loader)

    def rows(self, sql: str, params: list[Any]) -> list[Any]:
        """Execute a statement, prepared on its first use, and return its rows."""
        return self.answer(self.ask(sql, params))

    def ask(self, sql: str, params: list[Any]) -> Any:
        """Send a statement, prepared on its first use, and do not wait; returns what reads its `answer`."""
        values = [value.encode() if type(value) is str else _DUMPED[type(value)](value) for value in params]
        if b"\0" in b"".join(filter(None, values)) and any(type(value) is str and "\0" in value for value in params):
            raise ValueError("PostgreSQL keeps no text with a NUL character")
        formats = [type(value) is bytes for value in params]
        name, reader = self.known.get(sql) or self._prepared(sql)
        if name:
            self.pgconn.send_query_prepared(name, values, formats, 1)
        else:
            self.pgconn.send_query_params(_numbered(sql), values, None, formats, 1)
        return reader

    def answer(self, reader: Any) -> list[Any]:
        """Return the rows of the statement that was asked last."""
        result = self._result()
        reader.set_pgresult(result, set_loaders=reader.pgresult is None)
        return reader.load_rows(0, result.ntuples, tuple)  # type: ignore[no-any-return]

    def _prepared(self, sql: str) -> tuple[bytes, Any]:
        """Prepare a statement; if too many are, its name is empty and nothing is kept."""
        from psycopg.adapt import Transformer

        reader = Transformer(self.context)
        if len(self.known) >= self.most:
            return b"", reader
        name = b"act_%d" % len(self.known)
        self.pgconn.send_prepare(name, _numbered(sql))
        self._result()
        self.known[sql] = name, reader
        return name, reader

    def forget(self) -> None:
        """Prepare everything anew: after a rollback the driver lets the server forget what was prepared."""
        self.known.clear()

    def _result(self) -> Any:
        (result,) = self.connection.wait(self.execute(self.pgconn))
        if result.status not in self.good:
            from psycopg.errors import error_from_result

            raise error_from_result(result)
        return result


_sessions: WeakKeyDictionary[BaseDatabaseWrapper, Session] = WeakKeyDictionary()


def _moment(value: date) -> bytes:
    return value.isoformat().encode()


_DUMPED: dict[type, Callable[[Any], bytes | None]] = {
    int: b"%d".__mod__,
    bool: lambda value: b"t" if value else b"f",
    datetime: _moment,
    date: _moment,
    bytes: bytes,
    NoneType: lambda value: None,
}


def rows(db: BaseDatabaseWrapper, sql: str, params: list[Any]) -> list[Any]:
    """Return the rows that a statement gives.

    Goes by Django's cursor where somebody listens to it, where nothing may stay prepared (another database, a pooler
    between), and inside a transaction, which would not survive a statement that has been forgotten meanwhile.
    params: texts, whole numbers, truth values, days, moments, bytes or None, one for each `%s`
    Raises Django's database errors.
    """
    if not lasts(db) or db.in_atomic_block or db.queries_logged or db.execute_wrappers:
        return _by_cursor(db, sql, params)
    db.close_if_health_check_failed()
    if db.connection is None:
        db.ensure_connection()
    if not db.connection.autocommit:
        return _by_cursor(db, sql, params)
    with db.wrap_database_errors:
        return _executed(db, sql, params)


def lasts(db: BaseDatabaseWrapper) -> bool:
    """Return whether what is prepared stays prepared: on PostgreSQL, with no pooler between that changes sessions."""
    return db.settings_dict["OPTIONS"].get("prepare_threshold") is not None


def _by_cursor(db: BaseDatabaseWrapper, sql: str, params: list[Any]) -> list[Any]:
    with db.cursor() as cursor:
        cursor.execute(sql, params)
        return list(cursor.fetchall())


def _executed(db: BaseDatabaseWrapper, sql: str, params: list[Any]) -> list[Any]:
    session = _sessions.get(db)
    if session is None or session.connection is not db.connection:
        session = _sessions[db] = Session(db.connection)
    try:
        return session.rows(sql, params)
    except session.forgotten:
        session.forget()
        return session.rows(sql, params)


def _numbered(sql: str) -> bytes:
    """Return a statement with the placeholders of PostgreSQL's protocol."""
    first, *others = sql.split("%s")
    return (first + "".join(f"${n}{part}" for n, part in enumerate(others, 1))).encode()
