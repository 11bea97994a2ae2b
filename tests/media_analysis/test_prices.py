from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest

from social_tui.config import Settings
from social_tui.media_analysis.prices import PRICES, Usage, cost_microdollars, price_of
from social_tui.model_prices import ModelPrice

DAY = date(2026, 11, 6)


@pytest.mark.parametrize("model", ["gpt-6-luna", "gpt-6-luna-2026-09-22"])
def test_a_snapshot_costs_what_its_model_costs(model: str) -> None:
    assert price_of(model, Settings()) == PRICES["gpt-6-luna"]


@pytest.mark.parametrize("model", ["llama-4", "gpt-6-luna-fast", "gpt", ""])
def test_an_unknown_model_has_no_price(model: str) -> None:
    assert price_of(model, Settings()) is None


def test_the_settings_know_better_than_the_table() -> None:
    own, snapshot = (ModelPrice(input=3, output=dollars, as_of=DAY) for dollars in (4, 5))
    settings = Settings(ai_prices={"gpt-6-luna": own, "gpt-6-luna-2026-09-22": snapshot, "llama-4": own})
    assert price_of("gpt-6-luna", settings) == own
    assert price_of("gpt-6-luna-2026-10-01", settings) == own
    assert price_of("gpt-6-luna-2026-09-22", settings) == snapshot
    assert price_of("llama-4", settings) == own
    assert price_of("gpt-6-sol", settings) == PRICES["gpt-6-sol"]


def test_what_a_price_does_not_say_costs_the_whole_and_a_batch_half() -> None:
    price = ModelPrice(input=2, output=4, as_of=DAY)
    usage = Usage(1000, 100, cached_tokens=500)
    assert cost_microdollars(usage, price) == 2_400
    assert cost_microdollars(usage, price, in_batch=True) == 1_200
    dearer = price.model_copy(update={"batch_share": 0.75, "cached_input": 1.0})
    assert cost_microdollars(usage, dearer, in_batch=True) == 1_425


@pytest.mark.parametrize(("days", "is_old"), [(0, False), (180, False), (181, True)])
def test_a_price_says_its_day_and_when_that_is_long_ago(days: int, is_old: bool) -> None:
    day = datetime.now(UTC).date() - timedelta(days=days)
    price = ModelPrice(input=0.75, output=4.5, as_of=day)
    assert price.is_old is is_old
    assert str(price) == f"$0.75 in, $4.5 out as of {day}{', more than 180 days ago' if is_old else ''}"


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
