"""A pseudo-terminal with a program in it: keys in, and when which part of the screen was drawn."""

from __future__ import annotations

import fcntl
import os
import pty
import re
import select
import signal
import struct
import termios
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Self

from rich.cells import cell_len

COLUMNS, ROWS = 120, 40
# A terminal that takes frames whole says so when asked, and is told where each ends:
# https://gist.github.com/christianparpart/d8a62cc1ab659194337d73e399004036
_ASKED, _ANSWER, _FRAME_END = b"\x1b[?2026$p", b"\x1b[?2026;2$y", b"\x1b[?2026l"
_QUIET_SECONDS = 0.3
_LONGEST_SECONDS = 10.0
_TOKEN = re.compile(
    r"\x1b\[(?P<parameters>[0-?]*)[ -/]*(?P<final>[@-~])|\x1b\][^\x07\x1b]*(?:\x07|\x1b\\)"
    r"|\x1b[P_^][^\x1b]*\x1b\\|\x1b[ -/]*[0-~]|[\x00-\x1f]|(?P<text>[^\x00-\x1f]+)"
)
Cell = tuple[str, str]
"""A character and the parameters of its colours."""


class Screen:
    """What the bytes of a Textual program put on a screen: it moves the cursor, colours and writes."""

    def __init__(self) -> None:
        self.cells: list[list[Cell]] = [[(" ", "")] * COLUMNS for _ in range(ROWS)]
        self._row = self._column = 0
        self._style = ""

    def feed(self, frame: bytes) -> None:
        """Draw a whole frame."""
        for token in _TOKEN.finditer(frame.decode(errors="replace")):
            if token["text"] is not None:
                self._write(token["text"])
            elif token["final"] == "m":
                self._style = "" if token["parameters"] in ("", "0") else token["parameters"]
            elif token["final"] == "H":
                row, _, column = token["parameters"].partition(";")
                self._row, self._column = int(row or 1) - 1, int(column or 1) - 1
            elif token["final"] == "J":
                self.cells = [[(" ", "")] * COLUMNS for _ in range(ROWS)]

    def _write(self, text: str) -> None:
        for character in text:
            if self._row < ROWS and self._column < COLUMNS:
                self.cells[self._row][self._column] = (character, self._style)
            self._column += cell_len(character)

    def line(self, row: int, columns: slice = slice(None)) -> str:
        """Return the text of a line, or of a part of it."""
        return "".join(character for character, _ in self.cells[row][columns])


View = Callable[[Screen], object]


class Terminal:
    """Runs a program on a pseudo-terminal of 120 by 40.

    Args:
        command: The program and its arguments.
        environment: Variables to set on top of this process's.
    """

    def __init__(self, command: Sequence[str], environment: Mapping[str, str]) -> None:
        self.screen = Screen()
        self.pid, self._terminal = pty.fork()
        if self.pid == 0:
            os.environ.update({"TERM": "xterm-256color", "COLORTERM": "truecolor", **environment})
            os.execvp(command[0], list(command))  # noqa: S606
        fcntl.ioctl(self._terminal, termios.TIOCSWINSZ, struct.pack("HHHH", ROWS, COLUMNS, 0, 0))
        self._rest = b""
        self.has_ended = False

    def wait_for(self, is_so: Callable[[Screen], bool], seconds: float = 60.0) -> None:
        """Draw what comes until the screen shows something.

        Raises:
            TimeoutError: If it never did.
        """
        deadline = time.perf_counter() + seconds
        while not is_so(self.screen):
            if time.perf_counter() > deadline or self.has_ended:
                shown = "\n".join(self.screen.line(row) for row in range(ROWS))
                raise TimeoutError(f"The screen never showed it:\n{shown}\n{self._rest[-500:]!r}")
            self._draw(self._read(0.2))

    def settled_after(self, keys: str, *views: View) -> list[float | None]:
        """Type, wait until nothing more is drawn, and tell when what is looked at was there.

        Args:
            keys: What to type.
            views: Each returns a part of the screen that the keys change.

        Returns:
            For each view, seconds from the key to the last byte of the frame after which its part did not
            change any more; None when it did not change at all.
        """
        started = time.perf_counter()
        os.write(self._terminal, keys.encode())
        pieces: list[tuple[float, bytes]] = []
        while (read := self._read(_QUIET_SECONDS)) and time.perf_counter() - started < _LONGEST_SECONDS:
            pieces.append((time.perf_counter() - started, read))
        settled: list[float | None] = [None] * len(views)
        before = [view(self.screen) for view in views]
        for seconds, read in pieces:
            for frame in self._frames(read):
                self.screen.feed(frame)
                for number, view in enumerate(views):
                    after = view(self.screen)
                    if after != before[number]:
                        settled[number], before[number] = seconds, after
        return settled

    def press(self, keys: str, seconds: float) -> None:
        """Type, and draw what comes for some seconds."""
        deadline = time.perf_counter() + seconds
        os.write(self._terminal, keys.encode())
        while (left := deadline - time.perf_counter()) > 0 and not self.has_ended:
            self._draw(self._read(left))

    def resident_mib(self) -> float:
        """Return the memory that the process holds now (``VmRSS``, proc_pid_status(5)), in MiB."""
        status = Path(f"/proc/{self.pid}/status").read_text(encoding="ascii")
        match = re.search(r"^VmRSS:\s+(\d+) kB", status, re.MULTILINE)
        return int(match[1]) / 1024 if match else 0.0

    def _draw(self, read: bytes) -> None:
        for frame in self._frames(read):
            self.screen.feed(frame)

    def _frames(self, read: bytes) -> list[bytes]:
        """Cut what was read at the ends of frames; what follows the last one is kept for later."""
        *frames, self._rest = (self._rest + read).split(_FRAME_END)
        return frames

    def _read(self, seconds: float) -> bytes:
        if not select.select([self._terminal], [], [], seconds)[0]:
            return b""
        try:
            read = os.read(self._terminal, 1 << 20)
        except OSError:  # Linux answers EIO once the program has closed its side (pty(7)).
            self.has_ended = True
            return b""
        if _ASKED in read:
            os.write(self._terminal, _ANSWER)
        return read

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if not self.has_ended:
            os.kill(self.pid, signal.SIGTERM)
        while not self.has_ended:
            self._read(1.0)
        os.close(self._terminal)
        os.waitpid(self.pid, 0)
