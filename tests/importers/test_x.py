"""X: answers of API v2, and the classic shape of its archive, of API v1.1 and of its pages."""

from __future__ import annotations

import copy
import csv
import io
import json
from typing import Any

import pytest

from social_tui.importers import x_links
from social_tui.importers.strict_json import decode_text
from tests.importers.examples import X_ARCHIVE, X_LEGACY, X_PAGE, X_TWEET_ID
from tests.importers.taking import media, nested, outline, post, posts, reasons


def test_a_post_is_joined_with_what_stands_beside_it() -> None:
    first, second = posts(X_PAGE)
    assert (first.platform, first.urn, first.post_type) == ("x", X_TWEET_ID, "quote")
    assert (first.author_username, first.author_name) == ("harbour", "Harbour Watch")
    assert first.url == f"https://x.com/harbour/status/{X_TWEET_ID}"
    assert first.posted_at_timestamp == 1694146282000
    assert first.engagement._asdict() == {"reactions": 7, "comments": 2, "reposts": 3, "views": 900}
    assert second.author_username == "43"
    assert second.engagement._asdict() == dict.fromkeys(("reactions", "comments", "reposts", "views"))
    # A post without a time still tells it by its id.
    assert second.posted_at_timestamp is not None


def test_media_come_in_their_order_and_in_their_best_quality() -> None:
    first = posts(X_PAGE, avatars=True)[0]
    assert outline(first) == [
        ("image", "https://x.test/1.jpg"),
        ("video", "https://x.test/2-large.mp4"),
        ("video", "https://x.test/3.mp4"),
        ("image", None),
    ]
    picture, film, _, unknown = media(first)
    assert (picture.width, picture.height, picture.alt_text) == (1200, 800, "Ships at dawn")
    assert (film.width, film.provider_media_id, unknown.provider_media_id) == (1280, "7_2", "3_404")
    assert outline(first, "thumbnail") == [("image", "https://x.test/2.jpg")]
    assert outline(first, "avatar") == [("image", "https://x.test/a.jpg")]
    assert nested(first) == [("quoted", "1699999999999999999")]
    assert outline(first.nested[0].post) == [("image", "https://x.test/9.jpg")]


def test_what_is_stored_of_a_post_holds_what_it_needs_and_no_more() -> None:
    first, second = (json.loads(each.raw_json) for each in posts(X_PAGE))
    assert {name: len(members) for name, members in first["includes"].items()} == {
        "media": 4,
        "users": 1,
        "tweets": 1,
    }
    assert second == {"data": X_PAGE["data"][1], "includes": {}}


def test_a_single_post_stays_as_it_stands() -> None:
    page = '{"data" : ' + json.dumps(X_PAGE["data"][1]) + ', "includes": {}}'
    assert post(page.encode()).raw_json == page


@pytest.mark.parametrize(
    ("key", "expected"),
    [("3_1", "image"), ("7_1", "video"), ("13_1", "video"), ("16_1", "video"), ("x", "image")],
)
def test_media_that_the_answer_left_out_are_told_by_their_keys(key: str, expected: str) -> None:
    page = {"data": {"id": "1", "text": "", "attachments": {"media_keys": [key, key]}}}
    assert outline(post(page)) == [(expected, None)]


def test_flattened_posts_are_read() -> None:
    flat = {
        **X_PAGE["data"][0],
        "author": X_PAGE["includes"]["users"][0],
        "attachments": {"media": X_PAGE["includes"]["media"][:1], "media_keys": ["3_1"]},
    }
    taken = post(flat)
    assert (taken.author_username, outline(taken)) == ("harbour", [("image", "https://x.test/1.jpg")])


def test_posts_that_4cat_keeps_have_their_author_and_media() -> None:
    page = X_PAGE["includes"]
    quoted = {
        "type": "quoted",
        "id": "1741000000000000001",
        "text": "Before",
        "author_user": {"username": "bob", "name": "Bob"},
        "attachments": {"media_keys": [{"media_key": "3_2", "type": "photo", "url": "https://x.test/q.jpg"}]},
    }
    kept = {
        **X_PAGE["data"][0],
        "author_user": page["users"][0],
        "attachments": {"media_keys": [page["media"][0], {"media_key": "7_9", "error": {"title": "Gone"}}]},
        "referenced_tweets": [quoted],
    }
    taken = post(kept)
    assert (taken.author_username, taken.author_name) == ("harbour", "Harbour Watch")
    assert outline(taken) == [("image", "https://x.test/1.jpg"), ("video", None)]
    inner = taken.nested[0].post
    assert (inner.author_username, outline(inner)) == ("bob", [("image", "https://x.test/q.jpg")])
    older = {**X_PAGE["data"][0], "author_username": "ada", "author_fullname": "Ada"}
    assert (post(older).author_username, post(older).author_name) == ("ada", "Ada")


