from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.swift_server import MissingPeerError, SwiftServer, swift_or_skip
from tests.support.waiting import until

STARTER = """
import sys, time
from tests.support.swift_server import SwiftServer

with SwiftServer(proxies=2) as swift:
    sys.stdout.write(f"{swift.url} {swift.folder}\\n")
    sys.stdout.flush()
    time.sleep(600)
"""


def is_listening(url: str) -> bool:
    with socket.socket() as trial:
        return trial.connect_ex(("127.0.0.1", int(url.rpartition(":")[2]))) == 0


def test_the_servers_and_what_they_stored_go_with_a_killed_starter() -> None:
    with swift_or_skip():
        pass
    starter = subprocess.Popen(
        [sys.executable, "-c", STARTER], cwd=Path(__file__).parents[2], stdout=subprocess.PIPE, text=True
    )
    assert starter.stdout is not None
    url, folder = starter.stdout.readline().split()
    assert is_listening(url)

    starter.kill()
    starter.communicate()

    until(lambda: not Path(folder).exists())
    assert not is_listening(url)


def test_the_servers_go_with_a_killed_watcher() -> None:
    with swift_or_skip() as swift:
        os.kill(swift.pid, signal.SIGKILL)
        until(lambda: not is_listening(swift.url))
        shutil.rmtree(swift.folder)


def test_a_missing_peer_skips_or_fails_as_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    with pytest.raises(MissingPeerError, match="not installed"):
        SwiftServer().__enter__()
    monkeypatch.delenv("REQUIRE_PEERS", raising=False)
    with pytest.raises(pytest.skip.Exception, match="not installed"), swift_or_skip():
        pass
    monkeypatch.setenv("REQUIRE_PEERS", "1")
    with pytest.raises(pytest.fail.Exception, match="not installed"), swift_or_skip():
        pass
