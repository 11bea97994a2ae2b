"""Who runs the embedded server, and that no folder of anyone is opened up for it."""

from __future__ import annotations

import os
import pwd
import shutil
import stat
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import psycopg
import pytest

from social_tui.errors import ConfigurationError, DatabaseUnavailableError
from social_tui.store import server_account, server_binaries
from social_tui.store.embedded import EmbeddedServer
from social_tui.store.server_account import Account, first_closed_folder, is_root, owner_of, preferred_account
from tests.store.holding import Holder

as_root = pytest.mark.skipif(not is_root(), reason="only root runs the server under another account")


def modes(*paths: Path) -> list[tuple[int, int, int]]:
    return [(stat.S_IMODE(s.st_mode), s.st_uid, s.st_gid) for s in (path.stat() for path in paths)]


@pytest.fixture
def private_home(library_home: Path) -> Path:
    """Give a folder that only its owner may enter, like root's home."""
    home = library_home / "home"
    home.mkdir(mode=0o700)
    return home


@pytest.fixture
def reachable_python() -> str:
    """Find an interpreter that any account may run with this test's libraries."""
    someone = Account("daemon", 1, 1)
    for python in (Path(sys.executable).resolve(), Path("/usr/bin/python3").resolve()):
        version = subprocess.run(
            [python, "-c", "import sys; print(sys.version_info[:2])"], capture_output=True
        )
        same = version.stdout.decode().strip() == str(sys.version_info[:2])
        libraries = Path(psycopg.__file__)
        if same and not any(
            first_closed_folder(path, someone) for path in (python, libraries, Path(__file__))
        ):
            return str(python)
    pytest.skip("no interpreter that another account may run")


@as_root
def test_root_keeps_a_reachable_library_whole(library_home: Path) -> None:
    before = modes(library_home)
    system = library_home / "system"
    with EmbeddedServer(library_home / "database", system_directory=system).acquire() as lease:
        assert lease.notice == ""
        assert lease.directory == library_home / "database"
        account = preferred_account()
        assert owner_of(lease.directory / "data").uid == account.uid
        assert modes(lease.directory) == [(0o711, 0, 0)]
        pid = EmbeddedServer(library_home / "database").status().pid
        assert Path(f"/proc/{pid}").stat().st_uid == account.uid
    assert modes(library_home) == before
    assert not system.exists()


@as_root
def test_root_puts_the_database_elsewhere_rather_than_open_a_private_folder(
    private_home: Path, library_home: Path
) -> None:
    before = modes(library_home, private_home)
    system = library_home / "system"
    server = EmbeddedServer(private_home / "database", system_directory=system)
    with server.acquire() as lease, psycopg.connect(lease.url, autocommit=True) as connection:
        assert lease.directory.parent == system / "databases"
        assert str(private_home) in lease.notice
        assert lease.created
        assert server.status().notice == lease.notice
        connection.execute("create table t ()")
    assert modes(library_home, private_home) == before
    assert modes(system, system / "databases", lease.directory) == [(0o711, 0, 0)] * 3
    note = (private_home / "database" / "location.txt").read_text()
    assert note.splitlines() == [str(lease.directory), lease.notice]

    moved = library_home / "moved"
    private_home.rename(moved)
    with (
        EmbeddedServer(moved / "database", system_directory=system).acquire() as again,
        psycopg.connect(again.url) as connection,
    ):
        assert again.directory == lease.directory
        connection.execute("table t")


@as_root
def test_a_note_that_cannot_be_written_leaves_no_server_behind(
    private_home: Path, library_home: Path
) -> None:
    (private_home / "database").mkdir()
    (private_home / "database" / "location.txt").symlink_to("nowhere/location.txt")
    system = library_home / "system"
    server = EmbeddedServer(private_home / "database", system_directory=system)
    with pytest.raises(DatabaseUnavailableError, match=r"cannot be started: .*location\.txt"):
        server.acquire()
    assert not server.status().running

    (private_home / "database" / "location.txt").unlink()
    with server.acquire():
        assert (private_home / "database" / "location.txt").is_file()


@as_root
def test_a_private_folder_may_have_a_name_that_is_no_text(library_home: Path) -> None:
    private = library_home / os.fsdecode(b"b\xffd")
    private.mkdir(mode=0o700)
    server = EmbeddedServer(private / "database", system_directory=library_home / "system")
    with server.acquire() as first:
        directory = first.directory
    with server.acquire() as again:
        assert (again.directory, again.notice) == (directory, first.notice)
        assert not again.created


@as_root
def test_a_database_that_is_gone_is_not_replaced_by_an_empty_one(
    private_home: Path, library_home: Path
) -> None:
    system = library_home / "system"
    server = EmbeddedServer(private_home / "database", system_directory=system)
    with server.acquire() as lease:
        kept = lease.directory
    shutil.rmtree(kept)
    with pytest.raises(DatabaseUnavailableError, match=f"is gone.*{kept}"):
        server.acquire()
    (private_home / "database" / "location.txt").unlink()
    server.acquire().close()


@as_root
def test_roots_own_folder_must_be_open_too(private_home: Path, library_home: Path) -> None:
    system = library_home / "system"
    system.mkdir(mode=0o700)
    server = EmbeddedServer(private_home / "database", system_directory=system)
    with pytest.raises(DatabaseUnavailableError, match=f"cannot enter {system}"):
        server.acquire()
    assert modes(system) == [(0o700, 0, 0)]


@as_root
def test_a_note_that_leads_elsewhere_is_refused(private_home: Path, library_home: Path) -> None:
    (private_home / "database").mkdir()
    (private_home / "database" / "location.txt").write_text("/etc\n")
    with pytest.raises(DatabaseUnavailableError, match="'/etc', which is not a folder of"):
        EmbeddedServer(private_home / "database", system_directory=library_home / "system").acquire()


