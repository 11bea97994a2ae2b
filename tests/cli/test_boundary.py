"""Every way in which a command may end: an exit code, at most one line on stderr, never a traceback."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from social_tui import errors
from social_tui.cli import boundary
from social_tui.cli.exit_codes import ExitCode, exit_code_of
from tests.cli.conftest import COMMAND, CommandLine


def line_of(done: subprocess.CompletedProcess[str]) -> str:
    """Expect nothing but one line on stderr, and return it."""
    assert done.stdout == ""
    assert done.stderr.count("\n") == 1
    assert done.stderr.startswith("social-tui: ")
    return done.stderr


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--nope"], "--nope"),
        (["nope"], "nope"),
        (["import"], "PATH"),
        (["import", "x.json", "--dry-run", "--download"], "--dry-run"),
        (["media", "list", "--status", "done"], "'done'"),
        (["media", "list", "--post-id", "med-0a1b2c3d"], "p-"),
        (["media", "list", "--limit", "0"], "--limit"),
        (["media", "download-all", "--concurrency", "0"], "--concurrency"),
        (["media", "verify-cache", "--slice", "3/2"], "2/7"),
        (["media", "verify-cache", "--slice", "x"], "2/7"),
        (["media", "archive"], "--all"),
        (["media", "archive", "--all", "--post-id", "p-0a1b2c3d"], "--all"),
        (["media", "analyze"], "--media-id"),
        (["media", "analyze", "--status", "completed"], "completed"),
        (["media", "backfill", "--start-date", "yesterday"], "2025-11-01"),
        (["posts", "show", "1"], "p-"),
        (["jobs", "retry"], "--all"),
        (["jobs", "retry", "--all", "7"], "--all"),
        (["jobs", "cancel", "x"], "'x'"),
        (["search"], "QUERY"),
        (["completion", "tcsh"], "tcsh"),
    ],
)
def test_wrong_usage_is_one_line_that_names_the_fault_and_the_help(
    bare: CommandLine, arguments: list[str], words: str
) -> None:
    done = bare(*arguments)

    assert done.returncode == ExitCode.USAGE
    assert words in line_of(done)
    assert "--help'" in done.stderr
    assert not list(bare.home.iterdir())


def test_arguments_cannot_drive_the_terminal(bare: CommandLine) -> None:
    done = bare("media", "list", "--status", "\x1b]0;owned\x07\u202e\n")

    assert done.returncode == ExitCode.USAGE
    assert not set("\x1b\x07\u202e") & set(line_of(done))


@pytest.mark.parametrize("group", ["media", "posts", "views", "jobs", "db", "config"])
def test_a_group_alone_prints_its_help_on_stderr(bare: CommandLine, group: str) -> None:
    done = bare(group)

    assert done.returncode == ExitCode.USAGE
    assert done.stdout == ""
    assert f"Usage: social-tui {group}" in done.stderr


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (errors.UsageError("x"), 2),
        (errors.ConfigurationError("x"), 2),
        (errors.NotFoundError("x"), 1),
        (errors.ImportRefusedError("x"), 1),
        (errors.CancelledError("x"), 130),
        (errors.DatabaseUnavailableError("x"), 4),
        (errors.SchemaError("x"), 4),
        (errors.StorageError("x"), 4),
        (errors.ArchiveError("x"), 4),
        (errors.AnalysisError("x"), 4),
        (errors.DatabaseError("x"), 4),
    ],
)
def test_every_error_has_its_code(error: errors.SocialTuiError, code: int) -> None:
    assert exit_code_of(error) == code


def test_a_bad_setting_is_named_with_its_file(bare: CommandLine) -> None:
    (bare.home / "config.toml").write_text("concurency = 3\n")

    done = bare("stats")

    assert done.returncode == ExitCode.USAGE
    assert str(bare.home / "config.toml") in line_of(done)
    assert "Did you mean concurrency?" in done.stderr


def test_a_database_that_is_not_there_is_told_without_its_password(bare: CommandLine) -> None:
    done = bare("stats", DATABASE_URL="postgresql://me:canary@127.0.0.1:9/lib")

    assert done.returncode == ExitCode.FAILED
    assert "canary" not in line_of(done)


def test_the_library_option_comes_before_the_environment(bare: CommandLine, tmp_path: Path) -> None:
    done = bare("--library", tmp_path / "other", "config", "show", "--json")

    home = next(each for each in json.loads(done.stdout) if each["name"] == "home")
    assert home["value"] == str(tmp_path / "other")
    assert home["source"] == "command line"


def test_a_library_that_is_a_file_is_refused(bare: CommandLine, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")

    done = bare("--library", tmp_path / "file", "stats")

    assert done.returncode == ExitCode.USAGE
    assert "file" in line_of(done)


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs a device that is always full")
def test_output_that_cannot_be_written_is_a_failure(bare: CommandLine) -> None:
    with Path("/dev/full").open("wb") as full:
        done = subprocess.run(
            [*COMMAND, "config", "show"],
            stdout=full,
            stderr=subprocess.PIPE,
            env=bare.variables(),
            timeout=60,
        )

    assert done.returncode == ExitCode.FAILED
    assert done.stderr == b"social-tui: The output: No space left on device.\n"


def test_a_reader_that_goes_away_ends_the_command_quietly(bare: CommandLine) -> None:
    reading, writing = os.pipe()
    os.close(reading)
    with os.fdopen(writing, "wb") as closed:
        done = subprocess.run(
            [*COMMAND, "config", "show"],
            stdout=closed,
            stderr=subprocess.PIPE,
            env=bare.variables(),
            timeout=60,
        )

    assert (done.returncode, done.stderr) == (ExitCode.CLOSED_PIPE, b"")


def test_a_closed_output_is_a_failure_told_in_a_line(bare: CommandLine) -> None:
    done = subprocess.run(
        ["sh", "-c", 'exec "$@" >&-', "sh", *COMMAND, "config", "show"],
        capture_output=True, text=True, env=bare.variables(), timeout=60,
    )  # fmt: skip

    assert done.returncode == ExitCode.FAILED
    assert line_of(done) == "social-tui: The output: Bad file descriptor.\n"


@pytest.mark.parametrize(("option", "code"), [("--json", ExitCode.OK), ("--nope", ExitCode.USAGE)])
def test_a_closed_place_for_diagnostics_changes_nothing_else(
    bare: CommandLine, option: str, code: ExitCode
) -> None:
    done = subprocess.run(
        ["sh", "-c", 'exec "$@" 2>&-', "sh", *COMMAND, "config", "show", option],
        capture_output=True, text=True, env=bare.variables(), timeout=60,
    )  # fmt: skip

    assert done.returncode == code
    assert bool(done.stdout) == (code == ExitCode.OK)


def test_a_terminal_without_unicode_gets_escapes_instead_of_a_crash(bare: CommandLine) -> None:
    done = bare("search", "\u4e16", "--nope\u4e16", PYTHONIOENCODING="latin-1")

    assert done.returncode == ExitCode.USAGE
    assert "\\u4e16" in done.stderr


BROKEN = """
import sys
import click
from social_tui.cli import boundary
from social_tui.cli.session import pass_session
from social_tui.cli.root import root

