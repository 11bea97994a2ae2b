"""From a command line to the command that it names, and what is told where it names none."""

from __future__ import annotations

import os

import click
from click.exceptions import Exit, NoArgsIsHelpError
from click.shell_completion import shell_complete

from social_tui.cli.exit_codes import ExitCode
from social_tui.cli.opening import COMPLETION_VARIABLE, PROGRAM
from social_tui.cli.output import complain
from social_tui.cli.root import root
from social_tui.cli.session import Session


def call(arguments: list[str]) -> int:
    """Run one command.

    Args:
        arguments: What follows the program's name.

    Returns:
        The exit code.
    """
    try:
        return _call(arguments)
    except Exit as done:
        return done.exit_code
    except NoArgsIsHelpError as error:
        click.echo(error.format_message(), err=True)
        return ExitCode.USAGE
    except click.ClickException as error:
        complain(_usage_line(error))
        return ExitCode.USAGE
    except click.Abort:
        raise KeyboardInterrupt from None


def _call(arguments: list[str]) -> int:
    instruction = os.environ.get(COMPLETION_VARIABLE)
    if instruction:
        return shell_complete(root, {}, PROGRAM, COMPLETION_VARIABLE, instruction)
    with root.make_context(PROGRAM, arguments, obj=Session()) as context:
        code = root.invoke(context)
    return code if isinstance(code, int) else ExitCode.OK


def _usage_line(error: click.ClickException) -> str:
    context = getattr(error, "ctx", None)
    command = context.command_path if context is not None else PROGRAM
    message = error.format_message().rstrip(".")
    return f"{message}. See '{command} --help'."