def test_what_4cat_makes_of_an_error_is_no_post() -> None:
    error = {
        "id": "1742000000000000003",
        "resource_id": "1742000000000000003",
        "type": "https://api.twitter.com/2/problems/resource-not-found",
        "text": "",
        "created_at": "2024-01-02T03:04:05.000Z",
        "author_id": "UNKNOWN",
        "author_user": {"username": "UNKNOWN", "name": "UNKNOWN"},
        "public_metrics": {},
    }
    assert reasons([error]) == ["tells why a post is not there"]


def test_long_texts_are_whole() -> None:
    page = {"data": {"id": "1", "text": "cut…", "note_tweet": {"text": "not cut"}, "lang": "en"}}
    assert post(page).text_content == "not cut"


def test_a_page_without_posts_is_passed_over() -> None:
    assert reasons({"meta": {"result_count": 0}}) == ["is a page without posts"]


def test_a_post_that_fails_costs_only_itself() -> None:
    page = copy.deepcopy(X_PAGE)
    page["data"].insert(1, {"id": "none", "text": "x"})
    page["data"].append({"id": "5"})
    assert reasons(page) == ["has no post id", "has no text"]


def test_a_bare_post_of_a_page_can_be_read_again() -> None:
    page = {**X_PAGE, "data": [*X_PAGE["data"], {"id": "5", "text": "bare"}]}
    last = posts(page)[-1]
    assert post(last.raw_json.encode()) == last


@pytest.mark.parametrize(
    "value",
    [
        {"data": [{"id": "1", "caption": "", "media_type": "IMAGE"}]},
        {"data": [{"id": "1", "text": "", "media_type": "TEXT_POST", "permalink": ""}]},
        {"data": {"posts": []}},
        {"data": []},
        {"data": [1]},
        {"id": "1", "text": "", "lang": "en"},
    ],
)
def test_answers_of_others_are_none(value: Any) -> None:
    from social_tui.importers.x_api_v2 import sniff

    assert not sniff(value)


def test_a_post_of_the_archive() -> None:
    taken = post(b"window.YTD.tweets.part0 = [ " + json.dumps(X_ARCHIVE).encode() + b" ]")
    assert (taken.urn, taken.post_type) == ("1600000000000000001", "reply")
    assert taken.posted_at_timestamp == 1670298442000
    assert outline(taken) == [("video", "https://x.test/large.mp4"), ("image", "https://x.test/photo.jpg")]
    assert [each.width for each in media(taken)] == [1920, 3000]
    assert media(taken)[1].alt_text == "A chart"
    assert outline(taken, "thumbnail") == [("image", "https://x.test/poster.jpg")]
    assert (taken.engagement.reactions, taken.engagement.reposts) == (14, 5)


def test_a_post_of_api_v1_with_a_user_and_a_retweet() -> None:
    tweet = {
        **X_ARCHIVE["tweet"],
        "user": {"screen_name": "who", "name": "Who"},
        "id_str": "1600000000000000002",
        "retweeted_status": X_ARCHIVE["tweet"],
    }
    taken = post({"statuses": [tweet], "search_metadata": {}})
    assert (taken.author_username, taken.post_type, nested(taken)) == (
        "who",
        "repost",
        [("boosted", "1600000000000000001")],
    )
    assert taken.media == ()
    assert len(media(taken.nested[0].post)) == 2


def test_a_post_of_a_page() -> None:
    taken = post(X_LEGACY, avatars=True)
    assert (taken.author_username, taken.author_name, taken.post_type) == ("webpage", "Web Page", "quote")
    assert taken.text_content == "The long text, whole"
    assert taken.engagement.views == 1234
    assert outline(taken, "reshared") == [("image", "https://x.test/quoted.jpg")]
    assert outline(taken, "avatar") == [("image", "https://x.test/avatar.jpg")]


def test_a_post_without_an_id_is_refused() -> None:
    assert reasons({"tweet": {**X_ARCHIVE["tweet"], "id_str": "", "id": None}}) == ["has no post id"]


@pytest.mark.parametrize(
    ("variants", "expected"),
    [
        (None, None),
        ([{"content_type": "video/mp4"}], None),
        ([{"url": "a", "content_type": "application/x-mpegURL"}], "a"),
        (
            [
                {"url": "a", "content_type": "application/x-mpegURL"},
                {"url": "b", "content_type": "video/mp4"},
            ],
            "b",
        ),
        (
            [
                {"url": "a", "rate": "9", "content_type": "video/mp4"},
                {"url": "b", "rate": 10, "content_type": "video/mp4"},
            ],
            "b",
        ),
    ],
)
def test_the_best_of_the_variants(variants: Any, expected: str | None) -> None:
    assert x_links.best_variant(variants, "rate") == expected


