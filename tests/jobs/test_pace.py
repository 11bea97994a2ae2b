"""How many jobs a lane has in hand beyond those that run."""

from __future__ import annotations

from social_tui.jobs.pace import MOST_AHEAD, Pace


def test_twice_as_many_are_in_hand_as_end_until_the_next_exchange() -> None:
    pace = Pace()
    assert pace.ahead(0, 0.1) == 0
    assert pace.ahead(8, 0.25) == 16
    assert pace.ahead(8, 0.1) == 40
    assert pace.ahead(2, 0.001) == 40, "the pace of a moment may be chance"


def test_a_short_exchange_between_long_ones_does_not_let_the_lane_run_dry() -> None:
    pace = Pace()
    pace.ahead(40, 0.25)
    assert pace.ahead(2, 0.05) == 80
    assert pace.ahead(2, 0.05) == 20, "the one before the last does not count any more"


def test_what_takes_long_is_not_taken_long_before_it_begins() -> None:
    assert Pace().ahead(8, 1.0) == 4
    assert Pace().ahead(1_000, 0.1) == MOST_AHEAD
