"""Capture: bring the bytes behind one media into the cache, and have its row say what became of it."""

from __future__ import annotations

from collections.abc import Callable

from social_tui.errors import SocialTuiError
from social_tui.library.evicting import relieve
from social_tui.library.reading import hold_again
from social_tui.library.session import Library
from social_tui.log import bind_correlation, get_logger
from social_tui.media_cache.captured import Received, complete
from social_tui.media_cache.failures import FetchError, HostPausedError
from social_tui.models import CapturedFile, MediaRow
from social_tui.store import media as media_store

log = get_logger(__name__)

Progress = Callable[[int, int | None], None]


def never() -> bool:
    """Say that nobody asked to stop."""
    return False


def unheard(received: int, total: int | None) -> None:
    """Tell nobody about progress."""


def capture(
    library: Library,
    media_id: str,
    *,
    claim: str,
    should_stop: Callable[[], bool] = never,
    on_progress: Progress = unheard,
) -> MediaRow | None:
    """Get the bytes of one media, from the cache or the archive if they were held before, else its source.

    Args:
        library: The open library.
        media_id: The media.
        claim: A word that no other attempt uses: with it, a late worker cannot overwrite a newer one.
        should_stop: Asked often; True stops the download and gives the media back as pending.
        on_progress: Told how many bytes came, of how many, if that is known.

    Returns:
        The row as it is then; None when there was nothing to do, or another attempt has taken over.

    Raises:
        FetchError: Why there are no bytes, in one word; the row says the same. One whose host asked to be
            left alone was not tried, and is pending again.
        ArchiveError: If the archive has the bytes and is out of reach; the media is pending again.
        StorageError: If the disk refuses; the media is pending again.
        CancelledError: If ``should_stop`` said so; the media is pending again.
    """
    row = media_store.claim_download(library.gateway, media_id, claim, actor=library.actor)
    if row is None:
        return None
    with bind_correlation(media_id):
        try:
            came = bring(library, row, should_stop=should_stop, on_progress=on_progress)
            [file] = complete([came], library.cache)
            result = media_store.finish_download(library.gateway, media_id, claim, file, actor=library.actor)
        except FetchError as error:
            if isinstance(error, HostPausedError):
                _release(library, media_id, claim)
            else:
                _fail(library, row, claim, error)
            raise
        except BaseException:
            _release(library, media_id, claim)
            raise
        log.info(
            "media_downloaded",
            result=result,
            sha256=file.sha256,
            byte_size=file.byte_size,
            plain_http=file.plain_http,
        )
        relieve(library)
    return media_store.get_media(library.gateway, media_id) if result != "stale" else None


def bring(
    library: Library,
    row: MediaRow,
    *,
    should_stop: Callable[[], bool] = never,
    on_progress: Progress = unheard,
) -> Received | CapturedFile:
    """Have the bytes of a claimed media; to complete them and settle its row is for the caller.

    Args:
        library: The open library.
        row: The media, as it was claimed.
        should_stop: Asked often; True stops the download.
        on_progress: Told how many bytes came, of how many, if that is known.

    Raises:
        FetchError: Why there are none, in one word.
        ArchiveError: If the archive has the bytes and is out of reach.
        StorageError: If the disk refuses.
        CancelledError: If ``should_stop`` said so.
    """
    log.debug("download_started", attempt=row.attempts)
    try:
        return hold_again(library, row) or _fetch(library, row, should_stop, on_progress)
    except FetchError as error:
        log.warning("download_failed", outcome=error.outcome, reason=error.reason, retryable=error.retryable)
        raise


def abandon(library: Library, media_id: str, *, claim: str) -> None:
    """Give a media whose download nobody finishes any more back as pending.

    Args:
        library: The open library.
        media_id: The media.
        claim: A word that no other attempt uses.
    """
    if media_store.claim_download(library.gateway, media_id, claim, actor=library.actor) is not None:
        media_store.release_download(library.gateway, media_id, claim, actor=library.actor)


def _fetch(
    library: Library, row: MediaRow, should_stop: Callable[[], bool], on_progress: Progress
) -> Received:
    if row.media_url is None:
        raise FetchError("auth", "The export names it without a link.")
    return library.fetcher.receive(
        row.media_url, row.media_type, library.cache, should_stop=should_stop, on_progress=on_progress
    )


def _fail(library: Library, row: MediaRow, claim: str, error: FetchError) -> None:
    media_store.fail_download(
        library.gateway,
        row.media_id,
        claim,
        outcome=error.outcome,
        error=error.reason,
        actor=library.actor,
    )


def _release(library: Library, media_id: str, claim: str) -> None:
    try:
        media_store.release_download(library.gateway, media_id, claim, actor=library.actor)
    except SocialTuiError as error:
        # The next attempt takes the claim over anyway; what stopped this one matters more.
        log.warning("release_failed", error=str(error))
