"""The app in a window of tmux, where a person's keys go through a terminal and a multiplexer."""

from __future__ import annotations

import os
import shlex
import subprocess
import sys
import time
import uuid
from collections.abc import Callable, Mapping
from typing import TypeVar

from tests.tui.terminal import PROGRAM

LONGEST_SECONDS = 60.0
T = TypeVar("T")


class Tmux:
    """One window with the app, in a tmux server of its own.

    Args:
        environment: What the app's environment says beside ours.
        size: Columns and rows.
    """

    def __init__(self, environment: Mapping[str, str], size: tuple[int, int] = (80, 24)) -> None:
        self._socket = f"st-{uuid.uuid4().hex[:8]}"
        self._environment = {
            **{name: value for name, value in os.environ.items() if name != "NO_COLOR"},
            **environment,
            "TERM": "xterm-256color",
            "LC_ALL": "C.UTF-8",
            "TZ": "UTC",
        }
        app = f"{shlex.quote(sys.executable)} -c {shlex.quote(PROGRAM)}"
        command = f"{app}; echo ended with $?; exec sleep 600"
        # Without a configuration file, so that a person's own keys do not matter.
        self._run("-f", "/dev/null", "new-session", "-d", "-x", str(size[0]), "-y", str(size[1]), command)

    def _run(self, *arguments: str) -> str:
        ended = subprocess.run(
            ["tmux", "-L", self._socket, *arguments],
            env=self._environment,
            capture_output=True,
            text=True,
            timeout=30,
            check=True,
        )
        return ended.stdout

    def press(self, *keys: str) -> None:
        """Press keys by tmux's names."""
        self._run("send-keys", *keys)

    def type(self, text: str) -> None:
        """Type a text letter by letter, whatever its words mean to tmux."""
        self._run("send-keys", "-l", text)

    def lines(self) -> list[str]:
        """Return what stands in the window."""
        return self._run("capture-pane", "-p").splitlines()

    def wait_for(self, words: str, line: int | None = None) -> str:
        """Wait until the words stand in the window, or in one line of it; returns what stands there."""

        def text() -> str:
            return "\n".join(self.lines()) if line is None else self.lines()[line]

        return self.wait_until(text, lambda shown: words in shown, words)

    def wait_until(self, look: Callable[[], T], is_so: Callable[[T], object], what: str) -> T:
        """Look again and again until what is seen is so; returns it."""
        deadline = time.monotonic() + LONGEST_SECONDS
        while not is_so(seen := look()):
            assert time.monotonic() < deadline, f"never came: {what}\n" + "\n".join(self.lines())
            time.sleep(0.05)
        return seen

    def close(self) -> None:
        """End the server with all that runs in it."""
        self._run("kill-server")
