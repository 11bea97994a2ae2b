"""Watched folders: each file is handed out once, when nobody writes it, and nothing that is no file."""

from __future__ import annotations

import os
import queue
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from social_tui.errors import StorageError, UsageError
from social_tui.library.watching import Settling, TakenFiles, settled_files

SETTLE = 0.2


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "exports"
    made.mkdir()
    return made


class Taking:
    """Takes files in a thread as they are handed out."""

    def __init__(self, folder: Path, state: Path, polling: bool) -> None:
        self.names: queue.Queue[str | Exception] = queue.Queue()
        self._taken = TakenFiles(state)
        self._folder = folder
        self._polling = polling
        self._is_over = threading.Event()
        self.thread = threading.Thread(target=self._run)

    def _run(self) -> None:
        files = settled_files([str(self._folder)], self._taken, settle_seconds=SETTLE, polling=self._polling)
        # What makes the files end: a file of this name.
        try:
            for path, identity in files:
                self._taken.add(path, identity)
                if Path(path).name == "end.json":
                    return
                self.names.put(os.path.relpath(path, os.path.realpath(self._folder)))
        except StorageError as error:
            self.names.put(error)

    def next(self) -> str | Exception:
        return self.names.get(timeout=30)

    def rest(self) -> list[str | Exception]:
        """End the taking and return what was not asked for."""
        (self._folder / "end.json").write_text("[]")
        self.thread.join(timeout=30)
        assert not self.thread.is_alive()
        return [self.names.get_nowait() for _ in range(self.names.qsize())]


@contextmanager
def taking(folder: Path, polling: bool = False) -> Iterator[Taking]:
    made = Taking(folder, folder.parent / "state", polling)
    made.thread.start()
    try:
        yield made
    finally:
        if made.thread.is_alive():
            made.rest()


@pytest.mark.parametrize("polling", [False, True])
def test_files_that_are_there_and_those_that_come_are_taken_once(folder: Path, polling: bool) -> None:
    (folder / "there.json").write_text("[1]")
    with taking(folder, polling) as taken:
        assert taken.next() == "there.json"
        (folder / "comes.jsonl").write_text("{}")
        assert taken.next() == "comes.jsonl"
        (folder / "deep" / "er").mkdir(parents=True)
        (folder / "deep" / "er" / "inside.csv").write_text("a,b\n1,2\n")
        assert taken.next() == "deep/er/inside.csv"
        os.utime(folder / "there.json", (1, 1))
        assert taken.next() == "there.json"
        assert taken.rest() == []
    (folder / "end.json").unlink()

    with taking(folder, polling) as again:
        assert again.rest() == []


def test_what_is_renamed_into_the_folder_counts_also_whole_folders(folder: Path) -> None:
    outside = folder.parent / "outside"
    outside.mkdir()
    (outside / "export.json").write_text("[1]")
    (folder / "download.part").write_text("[2]")
    with taking(folder) as taken:
        (folder / "first.json").write_text("[]")
        assert taken.next() == "first.json"
        (folder / "download.part").rename(folder / "done.json")
        assert taken.next() == "done.json"
        outside.rename(folder / "moved")
        assert taken.next() == "moved/export.json"
        assert taken.rest() == []


def test_a_file_that_somebody_has_open_for_writing_waits(folder: Path) -> None:
    with taking(folder) as taken, (folder / "slow.json").open("w") as slow:
        slow.write("[1,")
        slow.flush()
        # Others come and go meanwhile, longer than a file has to rest.
        for number in range(4):
            (folder / f"{number}.json").write_text("[]")
            assert taken.next() == f"{number}.json"
        slow.write("2]")
        slow.close()
        assert taken.next() == "slow.json"
        assert (folder / "slow.json").read_text() == "[1,2]"
        assert taken.rest() == []


def test_a_file_has_to_rest_for_as_long_as_was_said(folder: Path) -> None:
    file = folder / "grows.json"
    settling = Settling([os.path.realpath(folder)], TakenFiles(folder.parent / "state"), 10)

    def step(now: float, *, grows: bool = False) -> list[str]:
        if grows:
            with file.open("a") as writing:
                writing.write("x")
        settling.look(str(file), now)
        return [path for path, _ in settling.ready(now)]

    assert step(0, grows=True) == []
    assert step(9) == []
    assert step(9.5, grows=True) == []
    assert step(19) == []
    with file.open("a") as unseen:
        unseen.write("x")
    assert [path for path, _ in settling.ready(19.5)] == []
    assert step(29) == []
    assert step(29.5) == [str(file)]
    assert [path for path, _ in settling.ready(60)] == []


def test_links_pipes_hidden_files_and_other_names_are_passed_over(folder: Path) -> None:
    secret = folder.parent / "secret"
    secret.mkdir()
    (secret / "s.json").write_text("[1]")
    (folder / "link.json").symlink_to(secret / "s.json")
    (folder / "linked").symlink_to(secret)
    os.mkfifo(folder / "pipe.json")
    (folder / ".hidden.json").write_text("[1]")
    (folder / ".git").mkdir()
    (folder / ".git" / "x.json").write_text("[1]")
    (folder / "notes.txt").write_text("x")
    with taking(folder) as taken:
        (folder / "good.json").write_text("[]")
        assert taken.next() == "good.json"
        (secret / "later.json").write_text("[1]")
        (folder / ".git" / "later.json").write_text("[1]")
        (folder / "later.json").symlink_to(secret / "s.json")
        (folder / "other.json").write_text("[]")
        assert taken.next() == "other.json"
        assert taken.rest() == []


def test_a_file_that_was_not_noted_is_handed_out_again(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("social_tui.library.watching._SECONDS_BETWEEN_SEARCHES", 0.2)
    (folder / "a.json").write_text("[1]")
    files = settled_files([str(folder)], TakenFiles(folder.parent / "state"), settle_seconds=0.1)
    assert [Path(next(files)[0]).name for _ in range(2)] == ["a.json", "a.json"]
    files.close()  # type: ignore[attr-defined]


def test_what_is_no_folder_or_goes_away_is_told(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("social_tui.library.watching._SECONDS_BETWEEN_SEARCHES", 0.2)
    taken = TakenFiles(folder.parent / "state")
    for name in ("none", "-"):
        with pytest.raises(UsageError, match="is no folder"):
            next(settled_files([name], taken, settle_seconds=1))
    files = settled_files([str(folder)], taken, settle_seconds=0.1)
    (folder / "a.json").write_text("[]")
    taken.add(*next(files))
    (folder / "a.json").unlink()
    folder.rmdir()
    with pytest.raises(StorageError, match="is gone"):
        next(files)


@pytest.mark.parametrize(
    "damage", [lambda data: data[:-5], lambda data: data + b"\xff\n", lambda _data: b"[]\n{"]
)
def test_a_damaged_ledger_only_forgets(folder: Path, damage: Callable[[bytes], bytes]) -> None:
    state = folder.parent / "state"
    first = TakenFiles(state)
    first.add("/x/a.json", (1, 2, 3))
    odd = os.fsdecode(b"/x/b-\xff.json")
    first.add(odd, (4, 5, 6))
    assert TakenFiles(state).has(odd, (4, 5, 6))
    ledger = state / "watched.jsonl"
    ledger.write_bytes(damage(ledger.read_bytes()))

    TakenFiles(state).add("/x/c.json", (7, 8, 9))

    again = TakenFiles(state)
    assert again.has("/x/c.json", (7, 8, 9))
    assert not again.has("/x/a.json", (1, 2, 4))
