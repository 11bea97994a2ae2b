"""Taking in: the bytes of media that lie beside their export, into the cache as a download brings them."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import islice

from social_tui.errors import DatabaseError, StorageError
from social_tui.exports import MediaReference
from social_tui.importers.beside import candidates, left_out
from social_tui.importers.beside_files import NOT_MEDIA, NOT_THERE, Beside, NotTakenError, open_beside
from social_tui.library.evicting import relieve
from social_tui.library.session import Library
from social_tui.log import bind_correlation, get_logger
from social_tui.media_cache.captured import Received, complete
from social_tui.media_cache.hashing import Digests
from social_tui.media_cache.sniffing import HEAD_BYTES, Sniffed, describe, ends_as_archive, sniff
from social_tui.models import CapturedFile, Outcome
from social_tui.reports import MediaCounts
from social_tui.store import taking_in as store

log = get_logger(__name__)

#: A media that an import has given its row: the file that names it, the reference, the row's id.
Named = tuple[str, MediaReference, str]

_BATCH_FILES = 32
_NOT_ALLOWED = "42501"


def _unheard() -> None:
    """Tell nobody."""


class TakingIn:
    """One import's way of files beside its exports into the cache; to be closed.

    Args:
        library: The open library.
        counts: Where it is counted what was taken in, and why what was not.
        told: Called after every few files, because they may take longer than the posts.
    """

    def __init__(self, library: Library, counts: MediaCounts, *, told: Callable[[], None] = _unheard) -> None:
        self._library = library
        self._counts = counts
        self._told = told
        self._hindrance: str | None = None
        self._file: str | None = None
        self._beside: Beside | NotTakenError | None = None
        self._opened = contextlib.ExitStack()

    def __enter__(self) -> TakingIn:
        return self

    def __exit__(self, *_: object) -> None:
        self._opened.close()

    def take(self, named: Iterable[Named]) -> set[str]:
        """Take in the files of media that have no bytes yet; the others are passed over.

        What cannot be taken in never stops the import: its row and the counts say why. When the disk refuses,
        or the account may not, nothing more is taken in, and the counts say that.

        Args:
            named: Media with a ``local_path``; others are passed over.

        Returns:
            The media that have their bytes now.
        """
        taken: set[str] = set()
        having = (each for each in named if each[1].local_path is not None)
        while batch := list(islice(having, _BATCH_FILES)):
            if self._hindrance is None:
                taken |= self._take_batch(batch)
                self._told()
            else:
                self._note(self._hindrance, len(batch))
        return taken

    def _take_batch(self, batch: Sequence[Named]) -> set[str]:
        try:
            wanted = store.media_without_bytes(self._library.gateway, [media_id for *_, media_id in batch])
        except DatabaseError as error:
            if error.sqlstate != _NOT_ALLOWED:
                raise
            self._hindered("only a worker may take in files", len(batch))
            return set()
        files: dict[str, Received] = {}
        missed: dict[str, NotTakenError] = {}
        left = [each for each in batch if each[2] in wanted]
        with contextlib.ExitStack() as stack:
            for done, (file, reference, media_id) in enumerate(left):
                with bind_correlation(media_id):
                    try:
                        files[media_id] = received = self._copy(file, reference)
                        stack.callback(received.discard)
                    except NotTakenError as error:
                        missed[media_id] = error
                        log.warning("media_not_taken_in", outcome=error.outcome, reason=error.why)
                    except StorageError as error:
                        log.warning("taking_in_stopped", error=str(error))
                        self._hindered("the disk refuses", len(left) - done)
                        break
            completed = self._completed(files)
        taken = self._record_taken(completed)
        self._record_missed(missed)
        relieve(self._library)
        return taken

    def _completed(self, files: dict[str, Received]) -> dict[str, CapturedFile]:
        """Make files durable and ask what they say of themselves, for all by one call each."""
        try:
            return dict(zip(files, complete(list(files.values()), self._library.cache), strict=True))
        except StorageError as error:
            log.warning("taking_in_stopped", error=str(error))
            self._hindered("the disk refuses", len(files))
            return {}

    def _record_taken(self, files: dict[str, CapturedFile]) -> set[str]:
        if not files:
            return set()
        results = store.take_in_media(self._library.gateway, files, actor=self._library.actor)
        for media_id, result in results.items():
            if result == "other_bytes":
                self._note("other bytes than those that were lost")
            elif result != "held":
                self._counts.taken_in += 1
                with bind_correlation(media_id):
                    log.info("media_taken_in", result=result, byte_size=files[media_id].byte_size)
        return {media_id for media_id, result in results.items() if result != "other_bytes"}

    def _record_missed(self, missed: dict[str, NotTakenError]) -> None:
        if missed:
            told: dict[str, tuple[Outcome, str]] = {
                media_id: (error.outcome, error.message) for media_id, error in missed.items()
            }
            store.miss_media(self._library.gateway, told, actor=self._library.actor)
        for error in missed.values():
            self._note(error.why)

    def _copy(self, file: str, reference: MediaReference) -> Received:
        """Have the bytes of a media in the cache, if a file beside its export has them."""
        path = reference.local_path or ""
        if note := left_out(path):
            raise NotTakenError(note[0], "left out of the export", note[1])
        settings = self._library.settings
        max_bytes = settings.max_video_bytes if reference.media_type == "video" else settings.max_bytes
        beside = self._open(file)
        for candidate in candidates(path, reference.media_type):
            try:
                return self._receive(beside.chunks(candidate, max_bytes), candidate)
            except NotTakenError as error:
                if error.why != NOT_THERE:
                    raise
        raise NotTakenError("deleted", NOT_THERE, path)

    def _open(self, file: str) -> Beside:
        """Open what lies beside an export, or fail to, once for its media that come one after the other."""
        if self._beside is None or file != self._file:
            self._opened.close()
            self._beside, self._file = None, file
            try:
                self._beside = self._opened.enter_context(open_beside(file))
            except NotTakenError as error:
                self._beside = error
        if isinstance(self._beside, NotTakenError):
            raise self._beside.with_traceback(None)  # it would grow with each media
        return self._beside

    def _receive(self, chunks: Iterator[bytes], path: str) -> Received:
        """Copy bytes into the cache; ``_completed`` gives them the name of their content."""
        digests, head = Digests(), b""
        with self._library.cache.temporary() as temporary:
            for chunk in chunks:
                if len(head) < HEAD_BYTES:
                    head += chunk[: HEAD_BYTES - len(head)]
                    if len(head) == HEAD_BYTES:
                        _sniffed(head, path)
                digests.update(chunk)
                temporary.write(chunk)
            sniffed = _sniffed(head, path)
            if ends_as_archive(temporary.descriptor):
                raise NotTakenError("not_media", NOT_MEDIA, path, "an archive dressed as media")
            return Received(temporary.hand_over(), sniffed, digests)

    def _hindered(self, why: str, count: int) -> None:
        self._hindrance = why
        self._note(why, count)

    def _note(self, why: str, count: int = 1) -> None:
        self._counts.not_taken_in[why] = self._counts.not_taken_in.get(why, 0) + count


def _sniffed(head: bytes, path: str) -> Sniffed:
    sniffed = sniff(head)
    if sniffed is None:
        raise NotTakenError("not_media", NOT_MEDIA, path, describe(head))
    return sniffed
