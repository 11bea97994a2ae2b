"""Media and the unique bytes behind them: reading their rows, and recording what became of the bytes."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Literal

from social_tui.errors import NotFoundError
from social_tui.models import (
    BlobRow,
    CapturedFile,
    DownloadStatus,
    EventRow,
    MediaRow,
    MediaType,
    Outcome,
    Proof,
)
from social_tui.store.downloads import claim_downloads
from social_tui.store.gateway import Gateway
from social_tui.store.paging import MAX_ROWS

FinishResult = Literal["ok", "stale", "incident"]
Verification = Literal["ok", "missing", "damaged"]


def get_media(gateway: Gateway, media_id: str) -> MediaRow:
    """Return one media.

    Raises:
        NotFoundError: If there is none with this id.
    """
    rows = gateway.call("get_media", p_media_id=media_id)
    if not rows:
        raise NotFoundError(f"There is no media {media_id!r}.")
    return MediaRow.model_validate(rows[0])


def list_media(
    gateway: Gateway,
    *,
    post_id: str | None = None,
    status: DownloadStatus | None = None,
    media_type: MediaType | None = None,
    after: str | None = None,
    limit: int = MAX_ROWS,
) -> list[MediaRow]:
    """List media, a page at a time.

    Args:
        gateway: The way to the database.
        post_id: Only the media of this post, in the post's order; else all, by id.
        status: Only media in this state.
        media_type: Only media of this type.
        after: The id of the last media of the page before.
        limit: At most so many, never more than 500.

    Returns:
        The page; a shorter one than the limit is the last.
    """
    rows = gateway.call(
        "list_media",
        p_post_id=post_id,
        p_status=status,
        p_media_type=media_type,
        p_after=after,
        p_limit=limit,
    )
    return [MediaRow.model_validate(row) for row in rows]


def iterate_media(
    gateway: Gateway,
    *,
    post_id: str | None = None,
    status: DownloadStatus | None = None,
    media_type: MediaType | None = None,
) -> Iterator[MediaRow]:
    """Yield all media that ``list_media`` would page through."""
    after: str | None = None
    while True:
        page = list_media(gateway, post_id=post_id, status=status, media_type=media_type, after=after)
        yield from page
        if len(page) < MAX_ROWS:
            return
        after = page[-1].media_id


def claim_download(gateway: Gateway, media_id: str, claim: str, *, actor: str = "worker") -> MediaRow | None:
    """Take a media for downloading; an earlier claim on it becomes stale.

    Args:
        gateway: The way to the database.
        media_id: The media.
        claim: A word that no other attempt uses.
        actor: Who downloads.

    Returns:
        The row, now ``downloading``; None when the media is gone or its bytes are there already.
    """
    rows = claim_downloads(gateway, [media_id], claim, actor=actor)
    return rows[0] if rows else None


def finish_download(
    gateway: Gateway, media_id: str, claim: str, file: CapturedFile, *, actor: str
) -> FinishResult:
    """Record that the bytes of a media are durably in the cache.

    Other media of the same source that wait for their bytes get them too.

    Args:
        gateway: The way to the database.
        media_id: The media.
        claim: The claim that the download runs under.
        file: The file, already under its final name.
        actor: Who downloaded.

    Returns:
        ``ok``; ``stale`` when another attempt has taken over and nothing was written; ``incident``
        when other bytes with the same MD5 are held: the media is ready, and both are kept apart.
    """
    rows = gateway.call(
        "finish_download",
        p_media_id=media_id,
        p_claim=claim,
        p_file=file.model_dump(mode="json"),
        p_actor=actor,
    )
    result: FinishResult = rows[0]["result"]
    return result


def fail_download(
    gateway: Gateway, media_id: str, claim: str, *, outcome: Outcome, error: str, actor: str
) -> bool:
    """Record why a download ended without bytes.

    Args:
        gateway: The way to the database.
        media_id: The media.
        claim: The claim that the download runs under.
        outcome: Why, in one word; not ``ok``.
        error: Why, in a redacted sentence.
        actor: Who tried.

    Returns:
        False when another attempt has taken over and nothing was written.
    """
    rows = gateway.call(
        "fail_download",
        p_media_id=media_id,
        p_claim=claim,
        p_outcome=outcome,
        p_error=error,
        p_actor=actor,
    )
    return bool(rows[0]["applied"])


def release_download(gateway: Gateway, media_id: str, claim: str, *, actor: str = "worker") -> bool:
    """Give a claimed media back as ``pending``, because the work was stopped.

    Returns:
        False when another attempt has taken over and nothing was written.
    """
    rows = gateway.call("release_download", p_media_id=media_id, p_claim=claim, p_actor=actor)
    return bool(rows[0]["applied"])


def list_blobs(gateway: Gateway, *, after: str | None = None, limit: int = MAX_ROWS) -> list[BlobRow]:
    """List blobs by SHA-256, a page at a time.

    Args:
        gateway: The way to the database.
        after: The SHA-256 of the last blob of the page before.
        limit: At most so many, never more than 500.
    """
    rows = gateway.call("list_blobs", p_after=after, p_limit=limit)
    return [BlobRow.model_validate(row) for row in rows]


def iterate_blobs(gateway: Gateway) -> Iterator[BlobRow]:
    """Yield all blobs, by SHA-256."""
    after: str | None = None
    while True:
        page = list_blobs(gateway, after=after)
        yield from page
        if len(page) < MAX_ROWS:
            return
        after = page[-1].sha256


def blob_for_media(gateway: Gateway, media_id: str) -> BlobRow | None:
    """Return the bytes behind a media; None when none were ever had."""
    rows = gateway.call("blob_for_media", p_media_id=media_id)
    return BlobRow.model_validate(rows[0]) if rows else None


def record_verification(gateway: Gateway, sha256: str, *, result: Verification, actor: str) -> int:
    """Record what hashing a cached file found.

    Args:
        gateway: The way to the database.
        sha256: The blob.
        result: ``ok`` dates the proof. ``missing`` and ``damaged`` take the file away from its media:
            they are ``pending`` again, to be had from the archive or from their source, or
            ``failed`` (``deleted``) when neither is known.
        actor: Who verified.

    Returns:
        How many media changed their state.
    """
    rows = gateway.call("record_verification", p_sha256=sha256, p_result=result, p_actor=actor)
    return int(rows[0]["changed"])


def record_phash(gateway: Gateway, sha256: str, phash: int) -> None:
    """Keep what some bytes look like, unless that is known already or the caller may only read.

    Args:
        gateway: The way to the database.
        sha256: The bytes.
        phash: 64 bits as a signed number.
    """
    gateway.call("record_phash", p_sha256=sha256, p_phash=phash)


def record_archived(gateway: Gateway, sha256: str, *, archive_url: str, proof: Proof, actor: str) -> None:
    """Record that the archive holds a blob, checked.

    Args:
        gateway: The way to the database.
        sha256: The blob.
        archive_url: Where, as ``s3://bucket/key`` or ``local:path``.
        proof: ``archived`` (a checksum was compared) or ``read_back`` (the bytes were); a better
            proof of the same place is never lowered.
        actor: Who archived.

    Raises:
        NotFoundError: If there is no such blob.
    """
    gateway.call("record_archived", p_sha256=sha256, p_archive_url=archive_url, p_proof=proof, p_actor=actor)


def record_event(
    gateway: Gateway, media_id: str, event: str, *, actor: str, details: dict[str, Any] | None = None
) -> None:
    """Append to the audit log something that changed no row.

    Args:
        gateway: The way to the database.
        media_id: The media.
        event: What happened. ``media_accessed`` with ``details.source`` (``cache``, ``archive`` or
            ``origin``) feeds the cache hit rate; ``archive_failed`` and ``verify_failed`` with
            ``details.error`` explain failed jobs.
        actor: Who did it.
        details: JSON values without secrets, signatures or personal data.

    Raises:
        NotFoundError: If there is no such media.
    """
    gateway.call(
        "record_event",
        p_media_id=media_id,
        p_event=event,
        p_actor=actor,
        p_details=details or {},
    )


def list_events(
    gateway: Gateway, media_id: str, *, after: int | None = None, limit: int = MAX_ROWS
) -> list[EventRow]:
    """List what happened to one media, oldest first.

    Args:
        gateway: The way to the database.
        media_id: The media; events of media that are gone are still there.
        after: The id of the last event of the page before.
        limit: At most so many, never more than 500.
    """
    rows = gateway.call("list_events", p_media_id=media_id, p_after=after, p_limit=limit)
    return [EventRow.model_validate(row) for row in rows]
