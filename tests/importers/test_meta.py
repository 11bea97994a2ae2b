"""Instagram and Facebook: the Graph API, the pages' and the app's objects, WhatsApp's webhooks."""

from __future__ import annotations

import base64
import copy
import hashlib
import json
from typing import Any

import pytest

from social_tui.exports import ParsedPost
from social_tui.importers.protocol import PassedOver
from social_tui.importers.reading import parse_post
from tests.importers.more_examples import FACEBOOK, INSTAGRAM_APP, INSTAGRAM_GRAPH, INSTALOADER, WHATSAPP
from tests.importers.taking import media, outcomes, outline, post, posts, reasons

DIGEST = hashlib.sha256(b"a voice").digest()


def test_an_album_of_the_graph_api() -> None:
    taken = post({"data": [INSTAGRAM_GRAPH], "paging": {}})
    assert (taken.platform, taken.urn, taken.full_urn) == ("instagram", INSTAGRAM_GRAPH["id"], "AAA")
    assert (taken.author_username, taken.text_content) == ("gallery", "An album")
    assert taken.posted_at_timestamp == 1682935200000
    assert (taken.engagement.reactions, taken.engagement.comments) == (9, 2)
    assert outline(taken) == [("image", "https://ig.test/1.jpg"), ("video", "https://ig.test/2.mp4")]
    assert media(taken)[0].alt_text == "One"
    assert outline(taken, "thumbnail") == [("image", "https://ig.test/2.jpg")]


def test_posts_under_their_ids_and_in_an_account() -> None:
    other = {**INSTAGRAM_GRAPH, "id": "2"}
    by_id = {INSTAGRAM_GRAPH["id"]: INSTAGRAM_GRAPH, "2": other}
    assert [each.urn for each in posts(by_id)] == [INSTAGRAM_GRAPH["id"], "2"]
    nameless = [
        {name: value for name, value in each.items() if name != "username"} for each in (other, other)
    ]
    account = {"username": "whole", "media": {"data": nameless}, "id": "9"}
    assert [each.author_username for each in posts(account)] == ["whole", "whole"]


def test_the_posts_of_another_account_are_its_own() -> None:
    bare = {name: value for name, value in INSTAGRAM_GRAPH.items() if name != "username"}
    answer = {"business_discovery": {"username": "other", "media": {"data": [bare]}, "id": "1"}, "id": "2"}
    assert post(answer).author_username == "other"


def test_comments_of_instaloader_are_passed_over() -> None:
    comment = {"id": 1, "created_at": 2, "text": "", "owner": {}, "likes_count": 0, "answers": []}
    assert reasons([comment]) == ["is a comment"]


def test_a_media_whose_link_was_not_given_is_counted() -> None:
    (only,) = media(post({"id": "1", "media_type": "VIDEO", "timestamp": "2023-05-01T10:00:00+0000"}))
    assert (only.media_type, only.url, only.provider_media_id) == ("video", None, "1")


def test_a_post_of_a_page_of_facebook() -> None:
    taken = post({"data": [FACEBOOK]}, avatars=True)
    assert (taken.platform, taken.urn, taken.author_name) == ("facebook", "100_200", "Page")
    assert taken.engagement._asdict() == {"reactions": 30, "comments": 6, "reposts": 4, "views": None}
    assert outline(taken) == [("image", "https://fb.test/1.jpg"), ("video", "https://fb.test/2.mp4")]
    assert [(each.width, each.provider_media_id) for each in media(taken)] == [(720, "201"), (640, "202")]
    assert outline(taken, "thumbnail") == [("image", "https://fb.test/2.jpg")]
    assert outline(taken, "article") == [("image", "https://fb.test/card.jpg")]
    assert outline(taken, "avatar") == [("image", "https://fb.test/page.jpg")]


def test_posts_in_a_page_and_posts_without_attachments() -> None:
    bare = {name: FACEBOOK[name] for name in ("id", "message", "created_time", "full_picture")}
    taken = post({"name": "Of the page", "id": "100", "posts": {"data": [bare]}})
    assert (taken.author_name, taken.author_username) == ("Of the page", "100")
    assert outline(taken) == [("image", "https://fb.test/1.jpg")]


@pytest.mark.parametrize(
    ("told", "expected"),
    [
        ({"type": "photo"}, [("main", "image", "https://fb.test/1.jpg")]),
        ({"type": "link"}, [("article", "image", "https://fb.test/1.jpg")]),
        (
            {"type": "video", "source": "https://fb.test/v.mp4"},
            [("main", "video", "https://fb.test/v.mp4"), ("thumbnail", "image", "https://fb.test/1.jpg")],
        ),
        (
            {"status_type": "added_video"},
            [("main", "video", None), ("thumbnail", "image", "https://fb.test/1.jpg")],
        ),
    ],
)
def test_posts_of_old_versions(told: dict[str, str], expected: list[tuple[str, str, str | None]]) -> None:
    bare = {name: FACEBOOK[name] for name in ("id", "message", "created_time", "full_picture")}
    assert [(each.role, each.media_type, each.url) for each in post({**bare, **told}).media] == expected


