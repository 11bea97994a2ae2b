"""`export bag` and `verify-bag` as commands: what they print, how they end, how little a check needs."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest

from tests.cli.conftest import CommandLine, picture
from tests.support.fault_server import respond
from tests.support.world import World

CHECKOUT = Path(__file__).parents[2]


@pytest.fixture
def filled(world: World, cli: CommandLine) -> CommandLine:
    """Give a library with a post whose picture was captured, and one whose picture is gone."""
    urls = (world.serve("/a.jpg", picture("red")), world.serve("/b.jpg", respond(404)))
    done = cli("import", "--download", world.write([world.post(url) for url in urls]))
    assert done.returncode in (0, 3), done.stderr
    return cli


def test_a_bag_is_made_and_checked(filled: CommandLine, tmp_path: Path) -> None:
    bag = tmp_path / "bag"
    report = filled.json("export", "bag", "--all", bag)
    assert report["posts"] > 0
    assert report["media"] == report["held"] + sum(report["absent"].values())

    done = filled("verify-bag", bag)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith(f"{bag} is whole and unchanged")

    again = filled("export", "bag", "--all", bag)
    assert (again.returncode, again.stdout) == (2, "")
    assert "exists already" in again.stderr

    (bag / "data/posts.jsonl").unlink()
    found = filled.json("verify-bag", bag, code=3)
    assert found["whole"] is False
    assert {"kind": "missing", "path": "data/posts.jsonl", "detail": "It is listed and not there."} in found[
        "findings"
    ]
    assert filled("verify-bag", tmp_path / "absent").returncode == 1
    assert filled("verify-bag", bag, "--require-timestamp").returncode == 3


@pytest.mark.parametrize(
    "arguments",
    [[], ["--all", "author:ada"], ["--post-id", "p-00000000", "--all"], ["platform:"], ["--media-id", "x"]],
)
def test_what_is_meant_must_be_said(cli: CommandLine, tmp_path: Path, arguments: list[str]) -> None:
    done = cli("export", "bag", *arguments, tmp_path / "bag")
    assert (done.returncode, done.stdout) == (2, "")
    assert not (tmp_path / "bag").exists()


def test_a_filter_may_be_several_arguments(filled: CommandLine, tmp_path: Path) -> None:
    done = filled("export", "bag", "platform:linkedin", "author:nobody", tmp_path / "bag")
    assert (done.returncode, done.stderr) == (0, "")
    info = (tmp_path / "bag/bag-info.txt").read_text()
    assert "External-Description: Posts of the filter platform:linkedin author:nobody\n" in info


@pytest.fixture
def elsewhere(tmp_path: Path) -> Path:
    """Give a folder with the package and what its command line needs, and nothing else."""
    folder = tmp_path / "elsewhere"
    shutil.copytree(
        CHECKOUT / "social_tui", folder / "social_tui", ignore=shutil.ignore_patterns("__pycache__")
    )
    spec = find_spec("click")
    assert spec is not None
    assert spec.origin is not None
    shutil.copytree(Path(spec.origin).parent, folder / "click")
    return folder


ELSEWHERE = """
import sys
sys.path.insert(0, sys.argv.pop(1))
from social_tui.cli import main
sys.argv[0] = "social-tui"
try:
    main()
finally:
    print(sorted({name.partition(".")[0] for name in sys.modules}), file=sys.stderr)
"""


def check_elsewhere(elsewhere: Path, *arguments: str | Path) -> subprocess.CompletedProcess[str]:
    """Run as on another machine: no site packages, no home, no settings, an empty environment."""
    return subprocess.run(
        [sys.executable, "-I", "-S", "-B", "-c", ELSEWHERE, elsewhere, "verify-bag", *arguments],
        env={},
        cwd="/",
        capture_output=True,
        text=True,
    )


def test_a_bag_is_checked_on_another_machine_with_python_alone(
    filled: CommandLine, elsewhere: Path, tmp_path: Path
) -> None:
    bag = tmp_path / "bag"
    filled.json("export", "bag", "--all", bag)

    done = check_elsewhere(elsewhere, bag, "--json")
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["whole"] is True
    loaded = json.loads(done.stderr.splitlines()[-1].replace("'", '"'))
    packages = set(loaded) - set(sys.stdlib_module_names)
    assert packages <= {"social_tui", "click", "__main__"}, packages

    path = bag / "data/posts.jsonl"
    os.truncate(path, path.stat().st_size - 1)
    assert check_elsewhere(elsewhere, bag).returncode == 3


def test_a_time_stamp_that_cannot_be_checked_there_is_said(
    filled: CommandLine, elsewhere: Path, tmp_path: Path
) -> None:
    bag = tmp_path / "bag"
    filled.json("export", "bag", "--all", bag)
    (bag / "timestamp.tsr").write_bytes(b"x")
    done = check_elsewhere(elsewhere, bag)
    assert done.returncode == 0, done.stderr
    assert "The time stamp was not checked. Time stamps need the extra" in done.stdout
    assert check_elsewhere(elsewhere, bag, "--require-timestamp").returncode == 3
