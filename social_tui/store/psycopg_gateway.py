"""The gateway over a PostgreSQL connection: one statement a call, JSON back."""

from __future__ import annotations

import contextlib
import json
import select
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

from social_tui.errors import DatabaseUnavailableError, SchemaError
from social_tui.store.deadlocks import again_after_deadlock
from social_tui.store.psycopg_cancelling import PsycopgCancellableCalls
from social_tui.store.psycopg_errors import connect, translated, with_timeouts
from social_tui.store.sqlstates import MIGRATE_HINT
from social_tui.text import storable

if TYPE_CHECKING:
    from uuid import UUID

    from psycopg import Connection
    from psycopg.sql import Composed
    from psycopg_pool import ConnectionPool

APPLICATION_NAME = "social-tui"
CHANNEL = "social_tui"
# After this wait for a lent connection, a direct attempt is made: it works or says at once why not.
_POOL_SECONDS = 1.0
# Nobody waits for connections that are made ahead, and a direct attempt leaves none behind.
_WARM_SECONDS = 30.0
_LISTEN_SLICE_SECONDS = 0.25

_SIGNATURE_SQL = """
select coalesce(p.proargnames, '{}'), p.proargmodes::text[],
       array(select pg_catalog.format_type(a.type, null) from unnest(p.proargtypes) with ordinality a(type, n)
             order by a.n)
from pg_catalog.pg_proc p
where p.pronamespace = 'public'::regnamespace and p.proname = %s
"""


@dataclass(frozen=True)
class _Statement:
    """A call ready to execute: the SQL and each argument's type."""

    query: Composed
    types: dict[str, str]


