"""The child that decodes is limited, replaceable and not believed."""

from __future__ import annotations

import contextlib
import json
import os
import resource
import select
import signal
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from social_tui.media_cache import decode
from social_tui.media_cache import decoder as pool
from social_tui.media_cache.decode import probe
from social_tui.media_cache.decoder import Decoder, UndecodableError
from tests.media_cache import samples
from tests.support.waiting import until


@pytest.fixture
def decoder() -> Iterator[Decoder]:
    opened = Decoder(2)
    yield opened
    opened.close()


def written(tmp_path: Path, data: bytes) -> Path:
    path = tmp_path / "media.bin"
    path.write_bytes(data)
    return path


def child_of(decoder: Decoder, path: Path) -> int:
    """Have a child work, and return its process id while it waits for more."""
    decoder.ask_about(path, "image/jpeg", "probe", whole=False)
    return decoder._idle[-1]._process.pid


def reading(fifo: Path) -> int:
    """Wait until someone reads a FIFO; returns its other end, open for as long as nothing is to be read."""
    ends: list[int] = []

    def is_read() -> bool:
        with contextlib.suppress(OSError):
            ends.append(os.open(fifo, os.O_WRONLY | os.O_NONBLOCK))
        return bool(ends)

    until(is_read, "a reader")
    return ends[0]


def test_a_child_serves_many_and_is_replaced_when_it_dies(decoder: Decoder, tmp_path: Path) -> None:
    path = written(tmp_path, samples.jpeg())
    first = child_of(decoder, path)
    assert child_of(decoder, path) == first
    os.kill(first, signal.SIGKILL)
    os.waitid(os.P_PID, first, os.WEXITED | os.WNOWAIT)
    assert child_of(decoder, path) != first


