"""Taking in: what lies beside an export is in the library after its import, or the report says why not."""

from __future__ import annotations

import contextlib
import hashlib
import io
import json
import os
import zipfile
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

import psycopg
import pytest
from pydantic import ByteSize

from social_tui.config import Settings
from social_tui.exports import MediaReference
from social_tui.importers.beside_files import Beside, open_beside
from social_tui.library.backfilling import backfill
from social_tui.library.capturing import capture
from social_tui.library.importing import import_paths
from social_tui.library.session import Library
from social_tui.library.taking_in import TakingIn
from social_tui.media_cache.cache import Cache
from social_tui.models import MediaRow
from social_tui.reports import MediaCounts
from social_tui.store import media as media_store
from tests.importers.examples import EXAMPLES, TELEGRAM
from tests.importers.tool_examples import GALLERY_DL
from tests.media_cache.samples import jpeg, sound, video
from tests.support.world import World

PICTURE, OTHER, CLIP = jpeg(40, 30), jpeg(50, 20, seed=2), video()


@pytest.fixture
def library(world: World) -> Iterator[Library]:
    with world.open() as opened:
        yield opened


def write(folder: Path, files: Mapping[str, object]) -> str:
    """Write files below a folder, values as JSON; returns the folder."""
    for name, content in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content if isinstance(content, bytes) else json.dumps(content).encode())
    return str(folder)


def telegram(*messages: dict[str, Any]) -> dict[str, Any]:
    blank = {**TELEGRAM["messages"][0], "photo": None}
    return {**TELEGRAM, "messages": [{**blank, "id": n, **each} for n, each in enumerate(messages, start=1)]}


def held(library: Library) -> list[tuple[str, str | None]]:
    """Return the role of every media with the file that it has, by what the file holds."""
    found = sorted(media_store.iterate_media(library.gateway), key=lambda row: (row.role, row.position))
    return [(row.role, _name(library, row)) for row in found]


def _name(library: Library, row: MediaRow) -> str | None:
    names = {PICTURE: "picture", OTHER: "other", CLIP: "clip"}
    if row.download_status != "ready":
        return None
    content = library.cache.resolve(row.local_file_path or "").read_bytes()
    assert hashlib.sha256(content).hexdigest() == row.sha256
    return names.get(content, "unknown")


def events(library: Library, row: MediaRow) -> list[str]:
    return [event.event for event in media_store.list_events(library.gateway, row.media_id)]


TWEET = {
    "id_str": "1500000000000000001",
    "full_text": "t",
    "favorite_count": "1",
    "retweet_count": "0",
    "extended_entities": {
        "media": [{"type": "photo", "media_url_https": "https://pbs.example.com/media/Abc.jpg"}]
    },
}
NODE = {
    "shortcode": "AAA",
    "taken_at_timestamp": 1_714_564_800,
    "__typename": "GraphVideo",
    "display_url": "https://ig.example.com/1.jpg",
    "video_url": "https://ig.example.com/1.mp4",
    "is_video": True,
}
INFO = {**EXAMPLES["yt_dlp"], "thumbnail": "https://yt.example.com/1.webp"}
EXPORTS: dict[str, tuple[dict[str, object], list[tuple[str, str | None]]]] = {
    "archive of X": (
        {
            "data/tweets.js": b"window.YTD.tweets.part0 = " + json.dumps([{"tweet": TWEET}]).encode(),
            "data/tweets_media/1500000000000000001-Abc.jpg": PICTURE,
        },
        [("main", "picture")],
    ),
    "Telegram": (
        {
            "result.json": telegram(
                {"file": "video_files/a b.mp4", "thumbnail": "video_files/a b.mp4_thumb.jpg"}
            ),
            "video_files/a b.mp4": CLIP,
            "video_files/a b.mp4_thumb.jpg": OTHER,
        },
        [("main", "clip"), ("thumbnail", "other")],
    ),
    "instaloader": (
        {
            "2024_UTC.json": {"node": NODE, "instaloader": {"node_type": "Post"}},
            "2024_UTC.mp4": CLIP,
            "2024_UTC.jpg": PICTURE,
        },
        [("main", "clip"), ("thumbnail", "picture")],
    ),
    "gallery-dl": (
        {
            "7_1.jpg.json": {**GALLERY_DL, "tweet_id": 7, "num": 1},
            "7_2.jpg.json": {**GALLERY_DL, "tweet_id": 7, "num": 2},
            "7_1.jpg": PICTURE,
            "7_2.jpg": OTHER,
        },
        [("main", "picture"), ("main", "other")],
    ),
    "data of Facebook": (
        {
            "your_facebook_activity/posts/your_posts_1.json": [
                {
                    "timestamp": 1_704_164_645,
                    "data": [{"post": "p"}],
                    "attachments": [
                        {
                            "data": [
                                {
                                    "media": {
                                        "uri": "your_facebook_activity/posts/media/1.jpg",
                                        "creation_timestamp": 1_704_164_640,
                                    }
                                }
                            ]
                        }
                    ],
                }
            ],
            "your_facebook_activity/posts/media/1.jpg": PICTURE,
        },
        [("main", "picture")],
    ),
    "yt-dlp": (
        {"A [x].info.json": INFO, "A [x].mp4": CLIP, "A [x].webp": OTHER},
        [("main", "clip"), ("thumbnail", "other")],
    ),
}


