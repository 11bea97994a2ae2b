"""The sample posts: the shape of real exports, read by the importer without loss."""

from __future__ import annotations

import io
import json
import unicodedata
from collections import Counter
from datetime import UTC, datetime, timedelta

import pytest

from social_tui.demo.assets import ASSETS, asset_name
from social_tui.demo.posts import NEWEST, PRIVATE_HOST, sample_posts
from social_tui.demo.texts import SKETCHES
from social_tui.exports import ParsedPost
from social_tui.importers import iter_posts
from social_tui.media_cache.links import link_expiry

BASE = "http://127.0.0.1:8123"
NOW = datetime(2026, 11, 21, 9, 0, tzinfo=UTC)


@pytest.fixture(scope="module")
def posts() -> list[ParsedPost]:
    return read(sample_posts(BASE, NOW))


def read(exported: list[dict[str, object]], *, avatars: bool = True) -> list[ParsedPost]:
    data = json.dumps(exported, ensure_ascii=False).encode()
    found = list(iter_posts(io.BytesIO(data), "demo.json", avatars=avatars))
    parsed = [each for each in found if isinstance(each, ParsedPost)]
    assert len(parsed) == len(found) == len(exported)
    return parsed


def test_every_post_is_read_with_its_text_time_and_counts(posts: list[ParsedPost]) -> None:
    assert len({post.urn for post in posts}) == len(SKETCHES)
    for post, sketch in zip(posts, SKETCHES, strict=True):
        assert post.text_content == sketch.text
        assert post.author_username == sketch.author
        moment = NEWEST - timedelta(hours=sketch.hours)
        assert post.posted_at_timestamp == round(moment.timestamp() * 1000) == int(post.urn) >> 22
        assert (post.engagement.reactions, post.engagement.reposts) == (sketch.counts[0], sketch.counts[2])


def test_every_asset_is_in_some_post_and_every_link_leads_to_one(posts: list[ParsedPost]) -> None:
    links = [str(each.url) for post in posts for each in post.media]
    assert {asset_name(link) for link in links} == set(ASSETS)
    for post in posts:
        for each in post.media:
            asset = ASSETS[asset_name(str(each.url))]
            assert each.media_type == asset.media_type
            host = PRIVATE_HOST if asset.behaviour == "private" else BASE
            assert str(each.url).startswith(f"{host}/")


def test_links_say_when_they_die(posts: list[ParsedPost]) -> None:
    lives = Counter[str]()
    for link in {str(each.url) for post in posts for each in post.media}:
        expiry = link_expiry(link)
        if expiry is None:
            lives["never"] += 1
        else:
            lives["over" if expiry < NOW else "today" if expiry - NOW < timedelta(days=1) else "later"] += 1
    assert lives["over"] == 1
    assert lives["never"] == 6
    assert lives["today"] >= 1
    assert lives["later"] >= 15


def test_all_kinds_of_posts_are_there(posts: list[ParsedPost]) -> None:
    assert Counter(post.post_type for post in posts) == {"regular": len(posts) - 2, "quote": 1, "repost": 1}
    roles = Counter(each.role for post in posts for each in post.media)
    assert set(roles) == {"main", "thumbnail", "article", "avatar"}
    [(quote, inner)] = [(post, each) for post in posts for each in post.nested]
    assert (quote.post_type, inner.relation) == ("quote", "reshared")
    assert inner.post.urn in {post.urn for post in posts}
    types = {each.media_type for post in posts for each in post.media}
    assert types == {"image", "video", "document"}
    assert max(sum(each.role == "main" for each in post.media) for post in posts) == 4
    assert any(not post.media for post in read(sample_posts(BASE, NOW), avatars=False))
    repost = next(post for post in posts if post.post_type == "repost")
    assert repost.full_urn == f"urn:li:activity:{posts[0].urn}"
    directions = {unicodedata.bidirectional(character) for post in posts for character in post.text_content}
    assert {"L", "R", "AL"} <= directions


def test_another_export_signs_the_same_posts_anew() -> None:
    first, second = sample_posts(BASE, NOW), sample_posts(BASE, NOW + timedelta(days=1))
    assert sample_posts(BASE, NOW) == first
    assert [post.urn for post in read(first)] == [post.urn for post in read(second)]
    for one, other in zip(read(first), read(second), strict=True):
        for before, after in zip(one.media, other.media, strict=True):
            assert before.url != after.url
            assert str(before.url).partition("?")[0] == str(after.url).partition("?")[0]


@pytest.mark.parametrize("url", ["", "/v2", "https://host.example/picture.jpg"])
def test_other_links_name_no_asset(url: str) -> None:
    with pytest.raises(ValueError, match="no link of the demo"):
        asset_name(url)
