"""``social-tui team``: workspaces and who is in them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from social_tui.cli import options
from social_tui.cli.exit_codes import ExitCode
from social_tui.cli.output import Column, print_json, print_json_array, print_rows, say, when
from social_tui.cli.session import Session, pass_session

if TYPE_CHECKING:
    from social_tui.store.gateway import Gateway
    from social_tui.store.team import TeamRole, TeamRow, WorkspaceRow

_role = click.Choice(["owner", "editor", "viewer"])


@click.group()
def team() -> None:
    """See and choose workspaces, and say who is in them."""


@team.command("workspaces")
@options.as_json
@pass_session
def workspaces(session: Session, as_json: bool) -> ExitCode:
    """List your workspaces; the one you work in is marked."""
    from social_tui.store.team import list_workspaces

    with session.library() as library:
        found = list_workspaces(library.gateway)
    print_rows(
        _workspace_columns(),
        found,
        "You are in no workspace. Once an owner has invited you: social-tui team accept",
        as_json=as_json,
    )
    return ExitCode.OK


@team.command("use")
@click.argument("name", required=False, metavar="NAME")
@click.option("--all", "everything", is_flag=True, help="Work in all of them again.")
@options.as_json
@pass_session
def use(session: Session, name: str | None, everything: bool, as_json: bool) -> ExitCode:
    """Work in one workspace from now on, by its name or id; kept in the settings of the library."""
    from social_tui.library.configuring import write_setting

    if everything == (name is not None):
        raise click.UsageError("Say either which workspace, or --all")
    chosen = None
    with session.library() as library:
        if name is not None:
            chosen = _find(library.gateway, name)
        settings = library.settings
        write_setting(
            settings, "workspace", str(chosen.workspace_id) if chosen else "", settings.paths.config_file
        )
    if as_json:
        print_json({"workspace_id": chosen.workspace_id if chosen else None})
    else:
        say(f"You work in {chosen.name} from now on." if chosen else "You work in all your workspaces.")
    return ExitCode.OK


@team.command("create")
@click.argument("name")
@click.option("--owner", "owner_email", metavar="EMAIL", help="Invite somebody as an owner.")
@options.as_json
@pass_session
def create(session: Session, name: str, owner_email: str | None, as_json: bool) -> ExitCode:
    """Make a workspace that you own.

    Only who owns a workspace already may make another, and whoever has the database itself (DATABASE_URL).
    """
    from social_tui.store.team import create_workspace

    with session.library() as library:
        workspace_id = create_workspace(library.gateway, name, owner_email=owner_email, actor=library.actor)
    if as_json:
        print_json({"workspace_id": workspace_id, "name": name})
    else:
        say(f"Made {name}. To work in it: social-tui team use {workspace_id}")
    return ExitCode.OK


@team.command("list")
@options.as_json
@pass_session
def list_command(session: Session, as_json: bool) -> ExitCode:
    """List who is in the workspace, and for owners whom they invited."""
    from social_tui.store.team import list_team

    with session.library() as library:
        found = list_team(library.gateway)
    print_rows(_team_columns(), found, "Nobody is in this workspace.", as_json=as_json)
    return ExitCode.OK


@team.command("invite")
@click.argument("email")
@click.option("--role", type=_role, default="viewer", show_default=True, help="What they may do.")
@click.option("--days", type=click.IntRange(1, 90), default=14, show_default=True, help="How long it holds.")
@options.as_json
@pass_session
def invite(session: Session, email: str, role: TeamRole, days: int, as_json: bool) -> ExitCode:
    """Invite somebody into the workspace by their e-mail address.

    No mail is sent: tell them to sign in with this address, which lets them in. Inviting somebody again
    begins anew.
    """
    from social_tui.store.team import invite_member

    with session.library() as library:
        made = invite_member(library.gateway, email, role, days=days, actor=library.actor)
    if as_json:
        print_json(made)
    else:
        say(f"{made.email} is invited as {made.role} until {when(made.expires_at)}.")
    return ExitCode.OK


@team.command("accept")
@options.as_json
@pass_session
def accept(session: Session, as_json: bool) -> ExitCode:
    """Join the workspaces that you are invited to; signing in does so too.

    Your e-mail address must be verified.
    """
    from social_tui.store.team import accept_invitations

    with session.library() as library:
        joined = accept_invitations(library.gateway, actor=library.actor)
    if as_json:
        print_json_array(joined)
    else:
        say("\n".join(f"You are {row.role} in {row.name} now." for row in joined) or "Nobody invited you.")
    return ExitCode.OK if joined else ExitCode.NOTHING


@team.command("role")
@click.argument("who", metavar="EMAIL|ID")
@click.argument("role", type=_role)
@options.as_json
@pass_session
def role(session: Session, who: str, role: TeamRole, as_json: bool) -> ExitCode:
    """Change what a member, or somebody invited, may do."""
    from social_tui.store.team import change_role

    with session.library() as library:
        change_role(library.gateway, who, role, actor=library.actor)
    if as_json:
        print_json({"role": role})
    else:
        say(f"{who}: {role} from now on.")
    return ExitCode.OK


@team.command("remove")
@click.argument("who", metavar="EMAIL|ID")
@options.as_json
@pass_session
def remove(session: Session, who: str, as_json: bool) -> ExitCode:
    """Take a member out of the workspace, or an invitation back."""
    return _remove(session, who, as_json=as_json)


@team.command("leave")
@options.as_json
@pass_session
def leave(session: Session, as_json: bool) -> ExitCode:
    """Leave the workspace; its last owner cannot."""
    return _remove(session, None, as_json=as_json)


def _remove(session: Session, who: str | None, *, as_json: bool) -> ExitCode:
    from social_tui.store.team import remove_member

    with session.library() as library:
        removed = remove_member(library.gateway, who, actor=library.actor)
    if as_json:
        print_json({"removed": removed})
    elif who is None:
        say("You left the workspace.")
    else:
        say(f"{who} is {'out' if removed == 'member' else 'no longer invited'}.")
    return ExitCode.OK


def _find(gateway: Gateway, name: str) -> WorkspaceRow:
    from social_tui.errors import NotFoundError, UsageError
    from social_tui.store.team import list_workspaces

    found = [row for row in list_workspaces(gateway) if name in (row.name, str(row.workspace_id))]
    if not found:
        raise NotFoundError(f"You are in no workspace {name}.", hint="See: social-tui team workspaces")
    if len(found) > 1:
        raise UsageError(f"Several workspaces are called {name}.", hint="Say which one by its id.")
    return found[0]


def _workspace_columns() -> list[Column[WorkspaceRow]]:
    return [
        Column("", 1, lambda row: "*" if row.is_chosen else ""),
        Column("NAME", 30, lambda row: row.name),
        Column("ROLE", 8, lambda row: row.role),
        Column("MEMBERS", 7, lambda row: f"{row.members:,}", right=True),
        Column("SINCE", 16, lambda row: when(row.created_at)),
        Column("ID", 36, lambda row: row.workspace_id),
    ]


def _team_columns() -> list[Column[TeamRow]]:
    return [
        Column("", 1, lambda row: "*" if row.is_me else ""),
        Column("WHO", 36, lambda row: row.email or row.user_id),
        Column("ROLE", 8, lambda row: row.role),
        Column("STATE", 8, lambda row: row.state),
        Column("SINCE", 16, lambda row: when(row.since)),
        Column("UNTIL", 16, lambda row: when(row.expires_at)),
    ]
