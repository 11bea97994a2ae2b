"""The errors that a person may meet, each with what happened and what to do about it."""

from __future__ import annotations


class SocialTuiError(Exception):
    """Something a person can understand and act on.

    Args:
        message: One line: what happened, to which thing, and why.
        hint: One line: what to do about it; empty when there is nothing to do.
    """

    def __init__(self, message: str, *, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint

    def __str__(self) -> str:
        # What others word, such as a database server, ends without a full stop.
        stop = "." if self.hint and self.message[-1:].isalnum() else ""
        return f"{self.message}{stop} {self.hint}".rstrip()


class UsageError(SocialTuiError):
    """The command, an argument or an identifier makes no sense."""


class ConfigurationError(SocialTuiError):
    """A setting is missing, malformed or forbidden."""


class DatabaseUnavailableError(SocialTuiError):
    """No database can be reached or started."""


class DatabaseError(SocialTuiError):
    """The database refused a call.

    Args:
        sqlstate: The five-character SQLSTATE, the same on every transport.
    """

    def __init__(self, message: str, *, hint: str = "", sqlstate: str = "") -> None:
        super().__init__(message, hint=hint)
        self.sqlstate = sqlstate


class SchemaError(SocialTuiError):
    """The database's schema is older or newer than this version of social-tui."""


class ReadOnlyError(UsageError):
    """The library was opened for reading, and this would have changed it."""


class NotFoundError(SocialTuiError):
    """No row, file or object has this identifier."""


class ImportRefusedError(SocialTuiError):
    """An input file could not be read as posts at all."""


class StorageError(SocialTuiError):
    """The local disk refused: full, read-only or not permitted.

    Args:
        stop_lane: Whether every further write would be refused too: it is the machine's fault, not that of
            one file.
    """

    def __init__(self, message: str, *, hint: str = "", stop_lane: bool = False) -> None:
        super().__init__(message, hint=hint)
        self.stop_lane = stop_lane


class ArchiveError(SocialTuiError):
    """The archive refused or holds other bytes than it should.

    Args:
        retryable: Whether the same call may succeed later.
    """

    def __init__(self, message: str, *, hint: str = "", retryable: bool = False) -> None:
        super().__init__(message, hint=hint)
        self.retryable = retryable


class AnalysisError(SocialTuiError):
    """An analysis could not be had.

    Args:
        retryable: Whether the same call may succeed later.
        stop_lane: Whether every further call would fail too (no key, exhausted quota).
    """

    def __init__(
        self, message: str, *, hint: str = "", retryable: bool = False, stop_lane: bool = False
    ) -> None:
        super().__init__(message, hint=hint)
        self.retryable = retryable
        self.stop_lane = stop_lane


class UnfinishedError(SocialTuiError):
    """Work ended before its end, for a reason that no single job has a part in; what is left stays queued."""


class CancelledError(SocialTuiError):
    """A person asked for the work to stop; what was finished stays."""
