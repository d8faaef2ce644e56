"""Everything that stands in the database, to ask whether something has changed."""

from django.db import connection

SECURITY = {"workflow_chain", "workflow_logentry", "workflow_outbox", "workflow_disclosure"}
SKIPPED = {"django_migrations", "django_session", "sqlite_sequence"}


def dump(*, but_security=False):
    """Return the rows of every table as one text each; `but_security` leaves out the chain of refused attempts."""
    names = [table for table in connection.introspection.table_names() if table not in SKIPPED]
    if connection.vendor == "postgresql":
        whole = " UNION ALL ".join(
            f"SELECT '{table}', (SELECT string_agg(x::text, chr(10) ORDER BY x::text) FROM {source(table, but_security)} x)"
            for table in names
        )
        with connection.cursor() as cursor:
            cursor.execute(whole)
            return dict(cursor.fetchall())
    return {table: rows(source(table, but_security)) for table in names}


def source(table, but_security):
    """Return a table, or the part of it that is not the security chain's."""
    if not (but_security and table in SECURITY):
        return connection.ops.quote_name(table)
    ours = "SELECT id FROM workflow_logentry WHERE chain = 'security'"
    where = {
        "workflow_chain": "name <> 'security'",
        "workflow_logentry": "chain <> 'security'",
    }.get(table, f"entry_id NOT IN ({ours})")
    return f"(SELECT * FROM {table} WHERE {where})"


def rows(table):
    """Return the rows of a table, or of a subquery, as sorted text."""
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT * FROM {table}")
        return "\n".join(sorted(map(repr, cursor.fetchall())))


def changed(before, after):
    """Return the names of the tables that differ."""
    return sorted(table for table in before | after if before.get(table) != after.get(table))
