"""``social-tui library``: the library as a whole, from one database into another."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Literal
from uuid import UUID

import click

from social_tui.cli import options
from social_tui.cli.exit_codes import ExitCode
from social_tui.cli.output import Column, complain, print_json_array, print_table
from social_tui.cli.session import Session, pass_session

if TYPE_CHECKING:
    from social_tui.store.moving import CopiedTable

_workspace = click.option(
    "--workspace",
    type=click.UUID,
    metavar="ID",
    help="Workspace in the other database; else its default one.",
)


@click.group()
def library() -> None:
    """Copy the library into another database, or from there."""


@library.command("push")
@_workspace
@options.as_json
@pass_session
def push(session: Session, workspace: UUID | None, as_json: bool) -> ExitCode:
    """Copy the rows of this library into the database that other_database_url names.

    Rows that are there as they are here, or newer, are not sent, so the same command goes on where it was
    broken off. At the end all are compared. Files stay: others find them through the archive.
    """
    return _move(session, "push", workspace, as_json=as_json)


@library.command("pull")
@_workspace
@options.as_json
@pass_session
def pull(session: Session, workspace: UUID | None, as_json: bool) -> ExitCode:
    """Copy the rows of the database that other_database_url names into this library; else like push."""
    return _move(session, "pull", workspace, as_json=as_json)


def _move(
    session: Session, way: Literal["push", "pull"], workspace: UUID | None, *, as_json: bool
) -> ExitCode:
    from social_tui.library.moving import move

    with session.library() as opened:
        tables = move(opened, way, workspace=workspace)
    if as_json:
        print_json_array(asdict(table) for table in tables)
    else:
        print_table(_columns(), tables)
    kept = sum(table.kept for table in tables)
    if kept:
        complain(f"{kept:,} rows stay as they are in the target, because they are newer there.")
    missing = sum(table.missing for table in tables)
    if missing:
        complain(f"{missing:,} rows did not arrive as they are; they may belong to another workspace there.")
    return ExitCode.PARTIAL if missing else ExitCode.OK


def _columns() -> list[Column[CopiedTable]]:
    return [
        Column("TABLE", 16, lambda each: each.table),
        Column("ROWS", 10, lambda each: f"{each.rows:,}", right=True),
        Column("SENT", 10, lambda each: f"{each.sent:,}", right=True),
        Column("KEPT", 10, lambda each: f"{each.kept:,}", right=True),
        Column("MISSING", 7, lambda each: f"{each.missing:,}", right=True),
    ]