def test_a_video_tells_its_words_and_counts_as_one_without_its_link() -> None:
    video = {"id": "5", "created_time": FACEBOOK["created_time"], "title": "Boats", "length": 2.5}
    taken = post({**video, "description": "All of them"})
    assert taken.text_content == "Boats\n\nAll of them"
    assert [(each.media_type, each.provider_media_id) for each in media(taken)] == [("video", "5")]


def test_a_photo_without_its_files_counts_as_one() -> None:
    link = "https://www.facebook.com/harbour/photos/a.1/5/?type=3"
    photo = {"id": "5", "created_time": FACEBOOK["created_time"], "updated_time": "x", "link": link}
    assert [(each.media_type, each.provider_media_id) for each in media(post(photo))] == [("image", "5")]


def test_a_post_without_an_address_has_that_of_its_id() -> None:
    bare = {"id": "12_34", "message": "A boat", "created_time": FACEBOOK["created_time"]}
    assert post(bare).url == "https://www.facebook.com/12/posts/34"
    assert post({**bare, "id": "34"}).url is None


@pytest.mark.parametrize(
    "other",
    [
        {"id": "12_34", "message": "Yes", "like_count": 0, "comment_count": 0},
        {
            "id": "12_34",
            "message": "Yes",
            "permalink_url": "https://www.facebook.com/12/posts/3?comment_id=4",
        },
        *({"id": each, "message": "Yes", "from": {"id": "6"}} for each in ("m_5", "mid.$abc", "aWdfZAG1")),
        {"id": "7", "name": "Boats", "count": 3, "updated_time": "2024-01-01T00:00:00+0000"},
        {"id": "8", "updated_time": "2024-01-01T00:00:00+0000", "verification_status": "verified"},
    ],
)
def test_other_objects_of_the_graph_api_are_passed_over(other: dict[str, Any]) -> None:
    reason = "is a comment, a message, an album or another object that is no post"
    assert reasons({**other, "created_time": FACEBOOK["created_time"]}) == [reason]


def test_comments_of_instagrams_graph_api_are_passed_over() -> None:
    comment = {"timestamp": "2024-01-02T03:04:05+0000", "text": "Yes", "id": "17900000000000001"}
    unclear = "is a comment of Instagram, or a post of Threads without its media_type"
    answer = {**comment, "username": "ada", "like_count": 0, "replies": {"data": [comment]}}
    assert reasons({"data": [comment, {**comment, "username": "ada"}, answer]}) == [
        unclear,
        unclear,
        "is a comment",
    ]
    assert reasons({"id": "17900000000000002", "comments": {"data": [comment]}}) == ["is a comment"]
    others = [{**comment, "id": "1"}, {**comment, "timestamp": "2024"}, {**comment, "author": "ada"}]
    assert set(reasons(others)) == {"unknown shape: no known format has items like this"}


def test_a_post_of_instaloader() -> None:
    taken = post(INSTALOADER, avatars=True)
    assert (taken.urn, taken.author_username, taken.text_content) == ("BBB", "loader", "Caption")
    assert taken.url == "https://www.instagram.com/p/BBB/"
    assert (taken.engagement.reactions, taken.engagement.comments) == (12, 3)
    assert outline(taken) == [("image", "https://ig.test/b1.jpg"), ("video", "https://ig.test/b2.mp4")]
    assert (media(taken)[0].height, media(taken)[0].alt_text) == (1350, "A door")
    assert outline(taken, "thumbnail") == [("image", "https://ig.test/b2.jpg")]
    assert outline(taken, "avatar") == [("image", "https://ig.test/pic.jpg")]


def test_the_apps_own_object_has_the_better_pictures() -> None:
    node = {**INSTALOADER["node"], "iphone_struct": INSTAGRAM_APP}
    taken = post({**INSTALOADER, "node": node})
    assert taken.urn == "BBB"
    assert outline(taken) == [("image", "https://ig.test/c1.jpg"), ("video", "https://ig.test/c2.mp4")]


