"""`social-tui posts mark|unmark|tag|untag|undo`: what is asked, what is changed, and what is taken back."""

from __future__ import annotations

import os
import pty
import select
import subprocess

import pytest

from tests.cli.conftest import COMMAND, CommandLine
from tests.support.world import World


@pytest.fixture
def posts(cli: CommandLine, world: World) -> CommandLine:
    file = world.write([
        world.post("https://media.example.com/a.jpg", text="An orchard in spring"),
        world.post(text="Apples of autumn, and the orchard again"),
        world.post(text="A river"),
    ])  # fmt: skip
    assert cli("import", file).returncode == 0
    return cli


def counted(cli: CommandLine, *words: str) -> int:
    return int(cli("posts", "count", *words).stdout)


def on_a_terminal(cli: CommandLine, answer: str, *arguments: str) -> tuple[int, str, str]:
    """Run a command where a person sits who has typed the answer already.

    Returns:
        The exit code, what stdout got, and what the terminal showed.
    """
    master, slave = pty.openpty()
    try:
        os.write(master, answer.encode())
        done = subprocess.run(
            [*COMMAND, *arguments],
            stdin=slave, stdout=subprocess.PIPE, stderr=slave,
            cwd=cli.folder, env=cli.variables({"TERM": "xterm", "TZ": "UTC"}), timeout=60,
        )  # fmt: skip
        shown = b""
        while select.select([master], [], [], 0)[0]:
            shown += os.read(master, 65536)
    finally:
        os.close(master)
        os.close(slave)
    return done.returncode, done.stdout.decode(), shown.decode()


def test_posts_are_marked_and_the_change_is_taken_back(posts: CommandLine) -> None:
    done = posts("posts", "mark", "--yes", "orchard")
    assert (done.returncode, done.stderr) == (0, "")
    told, _, change_id = done.stdout.strip().rpartition(" ")
    assert told == "2 posts changed. Take it back with: social-tui posts undo"
    assert (counted(posts, "is:marked"), counted(posts, "is:marked orchard")) == (2, 2)

    again = posts("posts", "mark", "--yes", "orchard")
    assert (again.returncode, again.stdout) == (1, "No post was changed.\n")

    back = posts("posts", "undo", change_id)
    assert (back.returncode, back.stdout) == (0, "2 posts changed back.\n")
    assert counted(posts, "is:marked") == 0
    twice = posts("posts", "undo", change_id)
    assert (twice.returncode, twice.stdout) == (1, "Nothing was left to take back.\n")


def test_tags_come_and_go_and_machines_are_told(posts: CommandLine) -> None:
    done = posts.json("posts", "tag", "#To read", "orchard", "--yes")
    assert done["changed"] == 2
    assert counted(posts, 'tag:"to read"') == 2

    assert posts.json("posts", "untag", "To read", "has:image", "--yes")["changed"] == 1
    assert counted(posts, 'tag:"to read"') == 1
    assert posts.json("posts", "undo", done["change_id"]) == {"change_id": done["change_id"], "changed": 1}
    assert counted(posts, 'tag:"to read"') == 0
    assert posts.json("posts", "untag", "To read", "orchard", "--yes", code=1)["changed"] == 0


def test_the_mark_is_taken_away_from_those_of_the_filter_only(posts: CommandLine) -> None:
    posts("posts", "mark", "--yes", "author:ada")

    assert posts("posts", "unmark", "--yes", "--", "-orchard").stdout.startswith("1 post changed.")
    assert (counted(posts, "is:marked"), counted(posts, "is:marked orchard")) == (2, 2)


def test_on_a_terminal_it_is_asked_how_many_and_which(posts: CommandLine) -> None:
    code, out, shown = on_a_terminal(posts, "n\n", "posts", "mark", "orchard", "author:ada")
    assert (code, out) == (1, "")
    assert "Mark 2 posts (by ada: orchard)? [y/N]" in shown
    assert "Nothing was changed." in shown
    assert counted(posts, "is:marked") == 0

    code, out, shown = on_a_terminal(posts, "y\n", "posts", "tag", "fruit", "has:image")
    assert code == 0
    assert out.startswith("1 post changed. ")
    assert "Give the tag fruit to 1 post (with image)?" in shown
    assert counted(posts, "tag:fruit") == 1

    code, out, shown = on_a_terminal(posts, "", "posts", "untag", "--yes", "fruit", "has:image")
    assert (code, counted(posts, "tag:fruit")) == (0, 0)
    assert "?" not in shown

    code, out, shown = on_a_terminal(posts, "", "posts", "mark", "nowhere")
    assert (code, out) == (1, "No post was changed.\n")
    assert "?" not in shown


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["mark", "orchard"], "--yes"),
        (["mark", "--yes"], "every post"),
        (["unmark", "--yes", ""], "every post"),
        (["tag", "done", "--yes", "  "], "every post"),
        (["tag", "--yes"], "NAME"),
        (["tag", " # ", "orchard", "--yes"], "no name of a tag"),
        (["untag", "x" * 101, "orchard", "--yes"], "no name of a tag"),
        (["undo"], "CHANGE_ID"),
    ],
)
def test_what_is_not_clear_changes_nothing_and_opens_nothing(
    bare: CommandLine, arguments: list[str], words: str
) -> None:
    done = bare("posts", *arguments)

    assert (done.returncode, done.stdout, done.stderr.count("\n")) == (2, "", 1)
    assert words in done.stderr
    assert not list(bare.home.iterdir())


def test_a_change_that_never_was_and_a_library_to_read_only(posts: CommandLine) -> None:
    unknown = posts("posts", "undo", "7")
    assert (unknown.returncode, unknown.stdout) == (1, "")
    assert "There is no change '7'" in unknown.stderr

    refused = posts("--read-only", "posts", "mark", "--yes", "orchard")
    assert (refused.returncode, refused.stdout, refused.stderr.count("\n")) == (2, "", 1)
    assert counted(posts, "is:marked") == 0
