"""What the files of gallery-dl say of the networks that its modules know, each with names of their own."""

from __future__ import annotations

from typing import Any

import pytest

from social_tui.exports import ParsedPost
from social_tui.importers.protocol import PassedOver
from tests.importers.taking import media, outcomes, outline, post

FILE = {"subcategory": "user", "num": 1, "extension": "jpg", "date": "2024-01-02 03:04:05"}
STATUS = {
    **FILE,
    "category": "mastodon.example",
    "instance": "mastodon.example",
    "id": "111222333444555666",
    "uri": "https://mastodon.example/users/ada/statuses/111222333444555666",
    "url": "https://mastodon.example/@ada/111222333444555666",
    "content": "<p>One<br>two</p>",
    "account": {"acct": "ada", "display_name": "Ada"},
    "media": {"url": "https://files.example/1.jpg", "description": "A pier"},
}
NOTE = {
    **FILE,
    "category": "misskey.example",
    "instance": "misskey.example",
    "id": "9abc",
    "userId": "1",
    "user": {"username": "ada", "name": "Ada"},
    "text": "1 < 2",
    "file": {"url": "https://files.example/2.webp"},
}
SKEET = {
    **FILE,
    "category": "bluesky",
    "instance": "bsky.app",
    "uri": "at://did:plc:abc/app.bsky.feed.post/3kabc",
    "post_id": "3kabc",
    "author": {"handle": "ada.example", "displayName": "Ada"},
    "text": "a <b> c",
}
STORY = {
    **FILE,
    "category": "instagram",
    "num": 3,
    "type": "story",
    "post_shortcode": "B_k",
    "post_id": "99",
    "shortcode": "DAbCdEf",
    "media_id": "3456789012345678901",
    "post_date": "2024-01-01 00:00:00",
    "post_url": "https://www.instagram.com/stories/ada/",
    "username": "ada",
    "fullname": "Ada",
    "author": {"username": "somebody.else"},
}


def test_servers_of_the_fediverse_are_of_their_network() -> None:
    taken = post(STATUS)
    assert (taken.platform, taken.urn, taken.full_urn) == ("mastodon", STATUS["id"], STATUS["uri"])
    assert (taken.url, taken.text_content, taken.author_username) == (STATUS["url"], "One\ntwo", "ada")
    assert outline(taken) == [("image", "https://files.example/1.jpg")]
    assert media(taken)[0].alt_text == "A pier"
    other = post(NOTE)
    assert (other.platform, other.urn, other.text_content) == ("misskey", "9abc", "1 < 2")
    assert other.url == "https://misskey.example/notes/9abc"
    for hostile in (["x"], "x.test/\x1b[31m\n", "x@y", ""):
        assert post({**NOTE, "instance": hostile}).url is None


def test_a_text_of_bluesky_is_no_html() -> None:
    taken = post(SKEET)
    assert (taken.text_content, taken.url) == ("a <b> c", "https://bsky.app/profile/ada.example/post/3kabc")


def test_a_story_is_a_post_of_its_own_by_who_showed_it() -> None:
    taken = post(STORY)
    assert (taken.urn, taken.posted_at_timestamp) == ("DAbCdEf", 1704164645000)
    assert (taken.author_username, taken.author_name) == ("ada", "Ada")
    assert taken.url == "https://www.instagram.com/stories/ada/3456789012345678901"
    assert taken.media[0].position == 0
    album = post({**STORY, "type": "post"})
    assert (album.urn, album.posted_at_timestamp, album.media[0].position) == ("B_k", 1704067200000, 2)


@pytest.mark.parametrize(
    ("facts", "expected"),
    [
        (
            {
                "category": "facebook",
                "id": "77",
                "set_id": "a.1",
                "title": "Mobile uploads",
                "caption": "Words",
            }
            | {"username": "Ada L.", "user_id": "1000"},
            ("77", "1000", "Ada L.", "Words", "https://www.facebook.com/photo/?fbid=77"),
        ),
        (
            {"category": "tiktok", "id": "73", "desc": "", "title": "TikTok photo #73", "imagePost": {}}
            | {"author": {"uniqueId": "ada", "nickname": "Ada"}},
            ("73", "ada", "Ada", "", "https://www.tiktok.com/@ada/video/73"),
        ),
        (
            {"category": "pixiv", "id": 5, "title": "T", "caption": "One<br />two"}
            | {"user": {"account": "ada", "name": "Ada"}},
            ("pixiv:5", "ada", "Ada", "T\n\nOne\ntwo", "https://www.pixiv.net/artworks/5"),
        ),
        (
            {"category": "pinterest", "id": "12", "description": "Words"}
            | {"pinner": {"username": "ada", "full_name": "Ada"}},
            ("12", "ada", "Ada", "Words", "https://www.pinterest.com/pin/12"),
        ),
    ],
)
def test_pages_and_authors_that_are_put_together(facts: dict[str, Any], expected: tuple[str, ...]) -> None:
    taken = post({**FILE, **facts})
    found = (taken.urn, taken.author_username, taken.author_name, taken.text_content, taken.url)
    assert found == expected


def test_figures_of_tumblr_and_pixiv() -> None:
    tumblr = post({**FILE, "category": "tumblr", "id": 1, "blog_name": "ada", "note_count": 7})
    assert tumblr.engagement.reactions == 7
    work = {"category": "pixiv", "id": 5, "total_view": 9, "total_bookmarks": 2, "total_comments": 0}
    assert post({**FILE, **work}).engagement._asdict() == {
        "reactions": 2,
        "comments": 0,
        "reposts": None,
        "views": 9,
    }


def test_places_that_are_counted_from_zero() -> None:
    work = {**FILE, "category": "pixiv", "id": 5}
    assert [post({**work, "num": number}).media[0].position for number in (0, 1, 2)] == [0, 1, 2]


def test_the_page_of_a_gallery_of_reddit_is_no_file() -> None:
    submission = {**FILE, "category": "reddit", "id": "abc", "permalink": "/r/a/comments/abc/b/"}
    gallery = post({**submission, "url": "https://www.reddit.com/gallery/abc"})
    assert gallery.media[0].url is None
    single = post({**submission, "num": 0, "url": "https://i.redd.it/a.jpg"})
    assert outline(single) == [("image", "https://i.redd.it/a.jpg")]


def test_printed_films_and_failures() -> None:
    film = {**FILE, "category": "reddit", "id": "abc", "extension": "mp4"}
    printed = [[3, "ytdl:https://v.example/a.mpd", film], [-1, {"error": "NotFoundError", "message": "gone"}]]
    taken, failure = outcomes(printed)
    assert isinstance(taken, ParsedPost)
    assert outline(taken) == [("video", "https://v.example/a.mpd")]
    assert failure == PassedOver("is a message of gallery-dl about no file")


def test_pictures_of_accounts_are_passed_over() -> None:
    account = {**FILE, "category": "tiktok", "subcategory": "avatar", "id": "6"}
    assert outcomes(account) == [PassedOver("is a picture of an account, which is no post")]
