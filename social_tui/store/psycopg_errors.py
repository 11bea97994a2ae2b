"""What psycopg raises, said in the project's own errors."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from social_tui.errors import ConfigurationError
from social_tui.store.sqlstates import Refusal, refusal, unreachable, without_value

if TYPE_CHECKING:
    import psycopg


def connect(conninfo: str, *, application_name: str) -> psycopg.Connection[Any]:
    """Open one connection in autocommit mode.

    Args:
        conninfo: A connection URL or string.
        application_name: What `pg_stat_activity` shows for it.

    Raises:
        DatabaseUnavailableError: If the server cannot be reached or refuses.
        ConfigurationError: If the connection string makes no sense.
    """
    import psycopg

    try:
        options = with_timeouts(conninfo)
        # The encoding could otherwise be another one by the environment, the role or the database.
        return psycopg.connect(
            options, autocommit=True, application_name=application_name, client_encoding="utf8"
        )
    except psycopg.Error as error:
        raise translate(error) from error


def with_timeouts(conninfo: str) -> str:
    """Add to a connection string what keeps a dead network from hanging a call; given values stay.

    Raises:
        ConfigurationError: If the connection string makes no sense.
    """
    import psycopg
    from psycopg.conninfo import conninfo_to_dict, make_conninfo

    timeouts = {
        "connect_timeout": 10,
        "keepalives_idle": 30,
        "keepalives_interval": 10,
        "keepalives_count": 3,
        "tcp_user_timeout": 60_000,
    }
    try:
        return make_conninfo("", **{**timeouts, **conninfo_to_dict(conninfo)})
    except psycopg.ProgrammingError:
        # The message would quote the string, and with it a password.
        raise ConfigurationError(
            "DATABASE_URL is not a PostgreSQL connection string.",
            hint="It looks like postgresql://user:password@host:5432/database",
        ) from None


def for_reading(conninfo: str) -> str:
    """Make a connection string of which PostgreSQL refuses every change, whatever function is called.

    ``default_transaction_read_only``: https://www.postgresql.org/docs/current/runtime-config-client.html

    Raises:
        ConfigurationError: If the connection string makes no sense.
    """
    from psycopg.conninfo import conninfo_to_dict, make_conninfo

    checked = with_timeouts(conninfo)
    given = conninfo_to_dict(checked).get("options")
    return make_conninfo(checked, options=f"{given or ''} -c default_transaction_read_only=on".strip())


def translate(error: psycopg.Error) -> Refusal:
    """Turn a psycopg error into ours, without the values of rows and arguments that it may quote."""
    import psycopg

    state, message = error.sqlstate or "", message_of(error)
    if not state and isinstance(error, psycopg.OperationalError | psycopg.InterfaceError):
        return unreachable(message)
    return refusal(state, message, error.diag.message_hint or "")


def message_of(error: psycopg.Error) -> str:
    """Return what the server says, without the values of rows and arguments that it may quote."""
    return without_value(error.sqlstate or "", error.diag.message_primary or _first_line(error))


@contextlib.contextmanager
def translated() -> Iterator[None]:
    """Raise psycopg's errors of a block as ours."""
    import psycopg

    try:
        yield
    except psycopg.Error as error:
        raise translate(error) from error


def _first_line(error: BaseException) -> str:
    return next(iter(str(error).strip().splitlines()), type(error).__name__).rstrip(".")
