"""What files say of how they were made: the rows about it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from social_tui.models import Row
from social_tui.store.gateway import Gateway


class UnreadBlob(Row):
    """Bytes in the cache that nobody looked into, with a media that has them."""

    sha256: str
    mime_type: str
    media_id: str


def blobs_without_marks(gateway: Gateway, *, again: bool) -> Iterator[UnreadBlob]:
    """Give the bytes in the cache that nobody looked into yet.

    Args:
        gateway: The way to the database.
        again: Whether those are given too that could not be looked into before, or whose C2PA manifest could
            not be read.
    """
    last: str | None = None
    while rows := gateway.call("blobs_without_marks", p_again=again, p_after=last):
        yield from map(UnreadBlob.model_validate, rows)
        last = rows[-1]["sha256"]


def record_marks(gateway: Gateway, sha256: str, marks: dict[str, Any], *, actor: str) -> None:
    """Keep what a file says of how it was made; that it says something is an event of its media."""
    gateway.call("record_marks", p_sha256=sha256, p_marks=marks, p_actor=actor)
