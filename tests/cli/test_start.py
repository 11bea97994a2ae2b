"""What the command line does before it does anything: help, version, imports, completion."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Iterator

import click
import pytest

from social_tui import __version__
from social_tui.cli.lazy import LazyGroup
from social_tui.cli.root import root
from tests.cli.conftest import COMMAND, CommandLine

HEAVY = {
    "textual", "rich", "supabase", "openai", "boto3", "botocore", "PIL", "psycopg", "psycopg_pool",
    "pydantic", "pydantic_settings", "procrastinate", "httpx", "av", "sentry_sdk", "structlog", "pypdfium2",
}  # fmt: skip


def every_command() -> Iterator[tuple[str, ...]]:
    """Walk the tree of commands."""

    def walk(command: click.Command, path: tuple[str, ...]) -> Iterator[tuple[str, ...]]:
        yield path
        if isinstance(command, click.Group):
            context = click.Context(command)
            for name in command.list_commands(context):
                below = command.get_command(context, name)
                assert below is not None
                yield from walk(below, (*path, name))

    yield from walk(root, ())


COMMANDS = list(every_command())


def imported_by(*calls: tuple[str, ...]) -> set[str]:
    """Run commands in one fresh process and return the top-level modules that it has then."""
    code = (
        "import sys\nfrom social_tui.cli.boundary import run\n"
        f"codes = [run(list(each)) for each in {calls!r}]\n"
        "print('MODULES', *sorted({name.partition('.')[0] for name in sys.modules}), file=sys.stderr)\n"
        "sys.exit(max(codes))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    return set(done.stderr.split("MODULES")[1].split())


@pytest.mark.parametrize("option", ["--help", "--version"])
def test_help_and_version_import_nothing_heavy(option: str) -> None:
    modules = imported_by((option,))

    assert "click" in modules
    assert not modules & HEAVY


def test_the_help_of_no_command_imports_anything_heavy() -> None:
    assert not imported_by(*((*path, "--help") for path in COMMANDS)) & HEAVY


def test_the_version_is_the_packages(bare: CommandLine) -> None:
    done = bare("--version")

    assert (done.returncode, done.stdout, done.stderr) == (0, f"social-tui {__version__}\n", "")


def test_all_verbs_are_there() -> None:
    assert {" ".join(path) for path in COMMANDS} >= {
        "import", "media list", "media download-all", "media verify-cache", "media archive", "media analyze",
        "media backfill", "posts list", "posts count", "posts show", "posts export", "posts mark",
        "posts unmark", "posts tag", "posts untag", "posts undo", "views list", "views save", "views delete",
        "search", "jobs list", "jobs retry", "jobs cancel", "jobs status", "jobs pause", "jobs resume",
        "jobs concurrency",
        "worker", "db migrate", "db status", "db start", "db stop", "db url", "doctor", "stats",
        "config show", "demo", "completion",
    }  # fmt: skip


def test_the_list_of_commands_says_what_each_says_itself() -> None:
    assert isinstance(root, LazyGroup)
    context = click.Context(root)
    for name, (_, line) in root.lazy.items():
        command = root.get_command(context, name)
        assert command is not None
        assert command.name == name
        assert (command.help or "").splitlines()[0] == line


def test_every_option_and_argument_is_explained() -> None:
    context = click.Context(root)
    for path in COMMANDS:
        command: click.Command = root
        for name in path:
            assert isinstance(command, click.Group)
            found = command.get_command(context, name)
            assert found is not None
            command = found
        assert command.help, path
        for parameter in command.params:
            if isinstance(parameter, click.Option):
                assert parameter.help, (path, parameter.name)


def test_without_a_terminal_the_app_is_not_opened(bare: CommandLine) -> None:
    done = bare()

    assert done.returncode == 2
    assert done.stdout == ""
    assert (
        done.stderr
        == "social-tui: The app needs a terminal, and this is none. For scripts see 'social-tui --help'.\n"
    )


def test_with_a_closed_standard_input_the_app_is_not_opened(bare: CommandLine) -> None:
    done = subprocess.run(
        ["sh", "-c", 'exec "$@" <&-', "sh", *COMMAND],
        capture_output=True, text=True, cwd=bare.folder, env=bare.variables(), timeout=60,
    )  # fmt: skip

    assert done.returncode == 2
    assert done.stderr == bare().stderr


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_there_is_a_completion_script_for_every_shell(bare: CommandLine, shell: str) -> None:
    done = bare("completion", shell)

    assert done.returncode == 0
    assert "_SOCIAL_TUI_COMPLETE" in done.stdout


def complete(cli: CommandLine, words: str) -> set[str]:
    done = cli(
        _SOCIAL_TUI_COMPLETE="bash_complete", COMP_WORDS=words, COMP_CWORD=str(len(words.split(" ")) - 1)
    )
    return set(re.findall(r"^plain,(.*)$", done.stdout, re.MULTILINE))


@pytest.mark.parametrize(
    ("words", "offers"),
    [
        ("social-tui me", {"media"}),
        ("social-tui media ver", {"verify-cache"}),
        ("social-tui media list --status ", {"pending", "downloading", "ready", "failed"}),
        ("social-tui db st", {"start", "status", "stop"}),
    ],
)
def test_the_shell_is_offered_commands_options_and_values(
    bare: CommandLine, words: str, offers: set[str]
) -> None:
    assert complete(bare, words) == offers
