"""`social-tui retention`: what scripts and people see before anything leaves, and after."""

from __future__ import annotations

import os

from tests.cli.conftest import CommandLine, picture
from tests.cli.test_cache import files
from tests.support.world import World

DAYS = {"SOCIAL_TUI_RETENTION_DAYS": "30"}


def test_what_is_past_its_time_is_planned_and_removed(cli: CommandLine, world: World) -> None:
    assert cli("retention", "plan").returncode == 2
    cli.environment |= DAYS
    urls = [world.serve(f"/{colour}.jpg", picture(colour)) for colour in ("red", "green", "blue")]
    file = world.write([world.post(*urls[:2]), world.post(urls[2])])
    assert cli("import", file, "--download").returncode == 0
    posts = cli.json("posts", "list")
    first = next(post["post_id"] for post in posts if post["media_total"] == 2)
    assert cli.json("media", "archive", "--post-id", first)["succeeded"] == 2
    assert cli("retention", "apply", "--yes").returncode == 1
    for path in files(world):
        os.utime(path, (path.stat().st_atime, path.stat().st_mtime - 31 * 86_400))

    planned = cli.json("retention", "plan")
    assert (planned["retention_days"], planned["leaves"]["files"]) == (30, 2)
    assert planned["leaves_by_type"] == {"image": planned["leaves"]}
    listed = cli.json("retention", "plan", "--files")
    assert sorted(row["kept_by"] or "" for row in listed) == ["", "", "not_archived"]
    assert sum(row["byte_size"] for row in listed if row["kept_by"] is None) == planned["leaves"]["bytes"]
    assert "not archived" in cli("retention", "plan", "--files").stdout
    assert "2 files, " in cli("retention", "plan").stdout

    assert cli("retention", "apply").returncode == 2, "nobody can be asked"
    assert cli("posts", "tag", "legal-hold", "has:image", "--yes").returncode == 0
    assert cli.json("retention", "plan")["stays"]["legal_hold"]["files"] == 3
    assert "under legal hold" in cli("cache", "status").stdout
    assert cli("retention", "apply", "--yes").returncode == 1
    assert len(files(world)) == 3
    assert cli("posts", "untag", "legal-hold", "has:image", "--yes").returncode == 0
    applied = cli.json("retention", "apply", "--yes")
    assert (applied["leaves"], applied["problems"]) == (planned["leaves"], [])
    assert len(files(world)) == 1
    assert world.checker().problems() == []
