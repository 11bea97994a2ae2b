"""Verification: is every cached file what its row says, and if not, can it be had again?"""

from __future__ import annotations

import os
import secrets
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import NamedTuple

from social_tui.errors import ArchiveColdError, ArchiveError, NotFoundError, StorageError, UsageError
from social_tui.library.capturing import capture
from social_tui.library.findings import Found, OnFound, Sign
from social_tui.library.places import ABSENT_HINT, require_media
from social_tui.library.reading import cached_place, inspect, require_blob
from social_tui.library.session import Library
from social_tui.library.side_by_side import in_threads
from social_tui.log import bind_correlation, get_logger
from social_tui.media_cache.fetcher import FetchError
from social_tui.models import BlobRow
from social_tui.reports import VerifyReport
from social_tui.store import cache as cache_store
from social_tui.store import media as media_store
from social_tui.store.media import Verification

log = get_logger(__name__)

THREADS = 2
_TOLD_AT_ONCE = 200
_SIGNS: dict[Verification, Sign] = {"ok": Sign.SAME, "missing": Sign.MISSING, "damaged": Sign.DIFFERS}
Progress = Callable[[VerifyReport], None]


@dataclass(frozen=True)
class Finding:
    """What became of the verification of one file.

    Args:
        result: What was found; None when the file could not be read.
        problem: What could not be done, and why; empty when there was nothing.
    """

    result: Verification | None
    problem: str = ""


def verify_media(library: Library, media_id: str) -> Verification:
    """Hash the cached file of one media and record what was found.

    Args:
        library: The open library.
        media_id: A media that was downloaded.

    Returns:
        ``ok``, ``missing``, or ``damaged``: then the file is in quarantine and the media pending again.

    Raises:
        NotFoundError: If the media has no cached file to verify.
        StorageError: If the file cannot be read, or the cache is not there at all.
    """
    blob = require_blob(library, media_id)
    if blob.local_file_path is None:
        raise NotFoundError(f"The media {media_id} is not in the cache.", hint="Download it first.")
    require_media(library)
    result, _ = _verify(library, blob, "sha256")
    if result == "ok":
        cache_store.record_intact(library.gateway, [blob.sha256], actor=library.actor)
    return result


def verify_cache(
    library: Library,
    *,
    repair: bool = False,
    part: tuple[int, int] = (1, 1),
    assume_lost: bool = False,
    on_progress: Progress | None = None,
    on_found: OnFound | None = None,
) -> VerifyReport:
    """Hash every cached file and compare it with its row.

    Damage shows in the MD5 as well as in the SHA-256, and the former takes half the time; what is lent to
    be shown, archived or analysed is compared by SHA-256 each time. Files whose MD5 others share, which only
    somebody can have meant to be, are compared by SHA-256 here too.

    Args:
        library: The open library.
        repair: Whether to get missing and damaged files again: from the archive, else from their source.
            Files that were found so earlier and are still not had count as missing.
        part: Check the n-th of t equal parts of the cache: (n, t). All parts together check it all.
        assume_lost: Whether a cache without a single one of its files has lost them, rather than being on a
            disk that is not mounted.
        on_progress: Told the report so far, after each file.
        on_found: Told what was found of each file, before anything is repaired, in no order.

    Returns:
        How many files were checked and what they are; ``repaired`` counts those that are whole again, and
        ``problems`` tells what could not be read, put aside or repaired: on a disk that may only be read,
        all of the last two.

    Raises:
        UsageError: If the part is not one of its parts.
        StorageError: If none of the files is there, and nobody said that they are lost; nothing is changed.
    """
    number, parts = part
    if not 1 <= number <= parts:
        raise UsageError(f"There is no part {number} of {parts}.", hint="Parts go from 1/t to t/t.")
    if not assume_lost:
        _require_any_file(library)
    broken = _lost_before(library, number, parts) if repair else set()
    report = VerifyReport(checked=len(broken), missing=len(broken))
    tellers = _Tellers(on_progress or _unheard, on_found or _unheard)
    broken |= _check_all(library, _cached(library, number, parts), report, tellers)
    if repair and broken:
        _repair(library, broken, report)
    log.info("cache_verified", **report.model_dump(), problems=len(report.problems))
    return report


class _Tellers(NamedTuple):
    on_progress: Progress
    on_found: OnFound


def _unheard(news: object) -> None:
    """Tell nobody."""


