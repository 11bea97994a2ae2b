"""Servers of every supported PostgreSQL version, for tests that import these fixtures."""

from __future__ import annotations

import hashlib
import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from social_tui.store.embedded import EmbeddedServer
from social_tui.store.server_account import is_root, preferred_account
from social_tui.store.server_process import Cluster
from tests.conftest import open_directory
from tests.store.library_rows import rows
from tests.support.kept_database import url_of

SYSTEM_PROGRAMS = Path("/usr/lib/postgresql/15/bin")


@pytest.fixture(scope="module", params=["18", "16", "15"])
def any_server_url(request: pytest.FixtureRequest) -> Iterator[str]:
    """Give a server of each PostgreSQL version that is supported: two of the wheel, one of the system."""
    version = str(request.param)
    if version == "18":
        yield request.getfixturevalue("server_url")
        return
    directory = open_directory()
    if version == "16":
        with EmbeddedServer(directory / "database", version="16").acquire() as lease:
            yield lease.url
    else:
        if not SYSTEM_PROGRAMS.is_dir():
            if os.environ.get("REQUIRE_PEERS") == "1":
                pytest.fail(f"{SYSTEM_PROGRAMS} is missing")
            pytest.skip(f"no PostgreSQL in {SYSTEM_PROGRAMS}")
        account = preferred_account() if is_root() else None
        cluster = Cluster(directory / "data", SYSTEM_PROGRAMS, account, "15")
        cluster.initialise()
        cluster.start()
        yield f"postgresql://postgres@/postgres?host={directory / 'data'}&port=5432"
        cluster.stop()
    shutil.rmtree(directory)


@pytest.fixture
def any_database_url(any_server_url: str, request: pytest.FixtureRequest) -> Iterator[str]:
    """Give an empty database on each of them."""
    name = f"m_{hashlib.sha256(request.node.name.encode()).hexdigest()[:12]}"
    rows(any_server_url, f"create database {name}")
    yield url_of(any_server_url, name)
    rows(any_server_url, f"drop database {name} with (force)")
