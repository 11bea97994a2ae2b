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
    NOTHING = 1
    USAGE = 2
    PARTIAL = 3
    FAILED = 4
    INTERRUPTED = 130
    CLOSED_PIPE = 141


MEANINGS = {
    ExitCode.OK: "All that was asked for is done.",
    ExitCode.NOTHING: "Nothing was imported, found or changed.",
    ExitCode.USAGE: "The command or a setting makes no sense; nothing was done.",
    ExitCode.PARTIAL: "Done, but something was rejected, lost or damaged; the report says what.",
    ExitCode.FAILED: "The database, the archive, the disk or the network refused; what is left stays queued.",
    ExitCode.INTERRUPTED: "Ctrl-C: what was finished stays, the rest is queued again.",
    ExitCode.CLOSED_PIPE: "The reader of the output went away, as `head` does.",
}

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
