"""What the next request to a service may cost, and what all may."""

from __future__ import annotations

from typing import TYPE_CHECKING

from social_tui.media_analysis.prices import caps_of
from social_tui.store.analyses import Budget

if TYPE_CHECKING:
    from social_tui.library.session import Library


def budget_for(library: Library, most_microdollars: int) -> Budget:
    """Return the budget of a request that may cost so much, under the caps of the settings."""
    caps = caps_of(library.settings)
    return Budget(most_microdollars, caps, library.run if "run" in caps else None)
