"""The one place where errors become a line on stderr and an exit code."""

from __future__ import annotations

import io
import os
import signal
import sys
from collections.abc import Sequence
from types import FrameType

from social_tui.cli.exit_codes import ExitCode, exit_code_of
from social_tui.cli.opening import COMPLETION_VARIABLE, open_app, usual_settings
from social_tui.cli.output import complain
from social_tui.errors import SocialTuiError
from social_tui.text import redact


def run(arguments: Sequence[str]) -> int:
    """Run one command.

    Args:
        arguments: What follows the program's name.

    Returns:
        The exit code; see :class:`ExitCode`. A signal that ended the command gives 128 and its number.
    """
    _prepare_streams()
    asked: list[int] = []
    _stop_like_interrupt(asked)
    try:
        code = _run(list(arguments))
        sys.stdout.flush()
    except BrokenPipeError:
        _abandon_stdout()
        code = ExitCode.CLOSED_PIPE
    except OSError as error:
        _abandon_stdout()
        complain(f"{error.filename or 'The output'}: {error.strerror or error}.")
        code = ExitCode.FAILED
    return 128 + asked[0] if asked and code == ExitCode.INTERRUPTED else int(code)


def _run(arguments: list[str]) -> int:
    try:
        if not arguments and COMPLETION_VARIABLE not in os.environ:
            return open_app(usual_settings)
        from social_tui.library.collecting import collecting_seldom

        # A search for garbage looks through all that a command loads, which stays.
        with collecting_seldom(20_000):
            from social_tui.cli.calling import call

            return call(arguments)
    except KeyboardInterrupt:
        complain("Stopped.")
        return ExitCode.INTERRUPTED
    except SocialTuiError as error:
        complain(str(error))
        return exit_code_of(error)
    except OSError:
        raise
    except Exception as error:  # noqa: BLE001 - the last line of defence: logged whole, told in a line
        complain(_unexpected(error))
        return ExitCode.FAILED


def _unexpected(error: Exception) -> str:
    what = f"Something unexpected happened ({type(error).__name__})"
    from social_tui.log import get_logger, log_file

    place = log_file()
    if place is None:
        return f"{what} before the log was open: {redact(str(error))}"
    get_logger(__name__).error("unexpected fault", exc_info=error)
    return f"{what}; the details are in {place}."


def _stop_like_interrupt(asked: list[int]) -> None:
    """Make SIGTERM and SIGHUP end the program as Ctrl-C does, so that everything open is closed properly."""

    def stop(number: int, frame: FrameType | None) -> None:
        asked.append(number)
        raise KeyboardInterrupt

    for number in (signal.SIGTERM, signal.SIGHUP):
        if signal.getsignal(number) is signal.SIG_DFL:
            signal.signal(number, stop)


def _prepare_streams() -> None:
    """Let neither a closed stream nor a character that the terminal's encoding lacks end the program."""
    sys.stdout = sys.stdout or _stand_in(1, os.O_RDONLY)
    sys.stderr = sys.stderr or _stand_in(2, os.O_WRONLY)
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")


def _stand_in(descriptor: int, access: int) -> io.TextIOWrapper:
    """Take the place of a stream that was closed at the start, or the next file or socket would.

    Args:
        descriptor: The stream's number.
        access: ``O_RDONLY`` where writing must fail, because data would be lost; else ``O_WRONLY``.
    """
    nowhere = os.open(os.devnull, access)
    if nowhere != descriptor:
        os.dup2(nowhere, descriptor)
        os.close(nowhere)
    return open(descriptor, "w", encoding="utf-8")


def _abandon_stdout() -> None:
    """Send what is still buffered nowhere, or the interpreter would complain about it at its end."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, sys.stdout.fileno())
    os.close(nowhere)
