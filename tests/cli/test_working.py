"""Downloads that are stopped, workers and the queue as scripts call them."""

from __future__ import annotations

import json
import signal
import socket
import threading
import time
from datetime import UTC, datetime, timedelta

import psycopg
import pytest

from tests.cli.conftest import CommandLine, picture
from tests.support.fault_server import Alone, serve, when
from tests.support.world import World


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_stopped_download_keeps_what_is_had_and_queues_the_rest_again(
    cli: CommandLine, world: World, database_url: str, number: signal.Signals
) -> None:
    released = threading.Event()
    dies_first = int((datetime.now(UTC) + timedelta(hours=1)).timestamp())
    quick = world.serve("/quick.jpg", picture("red")) + f"?Expires={dies_first}"
    slow = [world.serve(f"/slow{n}.jpg", when(released, serve(picture("blue", 16 + n)))) for n in range(6)]
    cli("import", world.write([world.post(quick, *slow)]))
    running = cli.start("media", "download-all", "--concurrency", "7", "--per-host", "7")
    ready = "select from post_media where download_status = 'ready'"
    with psycopg.connect(database_url, autocommit=True) as connection:
        while not (world.server.hits.total() > 2 and connection.execute(ready).fetchall()):
            assert running.poll() is None
            time.sleep(0.02)
    running.send_signal(number)

    out, err = running.communicate(timeout=60)

    assert running.returncode == 130, err
    assert out == b""
    assert err.count(b"\n") == 1
    with psycopg.connect(database_url) as connection:
        assert connection.execute("select waiting from unsealed_events()").fetchone() == (0,)
    assert {each["status"] for each in cli.json("jobs", "list")} == {"succeeded", "todo"}
    assert {each["download_status"] for each in cli.json("media", "list")} == {"ready", "pending"}
    released.set()
    rest = cli.json("media", "download-all")
    assert (rest["succeeded"], rest["failed"]) == (6, 0)


def test_limits_on_the_command_line_hold(cli: CommandLine, world: World) -> None:
    alone = Alone(picture("red"))
    cli("import", world.write([world.post(*(world.serve(f"/{n}.jpg", alone) for n in range(6)))]))

    assert cli.json("media", "download-all", "--concurrency", "1")["succeeded"] == 6
    assert alone.at_once == [1] * 6


def test_a_worker_does_what_is_queued_and_ends_when_idle(cli: CommandLine, stocked: World) -> None:
    cli("media", "download-all")
    stocked.serve("/gone.jpg", picture("green"))
    assert cli.json("jobs", "retry", "--all") == {"retried": 1}

    done = cli("worker", "--until-idle", "--kind", "download")

    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    assert len(cli.json("media", "list", "--status", "ready")) == 3


def test_waiting_for_the_jobs_of_a_killed_worker_is_told_in_a_pipe(
    cli: CommandLine, stocked: World, database_url: str
) -> None:
    request = "select public.request_jobs('download')"
    with psycopg.connect(database_url, autocommit=True) as connection:
        connection.execute(request)
        connection.execute(
            "with dead as (insert into jobs.procrastinate_workers default values returning id)"
            " update jobs.procrastinate_jobs set worker_id = dead.id, status = 'doing' from dead"
        )
    cli.environment |= {"SOCIAL_TUI_WORKER_HEARTBEAT_SECONDS": "1", "SOCIAL_TUI_WORKER_STALLED_SECONDS": "7"}

    done = cli("media", "download-all")

    assert done.stdout.startswith("2 downloaded, 1 lost\n")
    assert done.stderr.startswith("social-tui: Waiting for 3 download jobs of another worker")
    assert done.stderr.count("\n") == 1


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_worker_that_is_stopped_while_it_starts_ends_well(
    bare: CommandLine, number: signal.Signals
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        port = silent.getsockname()[1]
        running = bare.start("worker", DATABASE_URL=f"postgresql://nobody@127.0.0.1:{port}/none")
        silent.settimeout(30)
        connection, _ = silent.accept()
        with connection:
            running.send_signal(number)
            out, err = running.communicate(timeout=60)

    assert (running.returncode, out, err) == (0, b"", b"")


def test_a_worker_ends_with_the_process_that_started_it(cli: CommandLine) -> None:
    assert cli("worker", "--exit-with-parent", stdin=b"").returncode == 0


def test_jobs_are_listed_tried_again_and_called_off(cli: CommandLine, stocked: World) -> None:
    cli("media", "download-all")
    failed = cli.json("jobs", "list", "--status", "failed")
    assert [each["kind"] for each in failed] == ["download"]
    assert failed[0]["outcome"] == "deleted"
    assert len(cli.json("jobs", "list", "--kind", "download", "--limit", "2")) == 2
    assert cli.json("jobs", "list", "--kind", "archive") == []

    assert cli("jobs", "retry", str(failed[0]["job_id"])).stdout == "1 job queued again.\n"
    assert cli.json("jobs", "cancel", "--all", "--kind", "download") == {"cancelled": 1}
    nothing = cli("jobs", "cancel", "--all")
    assert (nothing.returncode, nothing.stdout) == (1, "0 jobs called off.\n")


def test_one_id_follows_a_media_from_import_to_analysis_in_the_log(cli: CommandLine, stocked: World) -> None:
    cli("media", "download-all")
    cli("media", "archive", "--all")
    cli("media", "analyze", "--status", "not_started")
    media_id = cli.json("media", "list", "--status", "ready")[0]["media_id"]

    log = (cli.home / "log" / "media.log").read_text()
    kinds = {
        line.split('"kind": "')[1].split('"')[0]
        for line in log.splitlines()
        if media_id in line and '"kind"' in line
    }

    assert {"download", "archive", "analyze"} <= kinds
    assert f'"correlation_id": "{media_id}"' in log


def test_a_cache_that_is_not_mounted_is_refused_in_one_line(cli: CommandLine, stocked: World) -> None:
    cli("media", "download-all")
    cache = stocked.home / "cache"
    cache.rename(cache.with_name("unmounted"))

    refused = cli("media", "verify-cache", "--repair")

    assert (refused.returncode, refused.stdout) == (4, "")
    assert f"{cache} has none of the 2 files that should be there. Mount its disk." in refused.stderr
    assert refused.stderr.count("\n") == 1
    assert cli.json("stats")["media_by_status"]["ready"] == 2
    lost = cli("media", "verify-cache", "--assume-lost", "--json")
    assert (lost.returncode, json.loads(lost.stdout)["missing"]) == (3, 2)
