"""What each term of a filter keeps, beside a reading of the same posts in Python."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime
from itertools import pairwise

import psycopg
import pytest

from social_tui.errors import DatabaseError
from social_tui.filters import FIELDS, Filter, parse
from social_tui.models import MediaRow, PostDetail
from social_tui.store import posts
from social_tui.store.gateway import Gateway
from tests.store.filled import NOW
from tests.store.library_rows import rows


def found(gateway: Gateway, text: str) -> set[str]:
    """Find posts by a filter as it is typed."""
    parsed = parse(text, now=NOW, zone=UTC)
    assert parsed.problems == ()
    wanted = {row.post_id for row in posts.list_posts(gateway, filter=parsed.filter, limit=500)}
    assert posts.count_posts(gateway, parsed.filter) == len(wanted)
    return wanted


def lost(row: MediaRow) -> bool:
    return row.download_status != "ready"


def day(number: int) -> int:
    return int(datetime(2025, 10, number, tzinfo=UTC).timestamp() * 1000)


Reading = Callable[[PostDetail], bool]
TERMS: dict[str, Reading] = {
    "author:jeff": lambda p: p.author_username == "jeff" or "jeff" in (p.author_name or "").lower(),
    "author:MILL": lambda p: p.author_name == "Jeff Miller",
    'author:"neill %_"': lambda p: p.author_username == "x_1",
    "platform:mastodon": lambda p: p.platform == "mastodon",
    "platform:linkedin,none": lambda p: p.platform == "linkedin",
    "type:repost": lambda p: p.post_type == "repost",
    "has:image": lambda p: any(m.media_type == "image" for m in p.media),
    "has:video,audio": lambda p: any(m.media_type in ("video", "audio") for m in p.media),
    "has:document": lambda p: any(m.media_type == "document" for m in p.media),
    "has:media": lambda p: p.media != (),
    "has:text": lambda p: p.text_content != "",
    "has:link": lambda p: "https://" in p.text_content,
    "status:pending": lambda p: any(m.download_status == "pending" for m in p.media),
    "status:downloading": lambda p: any(m.download_status == "downloading" for m in p.media),
    "status:ready,failed": lambda p: any(m.download_status in ("ready", "failed") for m in p.media),
    "status:pending,ready": lambda p: any(m.download_status in ("pending", "ready") for m in p.media),
    "status:pending,downloading": lambda p: any(
        m.download_status in ("pending", "downloading") for m in p.media
    ),
    "status:downloading,failed": lambda p: any(
        m.download_status in ("downloading", "failed") for m in p.media
    ),
    "status:failed": lambda p: any(m.download_status == "failed" for m in p.media),
    "outcome:expired": lambda p: any(m.outcome == "expired" for m in p.media),
    "outcome:auth,blocked": lambda p: any(m.outcome in ("auth", "blocked") for m in p.media),
    "outcome:ok": lambda p: any(m.outcome == "ok" for m in p.media),
    "expires:<2d": lambda p: any(
        lost(m) and m.url_expires_at and (m.url_expires_at - NOW).days < 2 for m in p.media
    ),
    "expires:>2d": lambda p: any(
        lost(m) and m.url_expires_at and (m.url_expires_at - NOW).days > 2 for m in p.media
    ),
    "expires:none": lambda p: any(lost(m) and m.media_url and not m.url_expires_at for m in p.media),
    "after:2025-10-18": lambda p: (p.posted_at_timestamp or 0) >= day(18),
    "before:2025-10-18": lambda p: p.posted_at_timestamp is not None and p.posted_at_timestamp < day(18),
    "reactions:>5": lambda p: (p.reactions or 0) > 5,
    "reactions:5": lambda p: p.reactions == 5,
    "reactions:<=5": lambda p: p.reactions is not None and p.reactions <= 5,
    "reactions:5..50": lambda p: p.reactions in (5, 50),
    "comments:>0": lambda p: False,
    "views:<1m": lambda p: False,
    "is:marked": lambda p: p.is_marked,
    "is:read": lambda p: p.is_read,
    "is:unread": lambda p: not p.is_read,
    "is:archived": lambda p: p.media != () and all(m.proof == "archived" for m in p.media),
    "is:local": lambda p: p.media != () and not any(lost(m) for m in p.media),
    "is:failed": lambda p: p.media_failed > 0,
    "is:analyzed": lambda p: any(m.ai_analysis_status == "completed" for m in p.media),
    "text:ENGINE": lambda p: "engine" in p.text_content.lower(),
    "text:50%": lambda p: "50%" in p.text_content,
    r'text:"off_\\"': lambda p: "off_\\" in p.text_content,
    "id:7": lambda p: p.urn == "7",
    "id:urn:li:activity:7": lambda p: p.urn == "7",
    "id:https://social.example/7": lambda p: p.urn == "7",
    "engines": lambda p: "engines" in p.text_content.lower(),
    "imported:<7d": lambda p: True,
}


def test_every_term_keeps_what_it_says(gateway: Gateway, filled: list[str]) -> None:
    details = [posts.get_post(gateway, post_id) for post_id in filled]
    everywhere = set(filled)
    for text, holds in TERMS.items():
        expected = {post.post_id for post in details if holds(post)}
        assert found(gateway, text) == expected, text
        if text not in ("engines", "reactions:5..50"):
            assert found(gateway, f"-{text}") == everywhere - expected, f"-{text}"
    varied = [text for text, holds in TERMS.items() if 0 < sum(map(holds, details)) < len(details)]
    assert len(varied) > 35, "terms that keep all or nothing prove little"
    for first, second in pairwise(varied):
        both = {post.post_id for post in details if TERMS[first](post) and not TERMS[second](post)}
        if second not in ("engines", "reactions:5..50"):
            assert found(gateway, f"{first} -{second}") == both, f"{first} -{second}"


def test_tags_digests_and_media_are_found(gateway: Gateway, filled: list[str], database_url: str) -> None:
    tagged = {
        row
        for (row,) in rows(
            database_url,
            "select t.post_id from public.post_tags t join public.tags g using (tag_id)"
            " where g.name = 'Climate'",
        )
    }
    assert len(tagged) == 20
    assert found(gateway, "tag:climate") == tagged
    assert found(gateway, "-tag:CLIMATE") == set(filled) - tagged
    assert found(gateway, "tag:nowhere") == set()
    assert found(gateway, "tag:nowhere,climate") == tagged
    [(post_id, media_id, sha256, md5_sum)] = rows(
        database_url,
        "select post_id, media_id, sha256, md5_sum from public.post_media where sha256 is not null limit 1",
    )
    for text in (f"sha256:{sha256[:9]}", f"md5:{md5_sum.upper()[:8]}", f"id:{media_id}", f"id:{post_id}"):
        assert found(gateway, text) == {post_id}, text


def test_what_an_analysis_tells_is_found(gateway: Gateway, filled: list[str], database_url: str) -> None:
    def shows(condition: str) -> set[str]:
        sql = f"select post_id from public.post_media where ai_analysis is not null and {condition}"
        return {post_id for (post_id,) in rows(database_url, sql)}

    assert len(shows("true")) > len(shows("position > 0")) > 0
    assert found(gateway, "shows:DOG") == shows("true")
    assert found(gateway, "-shows:dog") == set(filled) - shows("true")
    assert found(gateway, 'shows:"two words"') == shows("position = 0")
    assert found(gateway, "shows:7,cat") == set()
    # Another analysis takes the place of the one before, and what is no JSON tells nothing.
    rows(database_url, "update public.post_media set ai_analysis = 'a dog' where position = 0")
    assert found(gateway, 'shows:"two words"') == set()
    objects = ('{"tags": {"a": 1}}', '{"tags": "dog"}', r'{"tags": ["\u0000"]}')
    for evil in (*objects, "[]", "[" * 100_000, ""):
        rows(database_url, "update public.post_media set ai_analysis = %s where position = 0", evil)
        assert found(gateway, "shows:dog") == shows("position > 0"), evil[:20]
    rows(database_url, "delete from public.post_media where position > 0")
    assert found(gateway, "shows:dog") == set()


def test_the_matrix_of_terms_knows_every_field() -> None:
    asked = {text.split(":")[0] for text in TERMS} | {"tag", "shows", "sha256", "md5", "reposts"}
    assert {field.name for field in FIELDS} <= asked


@pytest.mark.parametrize(
    "terms",
    [
        [{"field": "nothing", "values": ["x"]}],
        [{"field": "has", "values": ["wings"]}],
        [{"field": "author", "values": []}],
        [{"field": "author"}],
        [{"field": "reactions", "operator": "; drop table posts", "values": ["1"]}],
        [{"field": "sha256", "values": ["' or true --"]}],
        [{"field": "is", "values": ["marked", "hungry"]}],
        [{"field": "id", "values": ["x"]}] * 101,
    ],
)
def test_a_term_that_is_none_is_refused(gateway: Gateway, terms: list[dict[str, object]]) -> None:
    with pytest.raises(DatabaseError) as raised:
        gateway.call("count_posts", p_filter={"terms": terms})
    assert raised.value.sqlstate == "22023"


def test_hostile_values_are_only_values(gateway: Gateway, filled: list[str]) -> None:
    hostile = (
        "'; drop table public.posts; --",
        "\\",
        "%",
        "_",
        "%s",
        "$1",
        '"',
        "{}",
        "{a,b}",
        "NULL",
        "é\u0301",
    )
    for field in ("author", "platform", "type", "tag", "shows", "id", "text"):
        for value in hostile:
            for negated in (False, True):
                gateway.call(
                    "count_posts",
                    p_filter={"terms": [{"field": field, "values": [value], "negated": negated}]},
                )
    assert posts.count_posts(gateway) == len(filled)
    assert posts.count_posts(gateway, Filter(words="'; drop table public.posts; --")) == 0


def test_a_rare_value_is_found_through_an_index(gateway: Gateway, database_url: str) -> None:
    rows(
        database_url,
        "insert into public.posts (post_id, urn, author_username, media_facts, posted_at_timestamp)"
        " select 'p-' || n, n, 'a' || n % 50, case when n = 9000 then 130 else 65 end, n"
        " from generate_series(1, 20000) n",
    )
    with psycopg.connect(database_url, autocommit=True) as connection:
        connection.execute("vacuum analyze public.posts")
        for text, index in (
            ("status:failed", "idx_posts_facets"),
            ("", "idx_posts_newest"),
            ("author:a7", "idx_posts_author"),
        ):
            filter_ = json.dumps(parse(text, now=NOW).filter.to_json())
            [(predicate,)] = connection.execute("select private.filter_sql(%s)", [filter_]).fetchall()
            plan = connection.execute(
                "explain select p.age, p.post_id from public.posts p where p.workspace_id = any"
                " ('{00000000-0000-0000-0000-000000000001}') and "
                + predicate
                + " order by p.age, p.post_id limit 200"
            ).fetchall()
            assert index in str(plan), text
