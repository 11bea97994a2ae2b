"""Fixity: the oldest proofs come first, within the day's bytes, and nobody does another's work again."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from social_tui.config import Settings
from social_tui.library.archiving import archive_media
from social_tui.library.capturing import capture
from social_tui.library.fixity import FixityRound
from social_tui.library.importing import import_paths
from social_tui.library.session import Library
from social_tui.store import media as media_store
from tests.media_cache.samples import jpeg
from tests.support.s3_server import S3Server
from tests.support.world import World, rows

COUNT = 5


def always() -> bool:
    return True


@pytest.fixture
def library(world: World) -> Iterator[Library]:
    """Open a library with archived pictures, each proven a day before the next, all of them long ago."""
    urls = [world.serve(f"/{number}.jpg", jpeg(seed=number)) for number in range(COUNT)]
    with world.open("worker") as opened:
        import_paths(opened, [world.write([world.post(url) for url in urls])])
        for row in rows(opened).values():
            capture(opened, row.media_id, claim=row.media_id)
            archive_media(opened, row.media_id)
        make_old(world, opened)
        yield opened


def make_old(world: World, library: Library) -> None:
    with psycopg.connect(world.database_url) as connection:
        for number in range(COUNT):
            connection.execute(
                "update public.media_blobs set verified_at = now() - make_interval(days => %(days)s),"
                " archived_at = now() - make_interval(days => %(days)s), archive_checked_at = null,"
                " fixity_cache_at = null, fixity_archive_at = null where sha256 = %(sha256)s",
                {"days": 90 - number, "sha256": rows(library)[f"{number}.jpg"].sha256},
            )
        connection.execute("delete from private.fixity_days")


def run(library: Library) -> int:
    fixity, done = FixityRound(library), 0
    while more := fixity.run(always):
        done += more
    return done


def looked_at(library: Library) -> list[tuple[str, str]]:
    """Return what was looked at, in its order, as name and event."""
    found = []
    for name, row in rows(library).items():
        for event in media_store.list_events(library.gateway, row.media_id):
            if event.actor == "worker" and event.event in ("media_verified", "archive_verified"):
                found.append((event.id, name, event.event))
    return [(name, event) for _, name, event in sorted(found)]


def test_all_copies_are_proven_once_the_oldest_first(world: World, library: Library) -> None:
    before = rows(library)
    assert run(library) == 2 * COUNT
    seen = [name for name, event in looked_at(library) if event == "media_verified"]
    assert seen == [f"{number}.jpg" for number in range(COUNT)]
    after = rows(library)
    for name, row in after.items():
        assert row.verified_at is not None
        assert row.verified_at > (before[name].verified_at or row.verified_at)
    assert run(library) == 0
    assert world.checker().problems() == []


def test_the_day_ends_with_its_bytes_and_the_next_goes_on(world: World, library: Library) -> None:
    sizes = [rows(library)[f"{number}.jpg"].file_size or 0 for number in range(COUNT)]
    world.use(Settings(fixity_daily_bytes=2 * sizes[0] + 1))
    with world.open("worker") as small:
        assert run(small) == 3, "the first twice, and what exceeds the day by its last file"
        assert run(small) == 0
        with psycopg.connect(world.database_url) as connection:
            connection.execute("delete from private.fixity_days")
        assert 0 < run(small) < 2 * COUNT - 3
    seen = looked_at(library)
    assert len(seen) == len(set(seen)), "no copy twice"


def test_checksums_that_cost_nothing_are_asked_for_all_the_same(world: World) -> None:
    with S3Server() as server:
        world.use(server.settings(server.make_bucket()), Settings(fixity_daily_bytes=1))
        urls = [world.serve(f"/{number}.jpg", jpeg(seed=number)) for number in range(COUNT)]
        with world.open("worker") as remote:
            import_paths(remote, [world.write([world.post(url) for url in urls])])
            for row in rows(remote).values():
                capture(remote, row.media_id, claim=row.media_id)
                archive_media(remote, row.media_id)
            make_old(world, remote)
            gets = server.count("GET")
            done = run(remote)
            reads = server.count("GET") - gets
        assert (done, reads) in ((COUNT + 1, 0), (COUNT, 1), (2, 2)), (
            "a store that tells nothing is read, once"
        )
        assert world.checker(server).problems() == []


def test_what_is_wrong_is_written_down_and_nothing_is_removed(world: World, library: Library) -> None:
    found = rows(library)
    path = library.cache.root / (found["0.jpg"].local_file_path or "")
    path.write_bytes(b"x" * 200)
    copy = world.settings.paths.archive / (found["1.jpg"].archive_url or "").removeprefix("local:")
    copy.write_bytes(b"x" * 200)
    run(library)
    after = rows(library)
    assert (after["0.jpg"].download_status, after["0.jpg"].proof) == ("pending", "read_back")
    assert (after["1.jpg"].download_status, after["1.jpg"].proof) == ("ready", "cached")
    assert len(list((library.cache.root / "quarantine").iterdir())) == 1
    assert copy.read_bytes() == b"x" * 200
    assert world.checker().problems() == []


def test_what_was_not_begun_is_left_to_others_for_an_hour(world: World, library: Library) -> None:
    assert FixityRound(library).run(lambda: False) == 0
    assert looked_at(library) == []
    assert run(library) == 0, "it is taken"
    with psycopg.connect(world.database_url) as connection:
        connection.execute(
            "update public.media_blobs set fixity_cache_at = fixity_cache_at - interval '1 hour',"
            " fixity_archive_at = fixity_archive_at - interval '1 hour'"
        )
    assert run(library) == 2 * COUNT


def test_files_that_left_the_cache_are_passed_over(library: Library) -> None:
    for row in rows(library).values():
        library.gateway.call("evict_blob", p_sha256=row.sha256, p_actor="cli")
        Path(library.cache.root / (row.local_file_path or "")).unlink()
    assert run(library) == COUNT
    assert {event for _, event in looked_at(library)} == {"archive_verified"}
