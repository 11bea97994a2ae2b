"""Tables of 4CAT of single networks, with the columns that ``map_item`` of each data source gives them."""

from __future__ import annotations

import csv
import io
from typing import Any

import pytest

from tests.importers.network_examples import FOURCAT_TELEGRAM
from tests.importers.taking import media, outline, post, reasons

TIME = {"timestamp": "2024-01-02 03:04:05", "unix_timestamp": "1704164645"}

ROWS: dict[str, dict[str, str]] = {
    "facebook": {
        "id": "1000001",
        "url": "https://www.facebook.com/ada/posts/pfbid0x",
        "body": "A boat",
        "author": "ada",
        "author_name": "Ada",
        "image_url": "https://www.facebook.com/photo/?fbid=7,https://www.facebook.com/photo/?fbid=8",
        "video_url": "",
        "is_in_group": "no",
    },
    "imgur": {
        "id": "AbC",
        "subject": "A boat",
        "body": "",
        "author": "123",
        "type": "video",
        "media_url": "https://i.imgur.com/x.mp4",
        "post_url": "https://imgur.com/gallery/AbC",
        "views": "10",
        "upvotes": "5",
        "downvotes": "1",
        "score": "4",
        "comments": "3",
    },
    "9gag": {
        "id": "aXX",
        "url": "http://9gag.com/gag/aXX",
        "subject": "A boat",
        "body": "",
        "author": "ada",
        "author_name": "Ada",
        "image_url": "https://9.test/aXX_700b.jpg",
        "video_url": "https://9.test/aXX_460sv.mp4",
        "upvotes": "9",
        "score": "8",
        "comments": "4",
    },
    "gab": {
        "id": "1116",
        "thread_id": "1116",
        "created_at": "2024-01-02 03:04:05",
        "body": "A boat",
        "url": "https://gab.com/ada/posts/1116",
        "reaction_count": "2",
        "favourites_count": "5",
        "replies_count": "1",
        "reblogs_count": "3",
        "account_username": "ada",
        "account_account": "ada",
        "account_display_name": "Ada",
        "link_image": "https://gab.test/card.jpg",
        "image_urls": "https://gab.test/1.jpg",
        "video_urls": "https://gab.test/2.mp4",
    },
    "truth": {
        "id": "1117",
        "thread_id": "1117",
        "created_at": "2024-01-02T03:04:05.000Z",
        "body": "<p>A boat &amp; sea</p>",
        "url": "https://truthsocial.com/@ada/1117",
        "reblogs_count": "3",
        "replies_count": "2",
        "account_username": "ada",
        "account_display_name": "Ada",
        "images": "https://t.test/1.jpg",
        "video_thumbs": "https://t.test/2.jpg",
        "video_urls": "https://t.test/2.mp4",
    },
    "douyin": {
        "id": "7300000000000000001",
        "thread_id": "7300000000000000001",
        "subject": "Post",
        "body": "A boat",
        "post_url": "https://www.douyin.com/video/7300000000000000001",
        "video_url": "https//d.test/1.mp4",
        "video_thumbnail": "https://d.test/1.jpeg",
        "image_urls": "",
        "music_url": "https://d.test/1.mp3",
        "digg_count": "3",
        "comment_count": "2",
        "share_count": "4",
        "play_count": "9",
        "author_user_id": "55",
        "author_nickname": "Ada",
    },
    "vk": {
        "id": "77",
        "thread_id": "77",
        "link": "https://vk.com/wall-1_77",
        "item_type": "post",
        "body": "A boat",
        "author_id": "-1",
        "author_screen_name": "ada",
        "author_name": "Ada",
        "views": "9",
        "likes": "5",
        "post_comments": "1",
        "photos": "https://vk.test/1.jpg, https://vk.test/2.jpg",
        "videos": "https://vk.com/video-1_2",
        "docs": "https://vk.test/3.pdf",
    },
    "rednote": {
        "id": "65aa",
        "thread_id": "65aa",
        "url": "https://www.xiaohongshu.com/explore/65aa",
        "title": "A boat",
        "body": "Look",
        "author": "Ada",
        "image_urls": "https://r.test/1.jpg",
        "video_url": "https://r.test/1.mp4",
        "likes": "12",
    },
    "pinterest": {
        "id": "99",
        "thread_id": "99",
        "author": "ada",
        "author_fullname": "Ada",
        "body": "A boat",
        "subject": "",
        "url": "https://www.pinterest.com/pin/99",
        "is_video": "yes",
        "image_url": "https://p.test/1.jpg",
    },
    "tumblr": {
        "type": "blocks",
        "id": "700",
        "author": "ada",
        "thread_id": "Kk",
        "author_subject": "Ada's",
        "post_url": "https://ada.tumblr.com/post/700",
        "is_reblog": "True",
        "body": "A boat",
        "note_count": "4",
        "reblog_count": "1",
        "like_count": "3",
        "reply_count": "0",
        "replies": "7",
        "image_urls": "https://tu.test/1.jpg",
        "image_urls_reblogged": "https://tu.test/2.jpg",
        "audio_urls": "https://tu.test/3",
    },
    "threads": {
        "id": "DAbc",
        "thread_id": "DAbc",
        "url": "https://www.threads.com/@ada/post/DAbc",
        "body": "A boat",
        "author": "ada",
        "image_url": "https://th.test/1.jpg,https://th.test/2.jpg",
        "video_url": "https://th.test/2.mp4",
        "audio_url": "https://th.test/3.mp4",
        "link_url": "https://link.test",
        "link_thumbnail_url": "https://th.test/card.jpg",
        "likes": "5",
        "reposts": "2",
        "replies": "1",
    },
    "telegram": FOURCAT_TELEGRAM,
    "linkedin": {
        "id": "7300000000000000005",
        "thread_id": "7300000000000000005",
        "body": "A boat",
        "timestamp_ago": "3d",
        "author": "in/ada",
        "author_name": "Ada",
        "image_urls": "https://li.test/1.jpg",
        "video_thumb_url": "",
        "post_url": "https://www.linkedin.com/feed/update/urn:li:activity:7300000000000000005",
        "comments": "1",
        "shares": "2",
        "reactions": "3",
    },
    "4chan": {
        "id": "101",
        "thread_id": "100",
        "board": "po",
        "body": "A boat",
        "subject": "",
        "author": "Anonymous",
        "image_file": "boat.webm",
        "image_4chan": "1704164645123.webm",
    },
    "douban": {
        "id": "55",
        "thread_id": "55",
        "group_name": "Boats",
        "subject": "S",
        "body": "A boat <b>here</b>",
        "author": "ada",
        "is_topic_elite": "no",
        "likes": "1",
        "image_urls": "https://do.test/1.jpg",
    },
    "youtube": {
        "id": "AAAAAAAAAAA",
        "thread_id": "UC1",
        "author": "ada",
        "body": "A boat",
        "videoTitle": "T",
        "viewCount": "9",
        "likeCount": "4",
        "commentCount": "2",
        "youtube_url": "https://www.youtube.com/watch?v=AAAAAAAAAAA",
    },
}

