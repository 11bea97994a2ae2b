"""Another process that holds a lease on an embedded server."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

_PROGRAM = """
import json, sys
from pathlib import Path
from social_tui.store.embedded import EmbeddedServer
server = EmbeddedServer(Path(sys.argv[1]), system_directory=Path(sys.argv[2]))
with server.acquire() as lease:
    print(json.dumps({"pid": server.status().pid, "url": lease.url, "notice": lease.notice,
                      "directory": str(lease.directory)}), flush=True)
    sys.stdin.read()
"""


class Holder:
    """A Python process that acquires a lease and holds it until it is told to let go.

    Args:
        directory: The database folder.
        system_directory: Root's own folder.
        python: The interpreter.
        uid: The account to run as; None for the test's own.
    """

    def __init__(
        self,
        directory: Path,
        *,
        system_directory: Path = Path("/var/lib/social-tui"),
        python: str = sys.executable,
        uid: int | None = None,
    ) -> None:
        self.process = subprocess.Popen(
            [python, "-c", _PROGRAM, directory, system_directory],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env={**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
            cwd="/",
            user=uid,
            group=uid,
            extra_groups=None if uid is None else [],
        )
        self._answer: dict[str, Any] = {}

    @property
    def answer(self) -> dict[str, Any]:
        """Wait for the lease; gives the server's `pid`, `url`, `directory` and `notice`."""
        if not self._answer:
            assert self.process.stdout is not None
            line = self.process.stdout.readline()
            if not line:
                raise AssertionError(self.process.communicate()[1].decode())
            self._answer = json.loads(line)
        return self._answer

    def close(self) -> None:
        """Let go of the lease in order."""
        errors = self.process.communicate()[1]
        assert self.process.returncode == 0, errors.decode()

    def kill(self) -> None:
        """End the process as a crash would."""
        self.process.kill()
        self.process.communicate()
