"""Maps: what they take out of files of any shape, and mistakes are told before anything is read."""

from __future__ import annotations

import gzip
import io
import json
import pickle
import tracemalloc
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from social_tui.errors import UsageError
from social_tui.exports import ParsedPost, Rejection
from social_tui.importers import PassedOver, iter_posts, parse_post
from social_tui.importers.map_files import load_map, parse_map
from social_tui.importers.mapped import Mapped

FORUM = """
platform = "forum"
posts = "$.data.threads[*]"
id = "$.uid"
text = ["$.title", "$['the body']", "$.more[*].said"]
author = "$.user.login"
author_name = "$.user.name"
time = "$.made"
url = "$.link"
type = "$.kind"
reactions = "$.likes"
comments = "$.answers"
reposts = "$.shared"
views = "$.seen"

[[media]]
each = "$.files[*]"
url = "$.src"
type = "$.mime"
alt = "$.said"
width = "$.size[0]"
height = "$.size[1]"

[[media]]
url = "$.poster"
type = "image"
role = "thumbnail"

[[media]]
url = "$.user.face"
role = "avatar"
"""
POST = {
    "uid": 12345678901234567890,
    "title": "A title",
    "the body": "and what it says",
    "more": [{"said": "one"}, {"said": ""}, {"said": "two"}],
    "user": {"login": "ada", "name": "Ada L.", "face": "https://f.example/ada.png"},
    "made": "2025-06-01T12:00:00+02:00",
    "link": "https://f.example/t/1",
    "kind": "thread",
    "likes": "7",
    "answers": 0,
    "shared": None,
    "seen": 1200,
    "files": [
        {"src": "https://f.example/a?x=1", "mime": "video/mp4", "said": "a dog", "size": [640, "480"]},
        {"src": "//f.example/b.pdf"},
        {"src": "files/c.ogg", "mime": "Voice message"},
        {"src": None},
        {"nothing": 1},
    ],
    "poster": "https://f.example/p",
}


def a_map(text: str = FORUM) -> Mapped:
    return parse_map(text.encode(), "map.toml")


def short(**keys: str) -> Mapped:
    return Mapped.model_validate({"platform": "p", "id": "$.id", **keys})


def read(
    data: Any, mapped: Mapped, name: str = "f", *, avatars: bool = False
) -> list[ParsedPost | Rejection | PassedOver]:
    raw = data if isinstance(data, bytes) else json.dumps(data).encode()
    return list(iter_posts(io.BytesIO(raw), name, mapped=mapped, avatars=avatars))


def one(data: Any, mapped: Mapped, *, avatars: bool = False) -> ParsedPost:
    (post,) = read(data, mapped, avatars=avatars)
    assert isinstance(post, ParsedPost), post
    return post


def urns(data: Any, mapped: Mapped, name: str = "f") -> list[str]:
    return [
        each.urn if isinstance(each, ParsedPost) else type(each).__name__ for each in read(data, mapped, name)
    ]


def test_an_address_is_put_together_out_of_the_id() -> None:
    mapped = parse_map(b'platform = "p"\nid = "$.id"\nurl = "https://f.example/t/{id}?a={id}"', "m")
    assert one([{"id": "a/b c"}], mapped).url == "https://f.example/t/a%2Fb%20c?a=a%2Fb%20c"


def test_texts_in_html_are_read_without_their_tags() -> None:
    told = b'platform = "p"\nid = "$.id"\nurl = "$.link"\ntext = ["$.title", "$.body"]\nhtml = true'
    item = {
        "id": "1",
        "link": "https://f.example/t/1",
        "title": "Boats &amp; nets",
        "body": '<p>One</p><p>Two <img src="/1.jpg" alt="A boat"></p>',
    }
    post = one([item], parse_map(told, "m"))
    assert post.text_content == "Boats & nets\n\nOne\nTwo"
    assert [(each.url, each.alt_text) for each in post.media] == [("https://f.example/1.jpg", "A boat")]


def test_every_field_is_where_the_map_says() -> None:
    post = one({"data": {"page": 1, "threads": [POST]}}, a_map())

    assert (post.platform, post.urn) == ("forum", "12345678901234567890")
    assert post.text_content == "A title\n\nand what it says\n\none\n\ntwo"
    assert (post.author_username, post.author_name) == ("ada", "Ada L.")
    assert post.posted_at_timestamp == 1_748_772_000_000
    assert (post.url, post.post_type) == ("https://f.example/t/1", "thread")
    assert post.engagement._asdict() == {"reactions": 7, "comments": 0, "reposts": None, "views": 1200}
    assert post.stats == {"reactions": 7, "comments": 0, "views": 1200}
    assert [(each.role, each.media_type, each.url) for each in post.media] == [
        ("main", "video", "https://f.example/a?x=1"),
        ("main", "document", "https://f.example/b.pdf"),
        ("main", "audio", None),
        ("thumbnail", "image", "https://f.example/p"),
    ]
    first, third = post.media[0], post.media[2]
    assert (first.alt_text, first.width, first.height) == ("a dog", 640, 480)
    assert third.provider_media_id == "files/c.ogg"
    with_avatar = one({"data": {"threads": [POST]}}, a_map(), avatars=True)
    assert [each.url for each in with_avatar.media if each.role == "avatar"] == ["https://f.example/ada.png"]


