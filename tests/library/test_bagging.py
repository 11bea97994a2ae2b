"""Bags of evidence: what is in them, whole or not at all, accepted by other people's validators."""

from __future__ import annotations

import hashlib
import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import bagit  # type: ignore[import-untyped]
import pytest

from social_tui.errors import StorageError, UsageError
from social_tui.filters import Filter, Term
from social_tui.library.auditing import verify_audit
from social_tui.library.bag_checking import check_bag
from social_tui.library.bag_payload import BagReport
from social_tui.library.bagging import everything, make_bag, one_media, one_post, posts_of_filter
from social_tui.library.session import Library
from social_tui.store import media as media_store
from social_tui.store import posts as post_store
from tests.library.bags import HOSTILE, PICTURE, fill, lines
from tests.store.library_rows import rows as run
from tests.support.world import World


@pytest.fixture
def library(world: World) -> Iterator[Library]:
    with world.open("worker") as opened:
        yield opened


def nothing_in(folder: Path) -> bool:
    return not list(folder.iterdir())


def test_a_bag_holds_media_in_every_state(world: World, library: Library, tmp_path: Path) -> None:
    ids = fill(world, library)
    bag = tmp_path / "bag"
    report = make_bag(library, everything(library), bag)

    assert (report.posts, report.media, report.held, report.files) == (6, 6, 3, 2)
    assert (report.absent, report.lost) == ({"auth": 1, "pending": 1, "gone": 1}, 1)
    told = {row["media_id"]: row for row in lines(bag, "media")}
    digest = hashlib.sha256(PICTURE).hexdigest()
    for state in ("whole", "twice"):
        row = told[ids[state]]
        assert row["file"] == f"data/media/{digest}.jpg"
        assert (bag / row["file"]).read_bytes() == PICTURE
        assert (row["sha256"], row["byte_size"], row["absent"]) == (digest, len(PICTURE), None)
        assert (row["declared_mime_type"], row["mime_type"], row["proof"]) == (
            "image/jpeg",
            "image/jpeg",
            "cached",
        )
        assert row["captured_at"] is not None
    archived = told[ids["archived"]]
    assert archived["archive_url"].startswith("local:media/")
    assert (archived["download_status"], archived["proof"]) == ("ready", "read_back")
    words = {state: told[ids[state]]["absent"]["word"] for state in ("expired", "waiting", "lost")}
    assert words == {"expired": "auth", "waiting": "pending", "lost": "gone"}
    assert "damaged in the cache" in told[ids["lost"]]["absent"]["why"]
    accessed = [event.event for event in media_store.list_events(library.gateway, ids["whole"])]
    assert accessed[-1] == "media_accessed"
    assert check_bag(bag).findings == []
    assert {path.stat().st_mode & 0o077 for path in (bag, *bag.rglob("*"))} == {0}


def test_lines_tell_where_everything_is_from(world: World, library: Library, tmp_path: Path) -> None:
    ids = fill(world, library)
    bag = tmp_path / "bag"
    make_bag(library, everything(library), bag)

    stored = {post.post_id: post for post in post_store.iterate_posts(library.gateway)}
    for row in lines(bag, "posts"):
        post = stored[row["post_id"]]
        assert (row["raw_json"], row["text_content"]) == (post.raw_json, post.text_content)
        assert row["text_content"].startswith(HOSTILE)
        assert row["media"] == [media.media_id for media in post.media]
        assert [each["source_file"] for each in row["imports"]] == ["export of ada.json"]
        assert row["imports"][0]["run_id"].startswith("run-")
    for row in lines(bag, "media"):
        assert row["source"].endswith(".jpg?id=7&token=[secret]")
    events = lines(bag, "events")
    for media_id in ids.values():
        wanted = media_store.list_events(library.gateway, media_id)
        assert [row["id"] for row in events if row["media_id"] == media_id] == [row.id for row in wanted]
    [answer] = lines(bag, "analyses")
    assert (answer["model"], answer["prompt_version"], answer["state"]) == ("model-1", "7", "parsed")
    assert answer["raw_answer"] == '{"description": "</script>"}'
    for name in ("media", "events", "analyses"):
        assert b"hunter2" not in (bag / "data" / f"{name}.jsonl").read_bytes()
    assert b"hunter2" not in (bag / "data" / "index.html").read_bytes()
    for path in bag.rglob("*.jsonl"):
        assert path.read_bytes().isascii()


