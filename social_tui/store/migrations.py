"""Bringing a database to this program's schema, recorded as the Supabase CLI records it."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from social_tui.errors import DatabaseError, SchemaError
from social_tui.store.bootstrap import Foundation, supabase_directory
from social_tui.store.psycopg_errors import connect, message_of, translate, translated
from social_tui.store.sql_statements import split_statements

if TYPE_CHECKING:
    import psycopg

_FILE_NAME = re.compile(r"(?P<version>\d{14})_(?P<name>.+)\.sql")
_APPLICATION = "social-tui migrate"
# Any number that no other program on the same database takes for its lock.
_LOCK_KEY = 0x50C1A17D1
_FOUNDATION = "foundation"

# The Supabase CLI's table with its columns (older ones lack the last two, newer tools add more),
# and ours, which lets `status` see an edited file.
_RECORDS_SQL = """
create schema if not exists supabase_migrations;
create table if not exists supabase_migrations.schema_migrations (version text not null primary key);
alter table supabase_migrations.schema_migrations
  add column if not exists statements text[], add column if not exists name text;
create table if not exists supabase_migrations.social_tui_checksums (
  name text primary key, sha256 text not null, applied_at timestamptz not null default now()
);
"""
_INSERT_VERSION = """
insert into supabase_migrations.schema_migrations (version, statements, name) values (%s, %s, %s)
"""
_UPSERT_CHECKSUM = """
insert into supabase_migrations.social_tui_checksums (name, sha256) values (%s, %s)
on conflict (name) do update set sha256 = excluded.sha256, applied_at = now()
"""


@dataclass(frozen=True)
class Migration:
    """One migration file.

    Args:
        version: Its 14 digits.
        name: The rest of its file name.
        sql: Its text.
    """

    version: str
    name: str
    sql: str

    @property
    def checksum(self) -> str:
        """The SHA-256 of its text."""
        return hashlib.sha256(self.sql.encode()).hexdigest()


@dataclass(frozen=True)
class Applied:
    """A migration that was just applied."""

    version: str
    name: str


@dataclass(frozen=True)
class MigrationStatus:
    """How one migration stands in a database.

    Args:
        version: Its 14 digits.
        name: Its name; empty where the record has none.
        state: ``applied``, ``pending``, ``edited`` (applied, but its file changed since) or ``unknown``
            (recorded in the database, but not part of this program).
    """

    version: str
    name: str
    state: Literal["applied", "pending", "edited", "unknown"]


@dataclass(frozen=True)
class _Records:
    """What a database says was applied to it: names by version, checksums by version."""

    names: dict[str, str]
    checksums: dict[str, str]


def read_migrations(directory: Path | None = None) -> list[Migration]:
    """Read the migration files in order.

    Args:
        directory: The folder with `migrations`; None for the program's own.

    Raises:
        SchemaError: If a file's name is not 14 digits, an underscore and a name, or two share a version.
    """
    migrations: dict[str, Migration] = {}
    for path in sorted(((directory or supabase_directory()) / "migrations").glob("*.sql")):
        match = _FILE_NAME.fullmatch(path.name)
        if match is None or match["version"] in migrations:
            raise SchemaError(
                f"{path} is not named as a migration of its own: 14 digits, an underscore, a name, .sql."
            )
        migrations[match["version"]] = Migration(match["version"], match["name"], path.read_text("utf-8"))
    return list(migrations.values())


def migrate(conninfo: str, *, directory: Path | None = None) -> list[Applied]:
    """Apply what a database lacks, each file in its own transaction; several processes may do so at once.

    Args:
        conninfo: The database; a session of its own, not a transaction pooler.
        directory: The folder with `migrations` and `jobs`; None for the program's own.

    Returns:
        What was applied now, in order.

    Raises:
        SchemaError: If the database has versions that this program does not know.
        DatabaseError: If a file fails; nothing of it is kept, the files before it stay applied.
        DatabaseUnavailableError: If the database cannot be reached.
    """
    directory = directory or supabase_directory()
    migrations = read_migrations(directory)
    foundation = Foundation(directory)
    with connect(conninfo, application_name=_APPLICATION) as connection, translated():
        if _is_current(_read_records(connection), migrations, foundation):
            return []
        # A table that someone keeps locked ends the wait with an error, not the program with a hang.
        connection.execute("set lock_timeout = '60s'")
        connection.execute("set search_path = public, extensions")
        connection.execute("select pg_advisory_lock(%s)", [_LOCK_KEY])
        # What another process applied while this one waited is not pending any more.
        # The lock ends with the session.
        records = _read_records(connection)
        _refuse_newer(records, migrations)
        _lay_foundation(connection, foundation, records)
        missing = [migration for migration in migrations if migration.version not in records.names]
        return [_apply(connection, migration) for migration in missing]


def status(conninfo: str, *, directory: Path | None = None) -> list[MigrationStatus]:
    """Compare a database with this program's migrations, in order of version; nothing is changed."""
    migrations = {migration.version: migration for migration in read_migrations(directory)}
    with connect(conninfo, application_name=_APPLICATION) as connection, translated():
        records = _read_records(connection)
    rows = []
    for version in sorted({*migrations, *records.names}):
        migration = migrations.get(version)
        if migration is None:
            rows.append(MigrationStatus(version, records.names[version], "unknown"))
        elif version not in records.names:
            rows.append(MigrationStatus(version, migration.name, "pending"))
        else:
            same = records.checksums.get(version, migration.checksum) == migration.checksum
            rows.append(MigrationStatus(version, migration.name, "applied" if same else "edited"))
    return rows


