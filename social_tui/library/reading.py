"""Where the bytes of a media are: in the cache, or in the archive, checked on the way back into the cache."""

from __future__ import annotations

import contextlib
import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Literal

from social_tui.errors import ArchiveError, NotFoundError, StorageError
from social_tui.library.archive_links import fetch_archived
from social_tui.library.session import Library
from social_tui.log import get_logger
from social_tui.media_cache.captured import captured_file
from social_tui.media_cache.hashing import Digests, digest_file
from social_tui.media_cache.sniffing import HEAD_BYTES, sniff
from social_tui.models import BlobRow, CapturedFile, MediaRow
from social_tui.store import media as media_store

log = get_logger(__name__)

CHUNK_BYTES = 1 << 20
_OLDER_PATH = re.compile(
    r"(?:^|[/\\])(?P<folder>images|videos|documents|audio)[/\\](?P<name>(?P<md5>[0-9a-f]{32})\.\w{1,8})\Z"
)
FileState = Literal["ok", "missing", "damaged"]


def require_blob(library: Library, media_id: str) -> BlobRow:
    """Return the bytes that a media has or had.

    Raises:
        NotFoundError: If it never had any.
    """
    blob = media_store.blob_for_media(library.gateway, media_id)
    if blob is None:
        raise NotFoundError(f"The media {media_id} was not downloaded yet.", hint="Download it first.")
    return blob


def cached_place(library: Library, blob: BlobRow) -> Path | None:
    """Return where the cache should have a blob, whatever is there; None when it should have none.

    Raises:
        StorageError: If the row's path leads out of the cache.
    """
    if blob.local_file_path is None:
        return None
    folder, _, name = blob.local_file_path.rpartition("/")
    if name in ("", ".", "..") or "\0" in name:
        raise StorageError("A path in the database leads out of the cache, so it was not followed.")
    return library.cache.resolve(folder) / name


def inspect(path: Path, digest: str, *, algorithm: str = "sha256") -> FileState:
    """Hash a cached file.

    Args:
        path: Where it should be.
        digest: What it should hash to.
        algorithm: 'sha256' or 'md5'.

    Returns:
        ``missing`` when nothing is there, ``damaged`` when it is another file, a link or a folder.

    Raises:
        StorageError: If it cannot be read.
    """
    try:
        if path.is_symlink() or (path.exists() and not path.is_file()):
            return "damaged"
        return "ok" if digest_file(path, algorithm) == digest else "damaged"
    except FileNotFoundError:
        return "missing"
    except OSError as error:
        raise _unreadable(path, error) from error


def hold_again(library: Library, row: MediaRow) -> CapturedFile | None:
    """Find bytes that a media had before without asking their source, and have them in the cache.

    Args:
        library: The open library.
        row: A media that is being captured.

    Returns:
        The file in its place; None when neither cache nor archive has these bytes.

    Raises:
        ArchiveError: If the archive should have them and is out of reach.
        StorageError: If the disk refuses.
    """
    try:
        if row.sha256 is None:
            return _adopt(library, row)
        # Whatever the rows name: bytes that were missing may be back, as with a disk that was not mounted.
        place = library.cache.find(row.md5_sum or "", row.sha256)
        if place is not None:
            return _into_cache(library, row, place)
        blob = media_store.blob_for_media(library.gateway, row.media_id)
        if blob is None or blob.archive_url is None:
            return None
        with archived_copy(library, blob, row.media_id) as copy:
            return _into_cache(library, row, copy)
    except ArchiveError as error:
        if error.is_out_of_reach:
            raise
        log.warning("archive_unreadable", error=str(error))
        return None
    except StorageError as error:
        if error.stop_lane:
            raise
        log.warning("cache_unreadable", error=str(error))
        return None


