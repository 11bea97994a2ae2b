"""Parquet files of posts or media, for data frames; only this needs pyarrow."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from datetime import datetime
from types import NoneType
from typing import Any, BinaryIO, Literal, get_args, get_origin, get_type_hints

from pydantic import BaseModel

from social_tui.errors import UsageError

# A row group is written when it has so many rows or characters: no more is ever held.
_GROUP_ROWS = 10_000
_GROUP_CHARACTERS = 16_000_000


def require_parquet() -> None:
    """Make sure that Parquet can be written here.

    Raises:
        UsageError: If the extra is not installed.
    """
    try:
        import pyarrow.parquet  # type: ignore[import-untyped]  # noqa: F401
    except ImportError:
        raise UsageError(
            "Parquet needs the extra 'parquet'.", hint="Install it: pip install 'social-tui[parquet]'."
        ) from None


def write_parquet(
    rows: Iterable[BaseModel], out: BinaryIO, kind: type[BaseModel], tell: Callable[[int], None]
) -> int:
    """Write rows as they come, a row group at a time.

    Args:
        rows: Objects of one kind.
        out: Where to.
        kind: Their model: each of its fields that is dumped is a column. Texts, numbers, truth values and
            moments (UTC, to the microsecond) keep their types; lists and objects are JSON texts.
        tell: Told after each row how many came.

    Returns:
        How many were written.

    Raises:
        UsageError: If the extra is not installed.
    """
    require_parquet()
    import pyarrow as pa
    from pyarrow import parquet

    schema = pa.schema([pa.field(name, type_) for name, type_ in _columns(kind).items()])
    count = 0
    with parquet.ParquetWriter(out, schema, compression="zstd") as writer:
        group: list[dict[str, Any]] = []
        characters = 0
        for count, row in enumerate(rows, start=1):
            group.append(_flat(row, schema.names))
            characters += sum(len(value) for value in group[-1].values() if isinstance(value, str))
            if len(group) >= _GROUP_ROWS or characters >= _GROUP_CHARACTERS:
                writer.write_batch(pa.RecordBatch.from_pylist(group, schema=schema))
                group, characters = [], 0
            tell(count)
        if group:
            writer.write_batch(pa.RecordBatch.from_pylist(group, schema=schema))
    return count


def _columns(kind: type[BaseModel]) -> dict[str, Any]:
    """Give the Arrow type of each field."""
    import pyarrow as pa

    types = {bool: pa.bool_(), int: pa.int64(), datetime: pa.timestamp("us", tz="UTC")}
    hints = get_type_hints(kind)
    shown = [name for name, field in kind.model_fields.items() if not field.exclude]
    return {name: types.get(_plain(hints[name]), pa.string()) for name in shown}


def _plain(hint: Any) -> Any:
    """Take None out of a type; what is one of some words is a text."""
    kinds = [each for each in get_args(hint) if each is not NoneType]
    if len(kinds) == 1 and NoneType in get_args(hint):
        return _plain(kinds[0])
    return str if get_origin(hint) is Literal else hint


def _flat(row: BaseModel, names: list[str]) -> dict[str, Any]:
    values = {name: getattr(row, name) for name in names}
    nested = {name for name, value in values.items() if isinstance(value, list | tuple | dict)}
    if nested:
        dumped = row.model_dump(mode="json", include=nested)
        values.update({name: json.dumps(dumped[name], ensure_ascii=False) for name in nested})
    return values
