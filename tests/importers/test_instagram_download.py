"""The data that Instagram gives people of their own account."""

from __future__ import annotations

import json
import zipfile
from pathlib import Path
from typing import Any

import pytest

from social_tui.exports import ParsedPost
from social_tui.importers import iter_files
from social_tui.importers.beside_files import NotTakenError, open_beside
from social_tui.importers.instagram_download import mended
from tests.importers.own_data_examples import INSTAGRAM_DOWNLOAD
from tests.importers.taking import outcomes, outline, post, posts, reasons

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
        "has no time, or neither words nor files, by which it could be known again"
    ]


def test_files_without_names_of_one_second_are_told_apart() -> None:
    uris = ["media/posts/202402/.jpg", "media/reels/202402/.jpg", "media/posts/202402/", "media/posts/.mp4"]
    nameless = [{"media": [{**FILE, "uri": uri, "title": words}]} for uri in uris for words in ("", "Words")]
    taken = posts(nameless)
    assert len({each.urn for each in taken}) == len(nameless)
    assert [each.urn for each in posts(nameless)] == [each.urn for each in taken]
    entries = [
        {"timestamp": 1704200000, "attachments": [{"data": [{"media": {**FILE, "uri": each}}]}]}
        for each in uris
    ]
    assert len({each.urn for each in posts(entries)}) == len(uris)


def test_posts_of_threads_that_come_with_it_need_no_file() -> None:
    reply = {
        "uri": "",
        "creation_timestamp": 1704200000,
        "title": "Caf\u00c3\u00a9",
        "text_app_post": {"reply_control": "everyone", "is_reply": True},
    }
    own = {"media": [{**FILE, "title": "", "text_app_post": {"is_reply": False}}], "title": "Boats"}
    older = {"media": [{"uri": "", "creation_timestamp": 1704200001, "title": "Words"}]}
    answer, shown, plain = posts({"text_post_app_text_posts": [reply, own, older]})
    assert {each.platform for each in (answer, shown, plain)} == {"threads"}
    assert (answer.text_content, answer.post_type, answer.media) == ("Café", "reply", ())
    assert (shown.text_content, shown.urn, len(shown.media)) == ("Boats", "1704200000-77", 1)
    assert (plain.text_content, plain.posted_at_timestamp) == ("Words", 1704200001000)
    assert len({answer.urn, plain.urn, post(older).urn}) == 2


def test_the_media_of_downloads_before_2020() -> None:
    def file(folder: str, name: str) -> dict[str, Any]:
        return {
            "caption": "Caf\u00c3\u00a9",
            "taken_at": "2019-05-01T10:00:00",
            "path": f"{folder}/201905/{name}",
        }

    export = {
        "photos": [file("photos", "1.jpg")],
        "videos": [{**file("videos", "2.mp4"), "taken_at": "2019-05-01T10:00:00+00:00"}],
        "stories": [file("stories", "3.jpg")],
        "profile": [file("profile", "4.jpg")],
        "direct": [file("direct", "5.jpg")],
    }
    found = outcomes(export)
    taken = [each for each in found if isinstance(each, ParsedPost)]
    assert [each.urn for each in taken] == ["1556704800-1", "1556704800-2", "1556704800-3"]
    assert [each.text_content for each in taken] == ["Café"] * 3
    assert [outline(each) for each in taken] == [[("image", None)], [("video", None)], [("image", None)]]
    assert taken[0].media[0].local_path == "photos/201905/1.jpg"
    assert [each.reason for each in found if not isinstance(each, ParsedPost)] == [
        "is a picture of an account",
        "is a file of a private message",
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
    assert [each.local_path for each in taken.media] == [f"{top}{FILE['uri']}", f"{folder}../x.jpg"]


@pytest.mark.parametrize(
    "folder",
    ["your_instagram_activity/media", "your_instagram_activity/threads", "content", "media", "."],
)
def test_unpacked_files_are_found_from_the_top_of_the_download(tmp_path: Path, folder: str) -> None:
    top = tmp_path / "download"
    export = top / folder / "posts_1.json"
    picture = top / FILE["uri"]
    for path in (export, picture):
        path.parent.mkdir(parents=True, exist_ok=True)
    export.write_text(json.dumps([{"media": [FILE]}]))
    picture.write_bytes(b"its bytes")
    ((_, _, taken),) = iter_files([str(export)])
    assert isinstance(taken, ParsedPost)
    with open_beside(str(export)) as beside:
        assert b"".join(beside.chunks(taken.media[0].local_path or "", 100)) == b"its bytes"


@pytest.mark.parametrize(
    "uri", ["private/1.jpg", "../media/1.jpg", "media/../private/1.jpg", "\0\0private/1.jpg"]
)
def test_no_other_file_is_reached_from_a_folder_of_that_name(tmp_path: Path, uri: str) -> None:
    export = tmp_path / "your_instagram_activity" / "media" / "posts_1.json"
    export.parent.mkdir(parents=True)
    export.write_text(json.dumps([{"media": [{**FILE, "uri": uri}]}]))
    (tmp_path / "private").mkdir()
    (tmp_path / "private" / "1.jpg").write_bytes(b"private")
    ((_, _, taken),) = iter_files([str(export)])
    assert isinstance(taken, ParsedPost)
    with open_beside(str(export)) as beside, pytest.raises(NotTakenError):
        list(beside.chunks(taken.media[0].local_path or "", 100))
