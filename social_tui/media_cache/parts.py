"""Parts: what came of a download that was cut off, kept so that the next try goes on from there."""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import json
import os
import secrets
import time
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from email.utils import parsedate_to_datetime
from pathlib import Path

from social_tui.durable import remove_if_abandoned
from social_tui.errors import StorageError
from social_tui.log import get_logger
from social_tui.media_cache.cache import Cache
from social_tui.media_cache.disk import Temporary, storage_errors
from social_tui.media_cache.hashing import Digests
from social_tui.media_cache.links import source_identity
from social_tui.media_cache.sniffing import HEAD_BYTES
from social_tui.paths import ensure_private

log = get_logger(__name__)

SMALLEST_PART = 64 * 1024
KEPT_PARTS = 32
KEPT_BYTES = 2_000_000_000
KEPT_SECONDS = 7 * 86_400.0
# A file that changed twice within a minute may have one date for two contents.
_SETTLED_SECONDS = 60
_FOLDER = "parts"
_CHUNK = 1 << 20


@dataclass(frozen=True, slots=True)
class Held:
    """What is known of a part.

    Args:
        version: The validator that the server named these bytes by; see :func:`version_of`.
        length: Of the whole file, in bytes.
        received: How much of it is there, in bytes.
        sha256: Of what is there.
    """

    version: str
    length: int
    received: int
    sha256: str


class Part:
    """The file that a download fills, from its beginning or from where an earlier try was cut off.

    Args:
        temporary: The file.
        held: What an earlier try left in it, checked; None where it is empty.
        digests: Of what is in it.
        head: Its first bytes.
    """

    def __init__(
        self,
        temporary: Temporary,
        held: Held | None = None,
        digests: Digests | None = None,
        head: bytes = b"",
    ) -> None:
        self.temporary = temporary
        self.digests = digests or Digests()
        self.head = head
        self.version = held.version if held is not None else None
        self.length = held.length if held is not None else None

    @property
    def is_begun(self) -> bool:
        """Whether there is something to go on from."""
        return self.digests.byte_size > 0

    def request_headers(self) -> dict[str, str]:
        """Return what asks for the rest of the file that was begun, if it is still that (RFC 9110, 13.1)."""
        if not self.is_begun or self.version is None:
            return {}
        return {"Range": f"bytes={self.digests.byte_size}-", "If-Range": self.version}

    def begin(self, version: str | None, length: int | None) -> None:
        """Begin anew, with a file of this version and length; what was there belongs to another."""
        if self.is_begun:
            with storage_errors(self.temporary.path.parent):
                os.ftruncate(self.temporary.descriptor, 0)
                os.lseek(self.temporary.descriptor, 0, os.SEEK_SET)
            self.digests, self.head = Digests(), b""
        self.version, self.length = version, length

    def append(self, chunk: bytes) -> None:
        """Take the next bytes in.

        Raises:
            StorageError: If the disk refuses.
        """
        self.digests.update(chunk)
        if len(self.head) < HEAD_BYTES:
            self.head = (self.head + chunk)[:HEAD_BYTES]
        self.temporary.write(chunk)


def version_of(headers: Mapping[str, str]) -> str | None:
    """Return what tells one version of a file from all others, byte by byte.

    Args:
        headers: Of a response, by lower-case name.

    Returns:
        A strong ETag, else a date of change that is a minute older than the answer (RFC 9110, section
        8.8.2.2); None where a changed file might have the same.
    """
    etag = headers.get("etag", "")
    if len(etag) > 2 and etag.startswith('"') and etag.endswith('"') and etag.isascii():
        return etag
    if etag:
        return None
    try:
        changed = parsedate_to_datetime(headers.get("last-modified", ""))
        answered = parsedate_to_datetime(headers.get("date", ""))
        is_settled = (answered - changed).total_seconds() >= _SETTLED_SECONDS
    except (ValueError, TypeError, IndexError, OverflowError):
        return None
    return headers["last-modified"] if is_settled else None


@contextlib.contextmanager
def open_part(cache: Cache, url: str) -> Iterator[Part]:
    """Open the file for a download; at the end it is gone unless the cache took it, or :func:`keep_part` did.

    Args:
        cache: Where it goes.
        url: The link; what stays of it when it is signed anew names the part.

    Raises:
        StorageError: If the disk refuses.
    """
    folder = cache.root / _FOLDER
    part = _take(folder, url)
    if part is None:
        with cache.temporary() as temporary:
            yield Part(temporary)
        return
    try:
        yield part
    finally:
        with storage_errors(folder):
            part.temporary.close()


