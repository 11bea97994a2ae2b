"""The files of a library: named by their content, whole or not there, readable by their owner only."""

from __future__ import annotations

import contextlib
import os
import re
import secrets
import stat
from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import TypeVar

from social_tui.durable import sync_path
from social_tui.errors import StorageError, UsageError
from social_tui.log import get_logger
from social_tui.media_cache.disk import (
    Temporary,
    is_encodable,
    mode_of,
    new_temporary,
    remove_abandoned,
    storage_errors,
    take_lock,
)
from social_tui.media_cache.hashing import Digests, compare_file, holds
from social_tui.media_cache.room import (
    LOW_MARK,
    MEDIA,
    QUARANTINE,
    TEMPORARY,
    THUMBNAILS,
    Usage,
    measure,
    remove_borrowed,
    remove_thumbnails,
    remove_unleased,
    touch,
)
from social_tui.media_cache.sniffing import EXTENSIONS
from social_tui.paths import ensure_private

log = get_logger(__name__)

T = TypeVar("T")

FOLDERS: dict[str, str] = {
    "image": "images",
    "video": "videos",
    "audio": "audio",
    "document": "documents",
}
_MD5 = re.compile(r"[0-9a-f]{32}")
_SHA256 = re.compile(r"[0-9a-f]{64}")
_EXTENSION = re.compile(r"[a-z0-9]{1,8}")
_TRIAL_BYTES = 1 << 20


