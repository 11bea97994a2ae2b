"""Threads: answers of its API, objects of its pages, and the rows of scrapers."""

from __future__ import annotations

import json
from typing import Any

import pytest

from social_tui.importers.registry import KNOWN
from tests.importers.known_map_examples import EXAMPLES
from tests.importers.more_examples import INSTAGRAM_APP, INSTAGRAM_GRAPH
from tests.importers.taking import media, nested, outcomes, outline, post, posts
from tests.importers.threads_examples import API, PAGE


def test_an_album_of_the_api_and_what_it_quotes() -> None:
    taken = post({"data": [API], "paging": {}})
    assert (taken.platform, taken.urn, taken.full_urn) == ("threads", API["id"], "Dxyz")
    assert (taken.author_username, taken.text_content, taken.url) == ("ada", "Two boats", API["permalink"])
    assert (taken.posted_at_timestamp, taken.post_type) == (1704164645000, "CAROUSEL_ALBUM")
    assert outline(taken) == [("image", "https://t.test/1.jpg"), ("video", "https://t.test/2.mp4")]
    assert media(taken)[0].alt_text == "A red boat"
    assert outline(taken, "thumbnail") == [("image", "https://t.test/2.jpg")]
    assert nested(taken) == [("quoted", "18000000000000002")]
    quoted = taken.nested[0].post
    assert (quoted.platform, quoted.author_username) == ("threads", "bob")
    assert outline(quoted) == [("image", "https://t.test/quoted.jpg")]


def test_kinds_of_posts_of_the_api() -> None:
    shared = {name: API[name] for name in ("media_product_type", "username", "timestamp", "permalink")}
    quoted = {**shared, "id": "8", "media_type": "IMAGE", "media_url": "https://t.test/8.jpg"}
    page = {
        "data": [
            {**shared, "id": "1", "media_type": "TEXT_POST", "text": "Words alone", "quoted_post": quoted},
            {**shared, "id": "2", "media_type": "AUDIO", "media_url": "https://t.test/2.mp4"},
            {**shared, "id": "3", "media_type": "REPOST_FACADE", "reposted_post": quoted},
            {**shared, "id": "4", "media_type": "TEXT_POST", "gif_url": "https://t.test/4.gif"},
            {**shared, "id": "5", "media_type": "TEXT_POST", "is_reply": True, "replied_to": quoted},
            {**shared, "id": "6", "media_type": "VIDEO"},
        ]
    }
    text, audio, repost, gif, reply, video = posts(page)
    assert (text.platform, text.text_content, text.media) == ("threads", "Words alone", ())
    assert nested(text) == [("quoted", "8")]
    assert outline(text.nested[0].post) == [("image", "https://t.test/8.jpg")]
    assert outline(audio) == [("audio", "https://t.test/2.mp4")]
    assert (repost.media, nested(repost)) == ((), [("boosted", "8")])
    assert outline(gif) == [("image", "https://t.test/4.gif")]
    assert (reply.media, nested(reply)) == ((), [("replied_to", "8")])
    assert outline(video) == [("video", None)], "a link that was not asked for"


def test_a_post_that_is_named_by_its_id_alone_is_neither_a_post_nor_a_media() -> None:
    taken = post({**API, "media_type": "TEXT_POST", "quoted_post": {"id": "9"}, "replied_to": {"id": "8"}})
    assert (taken.nested, taken.media) == ((), ())


@pytest.mark.parametrize(
    "asked_for",
    [
        {"media_product_type": "THREADS", "text": "x"},
        {"media_type": "TEXT_POST", "text": "x"},
        {"media_type": "IMAGE", "has_replies": False, "media_url": "https://t.test/1.jpg"},
        {"media_type": "IMAGE", "permalink": "https://www.threads.net/@ada/post/C"},
    ],
)
def test_posts_of_the_api_are_told_by_few_fields(asked_for: dict[str, Any]) -> None:
    taken = post({"data": [{"id": "1", **asked_for}]})
    assert (taken.platform, taken.urn) == ("threads", "1")


