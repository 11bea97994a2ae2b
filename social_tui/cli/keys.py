"""``social-tui keys``: what the keys of the app do."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from social_tui.cli import options
from social_tui.cli.exit_codes import ExitCode
from social_tui.cli.output import Column, print_json_array, print_table
from social_tui.cli.session import Session, pass_session

if TYPE_CHECKING:
    from social_tui.tui.actions import Action


@click.command("keys")
@options.as_json
@pass_session
def keys(session: Session, as_json: bool) -> ExitCode:
    """List the app's keys and where each comes from.

    The table [keys] of config.toml changes them, by the names of the actions that this lists.
    """
    from social_tui.tui.actions import ACTIONS
    from social_tui.tui.keymap import build_keymap

    keymap = build_keymap(session.load().key_tables)
    if as_json:
        print_json_array(
            {
                "action": action.id,
                "keys": list(keymap.keys(action.id)),
                "scope": action.scope,
                "label": action.label,
                "help": action.help,
                "source": keymap.source(action.id),
            }
            for action in ACTIONS
        )
        return ExitCode.OK
    columns: list[Column[Action]] = [
        Column("KEYS", 28, lambda action: keymap.all_shown(action.id)),
        Column("ACTION", 22, lambda action: action.id),
        Column("WHAT IT DOES", 48, lambda action: action.help),
        Column("FROM", 20, lambda action: keymap.source(action.id)),
    ]
    print_table(columns, ACTIONS)
    return ExitCode.OK