@as_root
def test_a_database_that_was_shut_in_is_not_replaced_by_an_empty_one(
    server: EmbeddedServer, library_home: Path
) -> None:
    library_home.chmod(0o700)
    with pytest.raises(DatabaseUnavailableError, match="cannot enter") as refused:
        server.acquire()
    assert f"chmod o+x {library_home}" in refused.value.hint
    library_home.chmod(0o711)


@as_root
def test_programs_out_of_reach_are_copied_once(
    private_home: Path, library_home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    wheel = server_binaries.find_programs().parent
    package = private_home / "site-packages" / wheel.parent.name
    shutil.copytree(wheel, package / wheel.name, symlinks=True)
    libraries = wheel.parent.with_name(f"{wheel.parent.name}.libs")
    shutil.copytree(libraries, package.with_name(libraries.name))
    subprocess.run(["chmod", "-R", "go-rwx", private_home], check=True)
    monkeypatch.setattr(server_binaries, "find_programs", lambda version: package / wheel.name / "bin")
    before = modes(library_home, private_home, package)

    system = library_home / "system"
    server = EmbeddedServer(library_home / "database", system_directory=system)
    with server.acquire() as lease, psycopg.connect(lease.url) as connection:
        connection.execute("select 1")
        pid = server.status().pid
        program = Path(f"/proc/{pid}/exe").readlink()
    copies = list((system / "server").iterdir())
    assert len(copies) == 1
    assert program.is_relative_to(copies[0])
    assert modes(library_home, private_home, package) == before

    made = copies[0].stat().st_mtime_ns
    server.acquire().close()
    assert [path.stat().st_mtime_ns for path in (system / "server").iterdir()] == [made]


@as_root
def test_root_runs_an_ordinary_users_library_as_that_user(library_home: Path, made_database: Path) -> None:
    directory = library_home / "database"
    subprocess.run(["cp", "-a", made_database, directory], check=True)
    subprocess.run(["chown", "-R", "1:1", directory], check=True)
    server = EmbeddedServer(directory)
    with server.acquire():
        assert Path(f"/proc/{server.status().pid}").stat().st_uid == 1
    assert owner_of(directory).uid == 1


@as_root
def test_a_database_of_roots_own_is_refused(library_home: Path) -> None:
    (library_home / "database" / "data").mkdir(parents=True)
    with pytest.raises(DatabaseUnavailableError, match="belongs to root"):
        EmbeddedServer(library_home / "database").acquire()


@as_root
def test_an_ordinary_user_runs_a_library_of_their_own(
    library_home: Path, hold: Callable[..., Holder], reachable_python: str
) -> None:
    home = library_home / "home"
    home.mkdir(mode=0o700)
    os.chown(home, 1, 1)
    holder = hold(home / "library" / "database", python=reachable_python, uid=1)
    assert holder.answer["directory"] == str(home / "library" / "database")
    assert Path(f"/proc/{holder.answer['pid']}").stat().st_uid == 1
    assert modes(home, home / "library", home / "library" / "database") == [(0o700, 1, 1)] * 3
    holder.close()
    assert not (home / "library" / "database" / "data" / "postmaster.pid").exists()


@as_root
def test_an_ordinary_user_is_told_whose_database_it_is(
    server: EmbeddedServer, library_home: Path, hold: Callable[..., Holder], reachable_python: str
) -> None:
    owner = owner_of(library_home / "database" / "data").name
    holder = hold(library_home / "database", python=reachable_python, uid=1)
    with pytest.raises(AssertionError, match=f"belongs to {owner}, so you cannot start its server"):
        holder.answer  # noqa: B018


def test_the_dedicated_account_is_preferred(monkeypatch: pytest.MonkeyPatch) -> None:
    known = {"social-tui": 4711, "nobody": 65534}

    def entry(name: str) -> pwd.struct_passwd:
        return pwd.struct_passwd((name, "x", known[name], known[name], "", "/", "/bin/false"))

    monkeypatch.setattr(pwd, "getpwnam", entry)
    assert preferred_account() == Account("social-tui", 4711, 4711)
    del known["social-tui"]
    assert preferred_account() == Account("nobody", 65534, 65534)
    del known["nobody"]
    with pytest.raises(ConfigurationError, match="no account 'nobody'"):
        preferred_account()


@pytest.mark.parametrize(
    ("mode", "owner", "closed"),
    [
        (0o711, "other", False),
        (0o700, "other", True),
        (0o710, "group", False),
        (0o701, "group", True),
        (0o100, "user", False),
        (0o077, "user", True),
    ],
)
def test_the_permission_that_applies_decides(mode: int, owner: str, closed: bool, library_home: Path) -> None:
    folder = library_home / "folder"
    folder.mkdir()
    me = folder.stat()
    folder.chmod(mode)
    uid = me.st_uid if owner == "user" else me.st_uid + 1
    gid = me.st_gid if owner == "group" else me.st_gid + 1
    someone = Account("someone", uid, gid)
    above = first_closed_folder(library_home, someone)
    found = first_closed_folder(folder / "not" / "there", someone)
    folder.chmod(0o700)
    if above is not None:
        pytest.skip(f"{above} is closed already")
    assert found == (folder if closed else None)


def test_folders_that_exist_keep_their_modes(library_home: Path) -> None:
    kept = library_home / "kept"
    kept.mkdir()
    kept.chmod(0o750)
    server_account.make_folders(kept / "a" / "b")
    made = 0o711 if is_root() else 0o700
    assert [mode for mode, _, _ in modes(kept, kept / "a", kept / "a" / "b")] == [0o750, made, made]
