"""The embedded server after crashes: its own, its clients', the machine's."""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import subprocess
import sys
import textwrap
import time
import warnings
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import psycopg
import pytest

from social_tui.errors import DatabaseUnavailableError
from social_tui.store.embedded import EmbeddedServer
from social_tui.store.server_account import is_root, owner_of
from tests.store.holding import Holder

_ACQUIRE = """
import sys
from pathlib import Path
from social_tui.store.embedded import EmbeddedServer
with EmbeddedServer(Path(sys.argv[1])).acquire():
    print("started")
"""

linux_only = pytest.mark.skipif(sys.platform != "linux", reason="needs /proc and prctl of Linux")


def wait_until(condition: Callable[[], bool]) -> None:
    """Wait for what the system does by itself; the test's own timeout ends a vain wait."""
    while not condition():
        time.sleep(0.01)


def kill_postmaster(server: EmbeddedServer) -> int:
    pid = server.status().pid
    assert pid is not None
    os.kill(pid, signal.SIGKILL)
    wait_until(lambda: not server.status().running)
    return pid


def test_committed_rows_survive_a_killed_server(server: EmbeddedServer) -> None:
    lease = server.acquire()
    with psycopg.connect(lease.url, autocommit=True) as connection:
        connection.execute("create table t as select generate_series(1, 1000) as n")
    killed = kill_postmaster(server)
    with server.acquire() as again:
        assert server.status().pid != killed
        with psycopg.connect(again.url) as connection:
            assert connection.execute("select count(*) from t").fetchone() == (1000,)
        lease.close()
        assert server.status().running, "a lease on the dead server does not stop the new one"
    assert not server.status().running


def test_a_running_statement_does_not_hinder_the_restart(server: EmbeddedServer) -> None:
    with server.acquire() as lease, contextlib.closing(psycopg.connect(lease.url, autocommit=True)) as busy:
        busy.pgconn.send_query(b"select pg_sleep(600)")
        busy.pgconn.flush()
        kill_postmaster(server)
        with server.acquire():
            assert server.status().running


def test_a_lease_renews_a_server_that_died(server: EmbeddedServer) -> None:
    with server.acquire() as lease:
        lease.renew()
        kill_postmaster(server)
        lease.renew()
        assert server.status().running
    assert not server.status().running


def test_threads_that_renew_a_lease_at_once_make_one_connection(server: EmbeddedServer) -> None:
    with server.acquire() as lease:
        kill_postmaster(server)
        with warnings.catch_warnings(record=True) as warned, ThreadPoolExecutor(4) as threads:
            warnings.simplefilter("always", ResourceWarning)
            list(threads.map(lambda _: lease.renew(), range(4)))
            assert server.status().clients == 1
    assert [str(each.message) for each in warned] == []  # such as: a connection was deleted while open
    assert not server.status().running


def test_a_lease_does_not_bring_back_a_server_that_was_stopped(server: EmbeddedServer) -> None:
    with server.acquire() as lease:
        server.stop()
        with pytest.raises(DatabaseUnavailableError, match="was stopped"):
            lease.renew()
        assert not server.status().running


def test_a_killed_holder_does_not_keep_the_server_up(
    server: EmbeddedServer, library_home: Path, hold: Callable[..., Holder]
) -> None:
    holder = hold(library_home / "database")
    assert holder.answer["pid"]
    with server.acquire():
        holder.kill()
        wait_until(lambda: server.status().clients == 1)
    assert not server.status().running


def test_a_killed_holder_leaves_a_server_that_the_next_one_uses_and_stops(
    server: EmbeddedServer, library_home: Path, hold: Callable[..., Holder]
) -> None:
    holder = hold(library_home / "database")
    pid = holder.answer["pid"]
    holder.kill()
    with server.acquire():
        assert server.status().pid == pid
        wait_until(lambda: server.status().clients == 1)
    assert not server.status().running


def test_a_half_made_database_is_made_again(library_home: Path) -> None:
    directory = library_home / "database"
    (directory / "data.new-killed" / "base").mkdir(parents=True)
    (directory / "data.new-killed" / "PG_VERSION").write_text("18\n")
    directory.chmod(0o711)
    with EmbeddedServer(directory).acquire():
        assert [path.name for path in directory.glob("data*")] == ["data"]


