"""Several downloads at once: politeness to hosts, and one file however many fetch it."""

from __future__ import annotations

import multiprocessing
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from types import SimpleNamespace

import pytest

from social_tui.config import Settings
from social_tui.errors import CancelledError
from social_tui.media_cache import fetcher as fetcher_module
from social_tui.media_cache import hosts
from social_tui.media_cache.budget import Limits
from social_tui.media_cache.cache import Cache
from social_tui.media_cache.failures import HostPausedError
from social_tui.media_cache.fetcher import Fetcher, FetchError
from tests.media_cache import samples
from tests.media_cache.test_fetcher import files_in
from tests.support.fault_server import Exchange, FaultServer, in_turn, respond, serve, when
from tests.support.waiting import until

PHOTO = samples.jpeg(300, 200)


def test_a_host_gets_no_more_downloads_at_once_than_it_should(cache: Cache, server: FaultServer) -> None:
    pair, lock, now, most = threading.Barrier(2), threading.Lock(), 0, 0

    def behave(exchange: Exchange) -> None:
        nonlocal now, most
        with lock:
            now += 1
            most = max(most, now)
        pair.wait(30)  # always two at a time: neither fewer nor, by the count, more
        with lock:
            now -= 1
        serve(PHOTO)(exchange)

    fetcher = Fetcher(Settings(allow_private=(server.pair,), per_host=2))
    url = server.route("/a.jpg", behave)
    with ThreadPoolExecutor(8) as threads:
        running = [threads.submit(fetcher.fetch, url, "image", cache) for _ in range(8)]
        assert {future.result().byte_size for future in running} == {len(PHOTO)}
    assert (most, server.hits["/a.jpg"]) == (2, 8)


def test_waiting_for_a_busy_host_can_be_stopped_and_holds_up_no_other(
    cache: Cache, server: FaultServer
) -> None:
    released = threading.Event()
    fetcher = Fetcher(Settings(allow_private=(server.pair,), per_host=1))
    slots = fetcher._hosts
    url = server.route("/a.jpg", when(released, serve(PHOTO)))
    with ThreadPoolExecutor(1) as threads:
        busy = threads.submit(fetcher.fetch, url, "image", cache)
        server.wait_for_hit("/a.jpg")
        with pytest.raises(CancelledError), slots.slot(server.host, lambda: True):
            pytest.fail("a second download got in")
        with slots.slot("other.example", lambda: True):
            assert not busy.done()
        released.set()
        assert busy.result().byte_size == len(PHOTO)
    with slots.slot(server.host, lambda: True):
        assert slots._busy == {server.host: 1}
    assert slots._busy == {}


def test_waiting_for_a_turn_costs_nothing_of_the_deadline(cache: Cache, server: FaultServer) -> None:
    limits = Limits(max_bytes=10**6, total_seconds=0.4)
    fetcher = Fetcher(Settings(allow_private=(server.pair,), per_host=1), limits=limits)
    asked, waited_long = [0], threading.Event()

    def notice() -> bool:
        asked[0] += 1
        if asked[0] == 2:  # half a second after the first time
            waited_long.set()
        return False

    url = server.route("/a.jpg", serve(PHOTO))
    with ThreadPoolExecutor(1) as threads:
        with fetcher._hosts.slot(server.host, notice):
            waiting = threads.submit(fetcher.fetch, url, "image", cache, should_stop=notice)
            assert waited_long.wait(30)
        assert waiting.result().byte_size == len(PHOTO)


