"""Fetching one media from an untrusted link into the cache."""

from __future__ import annotations

import contextlib
import re
import time
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Protocol
from urllib.parse import urljoin, urlsplit

from social_tui.errors import CancelledError
from social_tui.media_cache.address_policy import BlockedError, Target, check_url
from social_tui.media_cache.budget import Budget, Limits
from social_tui.media_cache.cache import Cache
from social_tui.media_cache.captured import Received, complete
from social_tui.media_cache.decode import Probe, probe
from social_tui.media_cache.decoder import UndecodableError
from social_tui.media_cache.disk import Temporary
from social_tui.media_cache.failures import FetchError, network_failure, status_failure
from social_tui.media_cache.hosts import Hosts
from social_tui.media_cache.parts import Part, keep_part, open_part, version_of
from social_tui.media_cache.sniffing import HEAD_BYTES, Sniffed, describe, ends_as_archive, sniff
from social_tui.models import CapturedFile, MediaType

if TYPE_CHECKING:
    from social_tui.media_cache.network import Connections
    from social_tui.media_cache.wire import Response

__all__ = ["FetchError", "FetchSettings", "Fetcher"]

MAX_REDIRECTS = 3
# The disk takes longer for a file of this size than for the sync itself, and its thread can wait for that.
SYNCED_ALONE_BYTES = 1 << 20
_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_RANGE_ANSWERS = frozenset({206, 416})
_ASKS_TO_WAIT = frozenset({429, 503})
_HEADERS = {
    "User-Agent": "social-tui (media archive)",
    "Accept": "image/*, video/*, audio/*, application/pdf;q=0.9, */*;q=0.1",
    "Accept-Encoding": "identity",
}
_CONTENT_RANGE = re.compile(r"bytes (?:(\d{1,15})-(\d{1,15})|\*)/(\d{1,15})")
_MIME_TYPE = re.compile(r"[a-z0-9][a-z0-9!#$&^_.+-]{0,63}/[a-z0-9][a-z0-9!#$&^_.+-]{0,63}")


class FetchSettings(Protocol):
    """What a fetcher reads of the settings."""

    @property
    def allow_private(self) -> tuple[str, ...]:
        """Exact ``address:port`` pairs that may be dialled although they are not public."""

    @property
    def per_host(self) -> int:
        """Downloads at once from one host."""

    @property
    def max_bytes(self) -> int:
        """Largest file."""

    @property
    def max_video_bytes(self) -> int:
        """Largest video."""

    @property
    def stall_seconds(self) -> float:
        """Longest wait for the next bytes."""


def _never() -> bool:
    return False


def _unheard(received: int, total: int | None) -> None:
    """Tell nobody about progress."""


