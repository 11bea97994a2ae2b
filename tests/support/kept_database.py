"""One database of a library that many tests have after each other, each of them empty."""

from __future__ import annotations

import uuid

import psycopg

from tests.support.snapshot import Snapshot

# What databases of a server share differs while other tests run, but for what is set for a database.
_CATALOGS = """
select oid::regclass::text from pg_class
where relnamespace = 'pg_catalog'::regnamespace and relkind = 'r'
    and (not relisshared or relname = 'pg_db_role_setting') and has_table_privilege(oid, 'select')
order by oid
"""


def url_of(server_url: str, database: str) -> str:
    """Name another database of the same server."""
    return server_url.replace("/postgres?", f"/{database}?")


def fingerprint(url: str) -> list[tuple[int, int]]:
    """Look whether a database is as it was but for the rows of its library: then this is as it was, too.

    PostgreSQL writes down in its catalogues what is no row of a library: schema, comments, settings and
    statistics.
    """
    with psycopg.connect(url) as connection:
        catalogues = [name for (name,) in connection.execute(_CATALOGS.encode())]
        looks = [f"select count(*), max(xmin::text::bigint) from {name}" for name in catalogues]
        return connection.execute(" union all ".join(looks).encode()).fetchall()


class KeptDatabase:
    """A migrated database that is emptied for each test, which takes far less than a copy of the template.

    It has another name for each test, so that what a test left running finds it no more. Where a test changed
    more than rows, such as the schema or the planner's statistics, a new copy is made.

    Args:
        server_url: The PostgreSQL server to put it on.
        template: The migrated database to copy.
    """

    def __init__(self, server_url: str, template: str) -> None:
        self._server_url = server_url
        self._template = template
        self._start = Snapshot(url_of(server_url, template))
        self._fingerprint: list[tuple[int, int]] = []
        self._name = ""

    def emptied(self) -> str:
        """Give the URL of the database, which is as the template."""
        last, self._name = self._name, f"kept_{uuid.uuid4().hex[:12]}"
        if last:
            self._run(f"alter database {last} rename to {self._name}")
            self._run(f"alter database {self._name} allow_connections true")
            if fingerprint(self._url) != self._fingerprint:
                self._run(f"drop database {self._name} with (force)")
                last = ""
        if not last:
            self._run(f"create database {self._name} template {self._template} strategy file_copy")
        self._start.put(self._url)
        self._fingerprint = fingerprint(self._url)
        return self._url

    def leave(self) -> None:
        """End the connections that a test left open, and take no more."""
        self._run(f"alter database {self._name} allow_connections false")
        self._run(
            "select pg_terminate_backend(pid, 10000) from pg_stat_activity"
            f" where datname = '{self._name}' and backend_type = 'client backend'"
        )

    @property
    def _url(self) -> str:
        return url_of(self._server_url, self._name)

    def _run(self, statement: str) -> None:
        with psycopg.connect(self._server_url, autocommit=True) as connection:
            connection.execute(statement.encode())
