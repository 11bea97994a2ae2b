"""Processes in reserve: they run what they are told to, and end with their starter."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import psycopg
import pytest

from social_tui.library.importing import import_paths
from tests.jobs.test_crashes import is_alive
from tests.jobs.test_crew import AT_ONCE, FILES, Crowd, who_downloaded
from tests.support.waiting import until
from tests.support.world import World

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="Processes are forked on Linux alone.")

_STARTER = """
import os, sys, threading, time
from social_tui.jobs.reserve import reserved

def run(arguments):
    with open(arguments[0], "w") as file:
        file.write(f"{os.getpid()} {sys.stdin.read()}")
    print("never seen", flush=True)
    return 7

if "without a null device" in sys.argv:
    os.devnull = "/dev/not there"
if "with a thread" in sys.argv:
    threading.Thread(target=time.sleep, args=(60,), daemon=True).start()
with reserved(run, lambda: None, 3) as reserve:
    taken = reserve.take([sys.argv[1]])
    print(*(process.pid for process in reserve._waiting), taken and taken.pid, flush=True)
    if "to the end" in sys.argv:
        taken.stdin.write(b"settings")
        taken.stdin.close()
        print(taken.wait(60), flush=True)
    else:
        sys.stdin.read()
print("at its end", flush=True)
"""


def start(tmp_path: Path, *words: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", _STARTER, str(tmp_path / "told"), *words],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def test_one_runs_what_it_is_told_and_the_others_end(tmp_path: Path) -> None:
    starter = start(tmp_path, "to the end")
    said, complaints = starter.communicate(timeout=60)
    pids, code, end = said.splitlines()
    *waiting, taken = pids.split()
    assert (code, end, complaints, starter.returncode) == ("7", "at its end", "", 0)
    assert (tmp_path / "told").read_text() == f"{taken} settings"
    assert len({*waiting, taken}) == 3
    assert not [pid for pid in (*waiting, taken) if is_alive(int(pid))]


def test_all_end_with_a_killed_starter(tmp_path: Path) -> None:
    starter = start(tmp_path)
    assert starter.stdout is not None
    pids = [int(pid) for pid in starter.stdout.readline().split()]
    assert len(pids) == 3
    assert all(map(is_alive, pids))
    starter.kill()
    starter.communicate()
    for pid in pids:
        until(lambda pid=pid: not is_alive(pid), "the end of a process in reserve")  # type: ignore[misc]


def test_a_typed_interrupt_is_for_the_starter_alone(tmp_path: Path) -> None:
    starter = start(tmp_path)
    assert starter.stdout is not None
    pids = [int(pid) for pid in starter.stdout.readline().split()]
    until(lambda: {os.getsid(pid) for pid in pids} == set(pids), "a session of each")
    assert os.getpgid(starter.pid) not in {os.getpgid(pid) for pid in pids}
    starter.communicate()


def test_none_is_forked_beside_a_thread(tmp_path: Path) -> None:
    starter = start(tmp_path, "with a thread")
    said, complaints = starter.communicate(timeout=60)
    assert (said, complaints) == ("None\nat its end\n", "")


def test_one_that_cannot_begin_does_not_go_on_as_its_starter(tmp_path: Path) -> None:
    starter = start(tmp_path, "without a null device")
    said, complaints = starter.communicate(timeout=60)
    _, end = said.splitlines()
    assert (end, complaints, starter.returncode) == ("at its end", "", 0)
    assert not (tmp_path / "told").exists()


_COMMAND = f"""
import os
from social_tui.jobs import crew
crew.FEWEST_JOBS = {FILES}
os.cpu_count = lambda: 2
from social_tui.cli import main
main()
"""


@pytest.mark.parametrize("ends", [True, False])
def test_a_large_batch_is_shared_with_a_forked_process(world: World, ends: bool) -> None:
    crowd = Crowd(AT_ONCE // 2 + 1 if ends else FILES)
    urls = [world.serve(f"/{number}.jpg", crowd) for number in range(FILES)]
    with world.open() as library:
        import_paths(library, [world.write([world.post(*urls)])])
    at_once = ["--concurrency", str(AT_ONCE), "--per-host", str(AT_ONCE)]
    command = subprocess.Popen(
        [sys.executable, "-c", _COMMAND, "media", "download-all", *at_once, "--json"],
        env={**os.environ, **world.environment(), "SOCIAL_TUI_WORKER_DRAIN_SECONDS": "0"},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    (child,) = until_there(command.pid)
    assert command_line(child) == command_line(command.pid)
    until(lambda: crowd.most > AT_ONCE // 2, "downloads by both processes")
    if not ends:
        command.send_signal(signal.SIGINT)
    command.communicate(timeout=60)
    crowd.came.set()
    assert command.returncode == (0 if ends else 130)
    until(lambda: not is_alive(child), "the end of the forked process")
    if ends:
        assert set(who_downloaded(world)) == {"cli", "worker"}
        assert who_downloaded(world).total() == FILES
    with psycopg.connect(world.database_url) as connection:
        doing = "select count(*) from jobs.procrastinate_jobs where status = 'doing'"
        assert connection.execute(doing).fetchone() == (0,)
        # What the forked process wrote into the audit log is sealed, too, also when it was interrupted.
        assert connection.execute("select waiting from public.unsealed_events()").fetchone() == (0,)
    assert world.checker().problems() == []


def until_there(pid: int) -> list[int]:
    """Wait for children of a process that are it once more: those that it forked."""

    def forked() -> list[int]:
        children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
        return [int(child) for child in children if command_line(int(child)) == command_line(pid)]

    until(forked, "a forked process")
    return forked()


def command_line(pid: int) -> bytes:
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes()
    except (FileNotFoundError, ProcessLookupError):
        return b""
