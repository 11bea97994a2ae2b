"""How rows are told to people: signs, words and times, all free of Textual."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final, Protocol

from social_tui.text import human_bytes, human_duration
from social_tui.tui.cells import line

if TYPE_CHECKING:
    from social_tui.models import (
        AnalysisStatus,
        JobKind,
        MediaRow,
        Outcome,
        PostChange,
        PostSummary,
        Requested,
    )
    from social_tui.store.fixity import Method, ProofRow
    from social_tui.store.gallery import SimilarRow
    from social_tui.store.queues import QueueRow

Sign = tuple[str, str]
"""A character to show and the component style to show it in."""

OUTCOMES: Final[dict[Outcome, str]] = {
    "ok": "captured",
    "expired": "the link had expired",
    "deleted": "the source says that it is gone",
    "auth": "the source wants a login",
    "rate_limited": "the source asked to slow down",
    "blocked": "refused: the address is not public",
    "too_large": "larger than the limit",
    "not_media": "what came was no media file",
    "network": "the source could not be reached",
}
ANALYSES: Final[dict[AnalysisStatus, str]] = {
    "not_started": "not analysed",
    "started": "being analysed",
    "completed": "analysed",
    "failed": "analysis failed",
}
KIND_NAMES: Final[dict[JobKind, str]] = {
    "download": "download",
    "verify": "verify",
    "archive": "archive",
    "analyze": "analyse",
}
LEGEND: Final[tuple[tuple[Sign, str], ...]] = (
    (("★", "accent"), "the post is marked"),
    (("●", "success"), "captured: the bytes are on disk and hash right"),
    (("◐", "warning"), "some media captured, or a download is running"),
    (("○", "muted"), "not captured yet"),
    (("✗", "error"), "a download failed; the media says why"),
    (("▲", "success"), "archived: the bytes were checked in the archive"),
    (("△", "warning"), "some media archived"),
    (("◆", "info"), "analysed"),
    (("◇", "warning"), "some media analysed, or an analysis is running"),
    (("·", "muted"), "nothing to capture"),
)
_PROVEN: Final[dict[Method, str]] = {
    "local_hash": "hashed",
    "server_checksum": "checksum checked",
    "read_back": "read back and hashed",
}
_NOTHING: Final[Sign] = (" ", "muted")
_NO_JOBS: Final = (0, 0, 0)


def post_signs(post: PostSummary) -> tuple[Sign, Sign, Sign, Sign]:
    """Return the signs of a post: marked, captured, archived, analysed."""
    mark = ("★", "accent") if post.is_marked else _NOTHING
    if post.media_total == 0:
        return mark, ("·", "muted"), _NOTHING, _NOTHING
    if post.media_failed:
        captured = ("✗", "error")
    else:
        captured = _share(post.media_ready, post.media_total, "●◐○", "success")
    return (
        mark,
        captured,
        _share(post.media_archived, post.media_total, "▲△ ", "success"),
        _share(post.media_analyzed, post.media_total, "◆◇ ", "info"),
    )


def _share(part: int, whole: int, signs: str, style: str) -> Sign:
    if part >= whole:
        return signs[0], style
    return (signs[1], "warning") if part else (signs[2], "muted")


def media_signs(media: MediaRow) -> tuple[Sign, Sign, Sign]:
    """Return the signs of a media: captured, archived, analysed."""
    captured = {
        "pending": ("○", "muted"),
        "downloading": ("◐", "warning"),
        "ready": ("●", "success"),
        "failed": ("✗", "error"),
    }[media.download_status]
    analysed = {
        "not_started": _NOTHING,
        "started": ("◇", "warning"),
        "completed": ("◆", "info"),
        "failed": ("!", "error"),
    }[media.ai_analysis_status]
    return captured, ("▲", "success") if is_archived(media) else _NOTHING, analysed


def is_archived(media: MediaRow) -> bool:
    """Tell whether the bytes were checked in the archive."""
    return media.proof in ("archived", "read_back")


def media_counts(post: PostSummary) -> str:
    """Write how many of a post's media are captured, and how many failed: ``3/4``, ``3/4 ✗1``."""
    if not post.media_total:
        return ""
    failed = f" ✗{post.media_failed}" if post.media_failed else ""
    return f"{post.media_ready}/{post.media_total}{failed}"


def short_count(count: int | None) -> str:
    """Write a number in at most four cells: ``987``, ``12k``, ``3.4M``; empty for None."""
    if count is None:
        return ""
    for divisor, unit in ((10**9, "G"), (10**6, "M"), (10**3, "k")):
        share = count / divisor
        # 999,600 is 1.0M, because 1000k would take a cell more.
        if share >= 0.9995:
            return f"{share:.1f}{unit}" if share < 9.95 else f"{round(share)}{unit}"
    return str(count)


