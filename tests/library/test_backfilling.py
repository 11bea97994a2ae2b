"""Backfill: stored posts get the media rows that they lack."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

from social_tui.library.backfilling import backfill
from social_tui.library.importing import import_paths
from social_tui.store import media as media_store
from social_tui.store.posts import iterate_posts
from tests.support.world import World

LINK = "https://media.licdn.com/dms/image/{}"


def test_missing_rows_and_partial_carousels(world: World) -> None:
    posts = [
        world.post(LINK.format("a"), LINK.format("b"), LINK.format("c")),
        world.post(LINK.format("d")),
        world.post(LINK.format("e")),
    ]
    with world.open() as library:
        import_paths(library, [world.write(posts)])
        world.execute("delete from public.post_media where media_url ~ '/[bd]$'")
        assert world.checker().problems() != []

        planned = backfill(library, dry_run=True)
        assert (planned.posts, planned.posts_completed, planned.media_found, planned.media_new) == (
            3,
            2,
            5,
            2,
        )
        assert planned.dry_run
        assert len(list(media_store.iterate_media(library.gateway))) == 3

        done = backfill(library)
        assert (done.posts, done.posts_completed, done.media_new, done.rejected) == (3, 2, 2, [])
        assert backfill(library).media_new == 0
    assert world.checker().problems() == []


def test_media_that_the_text_names_without_a_link(world: World) -> None:
    post = world.post(LINK.format("a"), media={"type": "image", "items": [{"url": LINK.format("a")}, None]})
    with world.open() as library:
        import_paths(library, [world.write([post])])
        world.execute("delete from public.post_media where media_url is null")
        assert backfill(library, dry_run=True).media_new == 1
        assert backfill(library).media_new == 1
        assert backfill(library, dry_run=True).media_new == backfill(library).media_new == 0


def test_a_post_that_is_removed_meanwhile_stops_nothing(world: World) -> None:
    posts = [world.post(LINK.format("a")), world.post(LINK.format("b"))]
    with world.open() as library:
        import_paths(library, [world.write(posts)])
        world.execute("delete from public.post_media")
        world.execute(
            "create function public.vanish() returns trigger language plpgsql as $$ begin"
            " raise exception using errcode = 'P0002', message = 'There is no post.'; end $$;"
            "create trigger vanish before insert on public.post_media for each row"
            " when (new.media_url like '%/a') execute function public.vanish()",
        )
        report = backfill(library)
        assert (report.posts, report.media_new, len(report.rejected)) == (2, 1, 1)
        assert report.rejected[0].reason == "is no longer in the library"


def test_posts_inside_of_posts_are_stored_with_their_media_and_links(world: World) -> None:
    inner = world.post(LINK.format("inner"))
    middle = {**world.post(LINK.format("middle")), "reshared_post": inner}
    posts = [{**world.post(LINK.format(name)), "reshared_post": middle} for name in "ab"]
    world.expected.clear()
    with world.open() as library:
        import_paths(library, [world.write(posts)])
        shown = sorted(each.urn for each in iterate_posts(library.gateway))
        assert len(shown) == 4
        # As a library is that knew nothing of posts inside of others.
        world.execute("delete from public.posts where urn not in (" + urns(posts) + ")")

        planned = backfill(library, dry_run=True)
        assert (planned.posts, planned.posts_completed, planned.posts_new) == (2, 0, 2)
        assert (planned.media_found, planned.media_new) == (4, 2)
        assert len(list(iterate_posts(library.gateway))) == 2

        done = backfill(library)
        assert done == planned.model_copy(update={"dry_run": False})
        found = {each.urn: each for each in iterate_posts(library.gateway)}
        assert sorted(found) == shown
        assert [(each.direction, each.relation) for each in found[_urn(middle)].links] == [
            ("to", "reshared"),
            ("from", "reshared"),
            ("from", "reshared"),
        ]
        assert [each.role for each in found[_urn(inner)].media] == ["main"]

        before = world.snapshot()
        again = backfill(library)
        assert (again.posts, again.posts_new, again.media_found, again.media_new) == (4, 0, 4, 0)
        assert world.snapshot() == before


def _urn(post: dict[str, Any]) -> str:
    return str(post["activity_urn"])


def urns(posts: list[dict[str, Any]]) -> str:
    return ", ".join(f"'{_urn(post)}'" for post in posts)


def test_from_a_date(world: World) -> None:
    days = {"old": datetime(2025, 10, 31, tzinfo=UTC), "new": datetime(2025, 11, 1, tzinfo=UTC)}
    posts = [
        world.post(LINK.format(name), posted_at={"timestamp": int(day.timestamp() * 1000)})
        for name, day in days.items()
    ]
    with world.open() as library:
        import_paths(library, [world.write(posts)])
        world.execute("delete from public.post_media")
        report = backfill(library, start=date(2025, 11, 1))
        assert (report.posts, report.media_new) == (1, 1)


def test_damaged_raw_json_is_told_and_stops_nothing(world: World) -> None:
    posts = [world.post(LINK.format("a")), world.post(LINK.format("b")), world.post(LINK.format("c"))]
    with world.open() as library:
        import_paths(library, [world.write(posts)])
        world.execute("delete from public.post_media")
        world.execute(f"update public.posts set raw_json = '{{' where urn = '{posts[0]['activity_urn']}'")
        world.execute(f"update public.posts set raw_json = '[1]' where urn = '{posts[1]['activity_urn']}'")
        report = backfill(library)
        assert (report.posts, report.media_new, len(report.rejected)) == (3, 1, 2)
        assert all(rejection.file.startswith("p-") for rejection in report.rejected)
