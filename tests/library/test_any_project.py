"""A library over a Supabase project: the one on loopback, and any other for whoever names it.

    TEST_SUPABASE_URL=https://… TEST_SUPABASE_KEY=… TEST_SUPABASE_EMAIL=… TEST_SUPABASE_PASSWORD=… \\
        [TEST_SUPABASE_WORKSPACE=…] pytest tests/library/test_any_project.py

The key is the publishable one, and the account one that may import into the workspace. Members cannot
remove posts: three stay there, the same ones however often this runs, and the records of these imports.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from social_tui.config import Settings
from social_tui.errors import SignedOutError
from social_tui.filters.model import Filter, Term
from social_tui.library.importing import import_paths
from social_tui.library.session import open_library
from social_tui.library.signing_in import SigningIn
from social_tui.models import Selection
from social_tui.store.bulk import change_posts, undo_change
from social_tui.store.posts import count_posts, get_post, iterate_posts
from tests.importers.threads_examples import API

NEEDED = ("TEST_SUPABASE_URL", "TEST_SUPABASE_KEY", "TEST_SUPABASE_EMAIL", "TEST_SUPABASE_PASSWORD")
#: Stands in the texts and ids of the posts, and in nothing else.
MARK = "socialtuitrial"
OURS = Filter(words=MARK)
#: What a database gives to a row of its own.
_ANEW = {"post_id", "media_id", "created_at", "updated_at", "first_seen_at", "downloaded_at"}


@dataclass(frozen=True)
class Project:
    """A project, and who signs in to it."""

    settings: Settings
    email: str
    password: str


@pytest.fixture(params=["on loopback", "named"])
def project(request: pytest.FixtureRequest, library_home: Path) -> Project:
    """Give the project of the tests, and that of the environment."""
    if request.param == "named":
        missing = [name for name in NEEDED if not os.environ.get(name)]
        if missing:
            pytest.skip(f"no project is named: {', '.join(missing)}")
        url, key, email, password = (os.environ[name] for name in NEEDED)
    else:
        rig = request.getfixturevalue("supabase")
        email, password = f"editor.{uuid4().hex[:8]}@example.com", uuid4().hex
        rig.join(rig.sign_up(email, password), "editor")
        url, key = rig.url, rig.publishable_key
    chosen: dict[str, Any] = {"home": library_home, "supabase_url": url, "supabase_key": key}
    if request.param == "named" and (workspace := os.environ.get("TEST_SUPABASE_WORKSPACE")):
        chosen["workspace"] = workspace
    return Project(Settings(**chosen), email, password)


@pytest.fixture
def export(tmp_path: Path) -> str:
    """Write a file with two posts, one of which quotes a third, and with what databases refuse."""
    quoted = {**API["quoted_post"], "id": f"{MARK}-1", "text": f"A harbour {MARK}"}
    posts = [
        {**API, "id": f"{MARK}-2", "text": f"Two boats {MARK}", "quoted_post": quoted},
        {
            **{name: API[name] for name in ("media_product_type", "username", "owner")},
            "id": f"{MARK}-3",
            "media_type": "TEXT_POST",
            "text": f"Ø 🎉 a\0b\ud800 o'neill \\ {MARK}",
            "timestamp": "2024-01-02T03:04:06+0000",
        },
    ]
    path = tmp_path / "posts.json"
    path.write_text(json.dumps({"data": posts}), "utf-8")
    return str(path)


def test_posts_come_back_from_a_project_as_from_a_database_of_ones_own(
    project: Project, database_url: str, export: str, tmp_path: Path
) -> None:
    here = list(kept_by(Settings(home=tmp_path / "here", database_url=database_url), export))
    signing_in = SigningIn(project.settings, actor="cli")
    signing_in.with_password(project.email, project.password)
    try:
        there = list(kept_by(project.settings, export))
    finally:
        ended = signing_in.sign_out()

    assert [post["urn"] for post in here] == [f"{MARK}-{number}" for number in (1, 2, 3)]
    assert there == here
    assert ended, "the sign-in has ended in the project too"
    with pytest.raises(SignedOutError), open_library(project.settings, actor="cli"):
        pass


def kept_by(settings: Settings, export: str) -> Iterator[dict[str, Any]]:
    """Import the file twice, change what it brought and back, and yield what the library has then."""
    with open_library(settings, actor="cli") as library:
        reports = [import_paths(library, [export]) for _ in range(2)]
        assert [report.rejected for report in reports] == [[], []]
        assert (reports[1].posts.new, reports[1].posts.updated, reports[1].media.new) == (0, 0, 0)
        found = {post.urn: post.post_id for post in iterate_posts(library.gateway, filter=OURS)}
        assert count_posts(library.gateway, OURS) == len(found)

        ours = frozenset(found.values())
        change = change_posts(library.gateway, "tag", Selection(post_ids=ours), tag=MARK, actor="cli")
        tagged = Filter(terms=(Term(field="tag", values=(MARK,)),))
        try:
            assert {post.post_id for post in iterate_posts(library.gateway, filter=tagged)} == ours
        finally:
            undo_change(library.gateway, change.change_id, actor="cli")
        assert count_posts(library.gateway, tagged) == 0

        for urn in sorted(found):
            yield without_what_is_anew(get_post(library.gateway, found[urn]).model_dump(mode="json"))


def without_what_is_anew(value: Any) -> Any:
    """Leave out what a database gives to a row of its own."""
    if isinstance(value, list):
        return [without_what_is_anew(member) for member in value]
    if not isinstance(value, dict):
        return value
    return {name: without_what_is_anew(member) for name, member in value.items() if name not in _ANEW}
