"""Calls over a PostgreSQL connection that another thread can end, in the server too."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager
from typing import TYPE_CHECKING, Any

from social_tui.errors import CancelledError
from social_tui.store.psycopg_errors import translated

if TYPE_CHECKING:
    from psycopg import Connection

_CANCEL_SECONDS = 5.0


class PsycopgCancellableCalls:
    """Calls of one thread; any other may cancel them.

    Args:
        lend: Lends a connection.
        call: Calls a function over a connection.
    """

    def __init__(
        self,
        lend: Callable[[], AbstractContextManager[Connection[Any]]],
        call: Callable[[Connection[Any], str, Mapping[str, Any]], list[dict[str, Any]]],
    ) -> None:
        self._lend = lend
        self._call = call
        # Held while the server is told to cancel, so that it never ends what the connection does next.
        self._lock = threading.Lock()
        self._connection: Connection[Any] | None = None
        self._is_cancelled = False
        self._is_late = False

    def call(self, function: str, /, **arguments: Any) -> list[dict[str, Any]]:
        """Call a SQL function of schema ``public``, as :meth:`PsycopgGateway.call` does.

        Raises:
            CancelledError: If it was cancelled, now or before.
        """
        import psycopg

        with translated(), self._lend() as connection, self._on(connection):
            try:
                return self._call(connection, function, arguments)
            except psycopg.errors.QueryCanceled:
                self._refuse_cancelled()
                raise

    def cancel(self) -> None:
        """End the call that runs, in the database too, and refuse further ones."""
        import psycopg

        with self._lock:
            self._is_cancelled = True
            if self._connection is not None:
                try:
                    self._connection.cancel_safe(timeout=_CANCEL_SECONDS)
                except psycopg.OperationalError:
                    # It may still arrive, and would end what the connection does then.
                    self._is_late = True

    @contextlib.contextmanager
    def _on(self, connection: Connection[Any]) -> Iterator[None]:
        """Let what runs on a connection be cancelled."""
        with self._lock:
            self._refuse_cancelled()
            self._connection = connection
        try:
            yield
        finally:
            with self._lock:
                self._connection = None
                if self._is_late:
                    connection.close()

    def _refuse_cancelled(self) -> None:
        if self._is_cancelled:
            raise CancelledError("The call was cancelled.")