def test_posts_of_instagram_stay_those_of_instagram() -> None:
    assert [post(each).platform for each in (INSTAGRAM_GRAPH, INSTAGRAM_APP)] == ["instagram"] * 2
    assert post({**INSTAGRAM_APP, "text_post_app_info": None}).platform == "instagram"


def test_a_post_of_a_page() -> None:
    taken = post(PAGE, avatars=True)
    assert (taken.platform, taken.urn, taken.full_urn) == ("threads", "Dpage", PAGE["pk"])
    assert (taken.author_username, taken.author_name) == ("ada", "Ada L.")
    assert (taken.text_content, taken.post_type) == ("An album", "album")
    assert taken.url == "https://www.threads.net/@ada/post/Dpage"
    counts = taken.engagement
    assert (counts.reactions, counts.comments, counts.reposts) == (5, 2, 3)
    assert taken.stats == {"likes": 5, "replies": 2, "reposts": 3, "quotes": 4, "shares": 6}
    assert outline(taken) == [
        ("image", "https://t.test/a.jpg"),
        ("video", "https://t.test/b.mp4"),
        ("audio", "https://t.test/voice.m4a"),
        ("image", "https://t.test/g.webp"),
    ]
    assert (media(taken)[0].width, media(taken)[0].alt_text) == (1440, "A boat")
    assert outline(taken, "thumbnail") == [("image", "https://t.test/b.jpg")]
    assert outline(taken, "article") == [("image", "https://t.test/card.jpg")]
    assert outline(taken, "avatar") == [("image", "https://t.test/ada.jpg")]


def test_the_card_of_a_post_of_instagram_is_a_post_of_its_own() -> None:
    taken = post(PAGE)
    assert nested(taken) == [("reshared", "Creel")]
    reel = taken.nested[0].post
    assert (reel.platform, outline(reel)) == ("instagram", [("video", "https://ig.test/reel.mp4")])


def test_text_alone_has_no_media_and_what_cannot_be_told_keeps_its_own() -> None:
    bare = {name: PAGE[name] for name in ("pk", "code", "taken_at", "user", "caption")}
    card = {"image_versions2": {"candidates": [{"width": 1, "url": "https://ig.test/card.jpg"}]}}
    alone, with_card = (
        post({**bare, "text_post_app_info": info}) for info in ({}, {"linked_inline_media": card})
    )
    assert (alone.urn, alone.media) == ("Dpage", ())
    assert outline(with_card, "reshared") == [("image", "https://ig.test/card.jpg")]
    gone = {"share_info": {"quoted_post": {"id": "1", "text_post_app_info": {"is_post_unavailable": True}}}}
    assert post({**bare, "text_post_app_info": gone}).media == ()


def test_items_of_threads_inside_of_answers() -> None:
    others = [{**PAGE, "code": f"D{number}", "pk": str(number)} for number in range(1, 4)]
    items = [{"line_type": "none", "post": each} for each in others]
    answer = {"data": {"mediaData": {"edges": [{"node": {"thread_items": items[:2]}}]}}}
    recorded = {
        "source_platform": "threads.net",
        "item_id": "3",
        "nav_index": "1:0",
        "timestamp_collected": 1,
        "data": others[2],
    }
    for whole in ([answer, {"thread_items": items[2:]}], [answer, recorded]):
        assert [each.urn for each in posts(whole)] == ["D1", "D2", "D3"]
    assert len(outcomes([answer])) == 2


def test_a_row_of_a_scraper_in_its_wrapper_is_the_post_and_its_answers_are_none() -> None:
    row = EXAMPLES["scrapfly_threads"]
    taken = post({"thread": row, "replies": [{**row, "code": "Dother"}]})
    assert (taken.platform, taken.urn) == ("threads", "Drow")
    assert KNOWN.detect(json.loads(taken.raw_json)) is KNOWN.detect(row)


def test_media_of_a_row_with_an_album() -> None:
    taken = post(EXAMPLES["apify_threads_details"], avatars=True)
    assert outline(taken) == [("video", "https://t.test/2.mp4"), ("image", "https://t.test/1.jpg")]
    assert outline(taken, "avatar") == [("image", "https://t.test/ada.jpg")]
    assert media(taken)[1].alt_text == "A red boat"
