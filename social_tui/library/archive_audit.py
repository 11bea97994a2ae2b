"""The audit of the archive: which objects no row knows, and which rows have no object."""

from __future__ import annotations

import heapq
from collections.abc import Iterable, Iterator
from itertools import groupby, islice
from operator import itemgetter

from social_tui.errors import ArchiveError
from social_tui.library.findings import CheckReport, Found, OnFound, Sign, found_of
from social_tui.library.session import Library
from social_tui.log import get_logger
from social_tui.media_archive.base import ArchivedObject, Verdict
from social_tui.store import fixity as fixity_store
from social_tui.store.fixity import Address

log = get_logger(__name__)

_ASKED_AT_ONCE = 500
_KNOWN_WRONG = "It was found wrong before; 'archive verify' looks at it again."


def audit_archive(library: Library, *, on_found: OnFound) -> CheckReport:
    """Compare what the archive lists with what the rows name, by address and size; nothing is changed.

    Both are read in the order of their addresses, so that memory does not grow with their number. Where one
    side lacks something it is asked again, because archiving may go on meanwhile.

    Args:
        library: The open library.
        on_found: Told of each row and each object.

    Returns:
        How many were found how.

    Raises:
        ArchiveError: If the archive does not list what it has.
    """
    report = CheckReport()
    rows = fixity_store.iterate_addresses(library.gateway)
    for found in _asked_again(library, _side_by_side(library, rows, library.archive.list_objects())):
        report.count(found)
        on_found(found)
    log.info("archive_audited", **report.model_dump())
    return report


def _side_by_side(
    library: Library, rows: Iterator[Address], objects: Iterator[ArchivedObject]
) -> Iterator[Found]:
    """Yield what is found of each address that a row or an object has."""
    merged: Iterable[tuple[str, Address | ArchivedObject]] = heapq.merge(
        ((row.address, row) for row in rows),
        ((listed.archive_url, listed) for listed in objects),
        key=itemgetter(0),
    )
    for address, group in groupby(merged, key=itemgetter(0)):
        things = [thing for _, thing in group]
        listed = next((thing for thing in things if isinstance(thing, ArchivedObject)), None)
        known = [thing for thing in things if isinstance(thing, Address)]
        if listed is not None and not known:
            yield Found(sign=Sign.UNKNOWN, copy_at=address, byte_size=listed.byte_size)
        for row in known:
            yield _compare(row, listed.byte_size) if listed is not None else _look_for(library, row)


def _compare(row: Address, byte_size: int) -> Found:
    if row.byte_size != byte_size:
        problem = f"It has {byte_size:,} bytes, and should have {row.byte_size:,}."
        return found_of(row, Sign.DIFFERS, problem=problem)
    return found_of(row, Sign.SAME) if row.is_proven else found_of(row, Sign.DIFFERS, problem=_KNOWN_WRONG)


def _look_for(library: Library, row: Address) -> Found:
    """Ask for an object that was not listed: it may have come since, or be in another archive."""
    try:
        verdict = library.archive.verify(
            row.address, md5_sum=row.md5_sum, sha256=row.sha256, byte_size=row.byte_size
        )
    except ArchiveError as error:
        return found_of(row, Sign.ERROR, problem=str(error))
    if verdict is Verdict.MISSING:
        return found_of(row, Sign.MISSING)
    return found_of(row, Sign.SAME if verdict else Sign.DIFFERS)


def _asked_again(library: Library, findings: Iterator[Found]) -> Iterator[Found]:
    """Ask once more for the rows of objects that no row named."""
    while batch := list(islice(findings, _ASKED_AT_ONCE)):
        unknown = [found.copy_at for found in batch if found.sign is Sign.UNKNOWN]
        rows = fixity_store.find_addresses(library.gateway, unknown) if unknown else []
        known = {row.address: row for row in rows}
        for found in batch:
            row = known.get(found.copy_at) if found.sign is Sign.UNKNOWN else None
            yield found if row is None else _compare(row, found.byte_size or 0)
