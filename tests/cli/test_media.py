"""`social-tui media`, the worker and the queue as scripts call them, with real files from a real server."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from social_tui.cli.exit_codes import ExitCode
from social_tui.models import MediaRow
from tests.cli.conftest import CommandLine, picture
from tests.media_cache.samples import jpeg, video
from tests.support.disks import read_only
from tests.support.world import World


def test_the_whole_job_by_commands(cli: CommandLine, stocked: World) -> None:
    downloaded = cli.json("media", "download-all", code=3)
    assert (downloaded["kind"], downloaded["succeeded"], downloaded["failed"]) == ("download", 2, 1)
    assert downloaded["outcomes"] == {"deleted": 1}

    verified = cli.json("media", "verify-cache")
    assert verified == {"checked": 2, "ok": 2, "missing": 0, "damaged": 0, "repaired": 0}

    assert cli.json("media", "archive", "--all")["succeeded"] == 2
    assert cli.json("media", "analyze", "--status", "not_started")["succeeded"] == 2

    rows = cli.json("media", "list")
    assert set(rows[0]) == set(MediaRow.model_fields)
    ready = [row for row in rows if row["download_status"] == "ready"]
    assert len(ready) == 2
    assert all(row["archive_url"].startswith("local:media/") for row in ready)
    assert {row["ai_analysis_status"] for row in ready} == {"completed"}
    figures = cli.json("stats")
    assert (figures["posts"], figures["media"], figures["blobs"]) == (2, 3, 2)
    assert figures["failures_by_outcome"] == {"deleted": 1}
    assert figures["local_bytes"] == sum(row["file_size"] for row in ready)
    assert stocked.checker().problems() == []


def test_work_on_the_posts_of_a_filter_leaves_all_others_alone(
    cli: CommandLine, stocked: World, world: World
) -> None:
    url = world.server.url
    for name in ("green", "grey"):
        world.serve(f"/{name}.jpg", picture(name))
    cli("import", world.write([
        world.post(url("/green.jpg"), text="An orchard"), world.post(url("/grey.jpg"), text="An orchard too"),
    ]))  # fmt: skip
    orchards = {row["post_id"] for row in cli.json("posts", "list", "orchard")}
    which = ("--posts", 'has:image "an orchard"')

    plan = cli.json("media", "download-all", "--plan", *which)
    assert {row["post_id"] for row in plan} == orchards
    assert len(plan) == 2
    assert cli.json("media", "download-all", *which)["succeeded"] == 2
    ready = cli.json("media", "list", "--status", "ready")
    assert {row["post_id"] for row in ready} == orchards

    too = ("--posts", "orchard too")
    archived = cli.json("media", "archive", *too)
    assert (archived["requested"], archived["succeeded"]) == (1, 1)
    analysed = cli.json("media", "analyze", *too)
    assert (analysed["requested"], analysed["succeeded"]) == (1, 1)
    assert cli.json("media", "analyze", "--status", "failed", *too)["requested"] == 0
    assert cli("posts", "count", "is:archived is:analyzed").stdout == "1\n"
    assert cli("posts", "count", "is:archived is:analyzed orchard too").stdout == "1\n"


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["download-all", "--posts", "stauts:failed"], "'stauts:failed'"),
        (["archive", "--posts", ""], "every post"),
        (["archive", "--all", "--posts", "orchard"], "--posts"),
        (["analyze", "--media-id", "med-0a1b2c3d", "--posts", "orchard"], "--posts"),
    ],
)
def test_a_filter_that_is_not_clear_starts_no_work(
    bare: CommandLine, arguments: list[str], words: str
) -> None:
    done = bare("media", *arguments)

    assert (done.returncode, done.stdout, done.stderr.count("\n")) == (2, "", 1)
    assert words in done.stderr
    assert not list(bare.home.iterdir())


def test_doing_it_again_has_nothing_left_to_do(cli: CommandLine, stocked: World) -> None:
    cli("media", "download-all")

    again = cli("media", "download-all")

    assert (again.returncode, again.stdout) == (0, "Nothing is left to be downloaded.\n")


def test_what_failed_is_tried_again_when_asked_for(cli: CommandLine, stocked: World) -> None:
    cli("media", "download-all")
    stocked.serve("/gone.jpg", picture("green"))

    again = cli.json("media", "download-all", "--retry-failed")

    assert (again["succeeded"], again["failed"]) == (1, 0)


def test_a_disk_that_refuses_downloads_is_named_and_is_a_failure_of_this_machine(
    cli: CommandLine, stocked: World
) -> None:
    (cli.home / "cache").mkdir(exist_ok=True)
    (cli.home / "cache" / "media").write_text("a file where a folder should be")

    done = cli("media", "download-all")

    assert done.returncode == ExitCode.FAILED
    assert done.stdout.startswith("0 downloaded, ")
    assert f"Stopped: The folder {cli.home / 'cache' / 'media'} cannot be used: File exists." in done.stdout
    assert "are still queued." in done.stdout
    assert "cannot be used" in cli("jobs", "list", "--status", "todo").stdout
    (cli.home / "cache" / "media").unlink()
    cli("media", "download-all")
    assert len(cli.json("media", "list", "--status", "ready")) == 2


def test_the_plan_is_in_the_order_of_death_and_downloads_nothing(cli: CommandLine, world: World) -> None:
    now = datetime.now(UTC)
    moments = {"soon": timedelta(hours=1), "dead": -timedelta(days=1), "later": timedelta(days=9)}
    links = [
        world.server.url(f"/{name}.jpg?Expires={int((now + wait).timestamp())}")
        for name, wait in moments.items()
    ]
    cli("import", world.write([world.post(world.server.url("/never.jpg"), *links)]))

    rows = cli.json("media", "download-all", "--plan")

    assert [Path(row["media_url"].partition("?")[0]).stem for row in rows] == [
        "soon",
        "later",
        "never",
        "dead",
    ]
    text = cli("media", "download-all", "--plan").stdout
    assert [line.split()[0] for line in text.splitlines()] == ["LEFT", "59", "8", "does", "lost", "4"]
    assert "4 media to download; the links of 1 of them have died already." in text
    assert not world.server.hits


def test_only_some_are_planned_and_downloaded_when_asked_so(cli: CommandLine, world: World) -> None:
    picture = world.serve("/a.jpg", jpeg(seed=1))
    large = world.serve("/large.jpg", jpeg(seed=2) + bytes(200_000))
    posts = [
        world.post(picture, large, "https://cdn.example.org/b.jpg"),
        world.post(world.serve("/clip.mp4", video(), "video/mp4"), kind="video"),
    ]
    cli("import", world.write(posts))

    def names(*choice: str) -> set[str]:
        plan = cli.json("media", "download-all", "--plan", *choice)
        return {row["media_url"].rpartition("/")[2] for row in plan}

    assert names("--host", "127.0.0.1") == {"a.jpg", "large.jpg", "clip.mp4"}
    assert names("--host", "Example.ORG") == {"b.jpg"}
    assert names("--host", "ample.org") == set()
    assert names("--only", "video") == {"clip.mp4"}
    assert names("--only", "image", "--host", "127.0.0.1") == {"a.jpg", "large.jpg"}

    choice = ("--only", "image", "--host", "127.0.0.1", "--max-bytes", "100kB")
    report = cli.json("media", "download-all", *choice, code=3)
    assert (report["succeeded"], report["outcomes"]) == (1, {"too_large": 1})
    assert world.server.hits == {"/a.jpg": 1, "/large.jpg": 1}
    assert names() == {"b.jpg", "clip.mp4"}
    assert names("--retry-failed") == {"b.jpg", "clip.mp4", "large.jpg"}

    wrong = cli("media", "download-all", "--max-bytes", "huge")
    assert wrong.returncode != 0
    assert "max_bytes is not usable" in wrong.stderr


def test_media_are_listed_by_post_state_and_type(cli: CommandLine, stocked: World) -> None:
    cli("media", "download-all")
    first, second = (each["post_id"] for each in cli.json("posts", "list"))

    assert len(cli.json("media", "list", "--post-id", first)) == 1
    assert len(cli.json("media", "list", "--post-id", second)) == 2
    assert len(cli.json("media", "list", "--status", "failed")) == 1
    assert cli.json("media", "list", "--type", "video") == []
    assert len(cli.json("media", "list", "--limit", "2")) == 2
    assert cli("media", "list", "--type", "video").stdout == "No media.\n"


@pytest.mark.parametrize(
    "arguments",
    [
        ["media", "list", "--post-id", "p-0a1b2c3d"],
        ["media", "archive", "--post-id", "p-0a1b2c3d"],
        ["media", "analyze", "--media-id", "med-0a1b2c3d"],
        ["posts", "show", "p-0a1b2c3d"],
    ],
)
def test_an_id_that_names_nothing_is_told(cli: CommandLine, arguments: list[str]) -> None:
    done = cli(*arguments)

    assert (done.returncode, done.stdout) == (1, "")
    assert arguments[-1] in done.stderr


def test_one_post_or_one_media_can_be_chosen(cli: CommandLine, stocked: World) -> None:
    cli("media", "download-all")
    post = next(each for each in cli.json("posts", "list") if each["media_ready"] == 2)
    media = cli.json("media", "list", "--status", "ready")[0]

    assert cli.json("media", "archive", "--post-id", post["post_id"])["succeeded"] == 2
    assert cli.json("media", "analyze", "--media-id", media["media_id"])["succeeded"] == 1


def test_a_cache_that_may_only_be_read_is_verified(cli: CommandLine, stocked: World) -> None:
    cli("media", "download-all")
    whole = cli.home / "cache"
    with read_only(whole):
        assert cli.json("media", "verify-cache")["ok"] == 2
    next(whole.glob("media/images/*")).write_bytes(b"damaged")
    with read_only(whole):
        done = cli("media", "verify-cache", "--json")

    assert done.returncode == ExitCode.FAILED
    assert json.loads(done.stdout) == {"checked": 2, "ok": 1, "missing": 0, "damaged": 1, "repaired": 0}
    assert done.stderr.startswith("social-tui: The damaged file media/images/")
    assert "Read-only file system" in done.stderr
    assert done.stderr.count("\n") == 1


def test_a_damaged_file_is_found_and_had_again(cli: CommandLine, stocked: World) -> None:
    cli("media", "download-all")
    row = cli.json("media", "list", "--status", "ready")[0]
    path = cli.home / "cache" / row["local_file_path"]
    path.write_bytes(path.read_bytes()[:-1] + b"?")

    found = cli("media", "verify-cache")
    assert found.returncode == 3
    assert "1 intact, 1 damaged, 0 missing" in found.stdout
    (other,) = (cli.home / "cache" / "media" / "images").iterdir()
    other.unlink()

    repaired = cli.json("media", "verify-cache", "--repair")

    assert repaired == {"checked": 2, "ok": 0, "missing": 2, "damaged": 0, "repaired": 2}
    assert cli.json("media", "verify-cache")["ok"] == 2


def test_the_cache_can_be_verified_in_parts(cli: CommandLine, stocked: World) -> None:
    cli("media", "download-all")

    parts = [cli.json("media", "verify-cache", "--slice", f"{n}/3")["checked"] for n in (1, 2, 3)]

    assert sum(parts) == 2


def test_backfill_completes_what_is_missing(cli: CommandLine, stocked: World) -> None:
    untouched = cli.json("media", "backfill", "--start-date", "2025-11-01")
    assert (untouched["posts"], untouched["media_found"], untouched["media_new"]) == (2, 3, 0)

    assert cli.json("media", "backfill", "--start-date", "2030-01-01", "--dry-run")["posts"] == 0
