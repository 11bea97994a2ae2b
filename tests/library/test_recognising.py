"""Importing again reads nothing that the library holds just so, and misses nothing that changed."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from social_tui.importers import held
from social_tui.importers.protocol import Outcome
from social_tui.importers.reading import Reader
from social_tui.library import import_run
from social_tui.library.importing import import_paths
from social_tui.reports import ImportReport
from tests.support.world import World

PICTURE = "https://media.licdn.com/dms/image/{}?e=1990000000&v=beta&t=one"
_VERSIONS = """
    select (select array_agg(xmin::text || ctid::text) from public.posts),
      (select array_agg(xmin::text || ctid::text) from public.post_media),
      (select array_agg(xmin::text || ctid::text) from private.imported_items),
      (select count(*) from public.data_downloads), (select count(*) from public.media_events)
"""


@pytest.fixture
def parsed(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Note the text of every item that is parsed."""
    texts: list[str] = []
    really = Reader.parse

    def parse(self: Reader, value: Any, raw: str) -> Iterator[Outcome]:
        texts.append(raw)
        return really(self, value, raw)

    monkeypatch.setattr(Reader, "parse", parse)
    return texts


def posts_of(world: World) -> list[dict[str, Any]]:
    with_inner = world.post(reshared_post=world.post(PICTURE.format("r")))
    return [world.post(PICTURE.format("a"), PICTURE.format("b")), world.post(), with_inner]


def write(folder: Path, *texts: str, by_line: bool = True) -> str:
    file = folder / ("posts.ndjson" if by_line else "posts.json")
    file.write_text("\n".join(texts) + "\n" if by_line else f"[{','.join(texts)}]", "utf-8")
    return str(file)


def run(world: World, file: str, **options: Any) -> ImportReport:
    with world.open() as library:
        return import_paths(library, [file], **options)


@pytest.mark.parametrize("by_line", [True, False])
def test_what_is_held_is_counted_without_being_parsed_or_written(
    world: World, tmp_path: Path, parsed: list[str], by_line: bool
) -> None:
    texts = [json.dumps(post) for post in posts_of(world)]
    file = write(tmp_path, *texts, '{"id": 1, "id": 2}', '{"id": NaN}', texts[0], by_line=by_line)
    first = run(world, file)
    assert len(parsed) >= 4
    before, parsed[:] = world.execute(_VERSIONS), []
    again = run(world, file)
    assert parsed == []
    assert world.execute(_VERSIONS) == before
    assert (again.posts.read, again.posts.nested) == (first.posts.read, first.posts.nested)
    assert (again.posts.unchanged, again.posts.rejected) == (4, 2)
    assert (again.media.found, again.media.held) == (first.media.found, first.media.found)
    assert (again.media.by_type, again.media.by_role) == (first.media.by_type, first.media.by_role)
    assert (again.rejected, again.next_expiry) == (first.rejected, first.next_expiry)
    assert run(world, file, dry_run=True).posts == again.posts


def test_what_cannot_be_noted_is_stored_all_the_same(world: World, tmp_path: Path) -> None:
    world.execute("alter table private.imported_items add check (false)")
    report = run(world, write(tmp_path, *map(json.dumps, posts_of(world))))
    assert (report.posts.new, report.posts.nested) == (3, 1)
    assert world.execute("select count(*) from public.posts") == [(4,)]
    assert world.execute("select count(*) from private.imported_items") == [(0,)]


@pytest.mark.parametrize(
    "change",
    [
        "update public.post_media set media_url = 'https://else.example/' where role = 'main'",
        "delete from public.post_media where role = 'main' and position = 1",
        "update public.post_media set position = position + 5",
        "delete from public.posts",
        "update public.posts set content_hash = 'of another export'",
    ],
)
def test_what_changed_since_is_read_again(
    world: World, tmp_path: Path, parsed: list[str], change: str
) -> None:
    text = json.dumps(world.post(PICTURE.format("a"), PICTURE.format("b")))
    file = write(tmp_path, text)
    run(world, file)
    world.execute(change)
    parsed.clear()
    assert run(world, file).posts.read == 1
    assert parsed == [text]
    found = world.execute("select media_url from public.post_media where role = 'main' order by position")
    assert [url for (url,) in found] == [PICTURE.format("a"), PICTURE.format("b")]


