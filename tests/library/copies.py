"""A library whose pictures are all archived, and its archive, which is changed behind everyone's back."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from social_tui.library.archiving import archive_media
from social_tui.library.capturing import capture
from social_tui.library.findings import CheckReport, Found
from social_tui.library.importing import import_paths
from social_tui.library.proving import verify_archive
from social_tui.library.session import Library
from social_tui.models import MediaRow
from social_tui.store import media as media_store
from tests.media_cache.samples import jpeg
from tests.support.s3_server import S3Server
from tests.support.world import World, rows

COUNT = 6


@dataclass
class Folder:
    """The archive as a folder."""

    world: World

    def names(self) -> list[str]:
        root = self.world.settings.paths.archive
        return sorted(str(path.relative_to(root)) for path in (root / "media").rglob("*") if path.is_file())

    def read(self, key: str) -> bytes:
        return (self.world.settings.paths.archive / key).read_bytes()

    def write(self, key: str, value: bytes) -> None:
        (self.world.settings.paths.archive / key).write_bytes(value)

    def remove(self, key: str) -> None:
        (self.world.settings.paths.archive / key).unlink()

    def go_away(self) -> Callable[[], None]:
        root = self.world.settings.paths.archive
        away = root.with_name("unmounted")
        root.rename(away)

        def come_back() -> None:
            away.rename(root)

        return come_back

    def checker(self) -> list[str]:
        return self.world.checker().problems()


@dataclass
class Bucket:
    """The archive as a bucket."""

    world: World
    server: S3Server
    name: str

    def names(self) -> list[str]:
        return sorted(self.server.objects(self.name))

    def read(self, key: str) -> bytes:
        return self.server.objects(self.name)[key]

    def write(self, key: str, value: bytes) -> None:
        self.server.overwrite(self.name, key, value)

    def remove(self, key: str) -> None:
        self.server.remove(self.name, key)

    def go_away(self) -> Callable[[], None]:
        for method in ("GET", "HEAD"):
            self.server.fail("forbidden", method, times=10_000)
        return self.server.faults.clear

    def checker(self) -> list[str]:
        return self.world.checker(self.server).problems()


Archive = Folder | Bucket


@pytest.fixture(params=["folder", "bucket"])
def archive(request: pytest.FixtureRequest, world: World) -> Iterator[Archive]:
    """Give a library's archive, as a folder and as a bucket."""
    if request.param == "folder":
        yield Folder(world)
        return
    with S3Server() as server:
        bucket = server.make_bucket()
        world.use(server.settings(bucket))
        yield Bucket(world, server, bucket)


@pytest.fixture
def library(world: World, archive: Archive) -> Iterator[Library]:
    """Open a library whose pictures are all archived."""
    assert archive.names() == []
    urls = [world.serve(f"/{number}.jpg", jpeg(seed=number)) for number in range(COUNT)]
    with world.open() as opened:
        import_paths(opened, [world.write([world.post(url) for url in urls])])
        for row in rows(opened).values():
            capture(opened, row.media_id, claim=row.media_id)
            archive_media(opened, row.media_id)
        yield opened


def key_of(row: MediaRow) -> str:
    return "media/" + (row.archive_url or "").partition("media/")[2]


def flipped(content: bytes) -> bytes:
    return content[:100] + bytes([content[100] ^ 1]) + content[101:]


def local(library: Library, row: MediaRow) -> Path:
    return library.cache.root / (row.local_file_path or "")


def look(library: Library, **options: object) -> tuple[CheckReport, dict[str | None, Found]]:
    seen: dict[str | None, Found] = {}

    def note(found: Found) -> None:
        seen[found.media_id] = found

    return verify_archive(library, on_found=note, **options), seen  # type: ignore[arg-type]


def events(library: Library, row: MediaRow) -> list[str]:
    return [event.event for event in media_store.list_events(library.gateway, row.media_id)]
