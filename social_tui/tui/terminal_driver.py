"""The driver of the terminal, which bears that the terminal goes away."""

from __future__ import annotations

import contextlib
from typing import Any, TextIO

from textual.drivers.linux_driver import LinuxDriver


class TerminalDriver(LinuxDriver):
    """Textual's driver, but what cannot be written any more is left.

    Textual's thread that writes would end with the first fault; who writes waits for it then, forever, also
    who wants to end the app because its terminal was closed.
    """

    def __init__(self, *args: Any, **named: Any) -> None:
        super().__init__(*args, **named)
        self._file: Any = _Output(self._file)


class _Output:
    """A terminal for writing for as long as there is one.

    Args:
        file: The terminal.
    """

    def __init__(self, file: TextIO) -> None:
        self._file = file
        self.fileno = file.fileno

    def write(self, text: str) -> None:
        """Write a text."""
        with contextlib.suppress(OSError):
            self._file.write(text)

    def flush(self) -> None:
        """Write what was kept back."""
        with contextlib.suppress(OSError):
            self._file.flush()
