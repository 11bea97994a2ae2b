"""Hashes that a source states of its media: bytes that are others are never without that word."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterator

import pytest

from social_tui.library.capturing import capture
from social_tui.library.importing import import_paths
from social_tui.library.session import Library
from social_tui.models import MediaRow
from social_tui.store import media as media_store
from tests.importers.more_examples import WHATSAPP
from tests.media_cache.samples import jpeg
from tests.support.world import World

PICTURE, OTHER = jpeg(40, 30), jpeg(50, 20, seed=2)


@pytest.fixture
def library(world: World) -> Iterator[Library]:
    with world.open() as opened:
        yield opened


def events(library: Library, row: MediaRow) -> list[str]:
    return [event.event for event in media_store.list_events(library.gateway, row.media_id)]


def take(world: World, library: Library, url: str, digest: bytes | None) -> MediaRow:
    """Import a message whose source states a hash of its media, or none."""
    picture = {"id": "9", "url": url}
    if digest is not None:
        picture["sha256"] = base64.b64encode(digest).decode()
    message = {"id": "wamid.1", "from": "1", "timestamp": "1714564800", "type": "image", "image": picture}
    value = {"messaging_product": "whatsapp", "messages": [message]}
    webhook = {"field": "messages", "value": value}
    import_paths(library, [world.write([{**WHATSAPP, "entry": [{"id": "1", "changes": [webhook]}]}])])
    (row,) = media_store.iterate_media(library.gateway)
    return media_store.get_media(library.gateway, row.media_id)


def stated(world: World, library: Library, content: bytes, digest: bytes | None) -> MediaRow:
    """Import a message whose source states a hash of its media, and download that."""
    row = take(world, library, world.serve("/a.jpg", content), digest)
    with world.open("worker") as worker:
        capture(worker, row.media_id, claim="one")
    return media_store.get_media(library.gateway, row.media_id)


def test_bytes_that_are_not_what_their_source_states_are_never_without_that_word(
    world: World, library: Library
) -> None:
    row = stated(world, library, PICTURE, hashlib.sha256(OTHER).digest())
    assert row.download_status == "ready"
    assert "not the bytes that its source states" in (row.error or "")
    assert events(library, row).count("stated_hash_differs") == 1
    media_store.record_verification(library.gateway, row.sha256 or "", result="ok", actor="cli")
    assert media_store.get_media(library.gateway, row.media_id).error == row.error


def test_bytes_that_are_what_their_source_states_are_as_any_others(world: World, library: Library) -> None:
    row = stated(world, library, PICTURE, hashlib.sha256(PICTURE).digest())
    assert (row.download_status, row.error) == ("ready", None)
    assert row.provider_media_id == "9"
    assert row.metadata["stated_sha256"] == hashlib.sha256(PICTURE).hexdigest()
    assert "stated_hash_differs" not in events(library, row)


def test_a_hash_that_a_later_export_states_is_added_and_compared(world: World, library: Library) -> None:
    row = stated(world, library, PICTURE, None)
    assert (row.metadata, row.error) == ({}, None)
    for _ in range(2):
        later = take(world, library, str(row.media_url), hashlib.sha256(OTHER).digest())
        assert later.metadata["stated_sha256"] == hashlib.sha256(OTHER).hexdigest()
        assert "not the bytes that its source states" in (later.error or "")
        assert events(library, row).count("stated_hash_differs") == 1
    # What was stated first stays.
    again = take(world, library, str(row.media_url), hashlib.sha256(PICTURE).digest())
    assert again.metadata == later.metadata
