"""Ceph's object gateway over one disk that is a file: a store of production, on loopback and for a while.

Its programs come with a system's packages (Debian's ``radosgw``, ``ceph-mon`` and ``ceph-osd``). A manager is
left out: it keeps statistics, and nothing of the gateway waits for it. ``python -m benchmarks.ceph_store``
starts one for ``tests/media_archive/test_any_store.py``.
"""

from __future__ import annotations

import contextlib
import os
import secrets
import shutil
import subprocess
import sys
import tempfile
import uuid
from collections.abc import Iterator
from pathlib import Path

from benchmarks.addresses import await_server, free_addresses

PROGRAMS = ("ceph", "ceph-authtool", "ceph-mon", "ceph-osd", "monmaptool", "radosgw", "radosgw-admin")
_DISK_BYTES = 20 << 30  # as many as are written; the file has holes
_START_SECONDS = 120.0
# One copy of all, few placement groups, the least memory that a disk may have, and no bucket that is
# rearranged while somebody is measured.
_CONFIGURATION = """
[global]
fsid = {fsid}
mon host = [v2:{monitor}]
public addr = 127.0.0.1
cluster addr = 127.0.0.1
run dir = {root}
crash dir = {root}
log file = {root}/$name.log
admin socket =
keyring = {root}/keyring
mon data = {root}/mon
mon allow pool size one = true
osd data = {root}/osd
osd crush chooseleaf type = 0
osd pool default size = 1
osd pool default min size = 1
osd pool default pg num = 8
osd pool default pg autoscale mode = off
osd memory target = 939524096
bluestore block size = {disk}
rgw data = {root}
rgw frontends = beast endpoint={gateway}
rgw dynamic resharding = false
"""


def version() -> str | None:
    """Return what Ceph is called here, or None where a program of it is not installed."""
    if not all(map(shutil.which, PROGRAMS)):
        return None
    told = subprocess.run(["radosgw", "--version"], capture_output=True, text=True, check=True).stdout
    return f"Ceph RGW {told.split()[2]}"


@contextlib.contextmanager
def serving(folder: Path, key_id: str, secret: str) -> Iterator[str]:
    """Serve S3 until the end of the block.

    Args:
        folder: Where all of it lies meanwhile, in a folder of its own.
        key_id: Whose buckets there are.
        secret: What that user signs with.

    Yields:
        The address.

    Raises:
        RuntimeError: If a program does not start.
    """
    root = folder / "ceph"
    root.mkdir()
    monitor, gateway = free_addresses(2)
    with contextlib.ExitStack() as stack:
        stack.callback(shutil.rmtree, root)
        configuration, fsid = root / "ceph.conf", str(uuid.uuid4())
        configuration.write_text(
            _CONFIGURATION.format(root=root, fsid=fsid, monitor=monitor, gateway=gateway, disk=_DISK_BYTES)
        )
        environment = {**os.environ, "CEPH_CONF": str(configuration)}
        _prepare_monitor(root, fsid, monitor, environment)
        stack.enter_context(_running(["ceph-mon", "-i", "a"], environment))
        disk = str(uuid.uuid4())
        _do(["ceph", "--connect-timeout", str(int(_START_SECONDS)), "osd", "new", disk], environment)
        _do(["ceph-osd", "--mkfs", "-i", "0", "--osd-uuid", disk], environment)
        stack.enter_context(_running(["ceph-osd", "-i", "0"], environment))
        user = ["--uid", "bench", "--display-name", "bench", "--access-key", key_id, "--secret", secret]
        _do(["radosgw-admin", "user", "create", *user], environment)
        process = stack.enter_context(_running(["radosgw", "-n", "client.admin"], environment))
        await_server(gateway, process, _START_SECONDS)
        yield f"http://{gateway}"


def _prepare_monitor(root: Path, fsid: str, monitor: str, environment: dict[str, str]) -> None:
    """Make the keys of all, and the monitor's books."""
    keys, known = root / "keyring", root / "monmap"
    everything = ["--cap", "mon", "allow *", "--cap", "osd", "allow *"]
    _do(["ceph-authtool", "--create-keyring", str(keys), "--gen-key", "-n", "mon.", *everything], environment)
    for name in ("client.admin", "osd.0"):
        _do(["ceph-authtool", str(keys), "--gen-key", "-n", name, *everything], environment)
    (root / "mon").mkdir()
    (root / "osd").mkdir()
    _do(["monmaptool", "--create", "--fsid", fsid, "--addv", "a", f"[v2:{monitor}]", str(known)], environment)
    _do(["ceph-mon", "--mkfs", "-i", "a", "--monmap", str(known), "--keyring", str(keys)], environment)


def _do(command: list[str], environment: dict[str, str]) -> None:
    done = subprocess.run(command, env=environment, capture_output=True, timeout=_START_SECONDS, check=False)
    if done.returncode:
        raise RuntimeError(f"{command[0]} ended with {done.returncode}: {done.stderr[-2000:]!r}")


@contextlib.contextmanager
def _running(command: list[str], environment: dict[str, str]) -> Iterator[subprocess.Popen[bytes]]:
    quiet = subprocess.DEVNULL
    with subprocess.Popen([*command, "-f"], env=environment, stdout=quiet, stderr=quiet) as process:
        try:
            yield process
        finally:
            process.kill()  # what it stored goes with it


def main() -> None:
    """Serve until Enter, and print what names this store to the tests."""
    if version() is None:
        sys.exit(f"Ceph is not installed: it takes {', '.join(PROGRAMS)}.")
    key_id, secret = secrets.token_hex(8), secrets.token_hex(16)
    with tempfile.TemporaryDirectory() as name, serving(Path(name), key_id, secret) as url:
        print(f"TEST_S3_ENDPOINT_URL={url} TEST_S3_KEY_ID={key_id} TEST_S3_SECRET={secret}", flush=True)
        print("Enter ends it.", file=sys.stderr)
        sys.stdin.readline()


if __name__ == "__main__":
    main()
