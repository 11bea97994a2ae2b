"""Posts of all networks in tables and answers of tools that watch them: Meltwater, Brandwatch and others."""

from __future__ import annotations

import csv
import io
from typing import Any

import pytest

from social_tui.exports import Engagement, ParsedPost
from social_tui.importers.network_links import linked
from tests.importers.taking import outcomes, outline, post, posts, reasons

X_LINK = "http://twitter.com/ada/statuses/1775530000000000001"
X_ID = "1775530000000000001"
#: What the clock said in UTC when that id was given, to the second, and five hours to the west of it.
X_TIME, X_CLOCK, X_CLOCK_WEST = 1712154314000, "2024-04-03 14:25:14", "2024-04-03 09:25:14"


def table(*rows: dict[str, str], columns: str = "", before: str = "", delimiter: str = ",") -> bytes:
    text = io.StringIO()
    names = [*dict.fromkeys([*columns.split("|"), *(name for row in rows for name in row)])]
    writer = csv.DictWriter(text, [name for name in names if name], restval="", delimiter=delimiter)
    writer.writeheader()
    writer.writerows(rows)
    return (before + text.getvalue()).encode()


MELTWATER = "Date|Headline|URL|Opening Text|Hit Sentence|Source|Influencer|Reach|Tweet Id|Time"
BRANDWATCH = (
    "Query Id|Query Name|Date|Title|Snippet|Url|Domain|Page Type|Author|Full Name|Full Text|Media URLs|"
    "Resource Id|Thread Entry Type|Twitter Reply Count|Twitter Retweets|Twitter Likes|Twitter Retweet of"
)
MENTION: dict[str, Any] = {
    "resourceId": "1",
    "guid": X_ID,
    "pageType": "twitter",
    "date": "2024-04-03T14:25:14.000+0000",
    "url": X_LINK,
    "originalUrl": X_LINK,
    "author": "ada",
    "fullname": "Ada L",
    "fullText": "Two boats",
    "snippet": "Two …",
    "threadEntryType": "post",
    "likes": 3,
    "comments": 1,
    "shares": 2,
    "mediaUrls": ["https://x.test/1.jpg"],
    "avatarUrl": "https://x.test/ada.jpg",
}
DOCUMENT: dict[str, Any] = {
    "id": "1713_K49",
    "external_id": X_ID,
    "published_date": "2024-04-03T14:25:14.000Z",
    "indexed_date": "2024-04-03T15:00:00.000Z",
    "author": {"name": "Ada L", "handle": "@ada"},
    "source": {"name": "X", "information_type": "social"},
    "content": {"title": None, "opening_text": "Two boats", "image": "https://x.test/1.jpg"},
    "content_type": "post",
    "metrics": {"views": None, "engagement": {"likes": 3, "replies": 1, "reposts": 2}},
}
FILM: dict[str, Any] = {
    "url": "http://www.youtube.com/watch?v=AAAAAAAAAA1",
    "indexed": 1712155000000,
    "search_indexed": 1712155000001,
    "published": X_TIME,
    "title": "Two boats",
    "content": "Two boats and a sail",
    "post_type": ["VIDEO"],
    "images": [{"url": "https://yt.test/1.jpg", "width": 120, "height": 90}],
    "videos": [{"url": "https://www.youtube.com/embed/AAAAAAAAAA1"}],
    "article_extended_attributes": {"youtube_views": 9, "youtube_likes": 3, "num_comments": 1},
    "extra_author_attributes": {"name": "Ada L", "short_name": "ada"},
}
LISTED: dict[str, Any] = {
    "id": "605760928",
    "type": "posts",
    "attributes": {
        "post_uid": X_ID,
        "published_at": "2024-04-03T14:25:14.000Z",
        "url": X_LINK,
        "thumbnail_url": "https://x.test/1.jpg",
        "search_data_fields": {
            "platform_name": "Twitter",
            "post_type": ["photo"],
            "sanitized_text": "two boats",
            "channel_data": {"channel_name": "Ada L", "channel_uid": "ada"},
        },
        "engagement_data": {"like_count": 3, "reply_count": 1, "retweet_count": 2},
        "post_data": {"full_text": "Two boats"},
    },
}
SENT: dict[str, Any] = {
    "channelType": "TWITTER",
    "channelMessageId": X_ID,
    "channelCreatedTime": X_TIME,
    "permalink": X_LINK,
    "senderProfile": {"name": "Ada L", "screenName": "ada"},
    "content": {"text": "Two boats", "attachment": {"type": "PHOTO", "url": "https://x.test/1.jpg"}},
}
FOLDED = {name: field for name, field in LISTED["attributes"].items() if not isinstance(field, dict)}
SHAPES: dict[str, Any] = {
    "meltwater": {"documents": [DOCUMENT]},
    "meltwater-search": {"result": {"document_count": 1, "documents": [DOCUMENT]}},
    "meltwater-table": table(
        {
            "Date": "03-Apr-2024 09:25AM",
            "URL": X_LINK,
            "Opening Text": "Two boats",
            "Hit Sentence": "boats",
            "Author Handle": "@ada",
            "Author Name": "Ada L",
            "Image": "https://x.test/1.jpg",
            "Likes": "3",
            "Replies": "1",
            "Reposts": "2",
        },
        columns="Date|Time|Document ID|URL|Opening Text|Hit Sentence",
    ),
    "brandwatch": {"resultsTotal": -1, "results": [MENTION]},
    "brandwatch-table": table(
        {
            "Query Id": "1",
            "Date": "2024-04-03 14:25:14.0",
            "Title": "Ada L (@ada)",
            "Url": X_LINK,
            "Page Type": "twitter",
            "Author": "ada",
            "Full Name": "Ada L",
            "Full Text": "Two boats",
            "Media URLs": "https://x.test/1.jpg",
            "Thread Entry Type": "post",
            "Twitter Likes": "3",
            "Twitter Reply Count": "1",
            "Twitter Retweets": "2",
        },
        columns=BRANDWATCH,
        before="Report:,Mentions\nBrand:,x\nFrom:,Mon Apr 01 00:00:00 UTC 2024\n\n",
    ),
    "junkipedia": {"data": [LISTED], "links": {"next": None}, "meta": {"total": 1}},
    "junkipedia-table": table(
        {
            **FOLDED,
            "search_data_fields.platform_name": "Twitter",
            "search_data_fields.channel_data.channel_name": "Ada L",
            "search_data_fields.channel_data.channel_uid": "ada",
            "search_data_fields.sanitized_text": "Two boats",
            "engagement_data.like_count": "3",
            "engagement_data.reply_count": "1",
            "engagement_data.retweet_count": "2",
        }
    ),
}


