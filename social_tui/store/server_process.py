"""One PostgreSQL data directory: making it, starting and stopping its server, telling whether it lives.

Nothing here locks: `embedded` calls it under the library's file lock.
"""

from __future__ import annotations

import os
import shlex
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

from social_tui.errors import DatabaseUnavailableError
from social_tui.processors import kept_to, own_processors
from social_tui.store.server_account import Account

SOCKET_NAME = ".s.PGSQL.5432"
_LOG_NAME = "server.log"
_LOG_BYTES = 1_000_000
# Recovery after a crash can take minutes; a failure shows at once.
_START_SECONDS = 300
_STOP_SECONDS = 60
_POLL_SECONDS = 0.01
# No process can have this number (Linux ends at 2**22), so PostgreSQL takes a lock file with it for stale.
_IMPOSSIBLE_PID = 2**31 - 1

_SERVER_SETTINGS = {
    "listen_addresses": "",
    # Relative to the data directory, so that the path's length and letters never matter to the server.
    "unix_socket_directories": ".",
    "unix_socket_permissions": "0700",
    # Errors of statements can quote rows; the log keeps what concerns the server alone.
    "log_min_messages": "log",
    "log_min_error_statement": "panic",
    "log_error_verbosity": "terse",
    "log_checkpoints": "off",
    "log_timezone": "UTC",
    "timezone": "UTC",
    # With the 4 MB that follow from the other defaults, imports wait for room in them thousands of times.
    "wal_buffers": "32MB",
}


@dataclass(frozen=True)
class Cluster:
    """A data directory with the programs and the account that serve it.

    Args:
        data: PostgreSQL's data directory; its log and socket are in it.
        programs: The folder with `initdb`, `pg_ctl` and `postgres`.
        account: Who runs them; None for the caller's own account.
        version: The PostgreSQL major version of the programs.
    """

    data: Path
    programs: Path
    account: Account | None
    version: str

    def exists(self) -> bool:
        """Tell whether the data directory was made completely."""
        return (self.data / "PG_VERSION").is_file()

    def initialise(self) -> None:
        """Make the data directory whole or not at all: `initdb` beside it, then rename.

        Raises:
            DatabaseUnavailableError: If `initdb` fails.
        """
        prefix = f"{self.data.name}.new-"
        for leftover in self.data.parent.glob(f"{prefix}*"):
            shutil.rmtree(leftover)
        new = Path(tempfile.mkdtemp(dir=self.data.parent, prefix=prefix))
        if self.account is not None:
            os.chown(new, self.account.uid, self.account.gid)
        # From 17 on the built-in provider makes text behave the same whatever the user's LANG is.
        locale = ["--locale=C"]
        if int(self.version) >= 17:
            locale += ["--locale-provider=builtin", "--builtin-locale=C.UTF-8"]
        made = self._run(
            "initdb", ["-U", "postgres", "-A", "trust", "-E", "UTF8", *locale], new, capture=True
        )
        if made.returncode != 0:
            shutil.rmtree(new)
            reason = _last_line(made.stdout) or "initdb failed"
            raise DatabaseUnavailableError(
                f"The database could not be made in {self.data}: {reason.rstrip('.')}.",
                hint="Check the free space and the permissions there.",
            )
        new.rename(self.data)

    def start(self) -> None:
        """Start the server and wait until it takes connections.

        Raises:
            DatabaseUnavailableError: If it does not start; the message ends with its log's last line.
        """
        self._check_version()
        self._disown_stale_lock_files()
        self._rotate_log()
        settings = dict(_SERVER_SETTINGS)
        if sys.platform == "linux":
            # A statement whose client was killed ends soon, and with it the reason to keep the server up.
            settings["client_connection_check_interval"] = "2s"
        options = " ".join(f"-c {name}={shlex.quote(value)}" for name, value in settings.items())
        arguments = ["start", "-w", "-s", "-t", str(_START_SECONDS), "-l", _LOG_NAME, "-o", options]
        # It serves others too, and longer than the work that its starter keeps to fewer for.
        with kept_to(own_processors()):
            self._start(arguments)

    def _start(self, arguments: list[str]) -> None:
        deadline = time.monotonic() + _STOP_SECONDS
        while self._run("pg_ctl", arguments, self.data).returncode != 0:
            reason = self.last_log_line()
            # The server's own guard: processes of a killed server still use its memory; they end soon.
            if "shared memory block" not in reason or time.monotonic() > deadline:
                raise DatabaseUnavailableError(
                    f"The database server did not start: {(reason or 'it wrote no log').rstrip('.')}.",
                    hint=f"Its log is {self.data / _LOG_NAME}.",
                )
            time.sleep(0.1)

    def stop(self) -> None:
        """Stop the server now: open transactions are rolled back, what was committed stays.

        Raises:
            DatabaseUnavailableError: If it does not stop in time.
        """
        pid = self.running_pid()
        if pid is None:
            return
        deadline = time.monotonic() + _STOP_SECONDS
        os.kill(pid, signal.SIGINT)  # what PostgreSQL calls a fast shutdown
        while self.running_pid() == pid:
            if time.monotonic() > deadline:
                raise DatabaseUnavailableError(f"The database server (process {pid}) does not stop.")
            time.sleep(_POLL_SECONDS)

    def running_pid(self) -> int | None:
        """Return the process id of the live server of this data directory, None without one."""
        pid = _lock_file_pid(self.data / "postmaster.pid")
        return pid if pid is not None and _is_server_of(pid, self.data) else None

    def was_stopped(self) -> bool:
        """Tell whether the server ended in order, by `stop` or with the machine, and did not die."""
        return not (self.data / "postmaster.pid").exists()

    def last_log_line(self) -> str:
        """Return the last line that the server wrote to its log, without time and process."""
        try:
            with (self.data / _LOG_NAME).open("rb") as log:
                log.seek(0, os.SEEK_END)
                log.seek(max(0, log.tell() - 4096))
                return _last_line(log.read())
        except FileNotFoundError:
            return ""

    def _check_version(self) -> None:
        made_by = (self.data / "PG_VERSION").read_text().strip()
        if made_by != self.version:
            raise DatabaseUnavailableError(
                f"The database in {self.data} was made by PostgreSQL {made_by}; "
                f"this program brings PostgreSQL {self.version}.",
                hint=f"Use the social-tui that made it, or DATABASE_URL with a PostgreSQL {made_by} server.",
            )

    def _rotate_log(self) -> None:
        log = self.data / _LOG_NAME
        if log.exists() and log.stat().st_size > _LOG_BYTES:
            log.replace(log.with_name(f"{_LOG_NAME}.1"))

    def _disown_stale_lock_files(self) -> None:
        """Let PostgreSQL see that the process in its lock files is gone, as a zombie or by a reused number.

        The files are not removed: the server then checks by its shared memory that no process of the former
        one is left, which no look from outside can do as well.
        """
        for name in ("postmaster.pid", f"{SOCKET_NAME}.lock"):
            path = self.data / name
            pid = _lock_file_pid(path)
            if pid is None:
                continue
            first, separator, rest = path.read_bytes().partition(b"\n")
            # In place, and never shorter: were it cut off first, a full disk would leave an empty file, with
            # which no server starts.
            with path.open("r+b") as file:
                file.write(first.replace(b"%d" % pid, b"%d" % _IMPOSSIBLE_PID) + separator + rest)

    def _run(
        self, program: str, arguments: list[str], data: Path, *, capture: bool = False
    ) -> subprocess.CompletedProcess[bytes]:
        who = self.account
        return subprocess.run(
            [self.programs / program, *arguments],
            # The path travels in the environment: pg_ctl would put an argument through a shell.
            env={"PATH": os.defpath, "LC_ALL": "C", "PGDATA": str(data)},
            cwd=data,
            stdin=subprocess.DEVNULL,
            # A server inherits pg_ctl's output: a pipe would stay open for as long as the server runs.
            stdout=subprocess.PIPE if capture else subprocess.DEVNULL,
            stderr=subprocess.STDOUT if capture else subprocess.DEVNULL,
            check=False,
            user=who.uid if who else None,
            group=who.gid if who else None,
            extra_groups=[] if who else None,
        )


