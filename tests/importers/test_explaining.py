"""What a file is taken for and why; and a map for what nobody knows, with which it imports."""

from __future__ import annotations

import csv
import gzip
import io
import json
import os
import zipfile
from pathlib import Path
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from social_tui.exports import Engagement, ParsedPost, Rejection
from social_tui.importers import iter_posts
from social_tui.importers.deciding import decisive
from social_tui.importers.explaining import Explanation, explain
from social_tui.importers.guessing import propose
from social_tui.importers.half_json import closed
from social_tui.importers.map_files import map_text, parse_map
from social_tui.importers.registry import KNOWN
from tests.importers.examples import EXAMPLES

NO_ZONE = "the times in $.when name no zone and are read as UTC; time_zone says another"
SIGNED = "https://cdn.example.com/a.jpg?sig=abcdef&e=1764600000"


def explained(path: Path | str, **options: Any) -> Explanation:
    (found,) = explain([str(path)], **options)
    assert isinstance(found, Explanation), found
    return found


def written(folder: Path, data: Any, name: str = "export.json") -> Path:
    file = folder / name
    file.write_bytes(data if isinstance(data, bytes) else json.dumps(data).encode())
    return file


def thread(number: int) -> dict[str, Any]:
    """Make a post of a forum that does not exist."""
    return {
        "threadNo": 100 + number,
        "headline": f"Headline {number}",
        "bodyText": "What was said there, at some length.",
        "publishedOn": f"2025-06-0{number + 1}T12:00:00+02:00",
        "editedOn": "2025-07-01T00:00:00Z",
        "writer": {
            "id": 7,
            "handle": "ada",
            "displayName": "Ada L.",
            "avatarUrl": "https://f.example/ada.png",
        },
        "permalink": f"https://www.forum.example/t/{number}",
        "likeCount": number,
        "meta": {"views": 10 * number, "replyCount": 2},
        "pictures": [
            {"src": f"https://f.example/{number}.jpg?s=1", "w": 640, "h": 480, "altText": "a dog"},
            {"src": f"https://f.example/{number}b.jpg", "w": 64, "h": 48},
        ],
        "clip": f"https://f.example/{number}.mp4",
        "answers": [
            {"id": f"{number}a", "text": "I think so too, my friend", "created": "2025-06-02T12:00:00Z"}
        ],
    }


def check_threads(posts: list[ParsedPost]) -> None:
    assert [post.urn for post in posts] == ["100", "101", "102"]
    for number, post in enumerate(posts):
        assert post.platform == "forum.example"
        assert post.text_content == f"Headline {number}\n\nWhat was said there, at some length."
        assert (post.author_username, post.author_name) == ("ada", "Ada L.")
        assert post.posted_at_timestamp == 1_748_772_000_000 + number * 86_400_000
        assert post.url == f"https://www.forum.example/t/{number}"
        assert post.engagement == Engagement(reactions=number, comments=2, views=10 * number)
        assert sorted((each.media_type, each.url, each.width, each.alt_text) for each in post.media) == [
            ("image", f"https://f.example/{number}.jpg?s=1", 640, "a dog"),
            ("image", f"https://f.example/{number}b.jpg", 64, None),
            ("video", f"https://f.example/{number}.mp4", None, None),
        ]


def test_posts_inside_of_other_objects_have_their_format_and_need_no_map(tmp_path: Path) -> None:
    found = explained(written(tmp_path, {"bookmarks": [{"item": EXAMPLES["mastodon"]}] * 2}))
    assert [(taken.format, taken.items) for taken in found.formats] == [("mastodon", 2)]
    assert (found.items, found.posts, found.map) == (1, 2, None)


def test_texts_with_tags_are_proposed_to_be_in_html(tmp_path: Path) -> None:
    threads = [{**thread(number), "bodyText": "<p>What was said</p>"} for number in range(3)]
    found = explained(written(tmp_path, threads))
    assert found.map is not None
    assert "html = true" in found.map.splitlines()
    assert parse_map(found.map.encode(), "map.toml").html
    plain = explained(written(tmp_path, [thread(number) for number in range(3)]))
    assert "html" not in (plain.map or "")