@pytest.mark.parametrize("shape", SHAPES)
def test_a_post_is_that_of_its_network_whichever_tool_tells_of_it(shape: str) -> None:
    taken = post(SHAPES[shape])
    assert (taken.platform, taken.urn, taken.url and taken.url.rpartition("/")[2]) == ("x", X_ID, X_ID)
    assert (taken.author_username, taken.author_name) == ("ada", "Ada L")
    assert taken.posted_at_timestamp in (X_TIME, X_TIME - 14_000)  # some tell minutes alone
    assert taken.text_content == "Two boats"
    assert taken.engagement == Engagement(reactions=3, comments=1, reposts=2)
    assert outline(taken) == [("image", "https://x.test/1.jpg")]


def test_a_film_is_a_film_and_its_picture_the_cover() -> None:
    for shape in ({"status_code": "0", "result_content": {"data": [{"data": FILM}]}}, FILM):
        taken = post(shape)
        assert (taken.platform, taken.urn, taken.author_username) == ("youtube", "AAAAAAAAAA1", "ada")
        assert (taken.text_content, taken.posted_at_timestamp) == ("Two boats and a sail", X_TIME)
        assert taken.engagement == Engagement(reactions=3, comments=1, views=9)
        assert outline(taken) == [("video", "https://www.youtube.com/watch?v=AAAAAAAAAA1")]
        assert outline(taken, "thumbnail") == [("image", "https://yt.test/1.jpg")]


def test_messages_of_sprinklr_are_posts() -> None:
    taken = post([SENT])
    assert (taken.platform, taken.urn, taken.author_name) == ("x", X_ID, "Ada L")
    assert outline(taken) == [("image", "https://x.test/1.jpg")]
    row = {"SenderScreenName": "ada", "Message": "a", "CreatedTime": X_CLOCK, "Permalink": X_LINK}
    assert post(table(row)).posted_at_timestamp == X_TIME


