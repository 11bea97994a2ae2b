"""What commands print: JSON that is ASCII, text that is safe, tables that line up."""

from __future__ import annotations

import contextlib
import json
import shutil
import sys
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from social_tui.text import fit, terminal_safe

if TYPE_CHECKING:
    from pydantic import BaseModel

T = TypeVar("T")
# In a pipe the last column is not cut to a screen, but a text of a megabyte is no table either.
_LONGEST_CELL = 300


def say(text: str = "") -> None:
    """Print lines for people on stdout."""
    sys.stdout.write(terminal_safe(text, multiline=True) + "\n")


def complain(text: str) -> None:
    """Print one line on stderr: what happened and what to do about it."""
    # Where even stderr is gone there is no one left to tell; the exit code still says it.
    with contextlib.suppress(OSError):
        sys.stderr.write(f"social-tui: {terminal_safe(text)}\n")
        sys.stderr.flush()


def print_json(value: BaseModel | Any) -> None:
    """Print one JSON document on a line, in ASCII."""
    sys.stdout.write(_json(value) + "\n")


def print_json_array(rows: Iterable[object]) -> None:
    """Print an array, one object a line, as the rows come."""
    separator = "["
    for row in rows:
        sys.stdout.write(separator + "\n" + _json(row))
        separator = ","
    sys.stdout.write("[]\n" if separator == "[" else "\n]\n")


def _json(value: Any) -> str:
    plain = value.model_dump(mode="json") if hasattr(value, "model_dump") else value
    return json.dumps(plain, ensure_ascii=True, default=str)


@dataclass(frozen=True, slots=True)
class Column(Generic[T]):
    """One column of a table.

    Args:
        title: Its heading.
        width: Its columns on the screen; the last column of a table takes what is left.
        value: Makes the cell's text of a row.
        right: Whether it is aligned at its right edge.
    """

    title: str
    width: int
    value: Callable[[T], object]
    right: bool = False


def print_table(columns: Sequence[Column[T]], rows: Iterable[T]) -> int:
    """Print a table as its rows come, and return how many there were; none prints nothing.

    Args:
        columns: The columns from left to right.
        rows: The rows; they are not kept.
    """
    used = sum(column.width + 2 for column in columns[:-1])
    screen = shutil.get_terminal_size().columns if sys.stdout.isatty() else _LONGEST_CELL + used
    rest = max(screen - used, columns[-1].width)
    count = 0
    for row in rows:
        if count == 0:
            sys.stdout.write(_line(columns, [column.title for column in columns], rest))
        sys.stdout.write(_line(columns, [_cell(column.value(row)) for column in columns], rest))
        count += 1
    return count


def print_rows(columns: Sequence[Column[T]], rows: Iterable[T], none: str, *, as_json: bool) -> None:
    """Print rows as a table for people or as a JSON array.

    Args:
        columns: The columns of the table.
        rows: Models; they are not kept.
        none: Said to people where there are no rows.
        as_json: Whether to print the array.
    """
    if as_json:
        print_json_array(rows)
    elif not print_table(columns, rows):
        say(none)


def _line(columns: Sequence[Column[T]], cells: Sequence[str], rest: int) -> str:
    widths = [column.width for column in columns[:-1]] + [rest]
    parts = [
        fit(cell, width, right=column.right)
        for column, cell, width in zip(columns, cells, widths, strict=True)
    ]
    return "  ".join(parts).rstrip() + "\n"


def _cell(value: object) -> str:
    if isinstance(value, datetime):
        return when(value)
    return "" if value is None else terminal_safe(str(value), limit=_LONGEST_CELL)


def when(moment: datetime | None) -> str:
    """Write a moment in the local time zone, to the minute."""
    return "" if moment is None else moment.astimezone().strftime("%Y-%m-%d %H:%M")


def from_milliseconds(timestamp: int | None) -> datetime | None:
    """Make a moment of milliseconds since the epoch; None where there is none or no calendar has it."""
    try:
        return None if timestamp is None else datetime.fromtimestamp(timestamp / 1000, UTC)
    except (OverflowError, ValueError, OSError):
        return None


def dollars(microdollars: int) -> str:
    """Say millionths of a dollar."""
    return f"${microdollars / 1_000_000:,.4f}"
