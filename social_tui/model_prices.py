"""What models cost, as a person may write it into the settings."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime, timedelta
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

_OLD_AFTER = timedelta(days=180)

Dollars = Annotated[float, Field(ge=0)]


class ModelPrice(BaseModel):
    """The price of a model, in dollars for a million tokens: millionths of a dollar for one.

    Args:
        input: Of a question.
        output: Of an answer; 0 for a model that embeds texts.
        cached_input: Of what the service still has of a question; as ``input`` where nothing is said.
        batch_share: The share of these prices that an answer within a day costs
            (https://developers.openai.com/api/docs/guides/batch).
        as_of: The day on which it cost that.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False, hide_input_in_errors=True)

    input: Dollars
    output: Dollars
    cached_input: Dollars | None = None
    batch_share: float = Field(0.5, ge=0, le=1)
    as_of: date

    @property
    def is_old(self) -> bool:
        """Whether it was looked up more than 180 days ago."""
        return datetime.now(UTC).date() - self.as_of > _OLD_AFTER

    def __str__(self) -> str:
        """Say it in words, with its date."""
        age = ", more than 180 days ago" if self.is_old else ""
        return f"${self.input:g} in, ${self.output:g} out as of {self.as_of}{age}"


def table_of(value: object) -> object:
    """Read a table of prices that a variable holds as JSON; a table of a file is one already.

    Raises:
        ValueError: If it is no JSON.
    """
    if not isinstance(value, str):
        return value
    try:
        return json.loads(value)
    except (ValueError, RecursionError):
        example = '{"model": {"input": 1, "output": 2, "as_of": "2026-11-06"}}'
        raise ValueError(f"must be JSON, such as {example}") from None
