"""Objects of networks that only Zeeschuimer records."""

from __future__ import annotations

from typing import Any

import pytest

from tests.importers.scraper_examples import IMGUR, NINEGAG, NOTE, PIN
from tests.importers.taking import outline, post, reasons


def recorded(platform: str, data: dict[str, Any]) -> dict[str, Any]:
    """Return an object as Zeeschuimer records it."""
    return {"item_id": "1", "timestamp_collected": 1704164645000, "source_platform": platform, "data": data}


def test_a_post_of_9gag() -> None:
    taken = post(recorded("9gag.com", NINEGAG))
    assert (taken.platform, taken.urn, taken.author_username) == ("9gag", "aBcDeF", "ada")
    assert (taken.text_content, taken.posted_at_timestamp) == ("It's a film", 1704164645000)
    assert outline(taken) == [("video", "https://9.test/460.mp4")]
    assert outline(taken, "thumbnail") == [("image", "https://9.test/700.jpg")]
    still = {name: each for name, each in NINEGAG["images"].items() if name != "image460sv"}
    assert outline(post(recorded("9gag.com", {**NINEGAG, "images": still}))) == [
        ("image", "https://9.test/700.jpg")
    ]


def test_a_post_of_imgur() -> None:
    taken = post(recorded("imgur.com", IMGUR))
    assert (taken.platform, taken.urn, taken.author_username) == ("imgur", "Abc", "7")
    assert taken.engagement._asdict() == {"reactions": 5, "comments": 1, "reposts": None, "views": 9}
    assert outline(taken) == [("video", "https://i.imgur.test/x1.mp4")]
    whole = [
        {"id": "x1", "url": "https://i.imgur.test/x1.jpg"},
        {"id": "x2", "url": "https://i.imgur.test/x2.png"},
    ]
    assert len(outline(post(recorded("imgur.com", {**IMGUR, "media": whole})))) == 2


def test_a_pin() -> None:
    taken = post(recorded("pinterest.com", PIN))
    assert (taken.platform, taken.author_name, taken.posted_at_timestamp) == (
        "pinterest",
        "Ada L.",
        1704164645000,
    )
    assert (taken.text_content, taken.engagement.reposts) == ("A pin\n\nOf a film", 6)
    assert outline(taken) == [("image", "https://pin.test/1.jpg")]
    films = {
        "V_HLSV4": {"url": "https://pin.test/1.m3u8", "width": 1080},
        "V_720P": {"url": "https://pin.test/1.mp4", "width": 720},
    }
    moving = post(recorded("pinterest.com", {**PIN, "videos": {"video_list": films}}))
    assert outline(moving) == [("video", "https://pin.test/1.mp4")]
    assert outline(moving, "thumbnail") == [("image", "https://pin.test/1.jpg")]
    page = {
        "_zs-origin": "html",
        "id": "5",
        "title": "T",
        "body": "B",
        "image": "https://pin.test/5.jpg",
        "tags": [],
    }
    assert outline(post(recorded("pinterest.com", page))) == [("image", "https://pin.test/5.jpg")]


def test_a_post_of_rednote() -> None:
    taken = post(recorded("xiaohongshu.com", NOTE))
    assert (taken.platform, taken.urn, taken.author_name) == ("rednote", "65aa", "Ada")
    assert (taken.text_content, taken.engagement.reactions) == ("Pictures\n\nTwo of them", 3)
    assert outline(taken) == [("image", "https://xhs.test/1.webp"), ("image", "https://xhs.test/2.webp")]
    page = {
        "noteId": "65bb",
        "title": "A film",
        "user": {"userId": "7", "nickname": "Ada"},
        "imageList": [{"urlDefault": "https://xhs.test/3.webp"}],
        "interactInfo": {"likedCount": "4"},
        "video": {"media": {"stream": {"h264": [{"masterUrl": "https://xhs.test/3.mp4"}]}}},
    }
    moving = post(recorded("xiaohongshu.com", {"id": "65bb", "note": page}))
    assert (outline(moving), moving.engagement.reactions) == ([("video", "https://xhs.test/3.mp4")], 4)
    assert outline(moving, "thumbnail") == [("image", "https://xhs.test/3.webp")]


def test_a_post_of_gab() -> None:
    taken = post(
        recorded(
            "gab.com",
            {
                "id": "111",
                "type": "post",
                "created_at": "2024-01-02T03:04:05.000Z",
                "content": "<p>Words</p>",
                "url": "https://gab.test/ada/posts/111",
                "account": {"id": "7", "username": "ada", "acct": "ada"},
                "reaction_count": 3,
                "reposts_count": 1,
                "replies_count": 2,
                "media_attachments": [{"id": "2", "type": "image", "url": "https://gab.test/1.png"}],
            },
        )
    )
    assert taken.engagement._asdict() == {"reactions": 3, "comments": 2, "reposts": 1, "views": None}
    assert outline(taken) == [("image", "https://gab.test/1.png")]


