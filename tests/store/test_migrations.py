"""Bringing databases to the schema: new, half done and too new ones, on every supported server."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import zipfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import psycopg
import pytest

from social_tui.errors import ConfigurationError, DatabaseError, DatabaseUnavailableError, SchemaError
from social_tui.store.bootstrap import supabase_directory
from social_tui.store.migrations import Applied, MigrationStatus, migrate, pending, read_migrations, status
from tests.store.library_rows import rows
from tests.store.migration_files import directory, write
from tests.store.server_versions import any_database_url, any_server_url

__all__ = ["any_database_url", "any_server_url", "directory"]

CHECKOUT = Path(__file__).resolve().parents[2]


def test_a_new_database_gets_everything_once(any_database_url: str) -> None:
    files = read_migrations()
    assert files
    assert migrate(any_database_url) == [Applied(file.version, file.name) for file in files]
    assert migrate(any_database_url) == []
    assert pending(any_database_url) == []
    assert {row.state for row in status(any_database_url)} == {"applied"}
    recorded = rows(
        any_database_url,
        "select version, name, cardinality(statements) from supabase_migrations.schema_migrations"
        " order by version",
    )
    assert [row[:2] for row in recorded] == [(file.version, file.name) for file in files]
    assert all(row[2] > 0 for row in recorded)


def test_claims_reach_the_functions_of_schema_auth(any_database_url: str) -> None:
    migrate(any_database_url)
    user = "6f2b7c1e-0000-4000-8000-000000000001"
    with psycopg.connect(any_database_url) as connection:
        assert connection.execute("select auth.uid(), auth.role(), auth.jwt()").fetchone() == (
            None,
            None,
            None,
        )
        claims = json.dumps({"sub": user, "role": "authenticated"})
        connection.execute("select set_config('request.jwt.claims', %s, true)", [claims])
        found = connection.execute("select auth.uid()::text, auth.role(), auth.jwt() ->> 'sub'").fetchone()
        assert found == (user, "authenticated", user)
        connection.execute("select set_config('request.jwt.claim.role', 'anon', true)")
        assert connection.execute("select auth.role()").fetchone() == ("anon",)


def test_a_failing_file_leaves_nothing_of_itself(empty_database_url: str, directory: Path) -> None:
    write(directory, "20250103000000_third", "create table third (id int);\n\nselect nonsense;\n")
    with pytest.raises(DatabaseError) as failed:
        migrate(empty_database_url, directory=directory)
    assert "20250103000000_third.sql failed near line 3" in failed.value.message
    assert failed.value.sqlstate == "42703"
    assert rows(empty_database_url, "select to_regclass('third')") == [(None,)]
    assert rows(empty_database_url, "select id from first") == [(1,)]
    assert pending(empty_database_url, directory=directory) == [
        MigrationStatus("20250103000000", "third", "pending")
    ]

    write(directory, "20250103000000_third", "create table third (id int);")
    assert migrate(empty_database_url, directory=directory) == [Applied("20250103000000", "third")]


@pytest.mark.parametrize(
    "sql",
    [
        "alter table kept alter text type int using text::int",
        "alter table kept alter text type jsonb using text::jsonb",
        "create unique index on kept (text); insert into kept select text from kept",
        "do $$ begin perform text::int from kept; end $$",
    ],
)
def test_a_failing_file_does_not_quote_rows(sql: str, empty_database_url: str, directory: Path) -> None:
    write(directory, "20250103000000_third", f"create table kept as select 'a canary'::text as text;\n{sql};")
    with pytest.raises(DatabaseError, match=r"20250103000000_third\.sql failed") as failed:
        migrate(empty_database_url, directory=directory)
    assert "canary" not in str(failed.value)


def test_a_migration_is_utf8_whatever_the_environment_says(
    empty_database_url: str, directory: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(directory, "20250103000000_third", "create table third as select 'ñ 🎉'::text as text;")
    monkeypatch.setenv("PGCLIENTENCODING", "LATIN1")
    migrate(empty_database_url, directory=directory)
    monkeypatch.undo()
    assert rows(empty_database_url, "select text from third") == [("ñ 🎉",)]


def test_a_newer_database_is_refused(empty_database_url: str, directory: Path) -> None:
    migrate(empty_database_url, directory=directory)
    (directory / "migrations" / "20250102000000_second.sql").unlink()
    write(directory, "20250101500000_between", "create table between_them ()")
    with pytest.raises(SchemaError, match="20250102000000"):
        migrate(empty_database_url, directory=directory)
    assert [(row.version, row.state) for row in status(empty_database_url, directory=directory)] == [
        ("20250101000000", "applied"),
        ("20250101500000", "pending"),
        ("20250102000000", "unknown"),
    ]
    assert rows(empty_database_url, "select to_regclass('between_them')") == [(None,)]


def test_an_edited_file_is_reported(empty_database_url: str, directory: Path) -> None:
    migrate(empty_database_url, directory=directory)
    write(directory, "20250102000000_second", "create table second (id bigint);")
    assert [row.state for row in status(empty_database_url, directory=directory)] == ["applied", "edited"]
    assert migrate(empty_database_url, directory=directory) == []


def test_several_at_once_apply_each_file_once(empty_database_url: str, directory: Path) -> None:
    with ThreadPoolExecutor(4) as pool:
        results = list(pool.map(lambda _: migrate(empty_database_url, directory=directory), range(4)))
    assert sorted(applied.version for result in results for applied in result) == [
        "20250101000000",
        "20250102000000",
    ]
    assert rows(empty_database_url, "select count(*) from first") == [(1,)]


@pytest.mark.parametrize("name", ["2025_short", "20250101000000", "20250102000000_twice"])
def test_a_misnamed_file_is_named(name: str, directory: Path) -> None:
    write(directory, name, "select 1")
    with pytest.raises(SchemaError, match=name):
        read_migrations(directory)


def test_a_user_without_rights_is_told_whom_to_ask(server_url: str, empty_database_url: str) -> None:
    rows(server_url, "create role plain login")
    try:
        with pytest.raises(DatabaseError, match="may not prepare this database") as refused:
            migrate(empty_database_url.replace("postgres@", "plain@"))
        assert "social-tui db migrate" in refused.value.hint
        assert refused.value.sqlstate == "42501"
    finally:
        rows(server_url, "drop role plain")


def test_an_unreachable_database_is_a_clear_error(library_home: Path) -> None:
    with pytest.raises(DatabaseUnavailableError, match="cannot be reached"):
        migrate(f"postgresql://postgres@/postgres?host={library_home}")


def test_a_malformed_connection_string_is_not_repeated() -> None:
    with pytest.raises(ConfigurationError) as refused:
        migrate("postgresql://user:hunter2@[host/x")
    assert "hunter2" not in str(refused.value)


def test_the_wheel_carries_the_sql(tmp_path: Path) -> None:
    subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", tmp_path],
        cwd=CHECKOUT,
        check=True,
        capture_output=True,
    )
    [wheel] = tmp_path.glob("*.whl")
    zipfile.ZipFile(wheel).extractall(tmp_path / "installed")
    program = (
        "from social_tui.store.bootstrap import Foundation, supabase_directory;"
        "from social_tui.store.migrations import read_migrations;"
        "print(supabase_directory(), Foundation(supabase_directory()).checksum, len(read_migrations()))"
    )
    shown = subprocess.run(
        [sys.executable, "-c", program],
        cwd="/",
        env={**os.environ, "PYTHONPATH": str(tmp_path / "installed")},
        check=True,
        capture_output=True,
        text=True,
    ).stdout.split()
    from social_tui.store.bootstrap import Foundation

    expected = Foundation(supabase_directory()).checksum
    assert shown == [str(tmp_path / "installed/social_tui/supabase"), expected, str(len(read_migrations()))]
