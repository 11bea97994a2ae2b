"""Proving: is every archived copy what its row says, and if not, can it be put right?"""

from __future__ import annotations

import secrets
import threading
from collections import defaultdict
from collections.abc import Iterator
from itertools import chain, islice, takewhile

from social_tui.errors import ArchiveColdError, ArchiveError, NotFoundError, StorageError, UsageError
from social_tui.filters import Filter
from social_tui.library.archiving import describe_object
from social_tui.library.capturing import capture
from social_tui.library.findings import CheckReport, Found, OnFound, Sign, found_of
from social_tui.library.lending import open_bytes
from social_tui.library.session import Library
from social_tui.library.side_by_side import in_threads
from social_tui.library.verifying import verify_media
from social_tui.log import bind_correlation, get_logger
from social_tui.media_archive.base import Verdict
from social_tui.media_cache.fetcher import FetchError
from social_tui.store import fixity as fixity_store
from social_tui.store import media as media_store
from social_tui.store.fixity import ArchivedBlob, Method

log = get_logger(__name__)

THREADS = 8
_TOLD_AT_ONCE = 200
_MOST_ERRORS_IN_A_ROW = 10
_MOST_WITNESSES = 50
_METHODS: dict[Verdict, Method] = {Verdict.ARCHIVED: "server_checksum", Verdict.READ_BACK: "read_back"}


def verify_archive(
    library: Library,
    *,
    posts: Filter | None = None,
    part: tuple[int, int] = (1, 1),
    sample: int | None = None,
    read_back: bool = False,
    repair: bool = False,
    assume_lost: bool = False,
    on_found: OnFound | None = None,
) -> CheckReport:
    """Look at every archived copy and compare it with its row.

    A copy that is missing or different is read once more; only then its row says so. Where the copy should be
    stays known, so that a copy that comes back is proven again. A library that is only read stays as it is.

    Args:
        library: The open library.
        posts: Only the media of the posts of this filter.
        part: Look at the n-th of t equal parts: (n, t). All parts together are the whole.
        sample: Look at so many copies that chance chooses.
        read_back: Read and hash the bytes, also where the store tells a checksum.
        repair: Put right bytes where they are missing or different: from the cache, else their source.
        assume_lost: Whether an archive that shows none of its copies has lost them, rather than being away.
        on_found: Told what was found of each, in no order.

    Returns:
        How many were found how; ``problems`` tells why it came to an end before all were looked at.

    Raises:
        UsageError: If the part is not one of its parts.
    """
    number, parts = part
    if not 1 <= number <= parts:
        raise UsageError(f"There is no part {number} of {parts}.", hint="Parts go from 1/t to t/t.")
    prover = ArchiveProver(library, read_back=read_back, repair=repair, assume_lost=assume_lost)
    report = CheckReport()
    blobs = takewhile(lambda _: not prover.closed_by, _chosen(library, posts, part, sample))
    for _, found in in_threads(prover.look_at, blobs, threads=THREADS):
        if found is None:
            continue
        report.count(found)
        if on_found is not None:
            on_found(found)
    prover.tell()
    if prover.closed_by:
        report.problems.append(f"Stopped before all copies were looked at. {prover.closed_by}")
    log.info("archive_verified", **report.model_dump())
    return report


def _chosen(
    library: Library, posts: Filter | None, part: tuple[int, int], sample: int | None
) -> Iterator[ArchivedBlob]:
    """Yield the copies to look at. Hashes are as good as chance: a sample is what follows a random one."""
    number, parts = part
    start = secrets.token_hex(32) if sample is not None else None
    blobs = fixity_store.iterate_archived(library.gateway, posts=posts, after=start)
    if start is not None:
        before = fixity_store.iterate_archived(library.gateway, posts=posts)
        blobs = chain(blobs, takewhile(lambda blob: blob.sha256 <= start, before))
    return islice((blob for blob in blobs if int(blob.sha256[:15], 16) % parts == number - 1), sample)