@pytest.mark.parametrize("data", [{"cid": "7", "text": "x", "aweme_id": "8", "user": {}}])
def test_comments_are_passed_over(data: dict[str, Any]) -> None:
    assert reasons(recorded("tiktok-comments", data)) == ["is a comment"]


def test_a_reel_of_a_list_has_neither_time_nor_film() -> None:
    picture = {"candidates": [{"url": "https://ig.test/1.jpg", "width": 640, "height": 1136}]}
    reel = {"pk": "3000000000000000001", "code": "CmiJBr2LAAB", "media_type": 2, "image_versions2": picture}
    beside = {"user": {"pk": "17"}, "play_count": 90, "_zs_partial": True}
    taken = post(
        {"source_platform": "instagram.com", "item_id": "3", "nav_index": "1:0", "data": {**reel, **beside}}
    )
    assert (taken.urn, taken.author_username, taken.posted_at_timestamp) == ("CmiJBr2LAAB", None, None)
    assert taken.engagement.views == 90
    assert outline(taken) == [("video", None)]
    assert outline(taken, "thumbnail") == [("image", "https://ig.test/1.jpg")]


def test_a_post_of_a_list_of_the_newer_pages_has_its_picture() -> None:
    listed = {
        "__typename": "XIGPolarisVideoMedia",
        "code": "CmiJBr2LAAB",
        "display_uri": "https://ig.test/1.jpg",
        "user": {"username": "ada"},
        "caption": {"text": "A boat"},
        "_zs_partial": True,
    }
    film = post(recorded("instagram.com", listed))
    assert (film.urn, film.author_username, film.text_content) == ("CmiJBr2LAAB", "ada", "A boat")
    assert (outline(film), outline(film, "thumbnail")) == (
        [("video", None)],
        [("image", "https://ig.test/1.jpg")],
    )
    picture = post(recorded("instagram.com", {**listed, "__typename": "XIGPolarisPhotoMedia"}))
    assert outline(picture) == [("image", "https://ig.test/1.jpg")]


def test_comments_of_rednote_are_passed_over() -> None:
    comment = {"id": "65a", "content": "Yes", "create_time": 1700000000000, "sub_comment_count": "0"}
    record = {"source_platform": "xiaohongshu.com", "item_id": "65a", "nav_index": "1:0"}
    user = {"user_info": {"user_id": "1", "nickname": "Bob"}}
    assert reasons({**record, "data": {**comment, **user}}) == ["is a comment"]


def test_a_card_of_rednote_out_of_a_page() -> None:
    card = {
        "id": "65ab",
        "_zs-origin": "html",
        "title": "A boat",
        "url": "/explore/65ab",
        "author_name": "Ada",
        "author_avatar_url": "https://r.test/ada.jpg",
        "thumbnail_url": "https://r.test/1.jpg",
        "likes": "5",
    }
    taken = post(recorded("xiaohongshu.com", card))
    assert (taken.platform, taken.urn, taken.author_name) == ("rednote", "65ab", "Ada")
    assert (taken.text_content, taken.engagement.reactions) == ("A boat", 5)
    assert outline(taken) == [("image", "https://r.test/1.jpg")]


def test_a_post_of_x_as_it_was_recorded_in_the_first_years() -> None:
    legacy = {
        "id_str": "1742000000000000009",
        "full_text": "A boat",
        "created_at": "Tue Jan 02 03:04:05 +0000 2024",
        "user_id_str": "7",
        "favorite_count": 1,
        "retweet_count": 2,
        "entities": {},
    }
    data = {"id": "1", "type": "adaptive", "legacy": legacy, "ext_views": {"count": "5"}}
    taken = post(recorded("twitter.com", {**data, "user": {"screen_name": "ada", "name": "Ada"}}))
    assert (taken.urn, taken.author_username, taken.author_name) == ("1742000000000000009", "ada", "Ada")
    assert (taken.engagement.views, taken.posted_at_timestamp) == (5, 1704164645000)


@pytest.mark.parametrize(
    ("status", "expected"), [("1742000000000000009", "ada"), ("1742000000000000001", "7")]
)
def test_a_page_without_the_author_tells_the_name_by_the_media(status: str, expected: str) -> None:
    picture = {
        "id_str": "5",
        "type": "photo",
        "media_url_https": "https://x.test/1.jpg",
        "expanded_url": f"https://x.com/ada/status/{status}/photo/1",
    }
    legacy = {
        "full_text": "A boat",
        "created_at": "Tue Jan 02 03:04:05 +0000 2024",
        "user_id_str": "7",
        "entities": {"media": [picture]},
    }
    data = {"rest_id": "1742000000000000009", "core": {"user_results": {}}, "legacy": legacy}
    assert post(recorded("twitter.com", data)).author_username == expected
