"""Where a library keeps its database, media, logs and settings."""

from __future__ import annotations

import os
import sys
from dataclasses import dataclass
from pathlib import Path

from social_tui.errors import ConfigurationError, StorageError

_APPLICATION = "social-tui"


@dataclass(frozen=True, slots=True)
class Paths:
    """The folders and the settings file of one library; none of them need exist yet.

    Args:
        home: The folder that holds the whole library, or None for the platform's usual folders.
        database: The embedded server's folder.
        cache: The root that ``post_media.local_file_path`` is relative to.
        archive: The local archive's root.
        log: The folder of ``media.log``.
        state: Small files that may be lost: window state, process ids.
        config_file: The library's settings.
    """

    home: Path | None
    database: Path
    cache: Path
    archive: Path
    log: Path
    state: Path
    config_file: Path


def library_paths(home: Path | None) -> Paths:
    """Lay out a library.

    Args:
        home: The folder to put it whole into; None for the platform's usual folders. The superuser on
            Linux gets the system's folders, because the database server runs under another account
            that could not reach into the superuser's own.

    Returns:
        Absolute paths; nothing is created.

    Raises:
        ConfigurationError: If the folder cannot be named so.
    """
    if home is not None:
        root = absolute(home)
        return Paths(
            home=root,
            database=root / "database",
            cache=root / "cache",
            archive=root / "archive",
            log=root / "log",
            state=root / "state",
            config_file=root / "config.toml",
        )
    from platformdirs import PlatformDirs

    folders = PlatformDirs(_APPLICATION, appauthor=False)
    if sys.platform == "linux" and os.geteuid() == 0:
        data = Path("/var/lib") / _APPLICATION
        cache, log, state = Path("/var/cache") / _APPLICATION, Path("/var/log") / _APPLICATION, data / "state"
    else:
        data, cache = folders.user_data_path, folders.user_cache_path
        log, state = folders.user_log_path, folders.user_state_path
    return Paths(
        home=None,
        database=data / "database",
        cache=cache,
        archive=data / "archive",
        log=log,
        state=state,
        config_file=user_config_file(),
    )


def absolute(path: Path) -> Path:
    """Make a folder that a person named absolute.

    Raises:
        ConfigurationError: If it begins with the home folder of a user who has none, or at a current
            folder that is gone, or no folder can be named so.
    """
    if "\0" in str(path):
        raise ConfigurationError(f"{str(path)!r} cannot be the name of a folder.")
    try:
        return path.expanduser().absolute()
    except RuntimeError:
        raise ConfigurationError(
            f"{path} begins with the home folder of a user who has none here.", hint="Write the folder whole."
        ) from None
    except FileNotFoundError:
        raise ConfigurationError(
            f"{path} begins at the current folder, which is gone.", hint="Write the folder whole, from / on."
        ) from None


def user_config_file() -> Path:
    """Return the settings file that holds for all of a user's libraries."""
    from platformdirs import user_config_path

    return user_config_path(_APPLICATION, appauthor=False) / "config.toml"


def ensure_private(path: Path) -> Path:
    """Make a folder that only its owner may enter, unless it is there.

    Folders above it are made with the usual modes; the modes of folders that exist never change.

    Args:
        path: The folder.

    Returns:
        The same path.

    Raises:
        StorageError: If it cannot be made or is not a folder.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.mkdir(mode=0o700, exist_ok=True)
    except OSError as error:
        raise StorageError(
            f"The folder {path} cannot be used: {error.strerror}.",
            hint="Choose another place with --library DIR or SOCIAL_TUI_HOME.",
            stop_lane=True,
        ) from error
    return path
