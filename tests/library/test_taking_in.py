"""Taking in: what lies beside an export is in the library after its import."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Iterable
from pathlib import Path

import pytest

from social_tui.library.backfilling import backfill
from social_tui.library.capturing import capture
from social_tui.library.importing import import_paths
from social_tui.library.session import Library
from social_tui.media_cache.cache import Cache
from social_tui.store import media as media_store
from tests.importers.tool_examples import YT_DLP
from tests.library.beside import (
    CLIP,
    EXPORTS,
    NODE,
    OTHER,
    PICTURE,
    TWEET,
    events,
    held,
    library,
    telegram,
    write,
)
from tests.media_cache.samples import jpeg, sound, video
from tests.support.world import World

__all__ = ["library"]


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


def test_each_video_of_an_album_has_its_own_file(world: World, library: Library, tmp_path: Path) -> None:
    videos = [
        {
            **YT_DLP,
            "extractor_key": "Instagram",
            "ie_key": "Instagram",
            "id": f"V{number}",
            "webpage_url": "https://www.instagram.com/p/ALB/",
            "playlist_id": "ALB",
            "playlist_index": number,
        }
        for number in (1, 2)
    ]
    files = {f"{each['id']}.info.json": each for each in videos}
    second = video(10)
    path = write(tmp_path, {**files, "V1.mp4": CLIP, "V2.mp4": second})
    assert import_paths(library, [path]).media.taken_in == 2
    rows = [row for row in media_store.iterate_media(library.gateway) if row.role == "main"]
    taken = {
        row.provider_media_id: library.cache.resolve(row.local_file_path or "").read_bytes() for row in rows
    }
    assert taken == {"V1": CLIP, "V2": second}
    assert import_paths(library, [path]).media.new == 0
    assert world.checker().problems() == []


def test_links_that_died_count_as_lost_only_where_no_file_lies_beside(
    library: Library, tmp_path: Path
) -> None:
    dead = "https://scontent.cdninstagram.com/v/1.{}?oe=60000000"
    node = {**NODE, "display_url": dead.format("jpg"), "video_url": dead.format("mp4")}
    export = {"2024_UTC.json": {"node": node, "instaloader": {"node_type": "Post"}}, "2024_UTC.mp4": CLIP}
    report = import_paths(library, [write(tmp_path, export)])
    assert (report.media.taken_in, report.media.expired_on_arrival) == (1, 1)


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


def test_an_export_that_came_without_its_folder_is_read_again_where_its_files_are(
    library: Library, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = Path(write(tmp_path, EXPORTS["yt-dlp"][0])) / "A [x].info.json"
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(path.read_bytes())))
    assert import_paths(library, ["-"]).media.taken_in == 0
    assert import_paths(library, [str(path)]).media.taken_in == 2
    assert held(library) == EXPORTS["yt-dlp"][1]


def test_it_is_told_how_far_it_is(library: Library, tmp_path: Path) -> None:
    messages = [{"photo": f"{number}.jpg"} for number in range(40)]
    files = {f"{number}.jpg": jpeg(20, 20, seed=number) for number in range(40)}
    path = write(tmp_path, {"result.json": telegram(*messages), **files})
    seen: list[int] = []
    import_paths(library, [path], on_progress=lambda report: seen.append(report.media.taken_in))
    assert seen == [32, 40, 40]
