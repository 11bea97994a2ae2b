"""Posts of WordPress, Ghost, Substack and Blogger, entries of feeds, and questions of Stack Exchange."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.importers import site_examples as sites
from tests.importers.taking import media, outline, post, posts, reasons

TIME = 1704164645000


def test_a_post_of_wordpress_has_its_blog_in_its_id_and_the_media_of_its_text() -> None:
    taken = post([sites.WORDPRESS], avatars=True)
    assert (taken.platform, taken.urn, taken.full_urn) == (
        "wordpress",
        "blog.test/123",
        "https://blog.test/?p=123",
    )
    assert (taken.author_username, taken.author_name) == ("ada", "Ada L.")
    assert (taken.posted_at_timestamp, taken.post_type) == (TIME, "post")
    assert taken.text_content == "Boats & the sea\n\nFirst line."
    assert taken.url == "https://blog.test/2024/01/boats/"
    # The cover stands in the text too, in another size; signs, counters and embedded pictures are none.
    assert outline(taken) == [
        ("image", "https://blog.test/b.jpg"),
        ("image", "https://blog.test/c.jpg?a=1&b=2"),
        ("video", "https://blog.test/film"),
    ]
    assert [each.alt_text for each in media(taken)] == ["A harbour", "A red boat", None]
    assert outline(taken, "thumbnail") == [("image", "https://blog.test/p.jpg")]
    assert outline(taken, "avatar") == [("image", "https://g.test/a")]


@pytest.mark.parametrize(
    "tag",
    [
        '<img data-src="/1.jpg" src="data:image/gif;base64,R0">',
        "<img src='https://blog.test/grey.png' data-lazy-src='https://blog.test/1.jpg' data-alt='no'>",
        '<IMG SRC = "https://blog.test/1.jpg" data-width="7">',
    ],
)
def test_a_picture_that_is_fetched_when_it_is_seen_has_its_own_link(tag: str) -> None:
    taken = post([{**sites.WORDPRESS, "_embedded": {}, "content": {"rendered": tag}}])
    assert [(each.url, each.alt_text, each.width) for each in media(taken)] == [
        ("https://blog.test/1.jpg", None, None)
    ]


def test_a_post_of_wordpress_that_was_not_asked_for_whole() -> None:
    bare = {name: sites.WORDPRESS[name] for name in ("id", "link", "title", "excerpt")}
    taken = post([bare])
    assert (taken.urn, taken.posted_at_timestamp) == ("blog.test/123", None)
    assert taken.text_content == "Boats & the sea\n\nFirst…"
    errors = {name: [{"code": "rest_forbidden", "message": "x"}] for name in ("author", "wp:featuredmedia")}
    taken = post([{**sites.WORDPRESS, "_embedded": errors}])
    assert (taken.author_username, taken.author_name) == ("3", None)
    assert outline(taken)[0] == ("image", "https://blog.test/b-1024x683.jpg")


def test_what_wordpress_has_beside_posts_is_passed_over() -> None:
    shared = {
        "id": 9,
        "date": "2024-01-02T04:04:05",
        "date_gmt": "2024-01-02T03:04:05",
        "link": "https://b.test",
    }
    comment = {**shared, "post": 123, "author_name": "Bob", "content": {"rendered": "<p>Yes</p>"}}
    file = {**shared, "title": {"rendered": "b"}, "media_type": "image", "source_url": "https://b.test/1.jpg"}
    assert reasons([comment, {**file, "post": 123}]) == [
        "is a comment",
        "is a file of a blog, which is no post",
    ]
    assert reasons([{**sites.WORDPRESS, "link": None, "guid": None}]) == [
        "has no number, or no address that says of which site it is"
    ]


@pytest.mark.parametrize(
    ("given", "urn", "author", "text", "counts", "links"),
    [
        (
            {"found": 1, "posts": [sites.WORDPRESS_COM]},
            "ada.wordpress.test/7",
            ("ada", "Ada"),
            "Boats & nets\n\nWords",
            (5, 4, None),
            [("image", "https://ada.files.test/f.jpg")],
        ),
        (
            {"posts": [sites.GHOST], "meta": {}},
            "5ddc9141c35e7700383b2937",
            ("ada", "Ada"),
            "Boats\n\nWords",
            (None, None, None),
            [("image", "https://g.test/f.jpg"), ("image", "https://g.test/1.png")],
        ),
        (
            {"db": [{"meta": {}, "data": {"posts": [{**sites.GHOST, "id": 1}]}}]},
            "a5aa9bd8-ea31-415c-b452-3040dae1e730",
            ("ada", "Ada"),
            "Boats\n\nWords",
            (None, None, None),
            [("image", "https://g.test/f.jpg"), ("image", "https://g.test/1.png")],
        ),
        (
            [sites.SUBSTACK],
            "140000001",
            ("ada", "Ada"),
            "Boats\n\nAnd nets\n\nWords",
            (10, 3, 2),
            [("image", "https://s.test/1.png"), ("audio", "https://s.test/1.mp3")],
        ),
        (
            {"kind": "blogger#postList", "items": [sites.BLOGGER]},
            "7706273476706534553",
            ("401465483996", "Ada"),
            "Boats\n\nWords",
            (None, 3, None),
            [("image", "https://b.test/1.jpg")],
        ),
    ],
)
def test_posts_of_other_blogs(
    given: Any,
    urn: str,
    author: tuple[str, str],
    text: str,
    counts: tuple[int | None, ...],
    links: list[Any],
) -> None:
    taken = post(given)
    assert (taken.urn, taken.posted_at_timestamp) == (urn, TIME)
    assert (taken.author_username, taken.author_name) == author
    assert taken.text_content == text
    assert taken.engagement[:3] == counts
    assert outline(taken) == links


def feed(*entries: dict[str, Any]) -> dict[str, Any]:
    around = {"version": "https://jsonfeed.org/version/1.1", "title": "Boats", "authors": [{"name": "Eve"}]}
    return {**around, "items": list(entries)}


def test_a_json_feed_lends_its_author_to_its_entries() -> None:
    plain = {"id": "2", "url": "https://f.test/2", "content_text": "Plain\nwords"}
    first, second = posts(feed(sites.JSON_FEED_ENTRY, plain), avatars=True)
    assert (first.platform, first.urn, first.url) == ("web", "https://f.test/1", "https://f.test/boats")
    assert (first.author_name, first.posted_at_timestamp) == ("Ada", TIME)
    assert first.text_content == "Boats\n\nWords"
    assert outline(first) == [
        ("image", "https://f.test/i.jpg"),
        ("image", "https://f.test/1.jpg"),
        ("audio", "https://f.test/p"),
    ]
    assert outline(first, "avatar") == [("image", "https://f.test/a.jpg")]
    # An id that only this feed knows is left for the address.
    assert (second.urn, second.author_name) == ("https://f.test/2", "Eve")
    assert second.text_content == "Plain\nwords"
    for taken in (first, second):
        assert post(json.loads(taken.raw_json), avatars=True).model_dump() == taken.model_dump()


def test_a_feed_that_is_larger_than_what_is_looked_at_is_one_too() -> None:
    entries = [
        {**sites.JSON_FEED_ENTRY, "id": f"https://f.test/{n}", "summary": "x" * 5000} for n in range(80)
    ]
    large = {name: field for name, field in feed(*entries).items() if name != "version"}
    assert [taken.urn for taken in posts(large)] == [entry["id"] for entry in entries]


def test_an_entry_of_rss_has_its_sound_and_its_time_in_utc() -> None:
    taken = post({"status": "ok", "feed": {"title": "All"}, "items": [sites.RSS_ENTRY]})
    assert (taken.urn, taken.url) == ("https://f.test/?p=1", "https://f.test/boats")
    assert (taken.author_name, taken.posted_at_timestamp) == ("Ada", TIME)
    assert taken.text_content == "Boats & nets\n\nWords"
    assert outline(taken) == [("audio", "https://f.test/1.mp3")]
    bare = {**sites.RSS_ENTRY, "author": "", "enclosure": {}, "content": ""}
    taken = post({"status": "ok", "feed": {"title": "All"}, "items": [bare]})
    assert (taken.author_name, taken.text_content) == ("All", "Boats & nets\n\nShort")
    assert outline(taken) == [("image", "https://f.test/t.jpg")]


def test_entries_that_other_programs_made_of_rss_and_atom() -> None:
    of_mail = "Tue, 02 Jan 2024 05:04:05 +0200"
    npm = {
        "creator": "Ada",
        "title": "Boats",
        "link": "https://f.test/boats",
        "pubDate": of_mail,
        "content:encoded": "<p>Words</p>",
        "contentSnippet": "Wo",
        "guid": "https://f.test/?p=1",
        "isoDate": "2024-01-02T03:04:05.000Z",
        "enclosure": {"url": "https://f.test/1.mp3", "type": "audio/mpeg", "length": "1"},
    }
    xml = {
        "title": {"#text": "Boats"},
        "link": "https://f.test/boats",
        "pubDate": of_mail,
        "dc:creator": "Ada",
        "description": "<p>Words</p>",
        "guid": {"@isPermaLink": "false", "#text": "https://f.test/?p=1"},
        "enclosure": [{"url": "https://f.test/1.mp3"}],
    }
    parsed = {
        "title": "Boats",
        "title_detail": {"type": "text/plain", "value": "Boats"},
        "link": "https://f.test/boats",
        "id": "https://f.test/?p=1",
        "published": of_mail,
        "published_parsed": [2024, 1, 2, 3, 4, 5, 1, 2, 0],
        "summary": "Wo",
        "content": [{"type": "text/html", "value": "<p>Words</p>"}],
        "author": "Ada",
        "enclosures": [{"href": "https://f.test/1.mp3", "type": "audio/mpeg"}],
    }
    for given in ({"items": [npm]}, {"rss": {"channel": {"item": [xml]}}}, {"entries": [parsed]}):
        taken = post(given)
        assert (taken.urn, taken.url) == ("https://f.test/?p=1", "https://f.test/boats")
        assert (taken.author_name, taken.posted_at_timestamp) == ("Ada", TIME)
        assert taken.text_content == "Boats\n\nWords"
        assert outline(taken) == [("audio", "https://f.test/1.mp3")]


def test_what_is_no_entry_of_a_feed() -> None:
    assert reasons(feed()) == ["is a feed without entries"]
    assert reasons(feed({"title": "x"}, {"title": "y"})) == ["is no entry of a feed"] * 2
    row = {"id": "1", "content_text": "Words", "created_at": "2024-01-02", "likes": 3}
    assert reasons([row]) == ["unknown shape: no known format has items like this"]


@pytest.mark.parametrize(
    "moment",
    [
        "Mon, 01 Jan 2024 22:04:05 EST",
        "Mon, 01 Jan 2024 20:04:05 PDT",
        "Tue, 02 Jan 2024 03:04:05 Z",
        "02 Jan 2024 03:04:05 UT",
        "02 Jan 2024 03:04:05 -0000",
    ],
)
def test_times_of_feeds_may_name_a_zone_of_america_and_no_day_of_the_week(moment: str) -> None:
    assert post([{**sites.RSS_ENTRY, "pubDate": moment}]).posted_at_timestamp == TIME


def test_a_zone_that_nobody_can_know_gives_no_time() -> None:
    given = {**sites.RSS_ENTRY, "pubDate": "Tue, 02 Jan 2024 03:04:05 XYZ"}
    assert post([given]).posted_at_timestamp is None


def test_what_pages_do_not_show_is_neither_text_nor_media() -> None:
    html = (
        "<!-- <p>draft</p> <img src='/old.jpg'> --><script>a = '<img src=\"/s.jpg\">'</script>Words"
        '<img src=/plain.jpg alt=Boat title="src=/none.jpg"><!-- <img src="/end.jpg">'
    )
    taken = post([{**sites.RSS_ENTRY, "content": html, "enclosure": {}}])
    assert taken.text_content == "Boats & nets\n\nWords"
    assert outline(taken) == [("image", "https://f.test/plain.jpg")]
    assert media(taken)[0].alt_text == "Boat"


def test_a_question_of_stack_exchange_is_known_by_its_number_whatever_its_title_is() -> None:
    owner = {**sites.STACK_EXCHANGE["owner"], "display_name": "Ada &amp; Bob"}
    given = {**sites.STACK_EXCHANGE, "owner": owner, "view_count": 9}
    taken = post({"items": [given], "has_more": False})
    assert (taken.platform, taken.urn) == ("stackexchange", "boats.stackexchange.test/11")
    assert (taken.author_username, taken.author_name) == ("7", "Ada & Bob")
    assert (taken.posted_at_timestamp, taken.url) == (
        TIME,
        "https://boats.stackexchange.test/questions/11/boats",
    )
    assert taken.text_content == "Boats & nets\n\nWhich?"
    assert outline(taken) == [("image", "https://boats.stackexchange.test/1.png")]
    assert (taken.engagement.reactions, taken.engagement.views) == (3, 9)
    edited = {**given, "title": "Ships", "link": "https://boats.stackexchange.test/questions/11/ships"}
    assert post(edited).urn == taken.urn


def test_answers_and_comments_of_stack_exchange_are_passed_over() -> None:
    written = {"owner": {"user_id": 7}, "creation_date": 1704164645, "score": 1}
    answer = {**written, "answer_id": 12, "question_id": 11, "is_accepted": False}
    comment = {**written, "comment_id": 13, "post_id": 11, "edited": False}
    assert reasons({"items": [answer, comment], "has_more": False}) == ["is an answer or a comment"] * 2


def test_entries_without_an_address_are_those_of_their_feed() -> None:
    given = {"id": "1", "content_text": "Words", "date_published": "2024-01-02T03:04:05Z"}
    for number in (1, 2):
        found = posts({**feed(*[given] * number), "feed_url": "https://f.test/feed.json"})
        assert {taken.urn for taken in found} == {"f.test/1"}
        assert post(json.loads(found[0].raw_json)).urn == "f.test/1"
    assert post({**feed(given), "home_page_url": "https://g.test/"}).urn == "g.test/1"


def test_what_is_less_than_something_is_no_tag() -> None:
    assert post([{**sites.GHOST, "title": "1 < 2 and 4 > 3, I <3 it"}]).text_content.startswith(
        "1 < 2 and 4 > 3, I <3 it"
    )
