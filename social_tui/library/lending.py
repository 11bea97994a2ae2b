"""Lending the bytes of a media: from the cache, else the archive, else their source, verified each time."""

from __future__ import annotations

import contextlib
import secrets
from collections.abc import Iterator
from pathlib import Path

from social_tui.errors import ArchiveError, NotFoundError, StorageError
from social_tui.library.capturing import capture
from social_tui.library.evicting import relieve
from social_tui.library.places import require_media
from social_tui.library.reading import (
    FileState,
    archived_copy,
    cached_place,
    inspect,
    into_cache,
    record_access,
    require_blob,
)
from social_tui.library.session import Library
from social_tui.log import get_logger
from social_tui.media_cache.borrowed import borrowed_file, keep_borrowed
from social_tui.media_cache.fetcher import FetchError
from social_tui.media_cache.room import leased
from social_tui.models import BlobRow
from social_tui.store import cache as cache_store
from social_tui.store import media as media_store

log = get_logger(__name__)


@contextlib.contextmanager
def open_bytes(library: Library, media_id: str, *, purpose: str) -> Iterator[tuple[BlobRow, Path]]:
    """Lend a file with the verified bytes of a media, and write into the audit log that they were read.

    What the cache does not have whole comes back into it, once however many ask for it at a time. What is
    lent does not leave the cache.

    Args:
        library: The open library.
        media_id: A media that was downloaded.
        purpose: What for, in one word.

    Yields:
        The blob and a file with its bytes: the cached one; without a login to the database one that this
        machine borrowed from the archive and may let go of; where the library is only read, or its cache is
        not there, a copy from the archive that is gone afterwards.

    Raises:
        NotFoundError: If neither cache, archive nor source has the bytes.
        ArchiveError: If only the archive has them and does not give them, or is out of reach.
        StorageError: If the cache, or its disk, is not there, and the archive has none.
    """
    blob = require_blob(library, media_id)
    with contextlib.ExitStack() as lent:
        source = "cache"
        place, state = _lease(library, blob, lent)
        if place is None and not (library.has_login or library.settings.read_only):
            source, place = _borrow(library, blob, media_id, state, lent)
        elif place is None and _must_stay_away(library, blob, state):
            source, place = "archive", lent.enter_context(archived_copy(library, blob, media_id))
        elif place is None:
            with library.cache.locked(f"recall-{blob.sha256[:2]}"):
                # Whoever had the lock before may have brought them.
                blob = require_blob(library, media_id)
                place, state = _lease(library, blob, lent)
                if place is None:
                    source = _bring_back(library, blob, media_id, state)
                    blob = require_blob(library, media_id)
                    place, state = _lease(library, blob, lent)
        if place is None:
            raise _not_found(media_id, state)
        record_access(library, media_id, source, purpose)
        yield blob, place


def _lease(library: Library, blob: BlobRow, lent: contextlib.ExitStack) -> tuple[Path | None, FileState]:
    """Give the cached file, if it is whole, and keep it from leaving the cache; else only what is wrong."""
    return _lease_file(cached_place(library, blob), blob, lent)


def _lease_file(
    place: Path | None, blob: BlobRow, lent: contextlib.ExitStack
) -> tuple[Path | None, FileState]:
    if place is None:
        return None, "missing"
    state = inspect(place, blob.sha256)
    if state != "ok":
        return None, state
    try:
        return lent.enter_context(leased(place)), state
    except FileNotFoundError:
        return None, "missing"


def _borrow(
    library: Library, blob: BlobRow, media_id: str, state: FileState, lent: contextlib.ExitStack
) -> tuple[str, Path]:
    """Have bytes on this machine alone: the rows, which all machines share, are for workers."""
    cache = library.cache
    with cache.locked(f"recall-{blob.sha256[:2]}"):
        place, _ = _lease_file(borrowed_file(cache, blob.sha256), blob, lent)
        if place is None:
            # A worker on this machine may have them, whatever it wrote into the rows.
            place, _ = _lease_file(cache.find(blob.md5_sum, blob.sha256), blob, lent)
        if place is not None:
            return "cache", place
        if blob.archive_url is None:
            raise _not_found(media_id, state)
        with archived_copy(library, blob, media_id) as copy:
            place, state = _lease_file(keep_borrowed(cache, copy, blob.sha256), blob, lent)
    if place is None:
        raise _not_found(media_id, state)
    relieve(library)
    return "archive", place


