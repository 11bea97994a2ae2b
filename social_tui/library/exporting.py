"""Export: stored posts whole, as JSON lines or as a table for spreadsheets."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Literal, TextIO

from social_tui.errors import StorageError, UsageError
from social_tui.media_archive.files import durable_file
from social_tui.models import PostDetail
from social_tui.text import terminal_safe

ExportFormat = Literal["jsonl", "csv"]
# A table has one row a post; these are lists and documents of their own.
_NOT_IN_TABLES = frozenset({"raw_json", "media", "key"})
TABLE_COLUMNS = tuple(name for name in PostDetail.model_fields if name not in _NOT_IN_TABLES)
# What a spreadsheet takes for a formula (https://owasp.org/www-community/attacks/CSV_Injection).
_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")


def write_posts(
    posts: Iterable[PostDetail],
    out: TextIO,
    form: ExportFormat,
    *,
    for_terminal: bool = False,
    tell: Callable[[int], None] = lambda count: None,
) -> int:
    """Write posts as they come; none is kept.

    JSON lines are ASCII and hold what ``posts show --json`` prints, one post a line. A table is RFC 4180
    (https://www.rfc-editor.org/rfc/rfc4180) without raw JSON and media; a text that a spreadsheet would
    take for a formula gets a leading apostrophe.

    Args:
        posts: The posts.
        out: Where to; it must not translate line ends.
        form: Which of the two.
        for_terminal: Whether a person looks at it: then what drives a terminal is replaced.
        tell: Told after each post how many are written.

    Returns:
        How many were written.
    """
    lines = _json_lines(posts, out) if form == "jsonl" else _table_rows(posts, out, for_terminal)
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
    posts: Iterable[PostDetail],
    path: Path,
    form: ExportFormat,
    *,
    tell: Callable[[int], None] = lambda count: None,
) -> int:
    """Write posts to a file that appears whole or not at all, and that only its owner may read.

    Args:
        posts: The posts.
        path: What :func:`check_destination` returned.
        form: As for :func:`write_posts`.
        tell: Told after each post how many are written.

    Returns:
        How many were written.

    Raises:
        StorageError: If it cannot be written.
    """
    try:
        with durable_file(path) as file:
            text = io.TextIOWrapper(file, encoding="utf-8", newline="", write_through=False)
            try:
                return write_posts(posts, text, form, tell=tell)
            finally:
                text.detach()
    except OSError as error:
        raise StorageError(
            f"The export {path} cannot be written: {error.strerror}.",
            hint="Check the folder, its owner and the free space, or name another file.",
        ) from error


def _json_lines(posts: Iterable[PostDetail], out: TextIO) -> Iterator[int]:
    for count, post in enumerate(posts, start=1):
        # ASCII, so that no reader takes a character of a text for the end of a line.
        out.write(json.dumps(post.model_dump(mode="json"), ensure_ascii=True) + "\n")
        yield count


def _table_rows(posts: Iterable[PostDetail], out: TextIO, for_terminal: bool) -> Iterator[int]:
    table = csv.writer(out, lineterminator="\n" if for_terminal else "\r\n")
    table.writerow(TABLE_COLUMNS)
    for count, post in enumerate(posts, start=1):
        values = post.model_dump(mode="json", exclude=set(_NOT_IN_TABLES))
        table.writerow([_cell(values[name], for_terminal) for name in TABLE_COLUMNS])
        yield count


def _cell(value: object, for_terminal: bool) -> object:
    if isinstance(value, bool):
        return "true" if value else "false"
    if not isinstance(value, str):
        return value
    text = terminal_safe(value) if for_terminal else value
    return f"'{text}" if text.startswith(_FORMULA_STARTS) else text
