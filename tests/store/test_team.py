"""Workspaces and their people: invited by address, let in once it is verified, never without an owner."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from uuid import UUID, uuid4

import psycopg
import pytest

from social_tui.errors import DatabaseError, NotFoundError
from social_tui.store import team
from social_tui.store.psycopg_gateway import PsycopgGateway
from tests.store.callers import ELSEWHERE, HERE, USERS, Library, become, database_url, library
from tests.store.library_rows import rows

__all__ = ["database_url", "library"]

Connection = psycopg.Connection[Any]
GUEST = str(uuid4())


@pytest.fixture
def connection(database_url: str, library: Library) -> Iterator[Connection]:
    """Give one transaction that is taken back at the end."""
    assert library
    with psycopg.connect(database_url) as opened:
        yield opened
        opened.rollback()


def sign_in(connection: Connection, user: str, **claims: object) -> None:
    """Become a person with a token that says some things of them."""
    connection.execute("reset role")
    connection.execute(
        "select set_config('role', 'authenticated', true), set_config('request.jwt.claims', %s, true)",
        [json.dumps({"role": "authenticated", "sub": user, **claims})],
    )


def as_member(connection: Connection, caller: str) -> None:
    """Become one of the library's people."""
    connection.execute("reset role")
    become(connection, caller)


def ask(connection: Connection, call: str, *values: object) -> list[tuple[Any, ...]]:
    """Call a function and give its rows."""
    return connection.execute(f"select * from public.{call}".encode(), values or None).fetchall()


@contextmanager
def refused(connection: Connection, sqlstate: str) -> Iterator[None]:
    """Expect a refusal, after which the transaction goes on."""
    with pytest.raises(psycopg.Error) as caught, connection.transaction():
        yield
    assert caught.value.sqlstate == sqlstate


def invite(connection: Connection, email: str = "Guest@Example.org", role: str = "editor") -> None:
    """Have the owner invite somebody."""
    as_member(connection, "owner")
    ask(connection, "invite_member(%s, %s)", email, role)


def test_an_invited_person_gets_in_with_the_verified_address(connection: Connection) -> None:
    invite(connection)
    sign_in(connection, GUEST, email="guest@example.org", email_verified=True)
    assert ask(connection, "list_workspaces()") == []
    assert ask(connection, "accept_invitations()") == [(UUID(HERE), "default", "editor")]
    assert [(row[1], row[2]) for row in ask(connection, "list_workspaces()")] == [("default", "editor")]
    assert len(ask(connection, "list_posts()")) == 1
    assert ask(connection, "accept_invitations()") == [], "an invitation holds once"
    connection.execute("reset role")
    written = connection.execute(
        "select event, user_id::text, details ->> 'role', details::text like '%%@%%'"
        " from public.media_events where event like 'member_%%' order by id"
    ).fetchall()
    assert written == [
        ("member_invited", USERS["owner"], "editor", False),
        ("member_joined", GUEST, "editor", False),
    ]


@pytest.mark.parametrize(
    "claims",
    [
        {},
        {"email": "guest@example.org"},
        {"email": "guest@example.org", "email_verified": False},
        {"email": "guest@example.org", "user_metadata": {"email_verified": True}},
        {"email": "other@example.org", "email_verified": True},
        {"user_metadata": {"email": "guest@example.org"}, "email_verified": True},
    ],
)
def test_an_address_that_is_not_verified_lets_nobody_in(
    connection: Connection, claims: dict[str, Any]
) -> None:
    invite(connection)
    sign_in(connection, GUEST, **claims)
    assert ask(connection, "accept_invitations()") == []
    assert ask(connection, "list_workspaces()") == []


@pytest.mark.parametrize("is_confirmed", [False, True])
def test_where_there_is_a_table_of_people_it_is_believed_and_no_token(
    connection: Connection, is_confirmed: bool
) -> None:
    connection.execute("create table auth.users (id uuid, email text, email_confirmed_at timestamptz)")
    connection.execute(
        "insert into auth.users values (%s, 'guest@example.org', %s)",
        [GUEST, "2026-01-01" if is_confirmed else None],
    )
    invite(connection)
    sign_in(connection, GUEST, email="guest@example.org", email_verified=True)
    assert len(ask(connection, "accept_invitations()")) == is_confirmed