def test_other_options_and_another_version_read_again(
    world: World, tmp_path: Path, parsed: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    author = {"username": "ada", "profile_picture": PICTURE.format("ada")}
    file = write(tmp_path, json.dumps(world.post(PICTURE.format("a"), author=author)))
    assert run(world, file).media.found == 1
    with_avatars = run(world, file, avatars=True)
    assert with_avatars.media.by_role == {"main": 1, "avatar": 1}
    parsed.clear()
    assert run(world, file, avatars=True).media == with_avatars.media.model_copy(update={"new": 0, "held": 2})
    assert parsed == []
    monkeypatch.setattr(held, "_reader_version", lambda: "another")
    run(world, file, avatars=True)
    assert len(parsed) == 1


def test_an_export_that_follows_another_one_of_its_post_is_read(
    world: World, tmp_path: Path, parsed: list[str]
) -> None:
    post = world.post(PICTURE.format("a"), urn="7300000000000000001")
    newer = {**post, "text": "What it says now."}
    old, new = json.dumps(post), json.dumps(newer)
    run(world, write(tmp_path, old))
    parsed.clear()
    assert run(world, write(tmp_path, new, old)).posts.updated == 1
    assert parsed == [new, old]
    assert world.execute("select text_content from public.posts") == [("What it says now.",)]


def numbered(world: World, count: int) -> list[str]:
    """Make posts that are the same in every run, so that their groups are."""
    return [
        json.dumps(world.post(PICTURE.format(number), urn=str(7_300_000_000_000_000_000 + number)))
        for number in range(count)
    ]


@pytest.mark.parametrize("by_line", [True, False])
def test_a_change_costs_its_group_alone(
    world: World, tmp_path: Path, parsed: list[str], by_line: bool
) -> None:
    texts = numbered(world, 600)
    run(world, write(tmp_path, *texts, by_line=by_line))
    added = [json.dumps(world.post()) for _ in range(3)]
    changed = json.dumps({**json.loads(texts[300]), "text": "What it says now."})
    parsed.clear()
    report = run(world, write(tmp_path, *added, *texts[:300], changed, *texts[301:500], by_line=by_line))
    assert (report.posts.new, report.posts.updated, report.posts.unchanged) == (3, 1, 499)
    assert {*added, changed} <= set(parsed), "what is new is read"
    assert len(parsed) < 200, "and what stands far from it is not"


@pytest.mark.parametrize("batch_posts", [1, 7])
def test_groups_are_noted_wherever_batches_end(
    world: World, tmp_path: Path, parsed: list[str], monkeypatch: pytest.MonkeyPatch, batch_posts: int
) -> None:
    monkeypatch.setattr(import_run, "BATCH_POSTS", batch_posts)
    texts = numbered(world, 100)
    texts.insert(50, '{"is": "no post"}')
    file = write(tmp_path, *texts)
    assert run(world, file).posts.new == 100
    parsed.clear()
    report = run(world, file)
    assert (report.posts.unchanged, report.posts.rejected) == (100, 1)
    assert parsed == ['{"is": "no post"}'], "what is no post is told again, what stands beside it is held"


def test_what_one_item_says_may_change_the_group_of_another(
    world: World, tmp_path: Path, parsed: list[str]
) -> None:
    texts = numbered(world, 40)
    file = write(tmp_path, *texts)
    run(world, file)
    world.execute(
        "update public.post_media set media_url = 'https://else.example/' where position = 0"
        " and post_id = (select post_id from public.posts where urn = '7300000000000000020')"
    )
    parsed.clear()
    assert run(world, file).posts.updated == 1
    assert texts[20] in parsed
    parsed.clear()
    assert run(world, file).posts.unchanged == 40
    assert parsed == []
