"""Fixity: copies are proven again day by day, those first whose proof is oldest, within a budget of bytes."""

from __future__ import annotations

from collections.abc import Callable

from social_tui.errors import NotFoundError, StorageError
from social_tui.library.proving import ArchiveProver
from social_tui.library.session import Library
from social_tui.library.verifying import verify_media
from social_tui.log import get_logger
from social_tui.store import fixity as fixity_store
from social_tui.store.fixity import ArchivedBlob, DueCopy

log = get_logger(__name__)


class FixityRound:
    """Proves a few copies at a time; several processes share the day's bytes and take no copy twice.

    Args:
        library: The open library.
    """

    def __init__(self, library: Library) -> None:
        self._library = library
        # Where the store tells no checksum, each look at a copy reads it.
        self._head_is_free = library.settings.aws_s3_bucket is not None
        self._spent = 0

    def run(self, may_go_on: Callable[[], bool]) -> int:
        """Prove the copies whose proof is oldest; what is not begun is taken again after an hour.

        Args:
            may_go_on: Asked before each copy.

        Returns:
            How many copies were proven, or found not to be right; 0 when nothing is due, or the day's bytes
            are used up.

        Raises:
            StorageError: If the cache is not there.
        """
        settings = self._library.settings
        due = fixity_store.take_fixity(
            self._library.gateway,
            daily_bytes=settings.fixity_daily_bytes,
            days=settings.fixity_days,
            head_is_free=self._head_is_free,
            spent=self._spent,
        )
        self._spent = 0
        prover = ArchiveProver(self._library)
        done = 0
        try:
            for copy in due:
                if prover.closed_by or not may_go_on():
                    break
                if copy.copy_in == "cache":
                    self._hash(copy)
                else:
                    self._ask(prover, copy)
                done += 1
        finally:
            prover.tell()
        if due:
            log.info("fixity_round", taken=len(due), done=done, closed_by=prover.closed_by or None)
        return done

    def _hash(self, copy: DueCopy) -> None:
        try:
            verify_media(self._library, copy.media_id)
        except NotFoundError:
            log.info("fixity_passed_over", sha256=copy.sha256)
        except StorageError as error:
            if error.stop_lane:
                raise
            log.warning("fixity_hindered", sha256=copy.sha256, error=str(error))

    def _ask(self, prover: ArchiveProver, copy: DueCopy) -> None:
        blob = ArchivedBlob(**copy.model_dump(), faulty_url=None)
        found = prover.look_at(blob, read_back=copy.method == "read_back")
        if found is not None and (found.method, copy.method) == ("read_back", "server_checksum"):
            self._head_is_free = False
            self._spent += copy.byte_size