@contextlib.contextmanager
def archived_copy(library: Library, blob: BlobRow, media_id: str) -> Iterator[Path]:
    """Lend a verified copy of archived bytes, which is gone afterwards.

    Args:
        library: The open library.
        blob: The bytes, which may be those of several media.
        media_id: The media that they are wanted for.

    Raises:
        ArchiveError: If the archive does not give them.
        StorageError: If the disk refuses.
    """
    with library.cache.temporary() as reserved:
        copy = reserved.path.with_suffix(".archived.part")
        try:
            fetch_archived(library, blob.model_copy(update={"media_id": media_id}), copy)
            yield copy
        finally:
            copy.unlink(missing_ok=True)


def _adopt(library: Library, row: MediaRow) -> CapturedFile | None:
    """Take over a file that an older version cached, whose row knows its MD5 but no SHA-256.

    Its path is only a hint, as it may be absolute or begin at another folder: the file counts where this
    cache would have it, and only if its bytes have that MD5.
    """
    match = _OLDER_PATH.search(row.local_file_path or "")
    if match is None or match.group("md5") != row.md5_sum:
        return None
    place = library.cache.resolve(f"media/{match.group('folder')}") / match.group("name")
    if place.is_symlink() or not place.is_file():
        return None
    file = _into_cache(library, row, place)
    if file is not None:
        # Older versions let everybody read what they cached.
        with contextlib.suppress(PermissionError):
            library.cache.resolve(file.local_file_path).chmod(0o600)
    return file


def _into_cache(library: Library, row: MediaRow, source: Path) -> CapturedFile | None:
    """Put the bytes that a row names under their final name, which they may have already."""
    file = into_cache(library, source, md5_sum=row.md5_sum, sha256=row.sha256)
    if file is None:
        return None
    return file.model_copy(update={name: getattr(row, name) for name in ("width", "height", "duration_ms")})


def into_cache(
    library: Library, source: Path, *, md5_sum: str | None, sha256: str | None
) -> CapturedFile | None:
    """Put bytes under their final name, which they may have already.

    Args:
        library: The open library.
        source: The file to copy.
        md5_sum: What it must hash to.
        sha256: What it must hash to, if that is known.

    Returns:
        The file in its place; None when the bytes are others, or no media.

    Raises:
        StorageError: If it cannot be read, or the disk refuses.
    """
    digests = Digests()
    head = b""
    with library.cache.temporary() as temporary:
        for chunk in _chunks_of(source):
            head = head or chunk[:HEAD_BYTES]
            digests.update(chunk)
            temporary.write(chunk)
        sniffed = sniff(head)
        if sniffed is None or digests.md5_sum != md5_sum or sha256 not in (None, digests.sha256):
            return None
        final = library.cache.commit(temporary, sniffed.media_type, sniffed.extension, digests)
    return captured_file(library.cache, final, sniffed, digests)


def _chunks_of(source: Path) -> Iterator[bytes]:
    try:
        with source.open("rb") as file:
            while chunk := file.read(CHUNK_BYTES):
                yield chunk
    except OSError as error:
        raise _unreadable(source, error) from error


def _unreadable(path: Path, error: OSError) -> StorageError:
    """Tell one file that cannot be read from a folder of which that is true of all."""
    try:
        with os.scandir(path.parent) as entries:
            next(entries, None)
    except OSError as fault:
        return StorageError(
            f"The cache folder {path.parent} cannot be read: {fault.strerror}.",
            hint="Check its owner and its disk.",
            stop_lane=True,
        )
    return StorageError(
        f"The cached file {path} cannot be read: {error.strerror}.", hint="Check its owner and its disk."
    )


def record_access(library: Library, media_id: str, source: str, purpose: str) -> None:
    """Write into the audit log that the bytes of a media were read, from where and what for.

    A library that is opened for reading stays as it is, its audit log too.
    """
    if library.settings.read_only:
        return
    media_store.record_event(
        library.gateway,
        media_id,
        "media_accessed",
        actor=library.actor,
        details={"source": source, "purpose": purpose},
    )
