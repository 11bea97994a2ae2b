"""The data that Facebook gives people of their own account."""

from __future__ import annotations

import json
import zipfile
from pathlib import Path
from typing import Any

import pytest

from social_tui.exports import ParsedPost
from social_tui.importers import iter_files
from social_tui.importers.beside_files import open_beside
from tests.importers.scraper_examples import FACEBOOK_DOWNLOAD, FACEBOOK_PHOTO, PHOTO_URI
from tests.importers.taking import media, outline, post, posts, reasons


def test_a_post_with_files_beside_it() -> None:
    taken = post([FACEBOOK_DOWNLOAD])
    assert (taken.platform, taken.urn) == ("facebook", "1704164645-501")
    assert (taken.text_content, taken.posted_at_timestamp) == ("Über das Meer", 1704164645000)
    assert outline(taken) == [("image", None), ("video", None)]
    assert [each.local_path for each in taken.media] == [PHOTO_URI, "posts/media/502.mp4"]
    assert media(taken)[0].alt_text == "Grüße 🌊"


@pytest.mark.parametrize("name", ["status_updates_v2", "group_posts_v2", "archived_stories_v2"])
def test_other_lists_have_posts_of_the_same_shape(name: str) -> None:
    assert posts({name: [FACEBOOK_DOWNLOAD]}) == posts([FACEBOOK_DOWNLOAD])


def test_a_single_post_and_one_of_words_alone() -> None:
    words = {"timestamp": 1704164645, "data": [{"post": "Words"}]}
    alone, again = post(words), post([words])
    assert (alone.text_content, alone.media) == ("Words", ())
    assert alone.urn == again.urn != post({**words, "data": [{"post": "Others"}]}).urn


@pytest.mark.parametrize("name", ["other_photos_v2", "videos_v2"])
def test_lists_of_bare_files(name: str) -> None:
    taken = post({name: [FACEBOOK_PHOTO]})
    assert (taken.platform, taken.text_content) == ("facebook", "Grüße 🌊")
    assert outline(taken) == [("image", None)]


def test_an_album_is_a_post() -> None:
    taken = post(
        {
            "name": "Trip",
            "photos": [FACEBOOK_PHOTO, FACEBOOK_PHOTO | {"uri": f"{PHOTO_URI}.png"}],
            "last_modified_timestamp": 2,
        }
    )
    assert (taken.post_type, taken.text_content, len(taken.media)) == ("album", "Trip", 2)
    assert taken.posted_at_timestamp == 1704164640000


def test_what_could_not_be_known_again_is_refused() -> None:
    told = ["has no time, or neither words nor files, by which it could be known again"]
    assert reasons([{**FACEBOOK_DOWNLOAD, "timestamp": 1, "attachments": []}]) == told


def test_a_link_that_was_shared_without_words_is_the_words_of_its_post() -> None:
    link = {"external_context": {"url": "https://news.test/1", "name": "News"}}
    entry = {"timestamp": 1704164645, "title": "Ada shared a link.", "attachments": [{"data": [link]}]}
    taken, again = post([entry]), post(entry)
    assert (taken.text_content, taken.posted_at_timestamp) == ("https://news.test/1", 1704164645000)
    assert taken.urn == again.urn
    assert post({**entry, "data": [{"post": "Read this"}]}).text_content == "Read this"


@pytest.mark.parametrize(
    "more",
    [
        {"data": []},
        {"attachments": [], "data": []},
        {"data": [{"update_timestamp": 1}]},
        {"attachments": [{"data": [{"place": {"name": "X"}}]}]},
    ],
)
def test_entries_that_say_only_what_was_done_are_passed_over(more: dict[str, Any]) -> None:
    entry = {"timestamp": 1704164645, "title": "Ada updated her status.", **more}
    assert reasons([entry, FACEBOOK_DOWNLOAD]) == ["is an entry without words, files or links"]


@pytest.mark.parametrize(
    "more", [{}, {"data": [{"id": "1", "words": "Hello"}]}, {"attachments": [{"url": "x"}]}]
)
def test_what_only_has_a_title_and_a_time_is_no_entry(more: dict[str, Any]) -> None:
    told = reasons([{"timestamp": 1704164645, "title": "Export", **more}])
    assert "is an entry without words, files or links" not in told


@pytest.mark.parametrize("is_packed", [True, False])
@pytest.mark.parametrize("top", ["", "facebook-ada"])
def test_files_are_named_from_the_top_of_the_download(tmp_path: Path, top: str, is_packed: bool) -> None:
    folder = tmp_path / top
    export = folder / "your_facebook_activity" / "posts" / "your_posts_1.json"
    for path, data in (
        (export, json.dumps([FACEBOOK_DOWNLOAD]).encode()),
        (folder / PHOTO_URI, b"its bytes"),
    ):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
    file = export
    if is_packed:
        file = tmp_path / "download.zip"
        with zipfile.ZipFile(file, "w") as archive:
            for path in (export, folder / PHOTO_URI):
                archive.write(path, path.relative_to(tmp_path))
    ((_, _, taken),) = iter_files([str(file)])
    assert isinstance(taken, ParsedPost)
    with open_beside(str(file)) as beside:
        assert b"".join(beside.chunks(taken.media[0].local_path or "", 100)) == b"its bytes"
