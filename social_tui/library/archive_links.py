"""Archived bytes for who has no credentials for the archive: asked for, signed by a worker, sealed, verified.

The link goes from the worker to the one who asked and to nobody else: it is sealed (HPKE, RFC 9180) to a key
that is made for the question and forgotten with it, so that no row and no log has it.
"""

from __future__ import annotations

import base64
import shutil
import time
from pathlib import Path
from typing import TYPE_CHECKING

from social_tui.errors import (
    ArchiveColdError,
    ArchiveError,
    CancelledError,
    DatabaseError,
    ReadOnlyError,
    StorageError,
)
from social_tui.library.session import Library
from social_tui.log import get_logger
from social_tui.media_cache.cache import Cache
from social_tui.media_cache.captured import place
from social_tui.media_cache.fetcher import FetchError
from social_tui.models import BlobRow, CapturedFile, MediaType
from social_tui.store import links as link_store

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.hpke import Suite

    from social_tui.config import Settings

log = get_logger(__name__)

# A download must begin within it; one that runs is not cut off
# (https://docs.aws.amazon.com/AmazonS3/latest/userguide/using-presigned-url.html).
LINK_SECONDS = 120
ANSWER_SECONDS = 20.0
_ASK_SECONDS = 0.2
# Whoever leafs through pictures does not wait for each of them where no worker is.
_SILENT_SECONDS = 30.0
# How large it is stands in its row, so that only what stalls or trickles is given up.
_LONGEST_SECONDS = 86_400.0
# A link may die while it waits for its turn at the host.
_DEAD = ("expired", "auth")
_REFUSED = "The worker that was asked cannot sign a link to it."
_COLD = "The archived copy is in cold storage: the keeper of the bucket must ask for it before it is read."


def reads_by_links(settings: Settings, *, has_login: bool) -> bool:
    """Tell whether archived bytes are read by links that workers sign.

    Args:
        settings: The settings in force.
        has_login: Whether this machine has a login to the database.
    """
    if settings.archive_access == "auto":
        return not has_login and settings.aws_s3_bucket is None
    return settings.archive_access == "signed"


def fetch_archived(library: Library, blob: BlobRow, destination: Path) -> None:
    """Bring archived bytes here, in the way that the settings choose; they appear verified or not at all.

    Args:
        library: The open library.
        blob: The bytes, with the media that they are wanted for.
        destination: Where the file goes; there is none yet.

    Raises:
        ArchiveError: If the archive, or the worker that should sign a link to it, does not give them.
        StorageError: If the disk refuses.
        CancelledError: If the library is closed.
    """
    if reads_by_links(library.settings, has_login=library.has_login):
        _fetch_by_link(library, blob, destination)
        return
    # Without a login to the database a row does not say where in the bucket they are.
    address = blob.archive_url or "" if library.has_login else _ask(library, blob, "address")
    library.archive.fetch(address, destination, sha256=blob.sha256, byte_size=blob.byte_size)


def answer_questions(library: Library) -> int:
    """Answer what members ask of this worker's bucket; returns how many questions there were.

    Raises:
        ArchiveError: If this worker can sign nothing; what it took is given to others after ten seconds.
        DatabaseUnavailableError: If the database is away.
    """
    from social_tui.media_archive.s3 import S3Archive

    bucket, archive = library.settings.aws_s3_bucket, library.archive
    if bucket is None or not isinstance(archive, S3Archive):
        return 0
    questions = link_store.claim_links(library.gateway, bucket)
    for question in questions:
        sealed = refusal = None
        try:
            address = question.archive_url
            answer = address if question.wants == "address" else archive.sign(address, seconds=LINK_SECONDS)
            sealed = _seal(answer, question.public_key, question.sha256)
        except (ArchiveError, ValueError) as error:
            if isinstance(error, ArchiveError) and error.stop_lane:
                raise
            # The words may name the bucket.
            log.warning("link_not_signed", sha256=question.sha256, error=str(error))
            refusal = _COLD if isinstance(error, ArchiveColdError) else _REFUSED
        link_store.answer_link(library.gateway, question.public_key, sealed=sealed, refusal=refusal)
    return len(questions)


