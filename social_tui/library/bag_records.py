"""What a bag of evidence says of posts, media, events and analyses: plain values for JSON lines."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlsplit, urlunsplit

from social_tui.media_cache.links import source_identity
from social_tui.models import EventRow, MediaRow, PostDetail
from social_tui.text import MASK, redact, web_address

# What brings bytes to a media, so that the last of them says when they were captured.
_CAPTURES = frozenset({"media_downloaded", "media_shared", "media_taken_in"})
_SIGNING_NAMES = frozenset({"sig", "hmac", "auth", "key", "policy", "code"})
_MOST_SHOWN = 50
# What people did with a post in this library is no evidence of it.
_PERSONAL = frozenset({"is_read", "is_marked", "key", "media", "url"})
_OF_THE_BLOB = {"media_url", "local_file_path", "file_size", "url_expires_at", "metadata"}


@dataclass(slots=True)
class Told:
    """What the audit log tells of one media.

    Args:
        total: How many events there are.
        newest: The last of them, oldest first; not more than are shown.
        capture: The last event that brought it bytes.
    """

    total: int = 0
    newest: list[EventRow] = field(default_factory=list)
    capture: EventRow | None = None

    def add(self, event: EventRow) -> None:
        """Take in the next event."""
        self.total += 1
        self.newest = [*self.newest[1 - _MOST_SHOWN :], event]
        if event.event in _CAPTURES:
            self.capture = event


@dataclass(frozen=True, slots=True)
class Held:
    """What became of the bytes of a media on their way into a bag.

    Args:
        file: Where they are in the bag, from its root; None when they are not in it.
        word: Why not, in one word: why they were never had (``pending``, ``downloading`` or an outcome),
            ``gone`` when nobody has them whole any more, ``unreachable`` when who may have them did not
            give them.
        why: The same in a sentence.
    """

    file: str | None = None
    word: str | None = None
    why: str | None = None

    @property
    def is_lost(self) -> bool:
        """Whether bytes are missing that the library once had."""
        return self.word in ("gone", "unreachable")


def unsigned(url: str) -> str:
    """Take out of a link what only lets its bearer in: user, signature, expiry, tokens.

    Args:
        url: Any string.

    Returns:
        The link with what names the media; anything else freed of what looks like a secret.
    """
    if web_address(url) is None:
        return redact(url)
    parts = urlsplit(source_identity(url))
    pairs = [_unsigned_pair(pair) for pair in parts.query.split("&") if pair]
    return urlunsplit(parts._replace(query="&".join(pairs)))


def _unsigned_pair(pair: str) -> str:
    name = pair.partition("=")[0]
    return f"{name}={MASK}" if name.lower() in _SIGNING_NAMES else redact(pair)


def without_signatures(value: Any) -> Any:
    """Return a JSON value in which every text that is a link is :func:`unsigned`."""
    if isinstance(value, str):
        return unsigned(value) if re.match(r"https?://", value) else value
    if isinstance(value, dict):
        return {name: without_signatures(item) for name, item in value.items()}
    return [without_signatures(item) for item in value] if isinstance(value, list) else value


def post_record(post: PostDetail, imports: Iterable[Mapping[str, Any]]) -> dict[str, Any]:
    """Say what is known of a post.

    Args:
        post: The post.
        imports: What told of it, as the store gives it.

    Returns:
        Its columns; ``posted_at`` in ISO 8601; ``media`` as ids; ``imports`` with the names of the files,
        without their folders; ``raw_json`` as it came, byte for byte, signatures too.
    """
    record = post.model_dump(mode="json", exclude=set(_PERSONAL))
    raw = record.pop("raw_json")
    return {
        **record,
        "url": None if post.url is None else unsigned(post.url),
        "links": without_signatures(record["links"]),
        "posted_at": published(post.posted_at_timestamp),
        "imports": [_import_record(each) for each in imports],
        "media": [row.media_id for row in post.media],
        "raw_json": raw,
    }


def _import_record(row: Mapping[str, Any]) -> dict[str, Any]:
    record = dict(row)
    path = record.pop("source_file_path")
    # Folders tell who works where, and nothing of the post.
    return {**record, "source_file": None if path is None else re.split(r"[/\\]", path)[-1]}


def media_record(row: MediaRow, held: Held, told: Told) -> dict[str, Any]:
    """Say what is known of a media.

    Args:
        row: The media.
        held: What became of its bytes.
        told: What the audit log tells of it.

    Returns:
        Its columns; ``file`` in the bag, or ``absent`` with the word and the sentence why not; ``source``
        without signatures; ``captured_at``, ``declared_mime_type`` and ``plain_http`` of the last capture.
    """
    capture = told.capture
    details = capture.details if capture is not None else {}
    return {
        **row.model_dump(mode="json", exclude=_OF_THE_BLOB),
        "file": held.file,
        "absent": None if held.file is not None else {"word": held.word, "why": held.why},
        "source": None if row.media_url is None else unsigned(row.media_url),
        "source_expires_at": iso(row.url_expires_at),
        "captured_at": iso(capture.at if capture is not None else None),
        "captured_by": None if capture is None else capture.event,
        "declared_mime_type": details.get("declared_mime_type"),
        "plain_http": details.get("plain_http"),
        "byte_size": row.file_size,
        "metadata": without_signatures(row.metadata),
    }


def event_record(event: EventRow) -> dict[str, Any]:
    """Say what happened, as the audit log has it."""
    return {**event.model_dump(mode="json"), "details": without_signatures(event.details)}


def iso(moment: datetime | None) -> str | None:
    """Write a moment in UTC as ISO 8601."""
    return None if moment is None else moment.astimezone(UTC).isoformat().replace("+00:00", "Z")


def published(timestamp: int | None) -> str | None:
    """Write milliseconds since 1970 as ISO 8601; None where no calendar has that moment."""
    try:
        return None if timestamp is None else iso(datetime.fromtimestamp(timestamp / 1000, UTC))
    except (OverflowError, ValueError, OSError):
        return None
