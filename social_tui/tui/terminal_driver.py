"""The driver of the terminal, which asks what it can draw and bears that it goes away."""

from __future__ import annotations

import contextlib
import os
import select
import signal
import threading
from codecs import getincrementaldecoder
from typing import TYPE_CHECKING, Any, TextIO

from textual._xterm_parser import XTermParser
from textual.drivers.linux_driver import LinuxDriver

from social_tui.tui.probe import QUERY, Hearing, window_cell

if TYPE_CHECKING:
    from social_tui.tui.app import SocialTuiApp

_MOMENT_SECONDS = 0.1


class TerminalDriver(LinuxDriver):
    """Textual's driver, but what cannot be written any more is left, and without a terminal the app ends.

    Textual's thread that writes would end with the first fault; who writes waits for it then, forever, also
    who wants to end the app because its terminal was closed. Its thread that reads would read the end of the
    input again and again. Only who has a controlling terminal is sent SIGHUP when that is closed.
    """

    _app: SocialTuiApp

    def __init__(self, *args: Any, **named: Any) -> None:
        super().__init__(*args, **named)
        self._file: Any = _Output(self._file)
        self._watch: threading.Thread | None = None
        self._may_ask = self._app.setup.asks_terminal
        self._hearing: Hearing | None = None

    def start_application_mode(self) -> None:
        """Take the terminal, and see whether it is still there from now on."""
        super().start_application_mode()  # type: ignore[no-untyped-call]
        # Also what runs on the terminal in between is to have it as it was before the app was loaded.
        if self.attrs_before is not None:
            self.attrs_before = self._app.setup.modes or self.attrs_before
        if self._watch is None:
            self._watch = threading.Thread(target=self._end_with_terminal, name="terminal", daemon=True)
            self._watch.start()

    def run_input_thread(self) -> None:
        """Hear what is typed, and between that what the terminal says of itself, which is no keys."""
        if self._may_ask:
            self._may_ask = False
            self._hearing = Hearing()
            self.write(QUERY.decode())
        parser = XTermParser(self._debug)
        decode = getincrementaldecoder("utf-8")("replace").decode
        while not self.exit_event.is_set():
            text = decode(self._typed())
            # Nothing at all would end the parser.
            for message in (*(parser.feed(text) if text else ()), *parser.tick()):
                self.process_message(message)

    def _typed(self) -> bytes:
        """Wait a moment for what is typed."""
        hearing = self._hearing
        if not select.select([self.fileno], [], [], _MOMENT_SECONDS)[0]:
            return hearing.rest() if hearing else b""
        came = os.read(self.fileno, 4096)
        if hearing is None:
            return came
        typed = hearing.typed(came)
        if hearing.has_answered:
            self._hearing = None
            graphics = hearing.graphics(os.environ, window_cell(self.fileno))
            self._app.call_later(self._app.pictures.take_graphics, graphics)
        return typed

    def _end_with_terminal(self) -> None:
        """Wait until the terminal is gone; then read nothing more and have the app end."""
        terminal = select.poll()
        terminal.register(self.fileno, 0)  # Hang-ups are told in any case: poll(2).
        if any(told & select.POLLHUP for _, told in terminal.poll()):
            self.exit_event.set()
            os.kill(os.getpid(), signal.SIGHUP)


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
