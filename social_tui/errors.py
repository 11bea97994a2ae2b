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


class SignedOutError(SocialTuiError):
    """Nobody is signed in to the Supabase project, or the sign-in ended; what was done stays."""


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
        stop_lane: Whether every further call would be refused too (wrong credentials, no bucket, no room
            left): it is no fault of one object.
    """

    def __init__(
        self, message: str, *, hint: str = "", retryable: bool = False, stop_lane: bool = False
    ) -> None:
        super().__init__(message, hint=hint)
        self.retryable = retryable
        self.stop_lane = stop_lane

    @property
    def is_out_of_reach(self) -> bool:
        """Whether it says nothing of the bytes that were asked for: they may well be there."""
        return self.retryable or self.stop_lane


class ArchiveColdError(ArchiveError):
    """The archive has an object and gives its bytes only hours after somebody asked for them."""

    @property
    def is_out_of_reach(self) -> bool:
        """It says nothing of the bytes but that they are there."""
        return True


class ArchiveLockedError(ArchiveError):
    """The archive keeps an object from being changed: a retention period or a legal hold."""


class AnalysisError(SocialTuiError):
    """An analysis could not be had.

    Args:
        retryable: Whether the same call may succeed later.
        stop_lane: Whether every further call would fail too (no key, exhausted quota).
        maybe_billed: Whether the call may have been billed although no answer came.
    """

    def __init__(
        self,
        message: str,
        *,
        hint: str = "",
        retryable: bool = False,
        stop_lane: bool = False,
        maybe_billed: bool = False,
    ) -> None:
        super().__init__(message, hint=hint)
        self.retryable = retryable
        self.stop_lane = stop_lane
        self.maybe_billed = maybe_billed


class BudgetError(AnalysisError):
    """The next analysis may cost more than its budget has left; nothing was sent."""

    def __init__(self, message: str, *, hint: str = "") -> None:
        super().__init__(message, hint=hint, stop_lane=True)


class MeaningUnavailableError(SocialTuiError):
    """Texts cannot be searched by meaning here: the database or this machine lacks what it takes."""


class UnfinishedError(SocialTuiError):
    """Work ended before its end, for a reason that no single job has a part in; what is left stays queued."""


class CancelledError(SocialTuiError):
    """A person asked for the work to stop; what was finished stays."""
