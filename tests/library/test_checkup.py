"""The check-up: it names what is broken and what mends it, and changes nothing."""

from __future__ import annotations

from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import psycopg
import pytest

from social_tui.config import Settings
from social_tui.library.capturing import capture
from social_tui.library.checkup import Check, check_up
from social_tui.library.importing import import_paths
from social_tui.media_analysis.prices import PRICES
from social_tui.media_analysis.retired import shut_down_on
from social_tui.model_prices import ModelPrice
from social_tui.store.meaning import start_meanings
from tests.media_cache.samples import jpeg
from tests.support.openai_server import MODEL, OpenAIServer
from tests.support.prices import priced
from tests.support.world import World, request, rows

TODAY = datetime.now(UTC).date()
OLD = {MODEL: ModelPrice(input=1, output=2, as_of=date(2020, 1, 31))}


def by_name(checks: list[Check]) -> dict[str, Check]:
    return {check.name: check for check in checks}


def test_a_sound_library(world: World) -> None:
    with world.open() as library:
        import_paths(library, [world.write([world.post(world.serve("/a.jpg", jpeg()))])])
        request(library, "download")
    before = world.snapshot()
    found = by_name(check_up(world.settings))
    assert {name: check.state for name, check in found.items()} == {
        "Database": "ok",
        "Queue": "ok",
        "Media files": "ok",
        "Meaning": "ok",
        "Cache": "ok",
        "Decoder": "ok",
        "Archive": "ok",
        "Analysis": "ok",
        "Private addresses": "warning",
    }
    assert "1 waiting" in found["Queue"].detail
    assert world.server.pair in found["Private addresses"].detail
    assert world.snapshot() == before


def test_what_is_broken_is_named(world: World, tmp_path: Path) -> None:
    in_the_way = tmp_path / "cache"
    in_the_way.write_text("a file")
    settings = Settings(
        home=tmp_path,
        database_url="postgresql://nobody@127.0.0.1:9/none",
        ai_provider="openai",
        aws_s3_bucket="no-such-bucket",
        aws_s3_endpoint_url="http://127.0.0.1:9",
        aws_access_key_id="id",
        aws_secret_access_key="canary-secret",
    )
    found = by_name(check_up(settings))
    assert {name for name, check in found.items() if check.state == "error"} == {
        "Database",
        "Cache",
        "Archive",
        "Analysis",
    }
    assert all(check.fix for check in found.values() if check.state == "error")
    assert "canary-secret" not in repr(found)


def test_failed_jobs_are_a_warning(world: World) -> None:
    with psycopg.connect(world.database_url) as connection:
        connection.execute(
            "insert into jobs.procrastinate_jobs (queue_name, task_name, status)"
            " values ('verify', 'social_tui.verify', 'failed')"
        )
    assert by_name(check_up(world.settings))["Queue"].state == "warning"


def test_a_cache_whose_disk_is_not_mounted_is_told(world: World) -> None:
    urls = [world.serve(f"/{number}.jpg", jpeg(seed=number)) for number in range(2)]
    with world.open("worker") as library:
        import_paths(library, [world.write([world.post(*urls)])])
        places = [capture(library, row.media_id, claim=row.media_id) for row in rows(library).values()]
        root = library.cache.root
    assert len(places) == 2
    found = by_name(check_up(world.settings))["Media files"]
    assert (found.state, found.detail) == ("ok", f"2 of 2 looked for are in {root}")
    next((root / "media").rglob("*.jpg")).unlink()
    found = by_name(check_up(world.settings))["Media files"]
    assert (found.state, found.detail) == ("warning", f"1 of 2 looked for are in {root}")
    root.rename(root.with_name("unmounted"))
    found = by_name(check_up(world.settings))["Media files"]
    assert (found.state, found.detail) == ("error", f"0 of 2 looked for are in {root}")
    assert "Mount its disk" in found.fix


