"""What an analyst does most, with real keys in a real terminal multiplexer."""

from __future__ import annotations

import os
import shlex
import shutil
import subprocess
import sys
import time
import uuid
from collections.abc import Iterator

import pytest

from social_tui.library import importing
from social_tui.store import media as media_store
from tests.support.world import World
from tests.tui.gallery import picture
from tests.tui.terminal import PROGRAM

LONGEST_SECONDS = 60.0


class Tmux:
    """One window of a tmux server of its own.

    Args:
        command: What runs in it.
        environment: What its environment says beside ours.
        size: Columns and rows.
    """

    def __init__(self, command: str, environment: dict[str, str], size: tuple[int, int]) -> None:
        self._socket = f"st-{uuid.uuid4().hex[:8]}"
        self._environment = {**os.environ, **environment, "TERM": "xterm-256color", "LC_ALL": "C.UTF-8"}
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

    def lines(self) -> list[str]:
        """Return what stands in the window."""
        return self._run("capture-pane", "-p").splitlines()

    def wait_for(self, words: str, line: int | None = None) -> str:
        """Wait until the words stand in the window, or in one line of it; returns what stands there."""
        deadline = time.monotonic() + LONGEST_SECONDS
        while True:
            shown = self.lines()
            text = "\n".join(shown) if line is None else shown[line]
            if words in text:
                return text
            assert time.monotonic() < deadline, f"never came: {words}\n" + "\n".join(shown)
            time.sleep(0.05)

    def close(self) -> None:
        """End the server with all that runs in it."""
        self._run("kill-server")


@pytest.fixture
def window(world: World) -> Iterator[Tmux]:
    """Open the app on three posts in a window of 80 by 24."""
    if shutil.which("tmux") is None:
        if os.environ.get("REQUIRE_PEERS") == "1":
            pytest.fail("tmux is not installed")
        pytest.skip("tmux is not installed")
    urls = [world.serve(f"/{number}.png", picture(number), "image/png") for number in range(3)]
    with world.open() as library:
        posts = [world.post(url, text=f"Post with picture {number}") for number, url in enumerate(urls)]
        importing.import_paths(library, [world.write(posts)])
    opened = Tmux(
        f"{shlex.quote(sys.executable)} -c {shlex.quote(PROGRAM)}; echo ended with $?; exec sleep 600",
        {
            "SOCIAL_TUI_HOME": str(world.home),
            "DATABASE_URL": world.database_url,
            "SOCIAL_TUI_ALLOW_PRIVATE": world.server.pair,
        },
        (80, 24),
    )
    yield opened
    opened.close()


def test_a_day_of_an_analyst_in_tmux(window: Tmux, world: World) -> None:
    window.wait_for("Post with picture 2", line=2)
    window.press("j")
    window.press("d")
    window.wait_for("Download: 1 queued.")
    window.wait_for("●", line=3)
    window.press("a")
    window.wait_for("●▲", line=3)
    window.press("y")
    window.wait_for("●▲◆", line=3)
    window.press("m")
    window.wait_for("★●▲◆", line=3)
    window.press("Enter")
    window.wait_for("Media 1 of 1")
    window.wait_for("▄▄▄▄")
    window.press("Enter")
    window.wait_for("Image 1 of 1", line=0)
    window.press("G")
    window.wait_for("media imported")
    window.press("Escape")
    window.wait_for("Media 1 of 1")
    window.press("Escape")
    window.wait_for("Author", line=1)
    window.press("/")
    window.press("picture 0")
    window.wait_for("1 post", line=0)
    window.press("Enter")
    window.press("?")
    window.wait_for("Signs")
    window.press("Escape")
    window.wait_for("Post with picture 0", line=3)
    window.press("*")
    window.wait_for("1 post picked", line=0)
    window.press("d")
    window.wait_for("●", line=3)
    window.wait_for("no jobs", line=22)
    window.press("q")
    window.wait_for("ended with 0")
    with world.open() as library:
        states = [row.download_status for row in media_store.iterate_media(library.gateway)]
    assert states == ["ready", "ready", "ready"]
