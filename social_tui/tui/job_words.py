"""How jobs are told to people: how far they are, why they failed, when they are tried again."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final
from urllib.parse import urlsplit

from social_tui.models import JobKind
from social_tui.store.queues import QueuedJob, QueuePart
from social_tui.text import human_bytes
from social_tui.tui.cells import line
from social_tui.tui.presentation import KIND_NAMES, OUTCOMES, author

PARTS: Final[dict[QueuePart, str]] = {
    "running": "Running",
    "waiting": "Waiting",
    "later": "Tried again later",
    "failed": "Failed",
}
_HALF_A_YEAR: Final = timedelta(days=180)
_EIGHTHS: Final = " ▏▎▍▌▋▊▉"


def jobs_words(count: int, kind: JobKind | None = None) -> str:
    """Write how many jobs: ``1 job``, ``1,234 download jobs``."""
    return f"{count:,} {KIND_NAMES[kind] + ' ' if kind else ''}{'job' if count == 1 else 'jobs'}"


def bar(received: int, expected: int, width: int) -> tuple[str, str]:
    """Draw how much of something is there, as the part that is and the part that is not, in cells."""
    eighths = min(8 * width * received // expected, 8 * width) if expected > 0 else 0
    full, rest = divmod(eighths, 8)
    done = "█" * full + (_EIGHTHS[rest] if rest else "")
    return done, "░" * (width - len(done))


def bytes_words(job: QueuedJob) -> str:
    """Write the bytes of a job so far and how many there will be, as far as they are known."""
    if job.received_bytes is None:
        return ""
    if not job.expected_bytes:
        return human_bytes(job.received_bytes)
    # Rounded down: what is not whole is not 100 %.
    percent = min(100 * job.received_bytes // job.expected_bytes, 100)
    return f"{human_bytes(job.received_bytes)} of {human_bytes(job.expected_bytes)} {percent:3}%"


def moment_words(when: datetime | None, now: datetime) -> str:
    """Write a time of the local time zone, with its date where it is not today's."""
    if when is None:
        return ""
    local, today = when.astimezone(), now.astimezone()
    if local.date() == today.date():
        return local.strftime("%H:%M:%S")
    return local.strftime("%m-%d %H:%M" if abs(local - today) < _HALF_A_YEAR else "%Y-%m-%d")


def about_words(job: QueuedJob) -> str:
    """Tell what a job is about: the type of the media, the author of its post, the post's words."""
    if job.media_id is None or job.media_type is None:
        return "a media that is gone"
    parts: list[str] = [job.media_type]
    if job.author_name or job.author_username:
        parts.append(author(job))
    if text := line(job.text_content, 200):
        parts.append(text)
    return "  ".join(parts)


def why_words(job: QueuedJob) -> str:
    """Tell why a job failed: its outcome in words, and the reason."""
    outcome = OUTCOMES[job.outcome] if job.outcome and job.outcome != "ok" else ""
    reason = line(job.error)
    if outcome and reason:
        return f"{outcome}: {reason}"
    return outcome or reason or "no reason was given"


def state_words(job: QueuedJob, now: datetime) -> str:
    """Tell in a line how a job stands."""
    if job.status == "doing":
        stands = "stopping" if job.abort_requested else f"running since {moment_words(job.started_at, now)}"
        progress = bytes_words(job)
        return f"{stands}, {progress}" if progress else stands
    if job.status == "failed":
        return f"failed {moment_words(job.ended_at, now)} after {_tries(job)}"
    if job.scheduled_at is not None and job.attempts:
        return f"tried again at {moment_words(job.scheduled_at, now)}, after {_tries(job)}"
    return f"waiting since {moment_words(job.created_at, now)}"


def _tries(job: QueuedJob) -> str:
    return "1 try" if job.attempts == 1 else f"{job.attempts} tries"


def source_words(job: QueuedJob) -> str:
    """Name the host that a media comes from."""
    try:
        return line(urlsplit(job.media_url or "").hostname, 100)
    except ValueError:
        return ""