def _must_stay_away(library: Library, blob: BlobRow, state: FileState) -> bool:
    """Tell whether the bytes must be lent without bringing them back into the cache.

    Raises:
        NotFoundError: If nothing else than the cache has them, and nothing may be changed.
        StorageError: If the cache is not there, and the archive has none.
    """
    if library.settings.read_only:
        if blob.archive_url is None:
            raise _not_found(blob.media_id, state)
        return True
    if blob.local_file_path is None or state != "missing":
        return False
    try:
        require_media(library)
    except StorageError:
        if blob.archive_url is None:
            raise
        return True
    return False


def _bring_back(library: Library, blob: BlobRow, media_id: str, state: FileState) -> str:
    """Have bytes in the cache again, and say where they came from."""
    try:
        return recall(library, blob, media_id, state)
    except (ArchiveError, NotFoundError) as fault:
        # An archive that is out of reach has the bytes all the same; a source may give others by now.
        if isinstance(fault, ArchiveError) and fault.is_out_of_reach:
            raise
        # Whoever looks only sees the row wait; only what is missing is fetched from strangers.
        if media_store.get_media(library.gateway, media_id).media_url is None:
            raise
        log.warning("not_recalled", media_id=media_id, error=str(fault))
        _give_up_file(library, blob, state)
        try:
            capture(library, media_id, claim=f"read-{secrets.token_hex(8)}")
        except FetchError as error:
            fault.message += f" Its source does not give it either: {error.reason}"
            raise fault from error
    return "origin"


def recall(library: Library, blob: BlobRow, media_id: str, state: FileState) -> str:
    """Have bytes in the cache again without asking their source, and say where they came from.

    Args:
        library: The open library.
        blob: The bytes.
        media_id: The media that they are wanted for.
        state: What is wrong with the cached file.

    Returns:
        ``cache`` when they lay there under another name or in quarantine, else ``archive``.

    Raises:
        NotFoundError: If neither has them.
        ArchiveError: If only the archive has them and does not give them.
        StorageError: If the disk refuses.
    """
    source = "cache"
    with contextlib.ExitStack() as lent:
        # Bytes that were missing may be back, as with a disk that was not mounted.
        place = library.cache.find(blob.md5_sum, blob.sha256)
        if place is None and blob.archive_url is not None:
            source, place = "archive", lent.enter_context(archived_copy(library, blob, media_id))
        if place is None:
            raise _not_found(media_id, state)
        file = into_cache(library, place, md5_sum=blob.md5_sum, sha256=blob.sha256)
    if file is None:
        raise _not_found(media_id, state)
    cache_store.recall_blob(
        library.gateway,
        blob.sha256,
        local_file_path=file.local_file_path,
        source=source,
        actor=library.actor,
    )
    log.info("media_recalled", media_id=media_id, sha256=blob.sha256, source=source)
    return source


def _give_up_file(library: Library, blob: BlobRow, state: FileState) -> None:
    """Write down that a file is not what its rows say, so that it is fetched again."""
    place = cached_place(library, blob)
    if place is None or state == "ok":
        return
    if state == "damaged":
        library.cache.quarantine_damaged(place, blob.sha256)
    media_store.record_verification(library.gateway, blob.sha256, result=state, actor=library.actor)


def _not_found(media_id: str, state: FileState) -> NotFoundError:
    return NotFoundError(
        f"The file of {media_id} is {state} in the cache and not archived.",
        hint="Run: social-tui media verify-cache --repair.",
    )