def test_other_validators_accept_a_bag(world: World, library: Library, tmp_path: Path) -> None:
    fill(world, library)
    world.use(world.settings.model_copy(update={"source_organization": "The\nArchive"}))
    with world.open() as opened:
        make_bag(opened, everything(opened), tmp_path / "bag")

    bag = bagit.Bag(str(tmp_path / "bag"))
    bag.validate()
    assert (bag.version_info, set(bag.algorithms)) == ((1, 0), {"sha256", "sha512"})
    assert bag.info["Source-Organization"] == "The Archive"
    assert (bag.info["Post-Count"], bag.info["Media-Count"], bag.info["Media-Held-Count"]) == ("6", "6", "3")
    assert bag.info["External-Description"] == "All posts and media"
    assert bag.info["Bag-Software-Agent"].startswith("social-tui ")
    with world.open() as opened:
        noted = bag.info["Audit-Log-Seal"].split()[-1]
        assert verify_audit(opened, noted=noted).is_whole
    for program in ("sha256", "sha512"):
        for name in ("manifest", "tagmanifest"):
            done = subprocess.run(
                [f"{program}sum", "--check", "--quiet", f"{name}-{program}.txt"], cwd=tmp_path / "bag"
            )
            assert done.returncode == 0, name


def test_a_bag_holds_what_was_asked_for(world: World, library: Library, tmp_path: Path) -> None:
    ids = fill(world, library)
    [post] = [
        each for each in post_store.iterate_posts(library.gateway) if each.media[0].media_id == ids["lost"]
    ]
    wanted = Filter(terms=(Term(field="outcome", values=("auth",)),))
    contents = {
        "filter": posts_of_filter(library, wanted, "newest", "outcome:auth \x1b[2J"),
        "post": one_post(library, post.post_id),
        "media": one_media(library, ids["whole"]),
        "empty": posts_of_filter(library, Filter(words="nowhere"), "newest", "nowhere"),
    }
    for name, each in contents.items():
        make_bag(library, each, tmp_path / name)
        bagit.Bag(str(tmp_path / name)).validate()
        assert check_bag(tmp_path / name).findings == []

    found = {name: [row["media_id"] for row in lines(tmp_path / name, "media")] for name in contents}
    assert found == {
        "filter": [ids["expired"]],
        "post": [ids["lost"]],
        "media": [ids["whole"]],
        "empty": [],
    }
    info = bagit.Bag(str(tmp_path / "filter")).info
    assert info["External-Description"] == "Posts of the filter outcome:auth \ufffd[2J"
    assert lines(tmp_path / "empty", "posts") == []


def test_media_without_a_post_are_in_the_bag_of_everything(
    world: World, library: Library, tmp_path: Path
) -> None:
    run(
        world.database_url,
        "insert into public.post_media (media_id, media_type, source_type)"
        " values ('med-00000001', 'image', 'upload')",
    )
    make_bag(library, everything(library), tmp_path / "all")
    make_bag(library, one_media(library, "med-00000001"), tmp_path / "one")
    for name in ("all", "one"):
        [row] = lines(tmp_path / name, "media")
        assert (row["media_id"], row["post_id"], row["absent"]["word"]) == ("med-00000001", None, "pending")
        assert check_bag(tmp_path / name).findings == []