def test_ids_tell_their_time() -> None:
    assert x_links.time_of_id("1700000000000000001") == 1694146559129
    assert x_links.time_of_id("1234567890") is None


def test_posts_without_any_fields_are_read() -> None:
    assert post({"data": {"id": "1700000000000000001", "text": "Bare"}}).text_content == "Bare"


def test_answers_that_only_say_why_not_are_passed_over() -> None:
    problem = {"type": "https://api.twitter.com/2/problems/resource-not-found", "detail": "…"}
    assert reasons({"errors": [problem]}) == ["is a page without posts"]


def test_notices_of_streams_are_passed_over() -> None:
    assert reasons([{"delete": {"status": {"id": 1, "id_str": "1"}}}]) == [
        "is a notice of a stream, such as that a post was deleted"
    ]


@pytest.mark.parametrize("part", ["note_tweet", "deleted_note_tweet"])
def test_long_texts_of_an_archive_are_posts(part: str) -> None:
    note = {
        "noteTweetId": "1700000000000000009",
        "createdAt": "2024-01-02T03:04:05.000Z",
        "core": {"text": "As long as it is"},
    }
    taken = post(f"window.YTD.{part}.part0 = {json.dumps([{'noteTweet': note}])}".encode())
    assert (taken.urn, taken.text_content) == ("1700000000000000009", "As long as it is")
    assert (taken.post_type, taken.posted_at_timestamp) == ("note", 1704164645000)


def test_archives_of_before_2019() -> None:
    tweet = {
        "source": "web",
        "entities": {"media": [{"media_url": "http://pbs.test/1.jpg"}]},
        "id_str": "288888",
        "text": "In the year",
        "created_at": "2013-01-09 12:00:00 +0000",
        "user": {"name": "Ada L.", "screen_name": "ada"},
    }
    taken = post(f"Grailbird.data.tweets_2013_01 = \n{json.dumps([tweet])}".encode())
    assert (taken.urn, taken.author_username, taken.posted_at_timestamp) == ("288888", "ada", 1357732800000)
    assert outline(taken) == [("image", "http://pbs.test/1.jpg")]


def test_a_table_of_dmi_tcat() -> None:
    table = b"id,created_at,from_user_name,from_user_realname,text,retweet_count,favorite_count\n"
    row = b"1700000000000000001,2023-11-14 22:13:20,ada,Ada L.,Hello,1,2\n"
    taken = post(table + row)
    assert (taken.author_username, taken.author_name, taken.text_content) == ("ada", "Ada L.", "Hello")
    assert (taken.engagement.reactions, taken.engagement.reposts) == (2, 1)


def test_what_x_writes_as_entities_is_read_as_it_was_written() -> None:
    page = {"data": {**X_PAGE["data"][1], "text": "1 &lt; 2 &amp;&amp; &quot;3&quot; &gt; &amp;lt;"}}
    assert post(page).text_content == "1 < 2 && &quot;3&quot; > &lt;"
    classic = {"id_str": "1", "full_text": "nets &amp; boats", "favorite_count": 0, "retweet_count": 0}
    assert post(classic).text_content == "nets & boats"


def test_a_row_of_twarc_csv_has_lists_as_json_and_references_by_their_kinds() -> None:
    film = {"media_key": "7_1", "type": "video", "variants": [{"bit_rate": 1, "url": "https://x.test/1.mp4"}]}
    row = {
        "id": "1700000000000000021",
        "text": "A boat",
        "author.username": "ada",
        "author.name": "Ada",
        "author_id": "1",
        "conversation_id": "1700000000000000020",
        "public_metrics.like_count": "4",
        "public_metrics.retweet_count": "",
        "referenced_tweets.replied_to.id": "1700000000000000020",
        "attachments.media": json.dumps([film]),
        "attachments.media_keys": '["7_1"]',
    }
    text = io.StringIO()
    table = csv.DictWriter(text, list(row))
    table.writeheader()
    table.writerow(row)
    taken = post(text.getvalue().encode())
    assert (taken.urn, taken.author_username, taken.post_type) == (row["id"], "ada", "reply")
    assert (taken.engagement.reactions, taken.engagement.reposts, taken.stats) == (4, None, {"like_count": 4})
    assert outline(taken) == [("video", "https://x.test/1.mp4")]


