"""How long the embedded server takes to be there, beside its bare binaries driven by hand."""

from __future__ import annotations

import tempfile
import time
from pathlib import Path

from benchmarks.bench_command import OURS
from benchmarks.measure import Figure, Section, milliseconds, repeat, run_process


def measure() -> Section:
    """Time first start and warm start through the command line and inside a process."""
    section = Section("Embedded PostgreSQL")
    with tempfile.TemporaryDirectory() as folder:
        Path(folder).chmod(0o711)
        number = iter(range(1000))

        def first_start() -> float:
            home = Path(folder) / f"first-{next(number)}"
            return acquire_seconds(home / "database")

        section.figures.append(
            Figure("first start (initdb, start, first query)", milliseconds(repeat(first_start, 3)))
        )
        warm = Path(folder) / "warm" / "database"
        acquire_seconds(warm)
        section.figures.append(
            Figure(
                "warm start (start, first query)",
                milliseconds(repeat(lambda: acquire_seconds(warm))),
                note="target < 500 ms",
            )
        )
        environment = {"SOCIAL_TUI_HOME": str(Path(folder) / "library")}
        run_process([OURS, "db", "migrate"], environment=environment)
        status = repeat(lambda: run_process([OURS, "db", "status"], environment=environment).wall)
        section.figures.append(Figure("social-tui db status, whole process", milliseconds(status)))
    return section


def acquire_seconds(directory: Path) -> float:
    """Take a lease on a server, ask it one thing, give the lease back; time up to the answer."""
    import psycopg

    from social_tui.store.embedded import EmbeddedServer

    started = time.perf_counter()
    with EmbeddedServer(directory).acquire() as lease, psycopg.connect(lease.url) as connection:
        connection.execute("select 1")
        return time.perf_counter() - started
