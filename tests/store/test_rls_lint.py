"""What Supabase's linter looks for (https://supabase.github.io/splinter), and that each guard is needed."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import psycopg
import pytest

from social_tui.store.migrations import migrate
from tests.conftest import fresh_database
from tests.store.callers import USERS, Library, acting_as, become, database_url, library
from tests.store.catalogue import read_catalogue
from tests.store.functions import (
    COUNTERS,
    EDITORS,
    MEMBERS_MAY,
    OWNERS,
    PEOPLE,
    READERS,
    SERVICE,
    TEAM,
)

__all__ = ["database_url", "library"]

Connection = psycopg.Connection[Any]
# Each gives what must not be there.
LINTS = {
    "a definer view that clients reach": """
        select c.relname from pg_class c
        where c.relkind = 'v' and c.relnamespace = 'public'::regnamespace
          and not coalesce(c.reloptions @> '{security_invoker=true}', false)
    """,
    "a materialized or foreign table that clients reach": """
        select c.relname from pg_class c
        where c.relkind in ('m', 'f') and c.relnamespace = 'public'::regnamespace
    """,
    "a table without row level security": """
        select c.relname from pg_class c
        where c.relkind in ('r', 'p') and c.relnamespace = 'public'::regnamespace and not c.relrowsecurity
    """,
    "a table with row level security and no policy": """
        select c.relname from pg_class c
        where c.relkind in ('r', 'p') and c.relnamespace = 'public'::regnamespace
          and not exists (select from pg_policy p where p.polrelid = c.oid)
    """,
    "a policy on a table that has none on": """
        select c.relname from pg_policy p join pg_class c on c.oid = p.polrelid where not c.relrowsecurity
    """,
    "a policy for anon or for everybody": """
        select policyname from pg_policies where roles && '{anon,public}'::name[]
    """,
    "a policy that asks who calls for every row": """
        select policyname from pg_policies
        where concat(qual, with_check) ~ 'auth\\.|current_setting' or
          regexp_count(concat(qual, with_check), 'private\\.\\w+\\(\\)')
            > regexp_count(concat(qual, with_check), 'SELECT unnest\\(private\\.\\w+\\(\\)\\)')
    """,
    "a policy or function that believes what people say of themselves": """
        select policyname from pg_policies where concat(qual, with_check) ~ 'user_metadata'
        union all
        select proname from pg_proc
        where pronamespace in ('public'::regnamespace, 'private'::regnamespace) and prosrc ~ 'user_metadata'
    """,
    "a function whose names could be taken for others": """
        select p.oid::regprocedure::text from pg_proc p
        where p.pronamespace in ('public'::regnamespace, 'private'::regnamespace, 'jobs'::regnamespace)
          and not coalesce(array_to_string(p.proconfig, ' ') ~ 'search_path=', false)
          -- What is inlined runs under the path of its caller, which is empty.
          and (p.prosecdef or p.pronamespace <> 'private'::regnamespace
            or p.prolang <> (select oid from pg_language where lanname = 'sql'))
    """,
    "a definer function whose path is not empty": """
        select p.oid::regprocedure::text from pg_proc p
        where p.prosecdef and p.pronamespace in ('public'::regnamespace, 'private'::regnamespace)
          and not coalesce(p.proconfig @> '{"search_path=\\"\\""}', false)
    """,
    "an invoker function of the app, which would show no rows": """
        select proname from pg_proc where pronamespace = 'public'::regnamespace and not prosecdef
    """,
    "a function that anon may call": """
        select proname from pg_proc
        where pronamespace in ('public'::regnamespace, 'private'::regnamespace, 'jobs'::regnamespace)
          and has_function_privilege('anon', oid, 'execute')
    """,
    "two functions of one name, of which PostgREST cannot choose": """
        select proname from pg_proc where pronamespace = 'public'::regnamespace group by 1 having count(*) > 1
    """,
    "an extension among what clients reach": """
        select extname from pg_extension where extnamespace = 'public'::regnamespace
    """,
}


@pytest.fixture(scope="module")
def connection(database_url: str) -> Iterator[Connection]:
    """Give one transaction as the owner of the database; taken back at the end."""
    with psycopg.connect(database_url) as opened:
        yield opened
        opened.rollback()


@pytest.mark.parametrize("finding", LINTS)
def test_the_schema_has_none_of(connection: Connection, finding: str) -> None:
    assert connection.execute(LINTS[finding].encode()).fetchall() == []


@pytest.mark.parametrize(
    ("finding", "fault"),
    [
        ("a definer view that clients reach", "create view public.x as select 1"),
        (
            "a materialized or foreign table that clients reach",
            "create materialized view public.x as select 1",
        ),
        ("a table without row level security", "create table public.x ()"),
        ("a table with row level security and no policy", "drop policy service_all on public.tags"),
        ("a policy on a table that has none on", "alter table public.tags disable row level security"),
        ("a policy for anon or for everybody", "create policy x on public.tags using (true)"),
        (
            "a policy that asks who calls for every row",
            "create policy x on public.tags to authenticated using (auth.uid() is not null)",
        ),
        (
            "a policy that asks who calls for every row",
            "create policy x on public.tags to authenticated using (private.is_service())",
        ),
        (
            "a policy or function that believes what people say of themselves",
            "create policy x on public.tags using (auth.jwt() ? 'user_metadata')",
        ),
        (
            "a function whose names could be taken for others",
            "create function private.x() returns int language plpgsql as 'begin return 1; end'",
        ),
        (
            "a definer function whose path is not empty",
            "create function private.x() returns int language sql security definer"
            " set search_path = public as 'select 1'",
        ),
        (
            "an invoker function of the app, which would show no rows",
            "create function public.x() returns int language sql set search_path = '' as 'select 1'",
        ),
        (
            "a function that anon may call",
            "create function public.x() returns int language sql set search_path = '' as 'select 1'",
        ),
        (
            "two functions of one name, of which PostgREST cannot choose",
            "create function public.list_views(x int) returns int language sql as 'select 1'",
        ),
        ("an extension among what clients reach", "alter extension plpgsql set schema public"),
    ],
)
def test_each_finding_is_found(connection: Connection, finding: str, fault: str) -> None:
    with connection.transaction(force_rollback=True):
        if "no policy" in finding:
            connection.execute(
                "drop policy member_read on public.tags; drop policy editor_write on public.tags"
            )
        if "extension" in finding:
            # It cannot move; that it is counted is what is asked here.
            fault = "update pg_extension set extnamespace = 'public'::regnamespace"
        connection.execute(fault.encode())
        assert connection.execute(LINTS[finding].encode()).fetchall() != []


def test_members_may_call_what_is_listed_for_them_and_nothing_else(connection: Connection) -> None:
    found = connection.execute(
        "select proname from pg_proc where pronamespace = 'public'::regnamespace"
        " and has_function_privilege('authenticated', oid, 'execute')"
    ).fetchall()
    assert {name for (name,) in found} == {*MEMBERS_MAY}


def test_what_a_project_of_supabase_grants_by_default_opens_nothing(
    server_url: str, database_url: str
) -> None:
    """There everything new in schema public is granted to anon and authenticated at once."""
    with fresh_database(server_url, "template1") as url:
        with psycopg.connect(url, autocommit=True) as hosted:
            hosted.execute(
                "do $$ begin"
                " if to_regrole('anon') is null then create role anon nologin; end if;"
                " if to_regrole('authenticated') is null then create role authenticated nologin; end if;"
                " if to_regrole('service_role') is null then"
                " create role service_role nologin bypassrls; end if;"
                " end $$"
            )
            for kind in ("tables", "functions", "sequences"):
                hosted.execute(
                    "alter default privileges in schema public"
                    f" grant all on {kind} to postgres, anon, authenticated, service_role".encode()
                )
        migrate(url)
        hosted_objects, plain = read_catalogue(url), read_catalogue(database_url)
        granting = ("tables: ", "columns: ", "functions: ")
        assert {
            name: text
            for name, text in hosted_objects.items()
            if name.startswith(granting) and _for_clients(text) != _for_clients(plain[name])
        } == {}


def _for_clients(text: str) -> list[str]:
    words = text.replace(",", " ").split()
    return sorted(word for word in words if word.startswith(("anon=", "authenticated=")))


@pytest.mark.parametrize("function", SERVICE)
def test_what_workers_record_is_refused_to_members_by_the_function_too(
    connection: Connection, library: Library, function: str
) -> None:
    """A grant too many, as a later migration could make by mistake, opens nothing by itself."""
    with connection.transaction(force_rollback=True):
        connection.execute(f"grant execute on function public.{function} to authenticated".encode())
        become(connection, "owner")
        statement = f"select * from public.{function}({SERVICE[function]})"
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            connection.execute(statement.encode(), library)


@pytest.mark.parametrize("function", [*READERS, *COUNTERS, *PEOPLE, *TEAM])
def test_a_viewer_changes_nothing_by_reading(database_url: str, library: Library, function: str) -> None:
    """No row anywhere, hence no job and nothing paid; but that a media was looked at goes into the log.

    Asking for a link to archived bytes leaves the question, too, for a minute.
    """
    arguments = MEMBERS_MAY[function]
    with acting_as(database_url, "viewer") as connection:
        connection.execute(f"select * from public.{function}({arguments})".encode(), library).fetchall()
        connection.execute("reset role")
        changed = connection.execute(
            "select relname from pg_stat_xact_all_tables where n_tup_ins + n_tup_upd + n_tup_del > 0"
            " and schemaname in ('public', 'private', 'jobs')"
        ).fetchall()
    asked = {"record_event": {"media_events"}, "request_link": {"media_events", "link_requests"}}
    assert {name for (name,) in changed} == asked.get(function, set())


@pytest.mark.parametrize("function", ["record_event", "request_link", *EDITORS, *OWNERS])
def test_the_log_says_which_person_did_it(database_url: str, library: Library, function: str) -> None:
    """Every event that a call writes names who was signed in, and nobody passes for a worker."""
    who = "owner" if function in OWNERS else "editor"
    arguments = MEMBERS_MAY[function]
    with acting_as(database_url, who) as connection:
        connection.execute(f"select * from public.{function}({arguments})".encode(), library).fetchall()
        connection.execute("reset role")
        written = connection.execute(
            "select user_id::text, actor from public.media_events where txid = pg_current_xact_id()"
        ).fetchall()
    assert {user_id for user_id, _ in written} <= {USERS[who]}
    assert "worker" not in {actor for _, actor in written}


def test_nobody_who_is_signed_in_passes_for_a_worker(connection: Connection, library: Library) -> None:
    with connection.transaction(force_rollback=True):
        become(connection, "editor")
        with pytest.raises(psycopg.errors.CheckViolation):
            connection.execute(
                "select public.record_event(%s, 'media_accessed', 'worker')", [library["media_id"]]
            )
