"""Processes that are forked before a program has threads or connections, and need not load what it loaded."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from typing import BinaryIO

from social_tui.log import deliver_faults

Run = Callable[[Sequence[str]], int]

_LOOK_SECONDS = 0.005


class ReservedProcess:
    """A process that waits for its arguments; it has what a worker's starter uses of a ``Popen``.

    Args:
        pid: Its process id.
        stdin: What it reads, first a line with its arguments; it ends when this does.
    """

    def __init__(self, pid: int, stdin: BinaryIO) -> None:
        self.pid = pid
        self.stdin = stdin
        self._returncode: int | None = None

    def poll(self) -> int | None:
        """Return how it ended, or None while it runs."""
        if self._returncode is None:
            ended, status = os.waitpid(self.pid, os.WNOHANG)
            if ended:
                self._returncode = os.waitstatus_to_exitcode(status)
        return self._returncode

    def wait(self, timeout: float) -> int:
        """Wait for its end.

        Raises:
            subprocess.TimeoutExpired: If it runs on after so many seconds.
        """
        end = time.monotonic() + timeout
        while (code := self.poll()) is None:
            if time.monotonic() >= end:
                raise subprocess.TimeoutExpired("social-tui", timeout)
            time.sleep(_LOOK_SECONDS)
        return code


class Reserve:
    """The processes that nobody gave work yet; they end with their starter.

    Args:
        waiting: They.
    """

    def __init__(self, waiting: Sequence[ReservedProcess] = ()) -> None:
        self._waiting = list(waiting)

    def take(self, arguments: Sequence[str]) -> ReservedProcess | None:
        """Have one run the command line; None where none is left.

        Args:
            arguments: What follows the program's name.
        """
        while self._waiting:
            process = self._waiting.pop()
            with contextlib.suppress(BrokenPipeError):
                process.stdin.write(json.dumps(list(arguments)).encode() + b"\n")
                process.stdin.flush()
                return process
        return None

    def dismiss(self) -> None:
        """End those that nobody took, which have done nothing."""
        for process in self._waiting:
            os.kill(process.pid, signal.SIGKILL)
            os.waitpid(process.pid, 0)
            process.stdin.close()
        self._waiting.clear()


@contextlib.contextmanager
def reserved(run: Run, load: Callable[[], object], processes: int) -> Iterator[Reserve]:
    """Fork processes for the time of a block, where that is safe: on Linux, before there is a second thread.

    Other systems' own libraries start threads that a fork leaves behind
    (https://docs.python.org/3/library/multiprocessing.html#contexts-and-start-methods); there is none in
    reserve then, and whoever needs a process starts it anew.

    Args:
        run: Runs the command line in them.
        load: Loads in them what will be needed, while they wait.
        processes: How many.
    """
    waiting: list[ReservedProcess] = []
    if processes and sys.platform == "linux" and threading.active_count() == 1:
        import psycopg_pool  # noqa: F401 - loaded once, it is there for all

        for stream in (sys.stdout, sys.stderr):
            stream.flush()
        with contextlib.suppress(OSError):  # with fewer processes than wanted, those that there are do more
            while len(waiting) < processes:
                waiting.append(_fork(run, load, waiting))
    reserve = Reserve(waiting)
    try:
        yield reserve
    finally:
        reserve.dismiss()


def _fork(run: Run, load: Callable[[], object], others: Sequence[ReservedProcess]) -> ReservedProcess:
    orders, stdin = os.pipe()
    pid = os.fork()
    if pid:
        os.close(orders)
        return ReservedProcess(pid, os.fdopen(stdin, "wb"))
    code = 1
    try:
        os.setsid()  # Ctrl-C at the terminal is for the starter alone
        for other in others:
            other.stdin.close()  # or its pipe would not end
        os.close(stdin)
        _stand_in(orders)
        load()
        line = sys.stdin.buffer.readline()
        code = run(json.loads(line)) if line else 0
        deliver_faults()
    finally:
        # As forked processes end: what the starter would do at its own end is the starter's, and its modules
        # need not be taken apart once more.
        os._exit(code)


def _stand_in(orders: int) -> None:
    """Read what comes through a pipe as standard input, and say nothing to whoever hears the starter."""
    os.dup2(orders, 0)
    os.close(orders)
    nowhere = os.open(os.devnull, os.O_WRONLY)
    for descriptor in (1, 2):
        os.dup2(nowhere, descriptor)
    os.close(nowhere)
    sys.stdin = open(0, encoding="utf-8", closefd=False)  # noqa: SIM115 - open as long as the process
