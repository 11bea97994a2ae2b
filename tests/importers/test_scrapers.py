"""What scrapers write: snscrape, twscrape, instagrapi, and objects of the apps of TikTok and Douyin."""

from __future__ import annotations

import csv
import io
import json
from typing import Any

import pytest

from tests.importers.scraper_examples import (
    AWEME,
    INSTAGRAPI,
    PYKTOK_ROW,
    TWEET,
    TWINT,
    WEIBO_ROW,
    YOUTUBE_ROW,
)
from tests.importers.taking import media, nested, outline, post, posts, reasons

SCRAPED: dict[str, tuple[dict[str, Any], tuple[str | None, ...]]] = {
    "instagram.InstagramPost": (
        {
            "url": "https://www.instagram.com/p/Abc/",
            "displayUrl": "https://ig.test/1.jpg",
            "username": "ada",
        },
        ("instagram", "Abc", "ada", "https://ig.test/1.jpg"),
    ),
    "reddit.Submission": (
        {
            "id": "t3_abc",
            "author": "ada",
            "title": "T",
            "url": "https://old.reddit.com/r/pics/comments/abc/",
            "link": "https://i.redd.test/1.jpg",
        },
        ("reddit", "t3_abc", "ada", "https://i.redd.test/1.jpg"),
    ),
    "facebook.FacebookPost": (
        {"cleanUrl": "https://www.facebook.com/ada/posts/5", "content": "x"},
        ("facebook", "5", None, None),
    ),
    "telegram.TelegramPost": (
        {"url": "https://t.me/s/news/5", "content": "x"},
        ("telegram", "https://t.me/s/news/5", "news", None),
    ),
}


def test_a_post_of_x_by_snscrape() -> None:
    taken = post([TWEET])
    assert (taken.platform, taken.urn, taken.author_username) == ("x", "1700000000000000001", "ada")
    assert taken.engagement._asdict() == {"reactions": 3, "comments": 1, "reposts": 2, "views": 4}
    assert outline(taken) == [("image", "https://x.test/1"), ("video", "https://x.test/2.mp4")]
    assert outline(taken, "thumbnail") == [("image", "https://x.test/2.jpg")]
    quoting = {**TWEET, "id": 1700000000000000002, "quotedTweet": TWEET}
    assert nested(post([quoting])) == [("quoted", "1700000000000000001")]
    reposting = post([{**TWEET, "id": 1700000000000000003, "retweetedTweet": TWEET}])
    assert (reposting.post_type, reposting.media) == ("repost", ())


def test_a_post_by_twscrape() -> None:
    bare = {name: value for name, value in TWEET.items() if name != "_type"}
    found = {
        "photos": [{"url": "https://x.test/1"}],
        "videos": [{"thumbnailUrl": "https://x.test/2.jpg", "variants": TWEET["media"][1]["variants"]}],
        "animated": [{"thumbnailUrl": "https://x.test/3.jpg", "videoUrl": "https://x.test/3.mp4"}],
    }
    bare |= {"id_str": "1700000000000000001", "date": "2024-01-02 03:04:05+00:00", "media": found}
    assert [link for _, link in outline(post([bare]))] == [
        "https://x.test/1",
        "https://x.test/2.mp4",
        "https://x.test/3.mp4",
    ]


@pytest.mark.parametrize("kind", SCRAPED)
def test_posts_of_other_networks_by_snscrape(kind: str) -> None:
    item, expected = SCRAPED[kind]
    taken = post([{**item, "_type": f"snscrape.modules.{kind}", "date": "2022-01-02T03:04:05+00:00"}])
    link = media(taken)[0].url if taken.media else None
    assert (taken.platform, taken.urn, taken.author_username, link) == expected


def test_accounts_of_snscrape_are_passed_over() -> None:
    account = {"_type": "snscrape.modules.twitter.User", "username": "ada"}
    assert reasons([account]) == ["is an account, a comment or a place of a post that is gone"]


def test_an_album_of_instagrapi() -> None:
    taken = post([INSTAGRAPI], avatars=True)
    assert (taken.platform, taken.urn, taken.full_urn) == ("instagram", "Abc", "31")
    assert (taken.text_content, taken.posted_at_timestamp) == ("An album", 1704164645000)
    assert outline(taken) == [("image", "https://ig.test/1.jpg"), ("video", "https://ig.test/2.mp4")]
    assert outline(taken, "thumbnail") == [("image", "https://ig.test/2.jpg")]
    assert outline(taken, "avatar") == [("image", "https://ig.test/ada.jpg")]
    single = {**INSTAGRAPI, "media_type": 1, "resources": [], "thumbnail_url": "https://ig.test/3.jpg"}
    assert outline(post([single])) == [("image", "https://ig.test/3.jpg")]


