"""The list of posts, one post whole, and the marks people put on posts."""

from __future__ import annotations

import random

import psycopg
import pytest

from social_tui.errors import NotFoundError
from social_tui.filters import Filter
from social_tui.models import Key, PostChange, Selection
from social_tui.store import bulk, media, posts
from social_tui.store.gateway import Gateway
from tests.store.library_rows import download, import_all, import_one, post, reference, rows, versions


def test_posts_come_newest_first_and_undated_last_over_all_pages(gateway: Gateway) -> None:
    # Few different times, so that pages end within equal ones.
    chance = random.Random(7)
    times: list[int | None] = [chance.choice([None, 10, 20, 30, 40]) for _ in range(90)]
    stored = import_all(gateway, *[post(str(n), posted_at=time) for n, time in enumerate(times)])
    expected = sorted(
        ((time, row.post_id or "") for time, row in zip(times, stored, strict=True)),
        key=lambda key: (key[0] is None, -(key[0] or 0), key[1]),
    )
    listed: list[tuple[int | None, str]] = []
    after: Key | None = None
    while page := posts.list_posts(gateway, after=after, limit=7):
        listed += [(row.posted_at_timestamp, row.post_id) for row in page]
        after = page[-1].key
    assert listed == expected


def test_a_search_finds_words_of_text_and_author_in_pages(gateway: Gateway) -> None:
    import_all(
        gateway,
        *[post(str(n), text=f"Turbine number {n}", posted_at=n) for n in range(5)],
        post("10", text="Nothing", author="turbine", posted_at=10),
        post("11", text="Quiet"),
    )

    def found(query: str, **page: object) -> list[str]:
        return [row.urn for row in posts.list_posts(gateway, filter=Filter(words=query), **page)]  # type: ignore[arg-type]

    assert found("TURBINE") == ["10", "4", "3", "2", "1", "0"]
    assert found("turbine -nothing") == ["4", "3", "2", "1", "0"]
    assert found('"number 3"') == ["3"]
    assert found("quiet or nothing") == ["11", "10"]
    first = posts.list_posts(gateway, filter=Filter(words="turbine"), limit=3)
    assert found("turbine", after=first[-1].key, limit=3) == ["2", "1", "0"]
    assert found("absent") == []
    assert found("numb") == ["4", "3", "2", "1", "0"]
    assert found("turb nu") == [], "only the last word is still being typed"
    assert found("turbine nu") == ["4", "3", "2", "1", "0"]
    assert found("turbine number 3 nu") == ["3"]
    assert found('"turbine nu"') == [], "a quote ends the word"
    assert found('"turbine number" turb') == ["4", "3", "2", "1", "0"]
    assert found("turbine -no") == ["10", "4", "3", "2", "1", "0"], "nothing is hidden that was not named"
    assert found("quiet or noth") == ["11", "10"]
    assert found("qui ") == []
    for hostile in (
        "'); drop table posts; --", "\\", '"', "((", "", "a & | !", "%s {} %I", "a' b\\", "x:*", "a:b", "-",
        "or", "'':* | 'a", "a<->b", "http://a.b/c'd?e=f&g", "\\'", "é\u0301 ẞ", "-a-b", "(a|b)", "a" * 3000,
    ):  # fmt: skip
        posts.list_posts(gateway, filter=Filter(words=hostile))


@pytest.mark.parametrize(
    ("typed", "finds"), [("state-of-the-a", True), ("e-m", True), ("state-of-x", False), ("o'nei", True)]
)
def test_a_word_of_several_parts_is_found_while_it_is_typed(
    gateway: Gateway, typed: str, finds: bool
) -> None:
    import_all(gateway, post("1", text="A state-of-the-art e-mail by O'Neill"))
    assert bool(posts.list_posts(gateway, filter=Filter(words=typed))) is finds


def test_a_search_goes_through_its_index(gateway: Gateway, database_url: str) -> None:
    import_all(gateway, *[post(str(n), text=f"Number n{n:05}", posted_at=n) for n in range(2000)])
    with psycopg.connect(database_url, autocommit=True) as connection:

        def searches() -> int:
            connection.execute("select pg_stat_force_next_flush()")
            [(count,)] = connection.execute(
                "select idx_scan from pg_stat_user_indexes where indexrelname = 'idx_posts_search'"
            ).fetchall()
            return int(count)

        connection.execute("vacuum analyze public.posts")
        before = searches()
        for query in ("n00017", "n0001", "number n0001"):
            assert connection.execute(
                "select urn from public.list_posts(jsonb_build_object('words', %s::text))", [query]
            ).fetchall()
        assert searches() == before + 3


