"""Where the embedded server's files are: in the library, or in root's own folder."""

from __future__ import annotations

import hashlib
import os
import sys
from dataclasses import dataclass
from pathlib import Path

from social_tui.errors import ConfigurationError, DatabaseUnavailableError
from social_tui.store.server_account import (
    Account,
    first_closed_folder,
    is_root,
    make_folders,
    owner_of,
    preferred_account,
)
from social_tui.store.server_process import SOCKET_NAME

SYSTEM_DIRECTORY = Path("/var/lib/social-tui")
DATA_NAME = "data"
_NOTE_NAME = "location.txt"
# sizeof(sun_path) - 1: unix(7) on Linux, unix(4) on macOS.
_SOCKET_PATH_LIMIT = 107 if sys.platform == "linux" else 103


@dataclass(frozen=True)
class Place:
    """Where one library's database is and who serves it.

    Args:
        directory: The folder that holds the data directory, the lock and the marker.
        account: The account of the server; None for the caller's own.
        notice: One line for a person when the database is not in the library; else empty.
    """

    directory: Path
    account: Account | None
    notice: str = ""

    @property
    def data(self) -> Path:
        """PostgreSQL's data directory."""
        return self.directory / DATA_NAME


def find_place(directory: Path, system_directory: Path) -> Place:
    """Find or choose the place of a library's database; nothing is made.

    Args:
        directory: The library's database folder, absolute.
        system_directory: Root's own folder for databases that cannot be in the library.

    Raises:
        DatabaseUnavailableError: If the database is there but out of reach.
    """
    place = _read_note(directory, system_directory) or Place(directory, None)
    if place.data.exists():
        return _existing_place(place)
    if place.directory != directory:
        raise DatabaseUnavailableError(
            f"The library's database is gone: {directory / _NOTE_NAME} says that it is in {place.directory}.",
            hint="Bring that folder back, or remove the file to begin with an empty database.",
        )
    if not is_root():
        return place
    account = preferred_account()
    closed = first_closed_folder(directory, account)
    if closed is None:
        return Place(directory, account)
    key = hashlib.sha256(os.fsencode(directory)).hexdigest()[:16]
    elsewhere = system_directory / "databases" / key
    closed_there = first_closed_folder(elsewhere, account)
    if closed_there is not None:
        raise _closed(elsewhere, closed_there, account)
    reason = f"the server's account {account.name!r} cannot enter {closed}"
    place = Place(elsewhere, account, f"The database is in {elsewhere}, because {reason}.")
    return _existing_place(place) if place.data.exists() else place


def write_note(directory: Path, place: Place) -> None:
    """Leave a text file in the library that says where its database is, when it is elsewhere."""
    note = directory / _NOTE_NAME
    if place.directory != directory and not note.exists():
        make_folders(directory)
        note.write_text(f"{place.directory}\n{place.notice}\n", "utf-8", "surrogateescape")


def socket_directory(data: Path) -> Path:
    """Return a folder by which a client reaches the server's socket.

    A path of more than 107 bytes does not fit a socket address, and one that is no UTF-8 does not fit a
    connection string: then it is a link to the data directory, in a runtime folder that only its owner may
    enter.
    """
    if len(os.fsencode(data / SOCKET_NAME)) <= _SOCKET_PATH_LIMIT and _is_text(data):
        return data
    link = _runtime_directory() / hashlib.sha256(os.fsencode(data)).hexdigest()[:16]
    if not (link.is_symlink() and link.readlink() == data):
        new = link.with_name(f"{link.name}.{os.getpid()}")
        new.unlink(missing_ok=True)
        new.symlink_to(data)
        new.replace(link)
    return link


def _is_text(path: Path) -> bool:
    try:
        str(path).encode("utf-8")
    except UnicodeEncodeError:
        return False
    return True


def _runtime_directory() -> Path:
    """Return this account's private folder for short-lived links, in a short place."""
    given = os.environ.get("XDG_RUNTIME_DIR", "")
    parent = Path(given) if given and len(given) <= 40 and Path(given).is_dir() else Path("/tmp")  # noqa: S108
    folder = parent / f"social-tui-{os.geteuid()}"
    folder.mkdir(mode=0o700, exist_ok=True)
    status = folder.lstat()
    if folder.is_symlink() or status.st_uid != os.geteuid() or status.st_mode & 0o077:
        raise ConfigurationError(
            f"{folder} should be a folder that only you can enter, and it is not.",
            hint="Remove it, or put the library under a shorter path.",
        )
    return folder


def _existing_place(place: Place) -> Place:
    owner = owner_of(place.data)
    if not is_root():
        if owner.uid != os.geteuid():
            raise _out_of_reach(place.data, owner.name)
        return place
    if owner.uid == 0:
        raise DatabaseUnavailableError(
            f"{place.data} belongs to root, under whom PostgreSQL refuses to run.",
            hint="Give it back to the account that made it (chown -R).",
        )
    # An ordinary user's library, opened by root, goes on running as that user.
    closed = first_closed_folder(place.directory, owner)
    if closed is not None:
        raise _closed(place.data, closed, owner)
    return Place(place.directory, owner, place.notice)


def _read_note(directory: Path, system_directory: Path) -> Place | None:
    try:
        line, _, notice = (directory / _NOTE_NAME).read_text("utf-8", "surrogateescape").partition("\n")
    except FileNotFoundError:
        return None
    elsewhere = Path(line)
    if elsewhere.parent != system_directory / "databases":
        raise DatabaseUnavailableError(
            f"{directory / _NOTE_NAME} names {line!r}, which is not a folder of {system_directory}.",
            hint="Correct the file's first line, or remove the file.",
        )
    return Place(elsewhere, None, notice.strip())


def _out_of_reach(data: Path, owner: str) -> DatabaseUnavailableError:
    return DatabaseUnavailableError(
        f"The database {data} belongs to {owner}, so you cannot start its server.",
        hint=f"Run as {owner}, or use a library of your own.",
    )


def _closed(data: Path, closed: Path, account: Account) -> DatabaseUnavailableError:
    return DatabaseUnavailableError(
        f"The database {data} runs as {account.name!r}, who cannot enter {closed}.",
        hint=f"Allow it to pass: chmod o+x {closed}",
    )
