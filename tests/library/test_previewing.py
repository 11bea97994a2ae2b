"""Previews: small pictures made once, of verified bytes only, and every look written down."""

from __future__ import annotations

from collections.abc import Iterator

import psycopg
import pytest
from PIL import Image

from social_tui.errors import NotFoundError
from social_tui.library.archiving import archive_media
from social_tui.library.capturing import capture
from social_tui.library.importing import import_paths
from social_tui.library.previewing import draw_missing, original, preview
from social_tui.library.session import Library
from social_tui.store import media as media_store
from tests.media_cache.samples import encoded, jpeg, scene, sound
from tests.support.fault_server import respond
from tests.support.world import World, rows


@pytest.fixture
def library(world: World) -> Iterator[Library]:
    urls = [world.serve("/a.jpg", encoded(scene(), "JPEG")), world.serve("/s.mp3", sound(), "audio/mpeg")]
    with world.open("app") as opened:
        import_paths(opened, [world.write([world.post(*urls, world.serve("/new.jpg", jpeg(seed=5)))])])
        for name in ("a.jpg", "s.mp3"):
            capture(opened, rows(opened)[name].media_id, claim=name)
        yield opened


def looks(library: Library, media_id: str) -> list[object]:
    events = media_store.list_events(library.gateway, media_id)
    return [event.details for event in events if event.event == "media_accessed"]


def test_a_small_picture_made_once(world: World, library: Library) -> None:
    row = rows(library)["a.jpg"]
    path = preview(library, row.media_id)
    assert path is not None
    with Image.open(path) as picture:
        assert max(picture.size) == 640
    made = path.stat().st_ino
    assert preview(library, row.media_id) == path
    assert path.stat().st_ino == made
    assert looks(library, row.media_id) == [{"source": "cache", "purpose": "preview"}]
    with world.open("app") as another:
        preview(another, row.media_id)
    assert len(looks(library, row.media_id)) == 2
    assert world.checker().problems() == []


def test_what_a_picture_looks_like_is_kept_when_it_is_made(world: World, library: Library) -> None:
    def kept() -> list[tuple[object, ...]]:
        with psycopg.connect(world.database_url) as connection:
            return connection.execute(
                "select phash from public.media_blobs where phash is not null"
            ).fetchall()

    row = rows(library)["a.jpg"]
    assert kept() == []
    preview(library, row.media_id)
    assert len(kept()) == 1


def test_all_that_have_none_get_one_and_what_they_look_like_is_kept(world: World, library: Library) -> None:
    for name, seed in (("b.png", 4), ("c.png", 5)):
        link = world.serve(f"/{name}", encoded(scene(seed), "PNG"), "image/png")
        import_paths(library, [world.write([world.post(link)])])
        capture(library, rows(library)[name].media_id, claim=name)
    found = rows(library)
    preview(library, found["b.png"].media_id)
    (library.cache.root / (found["c.png"].local_file_path or "")).write_bytes(b"damaged")
    world.serve("/c.png", respond(404))
    told: list[int] = []
    report = draw_missing(library, on_progress=lambda so_far: told.append(so_far.drawn))
    assert (report.drawn, report.without_picture) == (2, 1), "a.jpg, s.mp3 and the damaged one"
    assert told[-1] == 2
    with psycopg.connect(world.database_url) as connection:
        looks = connection.execute(
            "select mime_type from public.media_blobs where phash is not null order by 1"
        ).fetchall()
    assert looks == [("image/jpeg",), ("image/png",)]
    assert world.checker().problems() == []


def test_nothing_to_show(world: World, library: Library) -> None:
    assert preview(library, rows(library)["new.jpg"].media_id) is None
    empty = b"%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n2 0 obj<</Type/Pages/Kids[]>>endobj\n"
    link = world.serve("/empty.pdf", empty + b"trailer<</Root 1 0 R/Size 3>>\n%%EOF\n", "application/pdf")
    import_paths(library, [world.write([world.post(link)])])
    media_id = rows(library)["empty.pdf"].media_id
    assert capture(library, media_id, claim="empty") is not None
    assert preview(library, media_id) is None


def test_a_sound_is_shown_by_how_loud_it_is(library: Library) -> None:
    path = preview(library, rows(library)["s.mp3"].media_id)
    assert path is not None
    with Image.open(path) as picture:
        assert picture.width == 3 * picture.height + 1


def test_a_damaged_file_is_never_shown(world: World, library: Library) -> None:
    row = rows(library)["a.jpg"]
    file = library.cache.root / (row.local_file_path or "")
    file.write_bytes(file.read_bytes()[:-1] + b"x")
    world.serve("/a.jpg", respond(404))
    with pytest.raises(NotFoundError, match="damaged"):
        preview(library, row.media_id)
    with pytest.raises(NotFoundError, match="not downloaded"):
        original(library, row.media_id)
    assert world.checker().problems() == []


def test_from_the_archive_when_the_cache_lost_it(world: World, library: Library) -> None:
    row = rows(library)["a.jpg"]
    archive_media(library, row.media_id)
    (library.cache.root / (row.local_file_path or "")).unlink()
    assert preview(library, row.media_id) is not None
    assert looks(library, row.media_id)[-1] == {"source": "archive", "purpose": "preview"}
    assert world.checker().problems() == [], "it is in the cache again"


def test_the_file_itself(library: Library) -> None:
    row = rows(library)["a.jpg"]
    assert original(library, row.media_id).read_bytes() == encoded(scene(), "JPEG")
    assert looks(library, row.media_id) == [{"source": "cache", "purpose": "open"}]
