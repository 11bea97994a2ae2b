"""A quarantine is undone where the bytes are right after all, and only there."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from social_tui.library.capturing import capture
from social_tui.library.importing import import_paths
from social_tui.library.restoring import Restored, restore
from social_tui.library.session import Library
from social_tui.library.verifying import verify_media
from social_tui.store import jobs as job_store
from social_tui.store import media as media_store
from tests.media_cache.samples import jpeg
from tests.support.fault_server import respond
from tests.support.world import World, rows


@pytest.fixture
def library(world: World) -> Iterator[Library]:
    """Open a library with two captured pictures whose sources are gone by now."""
    urls = [world.serve(f"/{number}.jpg", jpeg(seed=number)) for number in range(2)]
    with world.open("worker") as opened:
        import_paths(opened, [world.write([world.post(*urls)])])
        for number, row in enumerate(rows(opened).values()):
            capture(opened, row.media_id, claim=f"{number}")
        for number in range(2):
            world.serve(f"/{number}.jpg", respond(404))
        yield opened


def damage(library: Library, media_id: str) -> bytes:
    """Damage the file of a media so that it goes into quarantine; returns what it held."""
    row = media_store.get_media(library.gateway, media_id)
    file = library.cache.root / (row.local_file_path or "")
    content = file.read_bytes()
    file.write_bytes(content[:-1])
    assert verify_media(library, media_id) == "damaged"
    return content


def quarantined(library: Library) -> list[Path]:
    return sorted((library.cache.root / "quarantine").iterdir())


def test_a_file_that_is_right_after_all_comes_back_without_its_source(library: Library) -> None:
    media_id = next(iter(rows(library).values())).media_id
    content = damage(library, media_id)
    [aside] = quarantined(library)
    aside.write_bytes(content)
    assert restore(library, list(rows(library).values())) == Restored(1, [])
    [job] = job_store.list_jobs(library.gateway, status="todo")
    assert (job.kind, job.media_id) == ("download", media_id)
    capture(library, media_id, claim="again")
    row = media_store.get_media(library.gateway, media_id)
    assert row.download_status == "ready"
    assert (library.cache.root / (row.local_file_path or "")).read_bytes() == content


def test_a_damaged_file_stays_and_is_named(library: Library) -> None:
    media_id = next(iter(rows(library).values())).media_id
    damage(library, media_id)
    result = restore(library, list(rows(library).values()))
    assert result == Restored(0, quarantined(library))
    assert len(result.damaged) == 1
    assert job_store.list_jobs(library.gateway) == []
    assert media_store.get_media(library.gateway, media_id).download_status == "pending"


def test_what_is_whole_is_left_alone(library: Library) -> None:
    assert restore(library, list(rows(library).values())) == Restored(0, [])
    assert job_store.list_jobs(library.gateway) == []
