"""The columns of the tables that commands print for people."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from social_tui.cli.output import Column, dollars, from_milliseconds, when
from social_tui.text import human_bytes, human_duration

if TYPE_CHECKING:
    from social_tui.models import JobRow, MediaRow, PostSummary, SavedView
    from social_tui.reports import AiBatchRow


def media_columns() -> list[Column[MediaRow]]:
    """Make the columns of ``media list``."""
    return [
        Column("MEDIA", 21, lambda row: row.media_id),
        Column("POST", 19, lambda row: row.post_id),
        Column("TYPE", 8, lambda row: row.media_type),
        Column("ROLE", 9, lambda row: row.role),
        Column("STATUS", 11, lambda row: row.download_status),
        Column("OUTCOME", 12, lambda row: row.outcome),
        Column(
            "SIZE", 9, lambda row: None if row.file_size is None else human_bytes(row.file_size), right=True
        ),
        Column("PROOF", 9, lambda row: row.proof),
        Column("ANALYSIS", 11, lambda row: row.ai_analysis_status),
        Column("WHY", 12, lambda row: row.error),
    ]


def plan_columns(now: datetime) -> list[Column[MediaRow]]:
    """Make the columns of ``media download-all --plan``.

    Args:
        now: The moment to count the rest of each link's life from.
    """

    def left(row: MediaRow) -> str:
        if row.url_expires_at is None:
            return "does not say"
        seconds = (row.url_expires_at - now).total_seconds()
        return "lost" if seconds <= 0 else human_duration(seconds)

    return [
        Column("LEFT", 14, left, right=True),
        Column("DIES", 16, lambda row: when(row.url_expires_at)),
        Column("MEDIA", 21, lambda row: row.media_id),
        Column("POST", 19, lambda row: row.post_id),
        Column("TYPE", 8, lambda row: row.media_type),
        Column("ROLE", 9, lambda row: row.role),
    ]


def batch_columns() -> list[Column[AiBatchRow]]:
    """Make the columns of ``media batches``."""
    return [
        Column("BATCH", 21, lambda row: row.batch_id),
        Column("MADE", 16, lambda row: when(row.created_at)),
        Column("STATE", 9, lambda row: row.state),
        Column("SERVICE", 11, lambda row: row.service_status),
        Column("ASKED", 6, lambda row: row.requests, right=True),
        Column("DONE", 6, lambda row: row.answered, right=True),
        Column("FAILED", 6, lambda row: row.failed, right=True),
        Column("COST", 9, lambda row: dollars(row.cost_microdollars), right=True),
        Column(
            "PERHAPS", 9, lambda row: dollars(row.held_microdollars + row.unsure_microdollars), right=True
        ),
        Column("WHY", 12, lambda row: row.error),
    ]


def post_columns() -> list[Column[PostSummary]]:
    """Make the columns of ``posts list``."""
    return [
        Column("POST", 19, lambda row: row.post_id),
        Column("DATE", 16, lambda row: from_milliseconds(row.posted_at_timestamp)),
        Column("AUTHOR", 24, lambda row: row.author_name or row.author_username),
        Column("MEDIA", 9, lambda row: f"{row.media_ready}/{row.media_total}", right=True),
        Column("LIKES", 7, lambda row: row.reactions, right=True),
        Column("TEXT", 30, lambda row: row.text_content),
    ]


def view_columns() -> list[Column[SavedView]]:
    """Make the columns of ``views list``."""
    return [
        Column("NAME", 24, lambda row: row.name),
        Column("ORDER", 10, lambda row: row.sort),
        Column("FILTER", 40, lambda row: row.filter),
    ]


def job_columns() -> list[Column[JobRow]]:
    """Make the columns of ``jobs list``."""
    return [
        Column("JOB", 7, lambda row: row.job_id, right=True),
        Column("KIND", 8, lambda row: row.kind),
        Column("STATUS", 9, lambda row: "stopping" if _is_stopping(row) else row.status),
        Column("MEDIA", 21, lambda row: row.media_id),
        Column("TRIES", 5, lambda row: row.attempts, right=True),
        Column("QUEUED", 16, lambda row: row.created_at),
        Column("ENDED", 16, lambda row: row.ended_at),
        Column("WHY", 12, lambda row: row.error or row.outcome),
    ]


def _is_stopping(row: JobRow) -> bool:
    return row.abort_requested and row.status == "doing"
