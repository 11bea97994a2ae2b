"""`social-tui db` and `config show` on a real embedded server and on a given one."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Iterator

import psycopg
import pytest

from social_tui.store.embedded import EmbeddedServer
from tests.cli.conftest import CommandLine


@pytest.fixture
def embedded(bare: CommandLine) -> Iterator[CommandLine]:
    """Give a command line on a library with a server of its own, stopped at the end."""
    yield bare
    EmbeddedServer(bare.home / "database").stop()


def test_the_server_starts_stays_up_answers_and_stops(embedded: CommandLine) -> None:
    before = embedded.json("db", "status")
    assert (before["server"], before["running"], before["migrations"]) == ("embedded", False, [])
    assert embedded("db", "url").returncode == 4

    started = embedded("db", "start")
    assert started.returncode == 0, started.stderr
    url = embedded("db", "url").stdout.strip()
    assert url == started.stdout.strip()
    with psycopg.connect(url) as connection:
        assert connection.execute("select 1").fetchone() == (1,)
    running = embedded.json("db", "status")
    assert (running["running"], running["keep_running"]) == (True, True)
    assert {each["state"] for each in running["migrations"]} == {"pending"}

    applied = embedded.json("db", "migrate")
    assert [each["version"] for each in applied][:2] == ["20251130223349", "20251201203830"]
    assert embedded.json("db", "migrate") == []
    assert {each["state"] for each in embedded.json("db", "status")["migrations"]} == {"applied"}
    assert "runs until 'db stop'" in embedded("db", "status").stdout

    assert embedded("db", "stop").stdout == "The database server was stopped.\n"
    assert embedded("db", "stop").stdout == "The database server was not running.\n"
    assert embedded("db", "url").returncode == 4


def test_a_server_that_nobody_keeps_up_ends_with_its_last_command(embedded: CommandLine) -> None:
    assert embedded("stats").returncode == 0

    assert embedded.json("db", "status")["running"] is False


def test_a_given_database_is_migrated_but_never_started_or_stopped(
    bare: CommandLine, empty_database_url: str
) -> None:
    bare.environment["DATABASE_URL"] = empty_database_url

    assert bare("db", "url").stdout.strip() == empty_database_url
    assert bare.json("db", "migrate") != []
    status = bare.json("db", "status")
    assert status["server"] == "DATABASE_URL"
    assert {each["state"] for each in status["migrations"]} == {"applied"}
    for verb in ("start", "stop"):
        done = bare("db", verb)
        assert done.returncode == 2
        assert "DATABASE_URL" in done.stderr
    assert not (bare.home / "database").exists()


def test_a_transaction_pooler_is_refused(bare: CommandLine) -> None:
    done = bare("stats", DATABASE_URL="postgresql://u@127.0.0.1:6543/x")

    assert done.returncode == 2
    assert "6543" in done.stderr


def test_settings_are_shown_with_their_sources_and_without_secrets(bare: CommandLine) -> None:
    (bare.home / "config.toml").write_text("per_host = 1\n")
    (bare.folder / ".env").write_text("OPENAI_API_KEY=canary-key\n")
    bare.environment["SOCIAL_TUI_CONCURRENCY"] = "7"

    shown = bare.json("config", "show")
    text = bare("config", "show").stdout

    by_name = {each["name"]: each for each in shown}
    assert by_name["per_host"] == {
        "name": "per_host", "value": "1", "source": str(bare.home / "config.toml"),
        "variable": "SOCIAL_TUI_PER_HOST",
    }  # fmt: skip
    assert (by_name["concurrency"]["value"], by_name["concurrency"]["source"]) == ("7", "environment")
    assert by_name["openai_api_key"]["source"] == ".env"
    assert "canary" not in json.dumps(shown) + text
    assert text.splitlines()[0].split() == ["SETTING", "VALUE", "FROM"]
    assert len(text.splitlines()) == len(shown) + 1


def test_looking_at_settings_makes_no_files(bare: CommandLine) -> None:
    bare("config", "show")
    bare("db", "status")

    assert list(bare.home.iterdir()) == []


@pytest.fixture
def elsewhere(bare: CommandLine) -> Iterator[CommandLine]:
    """Give root a library in a folder that the server's account cannot enter."""
    if os.geteuid() != 0:
        pytest.skip("only root runs the server under another account")
    bare.home.chmod(0o700)
    yield bare
    EmbeddedServer(bare.home / "database").stop()
    shutil.rmtree((bare.home / "database" / "location.txt").read_text().splitlines()[0])


@pytest.mark.parametrize("arguments", [["stats"], ["demo", "--no-app"]])
def test_where_the_database_is_kept_is_told_once(elsewhere: CommandLine, arguments: list[str]) -> None:
    first, second = elsewhere(*arguments), elsewhere("stats")

    assert (first.returncode, second.returncode) == (0, 0), first.stderr + second.stderr
    told = (elsewhere.home / "database" / "location.txt").read_text().splitlines()[1]
    assert first.stderr == f"social-tui: {told}\n"
    assert second.stderr == ""
    assert str(elsewhere.home) in told
