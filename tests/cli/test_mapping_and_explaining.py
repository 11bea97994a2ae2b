"""`import --map` and `import --explain`: posts of formats that nobody knows, and what files are taken for."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.cli.conftest import CommandLine
from tests.support.world import World

MAP = """
platform = "forum"
posts = "$.threads[*]"
id = "$.no"
text = "$.said"
author = "$.by"
time = "$.on"

[[media]]
each = "$.files[*]"
url = "$.link"
"""


def export(folder: Path, count: int = 3) -> Path:
    """Write the export of a forum that does not exist."""
    threads = [
        {
            "no": number + 1,
            "said": f"What was said in thread {number}\x1b[2J",
            "by": "ada",
            "on": "2025-06-01T12:00:00Z",
            "files": [{"link": f"https://media.example.com/{number}.jpg?sig=secret&e=4102444800"}],
        }
        for number in range(count)
    ]
    file = folder / "threads.json"
    file.write_text(json.dumps({"page": 1, "threads": threads}))
    return file


def written(folder: Path, text: str) -> Path:
    file = folder / "map.toml"
    file.write_text(text)
    return file


def test_a_map_imports_what_no_format_has_and_reads_it_again(
    cli: CommandLine, tmp_path: Path, database_url: str
) -> None:
    file, mapped = export(tmp_path), written(tmp_path, MAP)

    assert cli("import", file).returncode == 1
    report = cli.json("import", "--map", mapped, file)

    assert (report["posts"]["new"], report["media"]["new"]) == (3, 3)
    assert cli.json("import", "--map", mapped, file)["posts"]["unchanged"] == 3
    posts = cli.json("posts", "list")
    assert {(post["platform"], post["urn"], post["author_username"]) for post in posts} == {
        ("forum", "1", "ada"), ("forum", "2", "ada"), ("forum", "3", "ada"),
    }  # fmt: skip
    without = cli.json("media", "backfill", code=3)
    assert (without["posts"], len(without["rejected"])) == (3, 3)
    assert "map" in without["rejected"][0]["reason"]
    more = written(
        tmp_path, MAP + '\n[[media]]\nurl = "$.files[0].link"\nrole = "thumbnail"\ntype = "image"\n'
    )
    more.write_text(MAP.replace('url = "$.link"', 'url = "$.link"\nalt = "$.link"'))
    again = cli.json("media", "backfill", "--map", more)
    assert (again["posts"], again["media_found"], again["rejected"]) == (3, 3, [])


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("platform = ", "is no TOML"),
        (MAP + 'colour = "$.x"', "media 1, colour: there is no such key"),
        (MAP.replace('"$.no"', '"no"'), "id: a path begins with $"),
    ],
)
def test_a_mistake_in_a_map_is_told_before_anything_is_read(
    bare: CommandLine, tmp_path: Path, text: str, told: str
) -> None:
    mapped = written(tmp_path, text)
    for more in ([], ["--explain"]):
        done = bare("import", "--map", mapped, export(tmp_path), *more)
        assert (done.returncode, done.stdout) == (2, "")
        assert f"{mapped}: {told}" in done.stderr
    assert not bare.home.exists() or not any(bare.home.rglob("*.json"))


def test_explaining_needs_no_database_and_its_words_are_a_map(bare: CommandLine, tmp_path: Path) -> None:
    bare.environment["DATABASE_URL"] = "postgresql://127.0.0.1:1/none"
    file = export(tmp_path)

    done = bare("import", "--explain", file)

    assert done.returncode == 1
    assert done.stderr == ""
    assert "\x1b" not in done.stdout
    assert "#   Format     unknown" in done.stdout
    mapped = written(tmp_path, done.stdout)
    with_map = bare("import", "--explain", "--map", mapped, file)
    assert with_map.returncode == 0, with_map.stderr
    assert "3 posts" in with_map.stdout
    assert "web 1, by ada, " in with_map.stdout
    assert "| What was said in thread 0" in with_map.stdout
    assert "main image  https://media.example.com/0.jpg\n" in with_map.stdout
    assert "secret" not in with_map.stdout
    assert not (bare.home / "database").exists()


def test_the_proposed_map_imports(cli: CommandLine, tmp_path: Path) -> None:
    file = export(tmp_path)
    (told,) = cli.json("import", "--explain", file, code=1)
    report = cli.json("import", "--map", written(tmp_path, told["map"]), file)
    assert (report["posts"]["new"], report["media"]["by_type"]) == (3, {"image": 3})


def test_known_files_are_explained_with_what_decided(
    bare: CommandLine, world_post: Any, tmp_path: Path
) -> None:
    file = tmp_path / "known.json"
    file.write_text(json.dumps([world_post, {"colour": 1}]))
    other = tmp_path / "gone.json"

    told = bare("import", "--explain", file, other)
    (second, first) = bare.json("import", "--explain", file, other, code=3)

    assert told.returncode == 3
    assert "Format     apify_linkedin  Reads posts of LinkedIn" in told.stdout
    assert "Because of $." in told.stdout
    assert "1 × unknown shape" in told.stdout
    assert "gone.json: cannot be opened" in told.stderr
    assert first["formats"][0]["format"] == "apify_linkedin"
    assert first["posts"] == 1
    assert second["reason"].startswith("cannot be opened")


@pytest.fixture
def world_post() -> dict[str, Any]:
    """Give a post of a known format."""
    return {
        "urn": {"activity_urn": "7400000000000000001"},
        "text": "hello",
        "posted_at": {"timestamp": 1_764_000_000_000},
        "author": {"username": "ada", "first_name": "Ada"},
        "stats": {"like": 1},
        "media": {"type": "image", "url": "https://media.example.com/a.jpg?e=1"},
    }


@pytest.mark.parametrize(
    "options",
    [
        ["--explain", "--watch"],
        ["--explain", "--download"],
        ["--explain", "--dry-run"],
        ["--watch", "--dry-run"],
        ["--poll"],
        ["--settle", "3"],
        ["--watch", "--settle", "0"],
    ],
)
def test_what_does_not_go_together_is_refused(bare: CommandLine, tmp_path: Path, options: list[str]) -> None:
    done = bare("import", tmp_path, *options)
    assert (done.returncode, done.stdout) == (2, "")


def test_maps_work_for_tables_lines_and_standard_input(
    cli: CommandLine, world: World, tmp_path: Path
) -> None:
    mapped = written(tmp_path, 'platform = "p"\nid = "$.no"\ntext = "$.said"\n')
    table = tmp_path / "table.csv"
    table.write_text("no,said\n1,one\n2,two\n")
    lines = tmp_path / "lines.ndjson"
    lines.write_text('{"no": 3, "said": "three"}\n{"no": 4}\n')
    piped = cli("import", "--map", mapped, table, lines, "-", "--json", stdin=b'[{"no": "five"}]')
    assert (piped.returncode, json.loads(piped.stdout)["posts"]["new"]) == (0, 5)
