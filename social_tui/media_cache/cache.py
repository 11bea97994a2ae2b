"""The files of a library: named by their content, whole or not there, readable by their owner only."""

from __future__ import annotations

import contextlib
import os
import re
import secrets
import stat
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple

from social_tui.errors import StorageError, UsageError
from social_tui.log import get_logger
from social_tui.media_cache.disk import (
    Temporary,
    create_locked,
    files_under,
    held_lock,
    is_encodable,
    is_written,
    mode_of,
    storage_errors,
    sync_folder,
)
from social_tui.media_cache.hashing import Digests, hash_file
from social_tui.paths import ensure_private

log = get_logger(__name__)

_FOLDERS: dict[str, str] = {
    "image": "images",
    "video": "videos",
    "audio": "audio",
    "document": "documents",
}
_MEDIA, _THUMBNAILS, _TEMPORARY, _QUARANTINE, _LOCKS = "media", "thumbnails", "tmp", "quarantine", "locks"
_MD5 = re.compile(r"[0-9a-f]{32}")
_SHA256 = re.compile(r"[0-9a-f]{64}")
_EXTENSION = re.compile(r"[a-z0-9]{1,8}")
_SWEEP_LOCK = "sweep"
_TRIAL_BYTES = 1 << 20
_UNFINISHED = re.compile(r"\.?([0-9a-f]{32})\.")


class Usage(NamedTuple):
    """What a cache holds, in files and bytes."""

    media_files: int
    media_bytes: int
    thumbnail_files: int
    thumbnail_bytes: int
    quarantined_files: int
    quarantined_bytes: int

    @property
    def total_bytes(self) -> int:
        """All bytes together."""
        return self.media_bytes + self.thumbnail_bytes + self.quarantined_bytes


