"""The embedded server's life: first in starts it, last out stops it, whatever happens between."""

from __future__ import annotations

import os
import shutil
import signal
import stat
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import psycopg
import pytest

from social_tui.errors import ConfigurationError, DatabaseUnavailableError
from social_tui.processors import kept_to
from social_tui.store import server_binaries
from social_tui.store.embedded import EmbeddedServer
from social_tui.store.server_account import is_root
from tests.store.holding import Holder
from tests.support.waiting import until


def query(url: str, sql: str) -> object:
    with psycopg.connect(url, autocommit=True) as connection:
        row = connection.execute(sql.encode()).fetchone()
    return row[0] if row else None


def test_a_first_start_makes_a_private_database_and_the_last_one_out_stops_it(library_home: Path) -> None:
    server = EmbeddedServer(library_home / "new" / "database")
    assert not server.status().running
    assert list(library_home.iterdir()) == [], "status makes nothing"

    with server.acquire() as lease:
        assert str(query(lease.url, "show server_version")).startswith("18.")
        assert query(lease.url, "show server_encoding") == "UTF8"
        assert query(lease.url, "select lower('ÄÖ')") == "äö", "text behaves the same whatever LANG is"
        assert query(lease.url, "show data_checksums") == "on"
        assert query(lease.url, "show listen_addresses") == ""
        status = server.status()
        assert (status.running, status.clients, status.keep_running) == (True, 1, False)
        assert status.pid is not None
        os.kill(status.pid, 0)

    assert not server.status().running
    assert stat.S_IMODE((library_home / "new" / "database" / "data").stat().st_mode) == 0o700
    assert not list((library_home / "new" / "database").glob("data.new-*"))


def test_the_server_stays_for_the_others(server: EmbeddedServer) -> None:
    first = server.acquire()
    with server.acquire() as second:
        first.close()
        assert query(second.url, "select 1") == 1
    assert not server.status().running


def test_a_client_without_a_lease_keeps_the_server_up(server: EmbeddedServer) -> None:
    with server.acquire() as lease:
        client = psycopg.connect(lease.url, autocommit=True)
    assert client.execute("select 1").fetchone() == (1,)
    client.close()
    server.acquire().close()
    assert not server.status().running


def test_start_keeps_the_server_up_until_stop(server: EmbeddedServer) -> None:
    with server.acquire():
        server.keep_running(True)
    status = server.status()
    assert (status.running, status.keep_running, status.clients) == (True, True, 0)

    with server.acquire() as lease:
        assert server.stop(), "stop does not ask who uses it"
        with pytest.raises(psycopg.OperationalError):
            query(lease.url, "select 1")
    assert not server.status().running
    assert not server.status().keep_running
    assert not server.stop()


@pytest.mark.skipif(sys.platform != "linux", reason="programs cannot choose their processors")
def test_a_server_is_for_all_whatever_its_starter_keeps_to(server: EmbeddedServer) -> None:
    usable = os.sched_getaffinity(0)
    with kept_to({min(usable)}), server.acquire() as lease, psycopg.connect(lease.url) as connection:
        assert os.sched_getaffinity(0) == {min(usable)}
        assert os.sched_getaffinity(connection.info.backend_pid) == usable
    assert os.sched_getaffinity(0) == usable


@pytest.mark.skipif(sys.platform != "linux", reason="programs cannot choose their processors")
def test_a_server_keeps_to_the_processors_that_its_starter_was_given(
    library_home: Path, hold: Callable[..., Holder]
) -> None:
    usable = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {min(usable)})  # as taskset does before it becomes the program
    try:
        holder = hold(library_home / "database")
    finally:
        os.sched_setaffinity(0, usable)
    assert os.sched_getaffinity(holder.answer["pid"]) == {min(usable)}


def test_five_processes_at_once_share_one_server(library_home: Path, hold: Callable[..., Holder]) -> None:
    directory = library_home / "database"
    holders = [hold(directory) for _ in range(5)]
    assert len({holder.answer["pid"] for holder in holders}) == 1
    for holder in holders:
        assert EmbeddedServer(directory).status().running
        holder.close()
    assert not EmbeddedServer(directory).status().running


def test_the_url_is_what_psql_takes(server: EmbeddedServer) -> None:
    psql = server_binaries.find_programs() / "psql"
    with server.acquire() as lease:
        shown = subprocess.run([psql, "-XAtc", "select 'hello'", lease.url], capture_output=True, check=True)
    assert shown.stdout == b"hello\n"


@pytest.mark.parametrize(
    "name", ["a b'c\"d$(touch x);&%41", "ünïcödé", "long" * 40], ids=["shell", "unicode", "long"]
)
def test_the_library_may_have_any_path(
    name: str, library_home: Path, made_database: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(library_home))
    directory = library_home / name / "database"
    directory.parent.mkdir(mode=0o711)
    subprocess.run(["cp", "-a", made_database, directory], check=True)
    with EmbeddedServer(directory).acquire() as lease:
        assert query(lease.url, "show data_directory") == str(directory / "data")
    assert not EmbeddedServer(directory).status().running
    links = library_home / f"social-tui-{os.geteuid()}"
    if len(str(directory)) > 107:
        assert stat.S_IMODE(links.stat().st_mode) == 0o700
        assert [link.resolve() for link in links.iterdir()] == [directory / "data"]
    else:
        assert not links.exists()


