"""Real exports of every form, against counts that another program made."""

from __future__ import annotations

import html
import json
import re
from collections import Counter
from datetime import UTC, datetime
from functools import lru_cache
from pathlib import Path
from typing import Any

import pytest

from social_tui.exports import MediaReference, ParsedPost, Rejection
from social_tui.importers import iter_files, iter_posts, parse_post
from tests.importers.taking import with_nested

SAMPLES = Path(__file__).parents[3] / "shared" / "data" / "posts"
#: What the counts call what the library has no type of its own for; a GIF of Reddit is a picture.
TYPES = {"animated": "video", "sticker": "image"}
#: Their posts have a title, which stands before the text and is counted apart.
TITLED = ("reddit/", "youtube_data_api/", "yt_dlp/")
pytestmark = pytest.mark.skipif(not SAMPLES.is_dir(), reason="the sample exports are not beside the checkout")


@lru_cache(maxsize=1)
def expectations() -> dict[str, dict[str, Any]]:
    if not SAMPLES.is_dir():
        return {}
    files: dict[str, dict[str, Any]] = json.loads((SAMPLES / "expected.json").read_text(encoding="utf-8"))[
        "files"
    ]
    return files


NAMES = [name for name in expectations() if not name.endswith("/")] or ["nothing"]
#: Folders with one file for every media of a post.
FOLDERS = [name for name in expectations() if name.endswith("/")] or ["nothing"]


@lru_cache(maxsize=128)
def load(name: str) -> tuple[ParsedPost, ...]:
    found = list(iter_posts(SAMPLES / name, name))
    assert not [each for each in found if isinstance(each, Rejection)]
    return tuple(each for each in found if isinstance(each, ParsedPost))


def main(name: str) -> list[MediaReference]:
    return [each for post in load(name) for each in post.media if each.role == "main"]


def types(name: str, names: list[str]) -> Counter[str]:
    known = {**TYPES, "animated": "image"} if name.startswith("reddit/") else TYPES
    return Counter(known.get(each, each) for each in names)


@pytest.mark.parametrize("name", NAMES)
def test_posts_agree_with_the_expected_ones(name: str) -> None:
    details = expectations()[name]["posts_detail"]
    assert len(load(name)) == expectations()[name]["posts"] == len(details)
    for post, detail in zip(load(name), details, strict=True):
        # Messages of Telegram are counted anew in every chat, so the chat stands before the number.
        assert post.urn.rpartition("/")[2] == detail["id"].rpartition("/")[2]
        assert detail.get("author") in (None, post.author_username, post.author_name)
        if detail["timestamp_utc"] is not None:
            assert post.posted_at_timestamp is not None
            moment = datetime.fromtimestamp(post.posted_at_timestamp // 1000, UTC).isoformat()
            assert moment[: len("2025-01-01")] == detail["timestamp_utc"][: len("2025-01-01")]
            assert (
                detail["timestamp_utc"].endswith("(date only)") or moment[:19] == detail["timestamp_utc"][:19]
            )
        own = [each.media_type for each in post.media if each.role == "main"]
        assert types(name, list(own)) == types(name, detail["media_types"])
        if "full_urn" in detail:
            assert (post.full_urn, post.post_type) == (detail["full_urn"], detail["post_type"])
        if name.startswith(TITLED):
            assert len(post.text_content) > detail["text_length"]
        elif not name.startswith("mastodon/"):  # counted with its entities and without its line breaks
            is_escaped = name.startswith("x_")  # counted with the entities that X writes
            text = html.escape(post.text_content, quote=False) if is_escaped else post.text_content
            assert len(text) == detail["text_length"]


@pytest.mark.parametrize("name", NAMES)
def test_media_agree_with_the_expected_ones(name: str) -> None:
    wanted, media = expectations()[name], main(name)
    urls = [each.url for each in media if each.url is not None]
    assert sorted(urls) == sorted(wanted["media_urls"])
    assert len(media) == wanted["media_total"]
    assert types(name, [each.media_type for each in media]) == sum(
        (types(name, [kind] * count) for kind, count in wanted["media_by_type"].items()), Counter()
    )
    assert sum(each.width is not None for each in media) == wanted["media_with_dimensions"]
    assert sum(each.alt_text is not None for each in media) == wanted["media_with_alt_text"]
    ids = {each.provider_media_id for each in media}
    assert ids >= set(wanted.get("media_ids", []))


@pytest.mark.parametrize("name", NAMES)
def test_what_belongs_to_others_agrees(name: str) -> None:
    wanted = expectations()[name]
    media = [each for post in load(name) for each in post.media]
    # Posts that are answered are counted nowhere.
    nested = [each.post for post in load(name) for each in post.nested if each.relation != "replied_to"]
    assert len(nested) == wanted.get("nested_posts", 0)
    assert not [each for each in media if each.role == "reshared"]
    theirs = [each.url for post in nested for each in post.media if each.role == "main"]
    assert theirs == wanted.get("nested_media_urls", [])
    urls = {each.url for each in media}
    assert urls >= set(wanted.get("preview_urls", [])) | set(wanted.get("link_preview_urls", []))


@pytest.mark.parametrize("name", NAMES)
def test_what_is_stored_of_a_post_gives_the_same_post(name: str) -> None:
    for post in with_nested(load(name)):
        again = parse_post(json.loads(post.raw_json), post.raw_json)
        assert nowhere(again) == nowhere(post)


def nowhere(post: ParsedPost) -> ParsedPost:
    """Return a post without the places of its files, some of which are told by the name of the export."""
    media = tuple(each._replace(local_path=None) for each in post.media)
    return post.model_copy(update={"media": media})


@pytest.mark.parametrize(
    "name", [name for name in NAMES if name.startswith("apify_linkedin/") and "harvestapi" not in name]
)
def test_every_signed_link_of_an_export_is_found_once(name: str) -> None:
    whole = (SAMPLES / name).read_text(encoding="utf-8")
    linked = set(re.findall(r'"(https://[a-z]+\.licdn\.com/[^"]+)"', whole))
    posts = [each for each in iter_posts(SAMPLES / name, name, avatars=True) if isinstance(each, ParsedPost)]
    assert {each.url for post in with_nested(posts) for each in post.media} == linked


@pytest.mark.parametrize("folder", FOLDERS)
def test_files_of_one_post_give_that_post(folder: str) -> None:
    wanted = expectations()[folder]
    (detail,) = wanted["posts_detail"]
    files = sorted(map(str, (SAMPLES / folder).glob("*.json")))
    ((_, _, post),) = iter_files(files)
    assert isinstance(post, ParsedPost)
    assert (post.urn, post.author_username) == (detail["id"], detail["author"])
    media = [each for each in post.media if each.role == "main"]
    assert [each.media_type for each in media] == detail["media_types"]
    assert [each.position for each in media] == list(range(wanted["media_total"]))
    assert sum(each.width is not None for each in media) == wanted["media_with_dimensions"]
    assert [each.local_path for each in media] == wanted.get("media_files", [None])
    assert len(post.media) == len(detail["sidecar_files"])
    assert nowhere(parse_post(json.loads(post.raw_json), post.raw_json)) == nowhere(post)