def test_the_table_of_meltwater_is_read_as_it_is_saved() -> None:
    rows = table(
        {"Date": "03-Apr-2024 02:25PM", "URL": X_LINK, "Hit Sentence": "«Été»", "Influencer": "@ada"},
        {"Date": "03-Apr-2024 12:05AM", "URL": "https://news.test/1", "Headline": "H", "Opening Text": "O"},
        columns=MELTWATER,
        delimiter="\t",
    )
    first, second = posts(rows.decode().encode("utf-16"))
    assert (first.text_content, first.posted_at_timestamp) == ("«Été»", X_TIME - 14_000)
    assert (second.platform, second.urn, second.text_content) == (
        "news.test",
        "https://news.test/1",
        "H\n\nO",
    )
    assert second.posted_at_timestamp == 1712102700000


@pytest.mark.parametrize(
    ("date", "clock"),
    [
        ("2024-04-03", "14:25:14"),
        ("2024-04-03", "2:25:14 PM"),
        ("03-Apr-2024", "02:25:14pm"),
        ("2024-04-03T14:25:14Z", "02:25 PM"),
        ("3-Apr-2024 2:25:14 PM", "2:25 PM"),
    ],
)
def test_a_time_of_day_may_stand_in_a_column_of_its_own(date: str, clock: str) -> None:
    row = {"Date": date, "Time": clock, "URL": "https://www.instagram.com/p/DAbcdEF/", "Opening Text": "a"}
    assert post(table(row, columns=MELTWATER)).posted_at_timestamp == X_TIME


@pytest.mark.parametrize(
    ("told", "expected"),
    [
        (X_CLOCK, X_TIME),
        (X_CLOCK_WEST, X_TIME),
        ("2024-04-03 20:10:14", X_TIME),  # Nepal
        ("2024-04-03T09:25:14-05:00", X_TIME),
        ("2024-04-05 14:25:14", X_TIME + 2 * 86_400_000),  # that of another post
        ("2024-04-03", X_TIME + 409),
        ("2024-04-04 00:00:00", X_TIME + 409),  # far in the east
        ("2024-04-05", X_TIME + (9 * 3600 + 34 * 60 + 46 + 86_400) * 1000),
        ("", X_TIME + 409),
        ("3/4/2024 14:25", X_TIME + 409),
    ],
)
def test_an_id_with_a_time_tells_the_zone_of_one_without(told: str, expected: int) -> None:
    row = {"Date": told, "URL": X_LINK, "Opening Text": "a"}
    assert post(table(row, columns=MELTWATER)).posted_at_timestamp == expected


@pytest.mark.parametrize(
    ("link", "expected"),
    [
        ("https://www.reddit.com/r/a/comments/abc/t/", "Boats\n\nTwo boats"),
        ("https://news.test/7", "Boats\n\nTwo boats"),
        (X_LINK, "Two boats"),
    ],
)
def test_what_has_a_title_has_it_in_brandwatch_too(link: str, expected: str) -> None:
    taken = post({**MENTION, "title": "Boats", "url": link, "originalUrl": link})
    assert taken.text_content == expected


def test_a_link_tells_the_name_of_an_account_of_which_the_tool_has_the_number() -> None:
    about = {**LISTED["attributes"]["search_data_fields"], "channel_data": {"channel_uid": "42"}}
    assert post({**LISTED["attributes"], "search_data_fields": about}).author_username == "ada"


def test_a_date_in_a_local_notation_is_refused_and_not_guessed() -> None:
    row = {"Date": "3/4/2024 14:25", "URL": "https://www.instagram.com/p/DAbcdEF/", "Opening Text": "a"}
    assert reasons(table(row, columns=MELTWATER)) == [
        "has its time in a local notation (such as 3/4/2024); a map says how to read it (time_format)"
    ]


@pytest.mark.parametrize(
    ("row", "expected"),
    [
        ({"Url": X_LINK, "Thread Entry Type": "share"}, "repost"),
        ({"Url": X_LINK, "Full Text": "RT @bob: Two boats", "Thread Entry Type": "post"}, "repost"),
        ({"Url": X_LINK, "Twitter Retweet of": "http://twitter.com/bob/statuses/1"}, "repost"),
        ({"Url": X_LINK, "Thread Entry Type": "reply"}, "reply"),
        ({"Url": "https://forum.test/7", "Thread Entry Type": "reply"}, "reply"),
        ({"Url": X_LINK, "Thread Entry Type": ""}, None),
    ],
)
def test_kinds_of_posts(row: dict[str, str], expected: str | None) -> None:
    assert post(table(row, columns=BRANDWATCH)).post_type == expected


@pytest.mark.parametrize(
    "row",
    [
        {"Url": "https://www.reddit.com/r/a/comments/abc/title/def/"},
        {"Url": "https://www.facebook.com/100/posts/200000?comment_id=7"},
        {"Url": "https://www.youtube.com/watch?v=AAAAAAAAAA1", "Thread Entry Type": "reply"},
    ],
)
def test_comments_are_passed_over(row: dict[str, str]) -> None:
    assert reasons(table(row, columns=BRANDWATCH)) == ["is a comment"]