@click.command("broken")
@pass_session
def broken(session):
    if "logged" in sys.argv:
        session.settings()
    {fault}

root.lazy["broken"] = ("__main__:broken", "")
sys.exit(boundary.run(["broken"]))
"""


def run_broken(bare: CommandLine, fault: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", BROKEN.format(fault=fault), *arguments],
        capture_output=True, text=True, env=bare.variables({"OPENAI_API_KEY": "canary-key"}), timeout=60,
    )  # fmt: skip


def test_a_fault_that_nobody_expected_goes_to_the_log_whole_and_to_people_in_a_line(
    bare: CommandLine,
) -> None:
    done = run_broken(bare, "raise ZeroDivisionError('canary-key')", "logged")

    assert done.returncode == ExitCode.FAILED
    assert "ZeroDivisionError" in line_of(done)
    assert str(bare.home / "log" / "media.log") in done.stderr
    (line,) = (bare.home / "log" / "media.log").read_text().splitlines()
    assert "Traceback" in json.loads(line)["exception"]
    assert "canary-key" not in line


def test_a_fault_before_the_log_is_open_is_still_one_line(bare: CommandLine) -> None:
    done = run_broken(bare, "raise ZeroDivisionError('early')")

    assert done.returncode == ExitCode.FAILED
    assert "early" in line_of(done)


def test_a_full_disk_names_the_file(bare: CommandLine) -> None:
    done = run_broken(bare, "raise OSError(28, 'No space left on device', '/somewhere/file')")

    assert done.returncode == ExitCode.FAILED
    assert line_of(done) == "social-tui: /somewhere/file: No space left on device.\n"


@pytest.mark.parametrize(("number", "code"), [("SIGINT", 130), ("SIGTERM", 143), ("SIGHUP", 129)])
def test_a_signal_lets_everything_be_closed_and_gives_its_code(
    bare: CommandLine, number: str, code: int
) -> None:
    done = run_broken(
        bare,
        "import os, signal\n"
        "    try:\n"
        f"        os.kill(os.getpid(), signal.{number}); signal.pause()\n"
        "    finally:\n"
        "        print('closed')",
    )

    assert (done.returncode, done.stdout, done.stderr) == (code, "closed\n", "social-tui: Stopped.\n")


def test_a_fault_before_the_log_is_open_tells_no_secret(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def break_down(*arguments: object) -> None:
        raise ValueError("no answer from https://me:canary@host.example/a?token=canary")

    monkeypatch.setattr("social_tui.config.load_settings", break_down)
    monkeypatch.setattr("social_tui.log.log_file", lambda: None)  # which another test here may have opened
    monkeypatch.setattr(boundary, "_stop_like_interrupt", lambda asked: None)  # this process keeps its own
    assert boundary.run(["config", "show"]) == ExitCode.FAILED
    told = capsys.readouterr().err
    assert "https://host.example/a" in told
    assert "canary" not in told
