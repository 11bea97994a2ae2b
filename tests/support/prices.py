"""Prices for the settings of a test."""

from __future__ import annotations

from datetime import UTC, datetime

from social_tui.model_prices import ModelPrice
from tests.support.openai_server import MODEL


def priced(*, input: float = 0.0, output: float = 0.0, model: str = MODEL) -> dict[str, ModelPrice]:  # noqa: A002
    """Return a table with the price of one model, looked up today."""
    return {model: ModelPrice(input=input, output=output, as_of=datetime.now(UTC).date())}