def post_date(timestamp: int | None, *, with_time: bool = False) -> str:
    """Write a post's time, in milliseconds since the epoch, in the local time zone."""
    if timestamp is None:
        return "no date"
    try:
        when = datetime.fromtimestamp(timestamp / 1000, UTC).astimezone()
    except (OverflowError, OSError, ValueError):
        return "no date"
    return when.strftime("%Y-%m-%d %H:%M" if with_time else "%Y-%m-%d")


class Authored(Protocol):
    """A row that says who wrote a post."""

    @property
    def author_name(self) -> str | None:
        """The name as people write it."""

    @property
    def author_username(self) -> str | None:
        """The name of the account."""


def author(post: Authored) -> str:
    """Return the best name of a post's author as one safe line."""
    return line(post.author_name or post.author_username, 80) or "unknown author"


def moment(when: datetime | None) -> str:
    """Write a time in the local time zone, to the second."""
    return when.astimezone().strftime("%Y-%m-%d %H:%M:%S") if when else "never"


def minute(when: datetime | None) -> str:
    """Write a time in the local time zone, to the minute."""
    return moment(when).rpartition(":")[0] if when else "never"


def capture_words(media: MediaRow) -> str:
    """Tell whether a media was captured, and if not, why not."""
    if media.download_status == "ready":
        return "captured"
    if media.download_status == "downloading":
        return "downloading"
    if media.download_status == "pending":
        if media.outcome == "ok":
            return "in the archive alone"
        return "not captured yet" if media.media_url else "has no link"
    outcome = OUTCOMES[media.outcome] if media.outcome else "failed"
    return f"{outcome} ({media.outcome})" if media.outcome else outcome


def no_picture_words(media: MediaRow | None) -> str:
    """Tell why a media has no picture; empty when it may have one."""
    if media is None:
        return ""
    return "" if media.download_status == "ready" else capture_words(media)


def proof_words(media: MediaRow) -> str:
    """Tell how well the copy is known, with the date of the proof."""
    if media.proof == "archived":
        return f"archived, checksum checked {minute(media.archived_at)}"
    if media.proof == "read_back":
        return f"archived, read back and hashed {minute(media.verified_at or media.archived_at)}"
    if media.proof == "cached":
        return f"in the cache only, hashed {minute(media.verified_at)}"
    return "no copy"


def proof_line(proof: ProofRow) -> str:
    """Tell what proves one copy, when that was last found right, and by whom."""
    who = f", by {line(proof.proved_by, 30)}" if proof.proved_by else ""
    return f"{_PROVEN[proof.method]} {minute(proof.proved_at)}{who}"


def expiry_words(expires_at: datetime | None, now: datetime) -> str:
    """Tell how long a link has to live."""
    if expires_at is None:
        return "no end is known"
    left = (expires_at - now).total_seconds()
    if left < 0:
        return f"died {human_duration(-left)} ago"
    return f"dies in {human_duration(left)}"


def similar_words(rows: Sequence[SimilarRow]) -> str:
    """Tell in how many other posts the same picture is, or one like it."""
    same = next((row.total for row in rows if row.is_same), 0)
    alike = next((row.total for row in rows if not row.is_same), 0)
    parts = [f"Same picture in {_posts(same)}"] if same else []
    if alike:
        parts.append(f"{'similar' if parts else 'Similar'} in {_posts(alike)}")
    return ", ".join(parts) or "In no other post"


def _posts(count: int) -> str:
    return "1 other post" if count == 1 else f"{count:,} other posts"


def size_words(media: MediaRow) -> str:
    """Write size, dimensions and duration, as far as they are known."""
    parts = []
    if media.file_size is not None:
        parts.append(human_bytes(media.file_size))
    if media.width and media.height:
        parts.append(f"{media.width} × {media.height}")
    if media.duration_ms:
        parts.append(human_duration(media.duration_ms / 1000))
    return "  ".join(parts)


def dollars(microdollars: int) -> str:
    """Write an amount of money, given in millionths of a dollar: ``$12.35``; small ones as ``$0.0042``."""
    amount = microdollars / 1_000_000
    return f"${amount:,.2f}" if amount >= 1 or not microdollars else f"${amount:.4f}"


def analysis_fields(media: MediaRow) -> list[tuple[str, str]]:
    """Return what an analysis says as names and safe texts; the description comes first.

    The text is an answer of a model or of an older version: whatever it is, it is shown as text.
    """
    if not media.ai_analysis:
        return []
    try:
        parsed = json.loads(media.ai_analysis)
    except (ValueError, RecursionError):
        parsed = None
    if not isinstance(parsed, dict):
        return [("description", line(media.ai_analysis, 2000))]
    fields = [(line(str(name), 40).replace("_", " "), _value_words(value)) for name, value in parsed.items()]
    shown = [(name, value) for name, value in fields if value]
    return sorted(shown, key=lambda field: field[0] != "description")


