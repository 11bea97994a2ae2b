"""`export posts` and `export media`: the same filters, three forms, files whole or not at all."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path

import pytest
from pyarrow import parquet  # type: ignore[import-untyped]

from tests.cli.conftest import CommandLine, picture
from tests.support.world import World


@pytest.fixture
def filled(world: World, cli: CommandLine) -> CommandLine:
    """Give a library with two posts of one picture each."""
    urls = [world.serve(f"/{name}.jpg", picture("red")) for name in "ab"]
    done = cli("import", world.write([world.post(urls[0], text="=first"), world.post(urls[1])]))
    assert done.returncode == 0, done.stderr
    return cli


def test_media_are_exported_in_every_form(filled: CommandLine, tmp_path: Path) -> None:
    listed = {row["media_id"]: row for row in filled.json("media", "list")}
    lines = filled("export", "media").stdout.splitlines()
    assert {row["media_id"]: row for row in map(json.loads, lines)} == listed
    table = csv.DictReader(io.StringIO(filled("export", "media", "--format", "csv").stdout))
    assert {row["media_id"] for row in table} == set(listed)
    path = tmp_path / "media.parquet"
    done = filled("export", "media", "--format", "parquet", "--output", path)
    assert done.stdout == f"2 media exported to {path}\n"
    assert set(parquet.read_table(path).column("media_id").to_pylist()) == set(listed)


def test_a_filter_chooses_the_posts_whose_media_are_meant(filled: CommandLine) -> None:
    [post] = filled.json("posts", "list", "first")
    lines = filled("export", "media", "first").stdout.splitlines()
    assert [json.loads(line)["post_id"] for line in lines] == [post["post_id"]]
    assert len(filled("export", "media", "--limit", "1").stdout.splitlines()) == 1


def test_posts_are_exported_under_both_names(filled: CommandLine, tmp_path: Path) -> None:
    assert filled("export", "posts").stdout == filled("posts", "export").stdout
    path = tmp_path / "posts.parquet"
    assert filled("posts", "export", "--format", "parquet", "--output", path).returncode == 0
    assert set(parquet.read_table(path).column("text_content").to_pylist()) == {"=first", "Post number 2"}
    again = filled("posts", "export", "--format", "parquet", "--output", path)
    assert (again.returncode, "exists already" in again.stderr) == (2, True)


def test_parquet_is_not_printed(filled: CommandLine) -> None:
    done = filled("export", "posts", "--format", "parquet")
    assert (done.returncode, done.stdout) == (2, "")
    assert "--output FILE" in done.stderr