def test_waiting_for_a_turn_is_no_time_of_the_transfer(
    cache: Cache, server: FaultServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    now, released = [0.0], threading.Event()
    clock = SimpleNamespace(monotonic=lambda: now[0])
    monkeypatch.setattr(fetcher_module, "time", clock)
    monkeypatch.setattr(hosts, "time", clock)

    def let_an_hour_pass() -> bool:
        if not released.is_set():
            now[0] += 3600
            released.set()
        return False

    fetcher = Fetcher(Settings(allow_private=(server.pair,), per_host=1))
    held = when(released, serve(PHOTO))
    with ThreadPoolExecutor(1) as threads:
        busy = threads.submit(fetcher.fetch, server.route("/a.jpg", held), "image", cache)
        server.wait_for_hit("/a.jpg")
        url = server.route("/b.jpg", serve(PHOTO))
        waited = fetcher.fetch(url, "image", cache, should_stop=let_an_hour_pass)
        assert busy.result().elapsed_ms == 3_600_000
    assert waited.elapsed_ms == 1


def test_a_host_that_asked_to_wait_is_left_alone_and_no_other(
    fetcher: Fetcher, cache: Cache, server: FaultServer
) -> None:
    busy = in_turn(respond(429, [("Retry-After", "2")]), serve(PHOTO))
    url, other = server.route("/a.jpg", busy), server.route("/b.jpg", serve(PHOTO))
    with pytest.raises(FetchError) as asked:
        fetcher.fetch(url, "image", cache)
    assert not isinstance(asked.value, HostPausedError)
    with pytest.raises(HostPausedError) as refused:
        fetcher.fetch(other, "image", cache)
    assert (refused.value.outcome, refused.value.retryable) == ("rate_limited", True)
    assert 0 < (refused.value.retry_after or 0) <= 2
    assert server.hits == {"/a.jpg": 1}
    with FaultServer(host="127.0.0.2") as elsewhere:
        friend = Fetcher(Settings(allow_private=(server.pair, elsewhere.pair)))
        friend._hosts = fetcher._hosts
        assert friend.fetch(elsewhere.route("/c.jpg", serve(PHOTO)), "image", cache).byte_size == len(PHOTO)
    until(lambda: _is_free(fetcher, server.host), "the end of the pause")
    assert fetcher.fetch(url, "image", cache).byte_size == len(PHOTO)


def _is_free(fetcher: Fetcher, host: str) -> bool:
    try:
        with fetcher._hosts.slot(host, lambda: False):
            return True
    except HostPausedError:
        return False


def test_whoever_waits_for_a_turn_hears_of_the_pause(cache: Cache, server: FaultServer) -> None:
    released = threading.Event()
    fetcher = Fetcher(Settings(allow_private=(server.pair,), per_host=1))
    url = server.route("/a.jpg", when(released, respond(503, [("Retry-After", "60")])))
    with ThreadPoolExecutor(2) as threads:
        first = threads.submit(fetcher.fetch, url, "image", cache)
        server.wait_for_hit("/a.jpg")
        second = threads.submit(fetcher.fetch, url, "image", cache)
        released.set()
        assert isinstance(first.exception(), FetchError)
        assert isinstance(second.exception(), HostPausedError)
    assert server.hits == {"/a.jpg": 1}


def fetch_in_process(home: str, pair: str, url: str) -> str:
    """Fetch in a process of its own, as workers do."""
    fetcher = Fetcher(Settings(allow_private=(pair,)))
    return fetcher.fetch(url, "image", Cache(Path(home), 10**9)).local_file_path


def test_many_threads_and_processes_may_fetch_the_same(cache: Cache, server: FaultServer) -> None:
    url = server.route("/a.jpg", serve(PHOTO))
    fetcher = Fetcher(Settings(allow_private=(server.pair,), per_host=8))
    context = multiprocessing.get_context("spawn")
    with context.Pool(2) as processes, ThreadPoolExecutor(6) as threads:
        apart = processes.starmap_async(fetch_in_process, [(str(cache.root), server.pair, url)] * 4)
        together = [threads.submit(fetcher.fetch, url, "image", cache) for _ in range(12)]
        paths = {future.result().local_file_path for future in together} | set(apart.get(60))
    assert len(paths) == 1
    assert files_in(cache) == [cache.resolve(paths.pop())]
    assert files_in(cache)[0].read_bytes() == PHOTO