def _ask(library: Library, blob: BlobRow, wants: link_store.Wants) -> str:
    """Ask the workers, wait for the answer, and open it.

    Raises:
        ArchiveError: If there is none, or one that nobody here can open.
        CancelledError: If the library is closed.
    """
    from cryptography.exceptions import InvalidTag
    from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

    if time.monotonic() < library.no_links_until:
        raise _silence()
    key = X25519PrivateKey.generate()
    public_key = key.public_key().public_bytes_raw().hex()
    try:
        link_store.request_link(
            library.gateway,
            blob.media_id,
            blob.sha256,
            wants=wants,
            public_key=public_key,
            actor=library.actor,
        )
    except (DatabaseError, ReadOnlyError) as error:
        raise ArchiveError(error.message, hint=error.hint) from error
    deadline = time.monotonic() + ANSWER_SECONDS
    while (answer := link_store.take_link(library.gateway, public_key)) and answer.state == "waiting":
        if time.monotonic() > deadline:
            library.no_links_until = time.monotonic() + _SILENT_SECONDS
            raise _silence()
        if library.closing.wait(_ASK_SECONDS):
            raise CancelledError("The library was closed.")
    if answer is None or answer.sealed is None:
        refusal = answer.refusal if answer is not None else None
        raise ArchiveError(refusal or "The answer of the worker came too late.", retryable=True)
    try:
        opened = _suite().decrypt(base64.b64decode(answer.sealed), key, info=blob.sha256.encode())
    except InvalidTag:
        raise ArchiveError("The answer of the worker was sealed for somebody else.", retryable=True) from None
    return opened.decode()


def _silence() -> ArchiveError:
    return ArchiveError(
        f"No worker answered within {ANSWER_SECONDS:.0f} s that can reach the archive.",
        hint="See which are alive: social-tui jobs workers",
        retryable=True,
    )


def _seal(answer: str, public_key: str, sha256: str) -> str:
    from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PublicKey

    key = X25519PublicKey.from_public_bytes(bytes.fromhex(public_key))
    return base64.b64encode(_suite().encrypt(answer.encode(), key, info=sha256.encode())).decode()


def _suite() -> Suite:
    from cryptography.hazmat.primitives.hpke import AEAD, KDF, KEM, Suite

    return Suite(KEM.X25519, KDF.HKDF_SHA256, AEAD.CHACHA20_POLY1305)


def _fetch_by_link(library: Library, blob: BlobRow, destination: Path) -> None:
    """Fetch as guardedly as anything from outside: a row of another's making may have led to the link."""
    # Nothing lies in the library's own cache before it is known to be right.
    aside = Cache(destination.with_suffix(".link"), library.settings.cache_bytes)
    try:
        file = _receive(library, blob, aside)
        if (file.sha256, file.byte_size) != (blob.sha256, blob.byte_size):
            raise ArchiveError(
                "The archived copy holds other bytes than it should; they were thrown away.",
                hint="Have a worker look: social-tui archive verify --read-back",
            )
        aside.resolve(file.local_file_path).replace(destination)
    except FetchError as error:
        # Its words name the host, and with it the bucket.
        raise ArchiveError(
            f"The archived copy could not be fetched by its link: {error.outcome}.", retryable=error.retryable
        ) from None
    except OSError as error:
        raise StorageError(f"{destination.parent} cannot be written: {error.strerror}.") from error
    finally:
        shutil.rmtree(aside.root, ignore_errors=True)


def _receive(library: Library, blob: BlobRow, aside: Cache) -> CapturedFile:
    from social_tui.media_cache.budget import Limits

    limits = Limits(blob.byte_size, _LONGEST_SECONDS, library.settings.stall_seconds)

    def receive() -> CapturedFile:
        link = _ask(library, blob, "link")
        received = library.fetcher.receive(
            link, _media_type(blob.mime_type), aside, should_stop=library.closing.is_set, limits=limits
        )
        return place([received], aside)[0]

    try:
        return receive()
    except FetchError as error:
        if error.outcome not in _DEAD:
            raise
    return receive()


def _media_type(mime_type: str) -> MediaType:
    kinds: dict[str, MediaType] = {"image": "image", "video": "video", "audio": "audio"}
    return kinds.get(mime_type.partition("/")[0], "document")
