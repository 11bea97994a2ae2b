"""Marks of made pictures: what files say of how they were made, looked for once and kept."""

from __future__ import annotations

import importlib.util
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

from social_tui.errors import ArchiveError, NotFoundError, ReadOnlyError, SocialTuiError
from social_tui.library.lending import open_bytes
from social_tui.library.session import Library
from social_tui.library.side_by_side import in_threads
from social_tui.log import get_logger
from social_tui.media_cache.decode import read_marks
from social_tui.media_cache.decoder import UndecodableError
from social_tui.models import Report
from social_tui.store import marks as mark_store
from social_tui.store.marks import UnreadBlob

log = get_logger(__name__)


class MarksReport(Report):
    """What looking for marks found.

    Args:
        looked_into: How many files were looked into.
        marked: How many of them say how they were made.
        unreadable: How many could not be looked into.
    """

    looked_into: int = 0
    marked: int = 0
    unreadable: int = 0


def look_for_marks(library: Library, sha256: str, path: Path, mime_type: str) -> dict[str, Any]:
    """Read what a file says of how it was made, and keep it with its bytes.

    Args:
        library: The open library.
        sha256: The bytes.
        path: The file that has them.
        mime_type: By its first bytes.

    Returns:
        What was kept, as :func:`~social_tui.media_cache.decode.read_marks` tells it; ``error`` of what cannot
        be read.
    """
    try:
        marks = read_marks(path, mime_type)
    except UndecodableError as error:
        marks = {"error": str(error)}
    mark_store.record_marks(library.gateway, sha256, marks, actor=library.actor)
    return marks


def note_marks(library: Library, sha256: str, path: Path, mime_type: str) -> None:
    """Look for marks beside other work, which what hinders it does not hinder."""
    try:
        look_for_marks(library, sha256, path, mime_type)
    except SocialTuiError as error:
        log.warning("marks_not_kept", sha256=sha256, error=str(error))


def look_for_missing_marks(
    library: Library, *, tell: Callable[[MarksReport], None] = lambda report: None
) -> MarksReport:
    """Look for marks in all files of the cache in which nobody did.

    Where C2PA manifests can be read, those that could not be before are read now; likewise files that could
    not be looked into, as that may have passed.

    Args:
        library: The open library.
        tell: Told the report so far, after each file.

    Raises:
        ReadOnlyError: If the library is only read.
    """
    if library.settings.read_only:
        raise ReadOnlyError("Looking for marks changes the library, and the setting read_only is on.")
    can_read = importlib.util.find_spec("c2pa") is not None
    report = MarksReport()

    def look(blob: UnreadBlob) -> dict[str, Any]:
        try:
            with open_bytes(library, blob.media_id, purpose="marks") as (_, path):
                return look_for_marks(library, blob.sha256, path, blob.mime_type)
        except (NotFoundError, ArchiveError) as error:
            log.warning("not_looked_into", media_id=blob.media_id, error=str(error))
            return {"error": str(error)}

    unread = mark_store.blobs_without_marks(library.gateway, again=can_read)
    for _, marks in in_threads(look, unread, threads=os.cpu_count() or 1):
        report.looked_into += 1
        report.unreadable += "error" in marks
        report.marked += bool(marks) and "error" not in marks
        tell(report)
    return report
