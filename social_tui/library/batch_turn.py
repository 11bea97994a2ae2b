"""One batch of analyses, taken as far as it goes: sent, looked for, asked about or collected."""

from __future__ import annotations

import contextlib
import tempfile
import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import UTC, datetime
from itertools import islice
from typing import IO, TYPE_CHECKING, TypeVar

from social_tui.errors import (
    AnalysisError,
    CancelledError,
    ConfigurationError,
    DatabaseUnavailableError,
    SocialTuiError,
)
from social_tui.library.analysing import prepare
from social_tui.library.session import Library
from social_tui.library.side_by_side import in_threads, unless_over
from social_tui.log import get_logger
from social_tui.media_analysis.prompt import names_people
from social_tui.media_analysis.provider import has_service
from social_tui.media_analysis.schema import SCHEMA_VERSION
from social_tui.media_cache.disk import storage_errors
from social_tui.paths import ensure_private
from social_tui.reports import AiBatch, OpenRequest
from social_tui.store import ai_batches as batch_store
from social_tui.store import media as media_store
from social_tui.store.ai_batches import EndedRequest, SavedAnswer

if TYPE_CHECKING:
    from social_tui.media_analysis.openai_batch import BatchLine, OpenAIBatches, RemoteBatch
    from social_tui.media_analysis.openai_provider import OpenAIProvider

log = get_logger(__name__)

LOOK_SECONDS = 60.0
FULL_SECONDS = 600.0
LOST_SECONDS = 3600.0
# A batch is in hand for two minutes.
RENEW_SECONDS = 30.0
_AT_ONCE = 100
_THREADS = 4
T = TypeVar("T")


def takes_batches(library: Library) -> bool:
    """Whether a model's service is set, which batches are for."""
    return library.settings.ai_provider != "local" and has_service(library.settings)


def model_service(library: Library, model: str, *, names: bool) -> OpenAIProvider:
    """Return the service of a model that may name people or not, whatever the settings say by now.

    Raises:
        ConfigurationError: If no service is set.
    """
    settings = library.settings
    if not takes_batches(library):
        raise ConfigurationError(
            "Batches are for a model's service, and none is set.",
            hint="Set OPENAI_API_KEY, or OPENAI_BASE_URL for a server that takes batches.",
        )
    from social_tui.media_analysis.openai_provider import OpenAIProvider

    return OpenAIProvider(settings.model_copy(update={"ai_model": model, "ai_personal_data": names}))


