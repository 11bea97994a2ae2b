"""What PostgreSQL's error codes mean here, the same on every transport."""

from __future__ import annotations

from social_tui.errors import (
    DatabaseError,
    DatabaseUnavailableError,
    NotFoundError,
    ReadOnlyError,
    SchemaError,
)
from social_tui.text import redact

MIGRATE_HINT = "Run: social-tui db migrate"
DOCTOR_HINT = "Run: social-tui doctor"
SIGN_IN_HINT = "Run: social-tui account login"
# Undefined function, table, column and schema: the database is not at this program's migrations.
_SCHEMA_STATES = frozenset({"42883", "42P01", "42703", "3F000"})
# What our functions raise for an id that names nothing: no_data_found.
_NOT_FOUND = "P0002"
_DISK_FULL = "53100"
READ_ONLY = "25006"
# What PostgreSQL undid for others to go on: a deadlock, and a serialization failure.
DEADLOCK = "40P01"
CONFLICTS = frozenset({"40001", DEADLOCK})
# Lost or refused connections: too many of them, the server going down or coming up; and all of class 08.
_CONNECTION_STATES = frozenset({"53300", "57P01", "57P02", "57P03", "57P05"})

Refusal = DatabaseError | DatabaseUnavailableError | NotFoundError | ReadOnlyError | SchemaError


def refusal(state: str, message: str, hint: str = "") -> Refusal:
    """Make the error of a SQLSTATE.

    Args:
        state: The five characters; empty where the server sent none.
        message: What the server says, by :func:`without_value`.
        hint: What it advises.
    """
    if state.startswith("08") or state in _CONNECTION_STATES:
        return unreachable(message)
    if state in _SCHEMA_STATES:
        return SchemaError(f"The database is not at this version's schema: {message}.", hint=MIGRATE_HINT)
    if state == _DISK_FULL:
        return DatabaseError(
            f"The database's disk is full: {message}.",
            hint="Free some space there, then run the same command again.",
            sqlstate=state,
        )
    if state == READ_ONLY:
        return ReadOnlyError(
            "The library is open for reading only.", hint="Leave out --read-only or SOCIAL_TUI_READ_ONLY."
        )
    if state == _NOT_FOUND:
        return NotFoundError(message, hint=hint)
    return DatabaseError(message, hint=hint, sqlstate=state)


def without_value(state: str, message: str) -> str:
    """Take out of a server's message the value that it quotes, and what looks like a secret."""
    message = redact(message)
    # Data exceptions end with the offending value.
    return message.partition(': "')[0] if state.startswith("22") else message


def unreachable(why: str) -> DatabaseUnavailableError:
    """Make the error of a database that nobody can reach now.

    Args:
        why: The reason, without a full stop.
    """
    return DatabaseUnavailableError(f"The database cannot be reached: {why}.", hint=DOCTOR_HINT)
