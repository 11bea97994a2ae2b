"""Copies a workspace's rows from one database into another, in batches, and proves that they arrived.

Each batch first compares hashes of its rows and then sends those that differ, so a run that was killed goes
on where it was, and one that has nothing to do sends nothing.
"""

from __future__ import annotations

import contextlib
import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from uuid import UUID

from social_tui.errors import DatabaseError, NotFoundError, SchemaError
from social_tui.store.connection import refuse_transaction_pooler
from social_tui.store.moved_tables import MOVED_TABLES, MovedTable
from social_tui.store.psycopg_errors import connect, translated

if TYPE_CHECKING:
    from psycopg import Connection
    from psycopg.sql import Composable, Composed

BATCH = 500
_APPLICATION = "social-tui moving"
Row = dict[str, Any]


_EVENT_COLUMNS = "at, event, actor, user_id, media_id, post_id, sha256, correlation_id, details"
_READ_EVENTS = f"""
select coalesce(jsonb_agg(to_jsonb(r) order by r.id), '[]')::text from (
  select t.id, {_EVENT_COLUMNS} from public.media_events t
  where t.workspace_id = %(source)s and t.id > %(after)s
  order by t.id limit %(limit)s) r
"""  # noqa: S608 - names of our own
# Events have no name that holds in both databases, so one is known by its moment and what it is about.
_IS_NEW = """
case when s.media_id is not null then not exists (
    select from public.media_events e
    where e.media_id = s.media_id and e.at = s.at and e.event = s.event and e.workspace_id = %(target)s)
  else not exists (
    select from public.media_events e
    where e.media_id is null and e.at = s.at and e.event = s.event and e.workspace_id = %(target)s) end
"""
_ADD_EVENTS = f"""
insert into public.media_events ({_EVENT_COLUMNS}, workspace_id)
select {_EVENT_COLUMNS}, %(target)s
from jsonb_populate_recordset(null::public.media_events, %(rows)s::jsonb) s where {_IS_NEW} order by s.id
"""  # noqa: S608
_COUNT_MISSING = f"""
select count(*) from jsonb_populate_recordset(null::public.media_events, %(rows)s::jsonb) s where {_IS_NEW}
"""  # noqa: S608
_COLUMNS = """
select a.attname from pg_attribute a
where a.attrelid = to_regclass(%s) and a.attnum > 0 and not a.attisdropped and a.attgenerated = ''
order by a.attname
"""


@dataclass(frozen=True)
class CopiedTable:
    """What became of one table's rows.

    Args:
        table: Its name.
        rows: How many the source has.
        sent: How many the target did not have as they are.
        kept: How many the target keeps as they are there, because they are newer.
        missing: How many others are not in the target at the end, or other than in the source.
    """

    table: str
    rows: int
    sent: int
    kept: int
    missing: int


@contextlib.contextmanager
def two_databases(source_url: str, target_url: str) -> Iterator[Mover]:
    """Open both databases; the source is read as it is at this moment, and never written.

    Raises:
        ConfigurationError: If a connection string makes no sense or leads to a transaction pooler.
        DatabaseUnavailableError: If one cannot be reached.
    """
    for url in (source_url, target_url):
        refuse_transaction_pooler(url)
    with (
        connect(source_url, application_name=_APPLICATION) as source,
        connect(target_url, application_name=_APPLICATION) as target,
    ):
        for each in (source, target):
            # Rows are compared as texts.
            each.execute("select set_config('timezone', 'UTC', false), set_config('search_path', '', false)")
        source.execute("begin transaction isolation level repeatable read, read only")
        yield Mover(source, target)