@pytest.mark.parametrize("kind", ["list", "inside", "pages", "lines", "lines of pages"])
def test_the_map_for_an_unknown_format_imports_it(tmp_path: Path, kind: str) -> None:
    threads = [thread(number) for number in range(3)]
    pages = [{"page": 1, "result": {"threads": threads[:2]}}, {"page": 2, "result": {"threads": threads[2:]}}]
    data: Any = {
        "list": threads,
        "inside": {"took": 3, "result": {"total": 3, "threads": threads}},
        "pages": pages,
        "lines": "\n".join(map(json.dumps, threads)).encode(),
        "lines of pages": "\n".join(map(json.dumps, pages)).encode(),
    }[kind]
    file = written(tmp_path, data)

    found = explained(file)

    assert (found.formats, found.posts) == ([], 0)
    assert found.map is not None
    mapped = parse_map(found.map.encode(), "map.toml")
    posts = list(iter_posts(file, "f", mapped=mapped))
    check_threads([post for post in posts if isinstance(post, ParsedPost)])
    assert len(posts) == 3
    with_map = explained(file, mapped=mapped)
    assert (with_map.posts, with_map.formats[0].format, with_map.map) == (3, "map", None)
    assert with_map.media == {"image": 6, "video": 3}


def test_the_map_for_an_unknown_table_imports_it(tmp_path: Path) -> None:
    text = io.StringIO()
    table = csv.writer(text)
    table.writerow(["Nr", "Datum", "Username", "Message", "Shares", "Image URLs"])
    for number in range(1, 4):
        links = f"https://f.example/{number}.jpg,https://f.example/{number}.mp4"
        table.writerow([number, f"1{number}.06.2025 12:30", "ada", f"It says: {number} of three", "1", links])
    file = written(tmp_path, text.getvalue().encode(), "table.csv")

    found = explained(file)

    assert found.map is not None
    assert 'time_format = "%d.%m.%Y %H:%M"' in found.map
    posts = list(iter_posts(file, "f", mapped=parse_map(found.map.encode(), "m")))
    assert [each.urn for each in posts if isinstance(each, ParsedPost)] == ["1", "2", "3"]
    first = posts[0]
    assert isinstance(first, ParsedPost)
    assert (first.text_content, first.author_username) == ("It says: 1 of three", "ada")
    assert first.posted_at_timestamp == 1_749_645_000_000
    assert [each.media_type for each in first.media] == ["image", "video"]
    assert first.engagement.reposts == 1


def test_an_unknown_object_too_long_to_be_read_whole_has_a_map_too(tmp_path: Path) -> None:
    threads = [
        {**thread(number % 3), "threadNo": number + 1, "bodyText": "word " * 2_000} for number in range(2_000)
    ]
    file = written(tmp_path, {"result": {"threads": threads}})
    assert file.stat().st_size > 17_000_000

    found = explained(file)

    assert found.map is not None
    mapped = parse_map(found.map.encode(), "m")
    assert str(mapped.posts) == "$.result.threads[*]"
    assert sum(isinstance(each, ParsedPost) for each in iter_posts(file, "f", mapped=mapped)) == 2_000


def test_links_of_media_are_not_taken_for_those_of_posts() -> None:
    episodes = [
        {
            "guid": f"g-{number}",
            "published": f"0{number} Jun 2025 10:00",
            "enclosure": {"url": f"https://cdn.example/{number}.mp3", "length": 1},
            "href": f"https://blog.example/{number}",
            "rare": {"url": "https://rare.example/x"} if number == 1 else None,
        }
        for number in range(1, 4)
    ]
    proposed = propose(episodes, is_list=True)
    assert proposed is not None
    mapped = proposed.mapped
    assert (str(mapped.id), str(mapped.url)) == ("$.guid", "$.href")
    assert list(map(str, mapped.time)) == ["$.published"]
    assert mapped.time_format == "%d %b %Y %H:%M"
    assert [(str(block.url), block.type) for block in mapped.media] == [("$.enclosure.url", None)]


