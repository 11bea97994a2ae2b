"""Archiving: a second, checked copy of the bytes behind a media."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import urlsplit

from social_tui.errors import ArchiveError
from social_tui.library.capturing import never
from social_tui.library.evicting import relieve
from social_tui.library.lending import open_bytes
from social_tui.library.reading import cached_place, inspect, record_access, require_blob
from social_tui.library.session import Library
from social_tui.log import bind_correlation, get_logger
from social_tui.media_cache.room import leased
from social_tui.models import BlobRow
from social_tui.store import media as media_store

if TYPE_CHECKING:
    from social_tui.media_archive.base import Stored

log = get_logger(__name__)


def archive_media(library: Library, media_id: str) -> BlobRow:
    """Archive the bytes of a media, once for all media that share them.

    Args:
        library: The open library.
        media_id: A media that was downloaded.

    Returns:
        The blob with its archive address and proof.

    Raises:
        NotFoundError: If its bytes are not held.
        ArchiveError: If the archive refuses or holds other bytes than it should.
        StorageError: If the cache cannot be read, or the archive is a folder that takes no files.
    """
    with bind_correlation(media_id):
        blob = require_blob(library, media_id)
        if blob.proof != "cached":
            return blob
        first = media_store.get_media(library.gateway, blob.media_id)
        named = Naming(first.created_at, first.post_id, first.media_url)
        stored = copy_to_archive(library, blob, named)
        record_access(library, media_id, "cache", "archive")
        media_store.record_archived(
            library.gateway,
            blob.sha256,
            archive_url=stored.archive_url,
            proof=stored.proof,
            actor=library.actor,
        )
        log.info("media_archived", proof=stored.proof, byte_size=blob.byte_size)
        relieve(library)
        return require_blob(library, media_id)


class Naming(NamedTuple):
    """What an object has from the first media of its bytes, beside that media's id.

    Args:
        created_at: When the library first knew the media; it dates the object's key.
        post_id: The post of the media, for the object's own description.
        media_url: Where the media came from; only its host is told.
    """

    created_at: datetime | None
    post_id: str | None
    media_url: str | None


def copy_to_archive(
    library: Library, blob: BlobRow, named: Naming, should_stop: Callable[[], bool] = never
) -> Stored:
    """Copy bytes into the archive, and check the copy; no row says so yet.

    The file is hashed while it is opened, so that nothing damaged is ever archived. One that is not whole is
    brought back from its source first.

    Args:
        library: The open library.
        blob: The bytes; the first media of them names the object, so that every try finds the same one.
        named: What else it has of that media.
        should_stop: Asked often while a large file is sent; True ends that.

    Raises:
        CancelledError: If ``should_stop`` said so.
        NotFoundError: If its bytes are not held.
        ArchiveError: If the archive refuses or holds other bytes than it should.
        StorageError: If the cache cannot be read, or the archive is a folder that takes no files.
    """

    def store(path: Path) -> Stored:
        return library.archive.store(
            path,
            blob.media_id,
            md5_sum=blob.md5_sum,
            sha256=blob.sha256,
            mime_type=blob.mime_type,
            metadata=describe_object(named.post_id, named.media_url),
            dated=named.created_at,
            should_stop=should_stop,
        )

    place = cached_place(library, blob)
    if place is not None and place.is_file():
        try:
            with leased(place):
                return store(place)
        except (ArchiveError, OSError) as error:
            # Only what is wrong with the file itself is mended here.
            refused = isinstance(error, ArchiveError) and error.is_out_of_reach
            if refused or inspect(place, blob.sha256) == "ok":
                raise
    with open_bytes(library, blob.media_id, purpose="archive") as (_, path):
        return store(path)


def describe_object(post_id: str | None, media_url: str | None) -> dict[str, str]:
    """Make what an object says of itself beside its digests.

    Args:
        post_id: The post of the media that names it.
        media_url: Where that came from; paths and queries of links hold signatures, so only the host is told.
    """
    try:
        host = urlsplit(media_url or "").hostname
    except ValueError:
        host = None
    return {name: value for name, value in (("post-id", post_id), ("source-host", host)) if value}
