"""A worker in a process of its own, which lives and dies with the one that started it."""

from __future__ import annotations

import contextlib
import json
import subprocess
import sys
from collections.abc import Set
from types import TracebackType
from typing import Self

from pydantic import SecretStr
from pydantic_core import to_jsonable_python

from social_tui.config import Settings
from social_tui.jobs.reserve import Reserve, ReservedProcess
from social_tui.log import get_logger
from social_tui.models import JobKind

log = get_logger(__name__)

STOP_SECONDS = 5.0


class WorkerProcess:
    """Starts, watches and stops ``social-tui worker`` for a program that shows what it does.

    The worker holds the other end of a pipe on its standard input and ends when the pipe does, so it never
    outlives its starter, however that dies. It is in a session of its own: a Ctrl-C typed at the
    terminal is for the starter alone.

    Args:
        settings: What the starter was opened with; the worker gets exactly these, through the pipe.
        kind: Which jobs to run; None for all.
        concurrency: Jobs of each kind at once, whatever the queue says; None for what the queue says.
        in_crew: Whether it does its share of a batch that the starter waits for, and nothing beside.
        processors: Which of the machine's it keeps to; none for all that the starter may use.
        reserve: Has processes that are loaded already.
    """

    def __init__(
        self,
        settings: Settings,
        kind: JobKind | None = None,
        concurrency: int | None = None,
        *,
        in_crew: bool = False,
        processors: Set[int] = frozenset(),
        reserve: Reserve | None = None,
    ) -> None:
        self._settings = settings_line(settings)
        self._options = ["--kind", kind] if kind is not None else []
        self._options += ["--concurrency", str(concurrency)] if concurrency is not None else []
        self._options += ["--in-crew"] if in_crew else []
        for number in processors:
            self._options += ["--processor", str(number)]
        self._reserve = reserve or Reserve()
        self._process: subprocess.Popen[bytes] | ReservedProcess | None = None

    @property
    def is_running(self) -> bool:
        """Whether the worker runs now."""
        return self._process is not None and self._process.poll() is None

    @property
    def returncode(self) -> int | None:
        """How the last worker ended; None while it runs, and before the first."""
        return self._process.poll() if self._process is not None else None

    @property
    def pid(self) -> int | None:
        """The worker's process id, or None when it does not run."""
        return self._process.pid if self._process is not None and self.is_running else None

    def start(self) -> None:
        """Start the worker unless it runs; calling it again after a crash starts a new one."""
        if self.is_running:
            return
        arguments = ["worker", "--exit-with-parent", *self._options]
        self._process = self._reserve.take(arguments) or subprocess.Popen(
            [sys.executable, "-m", "social_tui", *arguments],
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
        self._tell_settings()
        log.info("worker_started", worker_pid=self._process.pid)

    def _tell_settings(self) -> None:
        """Say what to work with: variables and files of this machine may say something else."""
        if self._process is None or self._process.stdin is None:
            return
        with contextlib.suppress(BrokenPipeError):  # It ended at once; whoever watches it sees that.
            self._process.stdin.write(self._settings)
            self._process.stdin.flush()

    def dismiss(self) -> None:
        """Tell the worker to end, which puts unfinished jobs back, and do not wait for it."""
        if self._process is not None and self._process.stdin is not None:
            with contextlib.suppress(BrokenPipeError):  # It ended before it was told its settings.
                self._process.stdin.close()

    def stop(self, timeout: float = STOP_SECONDS) -> None:
        """Tell the worker to end, and wait for it.

        Args:
            timeout: Seconds to wait for it. What cannot be interrupted, such as a request that is being
                paid for, may take longer; then the worker is left to end by itself.
        """
        self.dismiss()
        process, self._process = self._process, None
        if process is None:
            return
        try:
            process.wait(timeout)
        except subprocess.TimeoutExpired:
            log.info("worker_finishing", worker_pid=process.pid)

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self,
        exc_type: type[BaseException] | None,
        exc_value: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.stop()


def settings_line(settings: Settings) -> bytes:
    """Write settings as a line for the worker's pipe, which nobody else reads: secrets are in it."""
    given = {name: value for name, value in settings if name in settings.model_fields_set}
    plain = {
        name: value.get_secret_value() if isinstance(value, SecretStr) else value
        for name, value in given.items()
    }
    return json.dumps(plain, default=to_jsonable_python).encode() + b"\n"


def settings_from_line(line: bytes) -> Settings:
    """Read what :func:`settings_line` wrote.

    Raises:
        ValueError: If it is no such line.
    """
    return Settings(**json.loads(line))
