"""`social-tui posts` and `search`: complete, safe, in order."""

from __future__ import annotations

import csv
import json
import re
import shlex
import subprocess

import click
import pytest

from social_tui.cli import choosing
from social_tui.cli.filter_page import filter_page
from social_tui.cli.root import root
from social_tui.models import SORTS, PostDetail, PostSummary
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


def test_a_post_is_shown_with_what_it_reshares_and_how_it_fared(cli: CommandLine, world: World) -> None:
    original = world.post(text="The original", author={"username": "eve\x1b[31m", "first_name": "Eve"})
    shares = world.post(text="Look at this", author={"username": "ada", "first_name": "Ada"})
    for number, reactions in enumerate((3, 30, 12)):
        world.expected.clear()
        grown = {**shares, "stats": {"total_reactions": reactions}, "reshared_post": original}
        assert cli("import", world.write([grown, original], f"export-{number}.json")).returncode == 0
    [outer], [inner] = cli.json("search", "look"), cli.json("search", "original")
    detail = cli.json("posts", "show", outer["post_id"])
    assert [(each["direction"], each["relation"], each["post_id"]) for each in detail["links"]] == [
        ("to", "reshared", inner["post_id"])
    ]
    assert [each["reactions"] for each in detail["snapshots"]] == [3, 30, 12]
    text = cli("posts", "show", outer["post_id"]).stdout
    assert f"Reshares    {inner['post_id']}  Eve: The original\n" in text
    assert re.search(r"^Reactions   ▁█▃  3 \(\d{4}-.*\) → 12 \(\d{4}-.*\)$", text, re.MULTILINE)
    text = cli("posts", "show", inner["post_id"]).stdout
    assert f"Reshared by {outer['post_id']}  Ada: Look at this\n" in text
    assert "Reactions" not in text


def test_posts_are_exported_to_stdout_and_to_a_file(posts: CommandLine) -> None:
    lines = posts("posts", "export").stdout.splitlines()

    assert [json.loads(line) for line in lines] == [
        posts.json("posts", "show", row["post_id"]) for row in posts.json("posts", "list")
    ]
    assert posts("posts", "export", "--output", "-", "--limit", "1").stdout == lines[0] + "\n"
    assert len(posts("posts", "export", "orch").stdout.splitlines()) == 2

    file = posts.folder / "out.csv"
    done = posts("posts", "export", "--format", "csv", "--output", file, "orchard")
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
        [*COMMAND, "posts", "export", "--format", "csv", "free"],
        capture_output=True,
        env=posts.variables({"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}),
        cwd=posts.folder,
    )
    assert HOSTILE in done.stdout.decode("utf-8")
    assert done.stdout.count(b"\r\n") == 2


def texts(rows: list[dict[str, str]]) -> list[str]:
    return [row["text_content"] for row in rows]


def test_a_filter_chooses_what_is_listed_counted_and_exported(posts: CommandLine) -> None:
    spring, autumn = "An orchard in spring", "Apples of autumn, and the orchard again"

    assert texts(posts.json("posts", "list", "has:image")) == [spring]
    assert texts(posts.json("posts", "list", "--sort", "oldest", "orchard", "author:ada")) == [spring, autumn]
    assert texts(json.loads(posts("posts", "list", "--json", "--", "-has:image", "orchard").stdout)) == [
        autumn
    ]
    assert posts.json("posts", "count") == {"total": 3}
    assert posts("posts", "count", "orchard").stdout == "2\n"
    assert posts("posts", "count", "status:failed").stdout == "0\n"
    assert posts("posts", "list", "status:failed").stdout == "No posts.\n"
    exported = posts("posts", "export", "--sort", "oldest", "orchard", "reactions:>=3").stdout.splitlines()
    assert texts([json.loads(line) for line in exported]) == [spring, autumn]


def test_spaces_join_arguments_and_only_quotes_inside_them_hold_words_together(posts: CommandLine) -> None:
    def count(*arguments: str) -> int:
        return int(posts("posts", "count", *arguments).stdout)

    assert count("orchard", "author:ada") == count("orchard author:ada") == 2
    assert (count('"orchard in"'), count('"spring orchard"')) == (1, 0)
    assert count("spring orchard") == count("spring", "orchard") == 1
    assert (count('text:"orchard in"'), count('text:"spring orchard"')) == (1, 0)
    assert count("text:spring orchard") == count("text:spring", "orchard") == 1


@pytest.mark.parametrize(
    ("arguments", "term", "hint"),
    [
        (["has:image", "stauts:failed", "orchard"], "stauts:failed", "Did you mean status?"),
        (["orchard status:faild"], "status:faild", "Did you mean failed?"),
        (["orchard", "views:"], "views:", "Such as"),
        (["reactions:>1..2"], "reactions:>1..2", "Such as"),
        (["after:2025-13-01"], "after:2025-13-01", ""),
        (['tag:x before:"soon or later"'], 'before:"soon or later"', ""),
    ],
)
def test_a_wrong_term_is_named_in_one_line(
    bare: CommandLine, arguments: list[str], term: str, hint: str
) -> None:
    done = bare("posts", "list", *arguments)

    assert (done.returncode, done.stdout, done.stderr.count("\n")) == (2, "", 1)
    assert f"'{term}'" in done.stderr
    assert hint in done.stderr
    assert not list(bare.home.iterdir())


@pytest.mark.parametrize("verb", [("count",), ("export",), ("mark", "--yes"), ("tag", "--yes", "done")])
def test_no_command_goes_on_with_the_rest_of_a_wrong_filter(bare: CommandLine, verb: tuple[str, ...]) -> None:
    done = bare("posts", *verb, "has:image", "stauts:failed")

    assert (done.returncode, done.stdout, done.stderr.count("\n")) == (2, "", 1)
    assert "'stauts:failed'" in done.stderr


def test_the_examples_of_the_filter_page_are_commands() -> None:
    calls = re.findall(r"social-tui ((?:posts|views|media) [^|\n]+)", filter_page().partition("## After")[2])
    assert len(calls) >= 8

    for call in calls:
        words = shlex.split(call)
        group = root.get_command(click.Context(root), words[0])
        assert isinstance(group, click.Group)
        name, command, rest = group.resolve_command(click.Context(group), words[1:])
        assert command is not None, call
        given = command.make_context(name, rest).params
        choosing.read_filter(choosing.joined(given.get("words") or ()))
        choosing.select_posts(given.get("which"))


def test_the_orders_are_those_of_the_library() -> None:
    assert choosing.SORTS == SORTS


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
