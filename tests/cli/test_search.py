"""``social-tui search`` as a process: what it prints for people and for scripts."""

from __future__ import annotations

import pytest

from social_tui.media_analysis.embedding_local import is_installed
from social_tui.search_models import FoundPost
from tests.cli.conftest import CommandLine, picture
from tests.support.peers import need
from tests.support.world import World


@pytest.fixture
def posts(cli: CommandLine, world: World) -> CommandLine:
    """Fill the library with a few posts."""
    texts = (
        "An orchard in spring",
        "The orchard \x1b[31min autumn\u202e, so red",
        "Superorchards",
        "Le café bleu",
    )
    cli("import", world.write([world.post(text=text) for text in texts]))
    return cli


def test_scripts_get_rows_with_ranges_of_what_was_found(posts: CommandLine) -> None:
    rows = posts.json("search", "orchard")
    assert set(rows[0]) == set(FoundPost.model_fields) - {"key"} | {"highlights"}
    assert [row["is_substring"] for row in rows] == [False, False, True]
    for row in rows:
        [[start, end]] = row["highlights"]
        assert row["excerpt"][start:end] == "orchard"
        assert (row["matched"], row["excerpt_of"]) == (["text"], "text")
    assert posts.json("search", "cafe")[0]["highlights"] == [[3, 7]]
    assert posts.json("search", "orchard", "--limit", "1") == rows[:1]
    assert posts.json("search", "nowhere") == []


def test_people_get_a_safe_table(posts: CommandLine) -> None:
    head, *lines = posts("search", "orchard").stdout.splitlines()
    assert head.split() == ["#", "POST", "DATE", "AUTHOR", "WHERE", "EXCERPT"]
    assert [line.split()[0] for line in lines] == ["1", "2", "3"]
    assert "~text" in lines[2]
    assert "Superorchards" in lines[2]
    printed = "\n".join(lines)
    assert not {"\x1b", "\u202e", "\ue000", "\ue001"} & set(printed)
    assert posts("search", "nowhere").stdout == "No posts.\n"


def test_a_search_keeps_to_a_filter_and_refuses_a_wrong_one(posts: CommandLine) -> None:
    assert len(posts.json("search", "orchard", "--posts", "spring")) == 1
    assert posts.json("search", "orchard", "--posts", "has:video") == []
    assert posts("search", "orchard", "--posts", "has:nothing").returncode == 2


def test_meanings_are_read_and_found(posts: CommandLine) -> None:
    need(is_installed(), "the extra semantic is not installed")
    report = posts.json("search", "--index")
    assert (report["model"], report["posts"], report["embedded"]) == ("local:all-MiniLM-L6-v2", 4, 4)
    assert (report["waiting"], report["cost_microdollars"]) == (0, 0)
    [row] = posts.json("search", "fruit trees", "--meaning", "--limit", "1")
    assert (row["matched"], row["text_content"]) == (["meaning"], "An orchard in spring")
    again = posts("search", "bleu", "--hybrid", "--index")
    assert "0 posts read with local:all-MiniLM-L6-v2; 0 wait." in again.stderr
    assert "Le café bleu" in again.stdout


def test_nothing_to_look_for_is_wrong_usage(posts: CommandLine) -> None:
    done = posts("search")
    assert done.returncode == 2
    assert "QUERY" in done.stderr


def test_a_picture_is_found_in_the_posts_that_show_it(cli: CommandLine, world: World) -> None:
    links = [world.serve(f"/{name}.jpg", picture("red")) for name in ("one", "two")]
    bea = {"username": "bea", "first_name": "Bea", "last_name": "B."}
    shown = [world.post(links[0], text="Look one", author=bea), world.post(links[1], text="Look two")]
    cli("import", "--download", world.write(shown))
    media_id = cli.json("media", "list")[0]["media_id"]
    rows = cli.json("search", "--similar", media_id)
    assert [(row["matched"], row["media_total"]) for row in rows] == [(["similar"], 1)] * 2
    assert [row["post_id"] for row in cli.json("search", f"similar:{media_id}", "two")] == [
        row["post_id"] for row in rows if row["text_content"] == "Look two"
    ]
    *_, summary = cli("search", "--similar", media_id).stdout.splitlines()
    assert summary.startswith("2 posts of 2 authors; first 2025-11-1")
    assert "by Bea B. (p-" in summary
    *_, line, again = cli("search", "--similar", media_id, "--limit", "1").stdout.splitlines()
    assert (line.split()[0], again) == ("1", summary), "the first use is not among those that are printed"


def test_without_a_model_a_search_by_meaning_says_what_is_missing(posts: CommandLine) -> None:
    for form in ("--meaning", "--hybrid"):
        done = posts("search", form, "orchard")
        assert done.returncode != 0
        assert "search --index" in done.stderr or "social-tui[semantic]" in done.stderr