@pytest.mark.parametrize("is_packed", [False, True])
@pytest.mark.parametrize("name", EXPORTS)
def test_what_lies_beside_an_export_is_held_after_its_import(
    world: World, library: Library, tmp_path: Path, name: str, is_packed: bool
) -> None:
    files, expected = EXPORTS[name]
    path = write(tmp_path / "export", files)
    if is_packed:
        path = str(tmp_path / "export.zip")
        with zipfile.ZipFile(path, "w") as packed:
            for file in sorted((tmp_path / "export").rglob("*.*")):
                packed.write(file, file.relative_to(tmp_path))
    report = import_paths(library, [path])
    assert held(library) == expected
    assert (report.posts.read, report.media.taken_in, report.media.not_taken_in) == (1, len(expected), {})
    assert world.checker().problems() == []
    for row in media_store.iterate_media(library.gateway):
        assert events(library, row) == ["media_imported", "media_taken_in"]
        assert (row.outcome, row.error, row.width is not None) == ("ok", None, True)

    before = world.snapshot()
    again = import_paths(library, [path])
    assert (again.posts.unchanged, again.media.taken_in, again.media.not_taken_in) == (1, 0, {})
    assert world.snapshot() == before, "nothing is taken in twice"


def test_a_dry_run_takes_nothing_in(world: World, library: Library, tmp_path: Path) -> None:
    before = world.snapshot()
    report = import_paths(library, [write(tmp_path, EXPORTS["Telegram"][0])], dry_run=True)
    assert (report.posts.new, report.media.taken_in, report.media.not_taken_in) == (1, 0, {})
    assert world.snapshot() == before


def outside(folder: Path) -> str:
    (folder / "export" / "link.jpg").symlink_to(folder / "secret.jpg")
    return "link.jpg"


def a_pipe(folder: Path) -> str:
    os.mkfifo(folder / "export" / "pipe.jpg")
    return "pipe.jpg"


def a_file(content: bytes) -> Any:
    def make(folder: Path) -> str:
        (folder / "export" / "1.jpg").write_bytes(content)
        return "1.jpg"

    return make


ARCHIVE = io.BytesIO()
with zipfile.ZipFile(ARCHIVE, "w") as _packed:
    _packed.writestr("x", b"x")
SVG = b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'


@pytest.mark.parametrize(
    ("make", "outcome", "why", "words"),
    [
        (lambda _: "1.jpg", "deleted", "not there", "1.jpg"),
        (lambda _: "../secret.jpg", "blocked", "escapes the folder", "../secret.jpg"),
        (lambda _: "/etc/passwd", "blocked", "escapes the folder", "/etc/passwd"),
        (outside, "blocked", "a link", "link.jpg"),
        (a_pipe, "blocked", "no file but a pipe, a socket or a device", "pipe.jpg"),
        (a_file(PICTURE + bytes(200_000)), "too_large", "too large", "1.jpg"),
        (a_file(b""), "not_media", "not media", "nothing: the file is empty"),
        (a_file(b"<!DOCTYPE html><p>" * 999), "not_media", "not media", "a web page"),
        (a_file(SVG), "not_media", "not media", "an SVG drawing"),
        (a_file(ARCHIVE.getvalue()), "not_media", "not media", "an archive"),
        (a_file(PICTURE + ARCHIVE.getvalue()), "not_media", "not media", "an archive dressed as media"),
        (lambda _: "x" * 300, "blocked", "not a name", "xxx"),
        (lambda _: "a\0b", "blocked", "not a name", "a\ufffdb"),
        (
            lambda _: "(File not included. Change data exporting settings to download.)",
            "deleted",
            "left out of the export",
            "File not included. Change data exporting settings to download.",
        ),
        (
            lambda _: "(File exceeds maximum size. Change data exporting settings to download.)",
            "too_large",
            "left out of the export",
            "exceeds maximum size",
        ),
    ],
)
def test_what_is_not_taken_in_says_why(
    world: World, tmp_path: Path, make: Any, outcome: str, why: str, words: str
) -> None:
    world.use(Settings(max_bytes=ByteSize(100_000)))
    (tmp_path / "export").mkdir()
    (tmp_path / "secret.jpg").write_bytes(PICTURE)
    path = write(tmp_path / "export", {"result.json": telegram({"photo": make(tmp_path)})})
    with world.open() as library:
        for _ in range(2):
            report = import_paths(library, [f"{path}/result.json"])
            assert (report.media.taken_in, report.media.not_taken_in) == (0, {why: 1})
            (row,) = media_store.iterate_media(library.gateway)
            assert (row.download_status, row.outcome) == ("failed", outcome)
            assert words in (row.error or "")
            assert events(library, row) == ["media_imported", "media_not_taken_in"], "and says it once"
    assert not list((world.home / "cache" / "media").rglob("*.*"))
    assert world.checker().problems() == []


