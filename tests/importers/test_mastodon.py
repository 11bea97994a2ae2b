"""Mastodon: posts, boosts, quotes, contexts and searches."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.importers.examples import MASTODON
from tests.importers.taking import media, nested, outline, post, posts, reasons


def test_a_post() -> None:
    taken = post(MASTODON, avatars=True)
    assert (taken.platform, taken.urn, taken.full_urn) == ("mastodon", MASTODON["id"], MASTODON["uri"])
    assert (taken.author_username, taken.author_name) == ("ada@example.social", "Ada")
    assert taken.text_content == "Long\n\nFirst & second\nline\nA link"
    assert taken.posted_at_timestamp == 1664625600500
    assert taken.engagement._asdict() == {"reactions": 5, "comments": 1, "reposts": 2, "views": None}
    assert outline(taken, "avatar") == [("image", "https://example.social/avatar.png")]


def test_media_with_their_links_here_or_on_their_own_server() -> None:
    taken = post(MASTODON)
    assert outline(taken) == [
        ("image", "https://example.social/1.png"),
        ("video", "https://elsewhere.example/2.mp4"),
        ("video", "https://example.social/3.mp4"),
        ("audio", "https://example.social/4.mp3"),
        ("document", "https://elsewhere.example/5.pdf"),
        ("image", None),
    ]
    assert [(each.width, each.height) for each in media(taken)][:2] == [(640, 480), (1280, 720)]
    assert media(taken)[0].alt_text == "A drawing"
    assert [each.provider_media_id for each in media(taken)] == ["11", "12", "13", "14", "15", "16"]
    assert outline(taken, "thumbnail") == [("image", "https://example.social/2.png")]
    assert outline(taken, "article") == [("image", "https://example.social/card.png")]


def test_films_of_the_channels_of_truth_social_have_a_picture_alone() -> None:
    channel = {"id": "1", "type": "tv", "url": "https://t.test/1.jpg", "preview_url": "https://t.test/s.jpg"}
    taken = post({**MASTODON, "media_attachments": [channel]})
    assert outline(taken) == [("video", None)]
    assert outline(taken, "thumbnail") == [("image", "https://t.test/1.jpg")]
    bare = post({**MASTODON, "media_attachments": [{"id": "1", "type": "tv"}]})
    assert (outline(bare), outline(bare, "thumbnail")) == ([("video", None)], [])


def test_a_boost_has_no_media_but_those_of_the_boosted() -> None:
    boost = {**MASTODON, "id": "2", "reblog": MASTODON}
    taken = post(boost)
    assert (taken.post_type, nested(taken), taken.media) == ("repost", [("boosted", MASTODON["id"])], ())
    assert taken.nested[0].post == post(MASTODON)


@pytest.mark.parametrize("quote", [{"state": "accepted", "quoted_status": MASTODON}, MASTODON])
def test_a_quote_has_media_of_its_own_and_the_quoted_its_own(quote: dict[str, Any]) -> None:
    own = [{"type": "image", "url": "https://example.social/own.png"}]
    taken = post({**MASTODON, "id": "2", "quote": quote, "media_attachments": own})
    assert (taken.post_type, nested(taken)) == ("quote", [("quoted", MASTODON["id"])])
    assert outline(taken) == [("image", "https://example.social/own.png")]
    assert taken.nested[0].post == post(MASTODON)


@pytest.mark.parametrize("quote", [{"state": "pending", "quoted_status": None}, None, {}])
def test_a_quote_that_is_not_shown_is_none(quote: Any) -> None:
    assert post({**MASTODON, "quote": quote}).nested == ()


def test_contexts_and_searches_are_lists_of_posts() -> None:
    others = [{**MASTODON, "id": str(number)} for number in range(3)]
    assert [each.urn for each in posts({"ancestors": others[1:2], "descendants": others[2:]})] == ["1", "2"]
    assert [each.urn for each in posts({"accounts": [], "statuses": others[1:], "hashtags": []})] == [
        "1",
        "2",
    ]


def test_a_reply_says_so_and_a_post_without_an_id_is_refused() -> None:
    assert post({**MASTODON, "in_reply_to_id": "1"}).post_type == "reply"
    assert reasons({**MASTODON, "id": None}) == ["has no id"]


def test_a_character_of_endless_number_is_none() -> None:
    for digits in ("9" * 5000, "0" * 5000 + "65", "x" + "F" * 5000):
        status = {**MASTODON, "spoiler_text": "", "content": f"<p>a&#{digits};b &#65;</p>"}
        assert post(status).text_content == "a\ufffdb A"


def test_events_of_a_stream_have_their_post_as_text() -> None:
    event = {"stream": ["public"], "event": "update", "payload": json.dumps(MASTODON)}
    notice = {"id": "1", "type": "mention", "account": MASTODON["account"], "status": MASTODON}
    told = {"stream": ["user"], "event": "notification", "payload": json.dumps(notice)}
    for taken in posts([event, told]):
        assert (taken.urn, outline(taken)) == (MASTODON["id"], outline(post(MASTODON)))
    gone = {"stream": ["public"], "event": "delete", "payload": "123"}
    empty = {"stream": ["user"], "event": "filters_changed"}
    assert reasons([gone, empty]) == ["is an event of a stream without a post"] * 2


def test_accounts_are_passed_over() -> None:
    counts = {"followers_count": 1, "statuses_count": 2}
    account = {"id": "1", "username": "ada", "acct": "ada", "display_name": "Ada", **counts}
    assert reasons({"accounts": [account], "statuses": [MASTODON]}) == []
    assert reasons([account]) == ["is an account, which is no post"]
    for name in ("toots", "statuses"):
        assert [each.urn for each in posts([{**account, name: [MASTODON]}])] == [MASTODON["id"]]