def rows(*times: str, **columns: list[str]) -> list[dict[str, str]]:
    """Make rows of a table of which nobody knows the tool."""
    return [
        {
            "id": str(number),
            "text": "What was said there, at some length.",
            "when": time,
            "link": f"https://forum.example/t/{number}",
            **{name: values[number - 1] for name, values in columns.items()},
        }
        for number, time in enumerate(times, 1)
    ]


@pytest.mark.parametrize(
    ("times", "form"),
    [
        (["03/04/2024 14:30", "25/04/2024 14:30"], "%d/%m/%Y %H:%M"),
        (["3/4/2024 2:30 PM", "4/25/2024 2:30 PM"], "%m/%d/%Y %I:%M %p"),
        (["03.04.2024", "05.04.2024"], "%d.%m.%Y"),
        (["3-Apr-24", "5-Apr-24"], "%d-%b-%y"),
        (["03-Apr-2024 02:30PM", "05-Apr-2024 02:30PM"], "%d-%b-%Y %I:%M%p"),
        (["Fri, Nov 14, 2025", "Sat, Nov 15, 2025"], "%a, %b %d, %Y"),
        (["2024-04-03 14:30", "2024-04-05 14:30"], None),
    ],
)
def test_times_in_local_notations_have_a_format_where_the_values_tell_it(
    times: list[str], form: str | None
) -> None:
    proposed = propose(rows(*times), is_list=True)
    assert proposed is not None
    assert (list(map(str, proposed.mapped.time)), proposed.mapped.time_format) == (["$.when"], form)
    assert proposed.doubts == (NO_ZONE,)


@pytest.mark.parametrize("times", [["03/04/2024 14:30", "05/04/2024 14:30"], ["1-2-2024", "3-4-2024"]])
def test_whether_day_or_month_comes_first_is_never_guessed(tmp_path: Path, times: list[str]) -> None:
    table = io.StringIO()
    writer = csv.DictWriter(table, rows(*times)[0])
    writer.writeheader()
    writer.writerows(rows(*times))
    found = explained(written(tmp_path, table.getvalue().encode(), "t.csv"))
    assert found.map is not None
    assert "time" not in found.map
    assert len(found.doubts) == 1
    assert found.doubts[0].startswith(
        "the times in $.when may have the day or the month first: add time = '$.when'"
    )
    mapped = parse_map(f'time = "$.when"\n{found.map}'.encode(), "m")
    (refused, _) = iter_posts(tmp_path / "t.csv", "t.csv", mapped=mapped)
    assert isinstance(refused, Rejection)
    assert "a map says how to read it (time_format)" in refused.reason


@pytest.mark.parametrize(
    ("dates", "clocks", "form"),
    [
        (["2024-04-03", "2024-04-05"], ["14:30:00", "15:30:00"], None),
        (["2024-04-03", "2024-04-05"], ["2:30 PM", "3:30 PM"], "%Y-%m-%d %I:%M %p"),
        (["03.04.2024", "05.04.2024"], ["14:30", "15:30"], "%d.%m.%Y %H:%M"),
    ],
)
def test_a_time_of_day_in_a_column_of_its_own_is_part_of_the_time(
    dates: list[str], clocks: list[str], form: str | None
) -> None:
    items = rows(*dates, clock=clocks)
    proposed = propose(items, is_list=True)
    assert proposed is not None
    assert list(map(str, proposed.mapped.time)) == ["$.when", "$.clock"]
    assert proposed.mapped.time_format == form
    mapped = parse_map(map_text(proposed.mapped).encode(), "m")
    found = iter_posts(io.BytesIO(json.dumps(items).encode()), "f", mapped=mapped)
    times = [each.posted_at_timestamp for each in found if isinstance(each, ParsedPost)]
    assert times == [1712154600000, 1712154600000 + 2 * 86_400_000 + 3_600_000]


def test_ids_that_a_spreadsheet_rounded_are_left_for_the_link_and_told() -> None:
    items = [
        {**row, "id": f"1.7755{number}E+18"} for number, row in enumerate(rows("2024-04-03", "2024-04-05"))
    ]
    proposed = propose(items, is_list=True)
    assert proposed is not None
    assert str(proposed.mapped.id) == "$.link"
    assert proposed.doubts[1:] == (
        "a spreadsheet has rounded the numbers in $.id, which are no ids any more",
    )


