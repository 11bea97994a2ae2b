"""The queue's schema: procrastinate's own SQL in schema `jobs`, then our hardening of it."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Any

from social_tui.errors import SchemaError

if TYPE_CHECKING:
    from psycopg import Connection

# The queue schema that the hardening and our SQL functions were written for. A procrastinate with another one
# needs its migrations applied to existing databases: look at both before changing this.
SCHEMA_SHA256 = "c70ec4b400a60ad9592787653aae5ae77ae41bf801d56b5bd2712751a07f2009"
_RECORD_SQL = """
insert into supabase_migrations.social_tui_checksums (name, sha256) values ('procrastinate', %s)
on conflict (name) do nothing
"""


def schema_sql() -> str:
    """Read the queue's schema from the installed procrastinate.

    Raises:
        SchemaError: If that is not the schema that this version was made for.
    """
    from procrastinate.schema import SchemaManager

    sql: str = SchemaManager.get_schema()
    if hashlib.sha256(sql.encode()).hexdigest() != SCHEMA_SHA256:
        import procrastinate

        raise SchemaError(
            f"The installed procrastinate {procrastinate.__version__} brings a queue schema that "
            "this version of social-tui does not know.",
            hint="Install the version in requirements/runtime.lock: pip install 'procrastinate==3.10.0'",
        )
    return sql


def apply_jobs_schema(connection: Connection[Any], hardening: list[str]) -> None:
    """Bring schema `jobs` to its hardened form; what is there stays.

    Args:
        connection: A connection in a transaction, in a database that has the records of migrations.
        hardening: The texts of supabase/jobs/*.sql, in order.
    """
    connection.execute("create schema if not exists jobs")
    row = connection.execute("select to_regclass('jobs.procrastinate_jobs') is null").fetchone()
    if row is not None and row[0]:
        connection.execute("set local search_path = jobs, pg_catalog")
        connection.execute(schema_sql().encode())
        connection.execute("set local search_path = public")
    # For the release that will have to bring this schema to a newer one; the Supabase CLI does not record it.
    connection.execute(_RECORD_SQL, [SCHEMA_SHA256])
    for sql in hardening:
        connection.execute(sql.encode())
