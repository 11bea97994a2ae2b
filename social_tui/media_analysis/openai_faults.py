"""What went wrong with the AI service, said to people."""

from __future__ import annotations

from typing import TYPE_CHECKING

from social_tui.errors import AnalysisError
from social_tui.media_analysis.openai_answer import word

if TYPE_CHECKING:
    from openai import APIConnectionError, APIStatusError, OpenAIError

# 429 that no waiting helps (https://platform.openai.com/docs/guides/error-codes).
_OUT_OF_MONEY = frozenset({"insufficient_quota", "billing_hard_limit_reached", "billing_not_active"})
_ADDRESS_HINT = "Check OPENAI_BASE_URL and the network."


def to_analysis_error(
    error: OpenAIError, *, model: str, setting: str = "SOCIAL_TUI_AI_MODEL"
) -> AnalysisError:
    """Say a fault of the client library in our own words.

    The service's words are not passed on: a refused key comes back in them.

    Args:
        error: What the library raised.
        model: The model that was asked.
        setting: The setting that names it.

    Returns:
        The error, ``retryable`` only when nothing can have been billed, ``stop_lane`` when every
        further call would fail too.
    """
    from openai import APIConnectionError, APIStatusError

    if isinstance(error, APIStatusError):
        return _by_status(error, model, setting)
    if isinstance(error, APIConnectionError):
        return _by_connection(error)
    return AnalysisError(
        f"The AI service could not be used: {type(error).__name__}.", hint=_ADDRESS_HINT, maybe_billed=True
    )


def _by_connection(error: APIConnectionError) -> AnalysisError:
    import httpx2
    from openai import APITimeoutError

    # Only before the request went out is it certain that no work was done.
    if isinstance(error.__cause__, httpx2.ConnectError | httpx2.ConnectTimeout | httpx2.PoolTimeout):
        return AnalysisError("The AI service cannot be reached.", hint=_ADDRESS_HINT, retryable=True)
    if isinstance(error, APITimeoutError):
        return AnalysisError(
            "The AI service did not answer in time; it may have billed the request.",
            hint="Analyse it again when that is worth it.",
            maybe_billed=True,
        )
    return AnalysisError(
        "The connection to the AI service broke off; it may have billed the request.",
        hint="Analyse it again when that is worth it.",
        maybe_billed=True,
    )


def _by_status(error: APIStatusError, model: str, setting: str) -> AnalysisError:
    status, code = error.status_code, word(error.code) or word(error.type)
    if status == 401:
        return AnalysisError(
            "The AI service refused the key.", hint="Set OPENAI_API_KEY to a valid one.", stop_lane=True
        )
    if status == 403:
        return AnalysisError(
            "The AI service does not allow this key to do that.",
            hint="Check the key's permissions and the region.",
            stop_lane=True,
        )
    if status == 404:
        return AnalysisError(
            f"The AI service does not know the model {model[:60]!r}, or its address is wrong.",
            hint=f"Check {setting} and OPENAI_BASE_URL.",
            stop_lane=True,
        )
    if status == 429 and {error.code, error.type} & _OUT_OF_MONEY:
        return AnalysisError(
            "The AI account has no quota left.", hint="Add credit or raise its limit.", stop_lane=True
        )
    if status == 429:
        return AnalysisError("The AI service asks to slow down.", retryable=True)
    if status in (408, 409) or status >= 500:
        return AnalysisError(f"The AI service has a fault of its own (HTTP {status}).", retryable=True)
    return AnalysisError(f"The AI service refused the request (HTTP {status}{f', {code}' if code else ''}).")
