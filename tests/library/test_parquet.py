"""Parquet: every field with its type, a row group at a time, whole or not at all."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pyarrow as pa  # type: ignore[import-untyped]
import pytest
from pyarrow import parquet as reader

from social_tui.errors import UsageError
from social_tui.library import parquet
from social_tui.library.exporting import export_to_file, table_columns, write_rows
from social_tui.models import MediaRow, PostDetail
from social_tui.store import media as media_store
from social_tui.store import posts as post_store
from social_tui.store.psycopg_gateway import PsycopgGateway
from tests.library.bags import HOSTILE
from tests.store.library_rows import download, import_all, import_one, post, reference


def test_posts_keep_their_types(gateway: PsycopgGateway, tmp_path: Path) -> None:
    import_all(gateway, post("1", [reference("a")], text=HOSTILE), post("2", [], reactions=None))
    stored = list(post_store.iterate_posts(gateway))
    assert export_to_file(stored, tmp_path / "posts.parquet", "parquet") == 2

    table = reader.read_table(tmp_path / "posts.parquet")
    assert set(table.schema.names) == set(PostDetail.model_fields) - {"key"}
    types = {name: table.schema.field(name).type for name in ("reactions", "is_read", "first_seen_at", "urn")}
    assert types == {
        "reactions": pa.int64(),
        "is_read": pa.bool_(),
        "first_seen_at": pa.timestamp("us", tz="UTC"),
        "urn": pa.string(),
    }
    for row, one in zip(table.to_pylist(), stored, strict=True):
        assert (row["text_content"], row["raw_json"]) == (one.text_content, one.raw_json)
        assert (row["reactions"], row["first_seen_at"]) == (one.reactions, one.first_seen_at)
        media = one.model_dump(mode="json")["media"]
        assert json.loads(row["media"]) == media


def test_media_keep_their_types(gateway: PsycopgGateway, tmp_path: Path) -> None:
    _, [row] = import_one(gateway, post("1", [reference("a")]))
    file = download(gateway, row.media_id, "bytes")
    media = list(media_store.iterate_media(gateway))
    assert export_to_file(media, tmp_path / "media.parquet", "parquet", kind=MediaRow) == 1
    [told] = reader.read_table(tmp_path / "media.parquet").to_pylist()
    assert (told["sha256"], told["file_size"], told["width"]) == (file.sha256, file.byte_size, 640)
    assert told["created_at"].astimezone(UTC) <= datetime.now(UTC)
    assert json.loads(told["ai_analysis_log"])[0]["event"] == "media_downloaded"


def test_rows_are_written_in_groups(
    gateway: PsycopgGateway, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import_all(gateway, *[post(str(number), []) for number in range(7)])
    stored = list(post_store.iterate_posts(gateway))
    monkeypatch.setattr(parquet, "_GROUP_ROWS", 3)
    told: list[int] = []
    export_to_file(stored, tmp_path / "rows.parquet", "parquet", tell=told.append)
    monkeypatch.setattr(parquet, "_GROUP_CHARACTERS", 1)
    export_to_file(stored, tmp_path / "characters.parquet", "parquet")
    groups = [
        reader.ParquetFile(tmp_path / f"{name}.parquet").num_row_groups for name in ("rows", "characters")
    ]
    assert (groups, told) == ([3, 7], list(range(1, 8)))


def test_no_rows_make_a_table_with_columns(tmp_path: Path) -> None:
    assert export_to_file([], tmp_path / "empty.parquet", "parquet", kind=MediaRow) == 0
    assert "sha256" in reader.read_table(tmp_path / "empty.parquet").schema.names


def test_a_fault_on_the_way_leaves_nothing(tmp_path: Path) -> None:
    def breaks() -> Iterator[PostDetail]:
        raise KeyboardInterrupt
        yield

    with pytest.raises(KeyboardInterrupt):
        export_to_file(breaks(), tmp_path / "x.parquet", "parquet")
    assert list(tmp_path.iterdir()) == []


def test_the_message_for_a_missing_extra_names_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    with pytest.raises(UsageError, match=r"social-tui\[parquet\]"):
        export_to_file([], tmp_path / "x.parquet", "parquet")
    assert list(tmp_path.iterdir()) == []


def test_a_table_of_media_has_no_formula(gateway: PsycopgGateway, tmp_path: Path) -> None:
    _, [row] = import_one(gateway, post("1", [reference("a")]))
    changed = row.model_copy(update={"alt_text": "=1+1"})
    path = tmp_path / "media.csv"
    with path.open("w", encoding="utf-8", newline="") as out:
        write_rows([changed], out, "csv", kind=MediaRow)
    header, cells = path.read_text(encoding="utf-8").splitlines()
    assert header == ",".join(table_columns(MediaRow))
    assert ",'=1+1," in cells
    assert "metadata" not in header
