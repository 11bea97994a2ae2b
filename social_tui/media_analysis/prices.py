"""What a model costs."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from datetime import date

from social_tui.config import Settings
from social_tui.errors import AnalysisError
from social_tui.model_prices import ModelPrice

_DATED = re.compile(r"-\d{4}-\d{2}-\d{2}$")
_CACHE_WRITE_FACTOR = 1.25


@dataclass(frozen=True, slots=True)
class Usage:
    """Tokens of one answer; cached and cache-written ones are among the input tokens."""

    input_tokens: int
    output_tokens: int
    cached_tokens: int = 0
    cache_write_tokens: int = 0


def _listed(input_price: float, cached_input: float, output: float) -> ModelPrice:
    """Make a price of the list of 2026-11-06 (https://developers.openai.com/api/docs/pricing)."""
    return ModelPrice(input=input_price, cached_input=cached_input, output=output, as_of=date(2026, 11, 6))


# Promotions are left out.
PRICES = {
    "gpt-6.1-sol": _listed(2.00, 0.10, 10.00),
    "gpt-6.1-terra": _listed(1.00, 0.05, 5.00),
    "gpt-6-astra": _listed(10.00, 1.00, 50.00),
    "gpt-6-sol": _listed(2.00, 0.20, 10.00),
    "gpt-6-luna": _listed(0.10, 0.01, 0.50),
    "gpt-5.6-sol": _listed(5.00, 0.50, 30.00),
    "gpt-5.6-terra": _listed(2.00, 0.20, 12.00),
    "gpt-5.6-luna": _listed(0.20, 0.02, 1.20),
    "gpt-5.5": _listed(5.00, 0.50, 30.00),
    "gpt-5.4": _listed(2.50, 0.25, 15.00),
    "gpt-5.4-mini": _listed(0.75, 0.075, 4.50),
    "gpt-5.4-nano": _listed(0.20, 0.02, 1.25),
    "text-embedding-3-small": _listed(0.02, 0.02, 0),
    "text-embedding-3-large": _listed(0.13, 0.13, 0),
}


def undated(model: str) -> str:
    """Return a model's name without the date of a snapshot."""
    return _DATED.sub("", model)


def price_of(model: str, settings: Settings) -> ModelPrice | None:
    """Find the price of a model: in the table of the settings first, then in the built-in one.

    Args:
        model: A model's name, with or without the date of a snapshot.
        settings: Their table may name the snapshot, or the model for all of its snapshots.

    Returns:
        The price, or None when nobody said what it costs.
    """
    own = settings.ai_prices
    return own.get(model) or own.get(undated(model)) or PRICES.get(undated(model))


def unpriced(model: str) -> AnalysisError:
    """Return the refusal to ask a model whose price nobody said."""
    return AnalysisError(
        f"Nobody said what the model {model[:60]!r} costs, so no budget can be kept.",
        hint="Write its price into the table ai_prices of config.toml: docs/configuration.md.",
        stop_lane=True,
    )


def cost_microdollars(usage: Usage, price: ModelPrice, *, in_batch: bool = False) -> int:
    """Compute what an answer cost.

    Args:
        usage: Its tokens.
        price: The price of its model.
        in_batch: Whether it came with a batch.

    Returns:
        Millionths of a dollar, rounded up so that a sum is never too low.
    """
    plain = max(usage.input_tokens - usage.cached_tokens - usage.cache_write_tokens, 0)
    dollars_per_million = (
        plain * price.input
        + usage.cached_tokens * (price.input if price.cached_input is None else price.cached_input)
        + usage.cache_write_tokens * price.input * _CACHE_WRITE_FACTOR
        + usage.output_tokens * price.output
    )
    return math.ceil(round(dollars_per_million * (price.batch_share if in_batch else 1.0), 6))


def caps_of(settings: Settings) -> dict[str, int]:
    """Return the most that analyses may cost in a ``day``, a ``month`` and a ``run``, where there is a cap.

    Returns:
        Millionths of a dollar by period.
    """
    caps = {"day": settings.ai_cap_day, "month": settings.ai_cap_month, "run": settings.ai_cap_run}
    return {period: int(cap * 1_000_000) for period, cap in caps.items() if cap is not None}