#: Platform, id, author, kind, reactions, comments, reposts, views.
READ: dict[str, tuple[str, str, str, str | None, tuple[int | None, ...]]] = {
    "facebook": ("facebook", "1000001", "ada", None, (None, None, None, None)),
    "imgur": ("imgur", "AbC", "123", "video", (5, 3, None, 10)),
    "9gag": ("9gag", "aXX", "ada", None, (9, 4, None, None)),
    "gab": ("mastodon", "1116", "ada", None, (5, 1, 3, None)),
    "truth": ("mastodon", "1117", "ada", None, (None, 2, 3, None)),
    "douyin": ("douyin", "7300000000000000001", "55", None, (3, 2, 4, 9)),
    "vk": ("vk", "-1_77", "ada", None, (5, 1, None, 9)),
    "rednote": ("rednote", "65aa", "Ada", None, (12, None, None, None)),
    "pinterest": ("pinterest", "99", "ada", None, (None, None, None, None)),
    "tumblr": ("tumblr", "700", "ada", "repost", (4, 0, 1, None)),
    "threads": ("threads", "DAbc", "ada", None, (5, 1, 2, None)),
    "telegram": ("telegram", "55/12", "ada", "repost", (None, None, 2, 10)),
    "linkedin": ("linkedin", "7300000000000000005", "ada", None, (3, 1, 2, None)),
    "4chan": ("4chan", "po/101", "Anonymous", None, (None, None, None, None)),
    "douban": ("douban", "55", "ada", None, (1, None, None, None)),
    "youtube": ("youtube", "AAAAAAAAAAA", "ada", None, (4, 2, None, 9)),
}

