"""A library that is opened for reading: all is shown, and nothing of it changes, not its files either."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import psycopg
import pytest

from social_tui.config import Settings
from social_tui.errors import NotFoundError, ReadOnlyError
from social_tui.filters import Filter
from social_tui.library.capturing import capture
from social_tui.library.importing import import_paths
from social_tui.library.previewing import original, preview
from social_tui.library.session import Library, open_library
from social_tui.models import Selection
from social_tui.store import jobs as job_store
from social_tui.store import media as media_store
from social_tui.store.bulk import change_posts
from social_tui.store.posts import list_posts
from tests.media_cache.samples import jpeg
from tests.support.world import World, rows


def _fill(world: World) -> tuple[str, str]:
    """Capture two media, one of them with its small picture, and return their ids."""
    urls = [world.serve(f"/{name}.jpg", jpeg(seed=number)) for number, name in enumerate("ab")]
    with world.open("app") as library:
        import_paths(library, [world.write([world.post(*urls)])])
        first, second = (rows(library)[name].media_id for name in ("a.jpg", "b.jpg"))
        for media_id in (first, second):
            capture(library, media_id, claim=media_id)
        preview(library, first)
    world.use(Settings(read_only=True))
    return first, second


def _everything(world: World) -> tuple[object, int]:
    with psycopg.connect(world.database_url) as connection:
        row = connection.execute("select count(*) from public.media_events").fetchone()
    assert row is not None
    return world.snapshot(), int(row[0])


def test_looking_at_everything_leaves_it_as_it_is(world: World) -> None:
    first, second = _fill(world)
    half_written = world.home / "cache" / "media" / "left.part"
    half_written.write_bytes(b"x")
    before = _everything(world)
    with world.open("app") as library:
        assert len(list_posts(library.gateway)) == 1
        assert preview(library, first) is not None
        assert original(library, first).is_file()
        with pytest.raises(NotFoundError, match="only read"):
            preview(library, second)
        assert library.gateway.wait_for_change(0.1) is True
        assert media_store.list_events(library.gateway, first)
    assert _everything(world) == before
    assert half_written.exists()


CHANGES: list[Callable[[Library, str], object]] = [
    lambda library, media_id: job_store.request_jobs(library.gateway, "verify", media_ids=[media_id]),
    lambda library, _: job_store.cancel_jobs(library.gateway, None),
    lambda library, _: change_posts(library.gateway, "mark", Selection(filter=Filter())),
]


@pytest.mark.parametrize("change", CHANGES)
def test_every_change_is_refused_by_the_database_itself(
    world: World, change: Callable[[Library, str], object]
) -> None:
    first, _ = _fill(world)
    before = _everything(world)
    with world.open("app") as library, pytest.raises(ReadOnlyError, match="reading only"):
        change(library, first)
    assert _everything(world) == before


def test_options_of_the_connection_string_stay(world: World) -> None:
    world.use(Settings(read_only=True, database_url=f"{world.database_url}&options=-c%20geqo%3Doff"))
    with world.open("app") as library, psycopg.connect(library.database_url) as connection:
        assert connection.execute("show geqo").fetchone() == ("off",)
        assert connection.execute("show transaction_read_only").fetchone() == ("on",)


def test_no_worker_works_on_it(world: World) -> None:
    world.use(Settings(read_only=True))
    with pytest.raises(ReadOnlyError, match="worker"), world.open("worker"):
        pass


def test_none_is_made(tmp_path: Path) -> None:
    settings = Settings(home=tmp_path / "none", read_only=True)
    with pytest.raises(NotFoundError, match="There is no library"), open_library(settings, actor="app"):
        pass
    assert not (tmp_path / "none" / "database").exists()
