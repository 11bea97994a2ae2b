"""What files say of how they were made is looked for once, and told as what they say."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from social_tui.errors import ReadOnlyError
from social_tui.library.capturing import capture
from social_tui.library.importing import import_paths
from social_tui.library.mark_words import marks_in_words
from social_tui.library.marking import MarksReport, look_for_missing_marks
from social_tui.library.previewing import preview
from social_tui.library.session import Library
from social_tui.store import marks as mark_store
from social_tui.store import media as media_store
from tests.media_cache import samples, signing
from tests.support.world import World, rows

PLAIN = samples.jpeg(80, 80, seed=1)
MADE = signing.signed(
    signing.in_jpeg(samples.jpeg(80, 80, seed=2), signing.packet()), "image/jpeg", signing.BY_AI
)


@pytest.fixture
def library(world: World) -> Iterator[Library]:
    """Open a library with a picture that says nothing and two media of one that does."""
    with world.open("worker") as opened:
        posts = [
            world.post(world.serve(f"/{name}", content))
            for name, content in (("plain.jpg", PLAIN), ("made.jpg", MADE), ("again.jpg", MADE))
        ]
        import_paths(opened, [world.write(posts)])
        for name in ("plain.jpg", "made.jpg", "again.jpg"):
            capture(opened, rows(opened)[name].media_id, claim=name)
        yield opened


def marks(library: Library, name: str) -> dict[str, Any] | None:
    return media_store.get_media(library.gateway, rows(library)[name].media_id).marks


def test_a_file_is_looked_into_when_its_small_picture_is_drawn(library: Library) -> None:
    assert marks(library, "made.jpg") is None
    for name in ("plain.jpg", "made.jpg"):
        assert preview(library, rows(library)[name].media_id) is not None
    found = marks(library, "made.jpg")
    assert found is not None
    assert found["xmp"]["source_types"] == found["c2pa"]["source_types"] == ["trainedAlgorithmicMedia"]
    assert marks(library, "again.jpg") == found, "they are those of the bytes"
    assert marks(library, "plain.jpg") == {}
    assert look_for_missing_marks(library) == MarksReport()
    for name, count in (("made.jpg", 1), ("again.jpg", 1), ("plain.jpg", 0)):
        events = media_store.list_events(library.gateway, rows(library)[name].media_id)
        assert [event.event for event in events].count("marks_read") == count


def test_what_nobody_looked_into_is_looked_into_once(library: Library, world: World) -> None:
    assert look_for_missing_marks(library) == MarksReport(looked_into=2, marked=1)
    assert look_for_missing_marks(library) == MarksReport()
    sha256 = rows(library)["made.jpg"].sha256 or ""
    mark_store.record_marks(library.gateway, sha256, {"c2pa": {"signature": "unread"}}, actor="worker")
    assert look_for_missing_marks(library) == MarksReport(looked_into=1, marked=1)
    mark_store.record_marks(library.gateway, sha256, {"error": "It took too long."}, actor="worker")
    assert look_for_missing_marks(library) == MarksReport(looked_into=1, marked=1)
    only_read = World(world.home, world.database_url, world.server, read_only=True)
    with only_read.open() as opened, pytest.raises(ReadOnlyError):
        look_for_missing_marks(opened)


@pytest.mark.parametrize(
    ("found", "words"),
    [
        (None, []),
        ({}, []),
        ({"error": "It cannot be decoded."}, []),
        (
            {"xmp": {"source_types": ["trainedAlgorithmicMedia"], "tools": ["Dream 3"]}},
            ["its XMP says: made by AI (Dream 3); anybody can write that"],
        ),
        (
            {
                "c2pa": {
                    "signature": "untrusted",
                    "signer": "Dream Makers",
                    "source_types": ["digitalCapture"],
                }
            },
            [
                "its C2PA manifest says: taken by a camera;"
                " signed by Dream Makers, whom nothing here vouches for"
            ],
        ),
        (
            {
                "c2pa": {
                    "signature": "invalid",
                    "source_types": [],
                    "source_types_of_parts": ["trainedAlgorithmicMedia"],
                }
            },
            [
                "its C2PA manifest is there: made out of what was made by AI;"
                " its signature does not fit: the file or the manifest was changed"
            ],
        ),
        (
            {"c2pa": {"signature": "unread"}},
            [
                "its C2PA manifest is there: nothing here reads it:"
                " pip install 'social-tui[provenance]' brings what does"
            ],
        ),
    ],
)
def test_marks_are_told_as_what_the_file_says(found: dict[str, Any] | None, words: list[str]) -> None:
    assert list(marks_in_words(found)) == words
