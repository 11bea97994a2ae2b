"""Who sees and changes rows without the functions: strangers, neighbours, members, the service.

One connection serves all callers; each look is taken back to a savepoint. The matrix is complete by
construction: a relation, column or policy that it does not know fails, and so does one that is not needed.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import psycopg
import pytest
from psycopg import sql

from tests.store.callers import (
    CALLERS,
    ELSEWHERE,
    HERE,
    Library,
    become,
    database_url,
    library,
    outcome,
)

__all__ = ["database_url", "library"]

WORKER = "a_worker"  # a login of its own that is a member of service_role
EVERYBODY = (*CALLERS, WORKER)
VERBS = ("select", "insert", "update", "delete")

# For each verb what becomes of it, caller by caller in the order of EVERYBODY (anon, owner, editor, viewer,
# neighbour, nobody, service, worker): "-" is refused, "0" concerns no row of the library, "x" concerns some.
_SEEN, _CLOSED, _HIDDEN = "-xxx00xx", "------xx", "--------"
_FOUND_OUT = (_SEEN, _CLOSED, _CLOSED, _CLOSED)
_WRITTEN = (_SEEN, "-xx---xx", "-xx000xx", "-xx000xx")
MATRIX: dict[str, tuple[str, str, str, str]] = {
    "workspaces": (_SEEN, _CLOSED, "-x0000xx", _CLOSED),
    # Members are changed by functions, which tell the log.
    "workspace_members": _FOUND_OUT,
    "posts": (_SEEN, _CLOSED, "-xx000xx", "-xx000xx"),
    "post_media": (_SEEN, _CLOSED, "-xx000xx", "-xx000xx"),
    "media_blobs": _FOUND_OUT,
    "ai_analyses": _FOUND_OUT,
    # The log is append-only for the service too.
    "media_events": (_SEEN, _CLOSED, _HIDDEN, _HIDDEN),
    "profiles": _WRITTEN,
    "tags": _WRITTEN,
    "profile_tags": _WRITTEN,
    "post_tags": _WRITTEN,
    "action_queue": _WRITTEN,
    "download_runs": _FOUND_OUT,
    "data_downloads": _FOUND_OUT,
    "saved_views": _FOUND_OUT,
    "post_changes": _FOUND_OUT,
    "post_links": _FOUND_OUT,
}
# Columns that clients cannot read: where the archive is, and what belongs to workers.
HIDDEN = {
    "post_media": {"archive_url", "claim"},
    "media_blobs": {
        *("archive_url", "archive_error", "archive_checked_at", "faulty_url", "marks"),
        *("read_back_at", "fixity_cache_at", "fixity_archive_at"),
    },
}
# Of tables that clients change in part, the columns that they may change.
CHANGEABLE = {
    "workspaces": {"name"},
    "posts": {"is_read", "is_marked"},
    "post_media": {"alt_text", "metadata"},
}
# What of the other schemas a client may name at all.
REACHABLE = {"is_service", "readable_workspaces", "editable_workspaces", "owned_workspaces", "may_listen"}

Connection = psycopg.Connection[Any]


@pytest.fixture(scope="module")
def connection(database_url: str, library: Library) -> Iterator[Connection]:
    """Give one transaction as the owner of the database, with a worker's login; taken back at the end."""
    assert library
    with psycopg.connect(database_url) as opened:
        opened.execute(f"create role {WORKER} login; grant service_role to {WORKER}".encode())
        yield opened
        opened.rollback()


@contextmanager
def taken_back(connection: Connection) -> Iterator[None]:
    """Take back what a block did."""
    with connection.transaction(force_rollback=True):
        yield


def shape_of(connection: Connection, table: str) -> tuple[str, list[str], dict[str, Any]]:
    """Name a column to write, those that take values, and one row of the library."""
    columns = connection.execute(
        "select attname, attgenerated <> '' from pg_attribute"
        " where attrelid = %s::regclass and attnum > 0 and not attisdropped order by attnum",
        [f"public.{table}"],
    ).fetchall()
    taking = [name for name, is_generated in columns if not is_generated]
    here = " where workspace_id = %s" if ("workspace_id", False) in columns else ""
    row = connection.execute(
        f"select to_jsonb(t) from public.{table} t{here} limit 1".encode(), [HERE] if here else None
    ).fetchone()
    assert row is not None, f"an empty {table} proves nothing"
    return min(CHANGEABLE.get(table, taking)), taking, row[0]


