"""`social-tui import` as scripts call it: its report, its JSON, its exit codes, bad input."""

from __future__ import annotations

import gzip
import json
import signal
import time
from pathlib import Path
from typing import Any

import psycopg
import pytest

from tests.cli.conftest import CommandLine, picture
from tests.support.world import World


def test_the_report_is_one_object_of_the_agreed_shape(cli: CommandLine, world: World) -> None:
    file = world.write([
        world.post("https://media.example.com/a.jpg?e=1764600000", "https://media.example.com/b.jpg?e=4102444800"),
        {"text": "a post without an id", "posted_at": {"timestamp": 1}, "author": {}, "stats": {}},
    ])  # fmt: skip

    report = cli.json("import", file, code=3)

    assert report.pop("run_id").startswith("run-")
    assert report == {
        "files": 1,
        "posts": {"read": 2, "nested": 0, "new": 1, "updated": 0, "unchanged": 0, "rejected": 1},
        "media": {
            "found": 2, "new": 2, "held": 0, "expired_on_arrival": 1,
            "by_type": {"image": 2}, "by_role": {"main": 2}, "taken_in": 0, "not_taken_in": {},
        },
        "rejected": [{"file": file, "position": 2, "reason": report["rejected"][0]["reason"]}],
        "passed_over": {},
        "next_expiry": "2100-01-01T00:00:00Z",
    }  # fmt: skip
    assert "id" in report["rejected"][0]["reason"]


def test_importing_again_changes_nothing_and_is_well(cli: CommandLine, world: World) -> None:
    file = world.write([world.post("https://media.example.com/a.jpg?e=4102444800")])
    assert cli("import", file).returncode == 0

    again = cli.json("import", file)

    assert (again["posts"]["unchanged"], again["posts"]["new"]) == (1, 0)
    assert (again["media"]["held"], again["media"]["new"]) == (1, 0)


def test_a_dry_run_tells_the_same_and_writes_nothing(cli: CommandLine, world: World) -> None:
    file = world.write([world.post("https://media.example.com/a.jpg")])

    told = cli.json("import", file, "--dry-run")

    assert (told["run_id"], told["posts"]["new"], told["media"]["new"]) == (None, 1, 1)
    assert cli.json("posts", "list") == []
    assert cli("import", file, "--dry-run").stdout.startswith("Nothing was written")


def test_avatars_are_media_only_when_asked_for(cli: CommandLine, world: World) -> None:
    author = {"username": "ada", "first_name": "A", "profile_picture": "https://media.example.com/ada.jpg"}
    file = world.write([world.post("https://media.example.com/a.jpg", author=author)])

    assert cli.json("import", file)["media"]["by_role"] == {"main": 1}
    assert cli.json("import", file, "--avatars")["media"]["by_role"] == {"main": 1, "avatar": 1}


def test_standard_input_folders_and_packed_files_are_read(
    cli: CommandLine, world: World, tmp_path: Path
) -> None:
    folder = tmp_path / "exports" / "deeper"
    folder.mkdir(parents=True)
    (folder / "one.json.gz").write_bytes(gzip.compress(json.dumps([world.post()]).encode()))
    (folder / "two.jsonl").write_text("\n".join(json.dumps(world.post()) for _ in range(2)))

    assert cli.json("import", tmp_path / "exports")["posts"]["new"] == 3
    piped = cli("import", "-", "--json", stdin=json.dumps([world.post()]).encode())
    assert (piped.returncode, json.loads(piped.stdout)["posts"]["new"]) == (0, 1)


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("broken.json", b'[{"urn": '),
        ("empty.json", b""),
        ("numbers.json", b"[1, 2, 3]"),
        ("picture.json", b"\xff\xd8\xff\xe0\x00\x10JFIF"),
        ("hostile\x1b]0;x\x07.json", b"{}"),
        ("deep.json", b"[" * 100_000),
    ],
)
def test_bad_files_are_told_by_name_and_reason(
    cli: CommandLine, tmp_path: Path, name: str, content: bytes
) -> None:
    folder = tmp_path / "exports-of-a-tool-that-likes-long-names" / "2025-11-30T22-33-49" / ("f" * 60)
    folder.mkdir(parents=True)
    (folder / name).write_bytes(content)

    done = cli("import", folder / name)

    assert done.returncode == 1, done.stdout + done.stderr
    assert name[:6] in done.stdout + done.stderr
    assert "Traceback" not in done.stdout + done.stderr
    assert "\x1b" not in done.stdout + done.stderr


def test_what_is_missing_or_empty_does_not_stop_the_rest(
    cli: CommandLine, world: World, tmp_path: Path
) -> None:
    (tmp_path / "nothing").mkdir()
    good = world.write([world.post()])

    report = cli.json("import", tmp_path / "gone.json", tmp_path / "nothing", good, code=3)

    assert report["posts"]["new"] == 1
    assert {Path(each["file"]).name for each in report["rejected"]} == {"gone.json", "nothing"}


def test_download_captures_the_media_in_the_same_call(cli: CommandLine, world: World) -> None:
    good = world.serve("/good.jpg", picture("red"))
    dead = world.server.url("/dead.jpg")
    file = world.write([world.post(good, dead)])

    report = cli.json("import", file, "--download", code=3)

    assert (report["media"]["new"], report["download"]["succeeded"], report["download"]["failed"]) == (
        2,
        1,
        1,
    )
    assert report["download"]["outcomes"] == {"deleted": 1}
    states: dict[str, Any] = {each["download_status"]: each["outcome"] for each in cli.json("media", "list")}
    assert states == {"ready": "ok", "failed": "deleted"}


def test_people_read_the_import_and_the_losses(cli: CommandLine, world: World) -> None:
    file = world.write([world.post(world.serve("/good.jpg", picture("red")), world.server.url("/dead.jpg"))])

    done = cli("import", file, "--download")

    assert done.returncode == 3
    assert "Posts     1 read from 1 file: 1 new" in done.stdout
    assert "1 downloaded, 1 lost" in done.stdout
    assert "deleted: gone at its source" in done.stdout
    assert done.stderr == ""


def test_an_import_that_is_stopped_says_that_it_can_go_on(
    cli: CommandLine, world: World, database_url: str
) -> None:
    many = world.write([world.post(f"https://media.example.com/{n}.jpg") for n in range(5000)])
    running = cli.start("import", many)
    with psycopg.connect(database_url, autocommit=True) as connection:
        while not connection.execute("select from posts limit 1").fetchall():
            assert running.poll() is None
            time.sleep(0.01)
    running.send_signal(signal.SIGINT)

    out, err = running.communicate(timeout=60)

    assert running.returncode == 130
    assert b"Run the same command again" in err
    assert b"Traceback" not in out + err
    kept = len(cli.json("posts", "list"))
    assert 0 < kept < 5000
    assert cli.json("import", many)["posts"] == {
        "read": 5000, "nested": 0, "new": 5000 - kept, "updated": 0, "unchanged": kept, "rejected": 0,
    }  # fmt: skip
