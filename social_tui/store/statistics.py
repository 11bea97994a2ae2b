"""The figures of the library, counted in the database."""

from __future__ import annotations

from social_tui.reports import Statistics
from social_tui.store.gateway import Gateway


def read_statistics(gateway: Gateway) -> Statistics:
    """Count the library's posts, media, bytes, queue, failures and AI costs as they are now."""
    return Statistics.model_validate(gateway.call("read_statistics")[0])