@pytest.mark.parametrize("name", ["", "#", "Unnamed: 0", "index"])
def test_numbers_of_rows_are_no_ids(name: str) -> None:
    row = {"user": "ada", "tweet": "What was said there, at some length.", "date": "2024-04-03"}
    assert propose([{name: str(number), **row} for number in range(3)], is_list=True) is None


def test_what_nothing_tells_is_told() -> None:
    row = {"id": "1", "text": "What was said there, at some length.", "at": "2024-04-03T14:30:00+02:00"}
    proposed = propose([row], is_list=True)
    assert proposed is not None
    assert proposed.doubts == ("nothing tells the network: say it in platform",)


def test_posts_of_several_networks_are_told_and_those_of_one_have_its_name() -> None:
    links = [
        "https://twitter.com/ada/status/1",
        "https://x.com/ada/status/2",
        "https://www.facebook.com/1/posts/2",
    ]
    of_one = propose(rows("2024-04-03", "2024-04-05", link=links[:2]), is_list=True)
    of_two = propose(rows("2024-04-03", "2024-04-05", "2024-04-06", link=links), is_list=True)
    assert of_one is not None
    assert (of_one.mapped.platform, of_one.doubts) == ("x", (NO_ZONE,))
    assert of_two is not None
    assert of_two.mapped.platform == "x"
    assert of_two.doubts[1:] == ("the posts are of several places, and a map is of one: x, facebook",)


def test_of_a_damaged_file_the_beginning_has_a_map(tmp_path: Path) -> None:
    lines = [f"{json.dumps(thread(number))}\n".encode() for number in range(6)]
    packed = gzip.compress(b"".join(lines[:3])) + gzip.compress(b"".join(lines[3:]))[:-9]
    found = explained(written(tmp_path, packed, "threads.jsonl.gz"))
    assert found.map is not None
    assert any("the compressed file is cut off" in reason for reason in found.reasons)


def test_the_standard_input_is_looked_at_twice(monkeypatch: pytest.MonkeyPatch) -> None:
    data = json.dumps([thread(number) for number in range(3)]).encode()
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(data)))
    found = explained("-")
    assert (found.file, found.items) == ("-", 3)
    assert found.map is not None


@pytest.mark.parametrize("data", [[{"colour": "red"}, {"colour": "red"}], [1, 2], {}, b"", b"no JSON", [[]]])
def test_where_nothing_looks_like_posts_there_is_no_map(tmp_path: Path, data: Any) -> None:
    found = explained(written(tmp_path, data))
    assert (found.map, found.posts, found.shown) == (None, 0, [])
    assert found.reasons
    is_unknown = any(reason.startswith("unknown shape") for reason in found.reasons)
    assert bool(found.doubts) == is_unknown


def test_what_decided_is_told_and_enough_for_each_format() -> None:
    for name, sample in EXAMPLES.items():
        found = KNOWN.detect(sample)
        marks = decisive(sample, lambda value, found=found: KNOWN.detect(value) is found)  # type: ignore[misc]
        assert marks or found is None, name
        assert len(marks) <= 20, (name, marks)
        assert sample == EXAMPLES[name]


def test_what_matters_of_a_value_is_told() -> None:
    value = {"kind": "note", "size": 7, "body": {"a": 1, "text": "x", "list": [1, 2]}, "other": [{"more": 1}]}

    def is_taken(each: Any) -> bool:
        return (
            each.get("kind") == "note"
            and type(each.get("size")) is int
            and isinstance(each.get("body"), dict)
            and "text" in each["body"]
            and isinstance(each["body"].get("list"), list)
        )

    assert decisive(value, is_taken) == [
        '$.kind is "note"', "$.size is a number", "$.body.text", "$.body.list is a list",
    ]  # fmt: skip


