"""`social-tui views`, and commands that take a saved view for a filter."""

from __future__ import annotations

import pytest

from social_tui.models import SavedView
from tests.cli.conftest import CommandLine
from tests.support.world import World


@pytest.fixture
def posts(cli: CommandLine, world: World) -> CommandLine:
    file = world.write([
        world.post("https://media.example.com/a.jpg", text="An orchard in spring"),
        world.post(text="Apples of autumn"),
    ])  # fmt: skip
    assert cli("import", file).returncode == 0
    return cli


def test_a_view_is_saved_as_typed_listed_replaced_and_deleted(cli: CommandLine) -> None:
    assert cli("views", "list").stdout == "No saved views.\n"

    saved = cli.json("views", "save", "Dying soon", "expires:<2d", "has:image", "--sort", "oldest")
    assert set(saved) == set(SavedView.model_fields)
    assert (saved["name"], saved["filter"], saved["sort"]) == (
        "Dying soon",
        "expires:<2d has:image",
        "oldest",
    )
    assert cli("views", "save", "All").stdout == "Saved as All.\n"

    assert [view["name"] for view in cli.json("views", "list")] == ["All", "Dying soon"]
    head, _, line = cli("views", "list").stdout.splitlines()
    assert head.split() == ["NAME", "ORDER", "FILTER"]
    assert line.split() == ["Dying", "soon", "oldest", "expires:<2d", "has:image"]

    again = cli.json("views", "save", "Dying soon", "expires:<1d")
    assert (again["view_id"], again["filter"], again["sort"]) == (saved["view_id"], "expires:<1d", "newest")

    assert cli("views", "delete", "All").stdout == "Deleted All.\n"
    assert cli.json("views", "delete", saved["view_id"])["name"] == "Dying soon"
    gone = cli("views", "delete", "All")
    assert (gone.returncode, gone.stdout) == (1, "")
    assert "There is no saved view 'All'" in gone.stderr


def test_a_view_stands_for_a_filter_with_its_order(posts: CommandLine) -> None:
    posts("views", "save", "By age", "author:ada", "--sort", "oldest")
    posts("views", "save", "Pictures", "has:image")

    rows = posts.json("posts", "list", "--view", "By age")
    assert [row["text_content"] for row in rows] == ["An orchard in spring", "Apples of autumn"]
    rows = posts.json("posts", "list", "--view", "By age", "--sort", "newest", "--limit", "1")
    assert [row["text_content"] for row in rows] == ["Apples of autumn"]
    assert posts("posts", "count", "--view", "Pictures").stdout == "1\n"
    assert len(posts("posts", "export", "--view", "Pictures").stdout.splitlines()) == 1
    assert posts.json("posts", "mark", "--view", "Pictures", "--yes")["changed"] == 1
    assert posts("posts", "count", "is:marked has:image").stdout == "1\n"

    missing = posts("posts", "list", "--view", "Nowhere")
    assert (missing.returncode, missing.stdout) == (1, "")
    assert "There is no saved view 'Nowhere'" in missing.stderr


def test_a_view_of_everything_changes_nothing(posts: CommandLine) -> None:
    posts("views", "save", "All")

    done = posts("posts", "mark", "--view", "All", "--yes")

    assert (done.returncode, done.stdout) == (2, "")
    assert "every post" in done.stderr
    assert posts("posts", "count", "is:marked").stdout == "0\n"


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["views", "save", "Mine", "stauts:failed"], "'stauts:failed'"),
        (["views", "save", " ", "has:image"], "no name of a view"),
        (["views", "save", "x" * 101], "no name of a view"),
        (["views", "save", "two\nlines"], "no name of a view"),
        (["views", "save"], "NAME"),
        (["views", "delete"], "NAME"),
        (["posts", "list", "--view", "Mine", "has:image"], "--view"),
    ],
)
def test_wrong_usage_is_told_before_anything_is_opened(
    bare: CommandLine, arguments: list[str], words: str
) -> None:
    done = bare(*arguments)

    assert (done.returncode, done.stdout, done.stderr.count("\n")) == (2, "", 1)
    assert words in done.stderr
    assert not list(bare.home.iterdir())


def test_no_view_drives_the_terminal(cli: CommandLine) -> None:
    hostile = "text:\x1b]0;owned\x07\u202e"
    assert cli("views", "save", "Evil", hostile).returncode == 0

    for done in (cli("views", "list"), cli("posts", "list", "--view", "Evil")):
        assert done.returncode == 0
        assert not set("\x1b\x07\u202e") & set(done.stdout + done.stderr)
