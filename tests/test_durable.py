"""Unfinished files: whose writer lives, stays."""

from __future__ import annotations

import fcntl
import os
import subprocess
import sys
from itertools import count
from pathlib import Path

import pytest

from social_tui.durable import create_locked, remove_if_abandoned


def test_what_somebody_holds_is_not_abandoned(tmp_path: Path) -> None:
    path, descriptor = create_locked(lambda: tmp_path / "one.part")
    beside = tmp_path / "one.note"
    beside.touch()
    assert path.stat().st_mode & 0o777 == 0o600
    assert not remove_if_abandoned(path, beside)
    assert beside.exists()
    os.close(descriptor)
    assert remove_if_abandoned(path, beside)
    assert list(tmp_path.iterdir()) == []
    assert remove_if_abandoned(path)


def test_what_a_killed_writer_left_is_abandoned(tmp_path: Path) -> None:
    path = tmp_path / "one.part"
    writer = (
        "import os, pathlib, signal, sys; from social_tui.durable import create_locked;"
        "create_locked(lambda: pathlib.Path(sys.argv[1])); os.kill(os.getpid(), signal.SIGKILL)"
    )
    subprocess.run([sys.executable, "-c", writer, str(path)], check=False, cwd=Path(__file__).parents[1])
    assert path.exists()
    assert remove_if_abandoned(path)
    assert not path.exists()


@pytest.mark.parametrize("is_removed", [False, True])
def test_a_file_that_somebody_takes_for_abandoned_before_it_is_locked_is_left_to_them(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, is_removed: bool
) -> None:
    numbers, lock = count(), fcntl.flock
    others: list[int] = []

    def interrupted(descriptor: int, how: int) -> None:
        if not others:
            others.append(os.open(tmp_path / "0.part", os.O_RDWR))
            if is_removed:
                (tmp_path / "0.part").unlink()
            else:
                lock(others[0], fcntl.LOCK_EX)
        lock(descriptor, how)

    monkeypatch.setattr(fcntl, "flock", interrupted)
    path, descriptor = create_locked(lambda: tmp_path / f"{next(numbers)}.part")
    assert path.name == "1.part"
    os.close(descriptor)
    os.close(others[0])


def test_where_no_locks_are_nothing_is_removed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(descriptor: int, how: int) -> None:
        raise OSError(95, "Operation not supported")

    monkeypatch.setattr(fcntl, "flock", refuse)
    path, descriptor = create_locked(lambda: tmp_path / "one.part")
    os.close(descriptor)
    assert not remove_if_abandoned(path)
    assert path.exists()