class Cache:
    """One library's cache folder, safe to share between threads and processes.

    The media lie under ``media/<kind>/<md5>.<extension>``, thumbnails under ``thumbnails/``, unfinished
    files under ``tmp/``, damaged ones under ``quarantine/``. An unfinished file is locked as long as the
    process that writes it lives: the kernel gives the lock back even after a kill, which no process id in
    a name could promise across restarts, containers and machines.

    Args:
        root: The folder; it is made when the first file is written.
        limit_bytes: How much it should hold at most; thumbnails, which can be made again, make room.
    """

    def __init__(self, root: Path, limit_bytes: int) -> None:
        self.root = root
        self.limit_bytes = limit_bytes
        self._written = 0

    def path_for(self, media_type: str, md5_sum: str, extension: str) -> Path:
        """Compute where a media belongs.

        Args:
            media_type: 'image', 'video', 'audio' or 'document'.
            md5_sum: 32 hexadecimal digits.
            extension: With or without its dot.

        Returns:
            The absolute path, whether there is a file or not.

        Raises:
            UsageError: If an argument could name anything else than a file in this cache.
        """
        md5_sum, extension = md5_sum.lower(), extension.lower().removeprefix(".")
        if media_type not in _FOLDERS:
            raise UsageError(
                f"There is no media type {media_type!r}.", hint=f"Use one of {', '.join(_FOLDERS)}."
            )
        if not _MD5.fullmatch(md5_sum):
            raise UsageError("An MD5 sum has 32 hexadecimal digits.")
        if not _EXTENSION.fullmatch(extension):
            raise UsageError(f"{extension!r} cannot be a file extension.")
        return self.root / _MEDIA / _FOLDERS[media_type] / f"{md5_sum}.{extension}"

    def thumbnail_path(self, sha256: str) -> Path:
        """Compute where the thumbnail of a blob belongs.

        Raises:
            UsageError: If the digest is none.
        """
        if not _SHA256.fullmatch(sha256):
            raise UsageError("A SHA-256 has 64 lower-case hexadecimal digits.")
        return self.root / _THUMBNAILS / sha256[:2] / f"{sha256}.jpg"

    def relative(self, path: Path) -> str:
        """Return a cached file's path as the database keeps it."""
        return path.relative_to(self.root).as_posix()

    def resolve(self, relative: str) -> Path:
        """Turn a path from the database into one on this disk.

        Args:
            relative: A path relative to the root, with slashes.

        Returns:
            The absolute path; there may be no file.

        Raises:
            StorageError: If it would lead out of the cache, or through a symbolic link.
        """
        parts = relative.split("/")
        if "\0" in relative or not is_encodable(relative) or any(part in ("", ".", "..") for part in parts):
            raise StorageError("A path in the database leads out of the cache, so it was not followed.")
        path = self.root
        for part in parts:
            path /= part
            with storage_errors(self.root):
                mode = mode_of(path)
            if stat.S_ISLNK(mode):
                raise StorageError(f"{path} is a symbolic link, so it was not followed.", hint="Remove it.")
        return path

    @contextlib.contextmanager
    def temporary(self) -> Iterator[Temporary]:
        """Open a file to write; at the end it is gone unless :meth:`commit` or :meth:`publish` took it.

        Raises:
            StorageError: If the disk refuses.
        """
        folder = self._folder(_TEMPORARY)
        with storage_errors(folder), self._lock(_SWEEP_LOCK):
            temporary = create_locked(folder / f"{secrets.token_hex(16)}.part")
        try:
            yield temporary
        finally:
            with storage_errors(folder):
                os.close(temporary.descriptor)
                temporary.path.unlink(missing_ok=True)

    def commit(self, temporary: Temporary, media_type: str, extension: str, digests: Digests) -> Path:
        """Put a finished file durably under the name of its content.

        Identical bytes that are there already are adopted. A damaged file under the name goes into
        quarantine. Other bytes with the same MD5 stay, and these get a name of their own.

        Args:
            temporary: The file, complete.
            media_type: 'image', 'video', 'audio' or 'document'.
            extension: By the sniffed type.
            digests: Of all its bytes.

        Returns:
            The final path.

        Raises:
            StorageError: If the disk refuses; then no file of that name was touched or made.
        """
        final = self.path_for(media_type, digests.md5_sum, extension)
        temporary.sync()
        with storage_errors(final.parent), self._lock(digests.md5_sum[:1]):
            present = self._inspect(final, digests)
            if present == "collision":
                apart = final.with_stem(f"{digests.md5_sum}-{digests.sha256[:16]}")
                log.error("md5_collision", held=self.relative(final), kept_apart_as=self.relative(apart))
                final, present = apart, self._inspect(apart, digests)
            if present == "damaged":
                self.quarantine(final)
            if present != "same":
                self._rename(temporary, final)
        self._count(digests.byte_size)
        return final

    def publish(self, temporary: Temporary, final: Path) -> None:
        """Give a file its name: fsync, rename, fsync of the folder; a file of that name is replaced.

        Raises:
            StorageError: If the disk refuses.
        """
        temporary.sync()
        self._rename(temporary, final)

    def quarantine(self, path: Path) -> Path:
        """Move a damaged file aside; it is taken back only if its bytes are right after all.

        Args:
            path: A file in this cache.

        Returns:
            Where it is now.

        Raises:
            StorageError: If the disk refuses.
        """
        folder = self._folder(_QUARANTINE)
        aside = folder / f"{datetime.now(UTC):%Y%m%dT%H%M%SZ}-{secrets.token_hex(4)}-{path.name}"
        with storage_errors(folder):
            path.rename(aside)
            sync_folder(folder)
            sync_folder(path.parent)
        log.warning("file_quarantined", file=self.relative(path), moved_to=self.relative(aside))
        return aside

    def quarantine_damaged(self, path: Path, sha256: str) -> bool:
        """Move a damaged file aside, unless another process had it whole again meanwhile.

        Args:
            path: A file in this cache.
            sha256: What its bytes should hash to.

        Returns:
            Whether it was moved; if not, there is another file now, or none.

        Raises:
            StorageError: If the disk refuses.
        """
        with storage_errors(path.parent), self._lock(path.name[:1]):
            if not mode_of(path) or _holds(path, sha256):
                return False
            self.quarantine(path)
        return True

    def find(self, md5_sum: str, sha256: str) -> Path | None:
        """Find bytes that no row names any more by their content; in quarantine too, if they are right now.

        Args:
            md5_sum: Their MD5.
            sha256: Their SHA-256.

        Raises:
            StorageError: If the media folders are symbolic links or cannot be looked into.
        """
        if not _MD5.fullmatch(md5_sum):
            return None
        folders = [self.resolve(f"{_MEDIA}/{folder}") for folder in _FOLDERS.values()]
        with storage_errors(self.root):
            files = [path for folder in folders for path in folder.glob(f"{md5_sum}*")]
        return next((path for path in [*files, *self.quarantined(md5_sum)] if _holds(path, sha256)), None)

    def quarantined(self, md5_sum: str) -> list[Path]:
        """Return the files of some MD5 that were put into quarantine, oldest first."""
        return sorted((self.root / _QUARANTINE).glob(f"*-{md5_sum}[.-]*"))

    def try_to_write(self) -> None:
        """Write a little and remove it again, to learn whether the disk takes files.

        Raises:
            StorageError: If it does not.
        """
        with self.temporary() as temporary:
            temporary.write(bytes(_TRIAL_BYTES))
            temporary.sync()

    def sweep(self) -> int:
        """Remove the unfinished files that dead processes left.

        A cache that cannot be written, because its disk is full or may only be read, is left as it is:
        what needs to write to it says so then.

        Returns:
            How many unfinished files were removed.
        """
        folder = self.root / _TEMPORARY
        try:
            with storage_errors(folder):
                # A look before the lock: most libraries have nothing to sweep.
                if not (mode_of(folder) and any(folder.iterdir())):
                    return 0
                with self._lock(_SWEEP_LOCK):
                    return _remove_abandoned(folder)
        except StorageError as error:
            log.warning("not_swept", error=str(error))
            return 0

    def usage(self) -> Usage:
        """Count what is in the cache.

        Raises:
            StorageError: If it cannot be read.
        """
        with storage_errors(self.root):
            media, thumbnails, quarantined = (
                _count_and_size(self.root / name) for name in (_MEDIA, _THUMBNAILS, _QUARANTINE)
            )
        return Usage(*media, *thumbnails, *quarantined)

    def make_room(self) -> int:
        """Remove thumbnails, those first that were not looked at for the longest time, down to the limit.

        Returns:
            How many bytes the cache still holds beyond its limit.

        Raises:
            StorageError: If the disk refuses.
        """
        excess = self.usage().total_bytes - self.limit_bytes
        if excess <= 0:
            return 0
        with storage_errors(self.root):
            oldest_first = sorted(files_under(self.root / _THUMBNAILS), key=lambda entry: entry[1].st_mtime)
            for path, status in oldest_first:
                if excess <= 0:
                    break
                path.unlink(missing_ok=True)
                excess -= status.st_size
        return max(excess, 0)

    def _count(self, byte_size: int) -> None:
        """Look at the limit once for each twentieth of it that was written: walking the cache takes time."""
        self._written += byte_size
        if self._written * 20 > self.limit_bytes:
            self._written = 0
            try:
                self.make_room()
            except StorageError as error:
                # What was just written is whole and there all the same.
                log.warning("no_room_made", error=str(error))

    def _rename(self, temporary: Temporary, final: Path) -> None:
        folder = self._folder(*final.parent.relative_to(self.root).parts)
        with storage_errors(folder):
            temporary.path.replace(final)
            sync_folder(folder)

    def _folder(self, *parts: str) -> Path:
        path = ensure_private(self.root)
        for part in parts:
            path = ensure_private(path / part)
        return path

    def _lock(self, name: str) -> contextlib.AbstractContextManager[None]:
        return held_lock(self._folder(_LOCKS) / f"{name}.lock")

    def _inspect(self, path: Path, expected: Digests) -> str:
        """Tell what is under a final name: 'absent', 'same', 'damaged' or 'collision'."""
        mode = mode_of(path)
        if not mode:
            return "absent"
        if not stat.S_ISREG(mode):
            return "damaged"
        try:
            held = hash_file(path)
        except OSError as error:
            log.warning("file_unreadable", file=self.relative(path), error=error.strerror)
            return "damaged"
        if held.sha256 == expected.sha256:
            return "same"
        named = path.stem in (held.md5_sum, f"{held.md5_sum}-{held.sha256[:16]}")
        return "collision" if named else "damaged"


def _holds(path: Path, sha256: str) -> bool:
    """Tell whether a regular file can be read and has these bytes."""
    try:
        return stat.S_ISREG(mode_of(path)) and hash_file(path).sha256 == sha256
    except OSError:
        return False


def _remove_abandoned(folder: Path) -> int:
    """Remove what belongs to no lock that is held: ``<token>.part`` and what is made beside it."""
    families: dict[str, list[Path]] = {}
    for path in folder.iterdir():
        if match := _UNFINISHED.match(path.name):
            families.setdefault(match.group(1), []).append(path)
    count = 0
    for token, paths in families.items():
        if not is_written(folder / f"{token}.part"):
            for path in paths:
                path.unlink(missing_ok=True)
                count += 1
    return count


def _count_and_size(folder: Path) -> tuple[int, int]:
    sizes = [status.st_size for _, status in files_under(folder)]
    return len(sizes), sum(sizes)
