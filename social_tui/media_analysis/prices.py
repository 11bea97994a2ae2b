"""What a model costs."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass

from social_tui.config import Settings

_DATED = re.compile(r"-\d{4}-\d{2}-\d{2}$")
_CACHE_WRITE_FACTOR = 1.25


@dataclass(frozen=True, slots=True)
class Price:
    """Dollars for a million tokens, which is the same as millionths of a dollar for one."""

    input: float
    cached_input: float
    output: float


@dataclass(frozen=True, slots=True)
class Usage:
    """Tokens of one answer; cached and cache-written ones are among the input tokens."""

    input_tokens: int
    output_tokens: int
    cached_tokens: int = 0
    cache_write_tokens: int = 0


# List prices of 2026-11-06, promotions left out (https://developers.openai.com/api/docs/pricing).
PRICES = {
    "gpt-6.1-sol": Price(2.00, 0.10, 10.00),
    "gpt-6.1-terra": Price(1.00, 0.05, 5.00),
    "gpt-6-astra": Price(10.00, 1.00, 50.00),
    "gpt-6-sol": Price(2.00, 0.20, 10.00),
    "gpt-6-luna": Price(0.10, 0.01, 0.50),
    "gpt-5.6-sol": Price(5.00, 0.50, 30.00),
    "gpt-5.6-terra": Price(2.00, 0.20, 12.00),
    "gpt-5.6-luna": Price(0.20, 0.02, 1.20),
    "gpt-5.5": Price(5.00, 0.50, 30.00),
    "gpt-5.4": Price(2.50, 0.25, 15.00),
    "gpt-5.4-mini": Price(0.75, 0.075, 4.50),
    "gpt-5.4-nano": Price(0.20, 0.02, 1.25),
}


def price_of(model: str, settings: Settings) -> Price | None:
    """Find the price of a model: that of the settings first, then the table's.

    Args:
        model: A model's name, with or without the date of a snapshot.
        settings: Their two prices count when both are set.

    Returns:
        The price, or None when nobody said what it costs.
    """
    if settings.ai_price_input is not None and settings.ai_price_output is not None:
        return Price(settings.ai_price_input, settings.ai_price_input, settings.ai_price_output)
    return PRICES.get(_DATED.sub("", model))


def cost_microdollars(usage: Usage, price: Price) -> int:
    """Compute what an answer cost.

    Args:
        usage: Its tokens.
        price: The price of its model.

    Returns:
        Millionths of a dollar, rounded up so that a sum is never too low.
    """
    plain = max(usage.input_tokens - usage.cached_tokens - usage.cache_write_tokens, 0)
    dollars_per_million = (
        plain * price.input
        + usage.cached_tokens * price.cached_input
        + usage.cache_write_tokens * price.input * _CACHE_WRITE_FACTOR
        + usage.output_tokens * price.output
    )
    return math.ceil(round(dollars_per_million, 6))
