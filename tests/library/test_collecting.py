"""Cycles are looked for seldom while it is asked for, and as before afterwards."""

from __future__ import annotations

import gc

import pytest

from social_tui.library.collecting import collecting_seldom


def test_collections_are_as_before_when_the_work_is_done() -> None:
    before, frozen = gc.get_threshold(), gc.get_freeze_count()
    with collecting_seldom():
        assert gc.get_threshold()[0] > before[0]
        assert gc.get_freeze_count() > frozen
    assert (gc.get_threshold(), gc.get_freeze_count()) == (before, frozen)


def test_collections_are_as_before_when_the_work_fails() -> None:
    before = gc.get_threshold()
    with pytest.raises(ValueError, match="broken"), collecting_seldom():
        raise ValueError("broken")
    assert gc.get_threshold() == before