def test_an_archive_that_gives_nothing_is_told_media_by_media(
    world: World, library: Library, tmp_path: Path
) -> None:
    ids = fill(world, library)
    run(world.database_url, "update public.post_media set media_url = null")
    for path in library.paths.archive.rglob("*.jpg"):
        path.write_bytes(b"other bytes")
    report = make_bag(library, everything(library), tmp_path / "bag")
    [row] = [each for each in lines(tmp_path / "bag", "media") if each["media_id"] == ids["archived"]]
    assert (row["file"], row["absent"]["word"]) == (None, "unreachable")
    assert report.lost == 2


def test_what_is_there_already_stays(world: World, library: Library, tmp_path: Path) -> None:
    (tmp_path / "bag").mkdir()
    (tmp_path / "link").symlink_to("nowhere")
    for name in ("bag", "link", "absent/bag"):
        with pytest.raises(UsageError):
            make_bag(library, everything(library), tmp_path / name)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["bag", "link"]


def test_what_stops_the_work_leaves_nothing(world: World, library: Library, tmp_path: Path) -> None:
    fill(world, library)
    place = Path.cwd()

    def stop(report: BagReport) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        make_bag(library, everything(library), tmp_path / "bag", tell=stop)
    assert nothing_in(tmp_path)
    assert Path.cwd() == place


def test_a_full_disk_is_told_and_leaves_nothing(
    world: World, library: Library, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import resource

    fill(world, library)
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    handler = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    try:
        resource.setrlimit(resource.RLIMIT_FSIZE, (3000, hard))
        with pytest.raises(StorageError, match="cannot be written"):
            make_bag(library, everything(library), tmp_path / "bag")
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
        signal.signal(signal.SIGXFSZ, handler)
    assert nothing_in(tmp_path)


EXPORTER = """
import os, signal, sys
from pathlib import Path
from social_tui.config import load_settings
from social_tui.library.bagging import everything, make_bag
from social_tui.library.session import open_library

def die(report):
    os.kill(os.getpid(), signal.SIGKILL)

with open_library(load_settings(), actor="cli") as library:
    make_bag(library, everything(library), Path(sys.argv[1]), tell=die)
"""


def test_a_killed_export_leaves_no_bag_and_is_cleaned_up(
    world: World, library: Library, tmp_path: Path
) -> None:
    fill(world, library)
    done = subprocess.run(
        [sys.executable, "-c", EXPORTER, str(tmp_path / "bag")],
        env={"PATH": os.environ["PATH"], **world.environment()},
        capture_output=True,
    )
    assert done.returncode == -signal.SIGKILL, done.stderr
    [left] = tmp_path.iterdir()
    assert left.name.startswith(".bag.")
    make_bag(library, everything(library), tmp_path / "bag")
    assert [path.name for path in tmp_path.iterdir()] == ["bag"]
    assert check_bag(tmp_path / "bag").is_whole


def test_nothing_is_written_down_of_a_library_that_is_only_read(
    world: World, library: Library, tmp_path: Path
) -> None:
    ids = fill(world, library)
    before = len(media_store.list_events(library.gateway, ids["whole"]))
    world.use(world.settings.model_copy(update={"read_only": True}))
    with world.open() as opened:
        report = make_bag(opened, everything(opened), tmp_path / "bag")
    assert (report.held, report.absent) == (3, {"auth": 1, "pending": 1, "gone": 1})
    assert len(media_store.list_events(library.gateway, ids["whole"])) == before


def test_raw_json_comes_back_byte_for_byte(world: World, library: Library, tmp_path: Path) -> None:
    raw = '{ "odd" :  "\\u00e9 \\ud83d",\n\t"e": 1.0E+2, "big": 123456789012345678901234567890 , "é":"é"}'
    fill(world, library)
    run(world.database_url, "update public.posts set raw_json = %s", raw)
    make_bag(library, everything(library), tmp_path / "bag")
    for line in (tmp_path / "bag/data/posts.jsonl").read_text().splitlines():
        assert json.loads(line)["raw_json"] == raw
