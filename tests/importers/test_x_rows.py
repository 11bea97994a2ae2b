"""Posts of X in tables: of DMI-TCAT, NodeXL, Vicinitas, X's analytics, and what pandas made of objects."""

from __future__ import annotations

import csv
import io
from datetime import UTC, datetime
from typing import Any

import pytest

from social_tui.exports import Engagement
from tests.importers.taking import media, nested, outline, post, posts, reasons

ID = "1100000000000000001"
#: What the clock said in UTC when that id was given, to the second.
TIME, CLOCK = 1551095411000, "2019-02-25 11:50:11"
TCAT = (
    "id,time,created_at,from_user_name,text,filter_level,retweet_count,favorite_count,lang,to_user_name,"
    "in_reply_to_status_id,quoted_status_id,from_user_id,from_user_realname,from_user_profile_image_url,"
    "from_user_followercount,media_urls,media_type,photo_sizes_width,photo_sizes_height,hashtags"
)
NODEXL = (
    "Vertex 1,Vertex 2,Relationship,Tweet,Media in Tweet,Tweet Date (UTC),Imported ID,In-Reply-To Tweet ID"
)
VICINITAS = (
    "Tweet Id,Text,Name,Screen Name,UTC,Created At,Favorites,Retweets,Language,Client,Tweet Type,"
    "Media Type,Media URL 1,Media URL 2"
)


def table(columns: str, *rows: dict[str, Any], delimiter: str = ",") -> bytes:
    text = io.StringIO()
    writer = csv.DictWriter(text, columns.split(","), restval="", delimiter=delimiter)
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue().encode("utf-8-sig")


