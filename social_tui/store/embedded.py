"""The PostgreSQL server that comes along: started by the first process that needs it, stopped by the last."""

from __future__ import annotations

import contextlib
import re
import sys
import threading
import time
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self
from urllib.parse import quote

from social_tui.errors import ConfigurationError, DatabaseUnavailableError
from social_tui.store.psycopg_errors import connect
from social_tui.store.server_account import make_folders
from social_tui.store.server_binaries import PGSERVER_VERSION, programs_for
from social_tui.store.server_lock import file_lock
from social_tui.store.server_place import (
    SYSTEM_DIRECTORY,
    Place,
    find_place,
    socket_directory,
    write_note,
)
from social_tui.store.server_process import Cluster

if TYPE_CHECKING:
    from psycopg import Connection

LEASE_NAME = "social-tui lease"
_GUEST_NAME = "social-tui guest"
_LOCK_NAME = "lock"
_MARKER_NAME = "keep-running"
_ATTACH_SECONDS = 60
# How long backends of connections that were just closed may still be listed.
_GOING_SECONDS = 1.0

_COUNT_OTHERS = """
    select count(*) filter (where application_name = %s), count(*)
    from pg_catalog.pg_stat_activity
    where backend_type = 'client backend' and pid <> pg_backend_pid()
"""


@dataclass(frozen=True)
class ServerStatus:
    """What an embedded server is doing.

    Args:
        running: Whether it is up.
        directory: Where its files are.
        url: How to connect; empty when it is down.
        pid: Its process id; None when it is down.
        version: The server's version, as in "18.4"; None when it is down.
        clients: How many connections it serves, without the one that asked.
        keep_running: Whether it stays up until `db stop`.
        notice: One line for a person when the files are not in the library; else empty.
    """

    running: bool
    directory: Path
    url: str
    pid: int | None
    version: str | None
    clients: int
    keep_running: bool
    notice: str


