"""Posts of the Apify LinkedIn actors, from the files that examples of them are kept in."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from social_tui.exports import ParsedPost
from social_tui.importers import iter_posts, parse_post

FIXTURES = Path(__file__).parent / "fixtures"


def load(name: str) -> list[ParsedPost]:
    posts = list(iter_posts(FIXTURES / name, name))
    assert all(isinstance(post, ParsedPost) for post in posts)
    return [post for post in posts if isinstance(post, ParsedPost)]


def parse(post: object, *, avatars: bool = False) -> ParsedPost:
    return parse_post(post, json.dumps(post), avatars=avatars)


@pytest.fixture
def post() -> dict[str, Any]:
    posts: list[dict[str, Any]] = json.loads((FIXTURES / "profile_posts.json").read_text(encoding="utf-8"))
    return posts[0]
