"""How many jobs to have in hand, so that no place stays free while more are fetched."""

from __future__ import annotations

# What is taken ahead begins within moments, so that all that is said to be running is.
MOST_AHEAD = 128
LONGEST_SECONDS = 0.25
# Of a shorter time, chance tells more than the pace.
SHORTEST_SECONDS = 0.05


class Pace:
    """Learns from one exchange after the other how many jobs end until the next."""

    def __init__(self) -> None:
        self._lately = 0.0

    def ahead(self, done: int, seconds: float) -> int:
        """Return how many to take beyond those that run: twice as many as end until the next exchange.

        An exchange that only settles is over soon, and fewer end before it than while one takes and claims:
        the larger of two counts.

        Args:
            done: Jobs that ended since the last exchange began.
            seconds: How long ago that was.
        """
        lately, self._lately = self._lately, done * LONGEST_SECONDS / max(seconds, SHORTEST_SECONDS)
        return min(round(2 * max(lately, self._lately)), MOST_AHEAD)
