"""Run OpenStack Swift with its S3 API on loopback until standard input ends; ``swift_server`` starts this.

One process loads Swift and forks the account, container, object and proxy servers, each on a socket that is
bound before, so that no port is guessed. ``python -m tests.support.swift_cluster FOLDER PROXIES``: the folder
must be on a disk with extended attributes; it is removed at the end.
"""

from __future__ import annotations

import ctypes
import os
import shutil
import signal
import socket
import sys
from pathlib import Path

_PR_SET_PDEATHSIG = 1
_RINGS = ("account", "container", "object")

_COMMON = """\
[DEFAULT]
swift_dir = {folder}
devices = {folder}/devices
mount_check = false
disable_fallocate = true
log_level = CRITICAL
workers = 0
max_clients = 1024
"""

_SERVER = """
[pipeline:main]
pipeline = {name}-server
[app:{name}-server]
use = egg:swift#{name}
"""

# The order of https://docs.openstack.org/swift/latest/admin/middleware.html; symlink serves versions.
_PROXY = """
[pipeline:main]
pipeline = catch_errors cache listing_formats s3api tempauth bulk slo dlo versioned_writes symlink
    proxy-server
[app:proxy-server]
use = egg:swift#proxy
account_autocreate = true
[filter:tempauth]
use = egg:swift#tempauth
user_test_writer = {writer_secret} .admin
user_test_stranger = {stranger_secret}
[filter:s3api]
use = egg:swift#s3api
location = us-east-1
[filter:catch_errors]
use = egg:swift#catch_errors
[filter:cache]
use = egg:swift#memcache
[filter:listing_formats]
use = egg:swift#listing_formats
[filter:bulk]
use = egg:swift#bulk
[filter:slo]
use = egg:swift#slo
[filter:dlo]
use = egg:swift#dlo
[filter:versioned_writes]
use = egg:swift#versioned_writes
allow_object_versioning = true
[filter:symlink]
use = egg:swift#symlink
"""

WRITER, WRITER_SECRET = "test:writer", "canary-secret-of-the-writer"
STRANGER, STRANGER_SECRET = "test:stranger", "canary-secret-of-the-stranger"


def main(folder: Path, proxies: int) -> None:
    """Start the servers, print the proxy's port, and stop when nobody holds standard input any more."""
    listening = {name: _listen() for name in (*_RINGS, "proxy")}
    _write_settings(folder)
    _write_rings(folder, {name: listening[name].getsockname()[1] for name in _RINGS})
    children = [_fork(folder, name, listening[name]) for name in (*_RINGS, *["proxy"] * proxies)]
    sys.stdout.write(f"{listening['proxy'].getsockname()[1]}\n")
    sys.stdout.flush()
    sys.stdin.read()
    for child in children:
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
    shutil.rmtree(folder)


def _listen() -> socket.socket:
    listening = socket.create_server(("127.0.0.1", 0), backlog=1024)
    listening.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return listening


def _write_settings(folder: Path) -> None:
    folder.joinpath("devices", "disk").mkdir(parents=True)
    folder.joinpath("swift.conf").write_text("[swift-hash]\nswift_hash_path_suffix = tests\n")
    common = _COMMON.format(folder=folder)
    for name in _RINGS:
        folder.joinpath(f"{name}.conf").write_text(common + _SERVER.format(name=name))
    secrets = {"writer_secret": WRITER_SECRET, "stranger_secret": STRANGER_SECRET}
    folder.joinpath("proxy.conf").write_text(common + _PROXY.format(**secrets))


def _write_rings(folder: Path, ports: dict[str, int]) -> None:
    from swift.common.ring import RingBuilder  # type: ignore[import-untyped]

    for name, port in ports.items():
        builder = RingBuilder(part_power=4, replicas=1, min_part_hours=1)
        place = {"region": 1, "zone": 1, "ip": "127.0.0.1", "port": port, "device": "disk", "weight": 1}
        builder.add_dev(place)
        builder.rebalance(seed="0")
        builder.get_ring().save(str(folder / f"{name}.ring.gz"))


def _fork(folder: Path, name: str, listening: socket.socket) -> int:
    parent = os.getpid()
    child = os.fork()
    if child:
        return child
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:
        os._exit(1)
    os.close(0)
    _serve(folder, name, listening)
    os._exit(0)


def _serve(folder: Path, name: str, listening: socket.socket) -> None:
    from eventlet.greenio import GreenSocket  # type: ignore[import-untyped]
    from swift.common.utils import set_swift_dir  # type: ignore[import-untyped]
    from swift.common.wsgi import _initrp, run_server  # type: ignore[import-untyped]

    set_swift_dir(str(folder))
    settings, logger, _ = _initrp(str(folder / f"{name}.conf"), f"{name}-server")
    run_server(settings, logger, GreenSocket(listening))


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]))
