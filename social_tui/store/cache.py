"""What may leave the cache, what left it, what came back, and what stays: the rows about it."""

from __future__ import annotations

from collections.abc import Sequence

from social_tui.models import Row
from social_tui.store.gateway import Gateway


class EvictableBlob(Row):
    """Bytes that may leave the cache, as the archive holds them and nobody keeps them at hand."""

    sha256: str
    md5_sum: str
    byte_size: int
    archive_url: str
    local_file_path: str | None


class HeldBytes(Row):
    """How many blobs are in one state, and their bytes.

    Args:
        state: ``evictable``, ``kept`` (pinned, or of a marked post), ``not_archived``, ``archive_only`` or
            ``lost`` (neither in the cache nor archived).
        blobs: How many.
        byte_size: Their bytes together.
    """

    state: str
    blobs: int
    byte_size: int


def evictable_blobs(gateway: Gateway, md5_sums: Sequence[str]) -> list[EvictableBlob]:
    """Return those of the bytes with these MD5 sums that may leave the cache."""
    rows = gateway.call("evictable_blobs", p_md5_sums=list(md5_sums))
    return [EvictableBlob.model_validate(row) for row in rows]


def evict_blob(gateway: Gateway, sha256: str, *, actor: str) -> bool:
    """Record that bytes leave the cache, before their file is removed.

    Returns:
        False when they may not; then nothing was written.
    """
    return bool(gateway.call("evict_blob", p_sha256=sha256, p_actor=actor)[0]["is_evicted"])


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