def test_an_invitation_expires_is_made_anew_and_is_taken_back(connection: Connection) -> None:
    invite(connection)
    connection.execute("reset role")
    connection.execute("update private.invitations set expires_at = now()")
    sign_in(connection, GUEST, email="guest@example.org", email_verified=True)
    assert ask(connection, "accept_invitations()") == []

    as_member(connection, "owner")
    assert [row[:3] for row in ask(connection, "list_team()") if row[3] is None] == [
        ("expired", "editor", "guest@example.org")
    ]
    invite(connection, "guest@example.org", "viewer")
    assert [row[:2] for row in ask(connection, "list_team()") if row[3] is None] == [("invited", "viewer")]
    as_member(connection, "editor")
    assert [row for row in ask(connection, "list_team()") if row[3] is None] == [], "owners alone see it"

    as_member(connection, "owner")
    assert ask(connection, "remove_member('GUEST@example.org ')") == [("invitation",)]
    sign_in(connection, GUEST, email="guest@example.org", email_verified=True)
    assert ask(connection, "accept_invitations()") == []


@pytest.mark.parametrize(
    "email", ["", "x", "x@", "@x", "a b@x", "a@b@c", "a\n@x", "a\x1b[2J@x", "a" * 255 + "@x"]
)
def test_what_is_no_address_is_refused(connection: Connection, email: str) -> None:
    as_member(connection, "owner")
    with refused(connection, "22023"):
        ask(connection, "invite_member(%s)", email)


@pytest.mark.parametrize(
    "email", ["o'neill+ä%_\\\\@example.org", '"<b>[red]x[/]</b>"@example.org', "élan.\u202e💥@bücher.example"]
)
def test_names_and_addresses_may_have_odd_characters(connection: Connection, email: str) -> None:
    name = f"'); drop table public.posts; -- %s {{}} \\ [bold] \u202e 💥 {email}"
    as_member(connection, "owner")
    [(workspace, shown)] = ask(connection, "create_workspace(%s)", f"  {name} ")
    assert shown == name
    connection.execute("select set_config('social_tui.workspace', %s, true)", [str(workspace)])
    ask(connection, "invite_member(%s, 'editor')", email)
    ask(connection, "change_role(%s, 'viewer')", email)
    sign_in(connection, GUEST, email=email, email_verified=True)
    assert ask(connection, "accept_invitations()") == [(workspace, name, "viewer")]
    assert ("viewer", email.lower()) in [row[1:3] for row in ask(connection, "list_team()")]
    sign_in(connection, GUEST, email=email.replace("%", "x").replace("_", "x"), email_verified=True)
    assert ask(connection, "accept_invitations()") == []
    as_member(connection, "owner")
    assert ask(connection, "remove_member(%s)", email) == [("member",)]


def test_the_last_owner_stays(connection: Connection) -> None:
    as_member(connection, "owner")
    for call in (
        "remove_member()",
        f"remove_member('{USERS['owner']}')",
        f"change_role('{USERS['owner']}', 'viewer')",
    ):
        with refused(connection, "23514"):
            ask(connection, call)
    ask(connection, "change_role(%s, 'owner')", USERS["editor"])
    assert ask(connection, "remove_member()") == [("member",)]
    as_member(connection, "editor")
    with refused(connection, "23514"):
        ask(connection, "remove_member()")
    as_member(connection, "viewer")
    assert ask(connection, "remove_member()") == [("member",)]
    with refused(connection, "42501"):
        ask(connection, "list_posts()")


def test_of_two_owners_who_leave_at_once_one_stays(database_url: str, library: Library) -> None:
    assert library
    workspace, people = str(uuid4()), (str(uuid4()), str(uuid4()))
    rows(database_url, "insert into public.workspaces values (%s, 'two')", workspace)
    for person in people:
        rows(database_url, "insert into public.workspace_members values (%s, %s, 'owner')", workspace, person)
    with psycopg.connect(database_url) as first, psycopg.connect(database_url) as second:
        for leaving, person in ((first, people[0]), (second, people[1])):
            sign_in(leaving, person)
        ask(first, "remove_member()")
        second.execute("set local lock_timeout = '200ms'")
        with pytest.raises(psycopg.errors.LockNotAvailable):
            ask(second, "remove_member()")
        second.rollback()
        first.commit()
        sign_in(second, people[1])
        with refused(second, "23514"):
            ask(second, "remove_member()")
    rows(database_url, "delete from public.workspaces where workspace_id = %s", workspace)
    assert rows(database_url, "select from public.workspace_members where workspace_id = %s", workspace) == []


