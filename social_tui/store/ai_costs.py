"""What analyses cost, by author, by post and by day."""

from __future__ import annotations

from typing import Literal

from social_tui.reports import AiCost
from social_tui.store.gateway import Gateway

By = Literal["author", "post", "day"]


def ai_costs(gateway: Gateway, by: By, *, limit: int = 10) -> list[AiCost]:
    """Tell what analyses cost: the dearest authors or posts first, or the last day (UTC) first.

    Args:
        gateway: The way to the database.
        by: What the costs are summed by. Bytes that many posts share count for the first of them.
        limit: At most so many, never more than 500.
    """
    rows = gateway.call("ai_costs", p_by=by, p_limit=limit)
    return [AiCost.model_validate(row) for row in rows]