def pending(conninfo: str, *, directory: Path | None = None) -> list[MigrationStatus]:
    """List the migrations that a database still lacks."""
    return [row for row in status(conninfo, directory=directory) if row.state == "pending"]


def _is_current(records: _Records, migrations: list[Migration], foundation: Foundation) -> bool:
    known = {migration.version for migration in migrations}
    return records.names.keys() == known and records.checksums.get(_FOUNDATION) == foundation.checksum


def _refuse_newer(records: _Records, migrations: list[Migration]) -> None:
    unknown = sorted(records.names.keys() - {migration.version for migration in migrations})
    if unknown:
        raise SchemaError(
            f"The database has migrations that this social-tui does not know: {', '.join(unknown)}.",
            hint="Update social-tui, or use another database.",
        )


def _read_records(connection: psycopg.Connection[Any]) -> _Records:
    there = connection.execute(
        "select to_regclass('supabase_migrations.schema_migrations') is not null,"
        " to_regclass('supabase_migrations.social_tui_checksums') is not null"
    ).fetchone()
    has_versions, has_checksums = there if there is not None else (False, False)
    names: dict[str, str] = {}
    checksums: dict[str, str] = {}
    if has_versions:
        # By way of JSON, because the name's column may be missing.
        rows = connection.execute(
            "select version, to_jsonb(m) ->> 'name' from supabase_migrations.schema_migrations m"
        )
        names = {version: name or "" for version, name in rows}
    if has_checksums:
        checksums = dict(
            connection.execute("select name, sha256 from supabase_migrations.social_tui_checksums")
        )
    return _Records(names, checksums)


def _lay_foundation(connection: psycopg.Connection[Any], foundation: Foundation, records: _Records) -> None:
    import psycopg

    try:
        with connection.transaction():
            connection.execute(_RECORDS_SQL.encode())
            if records.checksums.get(_FOUNDATION) != foundation.checksum:
                foundation.apply(connection)
                connection.execute(_UPSERT_CHECKSUM, [_FOUNDATION, foundation.checksum])
    except psycopg.errors.InsufficientPrivilege as error:
        raise DatabaseError(
            f"The database user may not prepare this database: {message_of(error)}.",
            hint="Let a user who may create roles and schemas run once: social-tui db migrate",
            sqlstate=error.sqlstate or "",
        ) from error


def _apply(connection: psycopg.Connection[Any], migration: Migration) -> Applied:
    import psycopg

    try:
        with connection.transaction():
            connection.execute(migration.sql.encode())
            connection.execute(
                _INSERT_VERSION, [migration.version, split_statements(migration.sql), migration.name]
            )
            connection.execute(_UPSERT_CHECKSUM, [migration.version, migration.checksum])
    except psycopg.Error as error:
        if error.sqlstate is None:
            raise translate(error) from error
        raise DatabaseError(
            f"Migration {migration.version}_{migration.name}.sql failed{_place_of(error, migration.sql)}: "
            f"{message_of(error)}. Nothing of it was kept.",
            hint=error.diag.message_hint or "",
            sqlstate=error.sqlstate,
        ) from error
    return Applied(migration.version, migration.name)


def _place_of(error: psycopg.Error, sql: str) -> str:
    """Say where in a file an error is, as well as the server knows: a line, or what it was working on."""
    position = error.diag.statement_position
    if position is not None:
        return f" near line {sql.count(chr(10), 0, int(position)) + 1}"
    context = (error.diag.context or "").partition("\n")[0]
    # Other contexts can quote the data, such as "JSON data, line 1: …".
    return f" in {context}" if context.startswith(("PL/pgSQL function", "SQL function")) else ""
