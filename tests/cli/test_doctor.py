"""`social-tui doctor`: what it looks at, what it warns of, and how it ends."""

from __future__ import annotations

import json

from social_tui import __version__
from tests.cli.conftest import CommandLine


def test_a_sound_library_is_told_so(cli: CommandLine) -> None:
    found = cli.json("doctor")

    assert found["version"] == __version__
    assert found["cache"] == str(cli.home / "cache")
    assert {"ok"} <= {each["state"] for each in found["checks"]} <= {"ok", "warning"}
    assert {"Database", "Cache", "Archive", "Analysis"} <= {each["name"] for each in found["checks"]}


def test_what_is_broken_is_named_with_what_mends_it(cli: CommandLine) -> None:
    (cli.home / "cache").write_text("in the way")

    done = cli("doctor")

    assert done.returncode == 4
    assert "ERROR    Cache: " in done.stdout
    assert str(cli.home / "cache") in done.stdout
    assert "-> " in done.stdout
    assert done.stderr == ""


def test_a_database_that_is_not_there_is_one_of_the_findings(bare: CommandLine) -> None:
    done = bare("doctor", "--json", DATABASE_URL="postgresql://me:canary@127.0.0.1:9/lib")

    assert done.returncode == 4
    (database,) = (each for each in json.loads(done.stdout)["checks"] if each["name"] == "Database")
    assert database["state"] == "error"
    assert "canary" not in done.stdout + done.stderr


def test_private_addresses_are_a_warning(cli: CommandLine) -> None:
    done = cli("doctor", SOCIAL_TUI_ALLOW_PRIVATE="127.0.0.1:8000")

    assert done.returncode == 0
    (line,) = (line for line in done.stdout.splitlines() if "127.0.0.1:8000" in line)
    assert line.startswith("warning")
