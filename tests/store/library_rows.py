"""Posts, media and files for tests of the store, as the importers and the fetcher hand them over."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

import psycopg

from social_tui.exports import (
    Engagement,
    Inside,
    MediaReference,
    MediaToStore,
    ParsedPost,
    PostToStore,
    StoredPost,
)
from social_tui.models import CapturedFile, MediaRole, MediaRow, MediaType
from social_tui.store import imports, media
from social_tui.store.gateway import Gateway

SOON = datetime(2026, 12, 1, tzinfo=UTC)
LATER = datetime(2026, 12, 20, tzinfo=UTC)


def reference(
    name: str,
    *,
    position: int = 0,
    role: MediaRole = "main",
    media_type: MediaType = "image",
    signature: str = "one",
    expires: datetime | None = SOON,
    provider_media_id: str | None = None,
) -> MediaToStore:
    """Make a media reference; the same name under another signature is the same source."""
    identity = f"https://media.example/{name}"
    return MediaToStore(
        MediaReference(
            role=role,
            position=position,
            media_type=media_type,
            url=f"{identity}?sig={signature}",
            provider_media_id=provider_media_id,
        ),
        source_identity=identity,
        url_expires_at=expires,
    )


def nameless(provider_media_id: str, *, position: int = 0) -> MediaToStore:
    """Make a reference that the export names by the platform's id alone."""
    return MediaToStore(
        MediaReference(
            role="main", position=position, media_type="image", provider_media_id=provider_media_id
        ),
        source_identity=f"provider:{provider_media_id}",
    )


def otherwise(item: MediaToStore, **facts: Any) -> MediaToStore:
    """Make a reference that names its media in other words."""
    return item._replace(reference=item.reference._replace(**facts))


def post(
    urn: str,
    media_references: Sequence[MediaToStore] = (),
    *,
    reactions: int | None = 3,
    author: str = "ada",
    text: str = "Engines of analysis",
    posted_at: int | None = 1_764_000_000_000,
    raw: dict[str, Any] | None = None,
    inside: tuple[Inside, ...] = (),
    **fields: Any,
) -> PostToStore:
    """Make a post whose raw JSON tells its counts and links, as real exports do."""
    shown = {
        "id": urn,
        "reactions": reactions,
        "text": text,
        "media": [item.reference.url for item in media_references],
        **(raw or {}),
    }
    values: dict[str, Any] = {
        "platform": "linkedin",
        "urn": urn,
        "full_urn": f"urn:li:activity:{urn}",
        "posted_at_timestamp": posted_at,
        "author_username": author,
        "author_name": author.title(),
        "text_content": text,
        "post_type": "regular",
        "url": f"https://social.example/{urn}",
        "engagement": Engagement(reactions=reactions),
        "stats": {"reactions": reactions},
        "raw_json": json.dumps(shown),
    }
    return PostToStore(ParsedPost(**{**values, **fields}), tuple(media_references), inside=inside)


def said_otherwise(item: PostToStore, **fields: Any) -> PostToStore:
    """Make a post that says something else."""
    return item._replace(post=item.post.model_copy(update=fields))


def import_all(gateway: Gateway, *posts: PostToStore) -> list[StoredPost]:
    """Import posts in a run of their own."""
    run_id = imports.start_run(gateway, script_name="test", platform="linkedin", files=["posts.json"])
    return imports.import_posts(gateway, run_id, posts)


def import_one(gateway: Gateway, item: PostToStore) -> tuple[str, list[MediaRow]]:
    """Import one post; gives its id and its media in order."""
    stored = import_all(gateway, item)[0]
    assert stored.post_id is not None, stored.reason
    return stored.post_id, media.list_media(gateway, post_id=stored.post_id)


def captured(content: str, *, md5_sum: str | None = None, media_type: MediaType = "image") -> CapturedFile:
    """Describe a captured file of some content."""
    data = content.encode()
    md5 = md5_sum or hashlib.md5(data).hexdigest()  # noqa: S324 - the name of a file, not a secret
    return CapturedFile(
        md5_sum=md5,
        sha256=hashlib.sha256(data).hexdigest(),
        byte_size=len(data),
        mime_type="image/png",
        media_type=media_type,
        extension="png",
        local_file_path=f"media/images/{md5}.png",
        width=640,
        height=480,
        elapsed_ms=40,
    )


def download(gateway: Gateway, media_id: str, content: str) -> CapturedFile:
    """Have a media captured with some content."""
    file = captured(content)
    assert media.claim_download(gateway, media_id, "claim") is not None
    assert media.finish_download(gateway, media_id, "claim", file, actor="worker") == "ok"
    return file


def fail_download(gateway: Gateway, row: MediaRow) -> None:
    """Have the download of a media fail at the network."""
    media.claim_download(gateway, row.media_id, "c")
    media.fail_download(gateway, row.media_id, "c", outcome="network", error="reset", actor="worker")


def events_of(gateway: Gateway, media_id: str) -> list[str]:
    """Name what happened to a media, oldest first."""
    return [event.event for event in media.list_events(gateway, media_id)]


def rows(url: str, sql: str, *values: object) -> list[tuple[Any, ...]]:
    """Run a statement on a connection of its own."""
    with psycopg.connect(url, autocommit=True) as connection:
        cursor = connection.execute(sql.encode(), values or None)
        return cursor.fetchall() if cursor.description else []


def versions(url: str) -> dict[str, list[tuple[Any, ...]]]:
    """Give every row version of the library's tables: two looks are equal only if nothing was written."""
    tables = ("posts", "post_media", "media_blobs", "ai_analyses", "data_downloads", "media_events")
    return {
        table: rows(url, f"select ctid::text, xmin::text from public.{table} order by ctid")
        for table in tables
    }


def with_bytes(gateway: Gateway, *contents: str) -> list[MediaRow]:
    """Make a post whose media have these bytes, and return their rows."""
    _, listed = import_one(gateway, post("1", [reference(f"m{n}", position=n) for n in range(len(contents))]))
    for row, content in zip(listed, contents, strict=True):
        download(gateway, row.media_id, content)
    return [media.get_media(gateway, row.media_id) for row in listed]
