"""What the parts report when their work is done; the JSON forms are what ``--json`` prints."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from pydantic import BaseModel, Field

from social_tui.exports import Rejection
from social_tui.models import JobKind, Row


class PostCounts(BaseModel):
    """Posts of one import by result."""

    read: int = 0
    nested: int = 0
    new: int = 0
    updated: int = 0
    unchanged: int = 0
    rejected: int = 0


class MediaCounts(BaseModel):
    """Media references of one import."""

    found: int = 0
    new: int = 0
    held: int = 0
    expired_on_arrival: int = 0
    by_type: dict[str, int] = Field(default_factory=dict)
    by_role: dict[str, int] = Field(default_factory=dict)
    taken_in: int = 0
    not_taken_in: dict[str, int] = Field(default_factory=dict)


class ImportReport(BaseModel):
    """The loss report of one import; its JSON form is the contract of ``import --json``.

    Args:
        passed_over: How many things were deliberately not imported, by reason: those that a format knows and
            that are no posts.
    """

    run_id: str | None = None
    files: int = 0
    posts: PostCounts = Field(default_factory=PostCounts)
    media: MediaCounts = Field(default_factory=MediaCounts)
    rejected: list[Rejection] = Field(default_factory=list)
    passed_over: dict[str, int] = Field(default_factory=dict)
    next_expiry: datetime | None = None


class VerifyReport(BaseModel):
    """What ``media verify-cache`` found.

    Args:
        problems: What could not be read, put aside or repaired, and why, in one line each; not part of
            the JSON form.
    """

    checked: int = 0
    ok: int = 0
    missing: int = 0
    damaged: int = 0
    repaired: int = 0
    problems: list[str] = Field(default_factory=list, exclude=True)


class DrawReport(BaseModel):
    """What became of media that had no small picture.

    Args:
        drawn: How many have one now.
        without_picture: How many show nothing that can be drawn.
    """

    drawn: int = 0
    without_picture: int = 0


class RoomReport(BaseModel):
    """What left the cache so that there is room.

    Args:
        bytes_before: What the cache held, in bytes.
        bytes_after: What it holds now.
        thumbnail_bytes: Thumbnails that left it, in bytes.
        media_files: Media that left it, as the archive has them.
        media_bytes: Their bytes.
        bytes_too_many: What should have left too, but must stay.
        dry_run: Whether nothing really left.
        problems: What hindered it, in one line each; not part of the JSON form.
    """

    bytes_before: int = 0
    bytes_after: int = 0
    thumbnail_bytes: int = 0
    media_files: int = 0
    media_bytes: int = 0
    bytes_too_many: int = 0
    dry_run: bool = False
    problems: list[str] = Field(default_factory=list, exclude=True)


class CacheReport(BaseModel):
    """What the cache holds, and what of the library is where; all sizes are in bytes.

    Args:
        limit_bytes: Above this much room is made, down to ``low_mark_bytes``.
        free_bytes: What is free on its disk.
        blobs: Unique bytes by state: ``evictable``, ``kept`` (pinned, or of a marked post), ``not_archived``,
            ``archive_only`` and ``lost``, each with how many there are and their size.
    """

    root: str
    limit_bytes: int
    low_mark_bytes: int
    free_bytes: int
    total_bytes: int
    media_files: int
    media_bytes: int
    thumbnail_files: int
    thumbnail_bytes: int
    quarantined_files: int
    quarantined_bytes: int
    unfinished_files: int
    unfinished_bytes: int
    blobs: dict[str, dict[str, int]]


class WorkReport(BaseModel):
    """What became of a batch of jobs of one kind.

    Args:
        cancelled: Jobs that somebody called off, waiting or running.
        outcomes: Media that could not be had from their source, by outcome.
        reason: Why the last of the other failed jobs failed; with jobs left, what stopped the work, such as
            a full disk.
    """

    kind: JobKind
    requested: int = 0
    succeeded: int = 0
    failed: int = 0
    cancelled: int = 0
    left: int = 0
    outcomes: dict[str, int] = Field(default_factory=dict)
    reason: str | None = None


class BackfillReport(BaseModel):
    """What ``media backfill`` found and wrote."""

    posts: int = 0
    posts_completed: int = 0
    posts_new: int = 0
    media_found: int = 0
    media_new: int = 0
    rejected: list[Rejection] = Field(default_factory=list)
    dry_run: bool = False


class Statistics(Row):
    """The figures of ``social-tui stats``."""

    posts: int
    media: int
    blobs: int
    download_success_rate: float | None
    cache_hit_rate: float | None
    mean_download_ms: float | None
    local_bytes: int
    archived_bytes: int
    queue_depth: dict[str, int]
    queues_paused: list[str]
    media_by_status: dict[str, int]
    failures_by_outcome: dict[str, int]
    analyses_by_status: dict[str, int]
    ai_tokens: int
    ai_cost_microdollars: int
    ai_by_profile: list[dict[str, Any]]
