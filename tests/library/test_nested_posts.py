"""Posts inside of posts through an import: rows of their own, linked, never lost and never poorer."""

from __future__ import annotations

from typing import Any

import pytest

from social_tui.library import extract_and_store_media
from social_tui.library.importing import import_paths
from social_tui.library.session import Library
from social_tui.models import PostDetail
from social_tui.store.posts import iterate_posts
from tests.importers.nested_examples import APIFY_RESHARE, MASTODON_BOOST, NESTED
from tests.support.world import World

OUTER, MIDDLE, INNER = (f"740000000000000000{number}" for number in (3, 2, 1))


def stored(library: Library) -> dict[str, PostDetail]:
    return {each.urn: each for each in iterate_posts(library.gateway)}


def links(post: PostDetail) -> list[tuple[str, str, str]]:
    return [(each.direction, each.relation, each.urn) for each in post.links]


def test_every_format_gives_posts_of_their_own_and_again_nothing(world: World) -> None:
    names = [name for name in NESTED if name not in ("x_repost_of_page", "x_flattened")]  # the same ids
    files = [world.write([NESTED[name][0]], f"{name}.json") for name in names]
    with world.open() as library:
        report = import_paths(library, files)
        assert report.rejected == []
        found = stored(library)
        for name in names:
            for relation, urn, urls in NESTED[name][1]:
                assert [each.media_url for each in found[urn].media] == urls
                assert {each.role for each in found[urn].media} <= {"main"}
                assert ("from", relation) in [link[:2] for link in links(found[urn])]
        # Of LinkedIn's three formats each tells of the same posts.
        assert report.posts.read == report.posts.new + report.posts.updated == len(names)
        assert report.posts.nested == sum(len(NESTED[name][1]) for name in names)
        assert len(found) == len({(each.platform, each.urn) for each in found.values()}) == 20
        before = world.snapshot()
        again = import_paths(library, files)
        assert (again.posts.unchanged, again.media.new) == (len(names), 0)
        assert world.snapshot() == before
    assert world.checker().problems() == []


@pytest.mark.parametrize("order", [(0, 1), (1, 0)], ids=["whole-first", "copy-first"])
@pytest.mark.parametrize("together", [True, False])
def test_the_copy_inside_another_post_is_never_more_than_the_post_itself(
    world: World, order: tuple[int, int], together: bool
) -> None:
    whole = {**APIFY_RESHARE["reshared_post"], "stats": {"total_reactions": 70}, "text": "Whole"}
    copy = {**APIFY_RESHARE, "reshared_post": {**whole, "stats": {"total_reactions": 0}, "text": "Whol…"}}
    items = [(whole, copy)[place] for place in order]
    files = [world.write(items)] if together else [world.write([item]) for item in items]
    with world.open() as library:
        for file in files:
            import_paths(library, [file])
        found = stored(library)
        assert (found[MIDDLE].text_content, found[MIDDLE].reactions) == ("Whole", 70)
        assert [each.reactions for each in found[MIDDLE].snapshots] == [70]
        assert links(found[OUTER]) == [("to", "reshared", MIDDLE)]
        assert links(found[MIDDLE]) == [("to", "reshared", INNER), ("from", "reshared", OUTER)]
        assert [(each.role, each.media_url) for each in found[OUTER].media] == [
            ("main", "https://li.test/3.jpg")
        ]
        before = world.snapshot()
        import_paths(library, files)
        assert world.snapshot() == before


def test_a_dry_run_counts_them_and_writes_nothing(world: World) -> None:
    with world.open() as library:
        before = world.snapshot()
        report = import_paths(library, [world.write([APIFY_RESHARE])], dry_run=True)
        assert (report.posts.new, report.posts.nested, report.media.new) == (1, 2, 3)
        assert world.snapshot() == before


def test_one_refused_by_the_database_does_not_take_the_outer_with_it(world: World) -> None:
    boost: dict[str, Any] = {**MASTODON_BOOST, "reblog": {**MASTODON_BOOST["reblog"], "id": "x" * 400}}
    with world.open() as library:
        report = import_paths(library, [world.write([boost])])
        assert report.posts.new == 1
        assert set(stored(library)) >= {"103", "101"}


def test_media_of_one_stored_post_are_those_of_the_post_itself(world: World) -> None:
    with world.open() as library:
        import_paths(library, [world.write([{**APIFY_RESHARE, "reshared_post": None}])])
        [post] = stored(library).values()
        ids = extract_and_store_media(library.gateway, post.post_id, APIFY_RESHARE)
        found = stored(library)
        assert ids == [each.media_id for each in found[OUTER].media]
        assert set(found) == {OUTER, MIDDLE, INNER}
        assert links(found[OUTER]) == [("to", "reshared", MIDDLE)]
