"""Real exports of every form, against counts that another program made."""

from __future__ import annotations

import json
import re
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from social_tui.importers import iter_posts
from social_tui.models import ParsedPost, Rejection

SAMPLES = Path(__file__).parents[3] / "shared" / "data" / "posts"
NAMES = (
    "apify_linkedin/company_posts_dataset.json",
    "apify_linkedin/marked_posts_wrapper.json",
    "apify_linkedin/profile_posts_api_wrapper_docs.json",
    "apify_linkedin/profile_posts_dataset.json",
)
pytestmark = pytest.mark.skipif(not SAMPLES.is_dir(), reason="the sample exports are not beside the checkout")


def load(name: str) -> list[ParsedPost]:
    found = list(iter_posts(SAMPLES / name, name))
    assert not [each for each in found if isinstance(each, Rejection)]
    return [each for each in found if isinstance(each, ParsedPost)]


def expected(name: str) -> dict[str, Any]:
    counts: dict[str, Any] = json.loads((SAMPLES / "expected.json").read_text(encoding="utf-8"))["files"][
        name
    ]
    return counts


@pytest.mark.parametrize("name", NAMES)
def test_posts_agree_with_the_expected_ones(name: str) -> None:
    posts = load(name)
    details = expected(name)["posts_detail"]
    assert len(posts) == expected(name)["posts"] == len(details)
    for post, detail in zip(posts, details, strict=True):
        assert post.urn == detail["id"]
        assert post.full_urn == detail["full_urn"]
        assert detail["author"] in (post.author_username, post.author_name)
        assert post.post_type == detail["post_type"]
        assert len(post.text_content) == detail["text_length"]
        assert post.posted_at_timestamp is not None
        moment = datetime.fromtimestamp(post.posted_at_timestamp // 1000, UTC)
        assert moment.strftime("%Y-%m-%dT%H:%M:%SZ") == detail["timestamp_utc"]
        main = [each.media_type for each in post.media if each.role == "main"]
        assert main == detail["media_types"]


@pytest.mark.parametrize("name", NAMES)
def test_media_agree_with_the_expected_ones(name: str) -> None:
    wanted = expected(name)
    media = [each for post in load(name) for each in post.media]
    main = [each for each in media if each.role == "main"]
    assert [each.url for each in main] == wanted["media_urls"]
    assert Counter(each.media_type for each in main) == wanted["media_by_type"]
    assert sum(each.width is not None for each in main) == wanted["media_with_dimensions"]
    assert sum(post.nested for post in load(name)) == wanted.get("nested_posts", 0)
    reshared = [each for each in media if each.role == "reshared"]
    assert [each.url for each in reshared] == wanted.get("nested_media_urls", [])
    urls = {each.url for each in media}
    assert urls >= set(wanted.get("preview_urls", [])) | set(wanted.get("link_preview_urls", []))


@pytest.mark.parametrize("name", NAMES)
def test_every_signed_link_of_an_export_is_found_once(name: str) -> None:
    whole = (SAMPLES / name).read_text(encoding="utf-8")
    linked = set(re.findall(r'"(https://[a-z]+\.licdn\.com/[^"]+)"', whole))
    posts = [each for each in iter_posts(SAMPLES / name, name, avatars=True) if isinstance(each, ParsedPost)]
    assert {each.url for post in posts for each in post.media} == linked


def test_exports_of_other_networks_are_unknown_shapes_and_nothing_else() -> None:
    others = [file for file in SAMPLES.rglob("*.json") if file.parent.name != "apify_linkedin"]
    assert others
    for file in others:
        for each in iter_posts(file, file.name):
            assert isinstance(each, Rejection)
            assert each.reason.startswith("unknown shape")
