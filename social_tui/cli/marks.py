"""``social-tui media marks``: what files say of how they were made."""

from __future__ import annotations

import click

from social_tui.cli import options
from social_tui.cli.exit_codes import ExitCode
from social_tui.cli.output import print_json, say
from social_tui.cli.progress import ProgressBar
from social_tui.cli.session import Session, pass_session


@click.command("marks")
@options.as_json
@pass_session
def marks(session: Session, as_json: bool) -> ExitCode:
    """Look for marks of made pictures in the files of the cache in which nobody did.

    Files may say that AI made them, in XMP or in a signed C2PA manifest. Workers and the app look for that
    when they draw the small picture of a file; 'media list --json' tells what was found.
    """
    from social_tui.library.marking import look_for_missing_marks

    with session.library() as library, ProgressBar("Looking") as bar:
        report = look_for_missing_marks(
            library, tell=lambda so_far: bar.update(so_far.looked_into, None, "files")
        )
    if as_json:
        print_json(report)
    else:
        say(
            f"{report.looked_into:,} files looked into: {report.marked:,} say how they were made,"
            f" {report.unreadable:,} could not be read."
        )
    return ExitCode.PARTIAL if report.unreadable else ExitCode.OK
