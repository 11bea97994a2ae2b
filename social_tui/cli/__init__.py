"""The command line: parse, call a use case, print. Data goes to stdout, diagnostics to stderr."""

from __future__ import annotations

import sys


def main() -> None:
    """Run the command line with this process's arguments and end the process with its exit code."""
    from social_tui.cli.boundary import run

    sys.exit(run(sys.argv[1:]))
