"""``social-tui config``: the settings in force."""

from __future__ import annotations

import click

from social_tui.cli import options
from social_tui.cli.exit_codes import ExitCode
from social_tui.cli.output import Column, print_json_array, print_table
from social_tui.cli.session import Session, pass_session


@click.group()
def config() -> None:
    """Show the settings and where each comes from."""


@config.command("show")
@options.as_json
@pass_session
def show(session: Session, as_json: bool) -> ExitCode:
    """Print every setting, its value and where it comes from; secrets are masked."""
    from social_tui.config import Explained, environment_name, explain

    settings = explain(session.load())
    if as_json:
        print_json_array({**each._asdict(), "variable": environment_name(each.name)} for each in settings)
        return ExitCode.OK
    columns: list[Column[Explained]] = [
        Column("SETTING", 26, lambda each: each.name),
        Column("VALUE", 36, lambda each: each.value),
        Column("FROM", 20, lambda each: each.source),
    ]
    print_table(columns, settings)
    return ExitCode.OK