def test_a_stored_post_is_read_again_by_its_map() -> None:
    mapped = pickle.loads(pickle.dumps(a_map()))  # noqa: S301 - of our own
    for data in ({"data": {"threads": [POST, POST]}}, [{"uid": "x"}], b"uid,title\n1,a\n"):
        for post in read(data, mapped):
            assert isinstance(post, ParsedPost)
            assert parse_post(json.loads(post.raw_json), post.raw_json, mapped=mapped) == post


@pytest.mark.parametrize(
    ("posts", "data"),
    [
        ("$[*]", [{"id": "1"}, {"id": "2"}]),
        ("$", [{"id": "1"}, {"id": "2"}]),
        ("$", b'{"id": "1"}\n{"id": "2"}\n'),
        ("$[*]", b'{"id": "1"}\n{"id": "2"}\n'),
        ("$[*]", b"id,name\n1,a\n2,b\n"),
        ("$.list[*]", {"id": "page", "list": [{"id": "1"}, {"id": "2"}], "next": 3}),
        ("$.list[*]", b'{"id":"p","list":[{"id":"1"}]}\n{"id":"q","list":[{"id":"2"}]}\n'),
        ("$[*].list[*]", [{"id": "p", "list": [{"id": "1"}]}, {"id": "q", "list": [{"id": "2"}]}]),
        ("$.chats[*].said[*]", {"chats": [{"said": [{"id": "1"}]}, {"said": [{"id": "2"}]}]}),
        ("$.list[*]", {"list": [{"id": "1", "list": [{"id": "answer"}]}, {"id": "2"}]}),
        ("$['a list'][*]", {"a list": [{"id": "1"}, {"id": "2"}]}),
    ],
)
def test_posts_are_found_in_files_of_every_kind(posts: str, data: Any) -> None:
    assert urns(data, short(posts=posts)) == ["1", "2"]
    packed = gzip.compress(data if isinstance(data, bytes) else json.dumps(data).encode())
    assert urns(packed, short(posts=posts)) == ["1", "2"]


def test_the_map_counts_and_not_what_a_known_format_would_make_of_it() -> None:
    known = {
        "id": "7",
        "uri": "https://m.example/7",
        "account": {"acct": "ada"},
        "visibility": "public",
        "content": "",
    }
    recorded = {"source_platform": "x.com", "item_id": "1", "data": {"id": "8"}}

    assert one([known], short()).platform == "p"
    assert one([recorded], short(id="$.data.id")).urn == "8"


def test_an_item_without_an_id_costs_itself_and_a_table_without_its_column_is_one_rejection() -> None:
    first, second, third = read([{"id": "1"}, {"no": 1}, {"id": ""}], short())
    assert isinstance(first, ParsedPost)
    assert [second, third] == [
        Rejection(file="f", position=2, reason="unknown shape: the map finds no id in items like this"),
        Rejection(file="f", position=3, reason="has no id where the map says it is"),
    ]
    assert read(b"a,b\n1,2\n3,4\n", short()) == [
        Rejection(file="f", position=0, reason="unknown shape: the map finds no id in columns like these")
    ]


@pytest.mark.parametrize(
    ("value", "keys", "expected"),
    [
        ("2025-06-01T12:00:00", {}, 1_748_779_200_000),
        ("2025-06-01 12:00", {"time_zone": "Europe/Berlin"}, 1_748_772_000_000),
        ("2025-06-01", {}, 1_748_736_000_000),
        (1_748_779_200, {}, 1_748_779_200_000),
        ("1748779200000", {}, 1_748_779_200_000),
        ("1748779200.5", {}, 1_748_779_200_500),
        (1_748_779_200.25, {}, 1_748_779_200_250),
        ("01.06.2025 12:00", {"time_format": "%d.%m.%Y %H:%M"}, 1_748_779_200_000),
        ("01.06.2025 12:00 +0200", {"time_format": "%d.%m.%Y %H:%M %z"}, 1_748_772_000_000),
        (1_748_779_200, {"time_format": "%d.%m.%Y"}, 1_748_779_200_000),
        ("yesterday", {}, None),
        ("2025-06-01", {"time_format": "%d.%m.%Y"}, None),
        (True, {}, None),
        ([1], {}, None),
    ],
)
def test_times_are_understood_as_they_are_written(
    value: Any, keys: dict[str, str], expected: int | None
) -> None:
    assert one([{"id": "1", "at": value}], short(time="$.at", **keys)).posted_at_timestamp == expected


