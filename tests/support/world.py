"""A whole small library for tests: its settings, a server that its media come from, and its exports."""

from __future__ import annotations

import json
import secrets
from collections.abc import Sequence
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

import psycopg

from social_tui.config import Settings, environment_name
from social_tui.library.session import Library, open_library
from social_tui.models import JobKind, MediaRow
from social_tui.store import jobs as job_store
from social_tui.store import media as media_store
from tests.support.checker import Checker
from tests.support.fault_server import Behaviour, FaultServer, serve
from tests.support.s3_server import S3Server

FIRST_URN = 7_400_000_000_000_000_000

# For tests that kill a worker. A busy machine makes a living one look dead within a second now and then,
# and what it works on is then done twice.
QUICK_RESCUE = {"worker_stalled_seconds": 1.0}


def _spelled(value: object) -> str:
    """Write a setting as its variable takes it."""
    if isinstance(value, dict):
        return json.dumps({name: price.model_dump(mode="json") for name, price in value.items()})
    return ",".join(value) if isinstance(value, tuple) else str(value)


class World:
    """Everything around one library.

    Args:
        home: The library's folder.
        database_url: Its database.
        server: Where its media come from.
        changes: Settings that differ.
    """

    def __init__(self, home: Path, database_url: str, server: FaultServer, **changes: Any) -> None:
        self.home = home
        self.database_url = database_url
        self.server = server
        self.settings = Settings(
            **{
                "home": home,
                "database_url": database_url,
                "allow_private": (server.pair,),
                "retry_base_seconds": 0.02,
                "worker_heartbeat_seconds": 0.2,
                "worker_stalled_seconds": 20.0,
                **changes,
            }
        )
        self.expected: set[tuple[str, str]] = set()
        self._posts = 0

    def use(self, *others: Settings) -> None:
        """Take over what was set in other settings."""
        changes = {name: getattr(other, name) for other in others for name in other.model_fields_set}
        mine = {name: getattr(self.settings, name) for name in self.settings.model_fields_set}
        self.settings = Settings(**{**mine, **changes})

    def environment(self) -> dict[str, str]:
        """Say the settings by environment variables, for a process of its own."""
        values = {name: getattr(self.settings, name) for name in self.settings.model_fields_set}
        return {
            environment_name(name): _spelled(value) for name, value in values.items() if value is not None
        } | {"DATABASE_URL": self.database_url}

    def open(self, actor: str = "cli") -> AbstractContextManager[Library]:
        """Open the library."""
        return open_library(self.settings, actor=actor)

    def serve(self, path: str, content: bytes | Behaviour, content_type: str = "image/jpeg") -> str:
        """Have the server answer at a path, and return the link."""
        behaviour = serve(content, content_type) if isinstance(content, bytes) else content
        return self.server.route(path, behaviour)

    def post(self, *urls: str, urn: str | None = None, kind: str = "image", **changes: Any) -> dict[str, Any]:
        """Make a post in the shape of the Apify actor that carries these media."""
        self._posts += 1
        urn = urn or str(FIRST_URN + self._posts)
        self.expected |= {(urn, url) for url in urls}
        return {
            "activity_urn": urn,
            "full_urn": f"urn:li:activity:{urn}",
            "posted_at": {"timestamp": 1_763_000_000_000 + self._posts},
            "text": f"Post number {self._posts}",
            "post_type": "regular",
            "url": f"https://www.linkedin.com/feed/update/urn:li:activity:{urn}/",
            "author": {"username": "ada", "first_name": "Ada", "last_name": "L."},
            "stats": {"total_reactions": 3, "comments": 1, "reposts": 0},
            "media": {"type": kind, "items": [{"url": url} for url in urls]},
            **changes,
        }

    def write(self, posts: Sequence[object], name: str | None = None) -> str:
        """Write an export file and return its path."""
        folder = self.home / "exports"
        folder.mkdir(exist_ok=True)
        path = folder / (name or f"{secrets.token_hex(4)}.json")
        path.write_text(json.dumps(posts), encoding="utf-8")
        return str(path)

    def execute(self, statement: str) -> list[Any]:
        """Ask the database, or change it, behind the library's back; returns the rows if there are any."""
        with psycopg.connect(self.database_url) as connection:
            cursor = connection.execute(statement.encode())
            return cursor.fetchall() if cursor.description else []

    def snapshot(self) -> dict[str, object]:
        """Return everything that a library is: its rows and its files."""
        tables = ("posts", "post_media", "media_blobs", "ai_analyses", "data_downloads")
        with psycopg.connect(self.database_url) as connection:
            content: dict[str, object] = {
                table: sorted(map(repr, connection.execute(f"select * from public.{table}").fetchall()))
                for table in tables
            }
        files = [path for name in ("cache", "archive") for path in (self.home / name).rglob("*")]
        content["files"] = sorted(
            (str(path), path.stat().st_size) for path in files if path.is_file() and path.suffix != ".lock"
        )
        return content

    def checker(self, s3: S3Server | None = None) -> Checker:
        """Return the independent check of this library."""
        return Checker(
            self.database_url,
            cache=self.home / "cache",
            archive=self.home / "archive",
            expected=self.expected,
            s3=s3_client(s3) if s3 is not None else None,
        )


def rows(library: Library) -> dict[str, MediaRow]:
    """Return all media by the path of their link."""
    found = media_store.iterate_media(library.gateway)
    return {row.media_url.partition("//")[2].partition("/")[2]: row for row in found if row.media_url}


def request(library: Library, kind: JobKind, *media_ids: str, retry_failed: bool = False) -> int:
    """Queue jobs for these media, or for all that need it; returns how many."""
    return job_store.request_jobs(
        library.gateway,
        kind,
        media_ids=media_ids or None,
        retry_failed=retry_failed,
        actor=library.actor,
    ).requested


def s3_client(s3: S3Server) -> Any:
    """Make a client of a test's S3 server that the product has no part in."""
    import boto3  # type: ignore[import-untyped]

    from tests.support.s3_server import ACCESS_KEY_ID, SECRET_ACCESS_KEY

    return boto3.client(
        "s3",
        endpoint_url=s3.url,
        region_name="us-east-1",
        aws_access_key_id=ACCESS_KEY_ID,
        aws_secret_access_key=SECRET_ACCESS_KEY,
    )
