"""Fixtures for tests that start and kill servers of their own."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from social_tui.store.embedded import EmbeddedServer
from social_tui.store.gateway import Gateway
from tests.store.holding import Holder
from tests.support.supabase_rig import SupabaseRig

# Those tests that go through a gateway, over the other transport: STORE_OVER=supabase pytest tests/store
if os.environ.get("STORE_OVER") == "supabase":

    @pytest.fixture
    def database_url(supabase: SupabaseRig) -> str:
        """Give the URL of the project's database, whose library is empty."""
        return supabase.database_url

    @pytest.fixture
    def gateway(supabase: SupabaseRig) -> Iterator[Gateway]:
        """Open a gateway on the project as the service."""
        opened = supabase.gateway()
        yield opened
        opened.close()

    def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
        """Leave out what is about one transport, or about the database itself."""
        chosen = [item for item in items if "gateway" in getattr(item, "fixturenames", ())]
        config.hook.pytest_deselected(items=[item for item in items if item not in chosen])
        items[:] = chosen


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