def test_a_machine_without_a_place_for_temporary_files_is_told(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tempfile.tempdir", "/no/such/folder")
    check = by_name(check_up(world.settings))["Decoder"]
    assert check.state == "error"
    assert "/no/such/folder" in check.detail
    assert "No such file or directory" in check.detail
    assert check.fix


@pytest.mark.parametrize(
    ("changes", "state", "words"),
    [
        ({"ai_prices": priced(input=1, output=2)}, "ok", f"$1 in, $2 out as of {TODAY} by the settings"),
        ({"ai_prices": OLD}, "warning", "as of 2020-01-31, more than 180 days ago by the settings"),
        ({"ai_model": "gpt-nowhere"}, "error", "does not know the model 'gpt-nowhere'"),
        ({"openai_api_key": "sk-wrong-canary"}, "error", "refused the key"),
        # A server of one's own may have any model.
        ({"ai_model": "gpt-4-vision-preview"}, "error", "does not know the model"),
    ],
)
def test_the_model_is_asked_for(world: World, changes: dict[str, Any], state: str, words: str) -> None:
    with OpenAIServer() as ai:
        world.use(ai.settings(**changes))
        found = by_name(check_up(world.settings))["Analysis"]
    assert (found.state, ai.billed) == (state, 0)
    assert words in found.detail
    assert "canary" not in repr(found)


def test_a_model_that_nobody_said_the_price_of_is_told(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    with OpenAIServer() as ai:
        world.use(ai.settings())
        assert "by the built-in table" in by_name(check_up(world.settings))["Analysis"].detail
        monkeypatch.setattr("social_tui.media_analysis.prices.PRICES", {})
        own = by_name(check_up(world.settings))["Analysis"]
        # The service itself, as far as the check knows.
        monkeypatch.setattr("social_tui.media_analysis.openai_client._OPENAI", ai.url)
        world.use(ai.settings(openai_base_url=None))
        paid = by_name(check_up(world.settings))["Analysis"]
    assert (own.state, paid.state) == ("ok", "warning")
    assert "without a price it counts as free" in own.detail
    assert "nobody said what it costs: it is not asked" in paid.detail
    assert "ai_prices" in paid.fix


def test_search_by_meaning_is_told_with_what_waits_or_why_it_is_not_there(world: World) -> None:
    def meaning() -> tuple[str, str]:
        found = by_name(check_up(world.settings))["Meaning"]
        return found.state, f"{found.detail} {found.fix}"

    world.use(Settings(embedding_provider="none"))
    assert meaning() == (
        "ok",
        "not used: Meaning search is switched off. Set SOCIAL_TUI_EMBEDDING_PROVIDER to auto.",
    )
    with OpenAIServer() as ai:
        world.use(ai.settings(embedding_provider="openai", embedding_model=MODEL))
        state, words = meaning()
        assert (state, "social-tui search --index" in words) == ("ok", True)
        with world.open() as library:
            import_paths(library, [world.write([world.post(text="north")])])
            assert start_meanings(library.gateway, f"openai:{MODEL}", 8) == 1
            start_meanings(library.gateway, "openai:none", 8)
        assert meaning() == ("ok", f"openai:{MODEL} is ready; 1 posts wait to be read by it ")
        world.use(Settings(embedding_model="none"))
        state, words = meaning()
        assert (state, "does not know the model 'none'" in words) == ("error", True)
        assert "SOCIAL_TUI_EMBEDDING_MODEL" in words
        assert ai.billed == 0


def test_a_model_that_was_shut_down_is_told_without_asking(world: World) -> None:
    world.use(Settings(openai_api_key="sk-none", ai_model="gpt-4-turbo-2024-04-09"))
    found = by_name(check_up(world.settings))["Analysis"]
    assert (found.state, found.detail) == (
        "error",
        "openai, gpt-4-turbo-2024-04-09 was shut down on 2026-10-23",
    )


def test_no_model_of_the_table_of_prices_or_by_default_is_gone() -> None:
    today = date(2026, 11, 6)
    ends = {model: shut_down_on(model) for model in (*PRICES, Settings().ai_model)}
    assert {model for model, end in ends.items() if end is not None and end <= today} == set()
    assert shut_down_on(Settings().ai_model) is None