def keep_part(cache: Cache, url: str, part: Part) -> bool:
    """Keep what came so far for the next try, if that could tell whether the file is still the same.

    Args:
        cache: Where it is.
        url: The link that it came from.
        part: The file; it must be open.

    Returns:
        Whether it was worth keeping.

    Raises:
        StorageError: If the disk refuses.
    """
    received = part.digests.byte_size
    if part.version is None or part.length is None or not SMALLEST_PART <= received <= part.length:
        return False
    held = Held(part.version, part.length, received, part.digests.sha256)
    folder = ensure_private(ensure_private(cache.root) / _FOLDER)
    place = folder / f"{_key(url)}-{secrets.token_hex(8)}.part"
    part.temporary.sync()
    with storage_errors(folder):
        part.temporary.rename(place)
        # After the bytes, whose lock this process still holds: one without the other is swept. And at once:
        # half of it, left by a process that was killed, could be neither read nor told from a whole one.
        about = place.with_suffix(".new")
        descriptor = os.open(about, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w", encoding="ascii") as file:
            json.dump(asdict(held), file)
        about.rename(place.with_suffix(".json"))
    log.info("part_kept", received=received, length=part.length)
    sweep_parts(cache.root)
    return True


def sweep_parts(root: Path) -> int:
    """Remove parts that are too old, too many, too much together, or broken.

    Args:
        root: The cache's folder.

    A disk that refuses is left as it is: what needs to write to it says so then.

    Returns:
        How many files were removed.
    """
    try:
        return _sweep(root / _FOLDER)
    except StorageError as error:
        log.warning("parts_not_swept", error=str(error))
        return 0


def _sweep(folder: Path) -> int:
    removed, count, size = 0, 0, 0
    with storage_errors(folder):
        for path, status in _newest_first(folder):
            count, size = count + 1, size + status.st_size
            is_whole = path.with_suffix(".json").exists()
            is_fresh = time.time() - status.st_mtime <= KEPT_SECONDS
            if is_whole and is_fresh and count <= KEPT_PARTS and size <= KEPT_BYTES:
                continue
            removed += remove_if_abandoned(path)
        for path in (*folder.glob("*.json"), *folder.glob("*.new")):
            if not path.with_suffix(".part").exists():
                path.unlink(missing_ok=True)
                removed += 1
    return removed


def _newest_first(folder: Path) -> list[tuple[Path, os.stat_result]]:
    found = []
    for path in folder.glob("*.part"):
        with contextlib.suppress(FileNotFoundError):
            found.append((path, path.lstat()))
    return sorted(found, key=lambda entry: entry[1].st_mtime, reverse=True)


def _key(url: str) -> str:
    return hashlib.sha256(source_identity(url).encode("utf-8", "surrogatepass")).hexdigest()[:32]


def _take(folder: Path, url: str) -> Part | None:
    """Take over what is kept of a link, if its bytes are those that were kept and nobody else is at it."""
    try:
        # Most libraries keep no part, and this is asked for every file.
        names = os.listdir(folder)  # noqa: PTH208 - paths of them would take longer than the list
    except OSError:
        return None  # A disk that refuses says so as soon as there is something to write.
    key = _key(url) if names else ""
    for about in [folder / name for name in names if name.startswith(key) and name.endswith(".json")]:
        place = about.with_suffix(".part")
        try:
            descriptor = os.open(place, os.O_RDWR | os.O_CLOEXEC | os.O_NOFOLLOW)
        except OSError:
            continue
        part = None
        try:
            part = _checked(about, Temporary(place, descriptor))
        except (OSError, ValueError, TypeError) as error:
            log.warning("part_unusable", error=type(error).__name__)
        finally:
            if part is None:
                os.close(descriptor)
        if part is not None:
            return part
    return None


def _checked(about: Path, temporary: Temporary) -> Part | None:
    try:
        fcntl.flock(temporary.descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return None
    try:
        held = Held(**json.loads(about.read_text(encoding="ascii")))
    except FileNotFoundError:
        return None  # Another process took it between our look and our lock.
    about.unlink()
    digests, head = Digests(), b""
    while chunk := os.read(temporary.descriptor, _CHUNK):
        head = head or chunk[:HEAD_BYTES]
        digests.update(chunk)
    if (digests.byte_size, digests.sha256) != (held.received, held.sha256):
        log.warning("part_damaged", received=held.received)
        temporary.path.unlink(missing_ok=True)
        return None
    return Part(temporary, held, digests, head)