def test_posts_out_of_a_cell_are_json_whatever_wrote_the_cell() -> None:
    quoted = '{"type":"quoted","id":"1700000000000000020","text":"A","public_metrics":{"like_count":NaN}%s}'
    row = {"id": "1700000000000000021", "text": "A boat", "author_id": "1", "public_metrics.like_count": "4"}
    for more, expected in (("", [("quoted", "1700000000000000020")]), (f', "x": {"[" * 90 + "]" * 90}', [])):
        text = io.StringIO()
        table = csv.writer(text)
        table.writerows([[*row, "referenced_tweets"], [*row.values(), f"[{quoted % more}]"]])
        taken = post(text.getvalue().encode())
        assert nested(taken) == expected
        assert all(decode_text(inner.post.raw_json) for inner in taken.nested)


def test_what_embeds_are_drawn_from_has_its_media_bare_and_the_quoted_post_whole() -> None:
    user = {"screen_name": "ada", "name": "Ada"}
    picture = {"type": "photo", "media_url_https": "https://x.test/1.jpg"}
    entities = {"media": [{"url": "https://t.co/a"}]}
    told = {
        "text": "x",
        "entities": entities,
        "favorite_count": 1,
        "display_text_range": [0, 1],
        "user": user,
    }
    quoted = {**told, "id_str": "1700000000000000022", "mediaDetails": [picture]}
    taken = post({**told, "id_str": "1700000000000000023", "mediaDetails": [picture], "quoted_tweet": quoted})
    assert outline(taken) == [("image", "https://x.test/1.jpg")]
    assert nested(taken) == [("quoted", "1700000000000000022")]


def test_accounts_and_private_messages_of_the_api_are_no_posts() -> None:
    account = {"id": "43", "name": "Ada", "username": "ada", "public_metrics": {"tweet_count": 1}}
    assert reasons({"data": [account, account]}) == ["is an account, which is no post"] * 2
    message = {"id": "1700000000000000024", "text": "Hello", "created_at": "2024-01-02T03:04:05.000Z"}
    told = {**message, "event_type": "MessageCreate", "dm_conversation_id": "1-2", "sender_id": "1"}
    assert reasons({"data": [told, told]}) == ["is a private message"] * 2
    assert reasons({"data": [told]}) == ["is a private message"]
    assert reasons({"data": [{**message, "event_type": "MessageCreate"}]}) == ["is a private message"]


@pytest.mark.parametrize(
    ("kind", "pages", "expected"),
    [
        ("original", "https://twitter.com/ada/status/1742000000000000001/photo/1", ("regular", ["image"])),
        (
            "quote",
            "https://twitter.com/ada/status/1/video/1 https://twitter.com/ada/status/1/photo/2",
            ("quote", ["video", "image"]),
        ),
        ("retweet", "https://twitter.com/bob/status/2/photo/1", ("repost", [])),
        ("reply", "", ("reply", [])),
        ("original", "3", ("regular", [])),
    ],
)
def test_tables_that_twarc_made_of_the_older_api(
    kind: str, pages: str, expected: tuple[str, list[str]]
) -> None:
    taken = post(_row_of_twarc(kind, pages, "RT @bob: A boat" if kind == "retweet" else "A boat"))
    assert (taken.author_username, taken.author_name) == ("ada", "Ada")
    assert (taken.posted_at_timestamp, taken.engagement.reactions) == (1704164645000, 3)
    assert (taken.post_type, [each.media_type for each in taken.media]) == expected


def test_tables_of_twarc_that_name_the_files_and_the_whole_text_of_a_repost() -> None:
    film = "https://pbs.twimg.com/ext_tw_video_thumb/7/pu/img/x.jpg"
    taken = post(_row_of_twarc("original", f"https://pbs.twimg.com/media/E.jpg {film}", "A boat"))
    assert outline(taken) == [("image", "https://pbs.twimg.com/media/E.jpg"), ("video", None)]
    assert outline(taken, "thumbnail") == [("image", film)]
    repost = post(_row_of_twarc("retweet", film, "A boat"))
    assert (repost.post_type, repost.media) == ("repost", ())


def _row_of_twarc(kind: str, media: str, words: str) -> bytes:
    row = {
        "id": "1742000000000000001",
        "tweet_url": "https://twitter.com/ada/status/1742000000000000001",
        "created_at": "Tue Jan 02 03:04:05 +0000 2024",
        "user_screen_name": "ada",
        "text": words,
        "tweet_type": kind,
        "media": media,
        "favorite_count": "3",
        "in_reply_to_status_id": "1741000000000000001" if kind == "reply" else "",
        "retweet_count": "2",
        "user_name": "Ada",
    }
    text = io.StringIO()
    csv.writer(text).writerows([row.keys(), row.values()])
    return text.getvalue().encode()
