"""What may leave the cache, what left it, what came back, and what stays: the rows about it."""

from __future__ import annotations

from collections.abc import Sequence

from social_tui.models import Row
from social_tui.store.gateway import Gateway


class CachedBlob(Row):
    """Bytes that a file of the cache may have.

    Args:
        archive_url: Where the archive has them, if it does.
        local_file_path: The file that a media names, relative to the cache.
        kept_by: What keeps them in the cache: ``legal_hold``, ``not_archived``, ``pinned``, ``marked`` or
            ``downloading``; None when they may leave.
    """

    sha256: str
    md5_sum: str
    byte_size: int
    archive_url: str | None
    local_file_path: str | None
    kept_by: str | None


class HeldBytes(Row):
    """How many blobs are in one state, and their bytes.

    Args:
        state: ``evictable``, ``legal_hold``, ``kept`` (pinned, or of a marked post), ``not_archived``,
            ``archive_only`` or ``lost`` (neither in the cache nor archived).
        blobs: How many.
        byte_size: Their bytes together.
    """

    state: str
    blobs: int
    byte_size: int


def cached_blobs(gateway: Gateway, md5_sums: Sequence[str]) -> list[CachedBlob]:
    """Return the bytes with these MD5 sums, each with what keeps it in the cache."""
    rows = gateway.call("cached_blobs", p_md5_sums=list(md5_sums))
    return [CachedBlob.model_validate(row) for row in rows]


def evict_blob(gateway: Gateway, sha256: str, *, actor: str, reason: str = "room") -> bool:
    """Record that bytes leave the cache, before their file is removed.

    Args:
        gateway: The way to the database.
        sha256: The bytes.
        actor: Who removes them.
        reason: Why, for the audit log: ``room`` or ``retention``.

    Returns:
        False when they may not; then nothing was written.
    """
    return bool(gateway.call("evict_blob", p_sha256=sha256, p_actor=actor, p_reason=reason)[0]["is_evicted"])


def recall_blob(gateway: Gateway, sha256: str, *, local_file_path: str, source: str, actor: str) -> int:
    """Record that bytes are in the cache again, for all media that waited for them.

    Args:
        gateway: The way to the database.
        sha256: The bytes.
        local_file_path: Where, relative to the cache.
        source: ``cache`` or ``archive``.
        actor: Who had them.

    Returns:
        How many media changed their state.
    """
    rows = gateway.call(
        "recall_blob", p_sha256=sha256, p_local_file_path=local_file_path, p_source=source, p_actor=actor
    )
    return int(rows[0]["changed"])


def pin_media(gateway: Gateway, media_ids: Sequence[str], *, is_pinned: bool, actor: str) -> list[str]:
    """Keep the bytes of media in the cache whatever room is needed, or let them leave it again.

    Returns:
        The media that have bytes and are so now; others are left out.
    """
    rows = gateway.call("pin_media", p_media_ids=list(media_ids), p_is_pinned=is_pinned, p_actor=actor)
    return [row["media_id"] for row in rows]


def summarise_cache(gateway: Gateway) -> list[HeldBytes]:
    """Count the bytes of the library by what keeps them in the cache or has taken them out of it."""
    return [HeldBytes.model_validate(row) for row in gateway.call("cache_summary")]


def colliding_md5_sums(gateway: Gateway) -> frozenset[str]:
    """Return the MD5 sums that several bytes have, of which it does not tell which file is which."""
    return frozenset(row["md5_sum"] for row in gateway.call("colliding_md5_sums"))


def record_intact(gateway: Gateway, sha256: Sequence[str], *, actor: str) -> None:
    """Record of many files at once that they are whole."""
    gateway.call("record_intact", p_sha256=list(sha256), p_actor=actor)
