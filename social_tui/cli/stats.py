"""``social-tui stats``: the library's figures."""

from __future__ import annotations

import click

from social_tui.cli import options
from social_tui.cli.exit_codes import ExitCode
from social_tui.cli.output import print_json, say
from social_tui.cli.reports import statistics_lines
from social_tui.cli.session import Session, pass_session


@click.command("stats")
@options.as_json
@pass_session
def stats(session: Session, as_json: bool) -> ExitCode:
    """Print the library's figures."""
    from social_tui.store.statistics import read_statistics

    with session.library() as library:
        figures = read_statistics(library.gateway)
    if as_json:
        print_json(figures)
    else:
        say("\n".join(statistics_lines(figures)))
    return ExitCode.OK