@pytest.mark.parametrize(
    "cell",
    [
        "https://a.example/1.jpg,https://a.example/x,y.mp4",
        "https://a.example/1.jpg https://a.example/x,y.mp4",
        "https://a.example/1.jpg; https://a.example/x,y.mp4",
        ["https://a.example/1.jpg", None, "https://a.example/x,y.mp4", "https://a.example/1.jpg"],
    ],
)
def test_several_links_in_one_cell_are_several_media(cell: Any) -> None:
    mapped = Mapped.model_validate(
        {"platform": "p", "id": "$.id", "media": [{"url": "$.links", "alt": "$.alt"}]}
    )
    post = one([{"id": "1", "links": cell, "alt": "of which?"}], mapped)
    assert [(each.media_type, each.url, each.alt_text) for each in post.media] == [
        ("image", "https://a.example/1.jpg", None),
        ("video", "https://a.example/x,y.mp4", None),
    ]


def test_a_list_of_any_length_is_read_in_constant_memory() -> None:
    class Endless(io.RawIOBase):
        def __init__(self) -> None:
            self.parts = self.text()
            self.kept = b""

        def text(self) -> Iterator[bytes]:
            yield b'{"page": 1, "data": {"threads": ['
            for number in range(6_000):
                yield b'%s{"uid": "%d", "title": "%s"}' % (b"," * (number > 0), number, b"t" * 2_600)
            yield b"]}}"

        def readable(self) -> bool:
            return True

        def readinto(self, buffer: Any) -> int:
            while len(self.kept) < len(buffer) and (part := next(self.parts, b"")):
                self.kept += part
            data, self.kept = self.kept[: len(buffer)], self.kept[len(buffer) :]
            buffer[: len(data)] = data
            return len(data)

    tracemalloc.start()
    count = sum(
        isinstance(each, ParsedPost) for each in iter_posts(io.BufferedReader(Endless()), "f", mapped=a_map())
    )
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert count == 6_000
    assert peak < 8_000_000  # of 16 MB


GOOD = 'platform = "p"\nid = "$.id"\n'


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("platform =", "is no TOML: "),
        ('platform = "p"', "id: is missing"),
        ('id = "$.id"', "platform: is missing"),
        ('platform = "a b"\nid = "$.id"', "platform: holds what is neither"),
        ('platform = "p"\nid = "uid"', "id: a path begins with $, as in $.id"),
        ('platform = "p"\nid = 7', "id: it is a text that holds a path"),
        (GOOD + 'text = ["$.a", "b"]', "text: a path begins with $"),
        (GOOD + 'txet = "$.a"', "txet: there is no such key; there are platform, posts, id, text"),
        (GOOD + 'posts = "$.a"', "posts: it holds names and, each after a name, [*]"),
        (GOOD + 'posts = "$.a[0][*]"', "posts: it holds names"),
        (GOOD + 'posts = "$.a[*][*]"', "posts: it holds names"),
        (GOOD + 'time = "$.t"\ntime_format = "%q"', "time_format: it is no format of times"),
        (GOOD + 'time_format = "%Y"', "time_format says how a time is written, and no time is named"),
        (GOOD + 'url = "https://f.example/t/1"', "url: it is a path, or an address with {id} in it"),
        (GOOD + 'url = "{id}"', "url: it is a path, or an address with {id} in it"),
        (GOOD + 'html = "perhaps"', "html: "),
        (GOOD + 'time_zone = "Mars/Olympus"', "time_zone: 'Mars/Olympus' is no time zone"),
        (GOOD + 'time_zone = "../../../etc/passwd"', "is no time zone"),
        (GOOD + '[media]\nurl = "$.a"', "media: should be a list of paths"),
        (GOOD + '[[media]]\nurl = "$.a"\n[[media]]\nalt = "$.a"', "media 2, url: is missing"),
        (GOOD + '[[media]]\nurl = "$.a"\ntype = "gif"', "media 1, type: it is a path or one of image, video"),
        (GOOD + '[[media]]\nurl = "$.a"\nrole = "big"', "media 1, role: should be 'main', 'thumbnail'"),
        (
            GOOD + '[[media]]\nurl = "$.a"\nsize = "$.b"',
            "media 1, size: there is no such key; there are each",
        ),
    ],
)
def test_a_mistake_is_told_with_file_key_and_reason(text: str, told: str, tmp_path: Path) -> None:
    file = tmp_path / "map.toml"
    file.write_text(text)
    with pytest.raises(UsageError) as error:
        load_map(file)
    assert error.value.message.startswith(f"{file}: {told}") or told in error.value.message
    assert error.value.message.startswith(str(file))


def test_what_is_no_file_or_no_text_is_no_map(tmp_path: Path) -> None:
    (tmp_path / "binary.toml").write_bytes(b"\xff\xfe")
    (tmp_path / "large.toml").write_bytes(b"#" * (2**20 + 1))
    for name, told in (
        ("none.toml", "no such file"),
        ("binary.toml", "is not UTF-8"),
        ("large.toml", "is larger than a map can be"),
        ("", "is a folder; only regular files are read"),
    ):
        with pytest.raises(UsageError, match=told):
            load_map(tmp_path / name)