def test_a_path_that_is_no_text_is_reached_by_a_link(
    library_home: Path, made_database: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(library_home))
    directory = library_home / os.fsdecode(b"b\xffd") / "database"
    directory.parent.mkdir(mode=0o711)
    subprocess.run(["cp", "-a", made_database, directory], check=True)
    server = EmbeddedServer(directory)
    with server.acquire() as lease:
        assert query(lease.url, "select 1") == 1
        pid = server.status().pid
        assert pid is not None
        os.kill(pid, signal.SIGKILL)
        until(lambda: not server.status().running)
        lease.renew()
        assert query(lease.url, "select 1") == 1
    assert not server.status().running


def test_a_path_with_a_line_break_is_refused(library_home: Path) -> None:
    with pytest.raises(ConfigurationError, match=r"no folder with a line break in its path: '.*a\\nb"):
        EmbeddedServer(library_home / "a\nb")


def test_a_runtime_folder_of_someone_else_is_refused(
    library_home: Path, made_database: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(library_home))
    (library_home / f"social-tui-{os.geteuid()}").mkdir()
    (library_home / f"social-tui-{os.geteuid()}").chmod(0o777)
    directory = library_home / ("long" * 40) / "database"
    directory.parent.mkdir(mode=0o711)
    subprocess.run(["cp", "-a", made_database, directory], check=True)
    with pytest.raises(ConfigurationError, match="only you can enter"):
        EmbeddedServer(directory).acquire()


def test_a_missing_wheel_says_what_to_do(library_home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(server_binaries, "_PACKAGE", "no_such_package")
    with pytest.raises(ConfigurationError, match="Set DATABASE_URL"):
        EmbeddedServer(library_home / "database").acquire()


def test_windows_is_told_to_use_a_server(library_home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.platform", "win32")
    with pytest.raises(ConfigurationError, match="Set DATABASE_URL"):
        EmbeddedServer(library_home / "database")


def test_a_server_that_does_not_start_says_why(server: EmbeddedServer, library_home: Path) -> None:
    settings = library_home / "database" / "data" / "postgresql.auto.conf"
    settings.write_text("max_connections = many\n")
    with pytest.raises(DatabaseUnavailableError, match=r'auto\.conf" contains errors') as refused:
        server.acquire()
    assert "server.log" in refused.value.hint


def test_data_of_another_version_are_left_alone(server: EmbeddedServer, library_home: Path) -> None:
    (library_home / "database" / "data" / "PG_VERSION").write_text("16\n")
    with pytest.raises(DatabaseUnavailableError, match=r"made by PostgreSQL 16.*brings PostgreSQL 18"):
        server.acquire()


def test_a_folder_that_cannot_be_made_is_named(library_home: Path) -> None:
    (library_home / "file").write_text("")
    with pytest.raises(DatabaseUnavailableError, match=r"file/database cannot be used"):
        EmbeddedServer(library_home / "file" / "database").acquire()


def test_errors_of_statements_do_not_reach_the_log(server: EmbeddedServer, library_home: Path) -> None:
    with server.acquire() as lease, psycopg.connect(lease.url, autocommit=True) as connection:
        connection.execute("create table t (secret text primary key)")
        connection.execute("insert into t values ('canary-1')")
        with pytest.raises(psycopg.errors.UniqueViolation):
            connection.execute("insert into t values ('canary-1')")
        with pytest.raises(psycopg.errors.InvalidTextRepresentation):
            connection.execute("select 'canary-2'::int")
    log = (library_home / "database" / "data" / "server.log").read_text()
    assert "database system is ready" in log
    assert "canary" not in log


def test_nothing_is_left_in_the_library_but_the_database(server: EmbeddedServer, library_home: Path) -> None:
    server.acquire().close()
    assert sorted(path.name for path in (library_home / "database").iterdir()) == ["data", "lock"]
    assert not (library_home / "database" / "data" / "postmaster.pid").exists()


@pytest.mark.skipif(is_root(), reason="root may enter every folder")
def test_a_folder_without_permission_is_named(library_home: Path) -> None:
    library_home.chmod(0o500)
    with pytest.raises(DatabaseUnavailableError, match="cannot be used: Permission denied"):
        EmbeddedServer(library_home / "database").acquire()
    library_home.chmod(0o711)


def test_a_copied_database_serves_the_copy(
    server: EmbeddedServer, library_home: Path, made_database: Path
) -> None:
    other = library_home / "other"
    shutil.copytree(made_database, other, copy_function=shutil.copy2, ignore=shutil.ignore_patterns("data"))
    subprocess.run(["cp", "-a", made_database / "data", other / "data"], check=True)
    with server.acquire() as here, EmbeddedServer(other).acquire() as there:
        assert query(here.url, "show data_directory") != query(there.url, "show data_directory")


def test_the_log_does_not_grow_for_ever(server: EmbeddedServer, library_home: Path) -> None:
    log = library_home / "database" / "data" / "server.log"
    with log.open("a") as old:
        old.write("an old line\n" * 100_000)
    server.acquire().close()
    assert log.stat().st_size < 10_000
    assert log.with_name("server.log.1").exists()
