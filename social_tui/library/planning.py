"""The plan of a download: what would be fetched, in which order."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from datetime import UTC, datetime
from urllib.parse import urlsplit

from social_tui.library.session import Library
from social_tui.models import MediaRow, MediaType
from social_tui.store.media import iterate_media


def plan_downloads(
    library: Library,
    *,
    post_ids: Collection[str] | None = None,
    media_type: MediaType | None = None,
    host: str | None = None,
    retry_failed: bool = False,
) -> list[MediaRow]:
    """List what a download of everything would fetch, in the order of the queue.

    Args:
        library: The open library.
        post_ids: Only the media of these posts.
        media_type: Only media of this type.
        host: Only media whose link leads to this host or to one below it.
        retry_failed: Whether those that failed before are wanted again.

    Returns:
        The media: those whose links die soonest first, then those whose links do not say, the oldest first;
        last, those whose links are dead already.
    """
    now = datetime.now(UTC)

    def rank(row: MediaRow) -> tuple[int, datetime, datetime, str]:
        expires = row.url_expires_at
        place = 1 if expires is None else 2 if expires <= now else 0
        return place, expires if expires is not None and not place else now, row.created_at, row.media_id

    return sorted(_wanted(library, post_ids, media_type, host, retry_failed), key=rank)


def _wanted(
    library: Library,
    post_ids: Collection[str] | None,
    media_type: MediaType | None,
    host: str | None,
    retry_failed: bool,
) -> Iterator[MediaRow]:
    for status in ("pending", "failed") if retry_failed else ("pending",):
        for row in iterate_media(library.gateway, status=status, media_type=media_type):
            if row.media_url is None or (host is not None and not _is_at(row.media_url, host)):
                continue
            # With the outcome ok they are in the archive alone, to make room: only who names them wants them.
            if row.outcome != "ok" if post_ids is None else row.post_id in post_ids:
                yield row


def _is_at(url: str, host: str) -> bool:
    try:
        name = urlsplit(url).hostname or ""
    except ValueError:
        return False
    return f".{name}".endswith(f".{host.lower()}")
