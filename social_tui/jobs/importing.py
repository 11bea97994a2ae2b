"""An import in a process of its own, so that the program that shows it stays quick whatever is imported."""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
import sys
import threading
from collections.abc import Callable, Sequence

from pydantic import BaseModel

from social_tui.config import Settings
from social_tui.errors import CancelledError, SocialTuiError, StorageError
from social_tui.importers.sources import Meter
from social_tui.jobs.process import settings_from_line, settings_line
from social_tui.jobs.stopping import stop_on_end_of_input
from social_tui.log import configure_logging, get_logger
from social_tui.reports import ImportReport

log = get_logger(__name__)

# Whoever looks at the screen goes first.
NICENESS = 5
_UNFORESEEN = "The import ended in an unforeseen way; what is imported stays, and the log tells more."


class _Told(BaseModel):
    """A line of the process: its figures, and at the end its whole report with why it ended early."""

    report: ImportReport
    read: int = 0
    total: int | None = None
    problem: str | None = None


class ImportProcess:
    """One import under way, which can be called off.

    The process holds the other end of a pipe on its standard input and stops after a batch when the pipe
    ends, so it never outlives its starter for long, however that dies.

    Args:
        paths: What to import.
        tell: Takes the figures so far, after each batch of posts; called in the thread of :meth:`run`.
    """

    def __init__(self, paths: Sequence[str], tell: Callable[[ImportReport], object]) -> None:
        self.report = ImportReport()
        self.meter = Meter()
        self.problem = ""
        self._paths = list(paths)
        self._tell = tell
        self._changing = threading.Lock()
        self._is_stopping = False
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def is_stopping(self) -> bool:
        """Whether it was called off."""
        return self._is_stopping

    @property
    def pid(self) -> int | None:
        """The id of the process; None before it was started."""
        return self._process.pid if self._process is not None else None

    def stop(self) -> None:
        """Call it off; what is stored stays."""
        with self._changing:
            self._is_stopping = True
            self._hang_up()

    def run(self, settings: Settings) -> None:
        """Import until it is done; call it in a thread.

        ``report`` is the loss report then, and ``problem`` why it ended early.

        Args:
            settings: The library to import into; the process gets exactly these, through its pipe.

        Raises:
            StorageError: If the process cannot be started.
        """
        process = self._start(settings)
        told: _Told | None = None
        with process:
            if process.stdout is not None:
                for line in process.stdout:
                    told = _Told.model_validate_json(line)
                    self.report, self.meter = told.report, Meter(told.total, told.read)
                    if told.problem is None:
                        self._tell(told.report)
            with self._changing:
                self._hang_up()
        if told is None or told.problem is None:
            log.error("import_process_died", returncode=process.returncode)
        self.problem = _UNFORESEEN if told is None or told.problem is None else told.problem

    def _start(self, settings: Settings) -> subprocess.Popen[bytes]:
        try:
            process = subprocess.Popen(
                [sys.executable, "-m", "social_tui.jobs.importing"],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                start_new_session=True,
            )
        except OSError as error:
            raise StorageError(f"The import cannot be started: {error.strerror}.") from error
        with self._changing:
            self._process = process
            if process.stdin is not None:
                with contextlib.suppress(BrokenPipeError):  # It ended at once, which its silence tells.
                    process.stdin.write(settings_line(settings) + json.dumps(self._paths).encode() + b"\n")
                    process.stdin.flush()
            if self._is_stopping:
                self._hang_up()
        return process

    def _hang_up(self) -> None:
        if self._process is not None and self._process.stdin is not None:
            with contextlib.suppress(BrokenPipeError):
                self._process.stdin.close()


def main() -> int:
    """Read settings and paths from standard input, import, and tell of it on standard output.

    Returns:
        0, or 1 when the import ended early.
    """
    from social_tui.library.importing import import_paths
    from social_tui.library.session import open_library

    os.nice(NICENESS)
    settings = settings_from_line(sys.stdin.buffer.readline())
    paths = json.loads(sys.stdin.buffer.readline())
    configure_logging(settings, component="import")
    stopping = threading.Event()
    stop_on_end_of_input(stopping)
    report, problem, meter = ImportReport(), "", Meter()

    def note(so_far: ImportReport) -> None:
        nonlocal report
        report = so_far
        _say(so_far.model_copy(update={"rejected": []}), meter)
        if stopping.is_set():
            raise CancelledError("The import was called off.")

    try:
        with open_library(settings, actor="app") as library:
            report = import_paths(library, paths, meter=meter, on_progress=note)
    except CancelledError as error:
        problem = error.message
    except SocialTuiError as error:
        problem = str(error)
    except Exception:
        log.critical("import_failed", exc_info=True)
        raise
    _say(report, meter, problem)
    return 1 if problem else 0


def _say(report: ImportReport, meter: Meter, problem: str | None = None) -> None:
    told = _Told(report=report, read=meter.read, total=meter.total, problem=problem)
    sys.stdout.write(told.model_dump_json() + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