class Mover:
    """Copies workspaces between two open databases.

    Args:
        source: Where the rows are; in a transaction that sees one moment.
        target: Where they go; every batch is a transaction.
    """

    def __init__(self, source: Connection[Any], target: Connection[Any]) -> None:
        self._source = source
        self._target = target

    def copy(
        self, source: UUID, target: UUID, tell: Callable[[str, int], None] = lambda table, rows: None
    ) -> list[CopiedTable]:
        """Copy a workspace's rows into another workspace, and compare them afterwards.

        Args:
            source: The workspace in the source.
            target: The workspace in the target, which need not be empty.
            tell: Told the table and how many of its rows were looked at, after each batch.

        Raises:
            NotFoundError: If there is no such workspace.
            SchemaError: If the databases are of different versions.
            DatabaseError: If the target has the same thing under another id.
        """
        values = {"source": source, "target": target}
        with translated():
            for connection, workspace in ((self._source, source), (self._target, target)):
                if not connection.execute(
                    "select from public.workspaces where workspace_id = %s", [workspace]
                ).rowcount:
                    raise NotFoundError(f"There is no workspace {workspace}.")
            pairs = [(table, _Copy(self._source, self._target, table, values)) for table in MOVED_TABLES]
            sent = [copy.send(tell) for _, copy in pairs]
            events = self._events(values, _ADD_EVENTS)
            found = [copy.compare(count) for (_, copy), count in zip(pairs, sent, strict=True)]
            missing = self._events(values, _COUNT_MISSING)
        rows = self._source.execute(
            "select count(*) from public.media_events where workspace_id = %s", [source]
        ).fetchall()[0][0]
        return [*_summed(found), CopiedTable("media_events", rows, events, 0, missing)]

    def _events(self, values: Mapping[str, object], statement: str) -> int:
        """Run a statement over all events, batch by batch; gives how many it concerned."""
        after, concerned = 0, 0
        while True:
            page = {**values, "after": after, "limit": BATCH}
            [(text,)] = self._source.execute(_READ_EVENTS.encode(), page).fetchall()
            rows: list[Row] = json.loads(text)
            if not rows:
                return concerned
            cursor = self._target.execute(statement.encode(), {**values, "rows": text})
            concerned += cursor.fetchall()[0][0] if cursor.description else cursor.rowcount
            after = rows[-1]["id"]


def _summed(found: list[CopiedTable]) -> list[CopiedTable]:
    """Put the passes over one table together; the pass that only makes way counts no rows."""
    tables: dict[str, CopiedTable] = {}
    for each, table in zip(found, MOVED_TABLES, strict=True):
        before = tables.get(each.table, CopiedTable(each.table, 0, 0, 0, 0))
        is_way = table.compare == table.key and table.name == "post_media"
        tables[each.table] = CopiedTable(
            each.table,
            before.rows + (0 if is_way else each.rows),
            before.sent + (0 if is_way else each.sent),
            before.kept + (0 if is_way else each.kept),
            before.missing + (0 if is_way else each.missing),
        )
    return list(tables.values())


