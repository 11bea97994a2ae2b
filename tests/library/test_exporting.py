"""Export: whole files or none, texts that no spreadsheet runs, lines that no reader breaks."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from social_tui.errors import StorageError, UsageError
from social_tui.library.exporting import check_destination, export_to_file, table_columns, write_rows
from social_tui.models import PostDetail
from social_tui.store import posts as post_store
from social_tui.store.psycopg_gateway import PsycopgGateway
from tests.store.library_rows import import_all, post, reference

HOSTILE = 'two\nlines, "quotes", \u2028 \x85 \x9b2J \u202e 世界'


def stored(gateway: PsycopgGateway, *texts: str) -> list[PostDetail]:
    """Store posts with these texts, the first one the newest; gives them whole."""
    import_all(
        gateway,
        *[post(str(n), [reference(f"m{n}")], text=text, posted_at=-n) for n, text in enumerate(texts)],
    )
    return list(post_store.iterate_posts(gateway))


def test_json_lines_hold_all_that_is_known(gateway: PsycopgGateway) -> None:
    rows = stored(gateway, HOSTILE, "plain")
    out = io.StringIO(newline="")
    assert write_rows(rows, out, "jsonl") == 2

    lines = out.getvalue().splitlines()

    assert len(lines) == 2
    assert out.getvalue().isascii()
    first = json.loads(lines[0])
    assert set(first) == set(PostDetail.model_fields) - {"key"}
    assert first["text_content"] == HOSTILE
    assert json.loads(first["raw_json"])["text"] == HOSTILE
    [media] = first["media"]
    assert (media["role"], media["download_status"], media["post_id"]) == (
        "main",
        "pending",
        first["post_id"],
    )


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "\r"])
def test_no_cell_of_a_table_is_a_formula(gateway: PsycopgGateway, start: str) -> None:
    text = f"{start}cmd|' /C calc'!A0\n{HOSTILE}"
    [row] = stored(gateway, text)
    out = io.StringIO(newline="")
    write_rows([row], out, "csv")

    header, cells = csv.reader(io.StringIO(out.getvalue(), newline=""))

    assert tuple(header) == table_columns(PostDetail)
    shown = dict(zip(header, cells, strict=True))
    assert shown["text_content"] == f"'{text}"
    assert (shown["author_name"], shown["is_read"], shown["post_type"]) == ("Ada", "false", "regular")
    assert shown["comments"] == ""
    assert not {"raw_json", "media"} & set(header)


def test_numbers_of_a_table_stay_numbers(gateway: PsycopgGateway) -> None:
    rows = stored(gateway, "new", "older than 1970")
    out = io.StringIO(newline="")
    write_rows(rows, out, "csv")
    assert [row["posted_at_timestamp"] for row in csv.DictReader(io.StringIO(out.getvalue()))] == ["0", "-1"]


def test_a_table_on_a_terminal_does_not_drive_it(gateway: PsycopgGateway) -> None:
    [row] = stored(gateway, HOSTILE)
    out = io.StringIO(newline="")
    write_rows([row], out, "csv", for_terminal=True)
    assert len(out.getvalue().splitlines()) == 2
    assert not set("\r\x85\x9b\u2028\u202e") & set(out.getvalue())
    assert "世界" in out.getvalue()


def test_a_file_is_whole_private_and_utf8(gateway: PsycopgGateway, tmp_path: Path) -> None:
    rows = stored(gateway, HOSTILE, "=1+1")
    told: list[int] = []
    path = check_destination(tmp_path / "out.csv", force=False)
    assert export_to_file(rows, path, "csv", tell=told.append) == 2
    assert told == [1, 2]
    assert path.stat().st_mode & 0o777 == 0o600
    with path.open(encoding="utf-8", newline="") as file:
        assert [row["text_content"] for row in csv.DictReader(file)] == [HOSTILE, "'=1+1"]


def test_a_broken_export_leaves_the_old_file(gateway: PsycopgGateway, tmp_path: Path) -> None:
    [row] = stored(gateway, "one")
    path = tmp_path / "out.jsonl"
    path.write_text("old")

    def breaks() -> Iterator[PostDetail]:
        yield row
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        export_to_file(breaks(), check_destination(path, force=True), "jsonl")
    assert path.read_text() == "old"
    assert [each.name for each in tmp_path.iterdir()] == ["out.jsonl"]


def test_what_must_not_be_replaced_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "out.jsonl"
    path.write_text("old")
    link = tmp_path / "link"
    link.symlink_to(path)
    for there in (path, link):
        with pytest.raises(UsageError, match="exists already"):
            check_destination(there, force=False)
        assert check_destination(there, force=True) == path
    for no_file in (tmp_path, Path("/dev/null")):
        with pytest.raises(UsageError, match="no regular file"):
            check_destination(no_file, force=True)
    with pytest.raises(StorageError, match="cannot be written: No such file or directory"):
        export_to_file([], tmp_path / "no" / "folder", "jsonl")
