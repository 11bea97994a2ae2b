"""The app as its own process on a pseudo-terminal, as a person's terminal would run it."""

from __future__ import annotations

import contextlib
import fcntl
import os
import pty
import select
import struct
import subprocess
import sys
import termios
import time
from collections.abc import Mapping, Sequence
from types import TracebackType
from typing import Any, Self

from social_tui.tui.probe import QUERY

PROGRAM = """
import sys
from social_tui.config import load_settings
from social_tui.errors import SocialTuiError
from social_tui.tui import run
try:
    sys.exit(run(load_settings))
except SocialTuiError as error:
    sys.exit(f"refused: {error}")
"""
LONGEST_SECONDS = 60.0
QUIET_SECONDS = 0.5


class TerminalApp:
    """Runs the app and keeps every byte that it writes to its terminal.

    Args:
        environment: What the process's environment says beside our own.
        size: Columns and rows.
        answer: What the terminal says when it is asked what it can draw.
        arguments: What Python runs; the app by default.
        is_controlling: Whether it is the app's controlling terminal, through which signals come.
    """

    def __init__(
        self,
        environment: Mapping[str, str],
        size: tuple[int, int] = (120, 40),
        answer: bytes = b"",
        *,
        arguments: Sequence[str] = ("-c", PROGRAM),
        is_controlling: bool = True,
    ) -> None:
        self.output = bytearray()
        self._answer = answer
        self._master, slave = pty.openpty()
        fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", size[1], size[0], 0, 0))
        self.modes_before = self.modes(slave)
        self._slave = slave
        self.process = subprocess.Popen(
            [sys.executable, *arguments],
            stdin=slave,
            stdout=slave,
            stderr=slave,
            env={**_without_size(os.environ), "TERM": "xterm-256color", "TZ": "UTC", **environment},
            preexec_fn=_own_the_terminal if is_controlling else os.setsid,
        )

    @staticmethod
    def modes(descriptor: int) -> list[Any]:
        """Return the terminal's modes."""
        return termios.tcgetattr(descriptor)

    def modes_now(self) -> list[Any]:
        """Return the terminal's modes as they are now."""
        return self.modes(self._slave)

    def wait_for(self, words: str, *, after: int = 0) -> None:
        """Read until the words were written."""
        self._read_until(lambda: words.encode() in self.output[after:], words)

    def press(self, keys: str) -> None:
        """Type, once the app has nothing more to draw."""
        while select.select([self._master], [], [], QUIET_SECONDS)[0]:
            self._read(0)
        os.write(self._master, keys.encode())

    def hang_up(self) -> None:
        """Take the terminal away, as closing its window does."""
        os.close(self._slave)
        os.close(self._master)
        self._slave = self._master = -1

    def wait_for_end(self) -> int:
        """Read until the process ended, and return its exit code."""
        self._read_until(lambda: self.process.poll() is not None, "the end")
        self._read(0.1)
        return self.process.returncode

    def _read_until(self, is_so: Any, what: str) -> None:
        deadline = time.monotonic() + LONGEST_SECONDS
        while not is_so():
            assert time.monotonic() < deadline, f"never came: {what}\n{bytes(self.output[-2000:])!r}"
            self._read(0.05)

    def _read(self, seconds: float) -> None:
        if self._master < 0:
            time.sleep(seconds)
        elif select.select([self._master], [], [], seconds)[0]:
            with contextlib.suppress(OSError):
                self.output += os.read(self._master, 65536)
        if self._answer and QUERY in self.output:
            os.write(self._master, self._answer)
            self._answer = b""

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        exc_type: type[BaseException] | None,
        exc_value: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()
        if self._master >= 0:
            self.hang_up()


def _own_the_terminal() -> None:
    os.setsid()
    fcntl.ioctl(0, termios.TIOCSCTTY, 0)


def _without_size(environment: Mapping[str, str]) -> dict[str, str]:
    """Leave out what would be believed before the terminal itself."""
    return {name: value for name, value in environment.items() if name not in ("COLUMNS", "LINES")}
