"""Many requests in one file, answered within a day for half the price.

Source: https://developers.openai.com/api/docs/guides/batch
"""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import IO, TYPE_CHECKING, Final

from social_tui.errors import AnalysisError
from social_tui.media_analysis.openai_answer import word
from social_tui.media_analysis.openai_faults import to_analysis_error

if TYPE_CHECKING:
    from openai import OpenAIError
    from openai.types import Batch

    from social_tui.media_analysis.openai_provider import OpenAIProvider
    from social_tui.media_analysis.provider import PreparedMedia

# The service takes 50,000 requests a file. Of pictures, 200 MB hold about 2,500.
MOST_REQUESTS = 5_000
MOST_BYTES = 200_000_000
OVER = frozenset({"completed", "failed", "expired", "cancelled"})
# So many tokens are ordered already that others have to be done first.
QUEUE_IS_FULL = "token_limit_exceeded"

_ENDPOINT: Final = "/v1/responses"
_METADATA_KEY = "social_tui_batch"
# What is asked about is to be gone soon; what is paid for, when nobody can have missed it.
_INPUT_SECONDS = 3 * 86_400
_OUTPUT_SECONDS = 30 * 86_400
_UPLOAD_SECONDS = 900.0
_MOST_OUTPUT_BYTES = 2_000_000_000
_LONGEST_LINE = 8_000_000
_PAGE = 100
# Of a batch that is looked for, others of so long before it are looked through: clocks differ.
_SLACK_SECONDS = 86_400


@dataclass(frozen=True, slots=True)
class RemoteBatch:
    """What the service says of a batch.

    Args:
        service_id: What it calls it.
        status: ``validating``, ``failed``, ``in_progress``, ``finalizing``, ``completed``, ``expired``,
            ``cancelling`` or ``cancelled``.
        output_file_id: The file of the answers.
        error_file_id: The file of what failed.
        completed: How many requests were answered.
        codes: Why the whole of it was refused.
        expires_at: When its day is over.
    """

    service_id: str
    status: str
    output_file_id: str | None
    error_file_id: str | None
    completed: int
    codes: tuple[str, ...]
    expires_at: str | None

    @property
    def is_over(self) -> bool:
        """Whether nothing of it will change."""
        return self.status in OVER


@dataclass(frozen=True, slots=True)
class BatchLine:
    """What became of one request: the body of its answer, or why there is none."""

    custom_id: str
    body: str | None
    error: str


