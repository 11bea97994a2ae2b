"""The change feed: what happened since, with nothing skipped that commits late."""

from __future__ import annotations

from social_tui.models import ChangeRow
from social_tui.store.gateway import Gateway
from social_tui.store.paging import MAX_ROWS


def changes_after(gateway: Gateway, seq: str | None, limit: int = MAX_ROWS) -> list[ChangeRow]:
    """List changes in the order in which their transactions began.

    Only what can no longer be overtaken is listed: a transaction's changes appear when every one that
    began before it has ended.

    Args:
        gateway: The way to the database.
        seq: The ``seq`` of the last change that was seen; None for the beginning of the log.
        limit: At most so many, never more than 500.
    """
    rows = gateway.call("changes_after", p_seq=seq, p_limit=limit)
    return [ChangeRow.model_validate(row) for row in rows]


def latest_change(gateway: Gateway) -> str | None:
    """Return the ``seq`` of the newest change that is listed, for following from now on."""
    rows = gateway.call("latest_change")
    return str(rows[0]["seq"]) if rows else None