def statements_on(connection: Connection, table: str) -> dict[str, tuple[sql.Composed, list[Any]]]:
    """Write for each verb a statement that concerns the library's rows of a table."""
    name = sql.Identifier("public", table)
    column, taking, row = shape_of(connection, table)
    shown = sorted(set(taking) - HIDDEN.get(table, set()))
    of_here = sql.SQL(" where workspace_id = {}").format(sql.Literal(HERE))
    where = of_here if "workspace_id" in row else sql.SQL("")
    one, both = sql.Identifier(column), sql.SQL(", ").join(map(sql.Identifier, taking))
    return {
        "select": (
            sql.SQL("select {} from {}{}").format(
                sql.SQL(", ").join(map(sql.Identifier, shown)), name, where
            ),
            [],
        ),
        # The row is there already, so being let in shows as a conflict; so does what other rows hang on.
        "insert": (
            sql.SQL(
                "insert into {0} ({1}) overriding system value"
                " select {1} from jsonb_populate_record(null::{0}, %s::jsonb)"
            ).format(name, both),
            [json.dumps(row)],
        ),
        "update": (sql.SQL("update {} set {} = {}{}").format(name, one, one, where), []),
        "delete": (sql.SQL("delete from {}{}").format(name, where), []),
    }


def sign_of(connection: Connection, statement: sql.Composed, values: list[Any]) -> str:
    """Run a statement, take it back, and tell in a sign what became of it."""
    try:
        with taken_back(connection):
            cursor = connection.execute(statement, values)
            count = len(cursor.fetchall()) if cursor.description else cursor.rowcount
    except psycopg.errors.IntegrityError:
        return "x"
    except psycopg.errors.InsufficientPrivilege:
        return "-"
    return "x" if count else "0"


def look_at(connection: Connection, table: str) -> tuple[str, ...]:
    """Try every verb on a table as everybody."""
    statements = statements_on(connection, table)
    signs = dict.fromkeys(VERBS, "")
    for caller in EVERYBODY:
        with taken_back(connection):
            if caller == WORKER:
                connection.execute(f"set local role {WORKER}".encode())
            else:
                become(connection, caller)
            for verb in VERBS:
                signs[verb] += sign_of(connection, *statements[verb])
    return tuple(signs.values())


def test_every_relation_is_in_the_matrix_and_guarded(connection: Connection) -> None:
    found = connection.execute(
        "select relname, relrowsecurity from pg_class"
        " where relnamespace = 'public'::regnamespace and relkind in ('r', 'v', 'm', 'p', 'f')"
    ).fetchall()
    assert {name for name, _ in found} == set(MATRIX)
    assert all(is_secured for _, is_secured in found)


@pytest.mark.parametrize("table", MATRIX)
def test_rows_are_for_whom_the_matrix_says(connection: Connection, table: str) -> None:
    assert look_at(connection, table) == MATRIX[table]


@pytest.mark.parametrize("table", MATRIX)
def test_without_any_one_of_its_policies_the_matrix_is_another(connection: Connection, table: str) -> None:
    policies = connection.execute(
        "select policyname from pg_policies where schemaname = 'public' and tablename = %s", [table]
    ).fetchall()
    assert policies
    for (policy,) in policies:
        with taken_back(connection):
            connection.execute(
                sql.SQL("drop policy {} on {}").format(
                    sql.Identifier(policy), sql.Identifier("public", table)
                )
            )
            assert look_at(connection, table) != MATRIX[table], policy
    with taken_back(connection):
        connection.execute(
            sql.SQL("alter table {} disable row level security").format(sql.Identifier("public", table))
        )
        assert look_at(connection, table) != MATRIX[table], "row level security"


