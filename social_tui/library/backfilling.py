"""Backfill: rows for media that stored posts name, and for posts inside of them, that have none yet."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date

from social_tui.errors import ImportRefusedError, NotFoundError
from social_tui.exports import MediaToStore, ParsedPost, PostToStore, Rejection
from social_tui.importers import is_known, parse_post
from social_tui.importers.mapped import Mapped
from social_tui.library.session import Library
from social_tui.library.storing import media_to_store, nested_to_store
from social_tui.log import get_logger
from social_tui.models import RawPost
from social_tui.reports import BackfillReport
from social_tui.store import imports as import_store
from social_tui.store import media as media_store

log = get_logger(__name__)

PAGE_POSTS = 200
Progress = Callable[[BackfillReport], None]


@dataclass(frozen=True, slots=True)
class _Inside:
    outer_id: str
    post: PostToStore


def backfill(
    library: Library,
    *,
    start: date | None = None,
    mapped: Mapped | None = None,
    dry_run: bool = False,
    on_progress: Progress | None = None,
) -> BackfillReport:
    """Read the stored raw JSON of posts again, complete their media and store the posts inside of them.

    Args:
        library: The open library.
        start: Only posts published on this day (UTC) or later.
        mapped: The map by which the posts of its platform came; the others are of known formats.
        dry_run: Whether to write nothing and only tell what is missing.
        on_progress: Told the report so far, after each page of posts.

    Returns:
        How many posts were read and completed, how many stood inside of them and had no row, and how many
        media all of these name and gained. A post whose raw JSON is not readable is a rejection with its id
        as the file.
    """
    report = BackfillReport(dry_run=dry_run)
    new: set[str] = set()
    for page in _pages(library, start):
        inside: list[_Inside] = []
        for post in page:
            if post.post_id not in new:
                inside += _complete(library, post, mapped, report)
        new |= _store_inside(library, inside, report)
        if on_progress is not None:
            on_progress(report)
    log.info("backfill_finished", **report.model_dump(exclude={"rejected"}))
    return report


def _pages(library: Library, start: date | None) -> Iterator[list[RawPost]]:
    after: str | None = None
    while page := import_store.raw_posts(library.gateway, start=start, after=after, limit=PAGE_POSTS):
        yield page
        after = page[-1].post_id


def _complete(
    library: Library, post: RawPost, mapped: Mapped | None, report: BackfillReport
) -> list[_Inside]:
    """Complete the media of a post, and return the posts inside of it."""
    report.posts += 1
    try:
        parsed = _parsed(post, mapped)
    except (ImportRefusedError, ValueError, RecursionError) as error:
        reason = error.message if isinstance(error, ImportRefusedError) else "the raw JSON is damaged"
        report.rejected.append(Rejection(file=post.post_id, position=1, reason=reason))
        return []
    media = [media_to_store(reference) for reference in parsed.media]
    count = _missing if report.dry_run else _add
    try:
        missing = count(library, post.post_id, media)
    except NotFoundError:
        reason = "is no longer in the library"
        report.rejected.append(Rejection(file=post.post_id, position=1, reason=reason))
        return []
    report.media_found += len(media)
    report.media_new += missing
    report.posts_completed += missing > 0
    return [_Inside(post.post_id, inner) for inner in nested_to_store(parsed, None)]


def _store_inside(library: Library, inside: Sequence[_Inside], report: BackfillReport) -> set[str]:
    """Store posts that stand inside others, and return the ids of those that had no row."""
    posts = [each.post for each in inside]
    stored = import_store.import_posts(library.gateway, None, posts, dry_run=report.dry_run)
    counted: set[str] = set()
    new: set[str] = set()
    for each, result in zip(inside, stored, strict=True):
        if result.post_id is None:
            reason = f"holds a post that was refused: {result.reason}"
            report.rejected.append(Rejection(file=each.outer_id, position=1, reason=reason))
        elif result.post_id not in counted:
            counted.add(result.post_id)
            report.media_new += sum(item.result == "new" for item in result.media)
            if result.result == "new":
                # The others are read again by themselves.
                new.add(result.post_id)
                report.media_found += len(result.media)
    report.posts_new += len(new)
    return new


def _parsed(post: RawPost, mapped: Mapped | None) -> ParsedPost:
    value = json.loads(post.raw_json)
    if mapped is not None and mapped.platform == post.platform:
        with contextlib.suppress(ImportRefusedError):
            parsed = parse_post(value, post.raw_json, mapped=mapped)
            # By another map it could be another post, which would give this one the media of others.
            if parsed.urn == post.urn:
                return parsed
    try:
        return parse_post(value, post.raw_json)
    except ImportRefusedError as error:
        if not is_known(value):
            raise ImportRefusedError(
                "is of no known format; what came by a map is read again by it: --map"
            ) from error
        raise


def _add(library: Library, post_id: str, media: list[MediaToStore]) -> int:
    if not media:
        return 0
    stored = import_store.import_media(library.gateway, post_id, media, actor=library.actor)
    return sum(item.result == "new" for item in stored)


def _missing(library: Library, post_id: str, media: list[MediaToStore]) -> int:
    """Count the references whose place in the post is free."""
    held = {(row.role, row.position) for row in media_store.iterate_media(library.gateway, post_id=post_id)}
    return sum((item.reference.role, item.reference.position) not in held for item in media)
