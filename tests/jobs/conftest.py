"""A library with a media server, for the tests of the worker."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.fault_server import FaultServer
from tests.support.world import QUICK_RESCUE, World


@pytest.fixture
def media_server() -> Iterator[FaultServer]:
    """Start a media server that knows nothing yet."""
    with FaultServer() as server:
        yield server


@pytest.fixture
def world(
    request: pytest.FixtureRequest, library_home: Path, database_url: str, media_server: FaultServer
) -> World:
    """Give an empty library and what is around it."""
    changes = QUICK_RESCUE if request.node.get_closest_marker("kills_workers") else {}
    return World(library_home, database_url, media_server, **changes)