def test_a_process_that_got_the_old_number_is_not_taken_for_the_server(
    server: EmbeddedServer, library_home: Path
) -> None:
    data = library_home / "database" / "data"
    owner = owner_of(data)
    as_owner = {"user": owner.uid, "group": owner.gid, "extra_groups": []} if is_root() else {}
    stranger = subprocess.Popen(["sleep", "600"], cwd="/", **as_owner)  # type: ignore[call-overload]
    try:
        lock_file = f"{stranger.pid}\n{data}\n1700000000\n5432\n.\n\n        0         0\nready   \n"
        (data / "postmaster.pid").write_text(lock_file)
        (data / ".s.PGSQL.5432.lock").write_text(lock_file)
        assert not server.status().running
        with server.acquire():
            assert server.status().pid != stranger.pid
        assert stranger.poll() is None
    finally:
        stranger.kill()
        stranger.wait()


@linux_only
@pytest.mark.parametrize(
    "wrapper", [[], ["setpriv", "--bounding-set=-sys_ptrace"]], ids=["usual", "container"]
)
def test_a_zombie_is_not_taken_for_the_server(
    wrapper: list[str], server: EmbeddedServer, library_home: Path
) -> None:
    """In containers the first process may reap no children, and root may not look into others' processes."""
    if wrapper and not (is_root() and shutil.which(wrapper[0])):
        pytest.skip("needs root and setpriv")
    program = textwrap.dedent("""
        import ctypes, os, signal, sys, time
        from pathlib import Path
        from social_tui.store.embedded import EmbeddedServer

        pr_set_child_subreaper = 36
        assert ctypes.CDLL(None).prctl(pr_set_child_subreaper, 1, 0, 0, 0) == 0
        server = EmbeddedServer(Path(sys.argv[1]))
        lease = server.acquire()
        first = server.status().pid
        os.kill(first, signal.SIGKILL)

        def state():
            return Path(f"/proc/{first}/stat").read_text().rpartition(")")[2].split()[0]

        while state() != "Z":
            time.sleep(0.01)
        with server.acquire():
            assert server.status().pid != first
            assert state() == "Z"
        lease.close()
        print("restarted beside its zombie")
    """)
    done = subprocess.run(
        [sys.executable, "-c", program, library_home / "database"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.stdout == "restarted beside its zombie\n", done.stderr


_ACQUIRE_ON_A_FULL_DISK = """
import resource, signal, sys
from pathlib import Path
from social_tui.errors import DatabaseUnavailableError
from social_tui.store.embedded import EmbeddedServer
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
try:
    EmbeddedServer(Path(sys.argv[1])).acquire()
except DatabaseUnavailableError as error:
    print(error)
"""


def test_a_full_disk_after_a_crash_does_not_keep_the_server_down_for_ever(
    server: EmbeddedServer, library_home: Path
) -> None:
    lease = server.acquire()
    kill_postmaster(server)
    lease.close()
    # A limit on the size of files refuses every write as a full disk does.
    full = subprocess.run(
        [sys.executable, "-c", _ACQUIRE_ON_A_FULL_DISK, library_home / "database"],
        capture_output=True,
        text=True,
        check=True,
    )
    assert "cannot be started" in full.stdout
    with server.acquire():
        assert server.status().running


@linux_only
def test_orphans_of_a_killed_server_are_waited_for(server: EmbeddedServer) -> None:
    """Two servers on one data directory would destroy it: PostgreSQL's own guard has to stay in force."""
    with server.acquire() as lease, contextlib.closing(psycopg.connect(lease.url)) as client:
        backend = client.info.backend_pid
        os.kill(backend, signal.SIGSTOP)
        try:
            kill_postmaster(server)
            started = subprocess.Popen(
                [sys.executable, "-c", _ACQUIRE, server.status().directory],
                stdout=subprocess.PIPE,
                text=True,
            )
            log = server.status().directory / "data" / "server.log"
            wait_until(lambda: "pre-existing shared memory block" in log.read_text())
            assert started.poll() is None
        finally:
            os.kill(backend, signal.SIGKILL)
        assert started.communicate()[0] == "started\n"
