"""What is in `deploy/`: units that systemd takes, a container that runs as nobody, commands that exist."""

from __future__ import annotations

import json
import re
import shlex
import shutil
import subprocess
from pathlib import Path

import pytest

from social_tui.cli.worker import worker

DEPLOY = Path(__file__).parent.parent / "deploy"
UNIT = DEPLOY / "social-tui-worker@.service"
CONTAINERFILE = DEPLOY / "Containerfile"
PROGRAM = "/opt/social-tui/bin/social-tui"


def value(name: str) -> str:
    """Give the one value of a setting of the unit."""
    [found] = re.findall(rf"^{name}=(.*)$", UNIT.read_text(), re.MULTILINE)
    return str(found)


def instructions() -> list[tuple[str, str]]:
    """Give the instructions of the Containerfile with their arguments, lines joined."""
    text = re.sub(r"\\\n\s*", "", CONTAINERFILE.read_text())
    lines = [line for line in text.splitlines() if line and not line.startswith("#")]
    return [(line.split(maxsplit=1)[0], line.split(maxsplit=1)[1]) for line in lines]


def drain_of(arguments: list[str]) -> float:
    """Read a worker's command line as the program does, and give how long it drains."""
    command, *options = arguments
    assert command == "worker"
    return float(worker.make_context("worker", options).params["worker_drain_seconds"])


def test_systemd_takes_the_unit(tmp_path: Path) -> None:
    if shutil.which("systemd-analyze") is None:
        pytest.skip("systemd-analyze is not on this machine")
    instance = tmp_path / "social-tui-worker@north.service"
    instance.write_text(UNIT.read_text().replace(PROGRAM, "/bin/true"))
    done = subprocess.run(
        ["systemd-analyze", "verify", "--man=no", instance], capture_output=True, text=True, timeout=60
    )
    # It tells of other units of the machine as well.
    assert [line for line in done.stderr.splitlines() if "social-tui" in line] == []
    instance.write_text(instance.read_text().replace("KillMode=mixed", "KillMode=gently"))
    done = subprocess.run(
        ["systemd-analyze", "verify", "--man=no", instance], capture_output=True, text=True, timeout=60
    )
    assert "social-tui-worker@north.service" in done.stderr


def test_the_unit_waits_longer_than_the_worker_drains() -> None:
    program, *arguments = shlex.split(value("ExecStart"))
    assert program == PROGRAM
    assert drain_of(arguments) < float(value("TimeoutStopSec"))


def test_the_container_is_built_of_what_is_there_and_runs_as_nobody() -> None:
    steps = instructions()
    last = max(place for place, (name, _) in enumerate(steps) if name == "FROM")
    root = DEPLOY.parent
    for name, text in steps:
        if name == "FROM":
            assert re.match(r"\S+:\d+\.\d+\S*", text), "a version that does not move under it"
        if name == "COPY" and not text.startswith("--from"):
            *sources, _ = text.split()
            assert all((root / source).exists() for source in sources)
        if name in ("ENTRYPOINT", "CMD", "VOLUME"):
            assert isinstance(json.loads(text), list), "not through a shell, which would keep the signals"
    final = dict(steps[last:])
    assert re.fullmatch(r"[1-9]\d*", final["USER"])
    assert final["STOPSIGNAL"] == "SIGTERM"
    assert json.loads(final["ENTRYPOINT"]) == ["social-tui"]
    assert drain_of(json.loads(final["CMD"])) > 0
    # Secrets come with the run and are in no layer.
    assert not re.search(r"DATABASE_URL|SECRET|PASSWORD|_KEY", CONTAINERFILE.read_text())