def test_a_media_with_a_link_too_waits_for_its_download(
    world: World, library: Library, tmp_path: Path
) -> None:
    link = world.serve("/media/Abc.jpg", PICTURE)
    photo = {"type": "photo", "media_url_https": link}
    tweet = {**TWEET, "extended_entities": {"media": [photo]}}
    path = write(
        tmp_path, {"tweets.js": b"window.YTD.tweets.part0 = " + json.dumps([{"tweet": tweet}]).encode()}
    )
    report = import_paths(library, [path])
    assert report.media.not_taken_in == {"not there": 1}
    (row,) = media_store.iterate_media(library.gateway)
    assert (row.download_status, row.outcome) == ("pending", None)
    assert "not there: tweets_media/" in (row.error or "")
    with world.open("worker") as worker:
        ready = capture(worker, row.media_id, claim="one")
    assert ready is not None
    assert (ready.download_status, ready.error) == ("ready", None)
    assert import_paths(library, [path]).media.not_taken_in == {}


def test_a_file_that_comes_later_is_taken_in(world: World, library: Library, tmp_path: Path) -> None:
    path = write(tmp_path, {"result.json": telegram({"photo": "1.jpg"})})
    assert import_paths(library, [path]).media.not_taken_in == {"not there": 1}
    write(tmp_path, {"1.jpg": PICTURE})
    report = import_paths(library, [path])
    assert (report.media.taken_in, report.media.not_taken_in) == (1, {})
    assert held(library) == [("main", "picture")]
    (row,) = media_store.iterate_media(library.gateway)
    assert events(library, row) == ["media_imported", "media_not_taken_in", "media_taken_in"]
    assert world.checker().problems() == []


def test_the_bytes_decide_the_type_and_several_media_may_share_them(
    world: World, library: Library, tmp_path: Path
) -> None:
    messages = [{"photo": "1.jpg"}, {"file": "1.pdf"}, {"file": "2.mp4", "media_type": "video_file"}]
    files = {
        "1.jpg": PICTURE,
        "1.pdf": PICTURE,
        "2.mp4": sound(form="mp3"),
        "result.json": telegram(*messages),
    }
    assert import_paths(library, [write(tmp_path, files)]).media.taken_in == 3
    types = sorted((row.media_type, row.mime_type) for row in media_store.iterate_media(library.gateway))
    assert types == [("audio", "audio/mpeg"), ("image", "image/jpeg"), ("image", "image/jpeg")]
    assert len(list((world.home / "cache" / "media").rglob("*.jpg"))) == 1
    assert world.checker().problems() == []


def test_bytes_that_were_lost_come_back_and_others_do_not_take_their_place(
    world: World, library: Library, tmp_path: Path
) -> None:
    path = write(tmp_path, {"result.json": telegram({"photo": "1.jpg"}), "1.jpg": PICTURE})
    import_paths(library, [path])
    (row,) = media_store.iterate_media(library.gateway)
    library.cache.resolve(row.local_file_path or "").unlink()
    media_store.record_verification(library.gateway, row.sha256 or "", result="missing", actor="cli")
    write(tmp_path, {"1.jpg": OTHER})
    report = import_paths(library, [path])
    assert report.media.not_taken_in == {"other bytes than those that were lost": 1}
    assert held(library) == [("main", None)]
    write(tmp_path, {"1.jpg": PICTURE})
    assert import_paths(library, [path]).media.taken_in == 1
    assert held(library) == [("main", "picture")]


def test_a_post_out_of_several_files_gives_its_media_again(library: Library, tmp_path: Path) -> None:
    import_paths(library, [write(tmp_path, EXPORTS["gallery-dl"][0])])
    before = list(media_store.iterate_media(library.gateway))
    report = backfill(library)
    assert (report.posts, report.media_found, report.media_new, report.rejected) == (1, 2, 0, [])
    assert list(media_store.iterate_media(library.gateway)) == before


