"""Posts that stand inside others: each has its row and a link, and a copy never spoils the post itself."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from social_tui.exports import Engagement, Inside, MediaToStore, PostToStore
from social_tui.store import imports, media, posts
from social_tui.store.gateway import Gateway
from tests.store.library_rows import import_all, post, reference, rows, said_otherwise, versions

LINKS = (
    "select o.urn, l.relation, p.urn from public.post_links l join public.posts o using (post_id)"
    " join public.posts p on p.post_id = l.linked_post_id order by 1, 3"
)


def copy_of(
    urn: str, *outers: str, media_references: tuple[MediaToStore, ...] = (), **fields: Any
) -> PostToStore:
    """Make a copy of a post as it stands inside others: without figures of its own."""
    inside = tuple(Inside(platform="linkedin", urn=outer, relation="reshared") for outer in outers)
    return post(urn, media_references, reactions=0, inside=inside, **fields)


def shown(gateway: Gateway, post_id: str | None) -> tuple[str, int | None, str | None]:
    detail = posts.get_post(gateway, post_id or "")
    return detail.text_content, detail.reactions, detail.raw_json


def test_a_post_inside_another_has_its_row_its_media_and_a_link(gateway: Gateway, database_url: str) -> None:
    items = (
        post("1", [reference("a")]),
        copy_of("2", "1", media_references=(reference("b"),)),
        copy_of("3", "2"),
    )
    stored = import_all(gateway, *items)
    assert [row.result for row in stored] == ["new", "new", "new"]
    assert [row.position for row in stored] == [0, 1, 2]
    assert len(media.list_media(gateway, post_id=stored[1].post_id)) == 1
    assert rows(database_url, LINKS) == [("1", "reshared", "2"), ("2", "reshared", "3")]
    before = versions(database_url)
    assert [row.result for row in import_all(gateway, *items)] == ["unchanged"] * 3
    assert versions(database_url) == before


def test_a_copy_adds_only_what_the_post_itself_does_not_say(gateway: Gateway, database_url: str) -> None:
    whole = post("2", [reference("b")], text="whole", reactions=9, url=None)
    copy = copy_of("2", "1", media_references=(reference("c"),), text="cut…", url="https://social.example/2")
    stored = import_all(gateway, post("1"), copy, whole)
    assert [row.result for row in stored] == ["new", "updated", "new"]
    assert stored[1].post_id == stored[2].post_id
    assert shown(gateway, stored[2].post_id) == ("whole", 9, whole.post.raw_json)
    assert posts.get_post(gateway, stored[2].post_id or "").url == "https://social.example/2"
    listed = media.list_media(gateway, post_id=stored[2].post_id)
    assert [row.media_url for row in listed] == [reference("b").reference.url, reference("c").reference.url]
    assert rows(database_url, "select count(*) from public.data_downloads") == [(2,)]
    assert [row.result for row in import_all(gateway, post("1"), copy, whole)] == ["unchanged"] * 3


def test_the_post_itself_replaces_a_copy_that_came_before(gateway: Gateway, database_url: str) -> None:
    late = datetime(2031, 1, 1, tzinfo=UTC)
    copy = copy_of("2", "1", text="cut…", media_references=(reference("b", expires=late),))
    (_, first) = import_all(gateway, post("1"), copy)
    assert rows(database_url, "select total_reactions from public.data_downloads order by 1") == [
        (3,),
        (None,),
    ]
    whole = post("2", [reference("b", expires=datetime(2030, 1, 1, tzinfo=UTC))], text="whole", reactions=9)
    (stored,) = import_all(gateway, whole)
    assert (stored.result, stored.post_id) == ("updated", first.post_id)
    assert shown(gateway, stored.post_id) == ("whole", 9, whole.post.raw_json)
    assert [row.result for row in import_all(gateway, post("1"), copy)] == ["unchanged", "unchanged"]
    assert shown(gateway, stored.post_id) == ("whole", 9, whole.post.raw_json)


def test_copies_that_say_the_same_are_one_and_others_follow_each_other(
    gateway: Gateway, database_url: str
) -> None:
    outers = [post(str(number)) for number in range(4)]
    copies = [
        copy_of("9", "0"),
        copy_of("9", "1"),
        copy_of("9", "2", media_references=(reference("x"),)),
        said_otherwise(copy_of("9", "3"), engagement=Engagement()),
    ]
    stored = import_all(gateway, *outers, *copies)
    assert len({row.post_id for row in stored[4:]}) == 1
    assert [row.position for row in stored] == list(range(8))
    assert [row.result for row in stored[4:]] == ["new", "new", "updated", "unchanged"]
    assert rows(database_url, LINKS) == [(str(number), "reshared", "9") for number in range(4)]


def test_a_copy_that_is_held_is_linked_with_a_new_post(gateway: Gateway, database_url: str) -> None:
    import_all(gateway, post("1"), copy_of("9", "1"))
    stored = import_all(gateway, post("2"), copy_of("9", "2"))
    assert [row.result for row in stored] == ["new", "unchanged"]
    assert rows(database_url, LINKS) == [("1", "reshared", "9"), ("2", "reshared", "9")]


def test_a_copy_that_is_refused_costs_only_itself(gateway: Gateway, database_url: str) -> None:
    run_id = imports.start_run(gateway, script_name="test", platform="linkedin", files=[])
    stored = imports.import_posts(gateway, run_id, [post("1"), copy_of("", "1"), copy_of("3", "1")])
    assert [row.result for row in stored] == ["new", "rejected", "new"]
    assert rows(database_url, LINKS) == [("1", "reshared", "3")]
