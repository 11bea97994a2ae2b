"""The demo's run: whose library it refuses, and what it takes for a fault."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from social_tui.config import Settings
from social_tui.demo.assets import ASSETS
from social_tui.demo.media_server import DemoMediaServer
from social_tui.demo.run import run_demo, surprises
from social_tui.errors import UsageError
from social_tui.library.importing import import_paths
from social_tui.library.session import open_library
from social_tui.models import MediaRow
from social_tui.reports import VerifyReport, WorkReport


def row(name: str, outcome: str | None, status: str = "ready") -> MediaRow:
    url = f"http://127.0.0.1:1/dms/image/v2/{name}/B4EZ?e=1&v=beta&t=canary"
    facts: dict[str, Any] = {
        "media_url": url,
        "outcome": outcome,
        "download_status": status,
        "error": "why" if outcome is None else None,
    }
    return MediaRow.model_construct(**facts)


@pytest.mark.parametrize("had_a_demo", [False, True])
def test_a_library_with_other_posts_is_left_alone(
    library_home: Path, database_url: str, had_a_demo: bool
) -> None:
    mine = {"activity_urn": "7400000000000000001", "posted_at": {"timestamp": 1763000000000}, "text": "mine"}
    (library_home / "mine.json").write_text(json.dumps([mine]))
    settings = Settings(home=library_home, database_url=database_url)
    with DemoMediaServer({}) as server, open_library(settings, actor="cli") as library:
        import_paths(library, [str(library_home / "mine.json")])
        if had_a_demo:
            settings.paths.state.mkdir()
            (settings.paths.state / "demo-posts.json").write_text("[]")
        with pytest.raises(UsageError, match="posts of yours"):
            run_demo(library, server, lambda what: None)
        assert server.requests == {}


def test_what_the_sample_says_is_no_surprise() -> None:
    media = [row(name, asset.outcome) for name, asset in ASSETS.items()]

    done = WorkReport(kind="archive", requested=3, succeeded=3)
    assert list(surprises(media, VerifyReport(checked=3, ok=3), done)) == []


def test_everything_else_is_one() -> None:
    media = [row("lost-poster", "ok"), row("radar", None, "pending")]
    verified = VerifyReport(checked=3, ok=1, damaged=1, missing=1)
    archived = WorkReport(kind="archive", requested=3, succeeded=1, failed=2)
    analysed = WorkReport(kind="analyze", requested=3, succeeded=3)

    assert list(surprises(media, verified, archived, analysed)) == [
        "lost-poster: expected deleted, was ok",
        "radar: expected ok, was pending (why)",
        "2 files are not what was captured",
        "2 archive jobs failed; see 'social-tui jobs list --status failed'",
    ]