#: Links, or ids of what has none, by role.
MEDIA: dict[str, dict[str, list[tuple[str, str | None]]]] = {
    "facebook": {"main": [("image", "7"), ("image", "8")]},
    "imgur": {"main": [("video", "https://i.imgur.com/x.mp4")]},
    "9gag": {
        "main": [("video", "https://9.test/aXX_460sv.mp4")],
        "thumbnail": [("image", "https://9.test/aXX_700b.jpg")],
    },
    "gab": {
        "main": [("video", "https://gab.test/2.mp4"), ("image", "https://gab.test/1.jpg")],
        "article": [("image", "https://gab.test/card.jpg")],
    },
    "truth": {
        "main": [("image", "https://t.test/1.jpg"), ("video", "https://t.test/2.mp4")],
        "thumbnail": [("image", "https://t.test/2.jpg")],
    },
    "douyin": {
        "main": [("video", "https://d.test/1.mp4")],
        "thumbnail": [("image", "https://d.test/1.jpeg")],
    },
    "vk": {
        "main": [
            ("image", "https://vk.test/1.jpg"),
            ("image", "https://vk.test/2.jpg"),
            ("video", "https://vk.com/video-1_2"),
            ("document", "https://vk.test/3.pdf"),
        ]
    },
    "rednote": {
        "main": [("video", "https://r.test/1.mp4")],
        "thumbnail": [("image", "https://r.test/1.jpg")],
    },
    "pinterest": {"main": [("video", "99")], "thumbnail": [("image", "https://p.test/1.jpg")]},
    "tumblr": {
        "main": [("audio", "https://tu.test/3"), ("image", "https://tu.test/1.jpg")],
        "reshared": [("image", "https://tu.test/2.jpg")],
    },
    "threads": {
        "main": [
            ("image", "https://th.test/1.jpg"),
            ("image", "https://th.test/2.jpg"),
            ("video", "https://th.test/2.mp4"),
            ("audio", "https://th.test/3.mp4"),
        ],
        "article": [("image", "https://th.test/card.jpg")],
    },
    "telegram": {"main": [("image", "5")]},
    "linkedin": {"main": [("image", "https://li.test/1.jpg")]},
    "4chan": {"main": [("video", "https://i.4cdn.org/po/1704164645123.webm")]},
    "douban": {"main": [("image", "https://do.test/1.jpg")]},
    "youtube": {"main": [("video", "https://www.youtube.com/watch?v=AAAAAAAAAAA")]},
}


def table(row: dict[str, str]) -> bytes:
    text = io.StringIO()
    writer = csv.DictWriter(text, list(row))
    writer.writeheader()
    writer.writerow(row)
    return text.getvalue().encode()


def row(name: str, **changes: str) -> bytes:
    return table({**ROWS[name], **TIME, **changes})


@pytest.mark.parametrize("name", ROWS)
def test_tables_of_every_network_are_read(name: str) -> None:
    taken = post(row(name))
    counts: Any = tuple(taken.engagement)
    assert (taken.platform, taken.urn, taken.author_username, taken.post_type, counts) == READ[name]
    assert taken.posted_at_timestamp == (1740455627441 if name == "linkedin" else 1704164645000)
    assert "A boat" in taken.text_content
    assert "<" not in taken.text_content
    assert taken.text_content != "Post\n\nA boat"  # what Douyin's subject says is no words of the post


@pytest.mark.parametrize("name", ROWS)
def test_media_of_every_network_have_their_roles(name: str) -> None:
    taken = post(row(name))
    found: dict[str, list[tuple[str, str | None]]] = {}
    for each in taken.media:
        found.setdefault(each.role, []).append((each.media_type, each.url or each.provider_media_id))
    assert found == MEDIA[name]


@pytest.mark.parametrize(
    ("name", "changes"),
    [
        ("rednote", {"ip_location": "x", "replies": "0"}),
        ("threads", {"comment_url": "https://t.test/1"}),
        ("vk", {"item_type": "comment"}),
        ("douban", {"id": "56"}),
        ("youtube", {"isReplyTo": "", "authorName": "Bob", "youtube_url": ""}),
    ],
)
def test_tables_of_comments_are_passed_over(name: str, changes: dict[str, str]) -> None:
    assert reasons(row(name, **changes)) == ["is a comment"]


def test_messages_of_telegram_have_their_address_and_what_they_carry() -> None:
    named = post(row("telegram", id="boats-12", chat="boats", author_username=""))
    assert (named.urn, named.url) == ("boats-12", "https://t.me/boats/12")
    assert named.author_username == "boats"
    assert post(row("telegram", timestamp_forwarded_from="", is_reply="True")).post_type == "reply"
    assert post(row("telegram", timestamp_forwarded_from="")).post_type == "regular"
    for kind, expected in (("video", ("video", None)), ("application", ("document", None))):
        taken = post(row("telegram", attachment_type=kind, attachment_data=""))
        assert outline(taken) == [expected]
    card = post(row("telegram", attachment_type="url"))
    assert [each.provider_media_id for each in media(card, "article")] == ["5"]
    assert not post(row("telegram", attachment_type="poll", attachment_data='{"question": "?"}')).media


