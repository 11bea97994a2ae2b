"""The list of posts in every order, at every place; its count, anchors, facets and gallery."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import get_args

import pytest

from social_tui.errors import DatabaseError
from social_tui.filters import Filter, Term
from social_tui.filters import parse as parse_filter
from social_tui.models import SORTS, Facet, Key, PostSummary, Sort
from social_tui.store import facets, gallery, media, posts
from social_tui.store.gateway import Gateway
from tests.store.filled import NOW
from tests.store.library_rows import import_all, post, rows

STATES = ("failed", "pending", "ready", "archived", "none")


def state(row: PostSummary) -> str:
    if row.media_total == 0:
        return "none"
    if row.media_failed:
        return "failed"
    if row.media_archived == row.media_total:
        return "archived"
    return "ready" if row.media_ready == row.media_total else "pending"


def rank(sort: Sort, row: PostSummary) -> tuple[object, ...]:
    """Say where a post stands in an order, by what is seen of it."""
    age = (row.posted_at_timestamp is None, -(row.posted_at_timestamp or 0), row.post_id)
    if sort == "engagement":
        return (-sum(n or 0 for n in (row.reactions, row.comments, row.reposts)), *age)
    if sort == "author":
        return ((row.author_name or row.author_username or "").lower(), (row.author_username or ""), *age)
    return (STATES.index(state(row)), *age) if sort == "state" else age


def walk(gateway: Gateway, sort: Sort, only: Filter, *, backward: bool) -> list[str]:
    """Go through a list in small pages, to its end or from it."""
    listed: list[str] = []
    key: Key | None = None
    while page := posts.list_posts(gateway, filter=only, sort=sort, after=key, backward=backward, limit=7):
        ids = [row.post_id for row in page]
        listed = [*ids, *listed] if backward else [*listed, *ids]
        key = page[0 if backward else -1].key
    return listed


@pytest.mark.parametrize("sort", SORTS)
def test_every_order_is_whole_from_both_ends_and_at_every_anchor(
    gateway: Gateway, filled: list[str], sort: Sort
) -> None:
    for only in (Filter(), Filter(terms=(Term(field="has", values=("image",)),))):
        everything = posts.list_posts(gateway, filter=only, sort=sort, limit=500)
        ids = [row.post_id for row in everything]
        expected = sorted(everything, key=lambda row: rank(sort, row), reverse=sort == "oldest")
        assert ids == [row.post_id for row in expected]
        assert walk(gateway, sort, only, backward=False) == ids
        assert walk(gateway, sort, only, backward=True) == ids
        assert posts.count_posts(gateway, only) == len(ids)
        anchors = posts.post_anchors(gateway, only, sort, 10)
        assert [anchor.position for anchor in anchors] == list(range(10, len(ids) + 1, 10))
        for anchor in anchors:
            page = posts.list_posts(gateway, filter=only, sort=sort, after=anchor.key, offset=3, limit=5)
            assert [row.post_id for row in page] == ids[anchor.position + 3 : anchor.position + 8]
            before = posts.list_posts(
                gateway, filter=only, sort=sort, after=anchor.key, backward=True, offset=1, limit=4
            )
            end = anchor.position - 2
            assert [row.post_id for row in before] == ids[max(end - 4, 0) : end]
    assert len(filled) == len({*walk(gateway, sort, Filter(), backward=False)})


def test_many_anchors_are_thinned_to_one_page(gateway: Gateway, database_url: str) -> None:
    rows(
        database_url,
        "insert into public.posts (post_id, urn, posted_at_timestamp)"
        " select 'p-' || n, n, n from generate_series(1, 1203) n",
    )
    anchors = posts.post_anchors(gateway, every=1)
    assert [anchor.position for anchor in anchors] == list(range(3, 1204, 3))


@pytest.mark.parametrize(
    "key",
    [
        {"sort": "oldest", "at": [1, "p"]},
        {"sort": "newest", "at": [1]},
        {"sort": "newest", "at": "p"},
        {"sort": "newest"},
        [],
    ],
)
def test_a_key_of_another_list_is_refused(gateway: Gateway, key: object) -> None:
    with pytest.raises(DatabaseError) as raised:
        gateway.call("list_posts", p_after=key)
    assert raised.value.sqlstate == "22023"
    with pytest.raises(DatabaseError, match="no order"):
        gateway.call("list_posts", p_sort="random; drop table posts")


def test_posts_of_impossible_numbers_have_a_place(gateway: Gateway) -> None:
    most = 2**63 - 1
    stored = import_all(
        gateway,
        post("1", posted_at=-(2**63), reactions=most, author="A" * 5000, post_type="t" * 9000),
        post("2", posted_at=most, reactions=-5, author="ß\t\n"),
    )
    assert [row.result for row in stored] == ["new", "new"]
    assert [row.urn for row in posts.list_posts(gateway)] == ["2", "1"]
    assert [row.urn for row in posts.list_posts(gateway, sort="engagement")] == ["1", "2"], (
        "a sum of no more than fits"
    )


@pytest.mark.parametrize("facet", get_args(Facet))
def test_a_facet_counts_what_its_term_keeps(gateway: Gateway, filled: list[str], facet: Facet) -> None:
    for text in ("", "has:media reactions:>0", "-status:downloading"):
        only = parse_filter(text, now=NOW).filter
        counts = facets.read_facet(gateway, only, facet, 500)
        assert [row.count for row in counts] == sorted((row.count or 0 for row in counts), reverse=True)
        assert len(counts) > 1
        for row in counts:
            term = Filter(terms=(*only.terms, Term(field=facet, values=(row.value,))))
            # A user name is also a part of names.
            if facet == "author":
                assert posts.count_posts(gateway, term) >= (row.count or 0), row.value
            else:
                assert posts.count_posts(gateway, term) == row.count, row.value
    assert facets.read_facet(gateway, Filter(), facet, 1) == facets.read_facet(gateway, Filter(), facet)[:1]
    assert len(filled) > 0


def test_values_are_suggested_by_how_they_begin(gateway: Gateway, filled: list[str]) -> None:
    def values(field: str, prefix: str) -> list[str]:
        return [row.value for row in facets.suggest_values(gateway, field, prefix)]

    assert values("author", "JEF") == ["jeff", "jeffrey"]
    assert values("author", "mil") == ["jeff"], "any part of a name"
    assert values("author", "zz") == []
    assert set(values("platform", "")) == {"linkedin", "mastodon"}
    assert values("platform", "MAS") == ["mastodon"]
    assert values("tag", "to") == ["to do"]
    assert values("shows", "TWO") == ["two words"]
    assert values("type", "r") in (["repost", "regular"], ["regular", "repost"])
    with pytest.raises(DatabaseError):
        facets.suggest_values(gateway, "raw_json", "")
    assert len(filled) > 0


@pytest.mark.parametrize("sort", SORTS)
def test_the_gallery_shows_the_media_in_the_order_of_their_posts(
    gateway: Gateway, filled: list[str], sort: Sort
) -> None:
    only = Filter(terms=(Term(field="reactions", operator=">", values=("0",)),))
    expected: list[str] = []
    for line in posts.list_posts(gateway, filter=only, sort=sort, limit=500):
        expected += [row.media_id for row in media.list_media(gateway, post_id=line.post_id)]
    whole = gallery.list_gallery(gateway, filter=only, sort=sort, limit=500)
    assert [row.media_id for row in whole] == expected
    assert gallery.count_gallery(gateway, only) == len(expected)
    shown = {row.post_id: row for row in posts.list_posts(gateway, limit=500)}
    for row in whole:
        owner = shown[row.post_id or ""]
        assert (row.author_name, row.posted_at_timestamp) == (owner.author_name, owner.posted_at_timestamp)
    for backward in (False, True):
        assert _walk_gallery(gateway, only, sort, backward=backward) == expected
    skipped = gallery.list_gallery(gateway, filter=only, sort=sort, after=whole[4].key, offset=2, limit=3)
    assert [row.media_id for row in skipped] == expected[7:10]
    assert len(filled) > 0


def _walk_gallery(gateway: Gateway, only: Filter, sort: Sort, *, backward: bool) -> Sequence[str]:
    listed: list[str] = []
    key: Key | None = None
    while page := gallery.list_gallery(
        gateway, filter=only, sort=sort, after=key, backward=backward, limit=5
    ):
        ids = [row.media_id for row in page]
        listed = [*ids, *listed] if backward else [*listed, *ids]
        key = page[0 if backward else -1].key
    assert max(Counter(listed).values()) == 1
    return listed
