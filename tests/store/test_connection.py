"""Which database a library opens."""

from __future__ import annotations

from pathlib import Path

import psycopg
import pytest

from social_tui.config import Settings, load_settings
from social_tui.errors import ConfigurationError, DatabaseUnavailableError, SchemaError
from social_tui.store.connection import open_database
from social_tui.store.embedded import EmbeddedServer
from social_tui.store.migrations import pending, read_migrations


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


def test_supabase_alone_says_what_to_set(library_home: Path) -> None:
    chosen = settings(home=library_home, supabase_url="https://ref.supabase.co")
    with pytest.raises(ConfigurationError, match="DATABASE_URL"), open_database(chosen):
        pass
    assert not (library_home / "database").exists()