def test_posts_are_exported_whole_in_pages(gateway: Gateway) -> None:
    import_all(
        gateway, *[post(str(n), [reference(f"a{n}")], posted_at=None if n % 3 else n) for n in range(10)]
    )
    exported = list(posts.iterate_posts(gateway, page=4))
    assert [row.post_id for row in exported] == [row.post_id for row in posts.list_posts(gateway)]
    assert exported[0] == posts.get_post(gateway, exported[0].post_id)
    assert [row.urn for row in posts.iterate_posts(gateway, filter=Filter(words="engi"), page=3)] == [
        row.urn for row in exported
    ]
    assert list(posts.iterate_posts(gateway, filter=Filter(words="absent"))) == []


def test_the_list_counts_what_became_of_the_media(gateway: Gateway) -> None:
    _, listed = import_one(gateway, post("1", [reference(str(n), position=n) for n in range(4)]))
    files = [download(gateway, row.media_id, str(n)) for n, row in enumerate(listed[:2])]
    media.record_archived(gateway, files[0].sha256, archive_url="local:x", proof="archived", actor="worker")
    media.claim_download(gateway, listed[2].media_id, "c")
    media.fail_download(gateway, listed[2].media_id, "c", outcome="blocked", error="private", actor="worker")
    [row] = posts.list_posts(gateway)
    assert (row.media_total, row.media_ready, row.media_failed, row.media_archived, row.media_analyzed) == (
        4,
        2,
        1,
        1,
        0,
    )
    assert (row.author_name, row.reactions, row.is_read, row.is_marked) == ("Ada", 3, False, False)


def test_one_post_comes_whole_with_its_media_in_order(gateway: Gateway) -> None:
    item = post("1", [reference("t", role="thumbnail"), reference("b", position=1), reference("a")])
    post_id, listed = import_one(gateway, item)
    detail = posts.get_post(gateway, post_id)
    assert detail.media == tuple(listed)
    assert [(row.role, row.position) for row in detail.media] == [("main", 0), ("main", 1), ("thumbnail", 0)]
    assert (detail.urn, detail.full_urn, detail.raw_json) == ("1", "urn:li:activity:1", item.post.raw_json)
    with pytest.raises(NotFoundError, match="p-00000000"):
        posts.get_post(gateway, "p-00000000")


def test_marking_and_reading_are_remembered_and_written_down_once(
    gateway: Gateway, database_url: str
) -> None:
    post_id, _ = import_one(gateway, post("1"))
    one = Selection(post_ids=frozenset({post_id}))
    changes: tuple[PostChange, ...] = ("mark", "read")
    assert [bulk.change_posts(gateway, change, one).changed for change in changes] == [1, 1]
    before = versions(database_url)
    assert [bulk.change_posts(gateway, change, one).changed for change in changes] == [0, 0]
    assert versions(database_url)["media_events"] == before["media_events"]
    assert (posts.get_post(gateway, post_id).is_marked, posts.get_post(gateway, post_id).is_read) == (
        True,
        True,
    )
    bulk.change_posts(gateway, "unmark", one)
    assert not posts.list_posts(gateway)[0].is_marked
    events = rows(database_url, "select event from public.media_events where post_id is null order by id")
    assert [event for (event,) in events] == [
        "posts_imported",
        "posts_marked",
        "posts_read",
        "posts_unmarked",
    ]


def test_a_page_has_at_most_500_posts_and_uses_its_index(gateway: Gateway, database_url: str) -> None:
    import_all(gateway, *[post(str(n), posted_at=n) for n in range(700)])
    assert len(posts.list_posts(gateway, limit=10_000)) == 500
    assert len(posts.list_posts(gateway, limit=0)) == 1
    rows(database_url, "analyze")
    plan = "\n".join(
        line
        for (line,) in rows(
            database_url,
            "explain select post_id from public.posts where workspace_id = any"
            " ('{00000000-0000-0000-0000-000000000001}') and (age, post_id) > (-600, 'p')"
            " order by age, post_id limit 20",
        )
    )
    assert "idx_posts_newest" in plan
    assert "Sort" not in plan
