"""The media as one list that can be entered anywhere, and which pictures are the same or look alike."""

from __future__ import annotations

import random

import pytest

from social_tui.exports import MediaToStore
from social_tui.filters import Filter, Term
from social_tui.models import SORTS, GalleryRow, Key, MediaRole, Sort
from social_tui.store import gallery, media, posts
from social_tui.store.gateway import Gateway
from tests.store.callers import ELSEWHERE
from tests.store.library_rows import captured, download, import_all, import_one, post, reference, rows

HOUR = 3_600_000
ROLES: tuple[MediaRole, ...] = ("avatar", "reshared", "main", "article", "thumbnail")


def _references(number: int) -> list[MediaToStore]:
    """Make up to four references, not in the order in which they are shown."""
    return [
        reference(f"{number}-{item}", role=ROLES[(number + item) % 5], position=item)
        for item in reversed(range(number % 5))
    ]


@pytest.fixture
def filled(gateway: Gateway) -> Gateway:
    items = [
        post(str(n), _references(n), posted_at=n * HOUR, reactions=n * 7 % 11, author=f"author {n % 3}")
        for n in range(1, 31)
    ]
    import_all(gateway, *items)
    return gateway


@pytest.mark.parametrize("sort", SORTS)
def test_a_posts_media_stand_together_in_the_posts_order(filled: Gateway, sort: Sort) -> None:
    shown = gallery.list_gallery(filled, sort=sort)
    assert len(shown) == gallery.count_gallery(filled) == 60
    post_ids = list(dict.fromkeys(row.post_id for row in shown))
    expected = [
        row.media_id for post_id in post_ids for row in media.list_media(filled, post_id=post_id or "")
    ]
    assert [row.media_id for row in shown] == expected
    if sort == "newest":
        assert [row.posted_at_timestamp for row in shown][:8] == [29 * HOUR] * 4 + [28 * HOUR] * 3 + [
            27 * HOUR
        ]


@pytest.mark.parametrize("sort", SORTS)
def test_what_stands_above_a_post_is_counted(filled: Gateway, sort: Sort) -> None:
    only = Filter(terms=(Term(field="reactions", operator=">", values=("0",)),))
    for shown in (Filter(), only):
        above = 0
        for row in posts.list_posts(filled, filter=shown, sort=sort):
            assert row.key is not None
            assert gallery.media_above(filled, row.key, shown, sort) == above
            above += row.media_total
        assert above == gallery.count_gallery(filled, shown)


@pytest.mark.parametrize("sort", SORTS)
def test_the_gallery_can_be_entered_anywhere(filled: Gateway, sort: Sort) -> None:
    shown = gallery.list_gallery(filled, sort=sort)
    anchors = gallery.gallery_anchors(filled, sort=sort, every=7)
    assert len(anchors) == 8
    for position, key in [(anchor.position, anchor.key) for anchor in anchors] + _keys(shown):
        after = gallery.list_gallery(filled, sort=sort, after=key, limit=5)
        assert after == shown[position : position + 5]
        later = gallery.list_gallery(filled, sort=sort, after=key, offset=3, limit=5)
        assert later == shown[position + 3 : position + 8]
        before = gallery.list_gallery(filled, sort=sort, after=key, backward=True, limit=5)
        # Between two posts, what stands before the place is not the media of the key.
        last = position if key["media"][0] > 100 else position - 1
        assert before == shown[max(last - 5, 0) : last]
    end = gallery.list_gallery(filled, sort=sort, backward=True, offset=2, limit=5)
    assert end == shown[-7:-2]


def _keys(shown: list[GalleryRow]) -> list[tuple[int, Key]]:
    return [(position, row.key) for position, row in enumerate(shown, 1)]


def test_a_filter_narrows_the_gallery(filled: Gateway) -> None:
    only = Filter(terms=(Term(field="author", operator="=", values=("author 1",)),))
    shown = gallery.list_gallery(filled, filter=only)
    assert {row.author_username for row in shown} == {"author 1"}
    assert len(shown) == gallery.count_gallery(filled, only) == 20
    places = gallery.gallery_anchors(filled, only, every=5)
    assert gallery.list_gallery(filled, filter=only, after=places[1].key) == shown[places[1].position :]


