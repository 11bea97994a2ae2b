"""A worker may have as many files open as its work needs, whatever the system begins with."""

from __future__ import annotations

import resource
from collections.abc import Iterator

import pytest

from social_tui.jobs.open_files import WANTED, allow_open_files
from social_tui.jobs.worker import run_worker
from tests.support.world import World


@pytest.fixture(autouse=True)
def as_before() -> Iterator[None]:
    before = resource.getrlimit(resource.RLIMIT_NOFILE)
    yield
    resource.setrlimit(resource.RLIMIT_NOFILE, before)


def limits() -> tuple[int, int]:
    return resource.getrlimit(resource.RLIMIT_NOFILE)


def test_the_limit_is_raised_as_far_as_it_goes_and_never_lowered() -> None:
    _, hard = limits()
    resource.setrlimit(resource.RLIMIT_NOFILE, (256, hard))
    allow_open_files(300)
    assert limits() == (300, hard)
    allow_open_files(200)
    assert limits() == (300, hard)
    if hard != resource.RLIM_INFINITY:
        allow_open_files(hard + 1)
        assert limits() == (hard, hard)


def test_a_worker_does_so(world: World) -> None:
    _, hard = limits()
    resource.setrlimit(resource.RLIMIT_NOFILE, (256, hard))
    with world.open() as library:
        run_worker(library, kinds=("download",), until_idle=True)
    assert limits()[0] == min(WANTED, hard)
