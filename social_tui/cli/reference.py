"""Writes the reference pages and ``.env.example`` from the code: ``python -m social_tui.cli.reference``."""

from __future__ import annotations

import inspect
import re
import textwrap
from collections.abc import Iterator
from pathlib import Path

import click
from pydantic.fields import FieldInfo

from social_tui.cli.exit_codes import MEANINGS
from social_tui.cli.filter_page import filter_page
from social_tui.cli.opening import PROGRAM
from social_tui.cli.root import root
from social_tui.config import Settings, environment_name, shown_value

_CONFIGURATION = """\
# Settings

Nothing needs to be set: without any setting the library lies in the platform's usual folders, on a database
server of its own, with a local archive.

A setting is taken from the first of these places that has it:

1. the command line (`--library`, `--concurrency`, …)
2. the environment
3. `.env` in the current folder (`.env.example` shows what may be in it)
4. the library's own `config.toml`
5. the user's `config.toml`, in `~/.config/social-tui` on Linux

`social-tui config show` prints every setting with its value and where it came from. In `config.toml` a
setting has its short name:

```toml
concurrency = 8
cache_bytes = "20 GB"
allow_private = ["10.0.0.7:8080"]
```

The table `[keys]` there is told of in [Keys](keys.md).

A name that does not exist is an error that names the file and the nearest name that does. Secrets are masked
wherever settings are shown, and taken out of logs and messages.

With `--read-only` or `SOCIAL_TUI_READ_ONLY=1` a library is shown and stays as it is: PostgreSQL refuses every
change, no worker runs, nothing is made, migrated or swept, small pictures are shown where there are any, and
not even the audit log notes that a media was looked at.

With `SOCIAL_TUI_HOME=DIR` or `--library DIR` one library lies whole under that folder: `database`, `cache`,
`archive`, `log`, `state` and `config.toml`.

| Setting | Variable | Default | What it is |
|---|---|---|---|
"""

_CONFIGURATION_END = """
`SUPABASE_KEY` takes the publishable (anon) key only: a secret or service-role key sees and changes every row
and is refused. `SOCIAL_TUI_ALLOW_PRIVATE` takes exact addresses with their ports, separated by commas; names,
ranges and wildcards are refused, and `social-tui doctor` warns while it is set. What boto3 reads by itself
(profiles, instance roles) counts where no AWS key is set here.

## What models cost

`ai_prices` is a table of tables in `config.toml`, one for each model that costs something else than the
built-in table says or is not in it. A name with dots stands in quotation marks:

```toml
[ai_prices."gpt-5.4-mini"]
input = 0.75          # dollars for a million tokens
output = 4.50         # 0 for a model that embeds texts
cached_input = 0.075  # of a question that the service still has; else as input
batch_share = 0.5     # what a batch costs of these prices; 0.5 without it
as_of = 2026-11-06    # the day on which it cost that
```

The variable takes the same as JSON: `{"own": {"input": 0.75, "output": 4.5, "as_of": "2026-11-06"}}`. The
first place that has such a table counts, whole. The price of a name counts for its dated snapshots too,
unless the table names them. `config show` and `doctor` tell the prices with their day, and when it is more
than 180 days ago.
"""

_COMMANDS = """\
# Commands

Data goes to stdout and diagnostics to stderr. Whatever lists or counts takes `--json`: lists are arrays of
objects with the column names of the database, all in ASCII. Long work shows a bar on a terminal and is quiet
in a pipe. Ctrl-C and SIGTERM stop cleanly: what is finished stays, what is not is queued again.

| Exit code | Meaning |
|---|---|
"""

_KEYS = """\
# Keys

Every key of the app can be changed in `config.toml`, the library's own or the user's, by the name of its
action; of both, the library's counts, action by action:

```toml
[keys]
"library.download" = "f5"
"library.search" = ["slash", "ctrl+k"]
"jobs.cancel_all" = []
```

A list gives an action several keys, of which the first is the one that is shown; an empty list takes its
keys away, and the command palette still has it. Keys are written as the app shows them (`?`, `^f`, `pgdn`)
or by their names (`question_mark`, `ctrl+f`, `pagedown`). What is not named keeps its default.

An action or a key that does not exist, and a key that would mean two things in one place, end the start with
a line that names the file, the key and the actions. Footer, help, palette and `social-tui keys` show the keys
in force. No action needs a key that terminals or multiplexers keep to themselves.

## The defaults

"""

