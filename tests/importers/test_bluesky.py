"""Bluesky: feeds, posts, threads, records and the stream of records."""

from __future__ import annotations

from typing import Any

import pytest

from social_tui.importers.bluesky_cid import cid
from tests.importers.examples import BLUESKY, BLUESKY_IMAGES, BLUESKY_RECORD
from tests.importers.taking import media, nested, outcomes, outline, post, posts, reasons

VIEW: dict[str, Any] = BLUESKY["post"]


def view(key: str, embed: dict[str, Any] | None = None) -> dict[str, Any]:
    return {**VIEW, "uri": f"at://did:plc:abc/app.bsky.feed.post/{key}", "embed": embed or {}}


def test_a_post() -> None:
    taken = post(BLUESKY, avatars=True)
    assert (taken.platform, taken.urn, taken.full_urn) == ("bluesky", VIEW["uri"], "bafyrei")
    assert (taken.author_username, taken.author_name) == ("cat.bsky.test", "Cat")
    assert taken.text_content == "Two pictures of a quote"
    assert taken.posted_at_timestamp == 1709287200000
    assert taken.url == "https://bsky.app/profile/cat.bsky.test/post/3kaaa"
    assert taken.engagement._asdict() == {"reactions": 4, "comments": 1, "reposts": 2, "views": None}
    assert (taken.post_type, nested(taken)) == (
        "quote",
        [("quoted", "at://did:plc:xyz/app.bsky.feed.post/3kbbb")],
    )
    assert outline(taken, "avatar") == [("image", "https://cdn.bsky.test/avatar")]


def test_the_media_of_a_post_and_of_the_post_that_it_quotes() -> None:
    taken = post(BLUESKY)
    assert outline(taken) == [
        ("image", "https://cdn.bsky.test/full/1"),
        ("image", "https://cdn.bsky.test/full/2"),
    ]
    assert (media(taken)[0].width, media(taken)[0].alt_text, media(taken)[1].alt_text) == (
        1200,
        "A cat",
        None,
    )
    assert outline(taken, "reshared") == []
    quoted = taken.nested[0].post
    assert (quoted.author_username, quoted.text_content) == ("dog.bsky.test", "A film")
    assert outline(quoted) == [("video", "https://video.bsky.test/playlist.m3u8")]
    assert outline(quoted, "thumbnail") == [("image", "https://video.bsky.test/thumbnail.jpg")]


@pytest.mark.parametrize(
    ("embed", "role", "expected"),
    [
        (
            {"$type": "app.bsky.embed.video#view", "cid": "b", "playlist": "https://v/p.m3u8", "thumbnail": "https://v/t"},
            "thumbnail",
            [("image", "https://v/t")],
        ),
        (
            {"$type": "app.bsky.embed.gallery#view", "items": [{"fullsize": "https://i/1"}, {"thumbnail": "https://i/2"}]},
            "main",
            [("image", "https://i/1"), ("image", "https://i/2")],
        ),
        (
            {"$type": "app.bsky.embed.external#view", "external": {"uri": "https://e", "thumb": "https://e/t"}},
            "article",
            [("image", "https://e/t")],
        ),
        ({"$type": "app.bsky.embed.external#view", "external": {"uri": "https://e"}}, "article", []),
        ({"$type": "app.bsky.embed.video", "video": {"ref": {"$link": "c"}}}, "main",
         [("video", "https://video.bsky.app/watch/did:plc:abc/c/playlist.m3u8")]),
        ({"$type": "app.bsky.embed.record#view", "record": {"$type": "app.bsky.graph.defs#listView"}}, "main",
         []),
        ({"$type": "app.bsky.embed.unknown"}, "main", []),
    ],
)  # fmt: skip
def test_every_kind_of_embed(embed: dict[str, Any], role: str, expected: list[tuple[str, str]]) -> None:
    assert outline(post(view("1", embed)), role) == expected


