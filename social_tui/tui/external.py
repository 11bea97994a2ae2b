"""Other programs: the browser, a viewer, the pager, the editor; data never becomes an option or a command."""

from __future__ import annotations

import shlex
import shutil
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from social_tui.errors import ConfigurationError, NotFoundError, UsageError
from social_tui.text import web_address

_PAGERS = ("less", "more")
_EDITORS = ("nano", "vi")


def link_command(url: str) -> list[str]:
    """Return the command that opens a page in the person's browser.

    Args:
        url: Anything; only ``http`` and ``https`` addresses are opened.

    Raises:
        UsageError: If it is no such address.
        NotFoundError: If this machine has no opener.
    """
    if web_address(url) is None:
        raise UsageError("This is no http:// or https:// link; only those are opened.")
    return [_opener(), url]


def viewer_command(path: Path, viewer: str | None) -> list[str]:
    """Return the command that shows a file.

    Args:
        path: An absolute path, which cannot be taken for an option.
        viewer: The person's command from the settings; None for the system's opener.

    Raises:
        ConfigurationError: If the person's command makes no sense or does not exist.
        NotFoundError: If this machine has no opener.
    """
    return [*(_given("viewer", viewer) if viewer else [_opener()]), str(path.absolute())]


def pager_command(environment: Mapping[str, str]) -> list[str]:
    """Return the command that shows its standard input page by page: ``$PAGER``, else ``less`` or ``more``.

    Raises:
        ConfigurationError: If ``$PAGER`` makes no sense or does not exist.
        NotFoundError: If there is none.
    """
    given = environment.get("PAGER", "").strip()
    return _given("PAGER", given) if given else [_first(_PAGERS, "pager")]


def editor_command(path: Path, environment: Mapping[str, str]) -> list[str]:
    """Return the command that edits a file: ``$VISUAL``, ``$EDITOR``, else ``nano`` or ``vi``.

    Args:
        path: An absolute path, which cannot be taken for an option.
        environment: The environment variables.

    Raises:
        ConfigurationError: If the variable makes no sense or the program does not exist.
        NotFoundError: If there is none.
    """
    name = next((name for name in ("VISUAL", "EDITOR") if environment.get(name, "").strip()), "")
    command = _given(name, environment[name]) if name else [_first(_EDITORS, "editor")]
    return [*command, str(path.absolute())]


def start(command: Sequence[str]) -> None:
    """Start a program with a window of its own and do not wait; it never sees this terminal.

    Raises:
        ConfigurationError: If it cannot be started.
    """
    try:
        subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
    except (OSError, ValueError) as error:
        raise _unstartable(command, error) from error


def run_on_terminal(command: Sequence[str], text: str | None = None) -> None:
    """Run a program on this terminal, which the app must have given up, and wait for its end.

    Args:
        command: The program and its arguments.
        text: What it reads from its standard input; None leaves it the terminal.

    Raises:
        ConfigurationError: If it cannot be started.
    """
    try:
        subprocess.run(command, input=text.encode() if text is not None else None, check=False)
    except (OSError, ValueError) as error:
        raise _unstartable(command, error) from error


def _opener() -> str:
    opener = "open" if sys.platform == "darwin" else "xdg-open"
    found = shutil.which(opener)
    if found is None:
        raise NotFoundError(f"This machine has no {opener} to open it with.", hint="Copy the link instead.")
    return found


def _given(name: str, command: str) -> list[str]:
    """Split a command of the person into words, without a shell."""
    try:
        words = shlex.split(command)
    except ValueError as error:
        raise ConfigurationError(f"{name} is no command: {error}.") from None
    found = shutil.which(words[0]) if words else None
    if found is None:
        raise ConfigurationError(f"{name} names a program that is not there.")
    return [found, *words[1:]]


def _first(names: Sequence[str], what: str) -> str:
    found = next(filter(None, map(shutil.which, names)), None)
    if found is None:
        raise NotFoundError(f"This machine has no {what}.", hint=f"Set {what.upper()}.")
    return found


def _unstartable(command: Sequence[str], error: OSError | ValueError) -> ConfigurationError:
    why = error.strerror if isinstance(error, OSError) else str(error)
    return ConfigurationError(f"{Path(command[0]).name} cannot be started: {why}.")