@pytest.mark.parametrize("verb", ["select", "insert", "update"])
def test_clients_reach_only_the_columns_that_are_theirs(connection: Connection, verb: str) -> None:
    for table in MATRIX:
        reached = connection.execute(
            "select a.attname, has_column_privilege('authenticated', a.attrelid, a.attname, %(verb)s),"
            " has_column_privilege('anon', a.attrelid, a.attname, %(verb)s) from pg_attribute a"
            " where a.attrelid = %(table)s::regclass and a.attnum > 0 and not a.attisdropped",
            {"verb": verb, "table": f"public.{table}"},
        ).fetchall()
        everything = {name for name, _, _ in reached}
        assert not any(by_anon for _, _, by_anon in reached)
        if verb == "select":
            expected = everything - HIDDEN.get(table, set())
        else:
            is_open = "x" in MATRIX[table][VERBS.index(verb)][1:6]
            expected = CHANGEABLE.get(table, everything) if is_open else set()
        assert {name for name, by_member, _ in reached if by_member} == expected, table


def test_clients_reach_nothing_of_the_other_schemas(connection: Connection) -> None:
    """Neither a table, view, sequence or column, nor a function but those that the policies ask."""
    relations = connection.execute(
        "select c.oid::regclass::text from pg_class c, unnest(array['anon', 'authenticated']) r"
        " where (c.relnamespace in ('private'::regnamespace, 'jobs'::regnamespace)"
        "   and c.relkind in ('r', 'v', 'm', 'p', 'f') and (has_any_column_privilege(r, c.oid, 'select')"
        "   or has_any_column_privilege(r, c.oid, 'insert') or has_any_column_privilege(r, c.oid, 'update')"
        "   or has_table_privilege(r, c.oid, 'delete, truncate, trigger')))"
        " or (c.relkind = 'S' and c.relnamespace <> 'pg_catalog'::regnamespace"
        "   and has_sequence_privilege(r, c.oid, 'usage, select, update'))"
    ).fetchall()
    assert relations == []
    functions = connection.execute(
        "select p.proname, r from pg_proc p, unnest(array['anon', 'authenticated']) r"
        " where p.pronamespace in ('private'::regnamespace, 'jobs'::regnamespace)"
        " and has_function_privilege(r, p.oid, 'execute')"
    ).fetchall()
    assert {function for function, role in functions if role == "authenticated"} == REACHABLE
    assert [function for function, role in functions if role == "anon"] == []
    schemas = connection.execute(
        "select n, r from unnest(array['private', 'jobs']) n, unnest(array['anon', 'authenticated']) r"
        " where has_schema_privilege(r, n, 'usage') or has_schema_privilege(r, n, 'create')"
    ).fetchall()
    assert schemas == [("private", "authenticated")]


@pytest.mark.usefixtures("library")
def test_rows_cannot_be_put_into_another_workspace(database_url: str) -> None:
    insert = "insert into public.tags (tag_id, name, workspace_id) values ('tag-2', 'new', %s)"
    assert outcome(database_url, "editor", insert, HERE) == 1
    assert outcome(database_url, "editor", insert, ELSEWHERE) == "42501"
    assert outcome(database_url, "viewer", insert, HERE) == "42501"
    assert outcome(database_url, "neighbour", insert, ELSEWHERE) == 1
    move = "update public.tags set workspace_id = %s"
    assert outcome(database_url, "editor", move, ELSEWHERE) == "42501"


def test_a_post_takes_tags_of_its_own_workspace_only(database_url: str, library: Library) -> None:
    own = (
        "with own as (insert into public.tags (tag_id, name, workspace_id) values ('tag-3', 'new', %s))"
        " insert into public.post_tags (post_tag_id, post_id, tag_id, workspace_id)"
        " values ('ptg-3', %s, 'tag-3', %s)"
    )
    assert outcome(database_url, "editor", own, HERE, library["post_id"], HERE) == 1
    assert outcome(database_url, "neighbour", own, ELSEWHERE, library["post_id"], ELSEWHERE) == "42501"
    with psycopg.connect(database_url) as connection:
        connection.execute(
            "insert into public.tags (tag_id, name, workspace_id) values ('tag-4', 'theirs', %s)", [ELSEWHERE]
        )
        become(connection, "editor")
        with pytest.raises(psycopg.errors.InsufficientPrivilege, match="its own workspace"):
            connection.execute("update public.post_tags set tag_id = 'tag-4'")
        connection.rollback()
