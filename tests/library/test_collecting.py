"""Cycles are looked for seldom while it is asked for, and as before afterwards."""

from __future__ import annotations

import gc

import pytest

from social_tui.library.collecting import collecting_seldom


def test_collections_are_as_before_when_the_work_is_done() -> None:
    before, frozen = gc.get_threshold(), gc.get_freeze_count()
    with collecting_seldom(50_000):
        assert gc.get_threshold() == (50_000, *before[1:])
        with collecting_seldom(70_000):
            assert gc.get_threshold()[0] == 70_000
        assert gc.get_threshold()[0] == 50_000
    assert gc.get_threshold() == before
    assert gc.get_freeze_count() == frozen, "what others froze stays so"


@pytest.mark.parametrize("order", [(0, 1), (1, 0)])
def test_collections_are_as_before_when_overlapping_work_is_done(order: tuple[int, int]) -> None:
    before = gc.get_threshold()
    blocks = [collecting_seldom(50_000), collecting_seldom(50_000)]
    for block in blocks:
        block.__enter__()
    for place in order:
        blocks[place].__exit__(None, None, None)
    assert gc.get_threshold() == before


def test_collections_are_as_before_when_the_work_fails() -> None:
    before = gc.get_threshold()
    with pytest.raises(ValueError, match="broken"), collecting_seldom(50_000):
        raise ValueError("broken")
    assert gc.get_threshold() == before
