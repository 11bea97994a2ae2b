"""What is read off posts of the Apify LinkedIn actors: authors, ids, times, words and figures."""

from __future__ import annotations

import json
from typing import Any

import pytest

from social_tui.errors import ImportRefusedError
from social_tui.importers import parse_post
from social_tui.importers.apify_linkedin import sniff
from tests.importers.linkedin_posts import FIXTURES, load, parse, post
from tests.importers.taking import nested, outline
from tests.importers.taking import post as one_post

__all__ = ["post"]


def test_the_fields_of_a_post() -> None:
    first = load("profile_posts.json")[0]
    assert first.platform == "linkedin"
    assert first.urn == "7400000000000000001"
    assert first.full_urn == "urn:li:activity:7400000000000000001"
    assert first.posted_at_timestamp == 1764297485351
    assert (first.author_username, first.author_name) == ("mira-okafor", "Mira Okafor")
    assert first.text_content == "Three views of the same bridge. Une journée claire, 一座桥, 🌉"
    assert first.post_type == "regular"
    assert first.url == "https://www.linkedin.com/posts/mira-okafor_bridges-activity-7400000000000000001-AbCd"
    assert first.engagement._asdict() == {"reactions": 12, "comments": 3, "reposts": 1, "views": None}
    assert first.stats["celebrate"] == 0
    assert first.nested == ()


def test_a_post_of_a_company() -> None:
    (company,) = load("company_posts.json")
    assert company.urn == "7400000000000000007"
    assert (company.author_username, company.author_name) == ("fernmoor", "Fernmoor Instruments")
    assert company.url == "https://www.linkedin.com/posts/fernmoor_new-activity-7400000000000000007-AbCi"
    assert [(each.role, each.height) for each in company.media] == [("main", 1453), ("main", 1454)]
    assert company.engagement._asdict() == {
        "reactions": 2,
        "comments": None,
        "reposts": None,
        "views": None,
    }


def test_a_company_without_a_user_name_is_named_by_its_page() -> None:
    repost = load("profile_posts.json")[2]
    assert (repost.author_username, repost.author_name) == ("fernmoor", "Fernmoor Instruments")


@pytest.mark.parametrize(
    ("name", "urns"),
    [
        ("older_tool_wrapper.json", ["7400000000000000001", "7400000000000000002"]),
        ("api_wrapper.json", ["7400000000000000006"]),
        ("single_post.json", ["7400000000000000005"]),
        ("posts.jsonl", ["7400000000000000001", "7400000000000000002", "7400000000000000003"]),
    ],
)
def test_every_wrapping_gives_the_same_posts(name: str, urns: list[str]) -> None:
    assert [each.urn for each in load(name)] == urns


@pytest.mark.parametrize("name", ["profile_posts.json", "older_tool_wrapper.json", "posts.jsonl"])
def test_the_raw_text_is_a_slice_of_the_file(name: str) -> None:
    whole = (FIXTURES / name).read_text(encoding="utf-8")
    for each in load(name):
        assert each.raw_json in whole
        assert parse_post(json.loads(each.raw_json), each.raw_json) == each


def test_a_repost_is_known_by_its_own_activity_never_by_the_original(post: dict[str, Any]) -> None:
    repost = load("profile_posts.json")[2]
    assert repost.urn == "7400000000000000003"
    assert repost.full_urn == "urn:li:activity:7390000000000000033"
    post |= {"post_type": "repost", "urn": {"activity_urn": None, "share_urn": "7390000000000000033"}}
    with pytest.raises(ImportRefusedError, match="has no activity id"):
        parse(post)


@pytest.mark.parametrize(
    ("urn", "expected"),
    [
        ("7400000000000000001", "7400000000000000001"),
        ("urn:li:activity:7400000000000000001", "7400000000000000001"),
        (7400000000000000001, "7400000000000000001"),
        ({"activity_urn": "urn:li:activity:7400000000000000001"}, "7400000000000000001"),
        (
            {"activity_urn": None, "share_urn": None, "ugcPost_urn": "7400000000000000022"},
            "7400000000000000022",
        ),
        ({"activity_urn": "", "share_urn": "7400000000000000023"}, "7400000000000000023"),
    ],
)
def test_the_id_in_all_its_spellings(post: dict[str, Any], urn: object, expected: str) -> None:
    assert parse(post | {"urn": urn}).urn == expected


