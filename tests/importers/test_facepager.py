"""Posts in tables of Facepager: nodes with columns that people chose out of answers of APIs."""

from __future__ import annotations

import csv
import io
from typing import Any

import pytest

from social_tui.exports import Engagement, ParsedPost, Rejection
from tests.importers.taking import outcomes, outline, post, reasons

NODE = ("level", "id", "parent_id", "object_id", "object_type", "object_key", "query_status", "query_time")
AROUND = "is a seed of Facepager, or what an answer holds around its posts"
OTHER = "is a comment, an account or another object that is no post"


def table(query: str, *objects: dict[str, str], kind: str = "data") -> bytes:
    """Make a table with a seed, an offcut and some objects, as Facepager writes it."""
    text = io.StringIO()
    columns = list(dict.fromkeys(name for each in objects for name in each if name != "object_id"))
    rows: Any = csv.writer(text, delimiter=";", quoting=csv.QUOTE_ALL, lineterminator="\r\n")
    rows.writerow([*NODE, "query_type", *columns])
    rows.writerow(["0", "1", "", "adaboats", "seed", "", "", "", "", *[""] * len(columns)])
    for number, each in enumerate(objects, 2):
        told = [
            "1",
            str(number),
            "1",
            each["object_id"],
            kind,
            "data",
            "fetched (200)",
            "2020-01-02 10:00:00.1",
        ]
        rows.writerow([*told, query, *(each.get(name, "") for name in columns)])
    rows.writerow(["1", "9", "1", "", "offcut", "", "fetched (200)", "", query, *[""] * len(columns)])
    return text.getvalue().encode("utf-8-sig")


def only(data: bytes) -> ParsedPost:
    seed, taken, offcut = outcomes(data)
    assert [getattr(each, "reason", None) for each in (seed, offcut)] == [AROUND, AROUND]
    assert isinstance(taken, ParsedPost), taken
    return taken


def test_posts_of_facebook() -> None:
    taken = only(
        table(
            "Facebook:/<page-id>/posts",
            {
                "object_id": "100_200",
                "message": "Two boats; one sail",
                "created_time": "2020-01-01T10:00:00+0000",
                "from.name": "Ada L",
                "shares": '{"count": 2}',
                "reactions.summary.total_count": "3",
                "comments.summary.total_count": "1",
                "full_picture": "https://fb.test/1.jpg",
            },
        )
    )
    assert (taken.platform, taken.urn, taken.author_name) == ("facebook", "100_200", "Ada L")
    assert (taken.text_content, taken.posted_at_timestamp) == ("Two boats; one sail", 1577872800000)
    assert taken.engagement == Engagement(reactions=3, comments=1, reposts=2)
    assert outline(taken) == [("image", "https://fb.test/1.jpg")]


def test_a_column_of_the_object_with_the_name_of_one_of_the_node_does_not_cost_the_table() -> None:
    taken = only(
        table(
            "Twitter:/search/tweets",
            {
                "object_id": "1100000000000000001",
                "id": "1100000000000000001",
                "created_at": "Wed Jan 01 10:00:00 +0000 2020",
                "text": "Two boats",
                "user.screen_name": "ada",
                "favorite_count": "3",
                "entities": '{"media": [{"type": "photo", "media_url_https": "https://x.test/1.jpg"}]}',
            },
        )
    )
    assert (taken.platform, taken.urn, taken.author_username) == ("x", "1100000000000000001", "ada")
    assert (taken.engagement.reactions, outline(taken)) == (3, [("image", "https://x.test/1.jpg")])


def test_wide_tables_are_read_by_the_level_of_their_rows() -> None:
    told = {
        "lvl_0_message": "",
        "lvl_1_message": "Two boats",
        "lvl_1_created_time": "2020-01-01T10:00:00+0000",
    }
    taken = only(table("Facebook:/<page-id>/posts", {"object_id": "100_200", **told}))
    assert (taken.urn, taken.text_content) == ("100_200", "Two boats")


def test_posts_of_the_second_api_of_x() -> None:
    taken = only(
        table(
            "Twitter:/tweets/search/recent",
            {
                "object_id": "1100000000000000001",
                "created_at": "2019-02-25T11:50:11.000Z",
                "text": "RT @bob: Two boats",
                "author_id": "1",
                "public_metrics.like_count": "3",
                "public_metrics.retweet_count": "2",
                "referenced_tweets": '[{"type": "retweeted", "id": "7"}]',
            },
        )
    )
    assert (taken.author_username, taken.post_type) == ("1", "repost")
    assert taken.engagement == Engagement(reactions=3, reposts=2)