def test_only_who_owns_a_workspace_makes_another(connection: Connection) -> None:
    sign_in(connection, GUEST, email="guest@example.org", email_verified=True)
    with refused(connection, "42501"):
        ask(connection, "create_workspace('mine')")
    as_member(connection, "owner")
    [(made, name)] = ask(connection, "create_workspace(' second ', 'guest@example.org')")
    assert name == "second"
    with refused(connection, "22023"):
        ask(connection, "invite_member('x@example.org')")
    connection.execute("select set_config('social_tui.workspace', %s, true)", [str(made)])
    assert [row[:2] for row in ask(connection, "list_team()")] == [("member", "owner"), ("invited", "owner")]
    for bad in ("", " ", "a" * 101, "a\x1b[2J"):
        with refused(connection, "22023"):
            ask(connection, "create_workspace(%s)", bad)


@pytest.mark.parametrize("way", ["session", "request"])
def test_a_choice_narrows_what_a_member_sees_and_never_widens_it(connection: Connection, way: str) -> None:
    def choose(workspace: str) -> None:
        connection.execute(
            "select set_config(%s, %s, true)",
            ["social_tui.workspace", workspace]
            if way == "session"
            else ["request.headers", json.dumps({"x-social-tui-workspace": workspace})],
        )

    connection.execute(
        "insert into public.workspace_members values (%s, %s, 'editor')", [ELSEWHERE, USERS["owner"]]
    )
    as_member(connection, "owner")
    assert len(ask(connection, "list_posts()")) == 1
    assert connection.execute("select from public.tags").rowcount == 1
    choose(ELSEWHERE)
    assert ask(connection, "list_posts()") == []
    assert connection.execute("select from public.tags").rowcount == 0
    assert [row[5] for row in ask(connection, "list_workspaces()")] == [False, True]
    [(run_id, *_)] = ask(connection, "start_run('x', 'linkedin', '[]')")
    choose(HERE)
    assert len(ask(connection, "list_posts()")) == 1
    connection.execute("reset role")
    assert connection.execute(
        "select workspace_id::text from public.download_runs where run_id = %s", [run_id]
    ).fetchall() == [(ELSEWHERE,)]

    as_member(connection, "neighbour")
    with refused(connection, "42501"):
        ask(connection, "list_posts()")
    assert connection.execute("select from public.posts").rowcount == 0
    choose("no uuid")
    with refused(connection, "22P02"):
        ask(connection, "list_posts()")


def test_the_service_puts_new_rows_where_it_chose(database_url: str, library: Library) -> None:
    assert library
    gateway = PsycopgGateway(database_url, workspace=UUID(ELSEWHERE))
    try:
        [chosen] = [row for row in team.list_workspaces(gateway) if row.is_chosen]
        assert (str(chosen.workspace_id), chosen.role) == (ELSEWHERE, None)
        invitation = team.invite_member(gateway, "x@example.org", "viewer", actor="cli")
        assert invitation.role == "viewer"
        team.change_role(gateway, "x@example.org", "editor", actor="cli")
        assert [(row.state, row.role) for row in team.list_team(gateway) if row.email] == [
            ("invited", "editor")
        ]
        assert team.remove_member(gateway, "x@example.org", actor="cli") == "invitation"
        with pytest.raises(NotFoundError):
            team.remove_member(gateway, "x@example.org", actor="cli")
        with pytest.raises(DatabaseError, match="Nobody is signed in"):
            team.accept_invitations(gateway)
        third = team.create_workspace(gateway, "third", owner_email="y@example.org", actor="cli")
        assert third in {row.workspace_id for row in team.list_workspaces(gateway)}
    finally:
        gateway.close()
        rows(database_url, "delete from public.workspaces where name = 'third'")
