"""`social-tui jobs` as what steers the queue: pauses that everybody hears of, and how many run at once."""

from __future__ import annotations

import signal

import pytest

from tests.cli.conftest import CommandLine, picture
from tests.support.fault_server import Alone
from tests.support.waiting import until
from tests.support.world import World


@pytest.fixture
def stocked(cli: CommandLine, world: World) -> World:
    """Import a post with two media."""
    urls = [world.serve(f"/{colour}.jpg", picture(colour)) for colour in ("red", "blue")]
    assert cli("import", world.write([world.post(*urls)])).returncode == 0
    return world


def test_a_paused_kind_is_told_of_everywhere_and_nobody_works_on_it(cli: CommandLine, stocked: World) -> None:
    paused = cli("jobs", "pause", "download")
    assert (paused.returncode, paused.stderr) == (0, "")
    assert paused.stdout == "download: paused; what runs ends, nothing else begins.\n"

    done = cli("media", "download-all")
    assert done.returncode == 4
    assert done.stdout == (
        "0 downloaded, 0 lost\n"
        "Stopped: The download jobs are paused. They go on after: social-tui jobs resume download\n"
        "2 are still queued.\n"
    )
    worker = cli("worker", "--until-idle")
    assert (worker.returncode, worker.stderr) == (0, "")
    assert stocked.server.hits == {}

    listed = cli("jobs", "list")
    assert listed.stdout.count("todo") == 2
    assert listed.stderr == (
        "social-tui: The download jobs are paused. They go on after: social-tui jobs resume download\n"
    )
    assert cli("jobs", "list", "--kind", "verify").stderr == ""
    assert "2 download  (paused: download)" in cli("stats").stdout
    assert cli.json("stats")["queues_paused"] == ["download"]
    [queue] = [check for check in cli.json("doctor")["checks"] if check["name"] == "Queue"]
    assert queue["state"] == "warning"
    assert queue["detail"] == "2 waiting, 0 running, 0 failed; paused: download"
    assert "jobs resume download" in queue["fix"]
    assert "paused since" in cli("jobs", "status").stdout

    assert cli("jobs", "resume", "download").stdout == "download: goes on.\n"
    assert cli.json("media", "download-all")["succeeded"] == 2
    assert "paused" not in cli("jobs", "status").stdout


def test_the_status_is_a_table_and_an_array(cli: CommandLine, stocked: World) -> None:
    cli("media", "download-all")
    cli("jobs", "concurrency", "archive", "7")
    lines = cli("jobs", "status").stdout.splitlines()
    assert lines[0].split("  ")[0] == "KIND"
    assert lines[1].split() == ["download", "0", "0", "0", "0", "0.4", "5", "open"]
    assert lines[3].split() == ["archive", "0", "0", "0", "0", "0.0", "7", "open"]
    rows = cli.json("jobs", "status")
    assert [row["kind"] for row in rows] == ["download", "verify", "archive", "analyze"]
    assert rows[0] == {
        "kind": "download",
        "paused_at": None,
        "concurrency": None,
        "waiting": 0,
        "later": 0,
        "running": 0,
        "failed": 0,
        "ended_per_minute": 0.4,
    }


def test_how_many_run_at_once_is_set_for_all_workers_and_left_to_them(cli: CommandLine, world: World) -> None:
    alone = Alone(picture("red"))
    urls = [world.serve(f"/{number}.jpg", alone) for number in range(6)]
    cli("import", world.write([world.post(*urls)]))
    assert cli("jobs", "concurrency", "download", "1").stdout == "download: 1 at once.\n"
    assert cli.json("media", "download-all")["succeeded"] == 6
    assert alone.at_once == [1] * 6
    assert cli("jobs", "concurrency", "download", "default").stdout == "download: as each worker is set.\n"
    assert cli.json("jobs", "status")[0]["concurrency"] is None


@pytest.mark.parametrize("arguments", [("pause", "paint"), ("concurrency", "download", "0")])
@pytest.mark.parametrize("more", [(), ("65",)])
def test_what_makes_no_sense_is_refused(
    cli: CommandLine, arguments: tuple[str, ...], more: tuple[str, ...]
) -> None:
    done = cli("jobs", *arguments[: 3 - len(more)], *more)
    assert done.returncode == 2
    assert done.stdout == ""


def test_a_worker_with_a_name_is_listed_with_its_queues(cli: CommandLine) -> None:
    assert cli("jobs", "workers").stdout == "No worker runs. To start one: social-tui worker\n"
    running = cli.start("worker", "--queues", "download, verify", "--kind", "verify", "--name", "north")
    try:
        until(lambda: len(cli.json("jobs", "workers")) == 1, "the worker in the list")
        [row] = cli.json("jobs", "workers")
        assert (row["name"], row["queues"], row["state"]) == ("north", ["download", "verify"], "idle")
        assert cli("jobs", "workers").stdout.splitlines()[1].split()[0] == "north"
    finally:
        running.send_signal(signal.SIGTERM)
        running.communicate(timeout=60)
    assert running.returncode == 0
    assert cli.json("jobs", "workers") == []
    refused = cli("worker", "--queues", "download,typo")
    assert refused.returncode == 2
    assert "'typo' is not one of" in refused.stderr