class Turn:
    """Takes one batch as far as it goes now; each step is written down before the next one.

    Args:
        library: The open library.
        claim: Who has it in hand.
        batch: The batch.
        is_over: Asked now and then whether to stop.

    ``rest`` is the batch that was made of what had no place in its file, ``fault`` is what hindered it.
    """

    def __init__(self, library: Library, claim: str, batch: AiBatch, is_over: Callable[[], bool]) -> None:
        self._library = library
        self._gateway = library.gateway
        self._claim = claim
        self._is_over = is_over
        self._may_be_there = batch.state == "creating"
        self.batch = batch
        self.rest: str | None = None
        self.fault: str | None = None
        self._lost: SocialTuiError | None = None

    def run(self) -> None:
        """Send it, look for it, ask how far it is, or collect it."""
        from social_tui.media_analysis.openai_batch import OpenAIBatches

        names = names_people(self.batch.prompt_version)
        provider = model_service(self._library, self.batch.model, names=names)
        service = OpenAIBatches(provider)
        try:
            if self.batch.state == "reserved" and not self.batch.is_cancelled:
                self._upload(service, provider)
            # It may have been called off while it was uploaded.
            if self.batch.is_cancelled and self.batch.state in ("reserved", "uploaded"):
                self._give_up(service, "The batch was called off before it went out.", maybe_billed=False)
            elif self.batch.state == "uploaded":
                self._mark("creating")
                self._know(service.order(self.batch.batch_id, self.batch.input_file_id or ""))
            elif self.batch.state == "creating":
                self._find(service)
            elif self.batch.state == "created":
                self._look(service, provider)
        except AnalysisError as error:
            self._hinder(service, error)

    def _mark(self, state: str, *, wait_seconds: float | None = None, **facts: str | None) -> None:
        self.batch = batch_store.mark_batch(
            self._gateway, self.batch.batch_id, self._claim, state, wait_seconds=wait_seconds, **facts
        )

    def _finish(self, error: str | None, *, maybe_billed: bool) -> None:
        ended = batch_store.finish_batch(
            self._gateway,
            self.batch.batch_id,
            self._claim,
            error=error,
            maybe_billed=maybe_billed,
            actor=self._library.actor,
        )
        log.info("batch_finished", batch_id=self.batch.batch_id, without_answer=ended, error=error)

    def _give_up(self, service: OpenAIBatches, error: str, *, maybe_billed: bool) -> None:
        """End a batch that nothing is collected of; the service need not keep its file of requests."""
        self._finish(error, maybe_billed=maybe_billed)
        self._forget(service, self.batch.input_file_id)

    def _end(self, ended: Sequence[EndedRequest]) -> None:
        if ended:
            batch_store.end_requests(
                self._gateway, self.batch.batch_id, self._claim, ended, actor=self._library.actor
            )

    def _requests(self) -> Iterator[list[OpenRequest]]:
        for page in batch_store.iterate_requests(self._gateway, self.batch.batch_id, self._claim):
            self._check()
            yield page

    def _check(self) -> None:
        """Stop where the work is over, or the batch is somebody else's by now."""
        if self._lost is not None:
            raise self._lost
        if self._is_over():
            raise CancelledError("The work on a batch was stopped.")

    @contextlib.contextmanager
    def _kept(self) -> Iterator[None]:
        """Keep the batch in hand while something takes long; its state must not change meanwhile."""
        state, done = self.batch.state, threading.Event()

        def renew() -> None:
            while not done.wait(RENEW_SECONDS):
                try:
                    batch_store.mark_batch(self._gateway, self.batch.batch_id, self._claim, state)
                except DatabaseUnavailableError as error:
                    log.warning("batch_not_renewed", batch_id=self.batch.batch_id, error=str(error))
                except SocialTuiError as error:
                    self._lost = error
                    return

        thread = threading.Thread(target=renew, name="batch-claim", daemon=True)
        thread.start()
        try:
            yield
        finally:
            done.set()
            thread.join()
            if self._lost is not None:
                raise self._lost

    @contextlib.contextmanager
    def _file(self) -> Iterator[IO[bytes]]:
        """Open a file without a name, so that nothing is left of it whatever happens."""
        folder = self._library.paths.state
        ensure_private(folder)
        with storage_errors(folder), tempfile.TemporaryFile(dir=folder) as file:
            yield file

    def _hinder(self, service: OpenAIBatches, error: AnalysisError) -> None:
        """End a batch that the service refuses for good; look at another one later."""
        from social_tui.media_analysis.openai_batch import BatchUnknownError

        log.warning("batch_hindered", batch_id=self.batch.batch_id, error=str(error))
        self.fault = str(error)
        is_lost = isinstance(error, BatchUnknownError) and self.batch.state == "created"
        is_passing = error.retryable or error.stop_lane or error.maybe_billed
        if is_lost and self.batch.is_cancelled:
            self._give_up(service, error.message, maybe_billed=True)
        elif is_lost or is_passing or self.batch.state == "created":
            wait = LOST_SECONDS if is_lost else LOOK_SECONDS
            self._mark(self.batch.state, wait_seconds=wait, error=str(error))
        else:
            self._give_up(service, error.message, maybe_billed=self._may_be_there)

    # Sending.

    def _upload(self, service: OpenAIBatches, provider: OpenAIProvider) -> None:
        """Write the file of requests and upload it; what has no place in it becomes a batch of its own."""
        now = (provider.prompt_version, SCHEMA_VERSION)
        if (self.batch.prompt_version, self.batch.schema_version) != now:
            self._finish("The batch was reserved to be asked in other words than now.", maybe_billed=False)
            self.batch = self.batch.model_copy(update={"state": "finished"})
            return
        with self._file() as file:
            input_file_id = None
            with self._kept():
                if self._write(service, file):
                    file.seek(0)
                    self._mark("reserved")
                    input_file_id = unless_over(lambda: service.upload(file), self._is_over)
            if input_file_id is None:
                self._finish(None, maybe_billed=False)
                self.batch = self.batch.model_copy(update={"state": "finished"})
                return
            self._mark("uploaded", input_file_id=input_file_id)
        log.info("batch_uploaded", batch_id=self.batch.batch_id)

    def _write(self, service: OpenAIBatches, file: IO[bytes]) -> int:
        """Write a line for each request; returns how many."""
        from social_tui.media_analysis import openai_batch

        count, last = 0, ""
        for page in self._requests():
            lines = dict(in_threads(lambda each: self._line(service, each), iter(page), threads=_THREADS))
            without: list[EndedRequest] = []
            for request in page:
                line = lines[request]
                if isinstance(line, AnalysisError):
                    without.append(EndedRequest(request.analysis_id, error=str(line), maybe_billed=False))
                elif file.tell() + len(line) > openai_batch.MOST_BYTES:
                    self._end(without)
                    self.rest = batch_store.split_batch(
                        self._gateway, self.batch.batch_id, self._claim, after=last
                    )
                    return count
                else:
                    file.write(line)
                    count += 1
                last = request.analysis_id
            self._end(without)
        return count

    def _line(self, service: OpenAIBatches, request: OpenRequest) -> bytes | AnalysisError:
        self._check()
        if request.media_id is None:
            return AnalysisError("No media has these bytes any more.")
        prepared = prepare(self._library, media_store.get_media(self._gateway, request.media_id))
        if isinstance(prepared, AnalysisError):
            if prepared.retryable:  # As an archive that is out of reach: the batch waits for it.
                raise prepared
            return prepared
        try:
            return service.line(request.analysis_id, prepared)
        except AnalysisError as error:
            return error

    def _find(self, service: OpenAIBatches) -> None:
        """Find a batch that was ordered, maybe without success; else order it again if it is still wanted.

        Nobody comes here within a minute of the order: by then a list that lags has it.
        """
        since = self.batch.ordered_at or datetime.now(UTC)
        found = service.find(self.batch.batch_id, since=since)
        log.info("batch_looked_for", batch_id=self.batch.batch_id, is_there=found is not None)
        if found is None and self.batch.is_cancelled:
            error = "The batch was called off, and the service does not have it."
            self._give_up(service, error, maybe_billed=True)
        else:
            self._know(found or service.order(self.batch.batch_id, self.batch.input_file_id or ""))

    def _know(self, remote: RemoteBatch) -> None:
        """Write down what the service calls it."""
        self._mark(
            "created",
            wait_seconds=LOOK_SECONDS,
            service_id=remote.service_id,
            service_status=remote.status,
            expires_at=remote.expires_at,
        )
        log.info("batch_ordered", batch_id=self.batch.batch_id, service_id=remote.service_id)

    # Collecting.

    def _look(self, service: OpenAIBatches, provider: OpenAIProvider) -> None:
        from social_tui.media_analysis.openai_batch import QUEUE_IS_FULL

        remote = service.look(self.batch.service_id or "")
        if not remote.is_over:
            if self.batch.is_cancelled and remote.status != "cancelling":
                service.cancel(remote.service_id)
                remote = service.look(remote.service_id)
            self._mark(
                "created",
                wait_seconds=LOOK_SECONDS,
                service_status=remote.status,
                expires_at=remote.expires_at,
            )
        elif remote.status == "failed" and QUEUE_IS_FULL in remote.codes and not self.batch.is_cancelled:
            words = "The AI service has no room for more batches now; it is ordered again later."
            self._mark("uploaded", wait_seconds=FULL_SECONDS, service_status=remote.status, error=words)
        elif remote.status == "failed":
            codes = ", ".join(remote.codes) or "no reason given"
            self._give_up(service, f"The AI service refused the batch ({codes}).", maybe_billed=False)
        else:
            self._collect(service, provider, remote)

    def _collect(self, service: OpenAIBatches, provider: OpenAIProvider, remote: RemoteBatch) -> None:
        """Save the answers as they came, then read them, then say of the others why they have none."""
        self._mark("created", service_status=remote.status)
        answered: set[str] = set()
        for file_id in filter(None, (remote.output_file_id, remote.error_file_id)):
            with self._file() as file, self._kept():
                if self._download(service, file_id, file):
                    for lines in _chunks(_lines_of(file), _AT_ONCE):
                        self._take(provider, lines, answered)
        for page in self._requests():
            self._end([_read(provider, each) for each in page if each.raw_answer is not None])
        self._mark("created")
        is_unsure = self.batch.answered < remote.completed
        missing = "The batch is over and has no answer to it"
        self._finish(
            f"{missing}; it may have been billed." if is_unsure else f"{missing}; nothing was billed.",
            maybe_billed=is_unsure,
        )
        self._forget(service, self.batch.input_file_id, remote.output_file_id, remote.error_file_id)

    def _download(self, service: OpenAIBatches, file_id: str, file: IO[bytes]) -> bool:
        from social_tui.media_analysis.openai_batch import BatchUnknownError

        try:
            unless_over(lambda: service.download(file_id, file), self._is_over)
        except BatchUnknownError:
            log.error("batch_file_gone", batch_id=self.batch.batch_id, file_id=file_id)
            return False
        return True

    def _take(self, provider: OpenAIProvider, lines: list[BatchLine], answered: set[str]) -> None:
        """Save the answers among some lines, and end what failed."""
        saved, ended = [], []
        for line in lines:
            if line.body is not None:
                answer = provider.raw_answer(line.body, in_batch=True)
                saved.append(
                    SavedAnswer(
                        line.custom_id,
                        answer.text,
                        answer.input_tokens,
                        answer.output_tokens,
                        answer.cost_microdollars,
                    )
                )
                answered.add(line.custom_id)
            elif line.custom_id not in answered:
                ended.append(EndedRequest(line.custom_id, error=line.error, maybe_billed=False))
        if saved:
            batch_store.save_answers(self._gateway, self.batch.batch_id, self._claim, saved)
        self._end(ended)

    def _forget(self, service: OpenAIBatches, *file_ids: str | None) -> None:
        """Have the service keep nothing; what cannot be deleted now is gone there by itself."""
        for file_id in filter(None, file_ids):
            try:
                service.delete(file_id)
            except AnalysisError as error:
                log.info("batch_file_not_deleted", batch_id=self.batch.batch_id, error=str(error))


def _read(provider: OpenAIProvider, request: OpenRequest) -> EndedRequest:
    try:
        parsed = provider.parse(request.raw_answer or "").model_dump(mode="json")
    except AnalysisError as error:
        return EndedRequest(request.analysis_id, error=str(error))
    return EndedRequest(request.analysis_id, parsed)


def _lines_of(file: IO[bytes]) -> Iterator[BatchLine]:
    from social_tui.media_analysis.openai_batch import read_lines

    return read_lines(file)


def _chunks(things: Iterable[T], size: int) -> Iterator[list[T]]:
    rest = iter(things)
    while chunk := list(islice(rest, size)):
        yield chunk
