"""The archive in a local folder: another disk, a mount, or simply a second place."""

from __future__ import annotations

import os
import secrets
import stat
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import BinaryIO

from social_tui.durable import sync_path
from social_tui.errors import ArchiveError, CancelledError, StorageError
from social_tui.media_archive.base import A_DAY, ArchivedObject, Stored, Verdict, never
from social_tui.media_archive.files import (
    UNFINISHED,
    Fingerprint,
    chunks_of,
    deliver,
    durable_file,
    hash_original,
    is_unfinished,
    opened_original,
    read_from_disk,
    remove_unfinished,
)
from social_tui.media_archive.keys import MEDIA_PREFIX, generate_s3_key, parse_local_url
from social_tui.paths import ensure_private

_TRIAL_BYTES = 1 << 20


class LocalArchive:
    """Copies under a folder; never hard links, because a link is not a second copy.

    Args:
        root: The archive's folder; it is made when something is stored.
    """

    name = "local"

    def __init__(self, root: Path) -> None:
        self._root = root

    def store(
        self,
        path: Path,
        media_id: str,
        *,
        md5_sum: str,
        sha256: str,
        mime_type: str,
        metadata: Mapping[str, str] | None = None,
        dated: datetime | None = None,
        should_stop: Callable[[], bool] = never,
    ) -> Stored:
        """Copy a file, read the copy again and compare; see :class:`Archive`. The type is not kept."""
        key = generate_s3_key(media_id, path.suffix, now=dated)
        destination = self._root / key
        with opened_original(path) as file, self._writing():
            original = hash_original(path, file, md5_sum=md5_sum, sha256=sha256)
            was_there = os.path.lexists(destination)
            if was_there:
                self._adopt(destination, key, original)
            else:
                self._make_folders(destination.parent)
                self._write(file, destination, original, should_stop)
        return Stored(f"local:{key}", "read_back", was_there)

    def replace(
        self,
        path: Path,
        archive_url: str,
        *,
        md5_sum: str,
        sha256: str,
        mime_type: str,
        metadata: Mapping[str, str] | None = None,
    ) -> Stored:
        """Write over a copy that is missing or damaged; see :class:`Archive`."""
        destination = self._locate(archive_url)
        with opened_original(path) as file:
            original = hash_original(path, file, md5_sum=md5_sum, sha256=sha256)
            is_whole = self._look(destination) == original
            if not is_whole:
                with self._writing():
                    self._make_folders(destination.parent)
                    self._move_aside(destination)
                    self._write(file, destination, original)
        return Stored(archive_url, "read_back", is_whole)

    def verify(
        self, archive_url: str, *, md5_sum: str, sha256: str, byte_size: int, read_back: bool = False
    ) -> Verdict:
        """Read the copy and hash it, asked to or not; see :class:`Archive`."""
        path = self._locate(archive_url)
        found = self._look(path)
        if found is not None and (found.md5_sum, found.sha256, found.byte_size) == (
            md5_sum,
            sha256,
            byte_size,
        ):
            return Verdict.READ_BACK
        return Verdict.DIFFERS if os.path.lexists(path) else Verdict.MISSING

    def list_objects(self) -> Iterator[ArchivedObject]:
        """Walk the folder; see :class:`Archive`. Links and unfinished files are no copies."""
        with self._faults():
            self._require_root()
            media = self._root / MEDIA_PREFIX
            for path, found in _files_under(media) if media.is_dir() else ():
                address = f"local:{path.relative_to(self._root).as_posix()}"
                yield ArchivedObject(address, found.st_size, datetime.fromtimestamp(found.st_mtime, UTC))

    def remove_unfinished(self, older_than: timedelta = A_DAY) -> int:
        """Remove what killed writers left; see :class:`Archive`."""
        newest, removed = time.time() - older_than.total_seconds(), 0
        with self._writing():
            for path in (self._root / MEDIA_PREFIX).rglob(f".*{UNFINISHED}"):
                if path.lstat().st_mtime <= newest:
                    path.unlink(missing_ok=True)
                    removed += 1
        return removed

    def fetch(self, archive_url: str, destination: Path, *, sha256: str, byte_size: int) -> None:
        """Copy back and verify; see :class:`Archive`."""
        path = self._locate(archive_url)
        with self._faults():
            try:
                source = path.open("rb")
            except FileNotFoundError:
                self._require_root()
                raise ArchiveError(
                    f"The archived copy {archive_url} is not there.", hint="Archive the media again."
                ) from None
        with source:
            deliver(self._chunks(source), destination, archive_url, sha256=sha256, byte_size=byte_size)

    def check(self) -> None:
        """Make sure that the folder is there, or can be made, and takes files."""
        with self._writing():
            ensure_private(self._root)
            with tempfile.TemporaryFile(dir=self._root) as trial:
                trial.write(bytes(_TRIAL_BYTES))
                trial.flush()
                os.fsync(trial.fileno())

    def _move_aside(self, destination: Path) -> None:
        """Keep what is not the right copy, for whoever wants to know what became of it."""
        if os.path.lexists(destination):
            aside = self._root / "damaged"
            aside.mkdir(mode=0o700, exist_ok=True)
            destination.rename(aside / f"{destination.name}.{secrets.token_hex(4)}")
            sync_path(aside)

    def _write(
        self,
        file: BinaryIO,
        destination: Path,
        original: Fingerprint,
        should_stop: Callable[[], bool] = never,
    ) -> None:
        remove_unfinished(destination)
        with durable_file(destination) as copy:
            copy.writelines(_unless(should_stop, chunks_of(file)))
        if read_from_disk(destination) != original:
            destination.unlink()
            raise ArchiveError(
                f"The copy {destination.name} read back with other bytes than were written and was removed.",
                hint="Check the archive's disk.",
                retryable=True,
            )

    def _look(self, path: Path) -> Fingerprint | None:
        """Read a copy; None where there is none, or something else than a plain file."""
        with self._faults():  # of this one copy, not of the folder
            try:
                return read_from_disk(path) if stat.S_ISREG(path.lstat().st_mode) else None
            except FileNotFoundError:
                self._require_root()
                return None

    def _adopt(self, destination: Path, key: str, original: Fingerprint) -> None:
        if self._look(destination) != original:
            raise ArchiveError(
                f"The archive holds other bytes under {key}; they were left as they are.",
                hint="Look at that file and move it away, then archive again.",
            )
        sync_path(destination.parent)

    def _make_folders(self, folder: Path) -> None:
        ensure_private(self._root)
        missing = [path for path in (folder, *folder.parents) if not path.exists()]
        for path in reversed(missing):
            path.mkdir(mode=0o700, exist_ok=True)
            sync_path(path.parent)

    def _locate(self, archive_url: str) -> Path:
        path = self._root / parse_local_url(archive_url)
        if not path.resolve().is_relative_to(self._root.resolve()):
            raise ArchiveError(f"The archive address {archive_url} leads out of the archive folder.")
        return path

    def _require_root(self) -> None:
        # An unmounted disk must not look like an archive that lost everything.
        if not self._root.is_dir():
            raise ArchiveError(
                f"The archive folder {self._root} is not there.", hint="Mount its disk.", retryable=True
            )

    def _chunks(self, source: BinaryIO) -> Iterator[bytes]:
        with self._faults():
            yield from chunks_of(source)

    @contextmanager
    def _faults(self) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            raise ArchiveError(
                f"The archive folder {self._root} refused: {error.strerror}.",
                hint="Free some space or check the folder's owner and disk, then archive again.",
            ) from error

    @contextmanager
    def _writing(self) -> Iterator[None]:
        """Say that the folder takes no files, which is no fault of what was to be archived."""
        try:
            yield
        except OSError as error:
            raise StorageError(
                f"The archive folder {self._root} cannot be written: {error.strerror}.",
                hint="Free some space there, or check its owner and its disk.",
                stop_lane=True,
            ) from error


def _files_under(folder: Path) -> Iterator[tuple[Path, os.stat_result]]:
    """Walk finished files in the order of their paths' bytes, as S3 lists keys; links are passed over."""
    with os.scandir(folder) as entries:
        for entry in sorted(entries, key=_key_order):
            if entry.is_dir(follow_symlinks=False):
                yield from _files_under(Path(entry.path))
            elif entry.is_file(follow_symlinks=False) and not is_unfinished(entry.name):
                with suppress(FileNotFoundError):  # gone meanwhile
                    yield Path(entry.path), entry.stat(follow_symlinks=False)


def _key_order(entry: os.DirEntry[str]) -> bytes:
    return os.fsencode(entry.name + "/" * entry.is_dir(follow_symlinks=False))


def _unless(should_stop: Callable[[], bool], chunks: Iterator[bytes]) -> Iterator[bytes]:
    for chunk in chunks:
        if should_stop():
            raise CancelledError("Archiving was stopped.")
        yield chunk
