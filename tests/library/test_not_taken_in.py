"""What is not taken in of what lies beside an export: the import goes on, and it is told why."""

from __future__ import annotations

import contextlib
import io
import os
import zipfile
from pathlib import Path
from typing import Any

import psycopg
import pytest
from pydantic import ByteSize

from social_tui.config import Settings
from social_tui.exports import MediaReference
from social_tui.importers.beside_files import Beside, open_beside
from social_tui.library.importing import import_paths
from social_tui.library.session import Library
from social_tui.library.taking_in import TakingIn
from social_tui.reports import MediaCounts
from social_tui.store import media as media_store
from tests.library.beside import OTHER, PICTURE, events, library, telegram, write
from tests.support.world import World

__all__ = ["library"]


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