class EmbeddedServer:
    """The server of one library; any number of processes and threads may share it.

    Args:
        directory: The library's database folder; made where it is missing.
        system_directory: Root's own folder, for databases and programs that the server's account could not
            reach where they are.
        version: The PostgreSQL major version of the wheel to run.
    """

    def __init__(
        self, directory: Path, *, system_directory: Path = SYSTEM_DIRECTORY, version: str = PGSERVER_VERSION
    ) -> None:
        if sys.platform == "win32":
            raise ConfigurationError(
                "The embedded database does not run on Windows yet.",
                hint="Set DATABASE_URL to a PostgreSQL server.",
            )
        self._directory = directory.absolute()
        if re.search(r"[\r\n]", str(directory)):
            raise ConfigurationError(
                f"PostgreSQL takes no folder with a line break in its path: {str(directory)!r}.",
                hint="Choose another place with --library DIR or SOCIAL_TUI_HOME, or set DATABASE_URL.",
            )
        self._system_directory = system_directory
        self._version = version

    def acquire(self) -> Lease:
        """Attach to the server, making and starting it where needed.

        Returns:
            A lease; while it is held the server stays up.

        Raises:
            DatabaseUnavailableError: If the server cannot be had; the message says why.
            ConfigurationError: If this machine has no server programs or no account for them.
        """
        place = self._place(make=True)
        try:
            with file_lock(place.directory / _LOCK_NAME):
                created = not place.data.exists()
                return Lease(self, place, self._connect_or_start(place), created=created)
        except OSError as error:
            raise DatabaseUnavailableError(
                f"The database in {place.directory} cannot be started: {error}.",
                hint="Check the free space and the permissions there.",
            ) from error

    def keep_running(self, keep: bool) -> None:
        """Say whether the server stays up after its last client left.

        Args:
            keep: True until `stop`; False lets the next last client stop it.
        """
        place = self._place(make=True)
        marker = place.directory / _MARKER_NAME
        with file_lock(place.directory / _LOCK_NAME):
            if keep:
                marker.touch(mode=0o600)
            else:
                marker.unlink(missing_ok=True)

    def stop(self) -> bool:
        """Stop the server whoever uses it, and forget that it was to be kept up.

        Returns:
            Whether it was running.
        """
        place = self._place(make=False)
        if not place.directory.is_dir():
            return False
        with file_lock(place.directory / _LOCK_NAME):
            (place.directory / _MARKER_NAME).unlink(missing_ok=True)
            cluster = self._cluster(place)
            running = cluster.running_pid() is not None
            cluster.stop()
            return running

    def status(self) -> ServerStatus:
        """Look at the server without starting it or making anything."""
        place = self._place(make=False)
        keep = (place.directory / _MARKER_NAME).exists()
        connection = self._try_connect(place, _GUEST_NAME) if place.data.is_dir() else None
        if connection is None:
            return ServerStatus(False, place.directory, "", None, None, 0, keep, place.notice)
        with connection:
            clients = _count_others(connection)[1]
            version = connection.info.parameter_status("server_version")
        pid = self._cluster(place).running_pid()
        return ServerStatus(True, place.directory, _url(place), pid, version, clients, keep, place.notice)

    def renew(self, place: Place, connection: Connection[Any]) -> Connection[Any]:
        """Give a lease a connection that works; a server that died is started, a stopped one is not."""
        with file_lock(place.directory / _LOCK_NAME):
            # The old connection is no witness: a backend may outlive its server for a moment.
            fresh = self._try_connect(place)
            if fresh is None:
                if self._cluster(place).was_stopped():
                    raise DatabaseUnavailableError(
                        "The database server was stopped.", hint="Start it again: social-tui db start"
                    )
                fresh = self._connect_or_start(place)
            connection.close()
            return fresh

    def release(self, place: Place, connection: Connection[Any]) -> None:
        """Close a lease's connection, and stop the server if no one else is connected."""
        import psycopg

        with file_lock(place.directory / _LOCK_NAME):
            last = not (place.directory / _MARKER_NAME).exists() and self._is_last(place, connection)
            with contextlib.suppress(psycopg.OperationalError):  # of a server that died
                # Its backend may be listed a moment longer; the next one out must not take it for a lease.
                connection.execute(f"set application_name = '{_GUEST_NAME}'")
            connection.close()
            if last:
                self._cluster(place).stop()

    def _place(self, *, make: bool) -> Place:
        try:
            place = find_place(self._directory, self._system_directory)
            if make:
                make_folders(place.directory)
        except OSError as error:
            raise DatabaseUnavailableError(
                f"The database folder {self._directory} cannot be used: {error.strerror or error}.",
                hint="Check its permissions, or choose another library.",
            ) from error
        return place

    def _cluster(self, place: Place) -> Cluster:
        programs = programs_for(place.account, self._system_directory, self._version)
        return Cluster(place.data, programs, place.account, self._version)

    def _connect_or_start(self, place: Place) -> Connection[Any]:
        connection = self._try_connect(place)
        if connection is not None:
            return connection
        cluster = self._cluster(place)
        deadline = time.monotonic() + _ATTACH_SECONDS
        # A live server that refuses is starting, recovering or stopping; only a dead one is started anew.
        while cluster.exists() and cluster.running_pid() is not None:
            time.sleep(0.05)
            connection = self._try_connect(place)
            if connection is not None:
                return connection
            if time.monotonic() > deadline:
                break
        else:
            if not cluster.exists():
                cluster.initialise()
            write_note(self._directory, place)
            cluster.start()
        return connect(_url(place), application_name=LEASE_NAME)

    def _try_connect(self, place: Place, name: str = LEASE_NAME) -> Connection[Any] | None:
        try:
            return connect(_url(place), application_name=name)
        except DatabaseUnavailableError:
            return None

    def _is_last(self, place: Place, connection: Connection[Any]) -> bool:
        """Tell whether no other client is connected; a killed server has nothing to stop."""
        import psycopg

        deadline = time.monotonic() + _GOING_SECONDS
        while True:
            try:
                leases, clients = _count_others(connection)
            except psycopg.OperationalError:
                # The server restarted under this lease: ask the one that is there now.
                fresh = self._try_connect(place, _GUEST_NAME)
                if fresh is None:
                    return False
                with fresh:
                    leases, clients = _count_others(fresh)
            if clients == 0:
                return True
            if leases or time.monotonic() > deadline:
                return False
            time.sleep(0.01)


class Lease:
    """The promise that the server stays up; close it to let go. Threads may share it.

    Args:
        server: Whose server it is.
        place: Where the database is.
        connection: The connection that marks this process as a user of the server.
        created: Whether the database was made by this very attachment.
    """

    def __init__(
        self, server: EmbeddedServer, place: Place, connection: Connection[Any], *, created: bool
    ) -> None:
        self._server = server
        self._place = place
        self._connection: Connection[Any] | None = connection
        self._lock = threading.Lock()
        self.url = _url(place)
        self.created = created

    @property
    def directory(self) -> Path:
        """Where the database's files are."""
        return self._place.directory

    @property
    def notice(self) -> str:
        """One line for a person when the database is not in the library; else empty."""
        return self._place.notice

    def renew(self) -> None:
        """Make the server reachable again after it died.

        Raises:
            DatabaseUnavailableError: If it was stopped on purpose, or does not start.
        """
        with self._lock:
            if self._connection is not None:
                self._connection = self._server.renew(self._place, self._connection)

    def close(self) -> None:
        """Let go; the last one out stops the server."""
        with self._lock:
            connection, self._connection = self._connection, None
        if connection is not None:
            self._server.release(self._place, connection)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def _url(place: Place) -> str:
    return (
        f"postgresql://postgres@/postgres?host={quote(str(socket_directory(place.data)), safe='')}&port=5432"
    )


def _count_others(connection: Connection[Any]) -> tuple[int, int]:
    """Count the other clients of a server: those that hold a lease, and all."""
    row = connection.execute(_COUNT_OTHERS, [LEASE_NAME]).fetchone()
    leases, clients = row if row is not None else (0, 0)
    return leases, clients
