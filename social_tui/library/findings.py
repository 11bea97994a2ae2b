"""What looking at copies finds: one sign for each, as ``rclone check`` has them, and their sums."""

from __future__ import annotations

from collections.abc import Callable
from enum import StrEnum

from pydantic import Field

from social_tui.models import Report
from social_tui.store.fixity import Address, ArchivedBlob, Method


class Sign(StrEnum):
    """What is true of one copy."""

    SAME = "="
    """It is there, and right."""
    DIFFERS = "*"
    """It is there, with other bytes."""
    MISSING = "-"
    """The library has a row for it, and it is not there."""
    UNKNOWN = "+"
    """It is there, and the library has no row for it."""
    ERROR = "!"
    """It could not be looked at, which says nothing about it."""


class Found(Report):
    """What was found of one copy; its JSON form is one finding of ``--json`` and one line of ``--csv``.

    Args:
        sign: What is true of it.
        copy_at: Its path in the cache, or its address in the archive.
        media_id: The first media of its bytes; None where no row knows it.
        sha256: What its bytes should hash to.
        byte_size: How many bytes it should have, or has where no row knows it.
        method: What it was compared by; None where nothing could be compared.
        repaired: Whether it is right now, though it was not.
        problem: What could not be done, and why; empty when there was nothing.
    """

    sign: Sign
    copy_at: str
    media_id: str | None = None
    sha256: str | None = None
    byte_size: int | None = None
    method: Method | None = None
    repaired: bool = False
    problem: str = ""


def found_of(
    row: Address | ArchivedBlob,
    sign: Sign,
    *,
    method: Method | None = None,
    repaired: bool = False,
    problem: str = "",
) -> Found:
    """Say what was found of the copy that the archive should have of some bytes."""
    return Found(
        sign=sign,
        copy_at=row.address,
        media_id=row.media_id,
        sha256=row.sha256,
        byte_size=row.byte_size,
        method=method,
        repaired=repaired,
        problem=problem,
    )


OnFound = Callable[[Found], None]


class CheckReport(Report):
    """How many copies were found how.

    Args:
        checked: All together, also those that could not be looked at.
        repaired: How many of those that differ or are missing are right now.
        problems: What hindered the whole, one line each.
    """

    checked: int = 0
    same: int = 0
    differs: int = 0
    missing: int = 0
    unknown: int = 0
    errors: int = 0
    repaired: int = 0
    problems: list[str] = Field(default_factory=list)

    def count(self, found: Found) -> None:
        """Add one copy."""
        self.checked += 1
        name = _COUNTED[found.sign]
        setattr(self, name, getattr(self, name) + 1)
        self.repaired += found.repaired

    @property
    def left(self) -> int:
        """How many copies are not as they should be and were not repaired."""
        return self.differs + self.missing + self.unknown - self.repaired


_COUNTED = {
    Sign.SAME: "same",
    Sign.DIFFERS: "differs",
    Sign.MISSING: "missing",
    Sign.UNKNOWN: "unknown",
    Sign.ERROR: "errors",
}


class RestoreReport(Report):
    """What came back from the archive.

    Args:
        held: Files that were in the cache already, and whole.
        restored: Files that came back; with ``dry_run`` those that would.
        restored_bytes: Their bytes.
        not_archived: Files that neither the cache nor the archive has.
        did_not_fit: Files for which the cache has no room within its limit.
        did_not_fit_bytes: Their bytes.
        failed: Files that the archive or the disk did not give.
        dry_run: Whether nothing was written.
        problems: Why some failed, one line each, the first ten.
    """

    held: int = 0
    restored: int = 0
    restored_bytes: int = 0
    not_archived: int = 0
    did_not_fit: int = 0
    did_not_fit_bytes: int = 0
    failed: int = 0
    dry_run: bool = False
    problems: list[str] = Field(default_factory=list)
