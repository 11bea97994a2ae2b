"""Why a media could not be had: the outcome word, a reason in words, and whether to try again."""

from __future__ import annotations

import email.utils
from collections.abc import Mapping
from datetime import UTC, datetime

from social_tui.errors import SocialTuiError
from social_tui.media_cache.links import link_expiry
from social_tui.models import Outcome

LONGEST_WAIT_SECONDS = 300.0
_RETRYABLE_STATUSES = frozenset({408, 425, 429})


class FetchError(SocialTuiError):
    """A media could not be fetched.

    Args:
        outcome: The one word why; never 'ok'.
        reason: One line for people, free of the link's query.
        retry_after: Seconds that the server asks to wait, at most 300; None when it does not ask.
        retryable: Whether the same request may succeed later without anybody changing anything.
    """

    def __init__(
        self, outcome: Outcome, reason: str, *, retry_after: float | None = None, retryable: bool = False
    ) -> None:
        super().__init__(reason)
        self.outcome: Outcome = outcome
        self.reason = reason
        self.retry_after = retry_after
        self.retryable = retryable


class HostPausedError(FetchError):
    """A media was not asked for, because its host asked to be left alone for now; that is no try.

    Args:
        host: Who asked.
        seconds: How much longer.
    """

    def __init__(self, host: str, seconds: float) -> None:
        super().__init__(
            "rate_limited",
            f"{host} asked to be left alone for {seconds:.0f} s more.",
            retry_after=seconds,
            retryable=True,
        )


def network_failure(reason: str, *, retryable: bool = True, retry_after: float | None = None) -> FetchError:
    """Make the error of a transfer that broke on the way."""
    return FetchError("network", reason, retryable=retryable, retry_after=retry_after)


def status_failure(status: int, headers: Mapping[str, str], url: str, host: str) -> FetchError | None:
    """Translate an HTTP status into an outcome.

    Args:
        status: The status of the last response, after redirects.
        headers: Its headers by lower-case name.
        url: The link that was asked for first, whose own expiry explains a refusal.
        host: The host that answered.

    Returns:
        The error to raise; None for a status that brings the media.
    """
    if status in (200, 203):
        return None
    if status in (404, 410):
        return FetchError("deleted", f"{host} says that it is gone (HTTP {status}).")
    if status in (401, 403):
        expiry = link_expiry(url)
        if expiry is not None and expiry <= datetime.now(UTC):
            return FetchError("expired", f"The link expired on {expiry:%Y-%m-%d %H:%M} UTC (HTTP {status}).")
        return FetchError("auth", f"{host} refuses access (HTTP {status}).")
    if status in (204, 205):
        return FetchError("not_media", f"{host} sent nothing (HTTP {status}).")
    retry_after = parse_retry_after(headers.get("retry-after", ""))
    if status == 429:
        return FetchError(
            "rate_limited", f"{host} asks to slow down (HTTP 429).", retry_after=retry_after, retryable=True
        )
    return network_failure(
        f"{host} answered with HTTP {status}.",
        retryable=status >= 500 or status in _RETRYABLE_STATUSES,
        retry_after=retry_after,
    )


def parse_retry_after(value: str) -> float | None:
    """Read ``Retry-After`` (RFC 9110, section 10.2.3): a number of seconds or a date.

    Args:
        value: The header as it came.

    Returns:
        Seconds from now, between 0 and 300; None when there is nothing sensible in it.
    """
    value = value.strip()
    if value.isascii() and value.isdigit():
        return min(float(value[:9]), LONGEST_WAIT_SECONDS)
    try:
        moment = email.utils.parsedate_to_datetime(value)
    except (ValueError, TypeError, IndexError, OverflowError):
        return None
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    return min(max((moment - datetime.now(UTC)).total_seconds(), 0.0), LONGEST_WAIT_SECONDS)