def test_what_matters_is_found_among_very_many_names() -> None:
    value = {f"name {number}": {"inner": number} for number in range(100_000)}
    tries = 0

    def is_taken(each: Any) -> bool:
        nonlocal tries
        tries += 1
        return "name 7" in each and isinstance(each.get("name 99999"), dict)

    assert decisive(value, is_taken) == ["$['name 7']", "$['name 99999'] is an object"]
    assert tries < 200


def test_posts_are_shown_without_signatures_and_media_are_counted(tmp_path: Path) -> None:
    status = {
        "id": "1", "uri": "https://m.example/1", "url": "https://m.example/@ada/1?token=secret1",
        "created_at": "2025-06-01T12:00:00.000Z", "visibility": "public", "reblog": None,
        "content": f"<p>look: {SIGNED}</p>", "account": {"acct": "ada", "display_name": "Ada"},
        "media_attachments": [{"id": "5", "type": "image", "url": SIGNED, "description": f"see {SIGNED}"}],
        "replies_count": 0, "reblogs_count": 0, "favourites_count": 3,
    }  # fmt: skip
    file = written(tmp_path, [{**status, "id": str(number)} for number in range(5)])

    found = explained(file)

    assert [taken.format for taken in found.formats] == ["mastodon"]
    assert found.formats[0].about.startswith("Reads posts")
    assert (found.items, found.posts, found.is_whole, found.media) == (5, 5, True, {"image": 5})
    assert len(found.shown) == 2
    assert found.shown[0].media[0].url == "https://cdn.example.com/a.jpg"
    assert "sig=" not in found.model_dump_json()
    assert "secret1" not in found.model_dump_json()


def test_of_a_long_file_the_beginning_is_looked_at(tmp_path: Path) -> None:
    post = {"id": 1, "shortCode": "a", "displayUrl": "https://i.example/a.jpg", "likesCount": 1}
    found = explained(written(tmp_path, [post] * 1500))
    assert (found.items, found.is_whole) == (1000, False)


def test_packed_files_folders_and_members_are_explained_each(tmp_path: Path) -> None:
    post = {"id": 1, "shortCode": "a", "displayUrl": "https://i.example/a.jpg", "likesCount": 1}
    written(tmp_path, gzip.compress(json.dumps([post]).encode()), "a.json.gz")
    with zipfile.ZipFile(tmp_path / "b.zip", "w") as archive:
        archive.writestr("one.json", json.dumps([post]))
        archive.writestr("two.json", json.dumps([thread(0), thread(1)]))
    os.mkfifo(tmp_path / "pipe.json")

    found = {Path(each.file).name: each for each in explain([str(tmp_path), str(tmp_path / "none")])}

    one, two = found["one.json"], found["two.json"]
    assert isinstance(one, Explanation)
    assert one.formats[0].format == "apify_instagram"
    assert isinstance(two, Explanation)
    assert two.map is not None
    assert isinstance(found["a.json.gz"], Explanation)
    assert isinstance(found["pipe.json"], Rejection)
    assert isinstance(found["none"], Rejection)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=5),
    max_leaves=30,
)


@given(st.lists(JSON, max_size=5), st.booleans())
@example([{"\U00018cd6": "0"}], False)  # a letter that not every terminal knows
@settings(max_examples=60)
def test_every_proposal_is_a_map_that_can_be_read(items: list[Any], is_list: bool) -> None:
    proposed = propose(items, is_list=is_list)
    if proposed is not None:
        text = map_text(proposed.mapped)
        assert parse_map(text.encode(), "m") == proposed.mapped
        assert text.isprintable() or text.replace("\n", "").isprintable()


@given(JSON, st.integers(0, 400))
@settings(max_examples=60)
def test_the_beginning_of_a_text_is_closed_or_nothing(value: Any, length: int) -> None:
    text = json.dumps(value, ensure_ascii=False)
    assert closed(text[:length]) is None or isinstance(closed(text[:length]), dict | list)
    if isinstance(value, dict | list):
        assert closed(text) == value


def test_a_text_is_closed_behind_its_last_whole_value() -> None:
    text = '{"a": 1, "b": {"c": ["x", {"d": "e, [", "f'
    assert closed(text) == {"a": 1, "b": {"c": ["x", {"d": "e, ["}]}}
    assert closed("[" * 100_000) is None
