"""Models that OpenAI shut down, or says that it will.

As of 2026-11-06 (https://developers.openai.com/api/docs/deprecations).
"""

from __future__ import annotations

from datetime import date

from social_tui.media_analysis.prices import undated

SHUT_DOWN = {
    "gpt-4-vision-preview": date(2024, 12, 6),
    "gpt-4-turbo": date(2026, 10, 23),
    "gpt-4.1-nano": date(2026, 10, 23),
    "o4-mini": date(2026, 10, 23),
    "gpt-5": date(2026, 12, 11),
    "gpt-5-mini": date(2026, 12, 11),
    "gpt-5-nano": date(2026, 12, 11),
    "o3": date(2026, 12, 11),
    "gpt-4o": date(2027, 1, 14),
    "gpt-4o-mini": date(2027, 1, 14),
    "gpt-4.1": date(2027, 1, 14),
    "gpt-4.1-mini": date(2027, 1, 14),
    "gpt-5.1": date(2027, 4, 1),
    "gpt-5.4-nano": date(2027, 4, 1),
}


def shut_down_on(model: str) -> date | None:
    """Tell on which day a model is shut down, as far as is known.

    Args:
        model: Its name, with or without the date of a snapshot.
    """
    return SHUT_DOWN.get(undated(model))
