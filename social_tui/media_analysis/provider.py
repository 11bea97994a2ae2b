"""What every analyser does, whoever it asks."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

from social_tui.errors import ConfigurationError

if TYPE_CHECKING:
    from social_tui.config import Settings
    from social_tui.media_analysis.schema import Analysis


MOST_PAGES = 3
"""So many pages of a document are looked at, its first ones."""


@dataclass(frozen=True, slots=True)
class PreparedMedia:
    """A media made ready to be looked at.

    Args:
        pictures: Small JPEGs that this program made itself from the media: one, or one for each of the
            ``pages``; none where there is nothing to see, as of a sound.
        mime_type: The sniffed type of the media itself.
        width: Pixels of the media itself.
        height: Pixels of the media itself.
        duration_ms: How long it plays.
        pages: Which pages of a document the pictures show, counted from 1.
        page_count: How many pages the document has.
        no_picture: Why there is no JPEG, in a sentence; empty where there is one.
        facts: Whatever else was measured, as short texts; never sent to anyone.
    """

    pictures: tuple[bytes, ...]
    mime_type: str
    width: int | None = None
    height: int | None = None
    duration_ms: int | None = None
    pages: tuple[int, ...] = ()
    page_count: int | None = None
    no_picture: str = ""
    facts: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class RawAnswer:
    """An answer as it came, to be saved before anything reads it.

    Args:
        text: All that :meth:`Provider.parse` needs, refusals and cut answers too: they cost as well. A
            model's answer names the exact model.
        input_tokens: Tokens that were billed for the question, None when the provider did not say.
        output_tokens: Tokens that were billed for the answer, None when the provider did not say.
        cost_microdollars: What it cost in millionths of a dollar, None when no price is known.
    """

    text: str
    input_tokens: int | None
    output_tokens: int | None
    cost_microdollars: int | None


class Provider(Protocol):
    """Someone who looks at pictures; safe to use from several threads."""

    @property
    def name(self) -> str:
        """Who it is: ``openai`` or ``local``."""

    @property
    def model(self) -> str:
        """What it looks with."""

    @property
    def prompt_version(self) -> str:
        """How it is asked, the policy on personal data included; what was asked otherwise is outdated."""

    @property
    def detail(self) -> str:
        """How closely it looks."""

    def most_microdollars(self, media: PreparedMedia, *, in_batch: bool = False) -> int:
        """Tell what looking at a media may cost at most.

        Args:
            media: The media.
            in_batch: Whether the answer is ordered by a batch.

        Returns:
            Millionths of a dollar; 0 where nothing is paid, or a server of one's own names no price.

        Raises:
            AnalysisError: If it costs something and nobody said how much.
        """

    def cost_microdollars(self, input_tokens: int, output_tokens: int, *, in_batch: bool = False) -> int:
        """Tell what so many tokens cost, in millionths of a dollar; 0 when nothing is paid.

        Raises:
            AnalysisError: If they cost something and nobody said how much.
        """

    def analyse(self, media: PreparedMedia) -> RawAnswer:
        """Look at a media once, without trying again.

        Raises:
            AnalysisError: If there is no answer; ``retryable`` only when nothing was billed for sure.
        """

    def parse(self, raw_text: str) -> Analysis:
        """Read the text of a :class:`RawAnswer`, as often as needed and at no cost.

        Raises:
            AnalysisError: If it is a refusal, was cut off, or has another shape.
        """


def has_service(settings: Settings) -> bool:
    """Tell whether there is a key or an address of a service that can be asked."""
    return bool(settings.openai_api_key or settings.openai_base_url)


def is_service(settings: Settings) -> bool:
    """Tell whether the settings name a model that is asked over the network, which may cost money."""
    return settings.ai_provider == "openai" or (settings.ai_provider == "auto" and has_service(settings))


def open_provider(settings: Settings) -> Provider:
    """Return the analyser that the settings name: ``auto`` takes a model when there is a key or an address.

    Raises:
        ConfigurationError: If a model is asked for without a key or an address.
    """
    if settings.ai_provider == "openai" and not has_service(settings):
        raise ConfigurationError(
            "The AI provider is openai, but there is neither a key nor an address.",
            hint="Set OPENAI_API_KEY, or OPENAI_BASE_URL for a server of your own.",
        )
    if not is_service(settings):
        from social_tui.media_analysis.local_provider import LocalProvider

        return LocalProvider(keeps_place=settings.ai_personal_data)
    from social_tui.media_analysis.openai_provider import OpenAIProvider

    return OpenAIProvider(settings)
