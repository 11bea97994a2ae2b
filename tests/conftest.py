"""Fixtures that every test may use: a real database, a gateway on it, an empty library folder."""

from __future__ import annotations

import os
import shutil
import tempfile
import uuid
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from social_tui.store.embedded import EmbeddedServer
from social_tui.store.migrations import migrate
from social_tui.store.psycopg_gateway import PsycopgGateway

TEMPLATE = "template_library"


def pytest_xdist_auto_num_workers() -> int:
    """Run twice as many tests at once as there are cores: half of the time they wait for another process."""
    return 2 * (os.cpu_count() or 1)


def open_directory() -> Path:
    """Make a temporary folder that the server's account may pass through, unlike pytest's own ones."""
    directory = Path(tempfile.mkdtemp(prefix="st-"))
    directory.chmod(0o711)
    return directory


def url_of(server_url: str, database: str) -> str:
    """Name another database of the same server."""
    return server_url.replace("/postgres?", f"/{database}?")


@pytest.fixture(scope="session")
def server_url() -> Iterator[str]:
    """Start an embedded server for this test process; gives the URL of its database `postgres`."""
    directory = open_directory()
    server = EmbeddedServer(directory / "database")
    with server.acquire() as lease:
        with psycopg.connect(lease.url, autocommit=True) as connection:
            # Nothing here outlives the tests, so no test waits for the disk.
            connection.execute("alter system set fsync = off")
            connection.execute("select pg_reload_conf()")
        yield lease.url
        server.stop()  # even if a test left a connection open
    shutil.rmtree(directory)


@pytest.fixture(scope="session")
def template_database(server_url: str) -> str:
    """Migrate a database once; every test gets a copy."""
    with psycopg.connect(server_url, autocommit=True) as connection:
        connection.execute(f"create database {TEMPLATE}")
    migrate(url_of(server_url, TEMPLATE))
    return TEMPLATE


@pytest.fixture
def empty_database_url(server_url: str) -> Iterator[str]:
    """Give the URL of a database without any schema of ours."""
    yield from _fresh_database(server_url, "template1")


@pytest.fixture
def database_url(server_url: str, template_database: str) -> Iterator[str]:
    """Give the URL of a migrated, empty database."""
    yield from _fresh_database(server_url, template_database)


@pytest.fixture
def gateway(database_url: str) -> Iterator[PsycopgGateway]:
    """Open a gateway on a migrated, empty database."""
    opened = PsycopgGateway(database_url)
    yield opened
    opened.close()


@pytest.fixture
def library_home() -> Iterator[Path]:
    """Give an empty folder for a whole library."""
    directory = open_directory()
    yield directory
    shutil.rmtree(directory)


def _fresh_database(server_url: str, template: str) -> Iterator[str]:
    name = f"t_{uuid.uuid4().hex[:12]}"
    with psycopg.connect(server_url, autocommit=True) as connection:
        connection.execute(f"create database {name} template {template}")
    yield url_of(server_url, name)
    with psycopg.connect(server_url, autocommit=True) as connection:
        connection.execute(f"drop database {name} with (force)")