def test_figures_of_the_app_stand_in_for_those_that_the_page_leaves_away() -> None:
    app = {
        "pk": "1",
        "code": "CCC",
        "taken_at": 1700000000,
        "comment_count": 3,
        "play_count": 90,
        "like_count": 5,
    }
    video = {"image_versions2": {"candidates": [{"url": "https://ig.test/p"}]}}
    node = {
        "shortcode": "CCC",
        "id": "1",
        "__typename": "GraphVideo",
        "date": 1700000000,
        "display_url": "https://ig.test/p",
    }
    taken = post({"node": {**node, "iphone_struct": {**app, **video}}, "instaloader": {"node_type": "Post"}})
    assert taken.engagement._asdict() == {"reactions": 5, "comments": 3, "reposts": None, "views": 90}
    counted = post({"node": {**node, "comments": 2}, "instaloader": {"node_type": "Post"}})
    assert counted.engagement.comments == 2


def test_a_story_of_the_app_has_the_address_of_a_story() -> None:
    story = {"pk": "3000000000000000001", "code": "CCC", "taken_at": 1700000000, "product_type": "story"}
    picture = {"image_versions2": {"candidates": [{"url": "https://ig.test/p"}]}, "user": {"username": "ada"}}
    assert post({**story, **picture}).url == "https://www.instagram.com/stories/ada/3000000000000000001/"


def test_a_story_has_the_largest_of_its_videos() -> None:
    resources = [
        {"config_width": 480, "src": "https://ig.test/s"},
        {"config_width": 720, "src": "https://ig.test/l"},
    ]
    node = {
        "__typename": "GraphStoryVideo",
        "id": "3000000000000000001",
        "is_video": True,
        "display_url": "https://ig.test/p",
    }
    taken = post({"node": {**node, "video_resources": resources}, "instaloader": {"node_type": "StoryItem"}})
    # Its shortcode, which instaloader leaves away, is its number in other digits.
    assert (taken.urn, outline(taken)) == ("CmiJBr2LAAB", [("video", "https://ig.test/l")])


def test_profiles_of_instaloader_are_passed_over() -> None:
    profile = {"node": {"username": "x"}, "instaloader": {"node_type": "Profile"}}
    assert reasons(profile) == ["is a profile, a hashtag or a highlight of Instagram, which is no post"]


def test_an_object_of_the_app() -> None:
    taken = post(INSTAGRAM_APP, avatars=True)
    assert (taken.urn, taken.full_urn, taken.author_username) == ("CCC", INSTAGRAM_APP["pk"], "app")
    assert (taken.text_content, taken.engagement.views) == ("From the app", 77)
    assert outline(taken) == [("image", "https://ig.test/c1.jpg"), ("video", "https://ig.test/c2.mp4")]
    assert media(taken)[0].width == 1440


def test_messages_of_a_webhook() -> None:
    first, second = posts(WHATSAPP)
    assert (first.platform, first.urn, first.author_username) == ("whatsapp", "wamid.A", "4912345")
    assert (first.author_name, first.text_content, first.post_type) == ("Caller", "The plan", "document")
    (document,) = media(first)
    assert (document.media_type, document.url, document.provider_media_id) == ("document", None, "900")
    assert (second.text_content, second.post_type, second.author_name) == ("Hello", "reply", None)


@pytest.mark.parametrize(
    ("kind", "expected"),
    [("image", "image"), ("sticker", "image"), ("video", "video"), ("audio", "audio"), ("voice", "audio")],
)
def test_every_kind_of_media_of_a_message(kind: str, expected: str) -> None:
    webhook = copy.deepcopy(WHATSAPP)
    message = {"id": "wamid.C", "from": "1", "timestamp": "1700000000", "type": kind, kind: {"id": "5"}}
    webhook["entry"][0]["changes"][0]["value"]["messages"] = [message]
    taken = post(webhook)
    assert [(each.media_type, each.provider_media_id) for each in media(taken)] == [(expected, "5")]


@pytest.mark.parametrize("kind", ["reaction", "system", "unsupported"])
def test_messages_without_content_are_passed_over(kind: str) -> None:
    webhook = copy.deepcopy(WHATSAPP)
    webhook["entry"][0]["changes"][0]["value"]["messages"][1]["type"] = kind
    assert [getattr(each, "urn", None) for each in outcomes(webhook)] == ["wamid.A", None]


def test_messages_that_the_account_sent_and_its_history_are_messages() -> None:
    message = WHATSAPP["entry"][0]["changes"][0]["value"]["messages"][1]
    value = {
        "message_echoes": [message],
        "history": [{"threads": [{"id": "1", "messages": [{**message, "id": "wamid.H"}]}]}],
    }
    webhook = {**WHATSAPP, "entry": [{"id": "1", "changes": [{"field": "history", "value": value}]}]}
    assert [each.urn for each in posts(webhook)] == ["wamid.B", "wamid.H"]


@pytest.mark.parametrize(
    "value",
    [
        {"statuses": [{"id": "wamid.A", "status": "read"}]},
        {"event": "ACCOUNT_UPDATE"},
    ],
)
def test_notices_are_passed_over(value: dict[str, Any]) -> None:
    webhook = {**WHATSAPP, "entry": [{"id": "1", "changes": [{"field": "messages", "value": value}]}]}
    assert reasons(webhook) == ["is a notice of what happened to a message or an account"]


