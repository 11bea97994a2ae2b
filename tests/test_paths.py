"""Where a library lies: whole under one folder, or in the platform's usual ones."""

from __future__ import annotations

import os
import stat
import sys
from pathlib import Path

import pytest

from social_tui.errors import ConfigurationError, StorageError
from social_tui.paths import ensure_private, library_paths


def test_a_home_holds_everything(tmp_path: Path) -> None:
    paths = library_paths(tmp_path / "lib")

    assert paths.home == tmp_path / "lib"
    assert (paths.database, paths.cache, paths.archive, paths.log, paths.state, paths.config_file) == tuple(
        tmp_path / "lib" / name for name in ("database", "cache", "archive", "log", "state", "config.toml")
    )
    assert not (tmp_path / "lib").exists()


def test_a_relative_home_counts_from_the_current_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)

    assert library_paths(Path("here")).cache == tmp_path / "here" / "cache"


@pytest.mark.skipif(sys.platform != "linux", reason="the superuser's folders are those of Linux")
def test_the_superuser_gets_the_systems_folders(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 0)

    paths = library_paths(None)

    assert paths.home is None
    assert paths.database == Path("/var/lib/social-tui/database")
    assert paths.archive == Path("/var/lib/social-tui/archive")
    assert paths.cache == Path("/var/cache/social-tui")
    assert paths.log == Path("/var/log/social-tui")


@pytest.mark.skipif(sys.platform != "linux", reason="XDG folders are those of Linux")
def test_an_ordinary_user_gets_the_users_folders(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    for variable in ("DATA", "CACHE", "STATE", "CONFIG"):
        monkeypatch.setenv(f"XDG_{variable}_HOME", str(tmp_path / variable))

    paths = library_paths(None)

    assert paths.database == tmp_path / "DATA" / "social-tui" / "database"
    assert paths.cache == tmp_path / "CACHE" / "social-tui"
    assert paths.log.is_relative_to(tmp_path / "STATE" / "social-tui")
    assert paths.config_file == tmp_path / "CONFIG" / "social-tui" / "config.toml"


def test_a_private_folder_is_its_owners_alone_and_its_parents_keep_their_modes(tmp_path: Path) -> None:
    tmp_path.chmod(0o755)

    made = ensure_private(tmp_path / "a" / "b")

    assert stat.S_IMODE(made.stat().st_mode) == 0o700
    assert stat.S_IMODE(tmp_path.stat().st_mode) == 0o755


def test_a_folder_that_is_there_keeps_its_mode(tmp_path: Path) -> None:
    shared = tmp_path / "shared"
    shared.mkdir()
    shared.chmod(0o750)

    ensure_private(shared)

    assert stat.S_IMODE(shared.stat().st_mode) == 0o750


def test_a_file_in_the_way_is_named(tmp_path: Path) -> None:
    blocked = tmp_path / "file"
    blocked.write_text("")

    with pytest.raises(StorageError, match=str(blocked)) as caught:
        ensure_private(blocked / "below")

    assert "--library" in caught.value.hint


@pytest.mark.skipif(os.geteuid() == 0, reason="the superuser may write everywhere")
def test_a_folder_without_permission_is_named(tmp_path: Path) -> None:
    tmp_path.chmod(0o500)

    with pytest.raises(StorageError, match="Permission denied"):
        ensure_private(tmp_path / "new")


def test_a_folder_from_a_current_one_that_is_gone_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    gone = tmp_path / "gone"
    gone.mkdir()
    monkeypatch.chdir(gone)
    gone.rmdir()
    with pytest.raises(ConfigurationError, match="current folder, which is gone"):
        library_paths(Path("library"))
