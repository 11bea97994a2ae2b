"""Splitting SQL at the semicolons that end statements."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from social_tui.store.migrations import read_migrations
from social_tui.store.sql_statements import split_statements

INSEPARABLE = [
    "select 1",
    "select ';', 'it''s; so', E'a\\';b', e'\\\\', U&'\\0041;'",
    'create table "odd;name" ("a""; b" text)',
    "select $$ a; b $$, $tag$ $$ ; $tag$, $_1$;$_1$",
    "select $1, a$b$c from t where x = $2",
    "select 1 /* one; /* nested; */ still; */ + 2",
    "select 1 -- not; here\n + 2",
    "-- about the next; statement\nselect 1",
    "do $body$ begin perform 1; end $body$",
    "create function f() returns int begin atomic select 1; select case when true then 2 end; end",
    "create function g() returns int begin /* ; */ atomic\n select case 1 when 1 then 3 end; END",
    "select 'größe; ♥', \"ß;\"",
    "begin",
    "select 1 /* unfinished; comment",
]


@pytest.mark.parametrize("statement", INSEPARABLE)
def test_a_statement_stays_whole(statement: str) -> None:
    assert split_statements(statement) == [statement]
    if "unfinished" not in statement:
        assert split_statements(f"select 0;\n{statement} ;\n\nselect 2;") == [
            "select 0",
            statement,
            "select 2",
        ]


@given(st.lists(st.sampled_from([s for s in INSEPARABLE if "unfinished" not in s]), max_size=6))
def test_joined_statements_come_apart_again(statements: list[str]) -> None:
    assert split_statements(" ;\n".join(statements)) == statements


@given(st.text(alphabet=list("ab;'\"$-/*\n\\ E_1")))
def test_no_text_is_lost_or_hangs(sql: str) -> None:
    remaining = sql
    for statement in split_statements(sql):
        assert statement in remaining
        remaining = remaining.partition(statement)[2]


@pytest.mark.parametrize("nothing", ["", " \n", ";;;", "-- only; a comment", "/* and; this */ ;"])
def test_what_is_no_statement_is_left_out(nothing: str) -> None:
    assert split_statements(nothing) == []


def test_the_migrations_have_statements() -> None:
    for migration in read_migrations():
        statements = split_statements(migration.sql)
        assert statements, migration.name
        assert not any(statement.endswith(";") for statement in statements)
