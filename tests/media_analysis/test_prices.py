from __future__ import annotations

import pytest

from social_tui.config import Settings
from social_tui.media_analysis.prices import PRICES, Price, Usage, cost_microdollars, price_of


@pytest.mark.parametrize("model", ["gpt-6-luna", "gpt-6-luna-2026-09-22"])
def test_a_snapshot_costs_what_its_model_costs(model: str) -> None:
    assert price_of(model, Settings()) == PRICES["gpt-6-luna"]


@pytest.mark.parametrize("model", ["llama-4", "gpt-6-luna-fast", "gpt", ""])
def test_an_unknown_model_has_no_price(model: str) -> None:
    assert price_of(model, Settings()) is None


def test_the_settings_know_better_than_the_table() -> None:
    settings = Settings(ai_price_input=3, ai_price_output=4)
    assert price_of("gpt-6-luna", settings) == Price(3, 3, 4)
    assert price_of("llama-4", settings) == Price(3, 3, 4)


def test_half_a_price_is_none() -> None:
    assert price_of("llama-4", Settings(ai_price_input=3)) is None


def test_the_default_model_has_a_price() -> None:
    assert price_of(Settings().ai_model, Settings()) is not None


@pytest.mark.parametrize(
    ("usage", "expected"),
    [
        (Usage(1_000_000, 0), 2_000_000),
        (Usage(0, 1_000_000), 10_000_000),
        (Usage(1000, 0, cached_tokens=1000), 100),
        (Usage(1000, 0, cache_write_tokens=1000), 2500),
        (Usage(1000, 100, cached_tokens=200, cache_write_tokens=300), 20 + 750 + 1000 + 1000),
        (Usage(1, 0, cached_tokens=1), 1),
        (Usage(0, 0), 0),
    ],
)
def test_cost_in_millionths_of_a_dollar_rounds_up(usage: Usage, expected: int) -> None:
    assert cost_microdollars(usage, PRICES["gpt-6.1-sol"]) == expected