def test_a_post_of_the_app_of_tiktok() -> None:
    taken = post({"aweme_list": [AWEME], "status_code": 0})
    assert (taken.platform, taken.urn, taken.author_username) == ("tiktok", "7300000000000000001", "ada")
    assert taken.engagement._asdict() == {"reactions": 1, "comments": 2, "reposts": 3, "views": 4}
    assert outline(taken) == [("video", "https://tt.test/9.mp4")]
    assert outline(taken, "thumbnail") == [("image", "https://tt.test/1.jpg")]
    assert taken.url == "https://www.tiktok.com/@ada/video/7300000000000000001"


def test_pictures_of_douyin_and_posts_of_its_pages() -> None:
    picture = {"url_list": ["https://p3.douyinpic.test/1.webp"], "width": 4, "height": 3}
    taken = post([{**AWEME, "images": [picture]}])
    assert (taken.platform, taken.post_type) == ("douyin", "slideshow")
    assert outline(taken) == [("image", "https://p3.douyinpic.test/1.webp")]
    page = {
        "awemeId": "7300000000000000002",
        "desc": "Of a page",
        "createTime": 1704164645,
        "authorInfo": {"uid": "7", "nickname": "Ada L."},
        "video": {"bitRateList": [{"bitRate": 5, "playApi": "//dy.test/5.mp4"}], "cover": "//dy.test/1.jpg"},
        "stats": {"diggCount": 8},
    }
    taken = post([page])
    assert (taken.platform, taken.author_name, taken.engagement.reactions) == ("douyin", "Ada L.", 8)
    assert outline(taken) == [("video", "https://dy.test/5.mp4")]
    assert outline(taken, "thumbnail") == [("image", "https://dy.test/1.jpg")]
    assert taken.url == "https://www.douyin.com/video/7300000000000000002"


def test_live_rooms_of_douyin_are_passed_over() -> None:
    room = {"id_str": "7", "title": "Live", "owner": {"nickname": "Ada L."}, "stream_url": {}}
    told = json.dumps(room)
    places: list[Any] = [
        {**AWEME, "cell_room": {"rawdata": told}, "video": None},
        {"awemeId": "8", "cellRoom": {"rawdata": room}, "requestTime": 1704164645000},
        {"type": 1, "lives": {"aweme_id": "9", "rawdata": told}},
        {"status_code": 0, "data": {"data": [room], "user": {"nickname": "Ada L."}}},
    ]
    assert reasons(places) == ["is a live room"] * 4
    none = [{**AWEME, "cell_room": each} for each in (None, {}, {"rawdata": ""}, "$undefined")]
    assert len(posts(none)) == 4


def test_the_data_that_tiktok_gives_people_of_their_own_account() -> None:
    own = [
        {
            "Date": "2024-01-02 03:04:05",
            "Link": "https://v16.tiktokcdn.test/1.mp4",
            "Likes": "5",
            "Title": "Mine",
        },
        {
            "date": "2024-01-02 03:04:05 UTC",
            "link": "https://www.tiktokv.eu/share/video/7300000000000000001/",
            "likes": 6,
        },
    ]
    liked = {"FavoriteVideoList": [{"Date": "2024-01-02 03:04:05", "Link": "https://x"}]}
    whole = {"Activity": {"Favorite Videos": liked}, "Video": {"Videos": {"VideoList": own}}}
    older, newer = posts(whole)
    assert (older.urn, older.text_content, older.engagement.reactions) == ("1704164645000", "Mine", 5)
    assert outline(older) == [("video", "https://v16.tiktokcdn.test/1.mp4")]
    assert (newer.urn, newer.posted_at_timestamp) == ("7300000000000000001", 1704164645000)
    assert [each.urn for each in posts({"Post": {"Posts": {"VideoList": own}}})] == [older.urn, newer.urn]


def test_a_row_with_a_title_and_a_link_of_anybody_is_no_video_of_tiktok() -> None:
    row = {"date": "2024-01-02", "title": "A boat", "link": "https://news.test/1"}
    assert reasons([row]) == ["unknown shape: no known format has items like this"]


def test_a_post_of_twint_has_the_time_of_its_id() -> None:
    taken = post(TWINT)
    assert (taken.platform, taken.urn, taken.author_username) == ("x", "1380000000000000123", "harbour")
    assert (taken.text_content, taken.post_type) == ("Boats & nets", "reply")
    assert taken.posted_at_timestamp == 1617852613817
    assert taken.url == "https://x.com/harbour/status/1380000000000000123"
    assert taken.engagement._asdict() == {"reactions": 3, "comments": 1, "reposts": 2, "views": None}
    assert outline(taken) == [
        ("image", "https://pbs.x.test/media/1.jpg"),
        ("image", "https://pbs.x.test/media/2.jpg"),
    ]


def test_a_post_that_is_older_than_times_in_ids_has_the_time_of_its_zone() -> None:
    old = {**TWINT, "id": 1380000000, "conversation_id": "1380000000", "date": "2009-03-24"}
    assert (post(old).posted_at_timestamp, post(old).post_type) == (1237865413000, "regular")