_KEY_TABLES = re.compile(r"(<!-- keys: ([a-z ]+) -->).*?<!-- /keys -->", re.DOTALL)

_ENV = """\
# Copy to .env; what is set in the environment comes before it, config.toml comes after it.
# All of it is optional. docs/configuration.md says more.
"""


def configuration_page() -> str:
    """Write the page of all settings."""
    rows = [
        f"| `{name}` | `{environment_name(name)}` | {_default(field)} | {field.description} |"
        for name, field in Settings.model_fields.items()
    ]
    return _CONFIGURATION + "\n".join(rows) + "\n" + _CONFIGURATION_END


def commands_page() -> str:
    """Write the page of all commands."""
    codes = [f"| {int(code)} | {meaning} |" for code, meaning in MEANINGS.items()]
    parts = [_section(command, path) for path, command in walk(root)]
    return _COMMANDS + "\n".join(codes) + "\n\n" + "\n".join(parts)


def keys_page() -> str:
    """Write the page of all keys."""
    from social_tui.tui.keymap import build_keymap, key_table

    return _KEYS + key_table(build_keymap())


def with_key_tables(page: str) -> str:
    """Write the tables of keys of a page anew, between ``<!-- keys: … -->`` and ``<!-- /keys -->``."""
    from social_tui.tui.actions import SCOPES
    from social_tui.tui.keymap import build_keymap, key_table

    def table(found: re.Match[str]) -> str:
        scopes = [scope for name in found[2].split() for scope in SCOPES if scope == name]
        return f"{found[1]}\n\n{key_table(build_keymap(), scopes)}\n<!-- /keys -->"

    return _KEY_TABLES.sub(table, page)


def env_example() -> str:
    """Write the example of a ``.env`` file."""
    parts = [
        f"# {field.description}\n# {environment_name(name)}={shown_value(field.get_default())}\n"
        for name, field in Settings.model_fields.items()
    ]
    return _ENV + "\n" + "\n".join(parts)


def walk(group: click.Group, path: str = PROGRAM) -> Iterator[tuple[str, click.Command]]:
    """Yield a group and every command below it, each with what one types to call it."""
    yield path, group
    context = click.Context(group)
    for name in group.list_commands(context):
        command = group.get_command(context, name)
        if isinstance(command, click.Group):
            yield from walk(command, f"{path} {name}")
        elif command is not None:
            yield f"{path} {name}", command


def _section(command: click.Command, path: str) -> str:
    context = click.Context(command, info_name=path)
    usage = " ".join([path, *command.collect_usage_pieces(context)])
    text = [f"## {path}\n", f"    {usage}\n", _prose(command.help or ""), ""]
    options = [option for option in command.params if isinstance(option, click.Option) and not option.hidden]
    if options:
        text += ["| Option | What it does |", "|---|---|"]
        text += [_option_row(option, context) for option in options]
        text.append("")
    return "\n".join(text)


def _prose(text: str) -> str:
    r"""Make Markdown of a help text; paragraphs that click leaves as they are (``\b``) become code."""
    paragraphs = inspect.cleandoc(text).split("\n\n")
    return "\n\n".join(
        textwrap.indent(each.removeprefix("\b\n"), "    ") if each.startswith("\b") else each
        for each in paragraphs
    )


def _option_row(option: click.Option, context: click.Context) -> str:
    record = option.get_help_record(context)
    spelling, meaning = record if record is not None else ("", "")
    # A bar would end the table's cell.
    return f"| `{spelling.replace('|', ' or ')}` | {' '.join(meaning.split())} |"


def _default(field: FieldInfo) -> str:
    shown = shown_value(field.get_default())
    return f"`{shown}`" if shown else ""


def main(root_folder: Path = Path()) -> None:
    """Write all pages into a checkout.

    Args:
        root_folder: The checkout.
    """
    for path, text in pages().items():
        target = root_folder / path
        target.parent.mkdir(exist_ok=True)
        target.write_text(text, encoding="utf-8")
    for page in (root_folder / "docs").glob("*.md"):
        page.write_text(with_key_tables(page.read_text(encoding="utf-8")), encoding="utf-8")


def pages() -> dict[str, str]:
    """Return every generated file's text by its place in the checkout."""
    return {
        "docs/configuration.md": configuration_page(),
        "docs/commands.md": commands_page(),
        "docs/filter.md": filter_page(),
        "docs/keys.md": keys_page(),
        ".env.example": env_example(),
    }


if __name__ == "__main__":
    main()