@pytest.mark.parametrize(
    "named", [{"object_id": "AAAAAAAAAA1"}, {"object_id": "x", "id.videoId": "AAAAAAAAAA1"}]
)
def test_videos_of_youtube(named: dict[str, str]) -> None:
    told = {"snippet.title": "Two boats", "snippet.publishedAt": "2020-01-01T10:00:00Z"}
    taken = only(table("YouTube:search", {**named, **told, "statistics.viewCount": "9"}))
    assert (taken.platform, taken.urn, taken.engagement.views) == ("youtube", "AAAAAAAAAA1", 9)


@pytest.mark.parametrize(
    ("query", "row"),
    [
        ("Facebook:/<post-id>/comments", {"message": "yes", "created_time": "2020-01-01T10:00:00+0000"}),
        ("Facebook:/<page-id>", {"name": "Ada"}),
        ("Twitter:/followers/list", {"screen_name": "ada"}),
        ("YouTube:commentThreads", {"snippet.topLevelComment.snippet.textDisplay": "yes"}),
    ],
)
def test_what_is_no_post_is_passed_over(query: str, row: dict[str, str]) -> None:
    assert reasons(table(query, {"object_id": "1", **row})) == [AROUND, OTHER, AROUND]


@pytest.mark.parametrize(
    ("row", "platform", "urn", "reactions"),
    [
        (
            {
                "object_id": "t3_abc12",
                "kind": "t3",
                "data.name": "t3_abc12",
                "data.title": "Two boats",
                "data.created_utc|timestamp": "2020-01-01 10:00:00",
                "data.ups": "3",
                "data.subreddit": "boats",
                "data.permalink": "/r/boats/comments/abc12/a/",
                "data.url": "https://www.reddit.com/r/boats/comments/abc12/a/",
                "data.num_comments": "1",
            },
            "reddit",
            "t3_abc12",
            None,
        ),
        (
            {
                "object_id": "111",
                "created_at": "2020-01-01T10:00:00.000Z",
                "account.acct": "ada",
                "content": "<p>Two boats</p>",
                "replies_count": "1",
                "reblogs_count": "2",
                "favourites_count": "3",
                "uri": "https://m.test/users/ada/statuses/111",
            },
            "mastodon",
            "111",
            3,
        ),
        (
            {
                "object_id": "100_200",
                "platformId": "100_200",
                "platform": "Facebook",
                "date": "2020-01-01 10:00:00",
                "account.name": "Ada L",
                "message": "Two boats",
                "postUrl": "https://www.facebook.com/100/posts/200",
                "statistics.actual.likeCount": "3",
            },
            "facebook",
            "100_200",
            3,
        ),
    ],
    ids=["reddit", "mastodon", "crowdtangle"],
)
def test_presets_for_other_networks(
    row: dict[str, str], platform: str, urn: str, reactions: int | None
) -> None:
    taken = only(table("Generic:https://api.test/posts", row))
    assert (taken.platform, taken.urn, taken.text_content) == (platform, urn, "Two boats")
    assert reactions in (taken.engagement.reactions, None)


def test_other_apis_are_refused_with_what_can_read_them() -> None:
    _, refused, _ = outcomes(table("Amazon:/bucket", {"object_id": "1", "a": "b"}))
    assert isinstance(refused, Rejection)
    assert refused.reason == "is of an API that is not read in tables of Facepager; a map can read it"


def test_an_id_that_a_spreadsheet_rounded_is_told() -> None:
    row = {"object_id": "1.7E+18", "message": "Two boats"}
    assert reasons(table("Facebook:/<page-id>/posts", row)) == [
        AROUND,
        "has an id that a spreadsheet has rounded (such as 1.7E+18)",
        AROUND,
    ]


def test_a_type_that_is_no_text_is_no_fault() -> None:
    row = {"level": 1, "id": 2, "object_type": [], "query_type": "Facebook:/<page-id>/posts"}
    assert reasons(row) == [OTHER]


def test_other_tables_with_levels_are_none_of_facepager() -> None:
    assert post(b"ID,Timestamp,Contents,Attachments,level\n7,,a,,1\n").platform == "discord"
