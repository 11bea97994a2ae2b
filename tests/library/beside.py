"""Exports with files beside them, and what a library holds of those after the import."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from social_tui.library.session import Library
from social_tui.models import MediaRow
from social_tui.store import media as media_store
from tests.importers.examples import EXAMPLES, TELEGRAM
from tests.importers.tool_examples import GALLERY_DL
from tests.media_cache.samples import jpeg, video
from tests.support.world import World

PICTURE, OTHER, CLIP = jpeg(40, 30), jpeg(50, 20, seed=2), video()


@pytest.fixture
def library(world: World) -> Iterator[Library]:
    """Open an empty library."""
    with world.open() as opened:
        yield opened


def write(folder: Path, files: Mapping[str, object]) -> str:
    """Write files below a folder, values as JSON; returns the folder."""
    for name, content in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content if isinstance(content, bytes) else json.dumps(content).encode())
    return str(folder)


def telegram(*messages: dict[str, Any]) -> dict[str, Any]:
    """Make an export of Telegram with these messages."""
    blank = {**TELEGRAM["messages"][0], "photo": None}
    return {**TELEGRAM, "messages": [{**blank, "id": n, **each} for n, each in enumerate(messages, start=1)]}


def held(library: Library) -> list[tuple[str, str | None]]:
    """Return the role of every media with the file that it has, by what the file holds."""
    found = sorted(media_store.iterate_media(library.gateway), key=lambda row: (row.role, row.position))
    return [(row.role, _name(library, row)) for row in found]


def _name(library: Library, row: MediaRow) -> str | None:
    names = {PICTURE: "picture", OTHER: "other", CLIP: "clip"}
    if row.download_status != "ready":
        return None
    content = library.cache.resolve(row.local_file_path or "").read_bytes()
    assert hashlib.sha256(content).hexdigest() == row.sha256
    return names.get(content, "unknown")


def events(library: Library, row: MediaRow) -> list[str]:
    """Return what the log has of a media, in order."""
    return [event.event for event in media_store.list_events(library.gateway, row.media_id)]


TWEET = {
    "id_str": "1500000000000000001",
    "full_text": "t",
    "favorite_count": "1",
    "retweet_count": "0",
    "extended_entities": {
        "media": [{"type": "photo", "media_url_https": "https://pbs.example.com/media/Abc.jpg"}]
    },
}
NODE = {
    "shortcode": "AAA",
    "taken_at_timestamp": 1_714_564_800,
    "__typename": "GraphVideo",
    "display_url": "https://ig.example.com/1.jpg",
    "video_url": "https://ig.example.com/1.mp4",
    "is_video": True,
}
INFO = {**EXAMPLES["yt_dlp"], "thumbnail": "https://yt.example.com/1.webp"}
# Of each format the files of an export, and what is held of them.
EXPORTS: dict[str, tuple[dict[str, object], list[tuple[str, str | None]]]] = {
    "archive of X": (
        {
            "data/tweets.js": b"window.YTD.tweets.part0 = " + json.dumps([{"tweet": TWEET}]).encode(),
            "data/tweets_media/1500000000000000001-Abc.jpg": PICTURE,
        },
        [("main", "picture")],
    ),
    "Telegram": (
        {
            "result.json": telegram(
                {"file": "video_files/a b.mp4", "thumbnail": "video_files/a b.mp4_thumb.jpg"}
            ),
            "video_files/a b.mp4": CLIP,
            "video_files/a b.mp4_thumb.jpg": OTHER,
        },
        [("main", "clip"), ("thumbnail", "other")],
    ),
    "instaloader": (
        {
            "2024_UTC.json": {"node": NODE, "instaloader": {"node_type": "Post"}},
            "2024_UTC.mp4": CLIP,
            "2024_UTC.jpg": PICTURE,
        },
        [("main", "clip"), ("thumbnail", "picture")],
    ),
    "gallery-dl": (
        {
            "7_1.jpg.json": {**GALLERY_DL, "tweet_id": 7, "num": 1},
            "7_2.jpg.json": {**GALLERY_DL, "tweet_id": 7, "num": 2},
            "7_1.jpg": PICTURE,
            "7_2.jpg": OTHER,
        },
        [("main", "picture"), ("main", "other")],
    ),
    "data of Facebook": (
        {
            "your_facebook_activity/posts/your_posts_1.json": [
                {
                    "timestamp": 1_704_164_645,
                    "data": [{"post": "p"}],
                    "attachments": [
                        {
                            "data": [
                                {
                                    "media": {
                                        "uri": "your_facebook_activity/posts/media/1.jpg",
                                        "creation_timestamp": 1_704_164_640,
                                    }
                                }
                            ]
                        }
                    ],
                }
            ],
            "your_facebook_activity/posts/media/1.jpg": PICTURE,
        },
        [("main", "picture")],
    ),
    "yt-dlp": (
        {"A [x].info.json": INFO, "A [x].mp4": CLIP, "A [x].webp": OTHER},
        [("main", "clip"), ("thumbnail", "other")],
    ),
}
