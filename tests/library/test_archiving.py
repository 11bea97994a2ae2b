"""Archiving: one checked copy for all media with the same bytes, in a bucket or a folder."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from social_tui.errors import ArchiveColdError, ArchiveError, NotFoundError
from social_tui.jobs.batch import run_to_end
from social_tui.library.archiving import archive_media
from social_tui.library.capturing import capture
from social_tui.library.findings import Sign
from social_tui.library.importing import import_paths
from social_tui.library.lending import open_bytes
from social_tui.library.proving import ArchiveProver
from social_tui.library.session import Library
from social_tui.store import fixity as fixity_store
from social_tui.store import media as media_store
from tests.media_cache.samples import jpeg
from tests.support.fault_server import respond
from tests.support.s3_server import S3Server
from tests.support.world import World, request, rows, s3_client

PICTURE = jpeg(seed=1)


@pytest.fixture
def s3() -> Iterator[S3Server]:
    with S3Server() as server:
        yield server


def fill(world: World, library: Library) -> list[str]:
    """Capture two media with the same bytes; the first imported comes first."""
    urls = [world.serve("/a.jpg", PICTURE), world.serve("/b.jpg", PICTURE)]
    for url in urls:
        import_paths(library, [world.write([world.post(url)])])
    ids = [rows(library)[name].media_id for name in ("a.jpg", "b.jpg")]
    for media_id in ids:
        capture(library, media_id, claim=media_id)
    return ids


def test_one_object_for_the_same_bytes(world: World, s3: S3Server) -> None:
    bucket = s3.make_bucket()
    world.use(s3.settings(bucket))
    with world.open() as library:
        first, second = fill(world, library)
        blob = archive_media(library, second)
        assert archive_media(library, first) == blob
        (key,) = s3.objects(bucket)
        assert s3.objects(bucket)[key] == PICTURE
        assert blob.archive_url == f"s3://{bucket}/{key}"
        assert key.endswith(f"/{first}.jpg")
        described = s3_client(s3).head_object(Bucket=bucket, Key=key)["Metadata"]
        assert (described["sha256"], described["source-host"]) == (blob.sha256, "127.0.0.1")
        for media_id in (first, second):
            row = media_store.get_media(library.gateway, media_id)
            assert (row.archive_url, row.proof) == (blob.archive_url, blob.proof)
        events = [event.event for event in media_store.list_events(library.gateway, second)]
        assert events[-2:] == ["media_accessed", "media_archived"]
        assert s3.count("PUT") == 2  # the second is refused: the store never overwrites
    assert world.checker(s3).problems() == []


@pytest.mark.parametrize("by_job", [False, True])
def test_an_object_is_dated_by_its_media_so_that_no_try_makes_another(world: World, by_job: bool) -> None:
    with world.open("worker") as library:
        media_id, _ = fill(world, library)
        with psycopg.connect(world.database_url) as connection:
            connection.execute(
                "update public.post_media set created_at = '2020-12-31 23:30:00-01' where media_id = %s",
                (media_id,),
            )
        if by_job:
            request(library, "archive")
            assert run_to_end(library, "archive").succeeded == 1
        else:
            archive_media(library, media_id)
        archived = media_store.get_media(library.gateway, media_id).archive_url
        assert archived == f"local:media/2021/01/{media_id}.jpg"
    assert world.checker().problems() == []


def test_a_copy_made_before_a_crash_is_adopted(world: World, s3: S3Server) -> None:
    bucket = s3.make_bucket()
    world.use(s3.settings(bucket))
    with world.open() as library:
        media_id, _ = fill(world, library)
        s3.fail("drop_reply", "PUT")
        s3.fail("drop_reply", "HEAD", times=20)
        with pytest.raises(ArchiveError):
            archive_media(library, media_id)
        assert media_store.get_media(library.gateway, media_id).proof == "cached"
        s3.faults.clear()
        assert archive_media(library, media_id).proof != "cached"
        assert len(s3.objects(bucket)) == 1
    assert world.checker(s3).problems() == []


def test_cold_bytes_are_waited_for_and_their_source_is_not_asked(world: World, s3: S3Server) -> None:
    bucket = s3.make_bucket()
    world.use(s3.settings(bucket, s3_storage_class="GLACIER"))
    with world.open() as library:
        media_id, _ = fill(world, library)
        archive_media(library, media_id)
        (copy,) = fixity_store.iterate_archived(library.gateway)
        (library.cache.root / (copy.local_file_path or "")).unlink()
        asked = len(world.server.requests)
        with pytest.raises(ArchiveColdError), open_bytes(library, media_id, purpose="view"):
            pass
        assert len(world.server.requests) == asked
        found = ArchiveProver(library).look_at(copy, read_back=True)
        assert found is not None
        assert (found.sign, found.method) == (Sign.SAME, "server_checksum")
        found = ArchiveProver(library, read_back=True).look_at(copy)
        assert found is not None
        assert found.sign is Sign.ERROR
        assert "cold storage" in found.problem
        assert media_store.get_media(library.gateway, media_id).proof == "archived"


def test_a_damaged_file_is_never_archived(world: World) -> None:
    with world.open() as library:
        media_id, _ = fill(world, library)
        row = media_store.get_media(library.gateway, media_id)
        file = library.cache.root / (row.local_file_path or "")
        file.write_bytes(PICTURE[:-1] + b"x")
        world.serve("/a.jpg", respond(404))
        with pytest.raises(NotFoundError, match="damaged"):
            archive_media(library, media_id)
        assert not any(path.is_file() for path in Path(world.settings.paths.archive).rglob("*"))
        assert media_store.get_media(library.gateway, media_id).outcome == "deleted"


def test_a_link_in_place_of_a_file_is_mended_and_archived(world: World) -> None:
    with world.open() as library:
        media_id, _ = fill(world, library)
        row = media_store.get_media(library.gateway, media_id)
        file = library.cache.root / (row.local_file_path or "")
        file.symlink_to(file.rename(world.home / "elsewhere.jpg"))
        assert archive_media(library, media_id).proof == "read_back"
        assert file.read_bytes() == PICTURE
        assert not file.is_symlink()
    assert world.checker().problems() == []


def test_what_was_never_had_cannot_be_archived(world: World) -> None:
    with world.open() as library:
        import_paths(library, [world.write([world.post(world.serve("/a.jpg", PICTURE))])])
        with pytest.raises(NotFoundError, match="not downloaded"):
            archive_media(library, rows(library)["a.jpg"].media_id)
