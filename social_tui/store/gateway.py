"""The one way to the database: named SQL functions with keyword arguments, on any transport."""

from __future__ import annotations

from typing import Any, Protocol


class Calls(Protocol):
    """Calls to a library's database.

    The transports return identical Python objects: lists of dicts with JSON values.
    """

    def call(self, function: str, /, **arguments: Any) -> list[dict[str, Any]]:
        """Call a SQL function of the migrations.

        Args:
            function: The function's name in schema ``public``.
            arguments: Its arguments by name, as JSON values.

        Returns:
            Its rows, at most 500 for lists, each a dict of JSON values.

        Raises:
            DatabaseError: If the function raised; ``sqlstate`` tells why.
            DatabaseUnavailableError: If the database could not be reached.
        """
        ...


class CancellableCalls(Calls, Protocol):
    """Calls of one thread that another can end."""

    def cancel(self) -> None:
        """End the call that runs, in the database too, and refuse further ones.

        Such calls raise CancelledError. What cannot be ended in the database, or is done already, is left.
        """
        ...


class Gateway(Calls, Protocol):
    """A connection to a library's database, safe to use from several threads."""

    def cancellable(self) -> CancellableCalls:
        """Return a way to make calls that nobody may want any more before they end."""
        ...

    def warm_up(self, connections: int, function: str, /, **arguments: Any) -> None:
        """Have connections at hand that made a call before, where the first one takes longer.

        Args:
            connections: How many.
            function: What to call over each of them.
            arguments: Its arguments, as in :meth:`call`.
        """
        ...

    def wait_for_change(self, timeout: float) -> bool:
        """Wait until something may have changed.

        Args:
            timeout: The longest wait, in seconds.

        Returns:
            True when a wake-up came; the truth is the change feed either way.
        """
        ...

    def close(self) -> None:
        """Give the connections back; further calls raise DatabaseUnavailableError."""
        ...
