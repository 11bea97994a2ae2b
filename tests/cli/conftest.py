"""A command line to run as a real process on a library of its own."""

from __future__ import annotations

import io
import json
import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from tests.support.fault_server import FaultServer
from tests.support.world import World

CHECKOUT = Path(__file__).parents[2]
COMMAND = (sys.executable, "-m", "social_tui")


@dataclass
class CommandLine:
    """Runs ``social-tui`` as a process that knows nothing of this machine's settings.

    Args:
        home: The library's folder.
        folder: Where it runs; its ``.env`` counts.
        environment: Variables that every call gets.
    """

    home: Path
    folder: Path
    environment: dict[str, str] = field(default_factory=dict)

    def variables(self, extra: Mapping[str, str] | None = None) -> dict[str, str]:
        """Make the whole environment of a call."""
        return {
            "PATH": os.environ["PATH"],
            "HOME": str(self.folder),
            "XDG_CONFIG_HOME": str(self.folder / "config"),
            "SOCIAL_TUI_HOME": str(self.home),
            "LANG": "C.UTF-8",
            # What is tested is the checkout of the tests, whichever the interpreter has installed.
            "PYTHONPATH": str(CHECKOUT),
            **self.environment,
            **(extra or {}),
        }

    def __call__(
        self, *arguments: str | Path, stdin: bytes = b"", **extra: str
    ) -> subprocess.CompletedProcess[str]:
        """Run one command to its end; the output is never a terminal."""
        done = subprocess.run(
            [*COMMAND, *map(str, arguments)],
            input=stdin,
            capture_output=True,
            cwd=self.folder,
            env=self.variables(extra),
            timeout=120,
        )
        return subprocess.CompletedProcess(
            done.args, done.returncode, done.stdout.decode(), done.stderr.decode()
        )

    def json(self, *arguments: str | Path, code: int = 0, stdin: bytes = b"") -> Any:
        """Run a command with ``--json``, expect its exit code, and read what it printed."""
        done = self(*arguments, "--json", stdin=stdin)
        assert done.returncode == code, done.stdout + done.stderr
        assert done.stderr == "" or code, done.stderr
        assert done.stdout.isascii()
        return json.loads(done.stdout)

    def start(self, *arguments: str | Path, **extra: str) -> subprocess.Popen[bytes]:
        """Start a command and go on."""
        return subprocess.Popen(
            [*COMMAND, *map(str, arguments)],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            cwd=self.folder,
            env=self.variables(extra),
        )


@pytest.fixture
def bare(library_home: Path, tmp_path: Path) -> CommandLine:
    """Give a command line on an empty library without a database."""
    return CommandLine(library_home, tmp_path)


@pytest.fixture
def cli(bare: CommandLine, database_url: str) -> CommandLine:
    """Give a command line on an empty library in a migrated database of the tests' server."""
    bare.environment["DATABASE_URL"] = database_url
    return bare


@pytest.fixture
def media_server() -> Iterator[FaultServer]:
    """Start a media server that knows nothing yet."""
    with FaultServer() as server:
        yield server


@pytest.fixture
def world(cli: CommandLine, media_server: FaultServer, database_url: str) -> World:
    """Give what is around the command line's library, which may fetch from the media server."""
    made = World(cli.home, database_url, media_server)
    cli.environment |= {
        "SOCIAL_TUI_ALLOW_PRIVATE": media_server.pair,
        "SOCIAL_TUI_RETRY_BASE_SECONDS": "0.02",
        "SOCIAL_TUI_AI_PROVIDER": "local",
    }
    return made


def picture(colour: str, size: int = 32) -> bytes:
    """Draw a JPEG of one colour."""
    drawn = io.BytesIO()
    Image.new("RGB", (size, size), colour).save(drawn, "JPEG")
    return drawn.getvalue()


@pytest.fixture
def stocked(cli: CommandLine, world: World) -> World:
    """Import two posts with three media, one of which is gone at its source."""
    world.serve("/red.jpg", picture("red"))
    world.serve("/blue.jpg", picture("blue"))
    url = world.server.url
    file = world.write([world.post(url("/red.jpg"), url("/blue.jpg")), world.post(url("/gone.jpg"))])
    assert cli("import", file).returncode == 0
    return world