def test_links_that_died_count_as_lost_only_where_no_file_lies_beside(
    library: Library, tmp_path: Path
) -> None:
    dead = "https://scontent.cdninstagram.com/v/1.{}?oe=60000000"
    node = {**NODE, "display_url": dead.format("jpg"), "video_url": dead.format("mp4")}
    export = {"2024_UTC.json": {"node": node, "instaloader": {"node_type": "Post"}}, "2024_UTC.mp4": CLIP}
    report = import_paths(library, [write(tmp_path, export)])
    assert (report.media.taken_in, report.media.expired_on_arrival) == (1, 1)


def test_a_disk_that_refuses_stops_the_taking_in_and_not_the_import(
    world: World, library: Library, tmp_path: Path
) -> None:
    messages = [{"photo": f"{number}.jpg"} for number in range(3)]
    path = write(tmp_path, {"result.json": telegram(*messages), "0.jpg": PICTURE, "1.jpg": OTHER})
    (world.home / "cache").mkdir(exist_ok=True)
    (world.home / "cache" / "tmp").write_text("in the way")
    report = import_paths(library, [path])
    assert (report.posts.new, report.media.taken_in) == (3, 0)
    assert report.media.not_taken_in == {"the disk refuses": 3}
    (world.home / "cache" / "tmp").unlink()
    again = import_paths(library, [path]).media
    assert (again.taken_in, again.not_taken_in) == (2, {"not there": 1})
    assert world.checker().problems() == []


def test_files_are_made_durable_and_looked_into_many_at_once(
    library: Library, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    together: list[int] = []
    sync_names = Cache.sync_names

    def counted(cache: Cache, paths: Iterable[Path]) -> None:
        together.append(len(names := list(paths)))
        sync_names(cache, names)

    monkeypatch.setattr(Cache, "sync_names", counted)
    named = telegram({"photo": "1.jpg"}, {"photo": "2.jpg"}, {"file": "3.mp4"})
    path = write(tmp_path, {"result.json": named, "1.jpg": PICTURE, "2.jpg": OTHER, "3.mp4": CLIP})
    assert import_paths(library, [path]).media.taken_in == 3
    assert together == [3]
    rows = media_store.iterate_media(library.gateway)
    assert {row.width for row in rows} >= {40, 50}


def test_an_account_that_may_not_record_bytes_is_told_so(
    world: World, library: Library, tmp_path: Path
) -> None:
    path = write(tmp_path, {"result.json": telegram({"photo": "1.jpg"})})
    import_paths(library, [path])
    (row,) = media_store.iterate_media(library.gateway)
    reference = MediaReference(role="main", position=0, media_type="image", local_path="1.jpg")
    with psycopg.connect(world.database_url) as connection:
        connection.execute(
            "create or replace function private.is_service() returns boolean language sql as 'select false'"
        )
    counts = MediaCounts()
    with TakingIn(library, counts) as taking_in:
        for _ in range(2):
            assert taking_in.take([(path, reference, row.media_id)]) == set()
    assert counts.not_taken_in == {"only a worker may take in files": 2}


def test_an_export_that_came_without_its_folder_is_read_again_where_its_files_are(
    library: Library, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = Path(write(tmp_path, EXPORTS["yt-dlp"][0])) / "A [x].info.json"
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(path.read_bytes())))
    assert import_paths(library, ["-"]).media.taken_in == 0
    assert import_paths(library, [str(path)]).media.taken_in == 2
    assert held(library) == EXPORTS["yt-dlp"][1]


def test_an_export_that_cannot_be_opened_is_not_opened_again_for_each_media(
    library: Library, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = f"{write(tmp_path, {'result.json': telegram({'photo': '1.jpg'}, {'photo': '2.jpg'})})}/result.json"
    import_paths(library, [path])
    opened: list[str] = []

    def counted(file: str) -> contextlib.AbstractContextManager[Beside]:
        opened.append(file)
        return open_beside(file)

    monkeypatch.setattr("social_tui.library.taking_in.open_beside", counted)
    reference = MediaReference(role="main", position=0, media_type="image", local_path="1.jpg")
    named = [(path, reference, row.media_id) for row in media_store.iterate_media(library.gateway)]
    Path(path).unlink()
    counts = MediaCounts()
    with TakingIn(library, counts) as taking_in:
        taking_in.take(named)
    assert (counts.not_taken_in, opened) == ({"not readable": 2}, [path])


def test_it_is_told_how_far_it_is(library: Library, tmp_path: Path) -> None:
    messages = [{"photo": f"{number}.jpg"} for number in range(40)]
    files = {f"{number}.jpg": jpeg(20, 20, seed=number) for number in range(40)}
    path = write(tmp_path, {"result.json": telegram(*messages), **files})
    seen: list[int] = []
    import_paths(library, [path], on_progress=lambda report: seen.append(report.media.taken_in))
    assert seen == [32, 40, 40]