class PsycopgGateway:
    """Calls SQL functions through a pool of connections; safe to use from several threads.

    Args:
        conninfo: A connection URL or string of a database that has the migrations.
        min_size: Connections to keep open.
        max_size: The most connections at once.
        revive: Called when no connection can be had, before the last attempt: it starts an embedded server
            that died again.
        workspace: Where new rows go and whose team is meant; the default one without it.
    """

    def __init__(
        self,
        conninfo: str,
        *,
        min_size: int = 1,
        max_size: int = 8,
        revive: Callable[[], None] | None = None,
        workspace: UUID | None = None,
    ) -> None:
        from psycopg_pool import ConnectionPool

        self._conninfo = with_timeouts(conninfo)
        self._revive = revive
        self._configure = partial(_configure, workspace=workspace)
        self._statements: dict[tuple[str, frozenset[str]], _Statement] = {}
        self._closed = threading.Event()
        self._listener: Connection[Any] | None = None
        self._listener_lock = threading.Lock()
        self._pool: ConnectionPool[Connection[Any]] = ConnectionPool(
            self._conninfo,
            kwargs={"autocommit": True, "application_name": APPLICATION_NAME, "client_encoding": "utf8"},
            min_size=min_size,
            max_size=max_size,
            open=True,
            configure=self._configure,
            check=self._check_still_open,
            timeout=_POOL_SECONDS,
            # Given up soon, because the next call tries anew; the default backs off for minutes.
            reconnect_timeout=_POOL_SECONDS,
            name=APPLICATION_NAME,
        )

    def call(self, function: str, /, **arguments: Any) -> list[dict[str, Any]]:
        """Call a SQL function of schema ``public``.

        Characters that PostgreSQL cannot store (NUL, lone surrogates) arrive as U+FFFD, and numbers that JSON
        cannot say (NaN, infinities) as null. A call that lost in a deadlock is made again.

        Args:
            function: The function's name.
            arguments: Its arguments by name, as JSON values.

        Returns:
            Its rows as dicts of JSON values; a function that returns a plain value gives one dict with the
            function's name as the key.

        Raises:
            SchemaError: If the database has no such function.
            DatabaseError: If the function raised.
            DatabaseUnavailableError: If the database could not be reached.
        """
        return again_after_deadlock(lambda: self._call_once(function, arguments))

    def _call_once(self, function: str, arguments: Mapping[str, Any]) -> list[dict[str, Any]]:
        with translated(), self._connection() as connection:
            return self._call_on(connection, function, arguments)

    def _call_on(
        self, connection: Connection[Any], function: str, arguments: Mapping[str, Any]
    ) -> list[dict[str, Any]]:
        statement = self._statement(connection, function, frozenset(arguments))
        values = {name: _adapt(value, statement.types[name]) for name, value in arguments.items()}
        row = connection.execute(statement.query, values).fetchone()
        rows: list[dict[str, Any]] = json.loads(row[0]) if row is not None else []
        return rows

    def cancellable(self) -> PsycopgCancellableCalls:
        """Return a way to make calls that nobody may want any more before they end."""
        return PsycopgCancellableCalls(self._connection, self._call_on)

    def warm_up(self, connections: int, function: str, /, **arguments: Any) -> None:
        """Have connections at hand that made a call before; the first one takes ten times as long.

        Args:
            connections: How many.
            function: What to call over each of them.
            arguments: Its arguments, as in :meth:`call`.
        """
        with translated(), contextlib.ExitStack() as lent:
            for _ in range(connections):
                self._call_on(lent.enter_context(self._connection(_WARM_SECONDS)), function, arguments)

    def wait_for_change(self, timeout: float) -> bool:
        """Wait until something may have changed in the database.

        Args:
            timeout: The longest wait, in seconds.

        Returns:
            True when a wake-up came, and when listening just began, since what happened before was not heard.

        Raises:
            DatabaseUnavailableError: If the database could not be reached.
        """
        deadline = time.monotonic() + timeout
        # One thread listens; a second one waits its turn, and its caller reads the feed anyway.
        if not self._listener_lock.acquire(timeout=max(0.0, timeout)):
            return False
        try:
            self._refuse_closed()
            if self._listener is None:
                self._listener = self._listen()
                return True
            return self._notified(self._listener, deadline)
        finally:
            self._listener_lock.release()

    def close(self) -> None:
        """Give the connections back; calls that run are finished, further ones are refused."""
        self._closed.set()
        self._pool.close()
        with self._listener_lock:
            if self._listener is not None:
                self._listener.close()
                self._listener = None

    def _notified(self, listener: Connection[Any], deadline: float) -> bool:
        import psycopg

        try:
            while not self._closed.is_set():
                # Short waits, so that `close` from another thread is noticed.
                wait = min(_LISTEN_SLICE_SECONDS, deadline - time.monotonic())
                if wait <= 0:
                    return False
                if list(listener.notifies(timeout=wait, stop_after=1)):
                    return True
        except psycopg.OperationalError:
            # The next call connects again and returns at once.
            self._listener = None
            listener.close()
            return True
        return False

    def _listen(self) -> Connection[Any]:
        connection = self._connect()
        with translated():
            connection.execute(f"listen {CHANNEL}")
        return connection

    @contextlib.contextmanager
    def _connection(self, timeout: float | None = None) -> Iterator[Connection[Any]]:
        """Lend a connection; when the pool has none in time, a direct attempt either works or says why."""
        from psycopg_pool import PoolTimeout

        self._refuse_closed()
        try:
            connection = self._pool.getconn(timeout)
        except PoolTimeout:
            with self._connect() as connection:
                yield connection
            return
        try:
            yield connection
        finally:
            self._pool.putconn(connection)

    def _connect(self) -> Connection[Any]:
        try:
            connection = connect(self._conninfo, application_name=APPLICATION_NAME)
        except DatabaseUnavailableError:
            if self._revive is None:
                raise
            self._revive()
            connection = connect(self._conninfo, application_name=APPLICATION_NAME)
        self._configure(connection)
        return connection

    def _check_still_open(self, connection: Connection[Any]) -> None:
        """Refuse an idle connection that the server has closed, before anything is sent over it.

        An idle connection has nothing to read but its end, so a look at the socket tells, without a round
        trip. What is then lost while a call runs is not repeated: the server may have done it.
        """
        import psycopg

        if select.select([connection.fileno()], [], [], 0)[0]:
            connection.close()
            self._pool.drain()  # the others are most likely gone too
            raise psycopg.OperationalError("the server closed an idle connection")

    def _statement(self, connection: Connection[Any], function: str, names: frozenset[str]) -> _Statement:
        """Build a call's SQL, with the argument types that the database declares."""
        known = self._statements.get((function, names))
        if known is not None:
            return known
        from psycopg import sql
        from psycopg.adapt import PyFormat

        for all_names, modes, types in connection.execute(_SIGNATURE_SQL, [function]):
            inputs = [
                name
                for name, mode in zip(all_names, modes or all_names, strict=False)
                if _is_input(modes, mode)
            ]
            declared = dict(zip(inputs, types, strict=False))
            if names <= declared.keys():
                break
        else:
            raise SchemaError(
                f"The database has no function {function}({', '.join(sorted(names))}).", hint=MIGRATE_HINT
            )
        arguments = sql.SQL(", ").join(
            sql.SQL("{} => {}::{}").format(
                sql.Identifier(name),
                # As text, each quote and backslash in an array would be escaped by an expression.
                sql.Placeholder(name, PyFormat.BINARY if declared[name] == "text[]" else PyFormat.AUTO),
                sql.SQL(declared[name]),
            )
            for name in sorted(names)
        )
        # The inner select makes rows of what a function returns, plain values included.
        query = sql.SQL(
            "select coalesce(json_agg(t), '[]')::text from (select * from public.{0}({1}) {0}) t"
        ).format(sql.Identifier(function), arguments)
        statement = _Statement(query, declared)
        self._statements[function, names] = statement
        return statement

    def _refuse_closed(self) -> None:
        if self._closed.is_set():
            raise DatabaseUnavailableError("The connection to the database was closed.")


def _is_input(modes: list[str] | None, mode: str) -> bool:
    return modes is None or mode in {"i", "b", "v"}


def _configure(connection: Connection[Any], *, workspace: UUID | None) -> None:
    """Make a session answer alike whatever the server's and the role's defaults are, for one workspace."""
    connection.execute(
        "select set_config('timezone', 'UTC', false), set_config('search_path', '', false),"
        " set_config('social_tui.workspace', %s, false)",
        [str(workspace or "")],
    )


def _adapt(value: Any, declared: str) -> Any:
    """Make a JSON value an argument of a declared type."""
    from psycopg.types.json import Json, Jsonb

    if value is not None and (wrapper := {"json": Json, "jsonb": Jsonb}.get(declared.removesuffix("[]"))):
        if declared.endswith("[]"):
            return [wrapper(item, dumps=_json) for item in value]
        return wrapper(value, dumps=_json)
    return storable(value)


def _json(value: Any) -> bytes:
    """Encode a JSON value; hardly any holds what PostgreSQL cannot, and only such a one is copied."""
    from pydantic_core import PydanticSerializationError, to_json

    try:
        text = to_json(value, inf_nan_mode="null")
        if b"\\u0000" not in text:
            return text
    except PydanticSerializationError:  # halves of surrogate pairs, and what is nested very deep
        pass
    return json.dumps(storable(value), ensure_ascii=False).encode()
