"""A worker that outlives the program that started it, and ends by itself when nothing is left to do."""

from __future__ import annotations

import subprocess
import sys

from social_tui.config import Settings
from social_tui.errors import SocialTuiError, StorageError
from social_tui.jobs.process import settings_from_line, settings_line
from social_tui.log import configure_logging, get_logger

log = get_logger(__name__)


def leave_to_worker(settings: Settings) -> int:
    """Start a worker of its own for the jobs that are open.

    It is in a session of its own, so that neither Ctrl-C nor the end of the terminal reaches it.

    Args:
        settings: What to work with; the worker gets exactly these, through a pipe.

    Returns:
        Its process id.

    Raises:
        StorageError: If it cannot be started.
    """
    try:
        process = subprocess.Popen(
            [sys.executable, "-m", "social_tui.jobs.detached"],
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
        if process.stdin is not None:
            process.stdin.write(settings_line(settings))
            process.stdin.close()
    except OSError as error:
        raise StorageError(f"The worker cannot be started: {error.strerror}.") from error
    log.info("worker_left", worker_pid=process.pid)
    return process.pid


def main() -> int:
    """Read the settings from standard input and work until nothing is left to do.

    Returns:
        0, or 1 when the work had to be given up; the log tells why.
    """
    from social_tui.jobs.worker import run_worker
    from social_tui.library.session import open_library

    settings = settings_from_line(sys.stdin.buffer.readline())
    configure_logging(settings, component="worker")
    try:
        with open_library(settings, actor="worker") as library:
            run_worker(library, until_idle=True)
    except SocialTuiError as error:
        log.error("worker_gave_up", error=str(error))
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