def _last_line(text: bytes) -> str:
    """Pick the line that tells most: the last one with an error, else the last one."""
    lines = text.decode("utf-8", "replace").strip().splitlines()
    telling = [line for line in lines if "FATAL:" in line or "error:" in line] or lines
    return telling[-1].partition("] ")[2] or telling[-1] if telling else ""


def _lock_file_pid(path: Path) -> int | None:
    """Read the process id on a PostgreSQL lock file's first line (the socket's has the same form)."""
    try:
        first = path.read_bytes().partition(b"\n")[0].strip()
    except FileNotFoundError:
        return None
    # A single-user server writes its number negative.
    return abs(int(first)) if first.lstrip(b"-").isdigit() else None


def _is_server_of(pid: int, data: Path) -> bool:
    """Tell whether a process is a live PostgreSQL server of a data directory, not a zombie or a namesake."""
    if sys.platform == "linux":
        return _is_server_by_proc(pid, data)
    listed = subprocess.run(
        ["/bin/ps", "-o", "stat=,comm=", "-p", str(pid)], capture_output=True, text=True, check=False
    ).stdout.split(None, 1)
    return len(listed) == 2 and not listed[0].startswith("Z") and listed[1].strip().endswith("postgres")


def _is_server_by_proc(pid: int, data: Path) -> bool:
    process = Path("/proc") / str(pid)
    try:
        state = (process / "stat").read_text().rpartition(")")[2].split()[0]
        if state in {"Z", "X"}:
            return False
        return (process / "cwd").readlink() == data.resolve()
    except PermissionError:
        # Root in a container may not look: then the name and the owner decide.
        return (process / "comm").read_text().strip() == "postgres" and (
            process.stat().st_uid == data.stat().st_uid
        )
    except (FileNotFoundError, ProcessLookupError):
        return False