class Fetcher:
    """Fetches media from links that anybody may have written; safe to share between threads.

    Args:
        settings: Limits and allowed private addresses.
        connections: Where connections come from; guarded ones to the real network by default.
        limits: Limits that override what the settings say.
    """

    def __init__(
        self,
        settings: FetchSettings,
        *,
        connections: Connections | None = None,
        limits: Limits | None = None,
    ) -> None:
        from social_tui.media_cache.network import Connections

        self._settings = settings
        self._limits = limits
        self._connections = connections or Connections(settings.allow_private)
        self._hosts = Hosts(settings.per_host)

    def close(self) -> None:
        """Close the connections that are kept open."""
        self._connections.close()

    def pause_of(self, url: str) -> float:
        """Return for how many seconds more the host of a link wants to be left alone; 0 if it does not."""
        try:
            return self._hosts.pause_of(urlsplit(url).hostname or "")
        except ValueError:
            return 0.0

    def fetch(
        self,
        url: str,
        media_type: MediaType,
        cache: Cache,
        *,
        should_stop: Callable[[], bool] = _never,
        on_progress: Callable[[int, int | None], None] = _unheard,
    ) -> CapturedFile:
        """Bring the bytes behind a link durably into the cache.

        Args:
            url: The link, unchecked.
            media_type: What the post says it is; it decides the limits, the bytes decide the type.
            cache: Where the file goes.
            should_stop: Asked before every wait and every piece; True ends the download.
            on_progress: Told the bytes so far and the announced total, if there is one.

        Returns:
            What is now in the cache: digests, sniffed type, size in pixels where it can be read.

        Raises:
            FetchError: If it could not be had; the outcome says why, and nothing stays in the cache.
            CancelledError: If it was asked to stop.
            StorageError: If the disk refused.
        """
        received = self.receive(url, media_type, cache, should_stop=should_stop, on_progress=on_progress)
        return complete([received], cache)[0]

    def receive(
        self,
        url: str,
        media_type: MediaType,
        cache: Cache,
        *,
        should_stop: Callable[[], bool] = _never,
        on_progress: Callable[[int, int | None], None] = _unheard,
        limits: Limits | None = None,
    ) -> Received:
        """Do all of :meth:`fetch` but what ``complete`` does for many at once; see there.

        ``limits`` stand for those of strangers where more is known of what comes.
        """
        started = time.monotonic()
        budget = Budget(limits or self._limits or self._limits_for(media_type), should_stop)
        try:
            target = check_url(url, self._settings.allow_private)
            with open_part(cache, url) as part:
                try:
                    transfer = self._transfer(target, url, part, budget, should_stop, on_progress)
                except (FetchError, CancelledError) as error:
                    if isinstance(error, CancelledError) or error.retryable:
                        keep_part(cache, url, part)
                    raise
                seconds = time.monotonic() - started - budget.forgiven
                sniffed, digests = transfer.sniffed, part.digests
                probed = _examine(part.temporary, sniffed, must_be_whole=transfer.length_unverified)
                if digests.byte_size >= SYNCED_ALONE_BYTES:
                    part.temporary.sync()
                transferred = {
                    "declared_mime_type": transfer.declared_mime_type,
                    "elapsed_ms": max(round(seconds * 1000), 1),
                    # No redirect leads from https to http, so the first step tells.
                    "plain_http": target.scheme == "http",
                }
                return Received(part.temporary.hand_over(), sniffed, digests, probed, transferred)
        except BlockedError as error:
            raise FetchError("blocked", error.message) from None

    def _transfer(
        self,
        target: Target,
        url: str,
        part: Part,
        budget: Budget,
        should_stop: Callable[[], bool],
        on_progress: Callable[[int, int | None], None],
    ) -> _Transfer:
        with self._response(target, url, part.request_headers(), budget, should_stop) as response:
            transfer = _Transfer(response, part, budget, on_progress)
            transfer.receive()
        return transfer

    def _limits_for(self, media_type: MediaType) -> Limits:
        settings = self._settings
        return Limits(
            max_bytes=settings.max_video_bytes if media_type == "video" else settings.max_bytes,
            total_seconds=60 if media_type == "image" else 600,
            stall_seconds=settings.stall_seconds,
        )

    @contextlib.contextmanager
    def _response(
        self, target: Target, url: str, asked: dict[str, str], budget: Budget, should_stop: Callable[[], bool]
    ) -> Iterator[Response]:
        """Give the response at the end of the redirects, every one of which is checked like the first."""
        for _ in range(MAX_REDIRECTS + 1):
            with (
                self._hosts.slot(target.host, should_stop) as waited,
                self._connections.get(target, _HEADERS | asked, budget.forgiving(waited)) as response,
            ):
                if response.status not in _REDIRECTS:
                    if not (asked and response.status in _RANGE_ANSWERS):
                        self._raise_refusal(response, url, target.host)
                    yield response
                    return
                location = response.headers.get("location", "")
            target = self._redirected(target, location)
        raise network_failure(f"More than {MAX_REDIRECTS} redirects.", retryable=False)

    def _raise_refusal(self, response: Response, url: str, host: str) -> None:
        failure = status_failure(response.status, response.headers, url, host)
        if failure is None:
            return
        if response.status in _ASKS_TO_WAIT and failure.retry_after:
            self._hosts.pause(host, failure.retry_after)
        raise failure

    def _redirected(self, origin: Target, location: str) -> Target:
        if not location:
            raise network_failure(f"{origin.host} redirects to nowhere.", retryable=False)
        try:
            target = check_url(urljoin(origin.url, location), self._settings.allow_private)
        except ValueError:
            raise BlockedError(f"{origin.host} redirects to a malformed link.") from None
        if origin.scheme == "https" and target.scheme != "https":
            raise BlockedError(f"{origin.host} redirects from https to http.")
        return target


