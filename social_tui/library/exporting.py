"""Export: stored posts or media whole, as JSON lines or as tables for spreadsheets and data frames."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable, Iterable, Iterator
from functools import lru_cache
from pathlib import Path
from typing import BinaryIO, Literal, TextIO

from social_tui.errors import StorageError, UsageError
from social_tui.media_archive.files import durable_file
from social_tui.models import MediaRow, PostDetail
from social_tui.text import terminal_safe

ExportFormat = Literal["jsonl", "csv", "parquet"]
Exported = PostDetail | MediaRow
# A table has one row a post or media; these are lists and documents of their own.
_NOT_IN_TABLES = frozenset(
    {"raw_json", "media", "key", "links", "snapshots", "ai_analysis_log", "metadata", "marks"}
)
# What a spreadsheet takes for a formula (https://owasp.org/www-community/attacks/CSV_Injection).
_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")


@lru_cache
def table_columns(kind: type[Exported]) -> tuple[str, ...]:
    """Name the columns that a table has of posts or of media."""
    return tuple(name for name in kind.model_fields if name not in _NOT_IN_TABLES)


def write_rows(
    rows: Iterable[Exported],
    out: TextIO,
    form: Literal["jsonl", "csv"],
    *,
    kind: type[Exported] = PostDetail,
    for_terminal: bool = False,
    tell: Callable[[int], None] = lambda count: None,
) -> int:
    """Write posts or media as they come; none is kept.

    JSON lines are ASCII and hold what ``posts show --json`` or ``media list --json`` print, one a line. A
    table is RFC 4180 (https://www.rfc-editor.org/rfc/rfc4180) without raw JSON and lists; a text that a
    spreadsheet would take for a formula gets a leading apostrophe.

    Args:
        rows: The posts or media.
        out: Where to; it must not translate line ends.
        form: Which of the two.
        kind: What they are.
        for_terminal: Whether a person looks at it: then what drives a terminal is replaced.
        tell: Told after each one how many are written.

    Returns:
        How many were written.
    """
    lines = _json_lines(rows, out) if form == "jsonl" else _table_rows(rows, out, kind, for_terminal)
    count = 0
    for count in lines:
        tell(count)
    return count


def check_destination(path: Path, *, force: bool) -> Path:
    """Make sure that an export may be written to a file.

    Args:
        path: The file.
        force: Whether an existing one may be replaced.

    Returns:
        The file that is meant, links followed.

    Raises:
        UsageError: If it exists and may not be replaced, or is no file.
    """
    real = path.resolve()
    if real.exists() and not real.is_file():
        raise UsageError(f"{path} is no regular file, so nothing was exported.", hint="Name another file.")
    if real.exists() and not force:
        raise UsageError(
            f"{path} exists already, so nothing was exported.",
            hint="Replace it with --force, or name another.",
        )
    return real


def export_to_file(
    rows: Iterable[Exported],
    path: Path,
    form: ExportFormat,
    *,
    kind: type[Exported] = PostDetail,
    tell: Callable[[int], None] = lambda count: None,
) -> int:
    """Write posts or media to a file that appears whole or not at all, and that only its owner may read.

    Args:
        rows: The posts or media.
        path: What :func:`check_destination` returned.
        form: As for :func:`write_rows`, or ``parquet``.
        kind: What they are.
        tell: Told after each one how many are written.

    Returns:
        How many were written.

    Raises:
        StorageError: If it cannot be written.
        UsageError: If it is to be Parquet, and the extra for that is not installed.
    """
    try:
        with durable_file(path) as file:
            return _write_file(rows, file, form, kind, tell)
    except OSError as error:
        raise StorageError(
            f"The export {path} cannot be written: {error.strerror}.",
            hint="Check the folder, its owner and the free space, or name another file.",
        ) from error


def _write_file(
    rows: Iterable[Exported],
    file: BinaryIO,
    form: ExportFormat,
    kind: type[Exported],
    tell: Callable[[int], None],
) -> int:
    if form == "parquet":
        from social_tui.library.parquet import write_parquet

        return write_parquet(rows, file, kind, tell)
    text = io.TextIOWrapper(file, encoding="utf-8", newline="", write_through=False)
    try:
        return write_rows(rows, text, form, kind=kind, tell=tell)
    finally:
        text.detach()


def _json_lines(rows: Iterable[Exported], out: TextIO) -> Iterator[int]:
    for count, row in enumerate(rows, start=1):
        # ASCII, so that no reader takes a character of a text for the end of a line.
        out.write(json.dumps(row.model_dump(mode="json"), ensure_ascii=True) + "\n")
        yield count


def _table_rows(
    rows: Iterable[Exported], out: TextIO, kind: type[Exported], for_terminal: bool
) -> Iterator[int]:
    columns = table_columns(kind)
    table = csv.writer(out, lineterminator="\n" if for_terminal else "\r\n")
    table.writerow(columns)
    for count, row in enumerate(rows, start=1):
        values = row.model_dump(mode="json", include=set(columns))
        table.writerow([_cell(values[name], for_terminal) for name in columns])
        yield count


def _cell(value: object, for_terminal: bool) -> object:
    if isinstance(value, bool):
        return "true" if value else "false"
    if not isinstance(value, str):
        return value
    text = terminal_safe(value) if for_terminal else value
    return f"'{text}" if text.startswith(_FORMULA_STARTS) else text
