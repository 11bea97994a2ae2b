"""Links between posts, read both ways, and the snapshots of a post's engagement."""

from __future__ import annotations

import psycopg
import pytest

from social_tui.exports import Engagement
from social_tui.store import imports, posts
from social_tui.store.gateway import Gateway
from tests.store.callers import USERS, become
from tests.store.library_rows import import_one, post, rows

LINK = "select private.link_posts(%s, %s, %s)"


@pytest.fixture
def ids(gateway: Gateway) -> dict[str, str]:
    """Give the ids of five posts, by their names."""
    return {
        name: import_one(gateway, post(name, text=f"Post {name}", posted_at=1_764_000_000_000 + number))[0]
        for number, name in enumerate("abcde")
    }


def link(url: str, *links: tuple[str | None, str, str | None]) -> int:
    [(new,)] = rows(url, LINK, *(list(column) for column in zip(*links, strict=True)))
    assert isinstance(new, int)
    return new


def outline(gateway: Gateway, post_id: str) -> list[tuple[str, str, int, str]]:
    found = posts.get_post(gateway, post_id).links
    return [(each.direction, each.relation, each.total, each.urn) for each in found]


def test_links_are_read_both_ways(gateway: Gateway, database_url: str, ids: dict[str, str]) -> None:
    links = [
        (ids["a"], "quoted", ids["b"]),
        (ids["a"], "replied_to", ids["c"]),
        (ids["d"], "boosted", ids["a"]),
    ]
    assert link(database_url, *links) == 3
    assert outline(gateway, ids["a"]) == [
        ("to", "quoted", 1, "b"),
        ("to", "replied_to", 1, "c"),
        ("from", "boosted", 1, "d"),
    ]
    [quoted] = posts.get_post(gateway, ids["b"]).links
    assert (quoted.direction, quoted.post_id, quoted.author_name) == ("from", ids["a"], "Ada")
    assert (quoted.platform, quoted.text_content, quoted.url) == (
        "linkedin",
        "Post a",
        "https://social.example/a",
    )
    assert outline(gateway, ids["e"]) == []
    whole = [each for each in posts.iterate_posts(gateway) if each.urn == "a"]
    assert whole == [posts.get_post(gateway, ids["a"])]


def test_linking_again_changes_nothing(database_url: str, ids: dict[str, str]) -> None:
    links = [(ids["a"], "quoted", ids["b"]), (ids["a"], "quoted", ids["b"]), (ids["a"], "boosted", ids["b"])]
    assert link(database_url, *links) == 2
    before = rows(database_url, "select xmin::text, created_at from public.post_links order by relation")
    assert link(database_url, *links) == 0
    assert (
        rows(database_url, "select xmin::text, created_at from public.post_links order by relation") == before
    )


def test_what_was_refused_and_what_is_its_own_other_is_no_link(
    database_url: str, ids: dict[str, str]
) -> None:
    assert link(database_url, (ids["a"], "quoted", None), (None, "quoted", ids["a"])) == 0
    assert link(database_url, (ids["a"], "quoted", ids["a"])) == 0
    assert rows(database_url, LINK, [], [], []) == [(0,)]
    with pytest.raises(psycopg.errors.CheckViolation):
        link(database_url, (ids["a"], "liked", ids["b"]))


def test_a_link_goes_with_either_of_its_posts(database_url: str, ids: dict[str, str]) -> None:
    assert link(database_url, (ids["a"], "quoted", ids["b"]), (ids["b"], "quoted", ids["c"])) == 2
    rows(database_url, "delete from public.posts where post_id = %s", ids["b"])
    assert rows(database_url, "select * from public.post_links") == []


def test_of_many_the_newest_are_read_and_all_are_counted(
    gateway: Gateway, database_url: str, ids: dict[str, str]
) -> None:
    many = [import_one(gateway, post(f"x{n}", posted_at=1_700_000_000_000 + n))[0] for n in range(22)]
    assert link(database_url, *((post_id, "boosted", ids["a"]) for post_id in many)) == 22
    assert outline(gateway, ids["a"]) == [("from", "boosted", 22, f"x{n}") for n in range(21, 1, -1)]


def test_posts_of_other_workspaces_are_not_told(database_url: str, ids: dict[str, str]) -> None:
    assert link(database_url, (ids["a"], "quoted", ids["b"])) == 1
    elsewhere = "00000000-0000-0000-0000-000000000002"
    rows(database_url, "insert into public.workspaces values (%s, 'elsewhere')", elsewhere)
    rows(
        database_url,
        "insert into public.workspace_members values (%s, %s, 'viewer')",
        *(elsewhere, USERS["neighbour"]),
    )
    rows(database_url, "update public.posts set workspace_id = %s where post_id = %s", elsewhere, ids["b"])
    with psycopg.connect(database_url) as connection:
        become(connection, "neighbour")
        for name in "ab":
            links = connection.execute("select links from public.get_post(%s)", [ids[name]]).fetchall()
            assert links == ([] if name == "a" else [([],)]), name
        connection.rollback()


def test_a_snapshot_is_written_where_an_export_says_something_new(gateway: Gateway) -> None:
    run = imports.start_run(gateway, script_name="test", platform="linkedin", files=[])

    def take(reactions: int | None, comments: int | None, raw: str) -> str:
        told = Engagement(reactions=reactions, comments=comments)
        [stored] = imports.import_posts(gateway, run, [post("1", raw={"said": raw}, engagement=told)])
        assert stored.post_id is not None
        return stored.post_id

    post_id = take(3, 1, "first")
    assert take(3, 1, "first") == post_id
    take(8, 2, "second")
    take(3, 1, "first")  # the old export once more
    take(None, None, "third")
    found = posts.get_post(gateway, post_id).snapshots
    assert [(each.reactions, each.comments, each.reposts, each.views) for each in found] == [
        (3, 1, None, None),
        (8, 2, None, None),
    ]
    assert found[0].downloaded_at < found[1].downloaded_at
