"""Workspaces and their people: who is invited, who is in and as what."""

from __future__ import annotations

from datetime import datetime
from typing import Literal
from uuid import UUID

from social_tui.models import Row
from social_tui.store.gateway import Gateway

TeamRole = Literal["owner", "editor", "viewer"]


class WorkspaceRow(Row):
    """A workspace; ``role`` is the caller's own in it, None for the service, which sees all."""

    workspace_id: UUID
    name: str
    role: TeamRole | None
    members: int
    created_at: datetime
    is_chosen: bool


class JoinedRow(Row):
    """A workspace that the caller was let into just now."""

    workspace_id: UUID
    name: str
    role: TeamRole


class TeamRow(Row):
    """A member, or somebody invited, of whom only the address is known and until when it holds."""

    state: Literal["member", "invited", "expired"]
    role: TeamRole
    email: str | None
    user_id: UUID | None
    is_me: bool
    since: datetime
    expires_at: datetime | None


class InvitationRow(Row):
    """An invitation as it was made."""

    email: str
    role: TeamRole
    expires_at: datetime


def list_workspaces(gateway: Gateway) -> list[WorkspaceRow]:
    """List the caller's workspaces, the oldest first, whichever is chosen."""
    return [WorkspaceRow.model_validate(row) for row in gateway.call("list_workspaces")]


def create_workspace(
    gateway: Gateway, name: str, *, owner_email: str | None = None, actor: str = "app"
) -> UUID:
    """Make a workspace; its maker owns it.

    Args:
        gateway: The way to the database.
        name: 1 to 100 characters.
        owner_email: Somebody to be invited as an owner.
        actor: Who asks.

    Returns:
        Its id.

    Raises:
        DatabaseError: If the caller is no owner of any workspace.
    """
    rows = gateway.call("create_workspace", p_name=name, p_owner_email=owner_email, p_actor=actor)
    return UUID(rows[0]["workspace_id"])


def list_team(gateway: Gateway) -> list[TeamRow]:
    """List who is in the current workspace; for owners also whom they invited."""
    return [TeamRow.model_validate(row) for row in gateway.call("list_team")]


def invite_member(
    gateway: Gateway, email: str, role: TeamRole, *, days: int = 14, actor: str = "app"
) -> InvitationRow:
    """Invite somebody into the current workspace; who is invited already is invited anew.

    Args:
        gateway: The way to the database.
        email: Their address, which they must have verified when they sign in.
        role: As what.
        days: How long the invitation holds, from 1 to 90.
        actor: Who asks.
    """
    rows = gateway.call("invite_member", p_email=email, p_role=role, p_days=days, p_actor=actor)
    return InvitationRow.model_validate(rows[0])


def accept_invitations(gateway: Gateway, *, actor: str = "app") -> list[JoinedRow]:
    """Join every workspace that invites the caller's verified address; returns those that are new."""
    rows = gateway.call("accept_invitations", p_actor=actor)
    return [JoinedRow.model_validate(row) for row in rows]


def change_role(gateway: Gateway, who: str, role: TeamRole, *, actor: str = "app") -> None:
    """Change what somebody may do in the current workspace.

    Args:
        gateway: The way to the database.
        who: The address or the user id of a member, or the address of somebody invited.
        role: As what from now on.
        actor: Who asks.

    Raises:
        NotFoundError: If there is nobody of that name.
        DatabaseError: If it is the last owner.
    """
    gateway.call("change_role", p_who=who, p_role=role, p_actor=actor)


def remove_member(
    gateway: Gateway, who: str | None, *, actor: str = "app"
) -> Literal["member", "invitation"]:
    """Take somebody out of the current workspace, or an invitation back.

    Args:
        gateway: The way to the database.
        who: As in :func:`change_role`; None for the caller, who leaves.
        actor: Who asks.

    Returns:
        What was removed.

    Raises:
        NotFoundError: If there is nobody of that name.
        DatabaseError: If it is the last owner.
    """
    removed: Literal["member", "invitation"] = gateway.call("remove_member", p_who=who, p_actor=actor)[0][
        "removed"
    ]
    return removed


def statements_for_owner(name: str, email: str) -> list[str]:
    """Return the SQL with which whoever has the database itself lets somebody own a workspace.

    Args:
        name: The workspace, which the second statement makes where there is none of that name.
        email: Who.
    """
    from psycopg import sql

    invite = sql.SQL(
        "select i.email, i.role from public.workspaces w,"
        " private.invite(w.workspace_id, {email}, 'owner', 14, 'cli') i where w.name = {name};"
    )
    create = sql.SQL(
        "select * from public.create_workspace({name}, {email})"
        " where not exists (select from public.workspaces w where w.name = {name});"
    )
    return [
        statement.format(name=sql.Literal(name), email=sql.Literal(email)).as_string(None)
        for statement in (invite, create)
    ]