def _check_all(
    library: Library, blobs: Iterator[BlobRow], report: VerifyReport, tellers: _Tellers
) -> set[str]:
    """Hash files, record and report what was found, and return the bytes of those that are not whole."""
    colliding = cache_store.colliding_md5_sums(library.gateway)
    broken: set[str] = set()
    intact: list[str] = []

    def check(blob: BlobRow) -> Finding:
        try:
            return Finding(*_verify(library, blob, "sha256" if blob.md5_sum in colliding else "md5"))
        except StorageError as error:
            return Finding(None, str(error))

    for blob, found in in_threads(check, blobs, threads=THREADS):
        tellers.on_found(_as_found(blob, found))
        if found.problem:
            report.problems.append(found.problem)
            log.warning("verification_hindered", sha256=blob.sha256, problem=found.problem)
        if found.result is None:
            continue
        report.checked += 1
        setattr(report, found.result, getattr(report, found.result) + 1)
        if found.result == "ok":
            intact.append(blob.sha256)
        else:
            broken.add(blob.sha256)
        if len(intact) == _TOLD_AT_ONCE:
            cache_store.record_intact(library.gateway, intact, actor=library.actor)
            intact.clear()
        tellers.on_progress(report)
    if intact:
        cache_store.record_intact(library.gateway, intact, actor=library.actor)
    return broken


def _as_found(blob: BlobRow, finding: Finding) -> Found:
    return Found(
        sign=_SIGNS[finding.result] if finding.result is not None else Sign.ERROR,
        copy_at=blob.local_file_path or "",
        media_id=blob.media_id,
        sha256=blob.sha256,
        byte_size=blob.byte_size,
        method="local_hash" if finding.result in ("ok", "damaged") else None,
        problem=finding.problem,
    )


def _require_any_file(library: Library) -> None:
    """Refuse a cache that has none of its files: that is what a disk looks like that is not mounted."""
    expected = 0
    for blob in _cached(library, 1, 1):
        expected += 1
        place = library.cache.root / (blob.local_file_path or "")
        if os.path.lexists(place):
            return
    if expected == 1:  # A single file may well be lost by itself.
        require_media(library)
    elif expected:
        raise StorageError(
            f"The cache folder {library.cache.root} has none of the {expected:,} files that should be there.",
            hint=ABSENT_HINT,
        )


def _cached(library: Library, number: int, parts: int) -> Iterator[BlobRow]:
    for blob in media_store.iterate_blobs(library.gateway):
        if blob.local_file_path is not None and _is_in_part(blob.sha256, number, parts):
            yield blob


def _lost_before(library: Library, number: int, parts: int) -> set[str]:
    """Return the bytes that media wait for because their file was found missing or damaged."""
    waiting = media_store.iterate_media(library.gateway, status="pending")
    # With the outcome ok they are only in the archive, to make room.
    lost = {row.sha256 for row in waiting if row.sha256 and row.outcome != "ok"}
    return {sha256 for sha256 in lost if _is_in_part(sha256, number, parts)}


def _is_in_part(sha256: str, number: int, parts: int) -> bool:
    return int(sha256[:15], 16) % parts == number - 1


def _verify(library: Library, blob: BlobRow, algorithm: str) -> tuple[Verification, str]:
    """Hash one file, record what is wrong with it, and tell what hindered putting a damaged one aside."""
    digest = blob.md5_sum if algorithm == "md5" else blob.sha256
    place = cached_place(library, blob)
    problem = ""
    with bind_correlation(blob.media_id):
        result = inspect(place, digest, algorithm=algorithm) if place is not None else "missing"
        if result == "damaged" and place is not None:
            try:
                if not library.cache.quarantine_damaged(place, blob.sha256):
                    result = inspect(place, blob.sha256)
            except StorageError as error:
                # Nothing shows or archives it all the same: its rows name no file from now on.
                problem = f"The damaged file {blob.local_file_path} was not put aside. {error}"
        if result != "ok":
            media_store.record_verification(library.gateway, blob.sha256, result=result, actor=library.actor)
        level = log.info if result == "ok" else log.error
        level("media_verified", result=result, sha256=blob.sha256, problem=problem or None)
        return result, problem


def _repair(library: Library, broken: set[str], report: VerifyReport) -> None:
    """Capture again what was found broken; count the bytes that are whole now."""
    for row in list(media_store.iterate_media(library.gateway, status="pending")):
        if row.sha256 not in broken:
            continue
        try:
            capture(library, row.media_id, claim=f"repair-{secrets.token_hex(8)}")
        except FetchError as error:
            log.warning("not_repaired", media_id=row.media_id, outcome=error.outcome)
        except (ArchiveError, StorageError) as error:
            log.warning("not_repaired", media_id=row.media_id, error=str(error))
            report.problems.append(f"Not repaired: {error}")
            if error.stop_lane or (
                isinstance(error, ArchiveError) and not isinstance(error, ArchiveColdError)
            ):
                break
    ready = {row.sha256 for row in media_store.iterate_media(library.gateway, status="ready")}
    report.repaired = len(broken & ready)
