"""The audit of the archive: every object and every row is told of once, and nothing is changed."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from social_tui.library import archive_audit
from social_tui.library.archive_audit import audit_archive
from social_tui.library.archiving import archive_media
from social_tui.library.capturing import capture
from social_tui.library.findings import CheckReport, Found, Sign
from social_tui.library.importing import import_paths
from social_tui.library.proving import verify_archive
from social_tui.library.session import Library
from social_tui.store.fixity import iterate_addresses
from tests.media_cache.samples import jpeg
from tests.support.s3_server import S3Server
from tests.support.world import World, rows

COUNT = 7


@pytest.fixture
def library(world: World) -> Iterator[Library]:
    """Open a library with archived pictures."""
    urls = [world.serve(f"/{number}.jpg", jpeg(seed=number)) for number in range(COUNT)]
    with world.open() as opened:
        import_paths(opened, [world.write([world.post(url) for url in urls])])
        for row in rows(opened).values():
            capture(opened, row.media_id, claim=row.media_id)
        yield opened


def archive_all(library: Library) -> None:
    for row in rows(library).values():
        archive_media(library, row.media_id)


def copy_of(world: World, library: Library, name: str) -> Path:
    address = rows(library)[name].archive_url or ""
    return world.settings.paths.archive / address.removeprefix("local:")


def audit(library: Library) -> tuple[CheckReport, dict[str, Found]]:
    seen: dict[str, Found] = {}

    def note(found: Found) -> None:
        assert found.copy_at not in seen
        seen[found.copy_at] = found

    return audit_archive(library, on_found=note), seen


def test_every_difference_has_its_sign(
    world: World, library: Library, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(archive_audit, "_ASKED_AT_ONCE", 3)
    archive_all(library)
    assert audit(library)[0].same == COUNT
    copy_of(world, library, "0.jpg").unlink()
    longer = copy_of(world, library, "1.jpg")
    longer.write_bytes(longer.read_bytes() + b"x")
    strangers = [longer.with_name(name) for name in ("0.txt", "zz \n=1.jpg")]
    for stranger in strangers:
        stranger.write_bytes(b"mine")
    before = world.snapshot()
    report, seen = audit(library)
    assert world.snapshot() == before
    assert (report.same, report.missing, report.differs, report.unknown) == (COUNT - 2, 1, 1, 2)
    assert {found.copy_at.rpartition("/")[2] for found in seen.values() if found.sign is Sign.UNKNOWN} == {
        stranger.name for stranger in strangers
    }
    found = rows(library)
    assert seen[found["0.jpg"].archive_url or ""].sign is Sign.MISSING
    assert seen[found["1.jpg"].archive_url or ""].sign is Sign.DIFFERS


def test_what_was_found_wrong_is_no_stranger(world: World, library: Library) -> None:
    archive_all(library)
    copy = copy_of(world, library, "0.jpg")
    copy.write_bytes(b"\x00" * copy.stat().st_size)
    assert audit(library)[0].same == COUNT, "the size is right"
    assert verify_archive(library).differs == 1
    report, _ = audit(library)
    assert (report.same, report.differs, report.unknown) == (COUNT - 1, 1, 0)


def test_a_row_that_comes_while_the_archive_is_listed_makes_no_stranger(
    library: Library, monkeypatch: pytest.MonkeyPatch
) -> None:
    archive_all(library)

    def before_the_rows(gateway: object) -> Iterator[object]:
        assert gateway is library.gateway
        yield from ()

    monkeypatch.setattr("social_tui.store.fixity.iterate_addresses", before_the_rows)
    report, _ = audit(library)
    assert (report.same, report.unknown) == (COUNT, 0)


def test_a_bucket(world: World, library: Library) -> None:
    with S3Server() as server:
        bucket = server.make_bucket()
        world.use(server.settings(bucket))
        with world.open() as remote:
            archive_all(remote)
            first, second, *_ = sorted(server.objects(bucket))
            server.remove(bucket, first)
            server.overwrite(bucket, "media/2020/01/med-00000000.jpg", b"mine")
            server.overwrite(bucket, second, b"short")
            report, seen = audit(remote)
            assert (report.same, report.missing, report.differs, report.unknown) == (COUNT - 2, 1, 1, 1)
            assert len(list(iterate_addresses(remote.gateway))) == COUNT
            assert {found.sign for found in seen.values()} == set(Sign) - {Sign.ERROR}
        report, seen = audit_in_folder(world, library)
        assert report.errors == COUNT, "they are in another archive"
        assert all(found.problem for found in seen.values())


def audit_in_folder(world: World, library: Library) -> tuple[CheckReport, dict[str, Found]]:
    world.settings.paths.archive.mkdir(exist_ok=True)
    return audit(library)
