"""The audit log's seals: making them, and computing them again."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Literal

from social_tui.models import Row
from social_tui.store.gateway import Gateway

SealFault = Literal["seal_missing", "seal_changed", "event_missing", "event_changed"]


class Head(Row):
    """The last seal: its hash says everything that the log held when it was made."""

    seal_no: int
    sealed_at: datetime
    hash: str


class MadeSeal(Head):
    """A seal that was just made.

    Args:
        events: How many events it covers.
        has_more: Whether there may be more to seal.
    """

    events: int
    has_more: bool


class CheckedSeal(Head):
    """A seal that was computed again.

    Args:
        events: How many events it covers.
        fault: What does not fit in it; None when it fits.
        event_id: The first event that does not, where it is one.
    """

    events: int
    fault: SealFault | None
    event_id: int | None


class EventCounts(Row):
    """How many events there are, and how many of them no seal covers.

    Args:
        events: All of them.
        waiting: Those whose seal is yet to be made.
        slipped_in: Those that were put among events that had been sealed.
        first_slipped_in: The id of the first of these.
    """

    events: int
    waiting: int
    slipped_in: int
    first_slipped_in: int | None


def seal_events(gateway: Gateway) -> MadeSeal | None:
    """Seal events that are not sealed yet, at most 10,000; None when there are none."""
    rows = gateway.call("seal_events")
    return MadeSeal.model_validate(rows[0]) if rows else None


def check_seals(gateway: Gateway) -> Iterator[CheckedSeal]:
    """Compute all seals again, in their order."""
    last = 0
    while rows := gateway.call("check_seals", p_after=last):
        for row in rows:
            yield CheckedSeal.model_validate(row)
        last = rows[-1]["seal_no"]


def count_events(gateway: Gateway) -> EventCounts:
    """Count the events, and those that no seal covers."""
    return EventCounts.model_validate(gateway.call("unsealed_events")[0])


def read_head(gateway: Gateway) -> Head | None:
    """Return the last seal; None where nothing was sealed yet."""
    rows = gateway.call("audit_head")
    return Head.model_validate(rows[0]) if rows else None