def test_a_post_without_a_link_has_the_id_that_is_told() -> None:
    row = {"Page Type": "forum", "Resource Id": "77", "Full Text": "a"}
    taken = post(table(row, columns=BRANDWATCH))
    assert (taken.platform, taken.urn) == ("forum", "77")
    assert reasons(table({**row, "Resource Id": "7.7E+11"}, columns=BRANDWATCH)) == [
        "has an id that a spreadsheet has rounded (such as 1.7E+18)"
    ]
    assert reasons(table({**row, "Resource Id": ""}, columns=BRANDWATCH)) == ["has neither a link nor an id"]


def test_feeds_of_news_are_none_of_netlytic() -> None:
    row = {"guid": "1", "pubdate": X_CLOCK, "author": "ada", "title": "a", "description": "Two boats"}
    taken = post(table({**row, "link": X_LINK}))
    assert (taken.urn, taken.posted_at_timestamp, taken.text_content) == (X_ID, X_TIME, "Two boats")
    assert reasons(table({**row, "link": "https://news.test/1"})) == [
        "unknown shape: no known format has columns like these"
    ]


def test_pictures_of_authors_count_where_they_are_asked_for() -> None:
    (taken,) = outcomes([MENTION], avatars=True)
    assert isinstance(taken, ParsedPost)
    assert outline(taken, "avatar") == [("image", "https://x.test/ada.jpg")]


@pytest.mark.parametrize(
    ("link", "platform", "urn"),
    [
        ("https://www.facebook.com/100/posts/123456789", "facebook", "100_123456789"),
        ("https://www.facebook.com/ada/posts/of-boats/123456789", "facebook", "123456789"),
        ("https://www.facebook.com/permalink.php?story_fbid=123456&id=100", "facebook", "100_123456"),
        ("https://www.facebook.com/permalink.php?story_fbid=pfbid02a&id=100", "facebook", "pfbid02a"),
        ("https://www.facebook.com/groups/111/posts/22222", "facebook", "111_22222"),
        ("https://www.facebook.com/reel/123456", "facebook", "123456"),
        ("https://www.instagram.com/reel/DAbcdEF/?x=1", "instagram", "DAbcdEF"),
        ("https://www.tiktok.com/@ada/video/7300000000000000006", "tiktok", "7300000000000000006"),
        ("https://youtu.be/AAAAAAAAAA1", "youtube", "AAAAAAAAAA1"),
        ("https://www.youtube.com/shorts/AAAAAAAAAA1", "youtube", "AAAAAAAAAA1"),
        ("https://old.reddit.com/r/a/comments/abc/", "reddit", "t3_abc"),
        (
            "https://www.linkedin.com/posts/a_b-activity-7300000000000000007-x",
            "linkedin",
            "7300000000000000007",
        ),
        ("https://t.me/s/boats/12", "telegram", "boats/12"),
        ("https://bsky.app/profile/did:plc:a/post/3k", "bluesky", "at://did:plc:a/app.bsky.feed.post/3k"),
        ("https://bsky.app/profile/a.test/post/3k", "bluesky", None),
        ("https://truthsocial.com/@ada/posts/112200000000000001", "mastodon", "112200000000000001"),
        ("https://vk.com/wall-1_2", "vk", "-1_2"),
        ("https://www.threads.net/@ada/post/DAbcdEF", "threads", "DAbcdEF"),
        ("https://www.linkedin.com/posts/a_b-share-7300000000000000007-x", "linkedin", "7300000000000000007"),
        ("https://www.linkedin.com/posts/a-activity-b_c", "linkedin", None),
        ("https://www.youtube.com/someChannel", "youtube", None),
        ("https://ada.tumblr.com/post/7123456/boats-2024", "tumblr", "7123456"),
        ("https://www.tumblr.com/ada/7123456", "tumblr", "7123456"),
        ("https://www.tumblr.com/ada", "tumblr", None),
        ("https://9gag.com/gag/aB1cD2e", "9gag", "aB1cD2e"),
        ("https://www.news.test/a", "news.test", None),
    ],
)
def test_links_tell_networks_and_ids(link: str, platform: str, urn: str | None) -> None:
    told = linked(link)
    assert told is not None
    assert (told.platform, told.urn, told.is_comment) == (platform, urn, False)
