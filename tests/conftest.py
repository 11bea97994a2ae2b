"""Fixtures that every test may use: a real database, a gateway on it, an empty library folder."""

from __future__ import annotations

import os
import shutil
import tempfile
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import psycopg
import pytest
from hypothesis import HealthCheck, settings

from social_tui.store.embedded import EmbeddedServer
from social_tui.store.migrations import migrate
from social_tui.store.psycopg_gateway import PsycopgGateway
from tests.support.kept_database import KeptDatabase, url_of

if TYPE_CHECKING:
    from tests.support.supabase_rig import SupabaseRig

TEMPLATE = "template_library"

# How long an example takes says how busy the machine is. Where changes are let in, the examples are the same
# each time; everywhere else every run tries others.
settings.register_profile(
    "suite",
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow],
    derandomize=bool(os.environ.get("REQUIRE_PEERS")),
)
settings.load_profile("suite")


def pytest_xdist_auto_num_workers() -> int:
    """Run twice as many tests at once as there are cores: half of the time they wait for another process."""
    return 2 * (os.cpu_count() or 1)


def open_directory() -> Path:
    """Make a temporary folder that the server's account may pass through, unlike pytest's own ones."""
    directory = Path(tempfile.mkdtemp(prefix="st-"))
    directory.chmod(0o711)
    return directory


@pytest.fixture(scope="session")
def server_url() -> Iterator[str]:
    """Start an embedded server for this test process; gives the URL of its database `postgres`."""
    directory = open_directory()
    server = EmbeddedServer(directory / "database")
    with server.acquire() as lease:
        with psycopg.connect(lease.url, autocommit=True) as connection:
            # Nothing here outlives the tests, so no test waits for the disk.
            connection.execute("alter system set fsync = off")
            connection.execute("alter system set full_page_writes = off")
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
    with fresh_database(server_url, "template1") as url:
        yield url


@pytest.fixture(scope="session")
def kept_database(server_url: str, template_database: str) -> KeptDatabase:
    """Keep one library's database for all tests of this process; use `database_url`, which has it empty."""
    return KeptDatabase(server_url, template_database)


@pytest.fixture
def database_url(kept_database: KeptDatabase) -> Iterator[str]:
    """Give the URL of a migrated, empty database."""
    yield kept_database.emptied()
    kept_database.leave()


@pytest.fixture
def gateway(database_url: str) -> Iterator[PsycopgGateway]:
    """Open a gateway on a migrated, empty database."""
    opened = PsycopgGateway(database_url)
    yield opened
    opened.close()


@pytest.fixture(scope="session")
def supabase_project(server_url: str, template_database: str) -> Iterator[SupabaseRig]:
    """Start a Supabase project for this test process; use `supabase`, which has it empty."""
    from tests.support.supabase_rig import SupabaseRig

    with SupabaseRig(server_url, template_database) as rig:
        yield rig


@pytest.fixture
def supabase(supabase_project: SupabaseRig) -> SupabaseRig:
    """Give a Supabase project with an empty library."""
    supabase_project.empty()
    return supabase_project


@pytest.fixture
def library_home() -> Iterator[Path]:
    """Give an empty folder for a whole library."""
    directory = open_directory()
    yield directory
    shutil.rmtree(directory)


@contextmanager
def fresh_database(server_url: str, template: str) -> Iterator[str]:
    """Make a copy of a database and give its URL; dropped at the end.

    Copying its files takes a third of the processor time of writing their pages to the log, and brings the
    cache of its catalogs along.
    """
    name = f"t_{uuid.uuid4().hex[:12]}"
    with psycopg.connect(server_url, autocommit=True) as connection:
        connection.execute(f"create database {name} template {template} strategy file_copy")
    yield url_of(server_url, name)
    with psycopg.connect(server_url, autocommit=True) as connection:
        connection.execute(f"drop database {name} with (force)")
