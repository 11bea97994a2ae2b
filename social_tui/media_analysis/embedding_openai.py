"""Embedding by a service that speaks OpenAI's embeddings API."""

from __future__ import annotations

import math
from collections.abc import Sequence

from social_tui.config import Settings
from social_tui.errors import AnalysisError
from social_tui.media_analysis.embedding import Embedded
from social_tui.media_analysis.openai_answer import decode
from social_tui.media_analysis.openai_client import open_client, require_model
from social_tui.media_analysis.openai_faults import to_analysis_error
from social_tui.media_analysis.prices import Usage, cost_microdollars, price_of, unpriced

_SETTING = "SOCIAL_TUI_EMBEDDING_MODEL"
_ANSWER_SECONDS = 60.0
# The models of the third generation can be asked for shorter vectors, which lose little and take a third of
# the room (https://platform.openai.com/docs/guides/embeddings).
_SHORTENED = 512
_CAN_BE_SHORTENED = frozenset({"text-embedding-3-small", "text-embedding-3-large"})
_MOST_TOKENS = 1_000_000_000


class OpenAIEmbedder:
    """Sends up to a few hundred texts a call, and never tries again by itself.

    Args:
        settings: Key, address, model and price.
        answer_seconds: The longest wait for bytes of an answer.
    """

    is_local = False

    def __init__(self, settings: Settings, *, answer_seconds: float = _ANSWER_SECONDS) -> None:
        self._name = settings.embedding_model
        self._is_own_server = settings.openai_base_url is not None
        self._price = price_of(self._name, settings)
        self._client = open_client(settings, answer_seconds=answer_seconds)
        self._is_shortened = self._name in _CAN_BE_SHORTENED
        self._dimensions = _SHORTENED if self._is_shortened else None

    @property
    def model(self) -> str:
        """Its name with that of the service, and with the length where it was asked for."""
        return f"openai:{self._name}{f':{_SHORTENED}' if self._is_shortened else ''}"

    @property
    def dimensions(self) -> int | None:
        """How long its vectors are, where that is known; see :class:`Embedder`."""
        return self._dimensions

    def most_microdollars(self, texts: Sequence[str]) -> int:
        """Tell what texts may cost at most: no token is shorter than a byte; see :class:`Embedder`."""
        return self._cost(sum(len(text.encode()) for text in texts))

    def embed(self, texts: Sequence[str]) -> Embedded:
        """Send the texts; see :class:`Embedder`."""
        from openai import OpenAIError, omit

        try:
            reply = self._client.embeddings.with_raw_response.create(
                model=self._name,
                input=list(texts),
                dimensions=_SHORTENED if self._is_shortened else omit,
                encoding_format="float",
            )
        except OpenAIError as error:
            raise to_analysis_error(error, model=self._name, setting=_SETTING) from None
        answer = decode(reply.text) or {}
        vectors = _vectors(answer.get("data"), len(texts), self._dimensions)
        self._dimensions = len(vectors[0])
        tokens = _tokens(answer.get("usage"))
        return Embedded(vectors, tokens, self._cost(tokens) if tokens is not None else None)

    def check(self) -> None:
        """Ask whether the service knows the key and the model; see :class:`Embedder`."""
        require_model(self._client, self._name, setting=_SETTING)

    def _cost(self, tokens: int) -> int:
        if self._price is not None:
            return cost_microdollars(Usage(tokens, 0), self._price)
        if self._is_own_server:
            return 0
        raise unpriced(self._name)


def _vectors(data: object, count: int, dimensions: int | None) -> list[list[float]]:
    """Make vectors of length 1 of what a service sent, or say that it sent something else."""
    rows = data if isinstance(data, list) else []
    vectors = [vector for row in rows if (vector := _vector(row)) is not None]
    if len(vectors) != count or {len(vector) for vector in vectors} != {dimensions or len(vectors[0])}:
        raise AnalysisError(
            "The AI service sent something that are no embeddings of the texts.",
            hint="Check OPENAI_BASE_URL and SOCIAL_TUI_EMBEDDING_MODEL.",
            stop_lane=True,
            maybe_billed=True,
        )
    return vectors


def _vector(row: object) -> list[float] | None:
    values = row.get("embedding") if isinstance(row, dict) else None
    if not isinstance(values, list) or not all(type(value) in (int, float) for value in values):
        return None
    length = math.hypot(*values)
    return [value / length for value in values] if length and math.isfinite(length) else None


def _tokens(usage: object) -> int | None:
    tokens = usage.get("prompt_tokens") if isinstance(usage, dict) else None
    return tokens if type(tokens) is int and 0 <= tokens <= _MOST_TOKENS else None
