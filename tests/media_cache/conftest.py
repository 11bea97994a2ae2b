"""A cache in an empty folder, a fault server, and a fetcher that may reach it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from social_tui.config import Settings
from social_tui.media_cache.cache import Cache
from social_tui.media_cache.fetcher import Fetcher
from tests.support.fault_server import FaultServer


@pytest.fixture
def cache(tmp_path: Path) -> Cache:
    return Cache(tmp_path / "cache", 1_000_000_000)


@pytest.fixture
def server() -> Iterator[FaultServer]:
    with FaultServer() as running:
        yield running


@pytest.fixture
def fetcher(server: FaultServer) -> Iterator[Fetcher]:
    opened = Fetcher(Settings(allow_private=(server.pair,), max_bytes=2_000_000, max_video_bytes=4_000_000))
    yield opened
    opened.close()