def test_a_child_that_may_be_about_to_leave_is_not_asked(
    decoder: Decoder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = written(tmp_path, samples.jpeg())
    monkeypatch.setattr(pool, "_IDLE_SECONDS", 1)
    first = child_of(decoder, path)
    os.waitid(os.P_PID, first, os.WEXITED | os.WNOWAIT)  # It leaves by itself, after its second.
    monkeypatch.setattr(pool, "_LEAVING_SECONDS", 1)
    leaving = child_of(decoder, path)
    assert child_of(decoder, path) not in (first, leaving)
    assert not Path(f"/proc/{leaving}").exists()


def test_a_crash_or_a_hang_costs_one_media(
    decoder: Decoder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = written(tmp_path, samples.jpeg())
    endless = tmp_path / "endless.jpg"
    os.mkfifo(endless)  # opening it for reading waits for a writer that never comes
    first = child_of(decoder, path)
    with monkeypatch.context() as patched:
        patched.setattr(pool, "_WALL_SECONDS", 1)
        with pytest.raises(UndecodableError, match="too long"):
            decoder.ask_about(endless, "image/jpeg", "probe", whole=False)
    assert not Path(f"/proc/{first}").exists(), "the hung child was ended and reaped"
    second = child_of(decoder, path)
    with ThreadPoolExecutor(1) as threads:
        lost = threads.submit(decoder.ask_about, endless, "image/jpeg", "probe", whole=False)
        other_end = reading(endless)
        os.kill(second, signal.SIGSEGV)
        with pytest.raises(UndecodableError, match="crashed"):
            lost.result()
        os.close(other_end)
    assert child_of(decoder, path) not in (first, second)


def test_an_endless_loop_meets_the_processor_limit(tmp_path: Path) -> None:
    busy = "from social_tui.media_cache import decode_child as c\nc._limit_time(1, 60)\nwhile True: pass\n"
    ended = subprocess.run([sys.executable, "-c", busy], check=False)
    assert ended.returncode in (-signal.SIGXCPU, -signal.SIGKILL)


def test_the_child_limits_itself_and_knows_nothing(decoder: Decoder, tmp_path: Path) -> None:
    pid = child_of(decoder, written(tmp_path, samples.jpeg()))
    assert resource.prlimit(pid, resource.RLIMIT_AS)[0] == 768 << 20
    assert resource.prlimit(pid, resource.RLIMIT_FSIZE)[0] == 0
    assert resource.prlimit(pid, resource.RLIMIT_NOFILE)[0] == 32
    assert 0 < resource.prlimit(pid, resource.RLIMIT_CPU)[0] < 30
    environment = Path(f"/proc/{pid}/environ").read_bytes()
    assert b"HOME" not in environment
    assert b"KEY" not in environment
    assert all(name in (b"", b"LC_CTYPE=C.UTF-8") for name in environment.split(b"\0"))


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="other systems have no such filters")
def test_the_child_has_no_network_and_cannot_change_what_is_on_the_disk(
    decoder: Decoder, tmp_path: Path
) -> None:
    status = Path(f"/proc/{child_of(decoder, written(tmp_path, samples.jpeg()))}/status").read_text()
    assert "Seccomp:\t2\n" in status
    assert "NoNewPrivs:\t1\n" in status
    kept, target = tmp_path / "kept", tmp_path / "target"
    kept.write_text("here")
    tried = subprocess.run(
        [sys.executable, "-c", TRIALS, str(kept), str(target)], capture_output=True, check=True
    )
    assert json.loads(tried.stdout) == {"read": "here", "refused": 14, "done": []}
    assert (kept.read_text(), target.exists()) == ("here", False)


TRIALS = """
import json, os, socket, subprocess, sys
from social_tui.media_cache.confinement import confine

kept, target = sys.argv[1:]
pair = socket.socketpair()
assert confine()
trials = {
    "inet": lambda: socket.socket(),
    "unix": lambda: socket.socket(socket.AF_UNIX),
    "pair": lambda: socket.socketpair(),
    "send": lambda: pair[0].sendmsg([b"x"]),
    "run": lambda: subprocess.run(["true"]),
    "remove": lambda: os.unlink(kept),
    "rename": lambda: os.rename(kept, target),
    "link": lambda: os.link(kept, target),
    "symlink": lambda: os.symlink(kept, target),
    "folder": lambda: os.mkdir(target),
    "cut": lambda: os.truncate(kept, 0),
    "mode": lambda: os.chmod(kept, 0),
    "kill": lambda: os.kill(os.getppid(), 0),
    "time": lambda: os.utime(kept),
}
refused, done = 0, []
for name, trial in trials.items():
    try:
        trial()
        done.append(name)
    except PermissionError:
        refused += 1
print(json.dumps({"read": open(kept).read(), "refused": refused, "done": done}))
"""


def test_the_child_ends_when_its_parent_is_killed(tmp_path: Path) -> None:
    path = written(tmp_path, samples.jpeg())
    parent = subprocess.Popen(
        [
            sys.executable,
            "-c",
            "import sys, time; from pathlib import Path\n"
            "from social_tui.media_cache.decode import probe\n"
            "from social_tui.media_cache.decoder import decoder\n"
            "probe(Path(sys.argv[1]), 'image/jpeg')\n"
            "print(decoder()._idle[0]._process.pid, flush=True)\n"
            "time.sleep(600)",
            str(path),
        ],
        stdout=subprocess.PIPE,
        text=True,
    )
    assert parent.stdout is not None
    child = int(parent.stdout.readline())
    descriptor = os.pidfd_open(child)
    parent.kill()
    parent.communicate()
    # A pidfd becomes readable when its process has ended.
    assert select.select([descriptor], [], [], 30)[0]
    os.close(descriptor)


def test_several_threads_decode_at_once(tmp_path: Path) -> None:
    paths = []
    for number in range(8):
        path = tmp_path / f"{number}.jpg"
        path.write_bytes(samples.jpeg(100 + number, 50))
        paths.append(path)
    with ThreadPoolExecutor(8) as threads:
        found = list(threads.map(lambda path: probe(path, "image/jpeg"), paths))
    assert [one.width for one in found] == [100 + number for number in range(8)]


def test_a_lying_child_is_not_believed() -> None:
    assert decode._number(9) == 9
    assert decode._number(-1) is None
    assert decode._number(1 << 60) is None
    assert decode._number("9") is None
