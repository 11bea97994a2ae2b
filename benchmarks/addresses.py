"""Addresses on loopback for servers that are started for a benchmark."""

from __future__ import annotations

import socket
import subprocess
import time


def free_addresses(count: int) -> list[str]:
    """Return addresses that nobody listens on, each with a port of its own."""
    held = [socket.create_server(("127.0.0.1", 0)) for _ in range(count)]
    addresses = [f"127.0.0.1:{each.getsockname()[1]}" for each in held]
    for each in held:
        each.close()
    return addresses


def await_server(address: str, process: subprocess.Popen[bytes], seconds: float) -> None:
    """Wait until a process listens.

    Raises:
        RuntimeError: If it ended, or does not listen in so many seconds.
    """
    host, _, port = address.partition(":")
    end = time.monotonic() + seconds
    while True:
        try:
            socket.create_connection((host, int(port))).close()
        except OSError:
            if process.poll() is not None or time.monotonic() > end:
                raise RuntimeError(f"Nobody listens on {address}; ended with {process.poll()}.") from None
            time.sleep(0.05)
        else:
            return
