"""How long until the app shows real rows, in a real pseudo-terminal, beside a trivial Textual app."""

from __future__ import annotations

import fcntl
import json
import os
import pty
import select
import signal
import struct
import sys
import tempfile
import termios
import time
from collections.abc import Sequence
from pathlib import Path

from benchmarks.bench_command import OURS
from benchmarks.bench_import import sample_post
from benchmarks.measure import Figure, Section, milliseconds, repeat, run_process
from benchmarks.peers import HARLEQUIN, harlequin

TIMEOUT = 30.0
POSTS = 300
# Of the newest post, and short enough for its row: more of a text stands beside the rows alone.
_ROW = f"Post {POSTS - 1}".encode()
TRIVIAL = """
from textual.app import App
from textual.widgets import DataTable
class Trivial(App):
    def compose(self):
        yield DataTable()
    def on_mount(self):
        table = self.query_one(DataTable)
        table.add_columns("number", "text")
        for number in range(10):
            table.add_row(str(number), f"needle {number}")
Trivial().run()
"""


def measure() -> Section:
    """Time from the start of the process to the first byte of a row on the terminal."""
    section = Section("First paint (120×40 pseudo-terminal, median of 5)")
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder)
        home.chmod(0o711)
        environment = {"SOCIAL_TUI_HOME": str(home)}
        source = home / "posts.json"
        source.write_text(json.dumps([sample_post(number) for number in range(POSTS)]))
        run_process([OURS, "import", str(source)], environment=environment)
        trivial = repeat(lambda: paint_seconds([sys.executable, "-c", TRIVIAL], b"needle"))
        cold = repeat(lambda: paint_seconds([OURS], _ROW, environment))
        run_process([OURS, "db", "start"], environment=environment)
        try:
            warm = repeat(lambda: paint_seconds([OURS], _ROW, environment))
        finally:
            run_process([OURS, "db", "stop"], environment=environment)
        peer = harlequin()
        theirs = repeat(lambda: paint_seconds([str(peer)], b"Catalog")) if peer else None
    name = "Textual app with a DataTable of 10 rows"
    section.figures += [
        Figure("first row, database server already up", milliseconds(warm), milliseconds(trivial), name),
        Figure("first row, database server started too", milliseconds(cold), milliseconds(trivial), name),
        Figure(
            "first row, database server started too",
            milliseconds(cold),
            milliseconds(theirs) if theirs else "not installed",
            HARLEQUIN + ", first frame of its panes",
        ),
    ]
    return section


def paint_seconds(command: Sequence[str], needle: bytes, environment: dict[str, str] | None = None) -> float:
    """Start a program on a new pseudo-terminal and time until it has written some text.

    Raises:
        TimeoutError: If the text did not come within 30 s.
    """
    started = time.perf_counter()
    process, terminal = pty.fork()
    if process == 0:
        os.environ.update({"TERM": "xterm-256color", "COLORTERM": "truecolor", **(environment or {})})
        os.execvp(command[0], list(command))  # noqa: S606
    try:
        fcntl.ioctl(terminal, termios.TIOCSWINSZ, struct.pack("HHHH", 40, 120, 0, 0))
        seen = b""
        while needle not in seen:
            if time.perf_counter() - started > TIMEOUT:
                raise TimeoutError(f"{command[0]} did not show {needle!r}: {seen[-500:]!r}")
            if select.select([terminal], [], [], 0.2)[0]:
                seen += os.read(terminal, 65536)
        return time.perf_counter() - started
    finally:
        os.kill(process, signal.SIGTERM)
        drain(terminal)
        os.close(terminal)
        os.waitpid(process, 0)


def drain(terminal: int) -> None:
    """Read what a stopping program still writes, so that it does not block on a full terminal."""
    try:
        while os.read(terminal, 65536):
            pass
    except OSError:  # Linux answers EIO once the program has closed its side (pty(7)).
        return
