"""The check-up: it names what is broken and what mends it, and changes nothing."""

from __future__ import annotations

from pathlib import Path

import psycopg
import pytest

from social_tui.config import Settings
from social_tui.library.capturing import capture
from social_tui.library.checkup import Check, check_up
from social_tui.library.importing import import_paths
from tests.media_cache.samples import jpeg
from tests.support.world import World, request, rows


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
