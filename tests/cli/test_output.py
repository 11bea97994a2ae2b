"""Output: JSON in ASCII, text that is safe, tables that line up, progress only on a terminal."""

from __future__ import annotations

import json
import os
import pty
import subprocess
import sys
from datetime import UTC, datetime

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from social_tui.cli.output import (
    Column,
    complain,
    from_milliseconds,
    print_json,
    print_json_array,
    print_table,
    say,
)
from social_tui.text import display_width

HOSTILE = "a\x1b[2J\x07\x9b\u202e\x7f[@click=app.bell]\ud800世界"


@given(st.recursive(st.none() | st.text(), lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner)))
@example({"key\x7f": HOSTILE})
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_json_is_printable_ascii_and_faithful(capsys: pytest.CaptureFixture[str], value: object) -> None:
    print_json(value)

    text = capsys.readouterr().out
    assert text.endswith("\n")
    assert text[:-1].isascii()
    assert text[:-1].isprintable()
    assert json.loads(text) == value


@pytest.mark.parametrize("count", [0, 1, 3])
def test_an_array_is_one_document_whatever_its_length(capsys: pytest.CaptureFixture[str], count: int) -> None:
    rows = [{"number": number, "text": HOSTILE} for number in range(count)]

    print_json_array(iter(rows))

    assert json.loads(capsys.readouterr().out) == rows


def test_lines_and_complaints_are_safe(capsys: pytest.CaptureFixture[str]) -> None:
    say(HOSTILE + "\nsecond")
    complain(HOSTILE + "\nsecond")

    out, err = capsys.readouterr()
    assert out.count("\n") == 2
    assert err.count("\n") == 1
    for text in (out, err):
        assert not set("\x1b\x07\x9b\u202e\x7f\ud800") & set(text)
        assert "[@click=app.bell]" in text


def test_a_table_lines_up_with_wide_characters(capsys: pytest.CaptureFixture[str]) -> None:
    columns: list[Column[tuple[object, ...]]] = [
        Column("NAME", 8, lambda row: row[0]),
        Column("COUNT", 6, lambda row: row[1], right=True),
        Column("TEXT", 4, lambda row: row[2]),
    ]

    count = print_table(
        columns, [("abc", 7, "x"), ("世界世界世界", 1234, "y"), (None, None, "z"), (HOSTILE, 0, "w")]
    )

    lines = capsys.readouterr().out.splitlines()
    assert count == 4
    assert lines[0] == "NAME       COUNT  TEXT"
    assert lines[1] == "abc            7  x"
    assert {display_width(line.rstrip()) - 1 for line in lines[1:]} == {18}


def test_an_empty_table_prints_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    columns: list[Column[object]] = [Column("X", 1, str)]

    assert print_table(columns, []) == 0
    assert capsys.readouterr().out == ""


@pytest.mark.parametrize("timestamp", [None, 10**30, -(10**30), 2**63])
def test_no_date_and_impossible_dates_are_no_dates(timestamp: int | None) -> None:
    assert from_milliseconds(timestamp) is None


def test_a_date_is_read_from_milliseconds() -> None:
    assert from_milliseconds(1_764_000_000_500) == datetime(2025, 11, 24, 16, 0, 0, 500_000, tzinfo=UTC)


PROGRESS = """
from social_tui.cli.progress import ProgressBar
with ProgressBar("Downloading") as bar:
    for done in range(101):
        bar.update(done, 100, "\\x1b[2Jhostile")
    bar.update(5, None, "posts")
"""


def test_progress_is_drawn_on_a_terminal_and_wiped_at_the_end() -> None:
    ours, theirs = pty.openpty()
    process = subprocess.Popen([sys.executable, "-c", PROGRESS], stderr=theirs, stdout=subprocess.PIPE)
    os.close(theirs)
    out, _ = process.communicate(timeout=60)
    drawn = os.read(ours, 100_000).decode()
    os.close(ours)

    assert process.returncode == 0
    assert out == b""
    assert "Downloading  [########################] 100 of 100" in drawn
    assert drawn.endswith("\r\x1b[K")
    assert "\x1b[2J" not in drawn


def test_progress_is_silent_in_a_pipe() -> None:
    done = subprocess.run([sys.executable, "-c", PROGRESS], capture_output=True, timeout=60)

    assert (done.returncode, done.stdout, done.stderr) == (0, b"", b"")