def test_an_answer_about_one_media_is_passed_over() -> None:
    answer = {
        "messaging_product": "whatsapp",
        "id": "1",
        "mime_type": "audio/ogg",
        "sha256": "a",
        "url": "https://m",
    }
    assert reasons(answer) == ["tells of a media and is no message"]


@pytest.mark.parametrize(
    ("stated", "expected"),
    [
        (base64.b64encode(DIGEST[1:]).decode(), None),
        (DIGEST.hex(), DIGEST.hex()),
        (DIGEST.hex().upper(), DIGEST.hex()),
        (base64.b64encode(DIGEST).decode(), DIGEST.hex()),
        ("abc=", None),
        (" " * 64, None),
        (7, None),
        ("…", None),
    ],
)
def test_the_hash_that_is_stated_of_a_media_is_read(stated: Any, expected: str | None) -> None:
    message = {
        "id": "wamid.1",
        "from": "1",
        "timestamp": "1714564800",
        "type": "image",
        "image": {"id": "9", "sha256": stated},
    }
    value = {"messaging_product": "whatsapp", "messages": [message]}
    webhook = {**WHATSAPP, "entry": [{"id": "1", "changes": [{"field": "messages", "value": value}]}]}
    taken = next(each for each in outcomes(webhook) if isinstance(each, ParsedPost))
    assert [each.stated_sha256 for each in taken.media] == [expected]
    told = ["is a stated hash that is no SHA-256: the media goes without"]
    assert reasons(webhook) == ([] if expected else told)
    # The post that is stored gives the media again.
    assert parse_post(json.loads(taken.raw_json), taken.raw_json).media == taken.media


@pytest.mark.parametrize("part", ["entry", "change", "value", "messages alone", "message"])
def test_parts_of_webhooks_are_read_as_the_whole_is(part: str) -> None:
    (entry,) = WHATSAPP["entry"]
    (change,) = entry["changes"]
    value = change["value"]
    parts: dict[str, tuple[Any, list[str]]] = {
        "entry": (entry, ["wamid.A", "wamid.B"]),
        "change": ([change], ["wamid.A", "wamid.B"]),
        "value": (value, ["wamid.A", "wamid.B"]),
        "messages alone": ({"messages": value["messages"]}, ["wamid.A", "wamid.B"]),
        "message": (value["messages"][0], ["wamid.A"]),
    }
    given, urns = parts[part]
    taken = posts(given)
    assert [each.urn for each in taken] == urns
    assert outline(taken[0]) == [("document", None)]
    if part in ("entry", "change", "value"):
        assert taken[0].author_name == "Caller"
    for each in taken:
        assert post(json.loads(each.raw_json)).urn == each.urn


def test_webhooks_of_the_older_api_of_whatsapp() -> None:
    sender = {"from": "491", "timestamp": "1700000000"}
    picture = {"id": "f-1", "mime_type": "image/jpeg", "caption": "A pier", "link": "https://wa.test/1.jpg"}
    hook = {
        "contacts": [{"profile": {"name": "Ada"}, "wa_id": "491"}],
        "messages": [
            {**sender, "id": "ABGG1", "type": "text", "text": {"body": "Hello"}},
            {**sender, "id": "ABGG2", "type": "image", "image": picture},
            {**sender, "id": "ABGG3", "type": "unknown", "errors": [{"code": 501}]},
        ],
    }
    first, second, last = outcomes(hook)
    assert isinstance(first, ParsedPost)
    assert isinstance(second, ParsedPost)
    assert (first.urn, first.author_name, first.text_content) == ("ABGG1", "Ada", "Hello")
    assert (second.text_content, outline(second)) == ("A pier", [("image", "https://wa.test/1.jpg")])
    assert post(json.loads(second.raw_json)).urn == "ABGG2"
    assert last == PassedOver("is a reaction or a notice, which has no content of its own")
    status = {"id": "ABGG9", "recipient_id": "491", "status": "read", "timestamp": "1700000000"}
    assert reasons({"statuses": [status]}) == ["is a notice of what happened to a message or an account"]


@pytest.mark.parametrize(
    "said",
    [
        {"type": "order", "order": {"text": "Two boats", "product_items": []}},
        {"type": "interactive", "interactive": {"type": "button", "body": {"text": "Two boats"}}},
    ],
)
def test_words_of_orders_and_questions(said: dict[str, Any]) -> None:
    message = {"id": "wamid.AA", "from": "491", "timestamp": "1700000000", **said}
    assert post({"messages": [message]}).text_content == "Two boats"
