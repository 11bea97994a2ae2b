"""`social-tui cache`: what is kept, what leaves, what stays, as scripts see it."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.cli.conftest import CommandLine, picture
from tests.support.world import World


@pytest.fixture
def archived(cli: CommandLine, world: World) -> World:
    """Archive two of three pictures, which nobody has looked at for an hour."""
    urls = [world.serve(f"/{colour}.jpg", picture(colour)) for colour in ("red", "green", "blue")]
    file = world.write([world.post(*urls[:2]), world.post(urls[2])])
    assert cli("import", file, "--download").returncode == 0
    posts = cli.json("posts", "list")
    first = next(post["post_id"] for post in posts if post["media_total"] == 2)
    assert cli.json("media", "archive", "--post-id", first)["succeeded"] == 2
    for path in files(world):
        os.utime(path, (path.stat().st_atime, path.stat().st_mtime - 3600))
    return world


def files(world: World) -> list[Path]:
    return sorted(path for path in (world.home / "cache/media").rglob("*") if path.is_file())


def test_room_is_made_and_what_left_comes_back_when_it_is_named(cli: CommandLine, archived: World) -> None:
    before = cli.json("cache", "status")
    assert (before["media_files"], before["blobs"]["evictable"]["blobs"]) == (3, 2)
    assert before["blobs"]["not_archived"]["blobs"] == 1

    trial = cli.json("cache", "gc", "--to", "0", "--dry-run", code=3)
    assert (trial["media_files"], len(files(archived))) == (2, 3)
    made = cli.json("cache", "gc", "--to", "0", code=3)
    assert (made["media_files"], made["bytes_after"]) == (2, made["bytes_too_many"])
    assert len(files(archived)) == 1

    after = cli.json("cache", "status")
    assert after["blobs"]["archive_only"] == before["blobs"]["evictable"]
    assert "in the archive alone" in cli("cache", "status").stdout
    assert cli.json("media", "download-all", "--plan") == []
    assert cli.json("media", "download-all")["requested"] == 0
    assert cli.json("cache", "verify") == {"checked": 1, "ok": 1, "missing": 0, "damaged": 0, "repaired": 0}

    calls = len(archived.server.requests)
    assert cli.json("media", "analyze", "--status", "not_started")["succeeded"] == 3
    assert len(files(archived)) == 3
    assert len(archived.server.requests) == calls
    assert archived.checker().problems() == []


def test_what_is_pinned_stays(cli: CommandLine, archived: World) -> None:
    rows = cli.json("media", "list")
    pinned = next(row for row in rows if row["archive_url"])
    assert cli.json("cache", "pin", pinned["media_id"]) == {"media_ids": [pinned["media_id"]], "pinned": True}
    assert cli.json("cache", "status")["blobs"]["kept"]["blobs"] == 1
    assert cli.json("cache", "gc", "--to", "1 B", code=3)["media_files"] == 1
    assert f"{archived.home}/cache/{pinned['local_file_path']}" in map(str, files(archived))
    assert cli("cache", "pin", "--off", "--post-id", pinned["post_id"]).returncode == 0
    assert cli.json("cache", "gc", "--to", "0", code=3)["media_files"] == 1


def test_missing_pictures_are_drawn_once(cli: CommandLine, archived: World) -> None:
    assert cli.json("cache", "draw") == {"drawn": 3, "without_picture": 0}
    assert cli.json("cache", "status")["thumbnail_files"] == 3
    assert cli("cache", "draw").stdout == "0 drawn, 0 without a picture.\n"


def test_a_cache_within_its_limit_is_left_alone(cli: CommandLine, archived: World) -> None:
    done = cli("cache", "gc")
    assert (done.returncode, len(files(archived))) == (0, 3)
    assert done.stdout.startswith("It holds")


@pytest.mark.parametrize("size", ["much", "-5", "1 apple"])
def test_a_size_that_is_none(cli: CommandLine, size: str) -> None:
    done = cli("cache", "gc", f"--to={size}")
    assert done.returncode == 2
    assert "is no size" in done.stderr


def test_pinning_needs_media(cli: CommandLine) -> None:
    assert cli("cache", "pin").returncode == 2
