"""What must be in a database before the migrations: Supabase's roles and schema `auth`, then the queue."""

from __future__ import annotations

import hashlib
from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING, Any

from social_tui.store.jobs_schema import SCHEMA_SHA256, apply_jobs_schema

if TYPE_CHECKING:
    from psycopg import Connection


def supabase_directory() -> Path:
    """Find the folder with `migrations` and `jobs`: in the installed package, or beside it in a checkout."""
    package = Path(__file__).resolve().parent.parent
    installed = package / "supabase"
    return installed if installed.is_dir() else package.parent / "supabase"


class Foundation:
    """The SQL below the migrations, applied when its text changed since the last time.

    Args:
        directory: The folder with `jobs/*.sql`.
    """

    def __init__(self, directory: Path) -> None:
        self._bootstrap = resources.files("social_tui.store").joinpath("bootstrap.sql").read_text("utf-8")
        self._hardening = [path.read_text("utf-8") for path in sorted((directory / "jobs").glob("*.sql"))]

    @property
    def checksum(self) -> str:
        """One SHA-256 over everything that `apply` would do."""
        parts = [self._bootstrap, SCHEMA_SHA256, *self._hardening]
        return hashlib.sha256("\0".join(parts).encode()).hexdigest()

    def apply(self, connection: Connection[Any]) -> None:
        """Make what is absent and harden what is there, inside the connection's transaction."""
        connection.execute(self._bootstrap.encode())
        apply_jobs_schema(connection, self._hardening)