def test_a_record_without_its_view_has_the_addresses_of_its_blobs() -> None:
    taken = post(BLUESKY_RECORD)
    assert (taken.author_username, taken.post_type) == ("did:plc:abc", "reply")
    assert outline(taken) == [
        ("image", "https://cdn.bsky.app/img/feed_fullsize/plain/did:plc:abc/bafkimage@jpeg"),
        ("image", "https://cdn.bsky.app/img/feed_fullsize/plain/did:plc:abc/bafkold@jpeg"),
    ]
    assert [each.provider_media_id for each in media(taken)] == ["bafkimage", "bafkold"]


def test_the_stream_of_records() -> None:
    commit = {"operation": "create", "rkey": "3kddd", "record": BLUESKY_RECORD["value"], "cid": "x"}
    taken = post({"did": "did:plc:abc", "time_us": 1, "kind": "commit", "commit": commit})
    assert taken.urn == "at://did:plc:abc/app.bsky.feed.post/3kddd"


@pytest.mark.parametrize(
    "answer",
    [
        {"feed": [BLUESKY]},
        {"posts": [VIEW]},
        {"records": [BLUESKY_RECORD]},
        {"thread": {"post": VIEW, "replies": []}},
    ],
)
def test_the_answers_of_the_api(answer: dict[str, Any]) -> None:
    assert post(answer).platform == "bluesky"


def test_a_thread_gives_the_posts_above_the_post_and_all_answers() -> None:
    gone = {"$type": "app.bsky.feed.defs#notFoundPost", "uri": "at://x", "notFound": True}
    thread = {
        "$type": "app.bsky.feed.defs#threadViewPost",
        "post": view("root"),
        "parent": {"post": view("above"), "parent": {"post": view("top")}},
        "replies": [{"post": view("1"), "replies": [{"post": view("1a")}]}, gone, {"post": view("2")}],
    }
    found = outcomes({"thread": thread})
    assert [getattr(each, "urn", "gone").rpartition("/")[2] for each in found] == [
        *("top", "above", "root", "1", "1a", "gone", "2")
    ]


def test_a_flat_thread() -> None:
    item = {"$type": "app.bsky.unspecced.defs#threadItemPost", "post": VIEW}
    gone = {"$type": "app.bsky.unspecced.defs#threadItemNotFound"}
    thread = [{"uri": VIEW["uri"], "depth": 0, "value": item}, {"uri": "at://y", "depth": 1, "value": gone}]
    assert [getattr(each, "urn", "gone") for each in outcomes({"thread": thread})] == [VIEW["uri"], "gone"]


def test_posts_as_the_sdk_for_python_names_them() -> None:
    image = {"fullsize": "https://i/1", "alt": "x", "aspect_ratio": {"width": 4, "height": 3}}
    taken = post(
        {
            "uri": VIEW["uri"],
            "author": {"did": "did:plc:abc", "handle": "cat.bsky.test", "display_name": "Cat"},
            "record": {"py_type": "app.bsky.feed.post", "text": "x", "created_at": "2024-03-01T10:00:00Z"},
            "embed": {"py_type": "app.bsky.embed.images#view", "images": [image]},
            "like_count": 3,
            "__import_meta": {"source_platform": "bsky.app"},
        }
    )
    assert (taken.author_name, taken.engagement.reactions, taken.posted_at_timestamp) == (
        "Cat",
        3,
        1709287200000,
    )
    assert (outline(taken), media(taken)[0].width) == ([("image", "https://i/1")], 4)


def test_pictures_of_a_list_are_counted_as_they_stand() -> None:
    assert len(posts({"posts": [view("1", BLUESKY_IMAGES), view("2")]})[0].media) == 2