def tcat(**row: str) -> dict[str, str]:
    return {"id": ID, "time": str(TIME // 1000), "from_user_name": "ada", "text": "Two boats", **row}


@pytest.mark.parametrize("delimiter", [",", "\t"])
def test_posts_of_tcat_have_their_media(delimiter: str) -> None:
    row = tcat(
        favorite_count="3",
        retweet_count="2",
        from_user_realname="Ada L",
        media_urls="https://pbs.twimg.com/media/A.jpg; https://pbs.twimg.com/media/B.jpg",
        media_type="photo; photo",
        photo_sizes_width="1200; 800",
        photo_sizes_height="600; 400",
    )
    taken = post(table(TCAT, row, delimiter=delimiter))
    assert (taken.urn, taken.author_username, taken.author_name) == (ID, "ada", "Ada L")
    assert (taken.posted_at_timestamp, taken.post_type, taken.text_content) == (TIME, "regular", "Two boats")
    assert taken.engagement == Engagement(reactions=3, reposts=2)
    assert [(each.url, each.width, each.height) for each in media(taken)] == [
        ("https://pbs.twimg.com/media/A.jpg", 1200, 600),
        ("https://pbs.twimg.com/media/B.jpg", 800, 400),
    ]


def test_kinds_of_posts_of_tcat() -> None:
    link = "https://pbs.twimg.com/media/A.jpg"
    repost, reply, quote, film = posts(
        table(
            TCAT,
            tcat(text="RT @bob: Two boats", media_urls=link, media_type="photo"),
            tcat(text="@bob yes", to_user_name="bob", in_reply_to_status_id="7"),
            tcat(text="look", quoted_status_id="7"),
            tcat(text="RT by hand", media_urls="https://video.twimg.com/1.mp4", media_type="video"),
        )
    )
    kinds = [each.post_type for each in (repost, reply, quote, film)]
    assert kinds == ["repost", "reply", "quote", "regular"]
    assert (outline(repost), outline(repost, "reshared")) == ([], [("image", link)])
    assert outline(film) == [("video", "https://video.twimg.com/1.mp4")]


@pytest.mark.parametrize(
    "columns", ["tweet_id,hashtag", "tweet_id,url,url_expanded,url_followed"], ids=["hashtags", "links"]
)
def test_lists_of_what_posts_have_are_passed_over(columns: str) -> None:
    assert reasons(table(columns, {"tweet_id": ID})) == ["is a hashtag, a link or a mention of a post"]


def test_edges_of_nodexl_are_the_post_that_they_stand_for() -> None:
    edge = {
        "Vertex 1": "ada",
        "Vertex 2": "bob",
        "Relationship": "Mentions",
        "Tweet": "@bob @eve Two boats",
        "Media in Tweet": "https://pbs.twimg.com/media/A.jpg https://pbs.twimg.com/media/B.jpg",
        "Tweet Date (UTC)": "2/25/2019 11:50",
        "Imported ID": ID,
    }
    first, second = posts(table(NODEXL, edge, {**edge, "Vertex 2": "eve"}))
    assert first.urn == second.urn == ID
    assert (first.author_username, first.posted_at_timestamp) == ("ada", TIME + 668)
    assert len(outline(first)) == 2
    assert reasons(table(NODEXL, {"Vertex 1": "a", "Vertex 2": "b", "Relationship": "Followed"})) == [
        "is an edge between two accounts without a post"
    ]


def test_an_id_that_a_spreadsheet_rounded_is_told_as_damaged() -> None:
    assert reasons(table(VICINITAS, {"Tweet Id": "1.1E+18", "Text": "a"})) == [
        "has an id that a spreadsheet has rounded (such as 1.7E+18)"
    ]


def test_posts_of_vicinitas() -> None:
    row = {
        "Tweet Id": ID,
        "Text": "Two boats",
        "Screen Name": "ada",
        "UTC": "2019-02-25T11:50:11.000Z",
        "Favorites": "3",
        "Tweet Type": "Reply",
        "Media Type": "animated_gif",
        "Media URL 1": "https://pbs.twimg.com/tweet_video_thumb/A.jpg",
    }
    taken = post(table(VICINITAS, row))
    assert (taken.posted_at_timestamp, taken.post_type, taken.engagement.reactions) == (TIME, "reply", 3)
    assert [each.media_type for each in media(taken)] == ["video"]


@pytest.mark.parametrize(
    "row",
    [
        {
            "Tweet id": ID,
            "Tweet permalink": f"https://twitter.com/ada/status/{ID}",
            "Tweet text": "Two boats",
            "time": "2019-02-25 11:50 +0000",
            "impressions": "9.0",
            "likes": "3.0",
            "promoted impressions": "-",
        },
        {
            "Post id": ID,
            "Date": "Mon, Feb 25, 2019",
            "Post text": "Two boats",
            "Post Link": f"https://x.com/ada/status/{ID}",
            "Impressions": "9",
            "Likes": "3",
        },
    ],
)
def test_tables_of_the_analytics_of_x(row: dict[str, str]) -> None:
    taken = post(table(",".join(row), row))
    assert (taken.urn, taken.author_username, taken.text_content) == (ID, "ada", "Two boats")
    assert taken.posted_at_timestamp in (TIME - 11_000, TIME + 668)
    assert taken.engagement == Engagement(reactions=3, views=9)


ADA = {"username": "ada", "id": 1, "displayname": "Ada L", "created": datetime(2011, 1, 2, tzinfo=UTC)}
OLDER = {
    "url": "https://twitter.com/bob/status/7",
    "date": datetime(2019, 2, 24, tzinfo=UTC),
    "rawContent": "Older",
    "renderedContent": "Older",
    "id": 7,
    "conversationId": 7,
    "user": {"username": "bob"},
    "media": None,
}


def test_tables_that_pandas_made_of_snscrape_have_its_objects() -> None:
    row = {
        "": "0",
        "url": f"https://twitter.com/ada/status/{ID}",
        "date": f"{CLOCK}+00:00",
        "rawContent": "Two boats",
        "renderedContent": "Two boats",
        "id": ID,
        "user": repr(ADA),
        "likeCount": "3",
        "conversationId": ID,
        "media": repr([{"fullUrl": "https://pbs.twimg.com/media/A", "altText": "Ada's boat"}]),
        "quotedTweet": repr(OLDER),
        "inReplyToTweetId": "",
    }
    taken = post(table(",".join(row), row))
    assert (taken.author_username, taken.author_name, taken.posted_at_timestamp) == ("ada", "Ada L", TIME)
    assert outline(taken) == [("image", "https://pbs.twimg.com/media/A")]
    assert media(taken)[0].alt_text == "Ada's boat"
    assert nested(taken) == [("quoted", "7")]
    # Where people took members of the posts themselves, Python's objects are printed.
    film = "VideoVariant(contentType='video/mp4', url='https://video.twimg.com/b.mp4', bitrate=832000)"
    printed = (
        "[Photo(previewUrl='https://pbs.twimg.com/media/a', fullUrl='https://pbs.twimg.com/media/A'), "
        f"Video(thumbnailUrl='https://pbs.twimg.com/c.jpg', variants=[{film}], duration=2.5, views=None)]"
    )
    shorter = {**row, "user": "https://twitter.com/ada", "quotedTweet": "", "media": printed}
    taken = post(table(",".join(row), shorter))
    assert taken.author_username == "ada"
    assert outline(taken) == [
        ("image", "https://pbs.twimg.com/media/A"),
        ("video", "https://video.twimg.com/b.mp4"),
    ]


def test_what_tutorials_write_is_read() -> None:
    row = {"": "0", "Datetime": f"{CLOCK}+00:00", "Tweet Id": ID, "Text": "Two boats", "Username": "ada"}
    taken = post(table(",".join(row), row))
    assert (taken.urn, taken.author_username, taken.author_name) == (ID, "ada", None)
    assert (taken.posted_at_timestamp, taken.text_content) == (TIME, "Two boats")


def test_tables_that_pandas_made_of_tweepys_answers_have_their_figures_and_kinds() -> None:
    row = {
        "": "0",
        "edit_history_tweet_ids": repr([ID]),
        "id": ID,
        "text": "RT @bob: Two boats",
        "created_at": f"{CLOCK}+00:00",
        "author_id": "1",
        "public_metrics": repr({"retweet_count": 2, "reply_count": 1, "like_count": 3}),
        "referenced_tweets": "[<ReferencedTweet id=7 type=retweeted]",
        "attachments": repr({"media_keys": ["7_1"]}),
    }
    taken = post(table(",".join(row), row))
    assert (taken.post_type, taken.posted_at_timestamp) == ("repost", TIME)
    assert taken.engagement == Engagement(reactions=3, comments=1, reposts=2)
    assert [each.media_type for each in media(taken)] == ["video"]


@pytest.mark.parametrize("is_flat", [True, False])
def test_tables_that_pandas_made_of_classic_posts_have_their_authors_and_media(is_flat: bool) -> None:
    pictures = [{"id_str": "9", "type": "photo", "media_url_https": "https://pbs.twimg.com/media/A.jpg"}]
    user = {"screen_name": "ada", "name": "Ada L"}
    row = {
        "": "0",
        "created_at": "Mon Feb 25 11:50:11 +0000 2019",
        "id_str": ID,
        "full_text": "Two boats",
        "is_quote_status": "False",
        "retweeted": "False",
        "favorited": "False",
        "retweet_count": "2",
        "favorite_count": "3",
    }
    if is_flat:
        row |= {f"user.{name}": value for name, value in user.items()}
        row |= {"entities.hashtags": "[]", "entities.media": repr(pictures)}
    else:
        row |= {"user": repr(user), "entities": repr({"hashtags": [], "media": pictures})}
    taken = post(table(",".join(row), row))
    assert (taken.author_username, taken.author_name, taken.post_type) == ("ada", "Ada L", "regular")
    assert (taken.posted_at_timestamp, taken.engagement.reactions) == (TIME, 3)
    assert outline(taken) == [("image", "https://pbs.twimg.com/media/A.jpg")]


def test_what_a_post_says_is_no_yes_or_no() -> None:
    row = {
        "id_str": ID,
        "created_at": "Mon Feb 25 11:50:11 +0000 2019",
        "full_text": "True",
        "user": "{'screen_name': 'ada', 'name': 'False'}",
        "is_quote_status": "True",
        "retweet_count": "2",
        "favorite_count": "3",
    }
    taken = post(table(",".join(row), row))
    assert (taken.text_content, taken.author_name, taken.post_type) == ("True", "False", "quote")


def test_tables_that_r_wrote() -> None:
    rtweet = {
        "user_id": "x1",
        "status_id": f"x{ID}",
        "created_at": CLOCK,
        "screen_name": "ada",
        "text": "Two boats",
        "is_quote": "FALSE",
        "is_retweet": "FALSE",
        "favorite_count": "3",
        "retweet_count": "2",
        "reply_count": "NA",
        "reply_to_status_id": "NA",
        "media_url": "http://pbs.twimg.com/media/A.jpg",
        "ext_media_url": "http://pbs.twimg.com/media/A.jpg http://pbs.twimg.com/media/B.jpg",
        "media_type": "photo",
        "name": "Ada L",
    }
    taken = post(table(",".join(rtweet), rtweet))
    assert (taken.urn, taken.author_username, taken.author_name, taken.post_type) == (
        ID,
        "ada",
        "Ada L",
        "regular",
    )
    assert (taken.posted_at_timestamp, taken.engagement) == (TIME, Engagement(reactions=3, reposts=2))
    assert len(outline(taken)) == 2
    tidy = {
        "tweet_id": ID,
        "user_username": "ada",
        "text": "Two boats",
        "created_at": "2019-02-25T11:50:11.000Z",
        "author_id": "1",
        "like_count": "1,003",
        "sourcetweet_type": "quoted",
    }
    taken = post(table(",".join(tidy), tidy))
    assert (taken.urn, taken.post_type, taken.engagement.reactions) == (ID, "quote", 1003)
    # A fraction with a comma, such as a rate, is none of these.
    assert post(table(",".join(tidy), {**tidy, "like_count": "0,123"})).engagement.reactions is None


def test_figures_beside_the_others_count_in_tables_of_the_second_api() -> None:
    row = {
        "id": ID,
        "text": "a",
        "author_id": "1",
        "conversation_id": ID,
        "like_count": "3",
        "retweet_count": "2",
    }
    assert post(table(",".join(row), row)).engagement == Engagement(reactions=3, reposts=2)


@pytest.mark.parametrize("rounded", ["1.1E+18", "1100000000000000000", ""])
def test_an_id_that_a_spreadsheet_rounded_is_taken_out_of_the_link(rounded: str) -> None:
    link = f"https://twitter.com/ada/status/{ID}"
    row = {"Tweet id": rounded, "Tweet permalink": link, "Tweet text": "a", "time": "", "impressions": ""}
    assert post(table(",".join(row), row)).urn == ID
    names = "id,created_at,text,user_screen_name,tweet_type,media,retweet_count,favorite_count"
    twarc = dict.fromkeys(names.split(","), "") | {"id": rounded, "text": "a", "tweet_url": link}
    assert post(table(f"{names},tweet_url", twarc)).urn == ID


def test_an_id_beside_the_link_of_another_post_stays() -> None:
    row = {"Tweet id": ID, "Tweet permalink": "https://twitter.com/ada/status/7", "Tweet text": "a"}
    row |= {"time": "", "impressions": ""}
    assert post(table(",".join(row), row)).urn == ID
