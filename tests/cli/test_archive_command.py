"""`social-tui archive` as scripts call it: signs, forms, exit codes, and copies that are put right."""

from __future__ import annotations

import csv
import io
import shutil
from pathlib import Path

import pytest

from social_tui.cli.exit_codes import ExitCode
from tests.cli.conftest import CommandLine
from tests.media_cache.samples import jpeg
from tests.support.world import World

COUNT = 4


@pytest.fixture
def copies(cli: CommandLine, world: World) -> list[Path]:
    """Archive four pictures of two posts into a folder; gives the copies."""
    urls = [world.serve(f"/{number}.jpg", jpeg(seed=number)) for number in range(COUNT)]
    file = world.write([world.post(*urls[:2], text="An orchard"), world.post(*urls[2:], text="A harbour")])
    assert cli("import", file, "--download").returncode == 0
    assert cli("media", "archive", "--all").returncode == 0
    found = sorted((cli.home / "archive" / "media").rglob("*.jpg"))
    assert len(found) == COUNT
    return found


def test_each_copy_is_a_line_with_its_sign(cli: CommandLine, copies: list[Path], world: World) -> None:
    done = cli("archive", "verify")
    assert (done.returncode, done.stderr) == (ExitCode.OK, "")
    assert sorted(done.stdout.splitlines()) == [
        f"= local:{copy.relative_to(cli.home / 'archive')}" for copy in copies
    ]
    right = copies[1].read_bytes()
    copies[0].unlink()
    copies[1].write_bytes(bytes(len(right)))
    done = cli("archive", "verify")
    assert done.returncode == ExitCode.PARTIAL
    assert sorted(line[0] for line in done.stdout.splitlines()) == ["*", "-", "=", "="]
    assert done.stderr == "social-tui: 4 copies: 2 the same, 1 different, 1 missing.\n"
    done = cli("archive", "verify", "--repair")
    assert done.returncode == ExitCode.OK
    assert sorted(line[0] + line.rpartition("  ")[2][-8:] for line in done.stdout.splitlines())[:2] == [
        "*repaired",
        "-repaired",
    ]
    assert copies[1].read_bytes() == right
    assert cli("archive", "verify", "--read-back").returncode == ExitCode.OK
    assert world.checker().problems() == []


def test_the_forms_for_machines(cli: CommandLine, copies: list[Path]) -> None:
    copies[0].unlink()
    found = cli.json("archive", "verify", code=ExitCode.PARTIAL)
    assert {name: found[name] for name in ("checked", "same", "missing", "errors", "repaired")} == {
        "checked": COUNT,
        "same": COUNT - 1,
        "missing": 1,
        "errors": 0,
        "repaired": 0,
    }
    assert sorted(one["sign"] for one in found["findings"]) == ["-", "=", "=", "="]
    done = cli("archive", "verify", "--csv")
    table = list(csv.DictReader(io.StringIO(done.stdout)))
    assert sorted(row["sign"] for row in table) == ["-", "=", "=", "="]
    assert {row["method"] for row in table} == {"", "read_back"}
    assert all(row["media_id"].startswith("med-") for row in table)


def test_nothing_archived_is_an_empty_report(cli: CommandLine) -> None:
    assert cli.json("archive", "verify") == {
        "findings": [],
        "checked": 0,
        **dict.fromkeys(("same", "differs", "missing", "unknown", "errors", "repaired"), 0),
        "problems": [],
    }
    assert cli("archive", "verify").stdout == ""


def test_filters_parts_and_samples(cli: CommandLine, copies: list[Path]) -> None:
    assert len(cli("archive", "verify", "orchard").stdout.splitlines()) == len(copies) // 2
    assert len(cli("archive", "verify", "--sample", "3").stdout.splitlines()) == 3
    parts = [cli("archive", "verify", "--slice", f"{number}/2").stdout.splitlines() for number in (1, 2)]
    assert len({line for part in parts for line in part}) == sum(map(len, parts)) == COUNT


def test_an_archive_that_is_away_fails_and_changes_nothing(
    cli: CommandLine, copies: list[Path], world: World
) -> None:
    before = cli.json("media", "list")
    (cli.home / "archive").rename(cli.home / "away")
    done = cli("archive", "verify", "--repair")
    assert done.returncode == ExitCode.FAILED
    assert {line[0] for line in done.stdout.splitlines()} == {"!"}
    assert len(done.stdout.splitlines()) == len(copies)
    assert cli("archive", "audit").returncode == ExitCode.FAILED
    (cli.home / "away").rename(cli.home / "archive")
    assert cli.json("media", "list") == before
    assert world.checker().problems() == []


def test_the_audit_finds_strangers_and_changes_nothing(
    cli: CommandLine, copies: list[Path], world: World
) -> None:
    assert cli("archive", "audit").returncode == ExitCode.OK
    stranger = copies[0].with_name("stranger.jpg")
    stranger.write_bytes(b"mine")
    copies[0].unlink()
    before = world.snapshot()
    done = cli("archive", "audit")
    assert world.snapshot() == before
    assert done.returncode == ExitCode.PARTIAL
    assert sorted(line[0] for line in done.stdout.splitlines()) == ["+", "-", "=", "=", "="]
    assert cli.json("archive", "audit", code=ExitCode.PARTIAL)["unknown"] == 1


def test_a_library_comes_back(cli: CommandLine, copies: list[Path], world: World) -> None:
    media = cli.home / "cache" / "media"
    shutil.rmtree(media)
    assert cli.json("archive", "restore", "--all", "--dry-run")["restored"] == len(copies)
    assert not media.exists()
    report = cli.json("archive", "restore", "--filter", "orchard")
    assert (report["restored"], report["held"]) == (COUNT // 2, 0)
    report = cli.json("archive", "restore", "--all")
    assert (report["restored"], report["held"]) == (COUNT // 2, COUNT // 2)
    assert cli("archive", "restore", "--all").stdout == "0 came back, 0 B; 4 were there.\n"
    shutil.rmtree(media)
    small = cli("archive", "restore", "--all", SOCIAL_TUI_CACHE_BYTES="1")
    assert small.returncode == ExitCode.PARTIAL
    assert "4 did not fit" in small.stdout
    assert cli("archive", "restore", "--all").returncode == ExitCode.OK
    assert world.checker().problems() == []


def test_wrong_usage_of_restore(cli: CommandLine) -> None:
    for arguments in ([], ["--all", "--filter", "orchard"], ["--filter", ""]):
        assert cli("archive", "restore", *arguments).returncode == ExitCode.USAGE


def test_what_proves_a_media_is_shown(cli: CommandLine, copies: list[Path]) -> None:
    media_id = copies[0].stem
    rows = cli.json("archive", "show", media_id)
    assert [(row["copy_in"], row["method"]) for row in rows] == [
        ("cache", "local_hash"),
        ("archive", "read_back"),
    ]
    assert all(row["proved_at"] and row["proved_by"] for row in rows)
    assert "read back" in cli("archive", "show", media_id).stdout
    assert cli("archive", "show", "med-0a1b2c3d4e5f60718").returncode == ExitCode.NOTHING
