"""``social-tui demo``: the main job on sample posts."""

from __future__ import annotations

import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from social_tui.cli import options
from social_tui.cli.exit_codes import ExitCode
from social_tui.cli.output import Column, complain, print_json, print_table, say
from social_tui.cli.reports import import_lines, statistics_lines, verify_lines, work_lines
from social_tui.cli.session import Session, pass_session
from social_tui.text import human_duration, redact_url

if TYPE_CHECKING:
    from social_tui.config import Settings
    from social_tui.demo.run import DemoReport
    from social_tui.models import MediaRow


@click.command("demo")
@options.as_json
@pass_session
def demo(session: Session, as_json: bool) -> int:
    """Run the main job on sample posts.

    Imports posts, captures their media from a server of its own on this machine, verifies, archives and
    analyses them, says what happened, and opens the app when it is on a terminal.
    """
    from social_tui.demo.run import demo_host, demo_settings

    ours = session.load()
    with demo_host() as server:
        settings = demo_settings(_home(ours), server, ours.log_level)
        session.start_log(settings)
        report = _run(settings, server)
        if as_json:
            print_json(_facts(report, settings))
        else:
            _tell(report, settings)
        if report.surprises:
            return ExitCode.FAILED
        if as_json or not (sys.stdin.isatty() and sys.stdout.isatty()):
            return ExitCode.OK
        from social_tui.tui import run

        sys.stdout.flush()
        return run(settings)


def _home(ours: Settings) -> Path:
    """Choose the demo's folder: the library that was named, else one beside the user's own."""
    return ours.paths.home or ours.paths.database.parent / "demo"


def _run(settings: Settings, server: Any) -> DemoReport:
    from social_tui.demo.run import run_demo
    from social_tui.library.session import open_library

    with open_library(settings, actor="cli") as library:
        return run_demo(library, server, _say_what_begins)


def _say_what_begins(what: str) -> None:
    if sys.stderr.isatty():
        sys.stderr.write(f"{what} …\n")
        sys.stderr.flush()


def _tell(report: DemoReport, settings: Settings) -> None:
    say("\n".join(import_lines(report.imported, now=datetime.now(UTC))))
    for work in report.work:
        say()
        say("\n".join(work_lines(work)))
    say()
    say("\n".join(verify_lines(report.verified, repair=False)))
    say()
    columns: list[Column[MediaRow]] = [
        Column("LOST", 12, lambda row: row.outcome),
        Column("MEDIA", 21, lambda row: row.media_id),
        Column("FROM", 40, lambda row: redact_url(row.media_url or "")),
    ]
    print_table(columns, report.lost)
    say()
    say("\n".join(statistics_lines(report.statistics)))
    say()
    say(f"Done in {human_duration(report.seconds)}. Look around: social-tui --library {settings.home}")
    for surprise in report.surprises:
        complain(surprise)


def _facts(report: DemoReport, settings: Settings) -> dict[str, Any]:
    return {
        "library": str(settings.home),
        "seconds": round(report.seconds, 3),
        "import": report.imported.model_dump(mode="json"),
        "work": [work.model_dump(mode="json") for work in report.work],
        "verified": report.verified.model_dump(mode="json"),
        "lost": [row.model_dump(mode="json") for row in report.lost],
        "surprises": list(report.surprises),
        "statistics": report.statistics.model_dump(mode="json"),
    }
