"""Which processors a process keeps to: a share of those that are for it, and all of these for a server."""

from __future__ import annotations

import os
import sys

import pytest

from social_tui.processors import divided, kept_to, own_processors

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="programs cannot choose their processors")


def test_processors_are_divided_where_there_is_one_for_each() -> None:
    usable = os.sched_getaffinity(0)
    assert divided(1) == [usable]
    shares = divided(len(usable))
    assert sorted(number for share in shares for number in share) == sorted(usable)
    assert divided(len(usable) + 1) == [frozenset()] * (len(usable) + 1)


def test_one_processor_is_not_divided() -> None:
    usable = os.sched_getaffinity(0)
    with kept_to({min(usable)}):
        assert divided(2) == [frozenset()] * 2
    assert os.sched_getaffinity(0) == usable


def test_none_are_all() -> None:
    usable = os.sched_getaffinity(0)
    with kept_to({min(usable)}), kept_to(frozenset()):
        assert os.sched_getaffinity(0) == {min(usable)}


def test_what_a_program_was_given_stays_known() -> None:
    usable = os.sched_getaffinity(0)
    with kept_to({min(usable)}), kept_to(own_processors()):
        assert os.sched_getaffinity(0) == usable
