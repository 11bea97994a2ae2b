"""Migrations where Supabase or its CLI was before: what is there is shared and left alone."""

from __future__ import annotations

from pathlib import Path

import psycopg
import pytest

from social_tui.store import jobs_schema
from social_tui.store.migrations import Applied, migrate, read_migrations, status
from social_tui.store.sql_statements import split_statements
from tests.store.catalogue import read_catalogue
from tests.store.library_rows import rows
from tests.store.migration_files import directory

__all__ = ["directory"]

CHECKOUT = Path(__file__).resolve().parents[2]


def test_what_supabase_has_already_is_left_alone(empty_database_url: str, directory: Path) -> None:
    rows(
        empty_database_url,
        "create schema auth; create function auth.uid() returns uuid language sql as"
        " $$ select '00000000-0000-4000-8000-00000000000a'::uuid $$",
    )
    migrate(empty_database_url, directory=directory)
    assert str(rows(empty_database_url, "select auth.uid()")[0][0]).endswith("a")
    assert rows(empty_database_url, "select auth.role()") == [(None,)]


@pytest.mark.parametrize(
    "columns",
    [
        "version text not null primary key",
        "version text not null primary key, statements text[], name text",
        "version text not null primary key, statements text[], name text, created_by text,"
        " idempotency_key text unique, rollback text[]",
    ],
    ids=["first", "usual", "extended"],
)
def test_the_supabase_clis_table_is_shared(columns: str, empty_database_url: str, directory: Path) -> None:
    rows(
        empty_database_url,
        f"create schema supabase_migrations; create table supabase_migrations.schema_migrations ({columns});"
        " insert into supabase_migrations.schema_migrations (version) values ('20250101000000')",
    )
    assert migrate(empty_database_url, directory=directory) == [Applied("20250102000000", "second")]
    assert [row.state for row in status(empty_database_url, directory=directory)] == ["applied", "applied"]
    assert rows(empty_database_url, "select to_regclass('first')") == [(None,)]
    [row] = rows(
        empty_database_url,
        "select version, statements, name from supabase_migrations.schema_migrations where name = 'second'",
    )
    assert row == ("20250102000000", ["create table second (id int)"], "second")


def test_an_existing_users_database_is_upgraded_in_place(empty_database_url: str) -> None:
    first_two = read_migrations()[:2]
    assert [file.version for file in first_two] == ["20251130223349", "20251201203830"]
    for file in first_two:
        rows(empty_database_url, file.sql)
    rows(
        empty_database_url,
        "create schema supabase_migrations; create table supabase_migrations.schema_migrations"
        " (version text primary key, statements text[], name text);"
        " insert into supabase_migrations.schema_migrations values ('20251130223349'), ('20251201203830');"
        " insert into posts (post_id, urn) values ('p-0a1b2c3d', 'urn:li:activity:1')",
    )
    assert [row.version for row in migrate(empty_database_url)] == [
        file.version for file in read_migrations()[2:]
    ]
    assert rows(empty_database_url, "select post_id, urn from posts") == [("p-0a1b2c3d", "urn:li:activity:1")]


def test_the_supabase_cli_alone_builds_the_same(empty_database_url: str, database_url: str) -> None:
    """Apply the files as the CLI does, on what a project of Supabase has, and nothing else."""
    files = read_migrations()
    bootstrap = (CHECKOUT / "social_tui/store/bootstrap.sql").read_text("utf-8")
    rows(empty_database_url, bootstrap)
    rows(
        empty_database_url,
        "create schema supabase_migrations; create table supabase_migrations.schema_migrations"
        " (version text primary key, statements text[], name text)",
    )
    for file in files:
        with psycopg.connect(empty_database_url) as connection:
            for statement in split_statements(file.sql):
                connection.execute(statement.encode())
            connection.execute(
                "insert into supabase_migrations.schema_migrations values (%s, '{}', %s)",
                [file.version, file.name],
            )
    assert read_catalogue(empty_database_url) == read_catalogue(database_url)
    assert migrate(empty_database_url) == []
    assert read_catalogue(empty_database_url) == read_catalogue(database_url)
    recorded = "select sha256 from supabase_migrations.social_tui_checksums where name = 'procrastinate'"
    assert rows(empty_database_url, recorded) == [(jobs_schema.SCHEMA_SHA256,)]
