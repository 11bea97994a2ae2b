"""Options and argument types that several commands share."""

from __future__ import annotations

from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from social_tui.ids import PREFIX_BATCH, PREFIX_MEDIA, PREFIX_POST, validate_aws_id
from social_tui.text import terminal_safe

if TYPE_CHECKING:
    from social_tui.importers.mapped import Mapped

as_json = click.option("--json", "as_json", is_flag=True, help="Print JSON for machines.")
limit = click.option("--limit", type=click.IntRange(min=1), metavar="N", help="Print at most so many.")
dry_run = click.option("--dry-run", is_flag=True, help="Say what would be done, write nothing.")

mapped = click.option(
    "--map",
    "map_file",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="Read by this map instead of the known formats; docs/mapping.md tells how to write one.",
)

timestamp_roots = click.option(
    "--timestamp-ca",
    "roots",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="PEM file with the root certificate of the time stamp authority, if certifi does not list it.",
)

_LONGEST_NAME = 100


def load(map_file: Path | None) -> Mapped | None:
    """Read the map that a person named, before anything else is done."""
    if map_file is None:
        return None
    from social_tui.importers.map_files import load_map

    return load_map(map_file)


class IdType(click.ParamType[str]):
    """An identifier of one kind.

    Args:
        prefix: What it starts with.
        what: What it names, for the message.
    """

    name = "id"

    def __init__(self, prefix: str, what: str) -> None:
        self._prefix = prefix
        self._what = what

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str:
        """Take a well-formed identifier or fail with what one looks like."""
        if not validate_aws_id(value, self._prefix):
            self.fail(f"{value!r} is not the id of a {self._what} ({self._prefix}-…)", param, ctx)
        return str(value)


class NameType(click.ParamType[str]):
    """A name that people give: one line of 1 to 100 characters.

    Args:
        what: What it names, for the message.
        sign: What may stand before it and is no part of it.
    """

    name = "name"

    def __init__(self, what: str, sign: str = "") -> None:
        self._what = what
        self._sign = sign

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str:
        """Take a name without the sign and without spaces around it."""
        name = str(value).strip().lstrip(self._sign).strip()
        if not 1 <= len(name) <= _LONGEST_NAME or terminal_safe(name) != name:
            self.fail(f"{value!r} is no name of a {self._what}: 1 to 100 characters of one line", param, ctx)
        return name


class DateType(click.ParamType[date]):
    """A calendar date, as in 2025-11-01."""

    name = "date"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> date:
        """Take an ISO date."""
        if isinstance(value, date):
            return value
        try:
            return datetime.strptime(str(value), "%Y-%m-%d").date()  # noqa: DTZ007 - a date has no zone
        except ValueError:
            self.fail(f"{value!r} is not a date such as 2025-11-01", param, ctx)


class SliceType(click.ParamType[tuple[int, int]]):
    """One part of several, as in 2/7."""

    name = "slice"

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> tuple[int, int]:
        """Take a part number and how many parts there are."""
        if isinstance(value, tuple):
            return value
        number, _, total = str(value).partition("/")
        if not (number.isdecimal() and total.isdecimal() and 1 <= int(number) <= int(total)):
            self.fail(f"{value!r} is not a part such as 2/7", param, ctx)
        return int(number), int(total)


POST_ID = IdType(PREFIX_POST, "post")
MEDIA_ID = IdType(PREFIX_MEDIA, "media")
BATCH_ID = IdType(PREFIX_BATCH, "batch")
TAG = NameType("tag", sign="#\uff03")
VIEW = NameType("view")
DATE = DateType()
SLICE = SliceType()
