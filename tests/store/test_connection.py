"""Which database a library opens."""

from __future__ import annotations

from pathlib import Path
from uuid import uuid4

import psycopg
import pytest

from social_tui.config import Settings, load_settings
from social_tui.errors import (
    ConfigurationError,
    DatabaseUnavailableError,
    ReadOnlyError,
    SchemaError,
    SignedOutError,
)
from social_tui.store.connection import open_database
from social_tui.store.embedded import EmbeddedServer
from social_tui.store.migrations import pending, read_migrations
from social_tui.store.supabase_project import open_account
from tests.support.supabase_rig import SupabaseRig


@pytest.fixture(autouse=True)
def _no_settings_from_outside(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in ("DATABASE_URL", "SUPABASE_URL", "SUPABASE_KEY", "SOCIAL_TUI_HOME"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.chdir(tmp_path)


def settings(**overrides: object) -> Settings:
    return load_settings(overrides)


def test_the_embedded_server_is_the_default(library_home: Path) -> None:
    with open_database(settings(home=library_home)) as database:
        assert database.directory == library_home / "database"
        assert database.notice == ""
        assert pending(database.url) == []
        assert EmbeddedServer(library_home / "database").status().running
        assert database.gateway.wait_for_change(60)
    assert not EmbeddedServer(library_home / "database").status().running
    with pytest.raises(DatabaseUnavailableError):
        database.gateway.call("anything")


def test_a_given_database_is_used_and_migrated(empty_database_url: str, library_home: Path) -> None:
    with open_database(settings(home=library_home, database_url=empty_database_url)) as database:
        assert database.directory is None
        assert len(pending(empty_database_url)) == 0
        assert database.gateway.wait_for_change(60)
    assert not (library_home / "database").exists()


def test_migrating_can_be_left_out(empty_database_url: str, library_home: Path) -> None:
    chosen = settings(home=library_home, database_url=empty_database_url)
    with open_database(chosen, migrate=False) as database, pytest.raises(SchemaError, match="db migrate"):
        database.gateway.call("read_statistics")
    assert len(pending(empty_database_url)) == len(read_migrations())


def test_a_newer_database_is_refused(database_url: str, library_home: Path) -> None:
    with psycopg.connect(database_url) as connection:
        connection.execute(
            "insert into supabase_migrations.schema_migrations (version) values ('99990101000000')"
        )
    with (
        pytest.raises(SchemaError, match="99990101000000"),
        open_database(settings(home=library_home, database_url=database_url)),
    ):
        pass


def test_the_password_is_not_in_what_is_printed(empty_database_url: str, library_home: Path) -> None:
    url = empty_database_url.replace("postgres@", "postgres:hunter2@")
    with open_database(settings(home=library_home, database_url=url)) as database:
        assert "hunter2" not in repr(database)
        assert "hunter2" in database.url


@pytest.mark.parametrize(
    "url",
    [
        "postgresql://postgres.ref:hunter2@aws-0-eu-central-1.pooler.supabase.com:6543/postgres",
        "postgresql://user:hunter2@/postgres?host=db.example&port=6543",
        "postgresql://user:hunter2@one.example:5432,two.example:6543/postgres",
    ],
)
def test_a_transaction_pooler_is_refused_with_the_reason(url: str, library_home: Path) -> None:
    with (
        pytest.raises(ConfigurationError, match="6543, a transaction pooler") as refused,
        open_database(settings(home=library_home, database_url=url)),
    ):
        pass
    assert "hunter2" not in str(refused.value)
    assert "5432" in refused.value.hint


def test_a_project_without_a_key_says_what_to_set(library_home: Path) -> None:
    chosen = settings(home=library_home, supabase_url="https://ref.supabase.co")
    with pytest.raises(ConfigurationError, match="without SUPABASE_KEY"), open_database(chosen):
        pass
    assert not (library_home / "database").exists()


def test_a_project_is_opened_by_whoever_is_signed_in(supabase: SupabaseRig, library_home: Path) -> None:
    chosen = settings(home=library_home, supabase_url=supabase.url, supabase_key=supabase.publishable_key)
    with pytest.raises(SignedOutError, match="Nobody is signed in"), open_database(chosen):
        pass
    email = f"ada-{uuid4()}@example.com"
    supabase.join(supabase.sign_up(email, "password-of-ada"), "viewer")
    open_account(chosen).sign_in(email, "password-of-ada")
    with open_database(chosen) as database:
        assert (database.url, database.gateway.call("count_posts")) == ("", [{"total": 0, "media": None}])
    reading = settings(
        home=library_home, supabase_url=supabase.url, supabase_key=supabase.publishable_key, read_only=True
    )
    with open_database(reading) as database, pytest.raises(ReadOnlyError):
        database.gateway.call("start_run")
    assert not (library_home / "database").exists()


@pytest.mark.parametrize(
    ("statement", "words", "hint"),
    [
        ("insert into {} (version) values ('99990101000000')", "is newer than this", "Update social-tui"),
        ("delete from {} where version = '20261121093100'", "is older than this", "social-tui db migrate"),
    ],
)
def test_a_project_of_another_version_is_refused(
    statement: str, words: str, hint: str, supabase: SupabaseRig, library_home: Path
) -> None:
    chosen = settings(home=library_home, supabase_url=supabase.url, supabase_key=supabase.publishable_key)
    email = f"ada-{uuid4()}@example.com"
    supabase.join(supabase.sign_up(email, "password-of-ada"), "owner")
    open_account(chosen).sign_in(email, "password-of-ada")
    versions = "supabase_migrations.schema_migrations"
    supabase.execute(f"create table public.kept as table {versions}")
    supabase.execute(statement.format(versions))
    try:
        with pytest.raises(SchemaError, match=words) as refused, open_database(chosen):
            pass
        assert hint in refused.value.hint
    finally:
        supabase.execute(f"truncate {versions}; insert into {versions} table public.kept")
        supabase.execute("drop table public.kept")
