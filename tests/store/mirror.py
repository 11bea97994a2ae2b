"""A second workspace with rows like the library's: the same under other names, and how each stands."""

from __future__ import annotations

import re
from typing import Any

import psycopg
from psycopg import sql

from tests.store.callers import ELSEWHERE, HERE, USERS, Library, become
from tests.store.functions import MEMBERS_MAY, SERVICE

Connection = psycopg.Connection[Any]
Answer = list[Any] | str
_TABLES = """
select n.nspname, c.relname, array(
    select a.attname::text from pg_attribute a
    left join pg_attrdef d on d.adrelid = a.attrelid and d.adnum = a.attnum
    where a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped and a.attgenerated = ''
      and a.attidentity = '' and coalesce(pg_get_expr(d.adbin, d.adrelid) not like 'nextval(%', true))
from pg_class c join pg_namespace n on n.oid = c.relnamespace
where n.nspname in ('public', 'private', 'jobs') and c.relkind = 'r'
order by 1, 2
"""
# People, who are in one workspace each, and the words of everybody.
_LEFT = ("workspaces", "workspace_members", "search_words")
_HASHES = re.compile(r"\b(?:[0-9a-f]{64}|[0-9a-f]{32})\b")
_IDS = re.compile(r"\b([a-z]+-)([0-9a-f]{17}|1)\b")


def mirrored(text: str) -> str:
    """Put other names in the place of those of the library's workspace, its editor, rows, posts and bytes."""
    text = text.replace(HERE, ELSEWHERE).replace(USERS["editor"], USERS["neighbour"])
    text = _HASHES.sub(lambda found: found[0][::-1], text)
    text = _IDS.sub(lambda found: found[1] + ("2" if found[2] == "1" else found[2][::-1]), text)
    return re.sub(r'("urn": "|urn:li:activity:)(\w+)', r"\g<1>2\g<2>", text)


class Mirror:
    """A second workspace whose rows are those of the library under other names.

    Args:
        connection: Of a superuser; what it adds belongs to the transaction.
    """

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        tables = connection.execute(_TABLES.encode()).fetchall()
        names = {HERE, *(user for role, user in USERS.items() if role != "neighbour")}
        connection.execute("set local session_replication_role = replica")
        for schema, table, columns in tables:
            text = "[]" if table in _LEFT else self._rows_that_name(schema, table, names)
            connection.execute(
                sql.SQL(
                    "insert into {0} ({1}) select {1} from jsonb_populate_recordset(null::{0}, %s::jsonb)"
                ).format(sql.Identifier(schema, table), sql.SQL(", ").join(map(sql.Identifier, columns))),
                [mirrored(text)],
            )
        connection.execute("set local session_replication_role = origin")
        self.names = {
            "here": names,
            "elsewhere": {USERS["neighbour"], *map(mirrored, names - set(USERS.values()))},
        }
        self._sides = {side: re.compile(rf"\b(?:{'|'.join(found)})\b") for side, found in self.names.items()}
        self._versions = sql.SQL(" union all ").join(
            sql.SQL("select {2}, t.ctid::text, t.xmin::text from {0}.{1} t").format(
                sql.Identifier(schema), sql.Identifier(table), sql.Literal(f"{schema}.{table}")
            )
            for schema, table, _ in tables
        )
        self._before = self._look()
        self._texts = {row: self._text(row) for row in self._before}

    def changed(self) -> set[str]:
        """Tell of which sides rows are other than at the start: changed, added or gone."""
        now = self._look()
        texts = [self._texts[row] for row in self._before - now] + [
            self._text(row) for row in now - self._before
        ]
        return {side for side, names in self._sides.items() if any(map(names.search, texts))}

    def _look(self) -> set[tuple[str, str, str]]:
        return set(self._connection.execute(self._versions, prepare=True).fetchall())

    def _text(self, row: tuple[str, str, str]) -> str:
        table, place, _ = row
        name = sql.Identifier(*table.split("."))
        [(text,)] = self._connection.execute(
            sql.SQL("select t::text from {} t where t.ctid = %s::tid").format(name), [place]
        ).fetchall()
        return str(text)

    def _rows_that_name(self, schema: str, table: str, names: set[str]) -> str:
        """Give the rows that name something of the first workspace, and take over what they name."""
        found = self._connection.execute(
            sql.SQL("select to_jsonb(t)::text from {} t").format(sql.Identifier(schema, table))
        ).fetchall()
        rows = [text for (text,) in found if mirrored(text) != text]
        for text in rows:
            names.update(each[0] for pattern in (_HASHES, _IDS) for each in pattern.finditer(text))
        return f"[{','.join(rows)}]"


class Caller:
    """Calls functions as somebody on one connection; each call is taken back."""

    def __init__(self, connection: Connection, library: Library) -> None:
        self._connection = connection
        self._names = {False: library, True: {name: mirrored(value) for name, value in library.items()}}
        self.mirror: Mirror | None = None

    def __call__(self, caller: str, function: str, *, own: bool = False) -> tuple[Answer, set[str]]:
        """Call a function; gives its answer, and of which sides rows were changed."""
        arguments = {**MEMBERS_MAY, **SERVICE}[function]
        arguments = mirrored(arguments) if own else arguments
        statement = f"select to_jsonb(t) from public.{function}({arguments}) t"
        try:
            with self._connection.transaction(force_rollback=True):
                become(self._connection, caller)
                found = self._connection.execute(statement.encode(), self._names[own]).fetchall()
                self._connection.execute("reset role")
                return [row for (row,) in found], self.mirror.changed() if self.mirror else set()
        except psycopg.Error as error:
            return error.sqlstate or "?", set()
