"""Archiving: a second, checked copy of the bytes behind a media."""

from __future__ import annotations

from social_tui.library.evicting import relieve
from social_tui.library.lending import open_bytes
from social_tui.library.reading import require_blob
from social_tui.library.session import Library
from social_tui.log import bind_correlation, get_logger
from social_tui.models import BlobRow
from social_tui.store import media as media_store
from social_tui.text import redact_url

log = get_logger(__name__)


def archive_media(library: Library, media_id: str) -> BlobRow:
    """Archive the bytes of a media, once for all media that share them.

    The local file is hashed first, the copy is checked after; only then a row says ``archived``.

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
        with open_bytes(library, media_id, purpose="archive") as (blob, path):
            # The first media of these bytes names the object, so that every try finds the same one.
            stored = library.archive.store(
                path,
                blob.media_id,
                md5_sum=blob.md5_sum,
                sha256=blob.sha256,
                mime_type=blob.mime_type,
                metadata=_metadata(library, blob.media_id),
            )
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


def _metadata(library: Library, media_id: str) -> dict[str, str]:
    row = media_store.get_media(library.gateway, media_id)
    source = {"media-id": media_id, "post-id": row.post_id, "source": redact_url(row.media_url or "")}
    return {name: value for name, value in source.items() if value}