class _Copy:
    """Copies one table."""

    def __init__(
        self,
        source: Connection[Any],
        target: Connection[Any],
        table: MovedTable,
        values: Mapping[str, object],
    ) -> None:
        self._source, self._target, self._table, self._values = source, target, table, values
        columns, there = (
            [name for (name,) in each.execute(_COLUMNS, [f"public.{table.name}"])]
            for each in (source, target)
        )
        if not columns or columns != there:
            raise SchemaError(
                f"The databases are of different versions: {table.name} is not alike.",
                hint="Bring both to one version: social-tui db migrate",
            )
        self._columns = [name for name in columns if name not in table.skip]

    def send(self, tell: Callable[[str, int], None]) -> int:
        """Send the rows that the target does not have as they are; gives how many."""
        looked_at, sent = 0, 0
        for page in self._pages(self._columns):
            there = self._hashes_there(self._columns, page)
            wanted = [key for key, text in page.items() if there.get(key) != text]
            if wanted:
                sent += self._put(self._rows(wanted))
            looked_at += len(page)
            tell(self._table.name, looked_at)
        return sent

    def compare(self, sent: int) -> CopiedTable:
        """Compare all rows by count and hash, after so many were sent."""
        columns = list(self._table.compare or self._columns)
        rows, kept, missing = 0, 0, 0
        for page in self._pages(columns):
            there = self._hashes_there(columns, page)
            rows += len(page)
            other = [key for key, text in page.items() if there.get(key) != text]
            newer = self._count_kept(other) if other and self._table.keeps != "false" else 0
            kept += newer
            missing += len(other) - newer
        return CopiedTable(self._table.name, rows, sent, kept, missing)

    def _count_kept(self, keys: list[tuple[str, ...]]) -> int:
        """Count the rows of the target that stay because they are newer."""
        from psycopg import sql

        query = sql.SQL(
            "select count(*) from jsonb_populate_recordset(null::{name}, %(rows)s::jsonb) excluded"
            " join {name} t on {same} where ({replaces}) and ({keeps})"
        ).format(
            name=sql.Identifier("public", self._table.name),
            same=sql.SQL(" and ").join(
                sql.SQL("t.{0} = excluded.{0}").format(sql.Identifier(name)) for name in self._table.key
            ),
            replaces=sql.SQL(self._table.replaces or "false"),
            keeps=sql.SQL(self._table.keeps),
        )
        [(count,)] = self._target.execute(query, {"rows": self._rows(keys)}).fetchall()
        return int(count)

    def _pages(self, columns: list[str]) -> Iterator[dict[tuple[str, ...], str]]:
        """Read the source's keys with their rows' hashes, a batch at a time."""
        from psycopg import sql

        keys = sql.SQL(", ").join(sql.Identifier("t", name) for name in self._table.key)
        marks = sql.SQL(", ").join(sql.Placeholder(f"after_{n}") for n, _ in enumerate(self._table.key))
        after: tuple[str, ...] = ()
        while True:
            query = sql.SQL(
                "select array[{own}], md5(to_jsonb(r)::text) from ("
                " select {shown} from {name} t where {where}{further} order by {keys} limit {limit}) r"
            ).format(
                own=sql.SQL(", ").join(sql.Identifier("r", name) for name in self._table.key),
                shown=self._shown(columns),
                name=sql.Identifier("public", self._table.name),
                where=sql.SQL(self._table.where),
                further=sql.SQL(" and ({}) > ({})").format(keys, marks) if after else sql.SQL(""),
                keys=keys,
                limit=BATCH,
            )
            values = {**self._values, **{f"after_{n}": value for n, value in enumerate(after)}}
            page = {tuple(key): text for key, text in self._source.execute(query, values)}
            if not page:
                return
            yield page
            after = list(page)[-1]

    def _shown(self, columns: list[str]) -> Composed:
        """Write the source's columns as the target is to have them."""
        from psycopg import sql

        instead = {"workspace_id": "%(target)s::uuid", **self._table.instead}
        return sql.SQL(", ").join(
            sql.SQL("{} as {}").format(
                sql.SQL(instead[name]) if name in instead else sql.Identifier("t", name),
                sql.Identifier(name),
            )
            for name in columns
        )

    def _hashes_there(
        self, columns: list[str], page: Mapping[tuple[str, ...], str]
    ) -> dict[tuple[str, ...], str]:
        from psycopg import sql

        query = sql.SQL(
            "select array[{own}], md5(to_jsonb(r)::text) from (select {columns} from {name} t"
            " join jsonb_populate_recordset(null::{name}, %(keys)s::jsonb) k using ({key})) r"
        ).format(
            own=sql.SQL(", ").join(sql.Identifier("r", name) for name in self._table.key),
            columns=sql.SQL(", ").join(sql.Identifier("t", name) for name in columns),
            name=sql.Identifier("public", self._table.name),
            key=sql.SQL(", ").join(map(sql.Identifier, self._table.key)),
        )
        found = self._target.execute(query, {"keys": self._named(list(page))})
        return {tuple(key): text for key, text in found}

    def _rows(self, keys: list[tuple[str, ...]]) -> str:
        """Read rows of the source as one JSON text."""
        from psycopg import sql

        query = sql.SQL(
            "select coalesce(jsonb_agg(to_jsonb(r)), '[]')::text from (select {shown} from {name} t"
            " join jsonb_populate_recordset(null::{name}, %(keys)s::jsonb) k using ({key})) r"
        ).format(
            shown=self._shown(self._columns),
            name=sql.Identifier("public", self._table.name),
            key=sql.SQL(", ").join(map(sql.Identifier, self._table.key)),
        )
        [(text,)] = self._source.execute(query, {**self._values, "keys": self._named(keys)}).fetchall()
        return str(text)

    def _put(self, rows: str) -> int:
        """Write rows into the target; gives how many were written."""
        import psycopg
        from psycopg import sql

        columns = sql.SQL(", ").join(map(sql.Identifier, self._columns))
        replaces = self._table.replaces
        change: Composable = sql.SQL("do nothing")
        if replaces is not None:
            change = sql.SQL("({}) do update set {} where ({}) and not ({})").format(
                sql.SQL(", ").join(map(sql.Identifier, self._table.key)),
                sql.SQL(", ").join(
                    sql.SQL(
                        "{0} = coalesce(excluded.{0}, t.{0})"
                        if name in self._table.fills
                        else "{0} = excluded.{0}"
                    ).format(sql.Identifier(name))
                    for name in self._columns
                ),
                sql.SQL(replaces),
                sql.SQL(self._table.keeps),
            )
        query = sql.SQL(
            "insert into {name} as t ({columns}) select {columns}"
            " from jsonb_populate_recordset(null::{name}, %(rows)s::jsonb) on conflict {change}"
        ).format(name=sql.Identifier("public", self._table.name), columns=columns, change=change)
        try:
            return self._target.execute(query, {"rows": rows}).rowcount
        except psycopg.errors.UniqueViolation as error:
            raise DatabaseError(
                f"The other library has the same thing in {self._table.name} under another id.",
                hint="Copy into an empty workspace, or into one that was copied before.",
                sqlstate=error.sqlstate or "",
            ) from error

    def _named(self, keys: list[tuple[str, ...]]) -> str:
        return json.dumps([dict(zip(self._table.key, key, strict=True)) for key in keys])
