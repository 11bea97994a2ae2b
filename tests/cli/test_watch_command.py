"""`import --watch` as a process: files come while it runs, SIGINT and SIGTERM end it with the totals."""

from __future__ import annotations

import json
import signal
from pathlib import Path
from typing import Any

import psycopg
import pytest

from tests.cli.conftest import CommandLine, picture
from tests.support.world import World


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "exports"
    made.mkdir()
    return made


class Watcher:
    """A watch that runs, with its lines as they come."""

    def __init__(self, cli: CommandLine, folder: Path, *options: str | Path) -> None:
        self.process = cli.start("import", "--watch", folder, "--settle", "0.2", *options)

    def line(self) -> str:
        assert self.process.stdout is not None
        line = self.process.stdout.readline().decode()
        assert line, self.process.stderr.read() if self.process.stderr else ""
        return line

    def json(self) -> Any:
        return json.loads(self.line())

    def end(self, number: int = signal.SIGINT) -> tuple[int, str, str]:
        self.process.send_signal(number)
        out, err = self.process.communicate(timeout=60)
        assert b"Traceback" not in out + err
        return self.process.returncode, out.decode(), err.decode()


def write(file: Path, *posts: dict[str, Any]) -> Path:
    file.write_text(json.dumps(posts))
    return file


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_files_are_taken_as_they_come_and_the_totals_end_it(
    cli: CommandLine, world: World, folder: Path, number: int
) -> None:
    there = write(folder / "there.json", world.post("https://media.example.com/a.jpg"))
    watcher = Watcher(cli, folder, "--json")
    first = watcher.json()
    assert (first["file"], first["error"], first["posts"]["new"]) == (str(there.resolve()), None, 1)

    write(folder / "comes.part", world.post(), world.post()).rename(folder / "comes.json")
    assert watcher.json()["posts"]["new"] == 2
    (folder / "bad.json").write_text("[1, ")
    bad = watcher.json()
    assert (bad["posts"]["new"], bad["rejected"][0]["position"]) == (0, 1)
    write(there, world.post(), world.post())
    assert watcher.json()["posts"]["new"] == 2

    code, out, err = watcher.end(number)
    total = json.loads(out)["total"]
    assert code == 3
    assert (total["files"], total["posts"]["new"], total["media"]["found"]) == (4, 5, 1)
    assert len(total["rejected"]) == bad["posts"]["rejected"]
    assert err == "social-tui: Watching until Ctrl-C.\n"
    assert len(cli.json("posts", "list")) == 5


def test_people_read_a_line_for_each_file_and_a_second_watch_takes_nothing_again(
    cli: CommandLine, world: World, folder: Path
) -> None:
    write(folder / "a.json", world.post("https://media.example.com/a.jpg?e=4102444800"))
    watcher = Watcher(cli, folder)
    assert watcher.line().endswith("/a.json: 1 new; 1 media, 1 new\n")
    code, out, _ = watcher.end()
    assert (code, out.splitlines()[0]) == (
        0,
        "Posts     1 read from 1 file: 1 new, 0 updated, 0 unchanged, 0 rejected",
    )

    again = Watcher(cli, folder, "--poll")
    write(folder / "b.json", world.post())
    assert again.line().endswith("/b.json: 1 new\n")
    assert again.end()[0] == 0


def test_a_watch_downloads_and_reads_by_a_map(cli: CommandLine, world: World, folder: Path) -> None:
    mapped = folder.parent / "map.toml"
    mapped.write_text('platform = "p"\nid = "$.no"\n[[media]]\nurl = "$.picture"\n')
    url = world.serve("/a.jpg", picture("red"))
    (folder / "table.csv").write_text(f"no,picture\n1,{url}\n")
    watcher = Watcher(cli, folder, "--json", "--download", "--map", mapped)
    report = watcher.json()
    assert (report["posts"]["new"], report["download"]["succeeded"]) == (1, 1)
    assert watcher.end()[0] == 0
    assert [each["download_status"] for each in cli.json("media", "list")] == ["ready"]


def test_a_stop_in_the_middle_of_a_file_leaves_it_for_the_next_watch(
    cli: CommandLine, world: World, folder: Path, database_url: str
) -> None:
    write(folder / "many.json", *[world.post() for _ in range(6000)])
    watcher = Watcher(cli, folder, "--json")
    with psycopg.connect(database_url, autocommit=True) as connection:
        while not connection.execute("select from posts limit 1").fetchall():
            assert watcher.process.poll() is None
    code, out, err = watcher.end()
    assert code == 130, out
    assert "was not finished; the next watch takes it again" in err

    again = Watcher(cli, folder, "--json")
    posts = again.json()["posts"]
    assert (posts["read"], posts["new"] + posts["unchanged"]) == (6000, 6000)
    assert posts["unchanged"] > 0
    assert again.end()[0] == 0


def test_a_database_that_goes_away_is_told_and_does_not_end_the_watch(
    cli: CommandLine, world: World, folder: Path, database_url: str
) -> None:
    write(folder / "a.json", world.post())
    watcher = Watcher(cli, folder, "--json")
    assert watcher.json()["posts"]["new"] == 1
    with psycopg.connect(database_url, autocommit=True) as connection:
        connection.execute("alter table posts rename to posts_away")
        write(folder / "b.json", world.post())
        failed = watcher.json()
        connection.execute("alter table posts_away rename to posts")
    assert failed["error"]
    write(folder / "c.json", world.post())
    assert watcher.json()["posts"]["new"] == 1
    assert watcher.end()[0] == 3

    again = Watcher(cli, folder, "--json")
    later = again.json()
    assert (Path(later["file"]).name, later["posts"]["new"]) == ("b.json", 1)
    assert again.end()[0] == 0


def test_what_cannot_be_watched_is_refused(cli: CommandLine, folder: Path) -> None:
    for place in (folder / "none", "-", write(folder / "a.json")):
        done = cli("import", "--watch", place)
        assert done.returncode == 2
        assert "is no folder, and only folders can be watched" in done.stderr