def test_a_record_that_stands_alone_is_known_by_its_content() -> None:
    link = "bafkreihdwdcefgh4dqkjv67uzcmw7ojee6xedzdetojuzjevtenxquvyku"
    image = {"alt": "One", "image": {"$type": "blob", "ref": {"$link": link}}}
    record = {
        "$type": "app.bsky.feed.post",
        "text": "Alone",
        "createdAt": "2024-01-02T03:04:05.000Z",
        "embed": {"$type": "app.bsky.embed.images", "images": [image]},
    }
    taken = post(record)
    assert taken.urn == taken.full_urn
    assert taken.urn.startswith("bafyrei")
    assert (taken.text_content, taken.posted_at_timestamp) == ("Alone", 1704164645000)
    (picture,) = media(taken)
    assert (picture.url, picture.provider_media_id) == (None, link)
    assert post({**record, "text": "Another"}).urn != taken.urn


def test_content_ids_are_those_of_the_protocol() -> None:
    # That of the empty map is well known (https://ipld.io/specs/codecs/dag-cbor/fixtures/).
    assert cid({}) == "bafyreigbtj4x7ip5legnfznufuopl4sg4knzc2cof6duas4b3q2fy6swua"
    members = {"b": [1, -1, 500, 2.5, None, True], "aa": {"$bytes": "AQI"}}
    assert cid(members) == cid(dict(reversed(members.items())))
    with pytest.raises(ValueError, match="64 bits"):
        cid({"a": 2**64})


@pytest.mark.parametrize(
    "value",
    [
        {"did": "did:plc:abc", "kind": "identity", "identity": {"handle": "cat.bsky.test"}},
        {
            "did": "did:plc:abc",
            "kind": "commit",
            "commit": {
                "operation": "create",
                "collection": "app.bsky.feed.like",
                "rkey": "a",
                "record": {"$type": "app.bsky.feed.like", "createdAt": "2024-01-02T03:04:05Z"},
            },
        },
        {
            "did": "did:plc:abc",
            "kind": "commit",
            "commit": {"operation": "delete", "collection": "app.bsky.feed.post", "rkey": "a"},
        },
        {
            "uri": "at://did:plc:abc/app.bsky.graph.follow/a",
            "value": {"$type": "app.bsky.graph.follow", "createdAt": "2024-01-02T03:04:05Z"},
        },
    ],
)
def test_what_is_no_post_of_the_stream_or_a_repository_is_passed_over(value: dict[str, Any]) -> None:
    assert reasons([value]) == ["is a like, a follow or another record or event that is no post"]


def test_events_of_tap_are_those_of_the_stream() -> None:
    commit = {"did": "did:plc:abc", "collection": "app.bsky.feed.post", "rkey": "3kaaa", "action": "create"}
    taken = post({"id": 1, "type": "record", "record": {**commit, "record": BLUESKY_RECORD["value"]}})
    assert (taken.urn, taken.author_username) == ("at://did:plc:abc/app.bsky.feed.post/3kaaa", "did:plc:abc")
    identity = {"id": 2, "type": "identity", "identity": {"did": "did:plc:abc", "handle": "cat.bsky.test"}}
    assert reasons(identity) == ["is a like, a follow or another record or event that is no post"]


def test_an_account_whose_name_leads_nowhere_is_known_by_its_number() -> None:
    taken = post({**VIEW, "author": {"did": "did:plc:abc", "handle": "handle.invalid"}})
    assert taken.author_username == "did:plc:abc"
    assert taken.url == "https://bsky.app/profile/did:plc:abc/post/3kaaa"


@pytest.mark.parametrize(
    "record",
    [
        {"$type": "app.bsky.feed.like", "subject": {"uri": "at://x"}, "createdAt": "2024-01-02T03:04:05Z"},
        {"$type": "app.bsky.graph.follow", "subject": "did:plc:b"},
    ],
)
def test_notices_of_likes_and_follows_are_no_posts(record: dict[str, Any]) -> None:
    notice = {**VIEW, "uri": "at://did:plc:b/app.bsky.feed.like/3k", "record": record, "reason": "like"}
    answer = {"notifications": [notice, {**VIEW, "reason": "reply"}], "cursor": "x"}
    assert reasons(answer) == ["is a like, a follow or another record or event that is no post"]
    assert len(outcomes(answer)) == 2
