"""Fixtures of both transports, of a library that is filled, and for tests that kill servers of their own."""

from __future__ import annotations

import shutil
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from social_tui.store.embedded import EmbeddedServer
from social_tui.store.gateway import Gateway
from social_tui.store.psycopg_gateway import PsycopgGateway
from tests.conftest import fresh_database
from tests.store.filled import fill
from tests.store.holding import Holder
from tests.support.kept_database import KeptDatabase
from tests.support.snapshot import Snapshot
from tests.support.supabase_rig import SupabaseRig

TRANSPORTS = ("postgresql", "supabase")


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Run every test that goes through a gateway over both transports."""
    if {"gateway", "transport"} <= set(metafunc.fixturenames):
        metafunc.parametrize("transport", TRANSPORTS)


@pytest.fixture
def transport() -> str:
    """Name the way to the database; tests without a gateway go straight to it."""
    return TRANSPORTS[0]


@pytest.fixture
def database_url(transport: str, request: pytest.FixtureRequest) -> Iterator[str]:
    """Give the URL of a migrated, empty database."""
    if transport == "supabase":
        rig: SupabaseRig = request.getfixturevalue("supabase")
        yield rig.database_url
    else:
        kept: KeptDatabase = request.getfixturevalue("kept_database")
        yield kept.emptied()
        kept.leave()


@pytest.fixture
def gateway(transport: str, database_url: str, request: pytest.FixtureRequest) -> Iterator[Gateway]:
    """Open a gateway on that database, as the service."""
    rig: SupabaseRig | None = request.getfixturevalue("supabase") if transport == "supabase" else None
    opened: Gateway = rig.gateway() if rig else PsycopgGateway(database_url)
    yield opened
    opened.close()


@pytest.fixture(scope="session")
def filled_library(server_url: str, template_database: str) -> tuple[list[str], Snapshot]:
    """Fill a library once; gives the ids of its posts, and its rows."""
    with fresh_database(server_url, template_database) as url:
        gateway = PsycopgGateway(url)
        post_ids = fill(gateway, url)
        gateway.close()
        return post_ids, Snapshot(url)


@pytest.fixture
def filled(filled_library: tuple[list[str], Snapshot], database_url: str) -> list[str]:
    """Have that library in the test's database; gives the ids of its posts."""
    post_ids, snapshot = filled_library
    snapshot.put(database_url)
    return post_ids


@pytest.fixture(scope="session")
def made_database() -> Iterator[Path]:
    """Make a database folder once, because `initdb` takes most of a second; its server is stopped."""
    directory = Path(tempfile.mkdtemp(prefix="st-"))
    directory.chmod(0o711)
    EmbeddedServer(directory / "database").acquire().close()
    yield directory / "database"
    shutil.rmtree(directory)


@pytest.fixture
def server(library_home: Path, made_database: Path) -> Iterator[EmbeddedServer]:
    """Give a server of a library of its own, made but not running; stopped at the end if it still runs."""
    directory = library_home / "database"
    subprocess.run(["cp", "-a", made_database, directory], check=True)
    yield EmbeddedServer(directory)
    EmbeddedServer(directory).stop()


@pytest.fixture
def hold() -> Iterator[Callable[..., Holder]]:
    """Start other processes that hold leases; all are gone at the end."""
    holders: list[Holder] = []

    def start(directory: Path, **options: object) -> Holder:
        holders.append(Holder(directory, **options))  # type: ignore[arg-type]
        return holders[-1]

    yield start
    for holder in holders:
        holder.kill()
