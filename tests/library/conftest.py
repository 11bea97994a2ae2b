"""A library with a media server, for the tests of the use cases."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.fault_server import FaultServer
from tests.support.openai_server import OpenAIServer
from tests.support.world import World


@pytest.fixture
def media_server() -> Iterator[FaultServer]:
    """Start a media server that knows nothing yet."""
    with FaultServer() as server:
        yield server


@pytest.fixture
def world(library_home: Path, database_url: str, media_server: FaultServer) -> World:
    """Give an empty library and what is around it."""
    return World(library_home, database_url, media_server)


@pytest.fixture
def ai() -> Iterator[OpenAIServer]:
    """Start a service of models that answers and counts."""
    with OpenAIServer() as server:
        yield server
