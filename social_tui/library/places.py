"""The places that a library keeps its files in: can work go on there?"""

from __future__ import annotations

from social_tui.library.session import Library
from social_tui.models import JobKind


def try_places(library: Library, kind: JobKind) -> None:
    """Write a little, and remove it again, where jobs of a kind write.

    Args:
        library: The open library.
        kind: What the jobs do.

    Raises:
        StorageError: If a disk takes no files.
        ArchiveError: If the archive cannot be used for another reason.
    """
    if kind == "archive":
        library.archive.check()
    else:
        library.cache.try_to_write()