@pytest.mark.parametrize(
    "urn", [None, "", " ", {}, [], True, 7.4e18, -1, {"activity_urn": {}}, "a b", "x" * 101]
)
def test_a_post_without_an_id_is_refused(post: dict[str, Any], urn: object) -> None:
    with pytest.raises(ImportRefusedError, match="has no activity id"):
        parse(post | {"urn": urn})


def test_a_post_without_any_trace_of_an_id_is_still_recognised(post: dict[str, Any]) -> None:
    bare = {name: value for name, value in post.items() if name not in ("urn", "full_urn")}
    assert sniff(bare)
    with pytest.raises(ImportRefusedError, match="has no activity id"):
        parse(bare)


@pytest.mark.parametrize(
    ("posted_at", "expected"),
    [
        ({"date": "2025-11-28 02:39:02", "timestamp": 1764297485351}, 1764297485351),
        ({"date": "2025-11-28 02:39:02", "timestamp": "1764297485351"}, 1764297485351),
        ({"timestamp": 1764297485}, 1764297485000),
        ("2025-11-28T02:38:05.351Z", 1764297485351),
        # Without a timestamp the id says when it was given; a date without a zone says nothing.
        ({"date": "2025-11-28 02:39:02"}, 1764297485351),
        ({"timestamp": 10**30}, 1764297485351),
        ("2025-11-28 02:39:02", 1764297485351),
        (None, 1764297485351),
    ],
)
def test_the_time_of_a_post(post: dict[str, Any], posted_at: object, expected: int) -> None:
    given_then = str((1764297485351 << 22) + 5)
    assert parse(post | {"posted_at": posted_at, "urn": given_then}).posted_at_timestamp == expected


def test_a_type_that_is_no_word_is_unknown(post: dict[str, Any]) -> None:
    assert [parse(post | {"post_type": kind}).post_type for kind in ("poll", "x" * 101, 3)] == [
        "poll",
        None,
        None,
    ]


def test_a_time_that_nothing_tells_is_unknown(post: dict[str, Any]) -> None:
    assert (
        parse(post | {"posted_at": {"date": "2025-11-28 02:39:02"}, "urn": "12"}).posted_at_timestamp is None
    )


def test_posts_of_further_actors_have_their_media_and_figures() -> None:
    taken = one_post(
        [
            {
                "urn": "urn:li:activity:7100000000000000001",
                "url": "https://www.linkedin.com/feed/update/urn:li:activity:7100000000000000001",
                "text": "Two",
                "timeSincePosted": "1d",
                "postedAtISO": "2024-01-02T03:04:05.000Z",
                "type": "image",
                "images": ["https://li.test/1.jpg", {"url": "https://li.test/2.jpg"}],
                "linkedinVideo": {
                    "videoPlayMetadata": {
                        "progressiveStreams": [
                            {"bitRate": 5, "streamingLocations": [{"url": "https://li.test/5.mp4"}]},
                            {"bitRate": 9, "streamingLocations": [{"url": "https://li.test/9.mp4"}]},
                        ]
                    }
                },
                "authorFullName": "Ada L.",
                "authorProfileUrl": "https://www.linkedin.com/in/ada",
                "author": {"firstName": "Ada", "lastName": "L.", "publicId": "ada"},
                "numLikes": 3,
                "numComments": 2,
                "numShares": 1,
                "resharedPost": {
                    "urn": "urn:li:activity:7100000000000000009",
                    "text": "Shared",
                    "authorName": "Bob",
                    "images": ["https://li.test/b.jpg"],
                },
            }
        ]
    )
    assert (taken.urn, taken.author_username, taken.author_name) == ("7100000000000000001", "ada", "Ada L.")
    assert (taken.posted_at_timestamp, taken.post_type) == (1704164645000, "image")
    assert taken.engagement._asdict() == {"reactions": 3, "comments": 2, "reposts": 1, "views": None}
    assert outline(taken) == [
        ("image", "https://li.test/1.jpg"),
        ("image", "https://li.test/2.jpg"),
        ("video", "https://li.test/9.mp4"),
    ]
    assert nested(taken) == [("reshared", "7100000000000000009")]
    assert outline(taken.nested[0].post) == [("image", "https://li.test/b.jpg")]