class Cache:
    """One library's cache folder, safe to share between threads and processes.

    The media lie under ``media/<kind>/<md5>.<extension>``, what the archive lent under ``borrowed/``,
    thumbnails under ``thumbnails/``, unfinished files under ``tmp/``, damaged ones under ``quarantine/``. An
    unfinished file is locked as long as the process that writes it lives: the kernel gives the lock back
    even after a kill, which no process id in a name could promise across restarts, containers and machines.

    Args:
        root: The folder; it is made when the first file is written.
        limit_bytes: How much it should hold at most; what is borrowed and thumbnails, which can be had again,
            make room first. ``may_be_overfull`` says that media may have to, too.
    """

    def __init__(self, root: Path, limit_bytes: int) -> None:
        self.root = root
        self.limit_bytes = limit_bytes
        self.may_be_overfull = True
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
        if media_type not in FOLDERS:
            raise UsageError(
                f"There is no media type {media_type!r}.", hint=f"Use one of {', '.join(FOLDERS)}."
            )
        if not _MD5.fullmatch(md5_sum):
            raise UsageError("An MD5 sum has 32 hexadecimal digits.")
        if not _EXTENSION.fullmatch(extension):
            raise UsageError(f"{extension!r} cannot be a file extension.")
        return self.root / MEDIA / FOLDERS[media_type] / f"{md5_sum}.{extension}"

    def thumbnail_path(self, sha256: str) -> Path:
        """Compute where the thumbnail of a blob belongs.

        Raises:
            UsageError: If the digest is none.
        """
        if not _SHA256.fullmatch(sha256):
            raise UsageError("A SHA-256 has 64 lower-case hexadecimal digits.")
        return self.root / THUMBNAILS / sha256[:2] / f"{sha256}.jpg"

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
        folder = self.root / TEMPORARY
        with storage_errors(folder):
            temporary = self._made(folder, lambda: new_temporary(folder))
        try:
            yield temporary
        finally:
            with storage_errors(folder):
                temporary.close()

    def commit(self, temporary: Temporary, media_type: str, extension: str, digests: Digests) -> Path:
        """Put a finished file durably under the name of its content; see :meth:`place`."""
        temporary.sync()
        final = self.place(temporary, media_type, extension, digests)
        self.sync_names([final])
        return final

    def place(self, temporary: Temporary, media_type: str, extension: str, digests: Digests) -> Path:
        """Put a finished file under the name of its content, which does not survive a power cut yet.

        Identical bytes that are there already are adopted. A damaged file under the name goes into
        quarantine. Other bytes with the same MD5 stay, and these get a name of their own.

        Args:
            temporary: The file, complete and synced.
            media_type: 'image', 'video', 'audio' or 'document'.
            extension: By the sniffed type.
            digests: Of all its bytes.

        Returns:
            The final path.

        Raises:
            StorageError: If the disk refuses; then no file of that name was touched or made.
        """
        final = self.path_for(media_type, digests.md5_sum, extension)
        with storage_errors(final.parent), self.locked(digests.md5_sum[:2]):
            present = compare_file(final, digests)
            if present == "collision":
                apart = final.with_stem(f"{digests.md5_sum}-{digests.sha256[:16]}")
                log.error("md5_collision", held=self.relative(final), kept_apart_as=self.relative(apart))
                final, present = apart, compare_file(apart, digests)
            if present == "damaged":
                self.quarantine(final)
            if present == "same":
                touch(final)
            else:
                self._made(final.parent, lambda: temporary.rename(final))
        self.count_written(digests.byte_size)
        return final

    def sync_names(self, paths: Iterable[Path]) -> None:
        """Make the names of files survive a power cut.

        Raises:
            StorageError: If the disk refuses.
        """
        for folder in {path.parent for path in paths}:
            with storage_errors(folder):
                sync_path(folder)

    def publish(self, temporary: Temporary, final: Path) -> None:
        """Give a file its name: fsync, rename, fsync of the folder; a file of that name is replaced.

        Raises:
            StorageError: If the disk refuses.
        """
        temporary.sync()
        with storage_errors(final.parent):
            self._made(final.parent, lambda: temporary.rename(final))
            sync_path(final.parent)

    def quarantine(self, path: Path) -> Path:
        """Move a damaged file aside; it is taken back only if its bytes are right after all.

        Args:
            path: A file in this cache.

        Returns:
            Where it is now.

        Raises:
            StorageError: If the disk refuses.
        """
        folder = self._folder(QUARANTINE)
        aside = folder / f"{datetime.now(UTC):%Y%m%dT%H%M%SZ}-{secrets.token_hex(4)}-{path.name}"
        with storage_errors(folder):
            path.rename(aside)
            sync_path(folder)
            sync_path(path.parent)
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
        with storage_errors(path.parent), self.locked(path.name[:2]):
            if not mode_of(path) or holds(path, sha256):
                return False
            self.quarantine(path)
        return True

    def find(self, md5_sum: str, sha256: str) -> Path | None:
        """Find bytes that no row names any more by their content; in quarantine too, if they are right now.

        Raises:
            StorageError: If the media folders are symbolic links or cannot be looked into.
        """
        if not _MD5.fullmatch(md5_sum):
            return None
        stems = (md5_sum, f"{md5_sum}-{sha256[:16]}")
        folders = [self.resolve(f"{MEDIA}/{folder}") for folder in FOLDERS.values()]
        with storage_errors(self.root):
            # By name: to list a folder for each of its files takes as many steps as there are pairs of them.
            places = (folder / f"{stem}.{end}" for folder in folders for stem in stems for end in EXTENSIONS)
            files = [path for path in places if mode_of(path)]
        return next((path for path in [*files, *self.quarantined(md5_sum)] if holds(path, sha256)), None)

    def quarantined(self, md5_sum: str) -> list[Path]:
        """Return the files of some MD5 that were put into quarantine, oldest first."""
        return sorted((self.root / QUARANTINE).glob(f"*-{md5_sum}[.-]*"))

    def try_to_write(self) -> None:
        """Write a little and remove it again, to learn whether the disk takes files.

        Raises:
            StorageError: If it does not.
        """
        with self.temporary() as temporary:
            temporary.write(bytes(_TRIAL_BYTES))
            temporary.sync()

    def sweep(self) -> int:
        """Remove the unfinished files that dead processes left, and tell how many.

        A cache that cannot be written, because its disk is full or may only be read, is left as it is:
        what needs to write to it says so then.
        """
        folder = self.root / TEMPORARY
        try:
            with storage_errors(folder):
                return remove_abandoned(folder) if mode_of(folder) else 0
        except StorageError as error:
            log.warning("not_swept", error=str(error))
            return 0

    def usage(self) -> Usage:
        """Count what is in the cache.

        Raises:
            StorageError: If it cannot be read.
        """
        return measure(self.root)

    def excess(self, usage: Usage) -> int:
        """Tell how many bytes have to go: none below the limit, else all above its low mark.

        Args:
            usage: What is in the cache.
        """
        total = usage.total_bytes
        return total - int(self.limit_bytes * LOW_MARK) if total > self.limit_bytes else 0

    def make_room(self) -> int:
        """Remove what is borrowed, then thumbnails, if there is too much: first what was unused for longest.

        Returns:
            How many bytes have to go still, of media that the archive has.

        Raises:
            StorageError: If the disk refuses.
        """
        excess = self.excess(self.usage())
        excess -= remove_borrowed(self.root, excess)
        return max(excess - remove_thumbnails(self.root, excess), 0)

    def evict(self, path: Path, may_go: Callable[[], bool]) -> bool:
        """Remove a media's file, unless somebody reads it or it was written or looked at just now.

        Args:
            path: A file in this cache, named by its content.
            may_go: Asked last; it records that the file is gone.

        Returns:
            Whether it was removed.

        Raises:
            StorageError: If the disk refuses.
        """
        with storage_errors(path.parent), self.locked(path.name[:2]):
            return remove_unleased(path, may_go)

    @contextlib.contextmanager
    def locked(self, name: str, *, wait: bool = True) -> Iterator[bool]:
        """Hold one of this cache's locks (letters, digits, hyphens), which threads and processes share.

        Yields:
            Whether it is held: always, but without ``wait`` where somebody else has it.

        Raises:
            StorageError: If the disk refuses.
        """
        folder = self.root / "locks"
        with storage_errors(folder):
            descriptor = self._made(folder, lambda: take_lock(folder / f"{name}.lock", wait=wait))
        try:
            yield descriptor is not None
        finally:
            if descriptor is not None:
                os.close(descriptor)

    def count_written(self, byte_size: int) -> None:
        """Look at the limit once for each twentieth of it that was written: walking the cache takes time."""
        self._written += byte_size
        if self._written * 20 > self.limit_bytes:
            self._written = 0
            try:
                self.may_be_overfull = self.make_room() > 0
            except StorageError as error:
                # What was just written is whole and there all the same.
                log.warning("no_room_made", error=str(error))

    def _made(self, folder: Path, make: Callable[[], T]) -> T:
        """Make something in a folder of this cache, and the folder before it, if that is not there yet."""
        try:
            return make()
        except (FileNotFoundError, NotADirectoryError):
            self._folder(*folder.relative_to(self.root).parts)
            return make()

    def _folder(self, *parts: str) -> Path:
        path = ensure_private(self.root)
        for part in parts:
            path = ensure_private(path / part)
        return path
