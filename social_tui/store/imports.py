"""Import runs, posts and their media references, as the store takes them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date
from typing import Any

from social_tui.models import MediaToStore, PostToStore, RawPost, StoredMedia, StoredPost
from social_tui.reports import ImportReport
from social_tui.store.gateway import Gateway
from social_tui.store.paging import MAX_ROWS

_CHUNK_CHARACTERS = 8_000_000


def start_run(gateway: Gateway, *, script_name: str, platform: str, files: Sequence[str]) -> str:
    """Open a ``download_runs`` row.

    Args:
        gateway: The way to the database.
        script_name: What imports, such as ``social-tui import``.
        platform: The platform of the posts, or ``mixed``.
        files: The names of the files to import.

    Returns:
        The run's id (``run-``…).
    """
    rows = gateway.call(
        "start_run",
        p_script_name=script_name,
        p_platform=platform,
        p_files=list(files),
    )
    return str(rows[0]["run_id"])


def import_posts(
    gateway: Gateway, run_id: str | None, posts: Sequence[PostToStore], *, dry_run: bool = False
) -> list[StoredPost]:
    """Insert or update posts with their media references; one transaction per 500 posts.

    Args:
        gateway: The way to the database.
        run_id: The run that the metric snapshots belong to; None only in a dry run.
        posts: The posts, in the order of their file.
        dry_run: Whether to write nothing and only tell what would happen.

    Returns:
        What became of each post, in order; ``position`` is its index in ``posts``. A post that the
        database refuses is ``rejected`` with a reason, and the others go on.

    Raises:
        DatabaseError: If the database refused the whole chunk; earlier chunks stay.
    """
    stored: list[StoredPost] = []
    for start, chunk in _chunks(posts):
        rows = gateway.call(
            "import_posts",
            p_run_id=run_id,
            p_posts=[_post_argument(post) for post in chunk],
            p_dry_run=dry_run,
        )
        for row in rows:
            row["position"] += start
            stored.append(StoredPost.model_validate(row))
    return stored


def import_media(
    gateway: Gateway, post_id: str, media: Sequence[MediaToStore], *, actor: str
) -> list[StoredMedia]:
    """Give every media reference of one stored post its row; what is there already is kept.

    Args:
        gateway: The way to the database.
        post_id: The post (``p-``…).
        media: All references of the post, as its newest export names them.
        actor: Who asks: ``import``, ``cli``, ``app`` or ``worker``.

    Returns:
        What became of each reference, in order.

    Raises:
        NotFoundError: If there is no such post.
    """
    rows = gateway.call(
        "import_media",
        p_post_id=post_id,
        p_media=[_media_argument(item) for item in media],
        p_actor=actor,
    )
    return [StoredMedia.model_validate(row) for row in rows]


def finish_run(
    gateway: Gateway, run_id: str, *, status: str, report: ImportReport, error: str | None = None
) -> None:
    """Close a ``download_runs`` row with its loss report.

    Args:
        gateway: The way to the database.
        run_id: The run (``run-``…).
        status: How it ended: ``completed``, ``failed`` or ``interrupted``.
        report: The loss report.
        error: Why it failed, redacted.
    """
    gateway.call(
        "finish_run",
        p_run_id=run_id,
        p_status=status,
        p_report=report.model_dump(mode="json"),
        p_error=error,
    )


def raw_posts(
    gateway: Gateway, *, start: date | None = None, after: str | None = None, limit: int = 200
) -> list[RawPost]:
    """List stored posts with their raw JSON, by id.

    Args:
        gateway: The way to the database.
        start: Only posts published on this day (UTC) or later, or first seen then where the day of
            publication is unknown.
        after: The id of the last post of the page before.
        limit: At most so many, never more than 500.

    Returns:
        The page; a shorter one than the limit is the last.
    """
    rows = gateway.call(
        "raw_posts",
        p_start=start.isoformat() if start else None,
        p_after=after,
        p_limit=limit,
    )
    return [RawPost.model_validate(row) for row in rows]


def _chunks(posts: Sequence[PostToStore]) -> Iterator[tuple[int, Sequence[PostToStore]]]:
    """Cut posts into chunks that the database takes at once, with the position of each one's first post.

    A chunk ends before an id that it has already, because the database stores different posts together
    and the exports of one post one after the other.
    """
    start = 0
    characters = 0
    identities: set[tuple[str, str]] = set()
    for index, post in enumerate(posts):
        characters += len(post.raw_json)
        is_full = index - start == MAX_ROWS or characters > _CHUNK_CHARACTERS
        identity = (post.platform, post.urn)
        if index > start and (is_full or identity in identities):
            yield start, posts[start:index]
            start, characters, identities = index, len(post.raw_json), set()
        identities.add(identity)
    if posts:
        yield start, posts[start:]


def _post_argument(post: PostToStore) -> dict[str, Any]:
    item = post.model_dump(mode="json", exclude={"media", "engagement"})
    item.update(post.engagement.model_dump())
    item["media"] = [_media_argument(media) for media in post.media]
    return dict(item)


def _media_argument(media: MediaToStore) -> dict[str, Any]:
    return dict(media.model_dump(mode="json", exclude={"local_path"}))
