"""Which processors a process keeps to: a share of those that are for it, and all of them for a server."""

from __future__ import annotations

import os
import sys

import pytest

from social_tui.processors import all_processors, divided, kept_to

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="programs cannot choose their processors")


def test_processors_are_divided_where_there_is_one_for_each() -> None:
    usable = os.sched_getaffinity(0)
    assert divided(1) == [usable]
    shares = divided(len(usable))
    assert sorted(number for share in shares for number in share) == sorted(usable)
    assert divided(len(usable) + 1) == []


def test_one_processor_is_not_divided() -> None:
    usable = os.sched_getaffinity(0)
    with kept_to({min(usable)}):
        assert divided(2) == []
    assert os.sched_getaffinity(0) == usable


def test_all_are_meant_whatever_is_asleep(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "cpu_count", lambda: 1)
    assert os.sched_getaffinity(0) <= all_processors()
