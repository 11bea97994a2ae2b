"""Import runs, posts and their media references, as the store takes them."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime
from functools import lru_cache
from typing import Any

from social_tui.exports import Inside, MediaToStore, PostToStore, StoredMedia, StoredPost
from social_tui.models import RawPost
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
        run_id: The run that the metric snapshots belong to; None where there is none.
        posts: The posts, in the order of their file; one that stands inside others comes after them.
        dry_run: Whether to write nothing and only tell what would happen.

    Returns:
        What became of each post, in order; ``position`` is its index in ``posts``. A post that the
        database refuses is ``rejected`` with a reason, and the others go on.

    Raises:
        DatabaseError: If the database refused a whole chunk; earlier chunks stay.
    """
    arguments = [_post_argument(post) for post in posts]
    stored: dict[int, StoredPost] = {}
    first: dict[object, int] = {}
    same: list[int] = []
    inside: dict[int, list[Inside]] = {}
    for index, post in enumerate(posts):
        # Copies that say the same are stored once; whole posts that come twice follow each other.
        key = _digest(arguments[index], post.post.raw_json) if post.inside else index
        same.append(first.setdefault(key, index))
        inside.setdefault(same[index], []).extend(post.inside)
    for index, outers in inside.items():
        arguments[index]["inside"] = _inside_argument(outers)
    for chunk in _chunks(posts, list(inside)):
        rows = gateway.call(
            "import_posts",
            p_run_id=run_id,
            p_posts=[arguments[index] for index in chunk],
            p_raw_json=[posts[index].post.raw_json for index in chunk],
            p_dry_run=dry_run,
        )
        for row in rows:
            index = chunk[row["position"]]
            stored[index] = _stored_post(row, index)
    return [
        stored[place] if place == index else stored[place]._replace(position=index)
        for index, place in enumerate(same)
    ]


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
    return [StoredMedia(row["media_id"], row["role"], row["position"], row["result"]) for row in rows]


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


def _stored_post(row: Mapping[str, Any], position: int) -> StoredPost:
    media = tuple(
        [
            StoredMedia(
                media_id, role, place, result, None if dies_at is None else datetime.fromisoformat(dies_at)
            )
            for media_id, role, place, result, dies_at in row["media"]
        ]
    )
    return StoredPost(position, row["post_id"], row["result"], row["reason"], media, row["content_hash"])


def _digest(argument: Mapping[str, Any], raw_json: str) -> bytes:
    """Digest a post as it was understood, and what it was made from."""
    understood = repr((dict(argument, source_file_path=None), raw_json))
    return hashlib.sha256(understood.encode("utf-8", "surrogatepass")).digest()


def _chunks(posts: Sequence[PostToStore], indexes: Sequence[int]) -> Iterator[list[int]]:
    """Cut posts into chunks that the database takes at once.

    No id comes twice in a chunk, because the database stores different posts together and the exports of one
    post one after the other. Copies inside others come last.
    """
    left = sorted(indexes, key=lambda index: bool(posts[index].inside))
    while left:
        chunk: list[int] = []
        later: list[int] = []
        identities: set[tuple[str, str]] = set()
        characters = 0
        for index in left:
            post = posts[index].post
            characters += len(post.raw_json)
            is_full = bool(chunk) and (len(chunk) == MAX_ROWS or characters > _CHUNK_CHARACTERS)
            if is_full or (post.platform, post.urn) in identities:
                later.append(index)
                continue
            chunk.append(index)
            identities.add((post.platform, post.urn))
        yield chunk
        left = later


def _post_argument(item: PostToStore) -> dict[str, Any]:
    """Say what a post says; its raw JSON goes beside."""
    reactions, comments, reposts, views = item.post.engagement
    argument = {
        **vars(item.post),
        "reactions": reactions,
        "comments": comments,
        "reposts": reposts,
        "views": views,
        "media": [_media_argument(media) for media in item.media],
        "source_file_path": item.source_file_path,
    }
    del argument["engagement"], argument["nested"], argument["raw_json"]
    return argument


def _inside_argument(inside: Sequence[Inside]) -> list[dict[str, Any]] | None:
    return [dict(vars(outer)) for outer in inside] or None


def _media_argument(media: MediaToStore) -> dict[str, Any]:
    reference, identity, expires_at = media
    return {
        "role": reference.role,
        "position": reference.position,
        "media_type": reference.media_type,
        "url": reference.url,
        "width": reference.width,
        "height": reference.height,
        "alt_text": reference.alt_text,
        "provider_media_id": reference.provider_media_id,
        "stated_sha256": reference.stated_sha256,
        "source_identity": identity,
        "url_expires_at": None if expires_at is None else _written(expires_at),
    }


@lru_cache(maxsize=256)  # Most links of an export die at few moments.
def _written(moment: datetime) -> str:
    return moment.isoformat()