class _Transfer:
    """One body on its way from the wire to the file that it fills."""

    def __init__(
        self, response: Response, part: Part, budget: Budget, on_progress: Callable[[int, int | None], None]
    ) -> None:
        self._response = response
        self._part = part
        self._budget = budget
        self._on_progress = on_progress
        headers = response.headers
        encoding = headers.get("content-encoding", "").strip().lower()
        if encoding not in ("", "identity"):
            raise network_failure("The server compressed the file, unasked.", retryable=False)
        chunked = "transfer-encoding" in headers
        declared = headers.get("content-type", "").partition(";")[0].strip().lower()
        self.declared_mime_type = declared if _MIME_TYPE.fullmatch(declared) else None
        if response.status in _RANGE_ANSWERS:
            self._go_on()
        else:
            known = "content-length" in headers and not chunked
            part.begin(version_of(headers), int(headers["content-length"]) if known else None)
        self.length_unverified = part.length is None and not chunked
        if part.length is not None and part.length > budget.limits.max_bytes:
            raise budget.too_large()

    def receive(self) -> None:
        """Write the body, hash it and tell what it is as soon as its first bytes are there."""
        part = self._part
        sniffed = _sniffed(part.head) if len(part.head) == HEAD_BYTES else None
        for chunk in self._response.body if self._response.status != 416 else ():
            part.append(chunk)
            if part.digests.byte_size > self._budget.limits.max_bytes:
                raise self._budget.too_large()
            if sniffed is None and len(part.head) == HEAD_BYTES:
                sniffed = _sniffed(part.head)
            self._on_progress(part.digests.byte_size, part.length)
        if part.length is not None and part.digests.byte_size != part.length:
            raise network_failure(f"Only {part.digests.byte_size} of {part.length} bytes came.")
        self.sniffed = sniffed or _sniffed(part.head)

    def _go_on(self) -> None:
        """Go on behind what an earlier try left, if the answer is about that very file; else let go of it."""
        part, headers = self._part, self._response.headers
        answer = _CONTENT_RANGE.fullmatch(headers.get("content-range", "").strip())
        first, _, length = answer.groups() if answer is not None else (None, None, None)
        if self._response.status == 206:
            fits = first == str(part.digests.byte_size) and version_of(headers) == part.version
        else:
            fits = part.digests.byte_size == part.length and headers.get("etag", part.version) == part.version
        if not fits or length != str(part.length):
            part.begin(None, None)
            raise network_failure("The server did not go on where the download was cut off.")


def _sniffed(head: bytes) -> Sniffed:
    sniffed = sniff(head)
    if sniffed is None:
        raise FetchError("not_media", f"The server sent {describe(head)}.")
    return sniffed


def _examine(temporary: Temporary, sniffed: Sniffed, *, must_be_whole: bool) -> Probe:
    """Refuse what is more than media; a body of unknown length has to prove by decoding that it is whole."""
    if ends_as_archive(temporary.descriptor):
        raise FetchError("not_media", "The server sent an archive dressed as media.")
    if not must_be_whole:
        return Probe()
    try:
        return probe(temporary.path, sniffed.mime_type, whole=True)
    except UndecodableError as error:
        raise network_failure(
            f"It came without a length and does not decode to its end: {error.message}"
        ) from error
