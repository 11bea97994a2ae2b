"""Retention and legal hold: what is past its time leaves the cache, unless something keeps it."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from social_tui.errors import ConfigurationError, ReadOnlyError
from social_tui.library.archiving import archive_media
from social_tui.library.capturing import capture
from social_tui.library.evicting import cache_report, make_room
from social_tui.library.importing import import_paths
from social_tui.library.lending import open_bytes
from social_tui.library.previewing import preview
from social_tui.library.retaining import Part, aged_files, apply, plan
from social_tui.library.session import Library
from social_tui.models import Selection
from social_tui.store import cache as cache_store
from social_tui.store import media as media_store
from social_tui.store.bulk import change_posts, undo_change
from tests.library.test_evicting import age, file_of
from tests.media_cache.samples import jpeg
from tests.store.library_rows import rows as read
from tests.support.world import World, rows

DAY = 86_400
NAMES = [f"{number}.jpg" for number in range(6)]
RETENTION = {"retention_days": 30}


@pytest.fixture
def world(world: World) -> World:
    """Keep media for 30 days."""
    return World(world.home, world.database_url, world.server, **RETENTION)


@pytest.fixture
def library(world: World) -> Iterator[Library]:
    """Open a library with six pictures of a post each, archived but the last, all older but the first."""
    with world.open("worker") as opened:
        posts = [world.post(world.serve(f"/{name}", jpeg(90, 90, seed=n))) for n, name in enumerate(NAMES)]
        import_paths(opened, [world.write(posts)])
        for number, name in enumerate(NAMES):
            row = rows(opened)[name]
            capture(opened, row.media_id, claim=name)
            if number < 5:
                archive_media(opened, row.media_id)
            age(file_of(opened, name), (29 if number == 0 else 31) * DAY)
        yield opened


def there(library: Library) -> list[str]:
    return [name for name in NAMES if file_of(library, name).is_file()]


def post_of(library: Library, name: str) -> Selection:
    return Selection(post_ids=frozenset({rows(library)[name].post_id or ""}))


def hold(library: Library, name: str, tag: str = "legal-hold") -> str:
    return change_posts(library.gateway, "tag", post_of(library, name), tag=tag).change_id


def sizes(library: Library, *names: str) -> Part:
    return Part(files=len(names), bytes=sum(rows(library)[name].file_size or 0 for name in names))


def events(library: Library, name: str) -> list[str]:
    found = media_store.list_events(library.gateway, rows(library)[name].media_id)
    return [event.event for event in found if event.event.startswith("legal_hold")]


def test_what_is_past_its_time_leaves_and_nothing_else(library: Library, world: World) -> None:
    change_posts(library.gateway, "mark", post_of(library, "2.jpg"))
    cache_store.pin_media(library.gateway, [rows(library)["3.jpg"].media_id], is_pinned=True, actor="cli")
    assert preview(library, rows(library)["1.jpg"].media_id) is not None
    age(file_of(library, "1.jpg"), 31 * DAY)
    sha256 = rows(library)["1.jpg"].sha256 or ""
    expected = {
        "marked": sizes(library, "2.jpg"),
        "pinned": sizes(library, "3.jpg"),
        "not_archived": sizes(library, "5.jpg"),
    }
    leaving = sizes(library, "1.jpg", "4.jpg")
    planned = plan(library)
    assert (planned.leaves, planned.stays) == (leaving, expected)
    assert planned.leaves_by_type == {"image": leaving}
    assert there(library) == NAMES
    applied = apply(library)
    assert (applied.leaves, applied.stays, applied.problems) == (leaving, expected, [])
    assert there(library) == ["0.jpg", "2.jpg", "3.jpg", "5.jpg"]
    assert not library.cache.thumbnail_path(sha256).exists()
    reasons = read(
        world.database_url, "select distinct details from public.media_events where event = 'media_evicted'"
    )
    assert reasons == [({"reason": "retention"},)]
    assert plan(library).leaves == Part()
    with open_bytes(library, rows(library)["1.jpg"].media_id, purpose="open") as (_, path):
        assert path.read_bytes() == jpeg(90, 90, seed=1)
    assert world.checker().problems() == []


def test_the_time_of_videos_is_their_own(library: Library, world: World) -> None:
    videos = World(world.home, world.database_url, world.server, retention_video_days=1)
    with videos.open() as opened:
        assert plan(opened).leaves == Part()
    shorter = World(world.home, world.database_url, world.server, retention_days=40, retention_video_days=1)
    (library.cache.root / "media/videos").mkdir(parents=True)
    stray = library.cache.root / f"media/videos/{'0' * 32}.mp4"
    stray.write_bytes(b"x")
    age(stray, 2 * DAY)
    with shorter.open() as opened:
        assert [(aged.media_type, aged.kept_by) for aged in aged_files(opened)] == [("video", "unknown")]


def test_without_a_setting_nothing_leaves(world: World) -> None:
    for function in (plan, apply):
        with (
            World(world.home, world.database_url, world.server).open() as opened,
            pytest.raises(ConfigurationError),
        ):
            function(opened)
    only_read = World(world.home, world.database_url, world.server, read_only=True, **RETENTION)
    with only_read.open() as opened:
        assert plan(opened).leaves == Part()
        with pytest.raises(ReadOnlyError):
            apply(opened)


def test_what_is_read_stays(library: Library) -> None:
    path = file_of(library, "1.jpg")
    with path.open("rb") as reader:
        fcntl.flock(reader, fcntl.LOCK_SH)
        applied = apply(library)
    assert applied.stays["in_use"].files == 1
    assert path.is_file()
    assert apply(library).leaves.files == 1


def test_what_the_archive_lost_stays(library: Library) -> None:
    [copy] = [
        path
        for path in (library.paths.home or Path()).glob("archive/**/*")
        if path.stem == _media(library, "1.jpg")
    ]
    copy.write_bytes(copy.read_bytes()[:-1] + b"?")
    applied = apply(library)
    assert (applied.leaves.files, applied.stays["archive_lost"].files) == (3, 1)
    assert "does not have" in applied.problems[0]
    assert file_of(library, "1.jpg").is_file()


def test_of_many_that_the_archive_lost_only_the_first_are_named(
    library: Library, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("social_tui.library.evicting._MOST_TOLD", 2)
    for copy in library.paths.archive.rglob("*.jpg"):
        copy.write_bytes(b"?")
    problems = apply(library).problems
    assert len(problems) == 3
    assert problems[-1].startswith("Nor does it have 2 more")
    assert make_room(library, to_bytes=0).problems[-1].startswith("Nor does it have 3 more")


def _media(library: Library, name: str) -> str:
    return rows(library)[name].media_id


@pytest.mark.parametrize("tag", ["legal-hold", "Legal-Hold", " LEGAL-HOLD: Müller v. Meyer"])
def test_a_hold_stops_retention_and_eviction(library: Library, tag: str) -> None:
    change_id = hold(library, "1.jpg", tag)
    held = sizes(library, "1.jpg")
    assert plan(library).stays["legal_hold"] == held
    assert cache_report(library).blobs["legal_hold"] == {"blobs": 1, "bytes": held.bytes}
    assert not cache_store.evict_blob(library.gateway, rows(library)["1.jpg"].sha256 or "", actor="worker")
    assert make_room(library, to_bytes=0).media_files == 4
    assert apply(library).stays["legal_hold"] == held
    assert there(library) == ["1.jpg", "5.jpg"]
    assert events(library, "1.jpg") == ["legal_hold_set"]
    undo_change(library.gateway, change_id)
    assert events(library, "1.jpg") == ["legal_hold_set", "legal_hold_lifted"]
    assert apply(library).leaves.files == 1
    assert there(library) == ["5.jpg"]


@pytest.mark.parametrize("tag", ["legal", "legal-holding", "no legal-hold", "legalxhold"])
def test_other_tags_are_no_holds(library: Library, tag: str) -> None:
    hold(library, "1.jpg", tag)
    assert "1.jpg" in there(library)
    assert "legal_hold" not in plan(library).stays
    assert events(library, "1.jpg") == []


def test_bytes_of_two_posts_are_held_by_one_of_them(library: Library, world: World) -> None:
    again = world.post(world.serve("/again.jpg", jpeg(90, 90, seed=1)))
    import_paths(library, [world.write([again])])
    row = rows(library)["again.jpg"]
    capture(library, row.media_id, claim="again")
    age(file_of(library, "1.jpg"), 31 * DAY)
    hold(library, "again.jpg")
    assert plan(library).stays["legal_hold"] == sizes(library, "1.jpg")
    assert plan(library).leaves == sizes(library, "2.jpg", "3.jpg", "4.jpg")


def test_a_hold_that_comes_between_plan_and_removal_counts(library: Library) -> None:
    """The row is asked last, when nobody can begin to read the file any more."""
    path = file_of(library, "1.jpg")

    def forget() -> bool:
        hold(library, "1.jpg")
        return cache_store.evict_blob(library.gateway, sha256, actor="worker", reason="retention")

    sha256 = rows(library)["1.jpg"].sha256 or ""
    assert not library.cache.evict(path, forget)
    assert path.is_file()


def test_a_hold_goes_post_by_post_and_is_written_down(library: Library, world: World) -> None:
    hold(library, "1.jpg")
    for statement in (
        "delete from public.tags",
        "update public.tags set name = 'other'",
        "insert into public.tags (tag_id, name) values ('tag-2', 'plain');"
        " insert into public.post_tags (post_tag_id, post_id, tag_id)"
        " select 'ptg-9', post_id, 'tag-2' from public.posts limit 1;"
        " update public.tags set name = 'legal-hold:x' where tag_id = 'tag-2'",
    ):
        with pytest.raises(psycopg.errors.InsufficientPrivilege, match="held"):
            read(world.database_url, statement)
    read(world.database_url, "update public.tags set name = 'legal-hold:case 7'")
    assert plan(library).stays["legal_hold"].files == 1
    read(world.database_url, "update public.post_tags set post_id = post_id")
    read(world.database_url, "delete from public.post_tags")
    assert events(library, "1.jpg") == [
        "legal_hold_set",
        *("legal_hold_lifted", "legal_hold_set"),
        "legal_hold_lifted",
    ]
    read(world.database_url, "delete from public.tags")
    tags = read(
        world.database_url,
        "select details ->> 'tag' from public.media_events where event = 'legal_hold_lifted' order by id",
    )
    assert tags == [("legal-hold:case 7",)] * 2


def test_many_files_are_looked_at_few_at_a_time(library: Library) -> None:
    """Files without rows stay; looking at them takes no more memory however many there are."""
    import tracemalloc

    folder = library.cache.root / "media/documents"
    folder.mkdir(parents=True)

    def peak(count: int) -> int:
        for number in range(count):
            path = folder / f"{number:032x}.pdf"
            if not path.exists():
                path.touch()
                os.utime(path, (0, 0))
        tracemalloc.start()
        assert plan(library).stays["unknown"].files == count
        most = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        return most

    first = peak(1000)
    assert peak(8000) < first + 200_000
