"""What the parts report when their work is done; the JSON forms are what ``--json`` prints."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any, Literal

from pydantic import Field

from social_tui.exports import Rejection
from social_tui.models import JobKind, Report, Row


class PostCounts(Report):
    """Posts of one import by result."""

    read: int = 0
    nested: int = 0
    new: int = 0
    updated: int = 0
    unchanged: int = 0
    rejected: int = 0


class MediaCounts(Report):
    """Media references of one import."""

    found: int = 0
    new: int = 0
    held: int = 0
    expired_on_arrival: int = 0
    by_type: dict[str, int] = Field(default_factory=dict)
    by_role: dict[str, int] = Field(default_factory=dict)
    taken_in: int = 0
    not_taken_in: dict[str, int] = Field(default_factory=dict)


class ImportReport(Report):
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


class VerifyReport(Report):
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


class DrawReport(Report):
    """What became of media that had no small picture.

    Args:
        drawn: How many have one now.
        without_picture: How many show nothing that can be drawn.
    """

    drawn: int = 0
    without_picture: int = 0


class RoomReport(Report):
    """What left the cache so that there is room.

    Args:
        bytes_before: What the cache held, in bytes.
        bytes_after: What it holds now.
        borrowed_bytes: What left it that the archive had lent to this machine, in bytes.
        thumbnail_bytes: Thumbnails that left it, in bytes.
        media_files: Media that left it, as the archive has them.
        media_bytes: Their bytes.
        bytes_too_many: What should have left too, but must stay.
        dry_run: Whether nothing really left.
        problems: What hindered it, in one line each; not part of the JSON form.
    """

    bytes_before: int = 0
    bytes_after: int = 0
    borrowed_bytes: int = 0
    thumbnail_bytes: int = 0
    media_files: int = 0
    media_bytes: int = 0
    bytes_too_many: int = 0
    dry_run: bool = False
    problems: list[str] = Field(default_factory=list, exclude=True)

    @property
    def bytes_gone(self) -> int:
        """All that left it, or would."""
        return self.borrowed_bytes + self.thumbnail_bytes + self.media_bytes


class CacheReport(Report):
    """What the cache holds, and what of the library is where; all sizes are in bytes.

    Args:
        limit_bytes: Above this much room is made, down to ``low_mark_bytes``.
        free_bytes: What is free on its disk.
        blobs: Unique bytes by state: ``evictable``, ``kept`` (pinned, or of a marked post), ``not_archived``,
            ``archive_only`` and ``lost``, each with how many there are and their size; empty on a machine
            without a login to the database, which is not told.
    """

    root: str
    limit_bytes: int
    low_mark_bytes: int
    free_bytes: int
    total_bytes: int
    media_files: int
    media_bytes: int
    borrowed_files: int
    borrowed_bytes: int
    thumbnail_files: int
    thumbnail_bytes: int
    quarantined_files: int
    quarantined_bytes: int
    unfinished_files: int
    unfinished_bytes: int
    blobs: dict[str, dict[str, int]]


class WorkReport(Report):
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


class BackfillReport(Report):
    """What ``media backfill`` found and wrote."""

    posts: int = 0
    posts_completed: int = 0
    posts_new: int = 0
    media_found: int = 0
    media_new: int = 0
    rejected: list[Rejection] = Field(default_factory=list)
    dry_run: bool = False


class Spending(Row):
    """What analyses cost in the day or the month that it is (UTC), in millionths of a dollar.

    Args:
        period: ``day`` or ``month``.
        requests: How many were sent, or are about to be.
        spent_microdollars: What their answers cost.
        held_microdollars: The most that those under way may cost.
        unsure_microdollars: The most that those without an answer may have cost.
    """

    period: str
    requests: int
    spent_microdollars: int
    held_microdollars: int
    unsure_microdollars: int

    @property
    def used_microdollars(self) -> int:
        """What counts against a cap."""
        return self.spent_microdollars + self.held_microdollars + self.unsure_microdollars


class AnalysisWork(Row):
    """How much there is to analyse, and what such answers took so far.

    Args:
        media: Media without an analysis.
        blobs: The unique bytes behind them.
        answered: Bytes of which the same was asked and answered before.
        requests: Requests that would go out: the other bytes.
        documents: How many of these are about PDFs, of which more than one page is sent.
        examples: Answers to the same question about other bytes, at most the last 1,000.
        mean_input_tokens: What those took on average, None without any.
        mean_output_tokens: Likewise.
    """

    media: int
    blobs: int
    answered: int
    requests: int
    documents: int
    examples: int
    mean_input_tokens: int | None
    mean_output_tokens: int | None


class AnalysisEstimate(Report):
    """What analyses would take: see :class:`AnalysisWork`; money in millionths of a dollar.

    Args:
        provider: Who would be asked.
        model: With what.
        input_tokens: Of all requests, probably.
        output_tokens: Likewise.
        cost_microdollars: What they would probably cost; None where only workers elsewhere know.
        most_microdollars: The most that they may cost; likewise.
        examples: How many answers of this library the estimate rests on; 0 when it rests on typical ones.
        left_microdollars: What the caps of the ``day`` and the ``month`` leave, where they are known.
        is_elsewhere: Whether workers elsewhere do it, by settings of theirs; the rest goes by this machine's.
    """

    provider: str
    model: str
    media: int
    blobs: int
    answered: int
    requests: int
    input_tokens: int
    output_tokens: int
    cost_microdollars: int | None
    most_microdollars: int | None
    examples: int
    left_microdollars: dict[str, int]
    is_elsewhere: bool


class AiBatchReservation(Row):
    """What was reserved for a batch.

    Args:
        batch_id: The batch (``bat-…``); None where there is nothing to ask, or no money for it.
        requests: How many requests it has.
        left_out: How many more the caps leave no room for.
        at: When, by the database's clock.
    """

    batch_id: str | None
    requests: int
    left_out: int
    at: datetime


class BatchReport(Report):
    """What became of a request for batches.

    Args:
        batches: Those that were made.
        requests: How many requests they have.
        left_out: How many more the budget has no room for.
        reason: Why a batch has not gone out yet; workers go on with it.
    """

    batches: list[str] = Field(default_factory=list)
    requests: int = 0
    left_out: int = 0
    reason: str | None = None


class AiBatch(Row):
    """A batch in hand: its state, how it asks, and what the service calls it and its files."""

    batch_id: str
    state: Literal["reserved", "uploaded", "creating", "created", "finished"]
    model: str
    prompt_version: str
    schema_version: str
    input_file_id: str | None
    service_id: str | None
    service_status: str | None
    output_file_id: str | None
    error_file_id: str | None
    answered: int
    is_cancelled: bool
    ordered_at: datetime | None


class OpenRequest(Row):
    """A request of a batch that is not over; ``raw_answer`` is its answer where that is saved."""

    analysis_id: str
    media_id: str | None
    state: Literal["reserved", "sent", "received", "parsed", "failed"]
    raw_answer: str | None


class AiBatchRow(Row):
    """A batch as people see it; money in millionths of a dollar.

    Args:
        batch_id: The batch (``bat-…``).
        state: ``reserved``, ``uploaded``, ``creating``, ``created`` or ``finished``.
        model: The model that is asked.
        service_id: What the service calls it.
        service_status: What the service last said of it.
        requests: How many requests it has.
        answered: How many answers came.
        failed: How many ended without an analysis.
        held_microdollars: The most that those may cost whose answers are not in.
        cost_microdollars: What the answers cost.
        unsure_microdollars: The most that those may have cost whose answers never came.
        error: What is wrong with it.
        is_cancelled: Whether somebody called it off.
    """

    batch_id: str
    state: Literal["reserved", "uploaded", "creating", "created", "finished"]
    model: str
    service_id: str | None
    service_status: str | None
    requests: int
    answered: int
    failed: int
    held_microdollars: int
    cost_microdollars: int
    unsure_microdollars: int
    error: str | None
    is_cancelled: bool
    created_at: datetime
    ordered_at: datetime | None
    expires_at: datetime | None
    finished_at: datetime | None


class AiCost(Row):
    """What analyses of one author, of one post or of one day (UTC) cost, in millionths of a dollar.

    Args:
        author_username: Whose posts; also of a post.
        post_id: The post.
        day: The day.
        requests: How many analyses, or how many requests of a day.
        tokens: What they took; None of a day.
        cost_microdollars: What their answers cost.
        unsure_microdollars: The most that requests without an answer may have cost.
    """

    author_username: str | None
    post_id: str | None
    day: date | None
    requests: int
    tokens: int | None
    cost_microdollars: int
    unsure_microdollars: int


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
