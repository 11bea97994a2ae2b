"""The command line: parse, call a use case, print. Data goes to stdout, diagnostics to stderr."""

from __future__ import annotations

import gc
import os
import sys


def main() -> None:
    """Run the command line with this process's arguments and end the process with its exit code."""
    # Or pydantic looks through every installed package for plugins before it makes the first model:
    # https://docs.pydantic.dev/latest/concepts/plugins/
    os.environ.setdefault("PYDANTIC_DISABLE_PLUGINS", "__all__")
    from social_tui.cli.boundary import run

    try:
        sys.exit(run(sys.argv[1:]))
    finally:
        # What was loaded goes with the process: to look through all of it for garbage first takes a fifth
        # of a short command's processor time.
        gc.freeze()
