"""What stands beside the posts in the downloads of Instagram and Facebook, and is none."""

from __future__ import annotations

import json
import zipfile
from pathlib import Path
from typing import Any

import pytest

from social_tui.exports import ParsedPost
from social_tui.importers import PassedOver, iter_posts
from tests.importers.own_data_examples import INSTAGRAM_DOWNLOAD
from tests.importers.taking import reasons

PHOTO = {"uri": "messages/inbox/ada_1/photos/1.jpg", "creation_timestamp": 1700000000}
MESSAGE = {"sender_name": "Ada", "timestamp_ms": 1700000000000, "photos": [PHOTO]}
COMMENT = {
    "timestamp": 1700000000,
    "attachments": [{"data": [{"media": {"uri": "posts/media/1.jpg", "creation_timestamp": 1700000000}}]}],
    "data": [{"comment": {"timestamp": 1700000000, "comment": "Yes", "author": "Ada"}}],
    "title": "Ada commented on her own post.",
}
ATTACHED = {
    "timestamp": 1700000000,
    "title": "Ada commented on her own post.",
    "attachments": [{"data": [{"media": {**PHOTO, "uri": "comments_and_reactions/media/1.jpg"}}]}],
}
BESIDE = "is a message or a comment with files"
FOLLOWER = {"title": "", "media_list_data": [], "string_list_data": [{"value": "ada", "timestamp": 1}]}
NOTE = "is a note of an account, such as a like, a comment or a follower"


@pytest.mark.parametrize(
    ("file", "expected"),
    [
        ({"participants": [{"name": "Ada"}], "messages": [MESSAGE, MESSAGE]}, ["is a private message"] * 2),
        ({"messages": [{"senderName": "Ada", "timestamp": 1, "media": [PHOTO]}]}, ["is a private message"]),
        ([{"photos": [PHOTO], "last_modified_timestamp": 1}], [BESIDE]),
        ([{"media": [PHOTO]}], [BESIDE]),
        ([ATTACHED], [BESIDE]),
        ({"comments_v2": [COMMENT]}, ["is a comment or a reaction"]),
        ([{"timestamp": 1, "data": [{"reaction": {"reaction": "LIKE"}}]}], ["is a comment or a reaction"]),
        ([FOLLOWER, FOLLOWER], [NOTE] * 2),
        ({"likes_media_likes": [FOLLOWER]}, [NOTE]),
        ({"saved_saved_media": [{"title": "ada", "string_map_data": {}}]}, [NOTE]),
    ],
)
def test_they_are_passed_over_whatever_files_they_have(file: Any, expected: list[str]) -> None:
    assert reasons(file) == expected


def test_of_a_whole_download_the_posts_are_posts(tmp_path: Path) -> None:
    packed = tmp_path / "d.zip"
    with zipfile.ZipFile(packed, "w") as download:
        download.writestr("content/posts_1.json", json.dumps([INSTAGRAM_DOWNLOAD]))
        download.writestr("messages/inbox/ada_1/message_1.json", json.dumps({"messages": [MESSAGE]}))
        download.writestr("followers_and_following/followers_1.json", json.dumps([FOLLOWER]))
    found = [type(each) for each in iter_posts(packed, "d.zip")]
    assert sorted(found, key=str) == [ParsedPost, PassedOver, PassedOver]