def _media_with(gateway: Gateway, urn: str, *contents: str, day: int = 0) -> list[str]:
    references = [reference(f"{urn}-{place}", position=place) for place in range(len(contents))]
    _, stored = import_one(gateway, post(urn, references, posted_at=day * 24 * HOUR))
    for row, content in zip(stored, contents, strict=True):
        download(gateway, row.media_id, content)
    return [row.media_id for row in stored]


def _look(gateway: Gateway, content: str, phash: int) -> None:
    media.record_phash(gateway, captured(content).sha256, phash)


def test_the_same_picture_is_found_in_other_posts(gateway: Gateway) -> None:
    first = _media_with(gateway, "1", "a", "a", "b")
    second = _media_with(gateway, "2", "x", "a", "a", day=1)
    third = _media_with(gateway, "3", "a", day=2)
    found = gallery.similar_media(gateway, first[0])
    assert [(row.media_id, row.is_same, row.distance, row.total) for row in found] == [
        (third[0], True, 0, 2),
        (second[1], True, 0, 2),
    ]
    assert gallery.similar_media(gateway, first[0], limit=1) == found[:1]
    assert gallery.similar_media(gateway, first[2]) == []


def test_pictures_that_look_alike_are_found_the_most_alike_first(gateway: Gateway) -> None:
    here = _media_with(gateway, "1", "here")
    _media_with(gateway, "2", "near", "nearer", "far", day=1)
    _media_with(gateway, "3", "same look", "here", day=2)
    _media_with(gateway, "4", "no look", day=3)
    same_look = _media_with(gateway, "5", "same look", day=4)
    looks = {"here": 0, "near": 0x3FF, "nearer": 1 << 63 | 1, "far": 0x7FF, "same look": 0}
    for content, look in looks.items():
        _look(gateway, content, _signed(look ^ 0xF0F0F0F0F0F0F0F0))
    found = gallery.similar_media(gateway, here[0])
    assert [(row.is_same, row.distance, row.total) for row in found] == [
        (True, 0, 1),
        (False, 0, 2),
        (False, 2, 2),
    ]
    assert found[1].media_id == same_look[0]


def test_no_look_that_is_near_is_missed(gateway: Gateway, database_url: str) -> None:
    chance = random.Random(7)
    here = chance.getrandbits(64)
    looks = [here ^ sum(1 << bit for bit in chance.sample(range(64), n % 16)) for n in range(300)]
    rows(
        database_url,
        "insert into public.media_blobs (sha256, md5_sum, byte_size, mime_type, phash)"
        " select repeat('0', 60) || lpad(to_hex(n), 4, '0'), repeat('0', 32), 1, 'image/png', look"
        " from unnest(%s::bigint[]) with ordinality l(look, n)",
        [_signed(look) for look in looks],
    )
    found = rows(database_url, "select phash, distance from private.near_phashes(%s)", _signed(here))
    near = {_signed(look): (look ^ here).bit_count() for look in looks if (look ^ here).bit_count() <= 10}
    assert len(found) == len(near) > 100
    assert dict(found) == near


def _signed(bits: int) -> int:
    return bits - (1 << 64) if bits >> 63 else bits


def test_a_look_that_is_known_stays(gateway: Gateway, database_url: str) -> None:
    _media_with(gateway, "1", "a")
    _look(gateway, "a", 5)
    _look(gateway, "a", 6)
    assert rows(database_url, "select phash from public.media_blobs") == [(5,)]


def test_other_workspaces_are_not_looked_into(gateway: Gateway, database_url: str) -> None:
    here = _media_with(gateway, "1", "a")
    _media_with(gateway, "2", "a", "b", day=1)
    _look(gateway, "a", 5)
    _look(gateway, "b", 4)
    assert len(gallery.similar_media(gateway, here[0])) == 1
    rows(database_url, "insert into public.workspaces (workspace_id, name) values (%s, 'there')", ELSEWHERE)
    rows(database_url, "update public.posts set workspace_id = %s where urn = '2'", ELSEWHERE)
    rows(
        database_url,
        "update public.post_media m set workspace_id = p.workspace_id from public.posts p"
        " where p.post_id = m.post_id",
    )
    assert gallery.similar_media(gateway, here[0]) == []
