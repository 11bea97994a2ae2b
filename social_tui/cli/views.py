"""``social-tui views``: saved views, filters with a name that the app and scripts share."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from social_tui.cli import options
from social_tui.cli.choosing import filter_words, find_view, joined, read_filter, sort_name
from social_tui.cli.exit_codes import ExitCode
from social_tui.cli.output import print_json, print_rows, say
from social_tui.cli.session import Session, pass_session
from social_tui.cli.tables import view_columns

if TYPE_CHECKING:
    from social_tui.models import Sort


@click.group()
def views() -> None:
    """List, save and delete views: filters with a name."""


@views.command("list")
@options.as_json
@pass_session
def list_command(session: Session, as_json: bool) -> ExitCode:
    """List the saved views by name."""
    from social_tui.store.views import list_views

    with session.library() as library:
        found = list_views(library.gateway)
    print_rows(view_columns(), found, "No saved views.", as_json=as_json)
    return ExitCode.OK


@views.command("save")
@click.argument("name", type=options.VIEW)
@filter_words
@sort_name
@options.as_json
@pass_session
def save(session: Session, name: str, words: tuple[str, ...], sort: Sort | None, as_json: bool) -> ExitCode:
    """Save a filter under a name; a view that has the name is replaced.

    It is kept as typed, so that 'expires:<2d' means two days from whenever it is used.
    """
    from social_tui.store.views import save_view

    text = joined(words)
    read_filter(text)
    with session.library() as library:
        view = save_view(library.gateway, name, text, sort=sort or "newest")
    if as_json:
        print_json(view)
    else:
        say(f"Saved as {view.name}.")
    return ExitCode.OK


@views.command("delete")
@click.argument("name")
@options.as_json
@pass_session
def delete(session: Session, name: str, as_json: bool) -> ExitCode:
    """Delete a saved view, by its name or id."""
    from social_tui.store.views import delete_view

    with session.library() as library:
        view = find_view(library.gateway, name)
        delete_view(library.gateway, view.view_id)
    if as_json:
        print_json(view)
    else:
        say(f"Deleted {view.name}.")
    return ExitCode.OK
