"""`social-tui posts` and `search`: complete, safe, in order."""

from __future__ import annotations

import csv
import json
import subprocess

import pytest

from social_tui.models import PostDetail, PostSummary
from tests.cli.conftest import COMMAND, CommandLine
from tests.support.world import World

HOSTILE = "free\x1b]0;owned\x07 \x1b[2J\x9b2J \u202eevil [@click=app.bell] \x7f 世界"


@pytest.fixture
def posts(cli: CommandLine, world: World) -> CommandLine:
    file = world.write([
        world.post("https://media.example.com/a.jpg", text="An orchard in spring"),
        world.post(text=HOSTILE, author={"username": "eve\x1b[31m", "first_name": HOSTILE}),
        world.post(text="Apples of autumn, and the orchard again"),
    ])  # fmt: skip
    assert cli("import", file).returncode == 0
    return cli


def test_posts_are_listed_newest_first_with_their_columns(posts: CommandLine) -> None:
    rows = posts.json("posts", "list")

    assert [row["text_content"] for row in rows][::2] == [
        "Apples of autumn, and the orchard again",
        "An orchard in spring",
    ]
    assert set(rows[0]) == set(PostSummary.model_fields) - {"key"}
    assert rows[2]["media_total"] == 1


def test_a_list_is_complete_beyond_one_page(cli: CommandLine, world: World) -> None:
    cli("import", world.write([world.post() for _ in range(1203)]))

    rows = cli.json("posts", "list")

    assert len({row["post_id"] for row in rows}) == 1203
    assert len(cli("posts", "list").stdout.splitlines()) == 1204
    assert len(cli.json("posts", "list", "--limit", "7")) == 7


def test_search_finds_words(posts: CommandLine) -> None:
    assert len(posts.json("search", "orchard")) == 2
    assert len(posts.json("search", "orchard", "autumn")) == 1
    without = posts("search", "--json", "--", "orchard", "-autumn")
    assert [each["text_content"] for each in json.loads(without.stdout)] == ["An orchard in spring"]
    assert posts.json("search", "'; drop table posts; --") == []
    assert posts("search", "nowhere").stdout == "No posts.\n"


def test_one_post_is_shown_whole(posts: CommandLine) -> None:
    post_id = posts.json("search", "spring")[0]["post_id"]

    detail = posts.json("posts", "show", post_id)
    text = posts("posts", "show", post_id).stdout

    assert set(detail) == set(PostDetail.model_fields) - {"key"}
    assert len(detail["media"]) == 1
    for words in (post_id, "An orchard in spring", "Ada", "3 reactions", detail["media"][0]["media_id"]):
        assert words in text


def test_posts_are_exported_to_stdout_and_to_a_file(posts: CommandLine) -> None:
    lines = posts("posts", "export").stdout.splitlines()

    assert [json.loads(line) for line in lines] == [
        posts.json("posts", "show", row["post_id"]) for row in posts.json("posts", "list")
    ]
    assert posts("posts", "export", "--output", "-", "--limit", "1").stdout == lines[0] + "\n"
    assert len(posts("posts", "export", "--query", "orch").stdout.splitlines()) == 2

    file = posts.folder / "out.csv"
    done = posts("posts", "export", "--format", "csv", "--output", file, "--query", "orchard")
    assert (done.returncode, done.stdout, done.stderr) == (0, f"2 posts exported to {file}\n", "")
    with file.open(encoding="utf-8", newline="") as table:
        assert [row["text_content"] for row in csv.DictReader(table)][1] == "An orchard in spring"

    again = posts("posts", "export", "--output", file)
    assert again.returncode == 2
    assert "--force" in again.stderr
    assert posts("posts", "export", "--output", file, "--force").returncode == 0
    assert len(file.read_text().splitlines()) == 3


def test_a_table_in_a_pipe_is_utf8_whatever_the_language(posts: CommandLine) -> None:
    done = subprocess.run(
        [*COMMAND, "posts", "export", "--format", "csv", "--query", "free"],
        capture_output=True,
        env=posts.variables({"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}),
        cwd=posts.folder,
    )
    assert HOSTILE in done.stdout.decode("utf-8")
    assert done.stdout.count(b"\r\n") == 2


def test_a_list_takes_words_too(posts: CommandLine) -> None:
    assert len(posts.json("posts", "list", "--query", "orchard aut")) == 1


@pytest.mark.parametrize(
    "arguments", [["posts", "list"], ["search", "free"], ["posts", "export"], ["posts", "show"]]
)
@pytest.mark.parametrize("as_json", [False, True])
def test_no_post_drives_the_terminal(posts: CommandLine, arguments: list[str], as_json: bool) -> None:
    if arguments[-1] == "show":
        arguments = [*arguments, posts.json("search", "free")[0]["post_id"]]

    done = posts(*arguments, *(["--json"] if as_json and "export" not in arguments else []))

    assert done.returncode == 0
    assert "free" in done.stdout
    assert not set("\x1b\x07\x9b\u202e\x7f") & set(done.stdout + done.stderr)


def test_a_reader_that_has_enough_ends_the_list_quietly(cli: CommandLine, world: World) -> None:
    cli("import", world.write([world.post(text="x" * 900) for _ in range(700)]))
    running = cli.start("posts", "list", "--json")
    assert running.stdout is not None
    assert running.stdout.read(1) == b"["
    running.stdout.close()

    assert running.wait(60) == 141
    assert running.stderr is not None
    assert running.stderr.read() == b""
