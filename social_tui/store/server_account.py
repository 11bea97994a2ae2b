"""Which account the embedded PostgreSQL server runs as, and which folders that account can enter."""

from __future__ import annotations

import os
import stat
from dataclasses import dataclass
from pathlib import Path

from social_tui.errors import ConfigurationError

DEDICATED_ACCOUNT = "social-tui"
FALLBACK_ACCOUNT = "nobody"


@dataclass(frozen=True)
class Account:
    """An operating-system account that is not root.

    Args:
        name: Its login name, or its number where it has none.
        uid: Its user id.
        gid: Its group id.
    """

    name: str
    uid: int
    gid: int


def is_root() -> bool:
    """Tell whether this process has root's user id; PostgreSQL refuses to run under it."""
    return os.geteuid() == 0


def preferred_account() -> Account:
    """Choose the account for a new database of root's: `social-tui` where it exists, else `nobody`.

    Raises:
        ConfigurationError: If the machine has neither.
    """
    import pwd

    for name in (DEDICATED_ACCOUNT, FALLBACK_ACCOUNT):
        try:
            entry = pwd.getpwnam(name)
        except KeyError:
            continue
        if entry.pw_uid != 0:
            return Account(name, entry.pw_uid, entry.pw_gid)
    raise ConfigurationError(
        f"PostgreSQL cannot run as root, and this machine has no account {FALLBACK_ACCOUNT!r}.",
        hint=f"Add an account named {DEDICATED_ACCOUNT!r}, run as an ordinary user, or set DATABASE_URL.",
    )


def owner_of(path: Path) -> Account:
    """Name the account that owns a file or folder."""
    import pwd

    status = path.stat()
    try:
        name = pwd.getpwuid(status.st_uid).pw_name
    except KeyError:
        name = str(status.st_uid)
    return Account(name, status.st_uid, status.st_gid)


def first_closed_folder(path: Path, account: Account) -> Path | None:
    """Find the first folder on the way to a path, the path's own included, that an account cannot enter.

    Only the permission bits are read: an access list that grants more is not seen, one that grants less
    shows when the server starts.

    Args:
        path: An absolute path; what does not exist yet is passed over.
        account: Who wants to go there.

    Returns:
        The folder, or None when the way is open.
    """
    for folder in [*reversed(path.parents), path]:
        try:
            status = folder.stat()
        except FileNotFoundError:
            return None
        if status.st_uid == account.uid:
            needed = stat.S_IXUSR
        elif status.st_gid == account.gid:
            needed = stat.S_IXGRP
        else:
            needed = stat.S_IXOTH
        if stat.S_ISDIR(status.st_mode) and not status.st_mode & needed:
            return folder
    return None


def make_folders(path: Path) -> None:
    """Make a folder and its missing parents; what exists keeps its owner and mode.

    Folders of root's may be passed through (0711) so that the server's account reaches its data in them;
    folders of anyone else are private (0700).
    """
    mode = 0o711 if is_root() else 0o700
    missing = [folder for folder in (path, *path.parents) if not folder.exists()]
    for folder in reversed(missing):
        try:
            folder.mkdir()
        except FileExistsError:
            continue
        folder.chmod(mode)
