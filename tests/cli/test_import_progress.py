"""The bar of an import: by bytes read of all bytes, with the pace and the time left, on a terminal only."""

from __future__ import annotations

import gzip
import io
import json
import os
import pty
import random
import re
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from social_tui.cli.import_posts import _pace
from social_tui.importers import iter_posts
from social_tui.importers.mapped import Mapped
from social_tui.importers.sources import Meter, total_bytes
from social_tui.reports import ImportReport, MediaCounts, PostCounts
from tests.cli.conftest import COMMAND, CommandLine

_TEXTS = random.Random(1)
LINES = b"".join(
    b'{"id": %d, "text": "%s"}\n' % (number, _TEXTS.randbytes(200).hex().encode())
    for number in range(1, 4001)
)
MAP = 'platform = "p"\nid = "$.id"\ntext = "$.text"\n'


def on_a_terminal(command: list[str], cli: CommandLine | None = None) -> tuple[int, bytes, str]:
    """Run a command whose standard error is a terminal; return its code, its output and what was drawn."""
    ours, theirs = pty.openpty()
    drawn: list[bytes] = []

    def read() -> None:
        try:
            while data := os.read(ours, 4096):
                drawn.append(data)
        except OSError:  # the other end is closed
            return

    reader = threading.Thread(target=read)
    reader.start()
    process = subprocess.Popen(
        command,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=theirs,
        cwd=cli.folder if cli else None,
        env=cli.variables({"COLUMNS": "120"}) if cli else None,
    )
    os.close(theirs)
    out, _ = process.communicate(timeout=120)
    reader.join(timeout=10)
    os.close(ours)
    return process.returncode, out, b"".join(drawn).decode()


@pytest.mark.parametrize("name", ["lines.ndjson", "lines.ndjson.gz"])
def test_the_bar_fills_by_the_bytes_of_the_files_as_they_lie_there(
    cli: CommandLine, tmp_path: Path, name: str
) -> None:
    file, mapped = tmp_path / name, tmp_path / "map.toml"
    file.write_bytes(gzip.compress(LINES) if name.endswith(".gz") else LINES)
    mapped.write_text(MAP)
    command = [*COMMAND, "import", "--map", str(mapped), str(file)]

    code, out, drawn = on_a_terminal(command, cli)

    assert code == 0, drawn
    assert b"4,000 new" in out
    bars = re.findall(r"Importing  \[(#*)(-*)\] ([\d,]+)  posts, 0 media", drawn)
    assert bars
    assert {len(full) + len(empty) for full, empty, _ in bars} == {24}
    filled = [len(full) for full, _, _ in bars]
    assert filled == sorted(filled)
    assert drawn.endswith("\r\x1b[K")


def test_in_a_pipe_it_is_quiet(cli: CommandLine, tmp_path: Path) -> None:
    file, mapped = tmp_path / "lines.ndjson", tmp_path / "map.toml"
    file.write_bytes(LINES[: LINES.index(b"\n", 20_000)])
    mapped.write_text(MAP)
    assert cli("import", "--map", mapped, file).stderr == ""


@pytest.mark.parametrize("packed", [False, True])
def test_what_is_read_is_counted_as_it_lies_on_the_disk(tmp_path: Path, packed: bool) -> None:
    file = tmp_path / "f.ndjson"
    file.write_bytes(gzip.compress(LINES) if packed else LINES)
    meter = Meter(total=total_bytes([str(file)]))
    shares = [
        meter.share or 0
        for _ in iter_posts(
            file, "f.ndjson", mapped=Mapped.model_validate({"platform": "p", "id": "$.id"}), meter=meter
        )
    ]
    assert len(shares) == 4000
    assert shares == sorted(shares)
    assert shares[0] < 1
    assert (meter.read, meter.share) == (file.stat().st_size, 1)


def test_sizes_that_are_not_known_have_no_share(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "a").write_bytes(b"12345")
    assert total_bytes([str(tmp_path / "a"), str(tmp_path / "none")]) == 5
    assert total_bytes([str(tmp_path / "a"), str(tmp_path / "pipe")]) is None
    meter = Meter()
    list(iter_posts(io.BytesIO(b"[1]"), "f", meter=meter))
    assert (meter.read, meter.share, meter.seconds_left(10)) == (3, None, None)


def test_pace_and_time_left_are_told_when_there_is_something_to_go_by() -> None:
    report = ImportReport(posts=PostCounts(read=5000), media=MediaCounts(found=1234))
    assert _pace(report, Meter(total=100, read=25), 0.5) == "posts, 1,234 media"
    assert _pace(report, Meter(total=100, read=25), 10) == "posts, 1,234 media, 500 posts/s, 30 s left"
    assert _pace(report, Meter(total=100, read=100), 10).endswith("500 posts/s, 0.0 s left")
    assert _pace(report, Meter(read=25), 10) == "posts, 1,234 media, 500 posts/s"


FAST = """
import time
from social_tui.cli.progress import ProgressBar
began = time.monotonic()
with ProgressBar("Importing") as bar:
    for done in range(200_000):
        bar.update(done, None, "posts", share=done / 200_000)
print(time.monotonic() - began)
"""


def test_it_is_drawn_at_most_ten_times_a_second() -> None:
    code, out, drawn = on_a_terminal([sys.executable, "-c", FAST])
    assert code == 0, drawn
    assert 1 <= drawn.count("Importing") <= float(out) * 10 + 1


def test_the_reports_json_is_no_different_on_a_terminal(cli: CommandLine, tmp_path: Path) -> None:
    file, mapped = tmp_path / "lines.ndjson", tmp_path / "map.toml"
    file.write_bytes(b'{"id": 1}\n')
    mapped.write_text(MAP)
    _, out, _ = on_a_terminal([*COMMAND, "import", "--json", "--map", str(mapped), str(file)], cli)
    assert json.loads(out)["posts"]["new"] == 1
