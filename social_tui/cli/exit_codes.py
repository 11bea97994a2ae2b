"""What the exit codes mean, and which error has which."""

from __future__ import annotations

from enum import IntEnum

from social_tui.errors import (
    CancelledError,
    ConfigurationError,
    ImportRefusedError,
    NotFoundError,
    SocialTuiError,
    UsageError,
)


class ExitCode(IntEnum):
    """How a command ended."""

    OK = 0
    """All that was asked for is done."""
    NOTHING = 1
    """Nothing was imported or found."""
    USAGE = 2
    """The command or a setting makes no sense; nothing was done."""
    PARTIAL = 3
    """Done, but something was rejected, lost or damaged; the report says what."""
    FAILED = 4
    """The database, the archive, the disk or the network refused."""
    INTERRUPTED = 130
    """Ctrl-C: what was finished stays, the rest is queued again."""
    CLOSED_PIPE = 141
    """The reader of the output went away, as ``head`` does."""


_CODES: tuple[tuple[type[SocialTuiError], ExitCode], ...] = (
    (UsageError, ExitCode.USAGE),
    (ConfigurationError, ExitCode.USAGE),
    (NotFoundError, ExitCode.NOTHING),
    (ImportRefusedError, ExitCode.NOTHING),
    (CancelledError, ExitCode.INTERRUPTED),
)


def exit_code_of(error: SocialTuiError) -> ExitCode:
    """Return the exit code of an error that a person may meet."""
    return next((code for kind, code in _CODES if isinstance(error, kind)), ExitCode.FAILED)