def analysis_origin(media: MediaRow) -> str:
    """Tell which model answered, with what that took: tokens, money and time, as the row's log has it."""
    done = [entry for entry in media.ai_analysis_log or () if entry.get("event") == "ai_analysis_completed"]
    if not done or media.ai_analysis_status != "completed":
        return ""
    details = done[-1].get("details")
    taken = details if isinstance(details, dict) else {}
    tokens, cost, spent = (
        value if isinstance(value := taken.get(name), int | float) else 0
        for name in ("tokens_used", "cost_microdollars", "analysis_time_ms")
    )
    parts = [
        line(str(done[-1].get("model") or ""), 80),
        f"{tokens:,} tokens" if tokens else "",
        dollars(int(cost)) if cost else "",
        f"{spent / 1000:.1f} s" if spent else "",
    ]
    return ", ".join(filter(None, parts))


def _value_words(value: object) -> str:
    if value is None or value is False or value == "":
        return ""
    if value is True:
        return "yes"
    if isinstance(value, dict):
        inner = ((line(str(name), 40).replace("_", " "), _value_words(item)) for name, item in value.items())
        return ", ".join(name if item == "yes" else f"{name} {item}" for name, item in inner if item)
    if isinstance(value, list):
        return ", ".join(filter(None, map(_value_words, value)))
    return line(str(value), 2000)


def analysis_words(media: MediaRow) -> str:
    """Tell what became of the analysis."""
    return ANALYSES[media.ai_analysis_status]


def requested_words(kind: JobKind, result: Requested) -> str:
    """Write what became of a request for work."""
    parts = [f"{result.requested} queued"] if result.requested else []
    parts += [f"{result.already_queued} queued already"] if result.already_queued else []
    parts += [f"{result.not_eligible} not in need of it"] if result.not_eligible else []
    return f"{KIND_NAMES[kind].capitalize()}: {', '.join(parts) or 'nothing to do'}."


class JobFigures:
    """The live figures of the queue, by kind.

    Args:
        queues: What is in the queue of each kind.
    """

    def __init__(self, queues: Sequence[QueueRow] = ()) -> None:
        self._counts = {row.kind: (row.waiting + row.later, row.running, row.failed) for row in queues}
        self.paused = frozenset(row.kind for row in queues if row.paused_at is not None)

    def waiting(self, kind: JobKind) -> int:
        """Return how many jobs of a kind wait, also for a later time."""
        return self._counts.get(kind, _NO_JOBS)[0]

    def running(self, kind: JobKind) -> int:
        """Return how many jobs of a kind run."""
        return self._counts.get(kind, _NO_JOBS)[1]

    def failed(self, kind: JobKind) -> int:
        """Return how many jobs of a kind failed."""
        return self._counts.get(kind, _NO_JOBS)[2]

    @property
    def all_waiting(self) -> int:
        """How many jobs wait."""
        return sum(map(self.waiting, KIND_NAMES))

    @property
    def all_running(self) -> int:
        """How many jobs run."""
        return sum(map(self.running, KIND_NAMES))

    @property
    def all_open(self) -> int:
        """How many jobs wait or run."""
        return self.all_waiting + self.all_running

    @property
    def all_failed(self) -> int:
        """How many jobs failed."""
        return sum(map(self.failed, KIND_NAMES))

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, JobFigures):
            return False
        return (self._counts, self.paused) == (other._counts, other.paused)

    __hash__ = None  # type: ignore[assignment]


def posts_words(count: int) -> str:
    """Write how many posts: ``1 post``, ``1,234 posts``."""
    return f"{count:,} {'post' if count == 1 else 'posts'}"


def restored_words(queued: int, damaged: Sequence[str]) -> str:
    """Write what became of files in quarantine."""
    parts = [f"{queued:,} taken out of quarantine"] if queued else []
    if damaged:
        parts.append(f"still damaged in the cache's quarantine: {line(', '.join(damaged), 160)}")
    return f"{'; '.join(parts)}." if parts else "Nothing of it is in quarantine."


def changed_words(change: PostChange, count: int, tag: str | None) -> str:
    """Write what became of a change of marks or tags."""
    if not count:
        return "Nothing changed: it was so already."
    done = {
        "mark": "marked",
        "unmark": "no longer marked",
        "tag": f"tagged “{line(tag, 40)}”",
        "untag": f"no longer tagged “{line(tag, 40)}”",
        "read": "read",
        "unread": "unread",
    }[change]
    return f"{posts_words(count)} {done}."
