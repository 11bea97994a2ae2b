"""Run commands as whole processes and keep what the operating system says of each."""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

# A small process starts the command, because what its starter ever had counts as a peak of its own.
_RUNNER = """
import json, os, sys, time
told = int(sys.argv[1])
os.set_inheritable(told, False)
started = time.perf_counter()
process = os.posix_spawnp(sys.argv[2], sys.argv[2:], os.environ)
_, status, usage = os.wait4(process, 0)
wall = time.perf_counter() - started
figures = [os.waitstatus_to_exitcode(status), wall, usage.ru_utime + usage.ru_stime, usage.ru_maxrss]
os.write(told, json.dumps(figures).encode())
"""


@dataclass(frozen=True)
class Run:
    """One finished process: wall and processor time in seconds, peak memory in MiB, its output."""

    wall: float
    cpu: float
    peak_mib: float
    output: bytes


@dataclass(frozen=True)
class Figure:
    """One line of the results: what was measured, ours, the peer's, and what the peer is."""

    name: str
    ours: str
    peer: str = "-"
    peer_name: str = "-"
    note: str = ""


@dataclass
class Section:
    """One table of the results."""

    title: str
    figures: list[Figure] = field(default_factory=list)


def run_process(
    command: Sequence[str], *, environment: dict[str, str] | None = None, stdin: bytes = b""
) -> Run:
    """Run a command to its end.

    Args:
        command: The program and its arguments.
        environment: Variables to set on top of this process's.
        stdin: What the command reads.

    Returns:
        What ``wait4`` accounts for that process (getrusage(2): ``ru_maxrss`` is in KiB on Linux).

    Raises:
        RuntimeError: If the command failed; its output is in the message.
    """
    with tempfile.TemporaryFile() as told:
        runner = [sys.executable, "-S", "-c", _RUNNER, str(told.fileno()), *command]
        ended = subprocess.run(
            runner,
            input=stdin,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            env={**os.environ, **(environment or {})},
            pass_fds=[told.fileno()],
            check=False,
        )
        told.seek(0)
        code, wall, cpu, peak = json.loads(told.read() or b"[1, 0, 0, 0]")
    if code:
        raise RuntimeError(f"{' '.join(command)} ended with {code}: {ended.stdout[-2000:]!r}")
    return Run(wall, cpu, peak / 1024, ended.stdout)


def repeat(action: Callable[[], float], times: int = 5) -> list[float]:
    """Call an action once to warm up, then several times; return what the counted calls returned."""
    action()
    return [action() for _ in range(times)]


def milliseconds(seconds: Sequence[float]) -> str:
    """Show the median and the range of durations in seconds as milliseconds."""
    values = [1000 * value for value in seconds]
    return f"{statistics.median(values):.0f} ms ({min(values):.0f}–{max(values):.0f})"


def percentiles(seconds: Sequence[float]) -> str:
    """Show the median, the 95th percentile and the number of durations in seconds as milliseconds."""
    if len(seconds) < 2:
        return "not seen"
    values = [1000 * value for value in seconds]
    high = statistics.quantiles(values, n=20, method="inclusive")[-1]
    return f"{statistics.median(values):.0f} ms, p95 {high:.0f} ms (of {len(values)})"
