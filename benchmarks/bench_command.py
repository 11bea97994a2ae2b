"""How long the command line takes to answer without doing anything."""

from __future__ import annotations

import sys
from pathlib import Path

from benchmarks.measure import Figure, Section, milliseconds, repeat, run_process
from benchmarks.peers import HARLEQUIN, harlequin

OURS = str(Path(sys.executable).parent / "social-tui")


def measure() -> Section:
    """Time ``--version`` and ``--help`` as whole processes beside harlequin's and a bare interpreter."""
    section = Section("Command line (whole process, median of 5)")
    peer = harlequin()
    for option in ("--version", "--help"):
        ours = repeat(lambda option=option: run_process([OURS, option]).wall)  # type: ignore[misc]
        theirs = (
            milliseconds(repeat(lambda option=option: run_process([str(peer), option]).wall))  # type: ignore[misc]
            if peer
            else "not installed"
        )
        section.figures.append(
            Figure(f"social-tui {option}", milliseconds(ours), theirs, HARLEQUIN, "target ≤ 150 ms")
        )
    bare = repeat(lambda: run_process([sys.executable, "-c", "import click"]).wall)
    section.figures.append(Figure("python -c 'import click'", milliseconds(bare), note="the floor"))
    return section
