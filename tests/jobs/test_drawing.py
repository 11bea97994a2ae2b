"""Small pictures of what a worker downloaded, drawn by itself."""

from __future__ import annotations

import threading

from social_tui.jobs.batch import run_to_end
from social_tui.jobs.worker import run_worker
from social_tui.library.importing import import_paths
from social_tui.library.session import Library
from tests.media_cache.samples import jpeg
from tests.support.fault_server import serve
from tests.support.waiting import until
from tests.support.world import World, request


def drawn(library: Library) -> int:
    return sum(path.is_file() for path in (library.cache.root / "thumbnails").rglob("*.jpg"))


def queue(world: World, library: Library, first: int) -> None:
    urls = [world.serve(f"/{number}.jpg", serve(jpeg(seed=number))) for number in range(first, first + 3)]
    import_paths(library, [world.write([world.post(*urls)])])
    assert request(library, "download") == 3


def test_a_worker_draws_what_it_downloaded_when_there_is_time(world: World) -> None:
    with world.open("worker") as library:
        queue(world, library, 0)
        assert run_to_end(library, "download").succeeded == 3
        assert drawn(library) == 0, "whoever waits for the end does not wait for pictures"
        queue(world, library, 3)
        stop = threading.Event()
        worker = threading.Thread(
            target=run_worker, args=(library,), kwargs={"kinds": ("download",), "stop": stop}
        )
        worker.start()
        try:
            until(lambda: drawn(library) == 3)
        finally:
            stop.set()
            worker.join()
        blobs = library.gateway.call("list_blobs")
        assert len(blobs) == 6
    assert world.checker().problems() == []
