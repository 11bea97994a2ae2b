"""Running the app on a terminal, and leaving the terminal as it was."""

from __future__ import annotations

import contextlib
import os
import sys
from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from social_tui.errors import SocialTuiError, UsageError
from social_tui.log import get_logger, open_log
from social_tui.tui.basics import Basics, read_basics
from social_tui.tui.first_page import Ahead, Load, read_ahead

if TYPE_CHECKING:
    from social_tui.tui.app import SocialTuiApp

log = get_logger(__name__)

SWITCH_SECONDS = 0.0005
# Mouse, focus and paste reports off, keyboard protocol off, main screen, line wrap and cursor on.
_RESET = (
    "\x1b[?1000l\x1b[?1003l\x1b[?1006l\x1b[?1015l\x1b[?1004l\x1b[?2004l\x1b[<u\x1b[?1049l\x1b[?7h\x1b[?25h"
)


def run(load: Load) -> int:
    """Open the app on a library and return when the person quits.

    Args:
        load: Loads the settings, which say which library to open and how; called in other processes too.

    Returns:
        0, or 128 + the signal that ended the app.

    Raises:
        UsageError: If there is no terminal, or one that cannot draw.
        ConfigurationError: If the settings or the keys in ``config.toml`` make no sense.
        SocialTuiError: If the library cannot be opened.
    """
    refuse_without_terminal()
    # What was read in a thread waits so long for the loop to let go of the interpreter, several times a page.
    sys.setswitchinterval(SWITCH_SECONDS)
    with restored_terminal() as modes:
        return _run(load, modes)


def _run(load: Load, modes: list[Any] | None) -> int:
    # As early as can be: what follows takes as long as the reading.
    ahead = read_ahead(load)
    basics = _basics(ahead, load)
    from social_tui.tui.setup import read_setup

    setup = replace(read_setup(basics), modes=modes, first_page=ahead.page)
    from social_tui.tui.app import SocialTuiApp
    from social_tui.tui.session import Session
    from social_tui.tui.terminal_driver import TerminalDriver

    session = Session(load, ahead.page)
    app = SocialTuiApp(session, setup=setup)
    app.driver_class = TerminalDriver
    try:
        app.run()
        if app.leaves_work:
            from social_tui.jobs.detached import leave_to_worker

            sys.stderr.write(f"A worker goes on with the jobs (process {leave_to_worker(load())}).\n")
        elif app.figures.all_running and session.worker is not None:
            sys.stderr.write("Stopping the running jobs; they are queued again …\n")
    finally:
        app.join_threads()
        session.close()
        _keep_state(app)
    if app.failure is not None:
        raise app.failure
    return app.return_code or 0


def _basics(ahead: Ahead, load: Load) -> Basics:
    """Load Textual while the other process reads the settings; what is wrong with those is told from here."""
    import textual.app  # noqa: F401

    basics = ahead.basics.result()
    if basics is None:
        return read_basics(load())
    open_log(basics.log, component="app")
    return basics


def _keep_state(app: SocialTuiApp) -> None:
    """Write what the app looks like; without it the next start looks as ever, and nothing else is lost."""
    try:
        app.keep_state()
    except SocialTuiError as error:
        log.warning("state_not_kept", error=str(error))
        with contextlib.suppress(OSError):
            sys.stderr.write(f"{error}\n")


def refuse_without_terminal() -> None:
    """Refuse to start where nobody could see or type.

    Raises:
        UsageError: If standard input or standard error is no terminal, or it cannot move its cursor.
    """
    if not all(stream is not None and stream.isatty() for stream in (sys.__stdin__, sys.__stderr__)):
        raise UsageError(
            "The app needs a terminal, and this is a pipe or a file.",
            hint="Use the commands instead: social-tui --help.",
        )
    if os.environ.get("TERM", "dumb") in ("", "dumb", "unknown"):
        raise UsageError(
            "The app needs a terminal that can move its cursor; TERM says that this one cannot.",
            hint="Set TERM, or use the commands instead: social-tui --help.",
        )


@contextlib.contextmanager
def restored_terminal() -> Iterator[list[Any] | None]:
    """Keep what is typed for the app, unseen until it is drawn, and put the terminal's modes back at the end.

    Yields:
        The modes before, which other programs are to have; None of what is no terminal.
    """
    import termios

    descriptor = sys.__stderr__.fileno() if sys.__stderr__ is not None else 2
    try:
        before = termios.tcgetattr(descriptor)
        quiet = termios.tcgetattr(descriptor)
        quiet[0] &= ~termios.ICRNL
        quiet[3] &= ~(termios.ECHO | termios.ICANON)
        termios.tcsetattr(descriptor, termios.TCSANOW, quiet)
        # Read again, as it is told differently then.
        quiet = termios.tcgetattr(descriptor)
    except termios.error:
        yield None
        return
    try:
        yield before
    finally:
        # After a hang-up there is nobody left to write to.
        with contextlib.suppress(OSError, termios.error):
            now = termios.tcgetattr(descriptor)
            if now != before:
                termios.tcsetattr(descriptor, termios.TCSANOW, before)
            if now not in (before, quiet):
                os.write(descriptor, _RESET.encode())