class OpenAIBatches:
    """Uploads, orders and collects batches of one provider.

    Args:
        provider: Whose requests they hold.
    """

    def __init__(self, provider: OpenAIProvider) -> None:
        self._client = provider.client
        self._provider = provider

    def line(self, custom_id: str, media: PreparedMedia) -> bytes:
        """Return the line of a file that asks about a media.

        Raises:
            AnalysisError: If there is no picture of it.
        """
        body = self._provider.request(media)
        line = {"custom_id": custom_id, "method": "POST", "url": _ENDPOINT, "body": body}
        return json.dumps(line).encode() + b"\n"

    def upload(self, file: IO[bytes]) -> str:
        """Upload a file of requests, which costs nothing; returns what the service calls it.

        Raises:
            AnalysisError: If it could not be done.
        """
        from openai import OpenAIError

        try:
            return self._client.files.create(
                file=("requests.jsonl", file),
                purpose="batch",
                expires_after={"anchor": "created_at", "seconds": _INPUT_SECONDS},
                timeout=_UPLOAD_SECONDS,
            ).id
        except OpenAIError as error:
            raise self._said(error) from None

    def order(self, batch_id: str, input_file_id: str) -> RemoteBatch:
        """Order the answers to an uploaded file.

        Args:
            batch_id: Our name for the batch, by which :meth:`find` knows it.
            input_file_id: The file.

        Raises:
            AnalysisError: If the service did not say that it took the order; it may have all the same.
        """
        from openai import OpenAIError

        try:
            batch = self._client.batches.create(
                endpoint=_ENDPOINT,
                completion_window="24h",
                input_file_id=input_file_id,
                metadata={_METADATA_KEY: batch_id},
                output_expires_after={"anchor": "created_at", "seconds": _OUTPUT_SECONDS},
            )
        except OpenAIError as error:
            raise self._said(error) from None
        return _remote(batch)

    def find(self, batch_id: str, *, since: datetime) -> RemoteBatch | None:
        """Look for a batch that was ordered and whose name never came back; the newest one, if any.

        Args:
            batch_id: Our name for it.
            since: When it was ordered at the earliest.

        Raises:
            AnalysisError: If the service does not say.
        """
        from openai import OpenAIError

        earliest = since.timestamp() - _SLACK_SECONDS
        try:
            # The newest come first.
            for batch in self._client.batches.list(limit=_PAGE):
                if (batch.metadata or {}).get(_METADATA_KEY) == batch_id:
                    return _remote(batch)
                if batch.created_at < earliest:
                    return None
        except OpenAIError as error:
            raise self._said(error) from None
        return None

    def look(self, service_id: str) -> RemoteBatch:
        """Ask how far a batch is.

        Raises:
            AnalysisError: If the service does not say.
        """
        from openai import OpenAIError

        try:
            return _remote(self._client.batches.retrieve(service_id))
        except OpenAIError as error:
            raise self._said(error) from None

    def cancel(self, service_id: str) -> None:
        """Call a batch off; what is answered by then is paid for, and can be collected.

        Raises:
            AnalysisError: If the service does not say that it took that.
        """
        from openai import OpenAIError

        try:
            self._client.batches.cancel(service_id)
        except OpenAIError as error:
            raise self._said(error) from None

    def download(self, file_id: str, file: IO[bytes]) -> None:
        """Write a file of the service into a file here, which is at its beginning then.

        Raises:
            AnalysisError: If it could not be had whole.
        """
        import httpx2
        from openai import OpenAIError

        try:
            with self._client.files.with_streaming_response.content(file_id) as reply:
                for chunk in reply.iter_bytes():
                    file.write(chunk)
                    if file.tell() > _MOST_OUTPUT_BYTES:
                        raise AnalysisError("The AI service's file of answers is too large to be read.")
        except OpenAIError as error:
            raise self._said(error) from None
        except httpx2.HTTPError:
            message = "The connection to the AI service broke off."
            raise AnalysisError(message, retryable=True) from None
        file.seek(0)

    def delete(self, file_id: str) -> None:
        """Have the service forget a file.

        Raises:
            AnalysisError: If it does not say that it did.
        """
        from openai import OpenAIError

        try:
            self._client.files.delete(file_id)
        except OpenAIError as error:
            raise self._said(error) from None

    def _said(self, error: OpenAIError) -> AnalysisError:
        from openai import APIStatusError

        if isinstance(error, APIStatusError) and error.status_code == 404:
            return BatchUnknownError(
                "The AI service knows no such batch or file.",
                hint="A batch belongs to the key's project and to OPENAI_BASE_URL.",
            )
        return to_analysis_error(error, model=self._provider.model)


class BatchUnknownError(AnalysisError):
    """The service knows no such batch or file, or no batches at all."""


def read_lines(file: IO[bytes]) -> Iterator[BatchLine]:
    """Read what came of a batch, line by line in any order; what is no such line is passed over.

    Args:
        file: The file of the answers, or of what failed.
    """
    while line := file.readline(_LONGEST_LINE):
        found = _read_line(line)
        if found is not None:
            yield found


def _read_line(line: bytes) -> BatchLine | None:
    try:
        said = json.loads(line)
    except (ValueError, RecursionError):
        return None
    if not isinstance(said, dict) or not isinstance(said.get("custom_id"), str):
        return None
    reply = said.get("response")
    reply = reply if isinstance(reply, dict) else {}
    body = reply.get("body")
    if reply.get("status_code") == 200 and isinstance(body, dict):
        return BatchLine(said["custom_id"], json.dumps(body), "")
    fault = said.get("error") or (body.get("error") if isinstance(body, dict) else None)
    code = word(fault.get("code")) or word(fault.get("type")) if isinstance(fault, dict) else ""
    return BatchLine(said["custom_id"], None, _reason(code, reply.get("status_code")))


def _reason(code: str, status: object) -> str:
    if code == "batch_expired":
        return "The day of the batch was over before its turn came; nothing was billed."
    if code == "batch_cancelled":
        return "The batch was called off before its turn came; nothing was billed."
    if status == 429:
        return "The AI service had no room for it in the batch; nothing was billed."
    said = ", ".join([f"HTTP {status}"] * isinstance(status, int) + [code] * bool(code))
    return f"The AI service did not answer it in the batch ({said or 'no reason given'})."


def _remote(batch: Batch) -> RemoteBatch:
    errors = batch.errors.data if batch.errors is not None else None
    expires = batch.expires_at
    return RemoteBatch(
        service_id=batch.id,
        status=word(batch.status) or "unknown",
        output_file_id=batch.output_file_id,
        error_file_id=batch.error_file_id,
        completed=batch.request_counts.completed if batch.request_counts is not None else 0,
        codes=tuple(word(each.code) for each in errors or () if word(each.code)),
        expires_at=(
            datetime.fromtimestamp(expires, UTC).isoformat()
            if isinstance(expires, int) and 0 < expires < time.time() + 365 * 86_400
            else None
        ),
    )
