"""The one way to the database: named SQL functions with keyword arguments, on any transport."""

from __future__ import annotations

from typing import Any, Protocol


class Gateway(Protocol):
    """A connection to a library's database, safe to use from several threads.

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