class ArchiveProver:
    """Looks at archived copies, has their rows say what it found, and puts them right; for several threads.

    Args:
        library: The open library.
        read_back: Whether to read the bytes, also where the store tells a checksum.
        repair: Whether to put right bytes where they are missing or different.
        assume_lost: Whether an archive that shows none of its copies has lost them.
    """

    def __init__(
        self, library: Library, *, read_back: bool = False, repair: bool = False, assume_lost: bool = False
    ) -> None:
        self._library = library
        self._read_back = read_back
        self._repair = repair
        self._assume_lost = assume_lost
        self._changes = not library.settings.read_only
        self._lock = threading.Lock()
        self._right: defaultdict[Method, list[tuple[str, str]]] = defaultdict(list)
        self._witness: ArchivedBlob | None = None
        self._errors_in_a_row = 0
        self.closed_by = ""
        """Why the archive cannot be asked any more; empty while it can."""

    def look_at(self, blob: ArchivedBlob, *, read_back: bool = False) -> Found | None:
        """Find out what is true of one copy.

        Args:
            blob: The bytes and where they should be.
            read_back: Whether to read this one in any case.

        Returns:
            What was found; None when the archive could not be asked any more before its turn.

        Raises:
            DatabaseError: If what was found cannot be written down.
        """
        if self.closed_by:
            return None
        with bind_correlation(blob.media_id):
            try:
                found = self._look_at(blob, read_back=read_back or self._read_back)
            except (ArchiveError, StorageError) as error:
                self._note_error(error)
                log.warning("copy_not_looked_at", sha256=blob.sha256, error=str(error))
                return found_of(blob, Sign.ERROR, problem=str(error))
            self._errors_in_a_row = 0
        return found

    def tell(self) -> None:
        """Write down which copies were found right."""
        with self._lock:
            right, self._right = self._right, defaultdict(list)
        if not self._changes:
            return
        for method, checks in right.items():
            fixity_store.record_archive_checks(
                self._library.gateway, checks, method=method, actor=self._library.actor
            )

    def _look_at(self, blob: ArchivedBlob, *, read_back: bool) -> Found:
        # What was found wrong before is believed to be right again only when it was read.
        verdict = self._first_verdict(blob, read_back=read_back)
        if not verdict:
            # One report alone takes no proof away.
            verdict = self._ask(blob, read_back=True)
        if verdict:
            self._note_right(blob, verdict)
            return found_of(blob, Sign.SAME, method=_METHODS[verdict])
        sign = Sign.MISSING if verdict is Verdict.MISSING else Sign.DIFFERS
        if sign is Sign.MISSING and not self._assume_lost:
            self._require_witness(blob)
        method: Method | None = "read_back" if sign is Sign.DIFFERS else None
        if not self._changes:
            return found_of(blob, sign, method=method)
        self._note_lost(blob, sign)
        problem = self._put_right(blob) if self._repair else self._look_here(blob)
        is_repaired = self._repair and not problem
        return found_of(blob, sign, method=method, problem=problem, repaired=is_repaired)

    def _first_verdict(self, blob: ArchivedBlob, *, read_back: bool) -> Verdict:
        try:
            return self._ask(blob, read_back=read_back or blob.archive_url is None)
        except ArchiveColdError:
            if self._read_back or blob.archive_url is None:
                raise
            # Nobody insists on its bytes, and the store may know their checksum.
            return self._ask(blob, read_back=False)

    def _ask(self, blob: ArchivedBlob, *, read_back: bool) -> Verdict:
        return self._library.archive.verify(
            blob.address,
            md5_sum=blob.md5_sum,
            sha256=blob.sha256,
            byte_size=blob.byte_size,
            read_back=read_back,
        )

    def _note_right(self, blob: ArchivedBlob, verdict: Verdict) -> None:
        with self._lock:
            self._witness = blob
            if blob.archive_url is not None:
                self._right[_METHODS[verdict]].append((blob.sha256, blob.archive_url))
            is_time = sum(map(len, self._right.values())) >= _TOLD_AT_ONCE
        if blob.archive_url is None and self._changes:
            self._record_archived(blob, verdict)
        if is_time:
            self.tell()

    def _record_archived(self, blob: ArchivedBlob, verdict: Verdict) -> None:
        media_store.record_archived(
            self._library.gateway,
            blob.sha256,
            archive_url=blob.address,
            proof="read_back" if verdict is Verdict.READ_BACK else "archived",
            actor=self._library.actor,
        )

    def _note_lost(self, blob: ArchivedBlob, sign: Sign) -> None:
        log.error("archived_copy_lost", sha256=blob.sha256, found=sign.name.lower())
        if blob.archive_url is not None:
            fixity_store.lose_archived(
                self._library.gateway,
                blob.sha256,
                archive_url=blob.archive_url,
                result="missing" if sign is Sign.MISSING else "damaged",
                actor=self._library.actor,
            )

    def _require_witness(self, missing: ArchivedBlob) -> None:
        """Make sure that the archive shows another copy: what is away as a whole has lost nothing.

        Raises:
            ArchiveError: If it shows none of those that it should have.
        """
        with self._lock:
            witness = self._witness
        if witness is not None and self._ask(witness, read_back=False):
            return
        others = fixity_store.iterate_archived(self._library.gateway)
        tried = 0
        for other in islice(others, _MOST_WITNESSES):
            if other.archive_url is None or other.sha256 == missing.sha256:
                continue
            tried += 1
            if self._ask(other, read_back=False):
                with self._lock:
                    self._witness = other
                return
        if tried:
            raise ArchiveError(
                f"The archive shows none of {tried + 1:,} copies that it should have.",
                hint="Mount its disk or check its bucket's name. If they are lost, run:"
                " social-tui archive verify --assume-lost.",
                stop_lane=True,
            )

    def _look_here(self, blob: ArchivedBlob) -> str:
        """Hash the cached file, now that it is all there is; returns why that was not possible."""
        try:
            if blob.local_file_path is not None:
                verify_media(self._library, blob.media_id)
        except (NotFoundError, StorageError) as error:
            return f"The cached file was not looked at: {error}"
        return ""

    def _put_right(self, blob: ArchivedBlob) -> str:
        """Put right bytes where they should be; returns why that was not possible."""
        library = self._library
        try:
            if blob.local_file_path is None:
                capture(library, blob.media_id, claim=f"repair-{secrets.token_hex(8)}")
            with open_bytes(library, blob.media_id, purpose="repair") as (held, path):
                if held.sha256 != blob.sha256:
                    return "Not repaired: its source gives other bytes by now."
                first = media_store.get_media(library.gateway, blob.media_id)
                stored = library.archive.replace(
                    path,
                    blob.address,
                    md5_sum=blob.md5_sum,
                    sha256=blob.sha256,
                    mime_type=blob.mime_type,
                    metadata=describe_object(first.post_id, first.media_url),
                )
        except FetchError as error:
            return f"Not repaired: {error.reason}"
        except (ArchiveError, NotFoundError, StorageError) as error:
            return f"Not repaired: {error}"
        self._record_archived(blob, Verdict(stored.proof))
        log.info("archived_copy_repaired", sha256=blob.sha256, proof=stored.proof)
        return ""

    def _note_error(self, error: ArchiveError | StorageError) -> None:
        if isinstance(error, ArchiveError):
            self._errors_in_a_row += error.retryable
            if error.stop_lane or self._errors_in_a_row >= _MOST_ERRORS_IN_A_ROW:
                self.closed_by = str(error)