def test_a_repost_of_x_has_the_media_of_its_original() -> None:
    x_row = {
        "id": "1742000000000000001",
        "thread_id": "1742000000000000001",
        "link": "https://x.com/ada/status/1742000000000000001",
        "body": "RT @bob: A boat",
        "author": "ada",
        "is_retweet": "yes",
        "is_quote_tweet": "no",
        "is_reply": "no",
        "images": "https://pbs.twimg.com/media/1.jpg,https://pbs.twimg.com/ext_tw_video_thumb/2/pu/img/2.jpg",
        "videos": "https://video.twimg.com/2.mp4",
        **TIME,
    }
    repost, own = post(table(x_row)), post(table({**x_row, "is_retweet": "no", "is_quote_tweet": "yes"}))
    assert (repost.post_type, own.post_type) == ("repost", "quote")
    assert (len(outline(repost, "reshared")), len(repost.media)) == (3, 3)
    assert outline(own) == [
        ("image", "https://pbs.twimg.com/media/1.jpg"),
        ("video", "https://video.twimg.com/2.mp4"),
    ]
    assert len(outline(own, "thumbnail")) == 1


def test_a_card_of_threads_that_repeats_its_link_is_no_picture() -> None:
    assert not outline(post(row("threads", link_thumbnail_url="https://link.test")), "article")


def test_the_file_of_a_post_of_a_board_has_a_link_only_where_its_name_is_one() -> None:
    taken = post(row("4chan", image_4chan="../x.jpg"))
    assert not taken.media
    assert taken.url == "https://boards.4chan.org/po/thread/100#p101"
    assert post(row("4chan", board="p/o")).url is None


@pytest.mark.parametrize(("kind", "expected"), [("Photo", [("image", None)]), ("Link", [])])
def test_a_table_of_crowdtangle_of_facebook_that_went_through_4cat(
    kind: str, expected: list[tuple[str, str | None]]
) -> None:
    changes = {
        "page_name": "Ada",
        "page_id": "100",
        "type": kind,
        "interactions": "14",
        "comments": "1",
        "shares": "2",
        "likes": "5",
        "likes_love": "3",
        "likes_care": "3",
        "views_post": "7",
        "url": "https://www.facebook.com/100/posts/1000001",
    }
    taken = post(row("facebook", image_url="", **changes))
    assert (taken.urn, outline(taken)) == ("100_1000001", expected)
    assert taken.engagement == (11, 1, 2, 7)


@pytest.mark.parametrize(
    ("kind", "main", "covers"),
    [
        ("picture", [("image", "https://ig.test/1.jpg")], []),
        ("album", [("image", "https://ig.test/1.jpg")], []),
        ("igtv", [("video", None)], [("image", "https://ig.test/1.jpg")]),
    ],
)
def test_a_table_of_crowdtangle_of_instagram_that_went_through_4cat(
    kind: str, main: list[tuple[str, str | None]], covers: list[tuple[str, str | None]]
) -> None:
    names = ("hashtags", "usertags", "mentioned", "subject", "author", "body")
    taken = post(
        table(
            {
                **dict.fromkeys(names, ""),
                "id": "CxY",
                "thread_id": "CxY",
                "parent_id": "CxY",
                "type": kind,
                "url": "https://www.instagram.com/p/CxY",
                "thumbnail_url": "https://ig.test/1.jpg",
                "num_likes": "5",
                **TIME,
            }
        )
    )
    assert (taken.urn, outline(taken), outline(taken, "thumbnail")) == ("CxY", main, covers)


@pytest.mark.parametrize("column", ["images", "photos"])
def test_a_number_of_pictures_is_no_link(column: str) -> None:
    assert not post(row("vk", **{"photos": "", "videos": "", "docs": "", column: "3"})).media


def test_a_table_of_reddit_that_names_no_thread() -> None:
    told = {"id": "abc", "subreddit": "boats", "score": "3", "author": "ada", "body": "A boat", **TIME}
    assert post(table(told)).urn == "t3_abc"
    assert reasons(table({**told, "parent": "t3_abb"})) == ["is a comment"]


def test_a_sum_that_is_no_figure_of_a_post_is_left_out() -> None:
    taken = post(row("facebook", likes=str(2**63 - 1), likes_love="5"))
    assert (taken.engagement.reactions, taken.stats) == (None, {})
