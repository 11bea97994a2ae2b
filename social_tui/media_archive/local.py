"""The archive in a local folder: another disk, a mount, or simply a second place."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from social_tui.errors import ArchiveError, StorageError
from social_tui.media_archive.base import Stored
from social_tui.media_archive.files import (
    Fingerprint,
    chunks_of,
    deliver,
    durable_file,
    fingerprint,
    opened_original,
    read_from_disk,
    remove_unfinished,
    sync_folder,
)
from social_tui.media_archive.keys import generate_s3_key, parse_local_url
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
    ) -> Stored:
        """Copy a file, read the copy again and compare; see :class:`Archive`. The type is not kept."""
        key = generate_s3_key(media_id, path.suffix)
        destination = self._root / key
        with opened_original(path, md5_sum=md5_sum, sha256=sha256) as (file, original), self._writing():
            if destination.is_symlink() or destination.exists():
                self._adopt(destination, key, original)
            else:
                self._make_folders(destination.parent)
                # A blob is archived by one job at a time.
                remove_unfinished(destination)
                with durable_file(destination) as copy:
                    fingerprint(chunks_of(file), into=copy)
                if read_from_disk(destination) != original:
                    destination.unlink()
                    raise ArchiveError(
                        f"The copy {key} read back with other bytes than were written and was removed.",
                        hint="Check the archive's disk.",
                        retryable=True,
                    )
        return Stored(f"local:{key}", "read_back")

    def verify(self, archive_url: str, *, md5_sum: str, sha256: str, byte_size: int) -> bool:
        """Read the copy and hash it; see :class:`Archive`."""
        path = self._locate(archive_url)
        with self._faults():
            try:
                found = read_from_disk(path)
            except FileNotFoundError:
                self._require_root()
                return False
        return (found.md5_sum, found.sha256, found.byte_size) == (md5_sum, sha256, byte_size)

    def fetch(self, archive_url: str, destination: Path, *, sha256: str, byte_size: int) -> None:
        """Copy back and verify; see :class:`Archive`."""
        path = self._locate(archive_url)
        with self._faults():
            try:
                source = path.open("rb")
            except FileNotFoundError:
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

    def _adopt(self, destination: Path, key: str, original: Fingerprint) -> None:
        with self._faults():  # of this one copy, not of the folder
            if destination.is_symlink() or read_from_disk(destination) != original:
                raise ArchiveError(
                    f"The archive holds other bytes under {key}; they were left as they are.",
                    hint="Look at that file and move it away, then archive again.",
                )
        sync_folder(destination.parent)

    def _make_folders(self, folder: Path) -> None:
        ensure_private(self._root)
        missing = [path for path in (folder, *folder.parents) if not path.exists()]
        for path in reversed(missing):
            path.mkdir(mode=0o700, exist_ok=True)
            sync_folder(path.parent)

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
