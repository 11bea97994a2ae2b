"""Values at the edges of JSON and of fields, stored in a real database: each post by itself."""

from __future__ import annotations

import json
from typing import Any

import psycopg
import pytest

from social_tui.library.importing import import_paths
from tests.support.world import World

MEGABYTE = 2**20
WORDS = " ".join(f"word{number:07}" for number in range(MEGABYTE // 12))

VALUES = (
    "-0",
    "1e-400",
    "1e-20000",
    "0." + "3" * 20_000,
    "9" * 4300,
    "1e308",
    "0e99999999",
    "[" + ",".join(["1.5e300"] * 5000) + "]",
    r'"\u0000"',
    r'"\ud800"',
    r'"\ude00\ud83d"',
    r'"\\u0000"',
    r'{"\u0000": 1, "\ud800": 2, "": 3}',
    '{"' + "k" * MEGABYTE + '": 1}',
    '"' + "é" * (MEGABYTE // 2) + '"',
    "[" * 60 + "]" * 60,
)

FIELDS: tuple[dict[str, Any], ...] = (
    {"text": WORDS},
    {"text": "x" * MEGABYTE},
    {"text": "\0" * MEGABYTE},
    {"text": "\U0001f600" * (MEGABYTE // 4)},
    {"url": "https://a.example/" + "x" * MEGABYTE},
    {"full_urn": WORDS},
    {"post_type": WORDS},
    {"author": {"username": WORDS, "first_name": "x" * MEGABYTE, "last_name": WORDS}},
    {"media": {"type": "x" * MEGABYTE, "items": [{"url": "https://a.example/" + "x" * MEGABYTE}]}},
    {"posted_at": {"timestamp": 10**40, "date": WORDS}},
    {"stats": {"total_reactions": 10**30, "comments": -5, "reposts": 2**63, WORDS: 1}},
)


def check(world: World, texts: list[str]) -> None:
    """Import posts between two that are ordinary, and again."""
    path = world.home / "hostile.json"
    first, last = (json.dumps(world.post(f"https://a.example/{name}.jpg")) for name in ("first", "last"))
    path.write_text("[" + ",".join((first, *texts, last)) + "]", encoding="utf-8")
    with world.open() as library:
        report = import_paths(library, [str(path)])
        assert report.rejected == []
        assert report.posts.new == len(texts) + 2
        again = import_paths(library, [str(path)])
        assert (again.posts.unchanged, again.rejected) == (len(texts) + 2, [])
    with psycopg.connect(world.database_url) as connection:
        stored = {raw for (raw,) in connection.execute("select raw_json from public.posts").fetchall()}
    assert stored == {first, *texts, last}


def test_values_at_the_edges_of_json_are_stored_as_they_stand(world: World) -> None:
    check(world, [json.dumps(world.post())[:-1] + f', "extra": {value}}}' for value in VALUES])


def test_fields_of_a_megabyte_and_of_the_wrong_size_are_stored(world: World) -> None:
    check(world, [json.dumps(world.post(**changes)) for changes in FIELDS])


@pytest.mark.parametrize("urn", ["7" * MEGABYTE, WORDS, "\0", ""])
def test_an_id_that_can_be_none_costs_only_its_post(world: World, urn: str) -> None:
    posts = [world.post(), {**world.post(), "activity_urn": urn}, world.post()]
    with world.open() as library:
        report = import_paths(library, [world.write(posts, "ids.json")])
    assert [(each.position, each.reason) for each in report.rejected] == [(2, "has no activity id")]
    assert report.posts.new == 2
