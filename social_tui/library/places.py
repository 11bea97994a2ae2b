"""The places that a library keeps its files in: can work go on there?"""

from __future__ import annotations

from social_tui.errors import StorageError
from social_tui.library.session import Library
from social_tui.models import JobKind

ABSENT_HINT = "Mount its disk. If its files are lost, run: social-tui media verify-cache --assume-lost."


def require_media(library: Library) -> None:
    """Make sure that the cache's disk is there: where it is not mounted, no file is lost.

    Raises:
        StorageError: If there is nothing where the media should be, or it cannot be read.
    """
    root = library.cache.root
    try:
        if any((root / "media").iterdir()):
            return
    except FileNotFoundError:
        pass
    except OSError as error:
        raise StorageError(
            f"The cache folder {root} cannot be read: {error.strerror}.",
            hint="Check its owner and its disk.",
            stop_lane=True,
        ) from error
    state = "is empty" if root.is_dir() else "is not there"
    raise StorageError(f"The cache folder {root} {state}.", hint=ABSENT_HINT, stop_lane=True)


def try_places(library: Library, kind: JobKind) -> None:
    """Make sure that what jobs of a kind read is there, and write a little where they write.

    Args:
        library: The open library.
        kind: What the jobs do.

    Raises:
        StorageError: If a disk is not there or takes no files.
        ArchiveError: If the archive cannot be used for another reason.
    """
    if kind != "download":
        require_media(library)
    if kind == "archive":
        library.archive.check()
    elif kind != "verify":
        library.cache.try_to_write()
