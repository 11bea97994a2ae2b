"""Which entries of a post count as media, with a link or without one: none is lost, none is made up."""

from __future__ import annotations

import json
from typing import Any

import pytest

from social_tui.errors import ImportRefusedError
from social_tui.exports import ParsedPost
from social_tui.importers import parse_post
from social_tui.importers.media import MAX_MEDIA

LINKED = "https://host.example/a"


def parse(post: object) -> ParsedPost:
    return parse_post(post, json.dumps(post))


@pytest.fixture
def post() -> dict[str, Any]:
    return {"urn": "7400000000000000001", "posted_at": {}, "text": "Hello", "stats": {}}


@pytest.mark.parametrize("entry", [{"url": ""}, {"url": None}, {}, {"url": 7}, {"url": " "}, None, 7, "", []])
@pytest.mark.parametrize("name", ["items", "images"])
def test_an_entry_without_a_link_keeps_its_place(post: dict[str, Any], name: str, entry: object) -> None:
    post["media"] = {"type": "video", name: [{"url": LINKED}, entry, {"url": "https://host.example/c"}]}
    assert [(each.position, each.media_type, each.url) for each in parse(post).media] == [
        (0, "video", LINKED),
        (1, "video", None),
        (2, "video", "https://host.example/c"),
    ]


@pytest.mark.parametrize(
    ("part", "media"),
    [
        ({"media": {"type": "image", "url": ""}}, [("main", "image")]),
        ({"media": {"type": "image"}}, [("main", "image")]),
        ({"media": {"url": 7}}, [("main", "image")]),
        ({"media": {"url": {"src": LINKED}}}, [("main", "image")]),
        ({"media": {"type": "image", "images": None}}, [("main", "image")]),
        ({"media": [{"type": "video", "url": None}, None]}, [("main", "video"), ("main", "image")]),
        (
            {"media": {"type": "video", "url": "", "thumbnail": 3}},
            [("main", "video"), ("thumbnail", "image")],
        ),
        (
            {"media": {"url": "", "thumbnail": {"url": 3}, "items": []}},
            [("main", "image"), ("thumbnail", "image")],
        ),
        ({"document": {"title": "Paper", "url": None}}, [("main", "document")]),
        ({"article": {"url": "https://host.example/", "thumbnail": 3}}, [("article", "image")]),
        ({"reshared_post": {"media": {"type": "image"}}}, [("reshared", "image")]),
    ],
)
def test_what_is_named_without_a_link_is_a_reference(
    post: dict[str, Any], part: dict[str, Any], media: list[tuple[str, str]]
) -> None:
    parsed = parse({**post, "media": None, **part}).media
    assert [(each.role, each.media_type) for each in parsed] == media
    assert {each.url for each in parsed} == {None}


@pytest.mark.parametrize(
    "media",
    [
        None,
        {},
        [],
        "",
        0,
        False,
        {"type": "image", "items": []},
        {"type": "image", "url": "", "images": []},
        {"type": "none"},
        {"type": "poll", "question": "Which?"},
        {"type": None, "url": None, "thumbnail": ""},
        {"type": "image", "items": [], "thumbnail": {}},
    ],
)
def test_what_names_no_media_is_no_reference(post: dict[str, Any], media: object) -> None:
    without = {"media": media, "document": {}, "article": {"url": LINKED, "thumbnail": None}}
    assert parse(post | without).media == ()


def test_the_link_of_a_list_stands_in_for_its_first_entry(post: dict[str, Any]) -> None:
    second = {"url": "https://host.example/b"}
    post["media"] = {"type": "image", "url": LINKED, "images": [{"url": "", "width": 9}, second]}
    assert [(each.url, each.width) for each in parse(post).media] == [(LINKED, 9), (second["url"], None)]
    post["media"]["url"] = second["url"]
    assert [each.url for each in parse(post).media] == [second["url"], None]


@pytest.mark.parametrize("url", ["javascript:alert(1)", "ftp://host.example/a", "/a.png", "no link at all"])
def test_a_text_that_is_no_web_link_is_kept_for_the_address_policy(post: dict[str, Any], url: str) -> None:
    post["media"] = {"type": "image", "url": url}
    assert [each.url for each in parse(post).media] == [url]


def test_lists_of_documents_articles_and_thumbnails_are_read_whole(post: dict[str, Any]) -> None:
    def links(*names: str) -> list[dict[str, str]]:
        return [{"url": f"https://host.example/{name}"} for name in names]

    post |= {
        "media": {"type": "video", "url": LINKED, "thumbnail": links("t", "u")},
        "document": links("d", "e"),
        "article": [{"thumbnail": "https://host.example/x"}, {"thumbnail": "https://host.example/y"}],
    }
    found = [(each.role, (each.url or "")[-1]) for each in parse(post).media]
    assert found == [
        *(("main", name) for name in "ade"),
        *(("thumbnail", name) for name in "tu"),
        *(("article", name) for name in "xy"),
    ]


@pytest.mark.parametrize(
    "media",
    [
        {"type": "image", "items": [None] * (MAX_MEDIA + 1)},
        [{"type": "image"}] * (MAX_MEDIA + 1),
        [{"type": "image", "items": [0] * 100}] * 101,
    ],
)
@pytest.mark.parametrize("is_reshared", [False, True])
def test_a_post_with_more_media_than_any_has_is_refused(
    post: dict[str, Any], media: object, is_reshared: bool
) -> None:
    part = {"reshared_post": {"media": media}} if is_reshared else {"media": media}
    with pytest.raises(ImportRefusedError, match="names more than 10,000 media"):
        parse(post | part)
