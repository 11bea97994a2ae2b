"""The data that Instagram gives people of their own account."""

from __future__ import annotations

import json
import zipfile
from pathlib import Path
from typing import Any

import pytest

from social_tui.exports import ParsedPost
from social_tui.importers import iter_files
from social_tui.importers.instagram_download import mended
from tests.importers.own_data_examples import INSTAGRAM_DOWNLOAD
from tests.importers.taking import outline, post, posts, reasons

FILE: dict[str, Any] = {"uri": "media/stories/202402/77.jpg", "creation_timestamp": 1704200000, "title": "S"}


def test_a_post_with_files_beside_it() -> None:
    taken = post([INSTAGRAM_DOWNLOAD])
    assert (taken.platform, taken.urn) == ("instagram", "1704100002-4001_n_17900000000000001")
    assert (taken.text_content, taken.posted_at_timestamp) == ("Caf\u00e9 \u2615", 1704100002000)
    assert outline(taken) == [("image", None), ("video", None)]
    assert [each.local_path for each in taken.media] == [each["uri"] for each in INSTAGRAM_DOWNLOAD["media"]]


def test_one_file_has_the_words_of_its_post() -> None:
    taken = post([{"media": [FILE]}])
    assert (taken.text_content, taken.posted_at_timestamp, taken.urn) == ("S", 1704200000000, "1704200000-77")


@pytest.mark.parametrize("name", ["ig_reels_media", "ig_igtv_media", "ig_archived_post_media"])
def test_other_lists_have_posts_of_the_same_shape(name: str) -> None:
    assert posts({name: [INSTAGRAM_DOWNLOAD]}) == posts([INSTAGRAM_DOWNLOAD])


def test_stories_are_bare_files() -> None:
    assert [each.urn for each in posts({"ig_stories": [FILE]})] == ["1704200000-77"]


@pytest.mark.parametrize(
    ("written", "meant"),
    [("\u00f0\u009f\u0098\u0080", "\U0001f600"), ("\u00e9t\u00e9", "\u00e9t\u00e9"), ("\u4e2d", "\u4e2d")],
)
def test_letters_are_mended_where_they_were_broken(written: str, meant: str) -> None:
    assert mended(written) == meant


def test_what_could_not_be_known_again_is_refused() -> None:
    assert reasons([{"media": [{**FILE, "creation_timestamp": None}]}]) == [
        "has no time or no name of a file, by which it could be known again"
    ]


@pytest.mark.parametrize(
    ("folder", "top"),
    [
        ("your_instagram_activity/media/", ""),
        ("content/", ""),
        ("me-2024/your_instagram_activity/media/", "me-2024/"),
    ],
)
def test_files_are_named_from_the_top_of_the_download(tmp_path: Path, folder: str, top: str) -> None:
    with zipfile.ZipFile(tmp_path / "download.zip", "w") as archive:
        archive.writestr(
            f"{folder}posts_1.json", json.dumps([{"media": [FILE, {**FILE, "uri": "../x.jpg"}]}])
        )
    ((_, _, taken),) = iter_files([str(tmp_path / "download.zip")])
    assert isinstance(taken, ParsedPost)
    assert [each.local_path for each in taken.media] == [f"{top}{FILE['uri']}", f"{top}../x.jpg"]