def test_the_cover_of_a_video_of_twint_is_no_picture_of_the_post() -> None:
    cover = "https://pbs.x.test/ext_tw_video_thumb/1/pu/img/a.jpg"
    taken = post({**TWINT, "photos": [], "thumbnail": cover, "quote_url": "https://x.test/1"})
    assert (outline(taken), outline(taken, "thumbnail")) == ([("video", None)], [("image", cover)])
    assert taken.post_type == "quote"


def test_a_table_of_twint_has_lists_as_python_writes_them() -> None:
    text = io.StringIO()
    table = csv.DictWriter(text, list(TWINT), dialect="excel-tab")
    table.writeheader()
    table.writerow(TWINT)
    (taken,) = posts(text.getvalue().encode())
    assert (taken.urn, outline(taken)) == (str(TWINT["id"]), outline(post(TWINT)))
    assert taken.engagement == post(TWINT).engagement


def test_a_row_of_the_youtube_data_tools_is_the_video_that_the_api_told() -> None:
    taken = post(YOUTUBE_ROW)
    assert (taken.platform, taken.urn, taken.author_name) == ("youtube", "AAAAAAAAA10", "Harbour TV")
    assert (taken.text_content, taken.posted_at_timestamp) == ("A boat\n\nAll of it", 1704164645000)
    assert taken.engagement._asdict() == {"reactions": 3, "comments": 2, "reposts": None, "views": 30}
    assert outline(taken) == [("video", "https://www.youtube.com/watch?v=AAAAAAAAA10")]
    assert outline(taken, "thumbnail") == [("image", "https://yt.test/1.jpg")]


def test_a_row_of_pyktok_has_the_time_of_its_id() -> None:
    taken = post(PYKTOK_ROW)
    assert (taken.platform, taken.urn, taken.author_username) == ("tiktok", PYKTOK_ROW["video_id"], "ada")
    assert taken.posted_at_timestamp == (7319000000000000017 >> 32) * 1000
    assert taken.url == "https://www.tiktok.com/@ada/video/7319000000000000017"
    assert taken.engagement._asdict() == {"reactions": 3, "comments": 2, "reposts": 1, "views": 30}
    assert outline(taken) == [("video", None)]
    assert reasons({**PYKTOK_ROW, "video_id": "7.319E+18"}) == [
        "has an id that a spreadsheet has rounded (such as 1.7E+18)"
    ]


def test_whole_numbers_of_a_column_in_which_others_are_missing() -> None:
    row = {**PYKTOK_ROW, "video_diggcount": "3.0", "video_playcount": "2.5"}
    assert post(row).engagement._asdict() == {"reactions": 3, "comments": 2, "reposts": 1, "views": None}


def test_older_rows_of_tiktok_have_their_cover_beside_them() -> None:
    old = {
        "id": "1",
        "text": "x",
        "createTime": "1583870600",
        "diggCount": 1,
        "videoUrl": "https://t.test/1.mp4",
    }
    taken = post({**old, "authorMeta": {"name": "ada"}, "covers": {"default": "https://t.test/1.jpg"}})
    assert outline(taken) == [("video", "https://t.test/1.mp4")]
    assert outline(taken, "thumbnail") == [("image", "https://t.test/1.jpg")]


def test_a_post_of_weibo_crawler_and_the_one_that_it_reposts() -> None:
    (taken,) = posts({"user": {"id": "1600000001", "screen_name": "Harbour"}, "weibo": [WEIBO_ROW]})
    assert (taken.platform, taken.urn) == ("weibo", "4980000000000002")
    assert (taken.author_username, taken.author_name) == ("1600000001", "Harbour")
    assert (taken.text_content, taken.posted_at_timestamp) == ("A boat", 1704164645000)
    assert taken.engagement._asdict() == {"reactions": 3, "comments": 2, "reposts": 1, "views": None}
    assert outline(taken) == [
        ("image", "https://wb.test/large/1.jpg"),
        ("image", "https://wb.test/large/2.jpg"),
        ("video", "https://wb.test/1.mp4?a=1,2"),
    ]
    assert nested(taken) == [("reshared", "4980000000000001")]
    listed = post({**WEIBO_ROW, "pics": ["https://wb.test/large/1.jpg", "https://wb.test/large/2.jpg"]})
    assert outline(listed) == outline(taken)
    rounded = "has an id that a spreadsheet has rounded (such as 1.7E+18)"
    assert reasons({**WEIBO_ROW, "id": "4.98E+15"}) == [rounded]
    other = taken.nested[0].post
    assert (other.author_name, outline(other)) == ("Ada", [("image", "https://wb.test/large/3.jpg")])
    assert other.posted_at_timestamp == 1704038400000  # the day alone, as it began in China
