"""The audit log: sealing what was written, and telling whether any of it was changed or removed since."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import datetime
from typing import TYPE_CHECKING

from social_tui.errors import ReadOnlyError, SocialTuiError
from social_tui.log import get_logger
from social_tui.models import Report
from social_tui.store import auditing as audit_store

if TYPE_CHECKING:
    from social_tui.library.session import Library

log = get_logger(__name__)

#: What takes no longer is felt as no wait at all (Nielsen, Usability Engineering, 1993, chapter 5).
_SHORT_SECONDS = 0.1


class AuditReport(Report):
    """What computing the seals of the audit log again found.

    Args:
        is_whole: Whether everything fits.
        fault: The first thing that does not: ``event_missing``, ``event_changed``, ``seal_missing``,
            ``seal_changed``, ``event_slipped_in``, or ``head_unknown`` when the hash that somebody noted is
            none of this log's.
        event_id: The event of that fault, where it is one.
        seal_no: The seal that it was found by.
        sealed_at: When that seal was made; at the latest then all was as it should be.
        seals: How many seals were found to fit.
        sealed_events: How many events these cover.
        waiting_events: How many events wait for their seal.
        head: The hash of the last seal that fits.
        noted_seal_no: The seal whose hash somebody noted, if that was asked for.
    """

    is_whole: bool = True
    fault: str | None = None
    event_id: int | None = None
    seal_no: int | None = None
    sealed_at: datetime | None = None
    seals: int = 0
    sealed_events: int = 0
    waiting_events: int = 0
    head: str | None = None
    noted_seal_no: int | None = None


def seal(library: Library, *, tell: Callable[[int], None] = lambda sealed: None) -> int:
    """Seal all events that are not sealed yet.

    Events of transactions that are not over, and of those that began after them, wait for the next time.

    Args:
        library: The open library.
        tell: Told how many were sealed so far.

    Returns:
        How many were sealed.

    Raises:
        ReadOnlyError: If the library is only read.
    """
    if library.settings.read_only:
        raise ReadOnlyError("Sealing changes the library, and the setting read_only is on.")
    sealed = 0
    has_more = True
    while has_more:
        made = audit_store.seal_events(library.gateway)
        sealed += made.events if made else 0
        has_more = made is not None and made.has_more
        tell(sealed)
    return sealed


def seal_some(library: Library) -> None:
    """Seal what was written, as far as that takes no time to speak of; what hinders it is for the log."""
    # Each seal takes about as long as the one before.
    last_start = time.monotonic() + _SHORT_SECONDS / 2
    try:
        made = audit_store.seal_events(library.gateway)
        while made is not None and made.has_more and time.monotonic() < last_start:
            made = audit_store.seal_events(library.gateway)
    except SocialTuiError as error:
        # What was written is there all the same, and sealed the next time.
        log.warning("not_sealed", error=str(error))


def head(library: Library) -> audit_store.Head | None:
    """Seal what is not sealed, and return the last seal; None of a log that is empty.

    Raises:
        ReadOnlyError: If the library is only read.
    """
    seal(library)
    return audit_store.read_head(library.gateway)


def verify_audit(
    library: Library, *, noted: str | None = None, tell: Callable[[int], None] = lambda events: None
) -> AuditReport:
    """Compute all seals again, and stop at the first thing that does not fit.

    What is not sealed yet is sealed before, unless the library is only read.

    Args:
        library: The open library.
        noted: The hash of a seal that somebody noted elsewhere, which has to be one of this log.
        tell: Told how many events were found to fit so far.

    Returns:
        What was found.
    """
    if not library.settings.read_only:
        seal(library)
    report = AuditReport()
    for checked in audit_store.check_seals(library.gateway):
        if checked.fault is not None:
            report.sealed_at = checked.sealed_at
            return _with_fault(report, checked.fault, seal_no=checked.seal_no, event_id=checked.event_id)
        report.seals += 1
        report.sealed_events += checked.events
        report.head = checked.hash
        if checked.hash == noted:
            report.noted_seal_no = checked.seal_no
        tell(report.sealed_events)
    counts = audit_store.count_events(library.gateway)
    report.waiting_events = counts.waiting
    if counts.slipped_in:
        return _with_fault(report, "event_slipped_in", event_id=counts.first_slipped_in)
    if noted is not None and report.noted_seal_no is None:
        return _with_fault(report, "head_unknown")
    return report


def _with_fault(
    report: AuditReport, fault: str, *, seal_no: int | None = None, event_id: int | None = None
) -> AuditReport:
    report.is_whole = False
    report.fault, report.seal_no, report.event_id = fault, seal_no, event_id
    log.error("audit_log_does_not_fit", fault=fault, seal_no=seal_no, event_id=event_id)
    return report
