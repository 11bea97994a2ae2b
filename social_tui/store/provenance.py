"""Where posts and media came from and what happened to them, many at once."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from social_tui.models import EventRow
from social_tui.store.gateway import Gateway
from social_tui.store.paging import MAX_ROWS


def imports_of_posts(gateway: Gateway, post_ids: Sequence[str]) -> dict[str, list[dict[str, Any]]]:
    """Return the imports that told of posts.

    Args:
        gateway: The way to the database.
        post_ids: At most 500.

    Returns:
        By post, oldest first: ``run_id``, ``downloaded_at`` (ISO 8601), ``source_file_path``,
        ``content_hash`` (SHA-256 of what the raw JSON says), ``reactions``, ``comments``, ``reposts`` and
        ``views``; a post of an older library may have none.
    """
    rows = gateway.call("imports_of_posts", p_post_ids=list(post_ids))
    return {row["post_id"]: row["imports"] for row in rows}


def events_of_media(gateway: Gateway, media_ids: Sequence[str]) -> Iterator[EventRow]:
    """Yield the audit log of media, oldest first.

    Args:
        gateway: The way to the database.
        media_ids: At most 500.
    """
    after: int | None = None
    while media_ids:
        rows = gateway.call("events_of_media", p_media_ids=list(media_ids), p_after=after)
        yield from (EventRow.model_validate(row) for row in rows)
        if len(rows) < MAX_ROWS:
            return
        after = rows[-1]["id"]


def analyses_of_bytes(gateway: Gateway, sha256: Sequence[str]) -> dict[str, list[dict[str, Any]]]:
    """Return what the ledger holds of bytes.

    Args:
        gateway: The way to the database.
        sha256: At most 500.

    Returns:
        By SHA-256, oldest first, the columns of ``ai_analyses``; bytes that nobody asked about are left out.
    """
    rows = gateway.call("analyses_of_bytes", p_sha256=list(sha256))
    return {row["sha256"]: row["analyses"] for row in rows}
