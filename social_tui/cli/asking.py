"""Asking whoever sits at the terminal for what no option said."""

from __future__ import annotations

import sys

import click

from social_tui.errors import UsageError


def ask(what: str, *, instead: str, default: str | None = None, hidden: bool = False) -> str:
    """Ask for a text.

    Args:
        what: Its name, as the question.
        instead: What a script does instead, for the message where nobody can be asked.
        default: What enter alone means; without it, something must be typed.
        hidden: Whether nobody may read it on the screen.

    Returns:
        The answer.

    Raises:
        UsageError: If there is no terminal.
    """
    if not sys.stdin.isatty():
        raise UsageError(f"There is no terminal to ask for the {what}.", hint=f"Use {instead}.")
    question = what[0].upper() + what[1:]
    return str(
        click.prompt(question, default=default, hide_input=hidden, show_default=bool(default), err=True)
    )


def secret(what: str, from_stdin: bool, *, instead: str = "--email ADDRESS and --password-stdin") -> str:
    """Read a password or a code from standard input, or ask for it.

    Raises:
        UsageError: If there is none, or no terminal to ask at.
    """
    if not from_stdin:
        return ask(what, instead=instead, hidden=True)
    if text := sys.stdin.readline().rstrip("\r\n"):
        return text
    raise UsageError(f"Standard input holds no {what}.")
