"""How fast a cache is verified, beside md5sum over the same files."""

from __future__ import annotations

import os
import statistics
import subprocess
import time
from collections.abc import Callable
from dataclasses import dataclass

from benchmarks.measure import Figure, Section
from benchmarks.stocked import stocked
from social_tui.library.session import Library
from social_tui.library.verifying import verify_cache

SHAPES = {"20 files of 100 MB": (20, 100_000_000), "4,000 files of 50 KB": (4_000, 50_000)}
_ROUNDS = 3
_HEAD = b"\xff\xd8\xff\xe0"


@dataclass(frozen=True)
class _Cost:
    """What one pass took, in seconds of the wall clock and of processors."""

    wall: float
    cpu: float


def measure() -> Section:
    """Verify two caches, of a few large and of many small files, by turns with the peer."""
    section = Section(f"Verification of the cache, from memory, median of {_ROUNDS}")
    for name, (count, size) in SHAPES.items():
        files = {f"{number}.jpg": _HEAD + os.urandom(size - len(_HEAD)) for number in range(count)}
        with stocked(files) as library:
            files.clear()
            passes = [
                (_timed(lambda: _ours(library)), _timed(lambda: _theirs(library))) for _ in range(_ROUNDS)
            ]
        section.figures.append(
            Figure(
                f"{name}, each recorded",
                _rate([ours for ours, _ in passes], count * size),
                _rate([theirs for _, theirs in passes], count * size),
                "xargs -P2 md5sum",
                "goal ≥ 0.9 of it" if size > 1_000_000 else "",
            )
        )
    return section


def _timed(action: Callable[[], None]) -> _Cost:
    started, before = time.perf_counter(), os.times()
    action()
    wall, after = time.perf_counter() - started, os.times()
    return _Cost(wall, sum(after[:4]) - sum(before[:4]))


def _rate(costs: list[_Cost], total: int) -> str:
    walls = sorted(cost.wall for cost in costs)
    processor = statistics.median(cost.cpu for cost in costs)
    return (
        f"{total / statistics.median(walls) / 1e6:,.0f} MB/s ({walls[0]:.2f}–{walls[-1]:.2f} s), "
        f"processor {processor:.2f} s"
    )


def _ours(library: Library) -> None:
    report = verify_cache(library)
    if report.ok != report.checked:
        raise RuntimeError(f"Of {report.checked} files only {report.ok} are whole.")


def _theirs(library: Library) -> None:
    command = f"find {library.cache.root / 'media'} -name '*.jpg' -print0 | xargs -0 -n 10 -P2 md5sum"
    subprocess.run(["sh", "-c", command], check=True, stdout=subprocess.DEVNULL)
