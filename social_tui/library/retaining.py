"""Retention: what nobody looked at for long enough leaves the cache, and never the archive."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime

from pydantic import Field

from social_tui.errors import ArchiveError, ConfigurationError, ReadOnlyError
from social_tui.library.evicting import evict, tell_lost, with_rows
from social_tui.library.session import Library
from social_tui.log import get_logger
from social_tui.media_cache.cache import FOLDERS
from social_tui.media_cache.disk import storage_errors
from social_tui.media_cache.room import MEDIA, CachedFile, unused_since
from social_tui.models import Report
from social_tui.store.cache import CachedBlob

log = get_logger(__name__)

_DAY = 86_400


class Part(Report):
    """Some files of the cache, and their bytes together."""

    files: int = 0
    bytes: int = 0

    def add(self, byte_size: int) -> None:
        """Count one more file."""
        self.files += 1
        self.bytes += byte_size


class RetentionReport(Report):
    """What is past its time in the cache.

    Args:
        retention_days: The settings that this is by.
        retention_video_days: Likewise.
        leaves: What leaves the cache, or left it.
        leaves_by_type: The same by type of media.
        stays: What stays all the same, by what keeps it: ``legal_hold``, ``not_archived``, ``pinned``,
            ``marked``, ``downloading``, ``in_use`` (somebody reads it), ``archive_lost`` (the archive said
            right before that it does not have it) or ``unknown`` (no row names it).
        problems: What hindered the work, in words.
    """

    retention_days: int | None
    retention_video_days: int | None
    leaves: Part = Field(default_factory=Part)
    leaves_by_type: dict[str, Part] = Field(default_factory=dict)
    stays: dict[str, Part] = Field(default_factory=dict)
    problems: list[str] = Field(default_factory=list)

    def count(self, file: AgedFile, kept_by: str | None) -> None:
        """Count one file by what keeps it; None where nothing does."""
        if kept_by is not None:
            self.stays.setdefault(kept_by, Part()).add(file.byte_size)
            return
        self.leaves.add(file.byte_size)
        self.leaves_by_type.setdefault(file.media_type, Part()).add(file.byte_size)


class AgedFile(Report):
    """One file of the cache that is past its time.

    Args:
        local_file_path: Relative to the cache.
        media_type: By the folder that it is in.
        byte_size: Its size in bytes.
        used_at: When it was written or looked at last.
        sha256: Its bytes; None where no row names it.
        kept_by: What keeps it in the cache all the same; None where nothing does.
    """

    local_file_path: str
    media_type: str
    byte_size: int
    used_at: datetime
    sha256: str | None
    kept_by: str | None


def aged_files(library: Library) -> Iterator[AgedFile]:
    """Give the files that are past their time, in no order; few are kept in mind however many there are.

    Raises:
        ConfigurationError: If no setting says how long media are kept.
        StorageError: If the cache cannot be read.
    """
    for aged, _, _ in _aged(library):
        yield aged


def plan(library: Library) -> RetentionReport:
    """Tell what would leave the cache, what would stay and why; nothing is removed, the archive is not asked.

    Raises:
        ConfigurationError: If no setting says how long media are kept.
        StorageError: If the cache cannot be read.
    """
    report = _report(library)
    for aged in aged_files(library):
        report.count(aged, aged.kept_by)
    return report


def apply(
    library: Library, *, tell: Callable[[RetentionReport], None] = lambda report: None
) -> RetentionReport:
    """Remove from the cache what is past its time and in the archive, with its small picture.

    What keeps a file is looked at again right before, and the archive is asked whether it has the bytes.

    Args:
        library: The open library.
        tell: Told the report so far, after each file.

    Raises:
        ConfigurationError: If no setting says how long media are kept.
        ReadOnlyError: If the library is only read.
        StorageError: If the disk refuses.
    """
    if library.settings.read_only:
        raise ReadOnlyError("Retention changes the library, and the setting read_only is on.")
    report = _report(library)
    with library.cache.locked("room"):
        for aged, file, blob in _aged(library):
            try:
                kept_by = aged.kept_by if blob is None or aged.kept_by else _remove(library, file, blob)
            except ArchiveError as error:
                report.problems.append(f"The archive cannot be asked, so nothing more was removed. {error}")
                break
            report.count(aged, kept_by)
            if kept_by == "archive_lost":
                tell_lost(report.problems, aged.local_file_path, report.stays[kept_by].files)
            tell(report)
    log.info("retention_applied", **report.model_dump(exclude={"problems"}), problems=len(report.problems))
    return report


def _remove(library: Library, file: CachedFile, blob: CachedBlob) -> str | None:
    """Remove one file and its small picture; returns what kept it."""
    kept_by = evict(library, file, blob, reason="retention")
    if kept_by is not None:
        return kept_by
    thumbnail = library.cache.thumbnail_path(blob.sha256)
    with storage_errors(thumbnail.parent):
        thumbnail.unlink(missing_ok=True)
    return None


def _report(library: Library) -> RetentionReport:
    settings = library.settings
    return RetentionReport(
        retention_days=settings.retention_days, retention_video_days=settings.retention_video_days
    )


def _aged(library: Library) -> Iterator[tuple[AgedFile, CachedFile, CachedBlob | None]]:
    settings = library.settings
    if settings.retention_days is None and settings.retention_video_days is None:
        raise ConfigurationError(
            "No setting says how long media are kept in the cache.",
            hint="Set SOCIAL_TUI_RETENTION_DAYS, or retention_days in config.toml.",
        )
    now = time.time()
    for media_type, folder in FOLDERS.items():
        days = settings.retention_video_days if media_type == "video" else None
        days = days or settings.retention_days
        if days is None:
            continue
        files = unused_since(library.cache.root / MEDIA / folder, now - days * _DAY)
        for file, blob in with_rows(library, files):
            aged = AgedFile(
                local_file_path=library.cache.relative(file.path),
                media_type=media_type,
                byte_size=file.byte_size,
                used_at=datetime.fromtimestamp(file.used_at, UTC),
                sha256=blob.sha256 if blob else None,
                kept_by=blob.kept_by if blob else "unknown",
            )
            yield aged, file, blob
