"""All rows of a library's database at one moment, which are put back far sooner than they are made again."""

from __future__ import annotations

from typing import Any

import psycopg

_TABLES = """
select c.oid::regclass::text, pg_relation_size(c.oid) > 0
from pg_class c join pg_namespace n on n.oid = c.relnamespace
where n.nspname not in ('pg_catalog', 'information_schema') and c.relkind = 'r'
"""
_SEQUENCES = """
select format('%I.%I', schemaname, sequencename), coalesce(last_value, start_value), last_value is not null
from pg_sequences
"""
# Those that guard the audit log whatever `session_replication_role` says.
_GUARDS = """
select tgrelid::regclass::text, quote_ident(tgname) from pg_trigger where tgenabled = 'A' and not tgisinternal
"""
_TURNED_OFF = "select distinct tgrelid::regclass::text from pg_trigger where tgenabled = 'D'"

Connection = psycopg.Connection[Any]


class Snapshot:
    """The rows of a library's database, and where its sequences stand.

    Args:
        url: The database to take it of.
    """

    def __init__(self, url: str) -> None:
        with psycopg.connect(url) as connection:
            self._rows = {table: _rows(connection, table) for table in _filled(connection)}
            self._sequences = set(connection.execute(_SEQUENCES).fetchall())

    def put(self, url: str) -> None:
        """Make the rows of a database of the same schema those of the snapshot.

        Tables that are as they should be are not touched, for whoever is connected plans anew what concerns
        a table that was emptied.
        """
        with psycopg.connect(url) as connection:
            connection.execute("set session_replication_role = replica")
            for (table,) in connection.execute(_TURNED_OFF).fetchall():
                connection.execute(f"alter table {table} enable trigger all".encode())
            guards = connection.execute(_GUARDS).fetchall()
            for table, trigger in guards:
                connection.execute(f"alter table {table} disable trigger {trigger}".encode())
            self._put_rows(connection)
            for table, trigger in guards:
                connection.execute(f"alter table {table} enable always trigger {trigger}".encode())
            for name, value, is_used in self._sequences - set(connection.execute(_SEQUENCES).fetchall()):
                connection.execute("select setval(%s, %s, %s)", [name, value, is_used])

    def _put_rows(self, connection: Connection) -> None:
        wrong = [
            table
            for table in _filled(connection)
            if table not in self._rows or _rows(connection, table) != self._rows[table]
        ]
        if wrong:
            connection.execute(f"truncate {', '.join(wrong)} restart identity cascade".encode())
        for table in self._rows.keys() - _filled(connection):
            with connection.cursor().copy(f"copy {table} from stdin".encode()) as copy:
                copy.write(self._rows[table])


def _filled(connection: Connection) -> set[str]:
    return {table for table, is_filled in connection.execute(_TABLES).fetchall() if is_filled}


def _rows(connection: Connection, table: str) -> bytes:
    with connection.cursor().copy(f"copy {table} to stdout".encode()) as copy:
        return b"".join(copy)
