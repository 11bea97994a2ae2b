"""The way to a service that speaks OpenAI's API."""

from __future__ import annotations

from typing import TYPE_CHECKING

from social_tui.config import Settings
from social_tui.media_analysis.openai_faults import to_analysis_error

if TYPE_CHECKING:
    from openai import OpenAI

_OPENAI = "https://api.openai.com/v1"
_CONNECT_SECONDS = 10.0


def open_client(settings: Settings, *, answer_seconds: float) -> OpenAI:
    """Open the client library; its own retries are off, because a repetition can be billed twice.

    Args:
        settings: Key and address; nothing is taken of the environment.
        answer_seconds: The longest wait for bytes of an answer.
    """
    import httpx2
    from openai import OpenAI

    key = settings.openai_api_key
    return OpenAI(
        # Servers of one's own ask for no key, but the library does.
        api_key=(key.get_secret_value() if key else "") or "none",
        base_url=settings.openai_base_url or _OPENAI,
        max_retries=0,
        timeout=httpx2.Timeout(answer_seconds, connect=_CONNECT_SECONDS),
    )


def require_model(client: OpenAI, model: str, *, setting: str) -> None:
    """Ask the service whether it knows the key and a model, which costs nothing.

    Args:
        client: The way to it.
        model: The model.
        setting: The setting that names it.

    Raises:
        AnalysisError: If it does not, or cannot be asked.
    """
    from openai import OpenAIError

    try:
        client.models.retrieve(model, timeout=_CONNECT_SECONDS)
    except OpenAIError as error:
        raise to_analysis_error(error, model=model, setting=setting) from None
