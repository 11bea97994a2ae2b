"""Reddit: listings, comment pages, dumps, and media in all their places."""

from __future__ import annotations

from typing import Any

import pytest

from tests.importers.more_examples import REDDIT
from tests.importers.taking import media, nested, outcomes, outline, post, posts, reasons

POST: dict[str, Any] = {name: REDDIT["data"][name] for name in REDDIT["data"] if "gallery" not in name}
POST.pop("media_metadata")


def listing(*children: dict[str, Any]) -> dict[str, Any]:
    return {"kind": "Listing", "data": {"after": None, "children": list(children)}}


def test_a_gallery() -> None:
    taken = post(listing(REDDIT))
    assert (taken.platform, taken.urn, taken.author_username) == ("reddit", "t3_abc123", "somebody")
    assert (taken.text_content, taken.post_type) == ("A gallery & its title", "gallery")
    assert taken.url == "https://www.reddit.com/r/pictures/comments/abc123/a_gallery/"
    assert (taken.engagement.reactions, taken.engagement.comments) == (55, 5)
    assert taken.posted_at_timestamp == 1700000000000
    assert outline(taken) == [
        ("image", "https://r.test/2.gif"),
        ("image", "https://r.test/1.jpg?a=1&s=2"),
        ("video", "https://r.test/3.m3u8?a&b"),
        ("image", None),
    ]
    assert [each.provider_media_id for each in media(taken)] == ["m2", "m1", "m3", "m4"]
    assert [each.width for each in media(taken)] == [10, 100, 1, None]


def test_pictures_inside_a_text() -> None:
    taken = post(
        {**POST, "is_self": True, "selftext": "See", "media_metadata": REDDIT["data"]["media_metadata"]}
    )
    assert len(media(taken)) == 4
    assert taken.text_content == "A gallery & its title\n\nSee"


@pytest.mark.parametrize("home", ["secure_media", "media"])
def test_a_video_and_its_cover(home: str) -> None:
    video = {"fallback_url": "https://v.redd.it/x/DASH_720.mp4?a=1&amp;b=2", "width": 1280, "height": 720}
    preview = {
        "images": [{"source": {"url": "https://r.test/cover.jpg?a&amp;b", "width": 640, "height": 360}}]
    }
    taken = post(
        {
            **POST,
            "is_video": True,
            "url": "https://v.redd.it/x",
            home: {"reddit_video": video},
            "preview": preview,
        }
    )
    assert outline(taken) == [("video", "https://v.redd.it/x/DASH_720.mp4?a=1&b=2")]
    assert outline(taken, "thumbnail") == [("image", "https://r.test/cover.jpg?a&b")]


def test_a_video_without_its_link_is_counted() -> None:
    assert outline(post({**POST, "is_video": True, "url": "https://v.redd.it/x"})) == [("video", None)]


def test_a_single_picture_has_the_size_of_its_preview() -> None:
    preview = {"images": [{"source": {"url": "https://r.test/p.jpg", "width": 640, "height": 360}}]}
    taken = post({**POST, "url_overridden_by_dest": "https://i.redd.it/x.png", "preview": preview})
    assert outline(taken) == [("image", "https://i.redd.it/x.png")]
    assert media(taken)[0].width == 640
    assert [each.role for each in taken.media] == ["main"]


def test_a_link_has_no_media_but_the_picture_of_its_card() -> None:
    preview = {"images": [{"source": {"url": "https://r.test/card.jpg"}}]}
    taken = post({**POST, "url": "https://news.test/story", "preview": preview})
    assert outline(taken) == []
    assert outline(taken, "article") == [("image", "https://r.test/card.jpg")]


def test_a_crosspost_has_no_media_but_those_of_the_other() -> None:
    taken = post({**POST, "name": "t3_new", "crosspost_parent_list": [REDDIT["data"]]})
    assert (nested(taken), taken.post_type, taken.media) == ([("reshared", "t3_abc123")], "repost", ())
    assert outline(taken.nested[0].post) == outline(post(REDDIT))


def test_comments_are_passed_over() -> None:
    comment = {"kind": "t1", "data": {"body": "Nice", "link_id": "t3_abc123", "parent_id": "t3_abc123"}}
    page = [listing(REDDIT), listing(comment, {"kind": "more", "data": {"children": ["x"]}})]
    found = outcomes(page)
    assert [getattr(each, "urn", None) for each in found] == ["t3_abc123", None, None]
    dumped = {"subreddit": "pictures", "body": "Nice", "link_id": "t3_abc123", "parent_id": "t1_x", "id": "c"}
    assert reasons(dumped) == ["is a comment, or another thing of Reddit that is no post"]


def test_bare_posts_of_dumps() -> None:
    bare = {name: value for name, value in POST.items() if name != "name"}
    assert [each.urn for each in posts([bare, bare])] == ["t3_abc123", "t3_abc123"]


def test_a_post_without_an_id_is_refused() -> None:
    assert reasons({**POST, "id": None, "name": None}) == ["has no id"]


@pytest.mark.parametrize("author", ["ada", {"name": "ada"}, "Redditor(name='ada')"])
def test_objects_of_praw_name_their_author(author: Any) -> None:
    post_of_praw = {
        "id": "t3_abc",
        "title": "T",
        "subreddit": "Subreddit(display_name='pics')",
        "author": author,
        "url": "https://i.redd.test/1.jpg",
        "selftext": "",
    }
    taken = post([post_of_praw])
    assert (taken.urn, taken.author_username, taken.author_name) == ("t3_abc", "ada", "r/pics")


def test_the_posts_of_ones_own_data() -> None:
    taken = post(
        b"id,permalink,date,ip,subreddit,gildings,title,url,body\n"
        b"abc,https://www.reddit.com/r/pics/comments/abc/t/,2024-01-02 03:04:05 UTC,,pics,0,T,,Words\n"
    )
    assert (taken.urn, taken.posted_at_timestamp) == ("t3_abc", 1704164645000)
    assert taken.text_content == "T\n\nWords"


@pytest.mark.parametrize(
    ("link", "kind", "expected"),
    [
        ("https://i.redd.test/1.jpg", "link", [("image", "https://i.redd.test/1.jpg")]),
        ("https://v.redd.it/abc", "link", [("video", None)]),
        ("https://www.reddit.com/r/pics/comments/abc/t/", "self", []),
    ],
)
def test_a_post_of_bdfr_names_its_subreddit_in_its_address_alone(
    link: str, kind: str, expected: list[Any]
) -> None:
    details = {"selftext": "", "score": 5, "upvote_ratio": 0.9, "num_comments": 1, "over_18": False}
    comment = {"id": "c", "body": "Yes", "subreddit": "pics", "submission": "abc", "parent_id": "t3_abc"}
    taken = post(
        {
            "title": "T",
            "name": "t3_abc",
            "url": link,
            **details,
            "permalink": "/r/pics/comments/abc/t/",
            "id": "abc",
            "author": "ada",
            "created_utc": 1704164645.0,
            "comments": [comment],
        }
    )
    assert (taken.urn, taken.author_username, taken.author_name) == ("t3_abc", "ada", "r/pics")
    assert (taken.posted_at_timestamp, taken.post_type) == (1704164645000, kind)
    assert outline(taken) == expected


def test_comments_are_passed_over_however_they_name_their_post() -> None:
    comment = {"id": "c", "body": "Yes", "author": "bob", "subreddit": "s", "parent_id": "t3_abc"}
    reason = "is a comment, or another thing of Reddit that is no post"
    assert reasons([{**comment, "link_id": "t3_abc"}, {**comment, "submission": "abc"}]) == [reason, reason]
