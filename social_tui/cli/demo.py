"""``social-tui demo``: the main job on sample posts, in a library of its own."""

from __future__ import annotations

import dataclasses
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from social_tui.cli import options
from social_tui.cli.demo_report import demo_lines
from social_tui.cli.exit_codes import ExitCode
from social_tui.cli.output import print_json, say
from social_tui.cli.progress import ProgressBar
from social_tui.cli.session import Session, opened, pass_session

if TYPE_CHECKING:
    from social_tui.config import Settings
    from social_tui.demo.media_server import DemoMediaServer
    from social_tui.demo.run import DemoReport

_STEPS = ("Importing", "Downloading", "Verifying", "Archiving", "Analysing")


@click.command("demo")
@click.option("--no-app", is_flag=True, help="Print the summary and exit, even on a terminal.")
@options.as_json
@pass_session
def demo(session: Session, no_app: bool, as_json: bool) -> int:
    """Run the main job on sample posts.

    Imports them, captures, verifies, archives and analyses their media, and opens the app. Nothing
    leaves the machine and no library of yours is touched: the posts are made up, their media are drawn
    on the spot and served from this machine, with losses as real hosts cause them.
    """
    from social_tui.demo.run import demo_host, demo_settings

    asked = session.load()
    with demo_host() as server:
        settings = demo_settings(_home(asked), server, asked.log_level)
        session.start_log(settings)
        report = _run(settings, server)
        if as_json:
            print_json({"library": str(settings.home), **_plain(report)})
        else:
            say("\n".join(demo_lines(report, settings.paths)))
        if report.surprises:
            return ExitCode.FAILED
        if no_app or as_json or not (sys.stdin.isatty() and sys.stdout.isatty()):
            return ExitCode.OK
        click.pause("\nPress any key to open the app.")
        from social_tui.tui import run

        return run(lambda: settings)


def _home(asked: Settings) -> Path:
    """Choose the library: the one that was named, else one beside the user's own."""
    return asked.home or asked.paths.database.parent / "demo"


def _run(settings: Settings, server: DemoMediaServer) -> DemoReport:
    from social_tui.demo.run import run_demo

    with opened(settings) as library, ProgressBar("Demo") as bar:
        return run_demo(library, server, lambda step: bar.update(_STEPS.index(step), len(_STEPS), step))


def _plain(report: DemoReport) -> dict[str, Any]:
    """Make a report plain data: its fields are models and tuples of models."""

    def plain(value: Any) -> Any:
        if isinstance(value, tuple):
            return [plain(item) for item in value]
        return value.model_dump(mode="json") if hasattr(value, "model_dump") else value

    return {field.name: plain(getattr(report, field.name)) for field in dataclasses.fields(report)}
