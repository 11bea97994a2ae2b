"""How fast captured files come into a bucket with their rows and checksums, beside tools that only copy.

A whole run takes some 500 s of processor, the servers' and the peers' with it: about eight minutes on two
quiet cores.
"""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import socket
import subprocess
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import psycopg

from benchmarks import big_library, ceph_store, peers
from benchmarks.addresses import await_server, free_addresses
from benchmarks.bench_capture import Shape, make_films, make_pictures, processor_of
from benchmarks.bench_command import OURS
from benchmarks.bench_import import sample_post
from benchmarks.measure import Figure, Run, Section, run_process
from benchmarks.media_host import serving

AT_ONCE = 16
HELD_ROWS = 100_000
SMALL = Shape(2_000, 50_000, "jpg", (" (goal ≥ 1.2)", " (goal ≥ 0.6)", ""))
LARGE = Shape(1, 1 << 30, "mp4", (" (goal ≥ 0.8)",))
_START_SECONDS = 10.0
_SETTLE_SECONDS = 1.0
_TURNS = 3
_PEERS = {SMALL.suffix: (peers.AWS, peers.S5CMD, peers.RCLONE), LARGE.suffix: (peers.S5CMD,)}
_KEYS = {"AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "testing", "AWS_S3_REGION": "us-east-1"}
# What an earlier round wrote into the rows is taken back, so that each round has the same to do.
_FORGET = """
delete from jobs.procrastinate_jobs where queue_name = 'archive';
update public.post_media set archive_url = null;
update public.media_blobs set proof = 'cached', archive_url = null, archived_at = null
"""
_ALL_ARCHIVED = """
update public.media_blobs
set proof = 'archived', archive_url = 's3://bench/media/2026/01/' || sha256 || '.jpg', archived_at = now()
where proof = 'cached'
"""


@dataclass(frozen=True)
class _Server:
    """A program that speaks S3.

    Args:
        name: What it is called.
        serving: Serves in a folder until the end of the block, and tells where; None where not installed.
        honesty: What it checks, and what that means for the figures.
        refuses_taken: Whether it refuses names that are taken, so that nobody has to look first.
        turns: How often each client is measured, by turns.
    """

    name: str
    serving: Callable[[Path], contextlib.AbstractContextManager[str]] | None
    honesty: str
    refuses_taken: bool = False
    turns: int = 1


class _Store:
    """A new bucket of a server at rest, looked at by a client that is none of those that are measured."""

    def __init__(self, url: str, bucket: str) -> None:
        import boto3  # type: ignore[import-untyped]

        self.url = url
        self.bucket = bucket
        self._client = boto3.client(
            "s3",
            endpoint_url=url,
            region_name="us-east-1",
            aws_access_key_id=_KEYS["AWS_ACCESS_KEY_ID"],
            aws_secret_access_key=_KEYS["AWS_SECRET_ACCESS_KEY"],
        )
        self._client.create_bucket(Bucket=bucket)
        os.sync()
        time.sleep(_SETTLE_SECONDS)

    def warm(self) -> None:
        """Send something small and begin something large: a store may make its pools when they are used."""
        self._client.put_object(Bucket=self.bucket, Key="small", Body=b"small")
        begun = self._client.create_multipart_upload(Bucket=self.bucket, Key="large")
        self._client.abort_multipart_upload(Bucket=self.bucket, Key="large", UploadId=begun["UploadId"])

    def environment(self) -> dict[str, str]:
        """Say to our program where to archive."""
        return {**_KEYS, "AWS_S3_ENDPOINT_URL": self.url, "AWS_S3_BUCKET": self.bucket}

    def require(self, shape: Shape) -> None:
        """Count what came, by the server's own list."""
        pages = self._client.get_paginator("list_objects_v2").paginate(Bucket=self.bucket)
        objects = [each for page in pages for each in page.get("Contents", [])]
        sizes = [each["Size"] for each in objects if each["Key"].endswith(f".{shape.suffix}")]
        if sizes != [shape.size] * shape.count:
            raise RuntimeError(f"Of {shape.count} files {len(sizes)} came.")


def measure() -> Section:
    """Archive many small files and a large one, and let each peer copy them; then with nothing left to do."""
    small = compare(SMALL, make_pictures, [_ceph(), _moto(), _rclone()])
    figures = [*small, *compare(LARGE, make_films, [_ceph(), _rclone()])]
    title = f"Archive in a bucket of a server on this machine, {AT_ONCE} at once"
    return Section(title, [*figures, nothing_to_do()])


def compare(shape: Shape, make: Callable[[Path, Shape], None], servers: list[_Server]) -> list[Figure]:
    """Capture files once, then copy them into each server, every time into an empty bucket."""
    figures = []
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        folder.chmod(0o711)  # the database server has an account of its own where we are root
        with _stocked(shape, make, folder) as (home, environment):
            for server in servers:
                figures += _compare(shape, server, folder, home, environment)
    return figures


def _compare(
    shape: Shape, server: _Server, folder: Path, home: Path, environment: dict[str, str]
) -> list[Figure]:
    if server.serving is None:
        return [Figure(server.name, "not installed")]
    theirs: dict[str, list[Run]] = {name: [] for name in _PEERS[shape.suffix]}
    ours: list[Run] = []
    database = 0.0
    with server.serving(folder) as url:
        _Store(url, "warm").warm()
        for turn in range(server.turns):
            for place, (name, runs) in enumerate(theirs.items()):
                run = _theirs(name, home / "cache" / "media", _Store(url, f"bench{turn}{place}"), shape)
                runs += [run] if run else []
            store = _Store(url, f"ours{turn}")
            run, seconds = _ours(home, environment, store, shape)
            ours.append(run)
            database += seconds / server.turns
        read = _read_back(environment, store) if shape.count > 1 and server.refuses_taken else None
    mine = _middle(ours)
    note = (
        f"{server.name}, which {server.honesty}; peak RSS {max(run.peak_mib for run in ours):.0f} MiB "
        f"(goal ≤ 150); PostgreSQL's processor {1000 * database / shape.count:.1f} ms a file"
    )
    figures = [
        Figure(
            f"{_name(shape)} into {server.name}",
            _rate(mine, shape),
            _rate(_middle(runs), shape) if runs else "not installed",
            name,
            f"{_middle(runs).wall / mine.wall:.2f} of it{goal}; {note}" if runs else note,
        )
        for (name, runs), goal in zip(theirs.items(), shape.goals, strict=True)
    ]
    if read is not None:
        name = f"{_name(shape)} of {server.name} read back and hashed"
        figures.append(Figure(name, _rate(read, shape)))
    return figures


def _ceph() -> _Server:
    """Return a store of production, in processes of its own."""
    name = ceph_store.version()
    keys = (_KEYS["AWS_ACCESS_KEY_ID"], _KEYS["AWS_SECRET_ACCESS_KEY"])

    def serving(folder: Path) -> contextlib.AbstractContextManager[str]:
        return ceph_store.serving(folder, *keys)

    honesty = f"checks signatures and MD5s and refuses taken names; median of {_TURNS}, by turns"
    return _Server(name or "Ceph RGW", serving if name else None, honesty, refuses_taken=True, turns=_TURNS)


def _rclone() -> _Server:
    """Return the server that bounds nobody here."""
    program = peers.rclone()

    def command(address: str, root: Path) -> list[str]:
        auth = f"{_KEYS['AWS_ACCESS_KEY_ID']},{_KEYS['AWS_SECRET_ACCESS_KEY']}"
        options = ["--addr", address, "--auth-key", auth, "--vfs-cache-mode", "off"]
        return [str(program), "serve", "s3", str(root), *options]

    honesty = "checks signatures and MD5s, but overwrites taken names: so ours looks before each file"
    return _Server("rclone serve s3", partial(_serving_s3, command) if program else None, honesty)


def _moto() -> _Server:
    """Return a server that refuses names that are taken, as S3 does."""
    program = peers.moto()

    def command(address: str, root: Path) -> list[str]:
        host, _, port = address.partition(":")
        return [str(program), "-H", host, "-p", port]

    honesty = "refuses taken names, but checks no digests and bounds the fastest, as one process of Python"
    return _Server("moto", partial(_serving_s3, command) if program else None, honesty, refuses_taken=True)


def _middle(runs: list[Run]) -> Run:
    """Return the run that took neither longest nor shortest."""
    return sorted(runs, key=lambda run: run.wall)[len(runs) // 2]


@contextlib.contextmanager
def _stocked(
    shape: Shape, make: Callable[[Path, Shape], None], folder: Path
) -> Iterator[tuple[Path, dict[str, str]]]:
    """Capture the files into a new library, whose database server runs until the end of the block."""
    site, home = folder / "site", folder / "ours"
    site.mkdir()
    home.mkdir(mode=0o711)
    make(site, shape)
    with serving(site) as host:
        posts = [sample_post(number) for number in range(shape.count)]
        for number, post in enumerate(posts):
            kind = "video" if shape.suffix == "mp4" else "image"
            post["media"] = {
                "type": kind,
                "items": [{"url": f"http://{host.address}/{number}.{shape.suffix}"}],
            }
        export = home / "posts.json"
        export.write_text(json.dumps(posts))
        environment = {"SOCIAL_TUI_HOME": str(home), "SOCIAL_TUI_ALLOW_PRIVATE": host.address}
        run_process([OURS, "db", "start"], environment=environment)
        try:
            run_process([OURS, "import", str(export)], environment=environment)
            run_process([OURS, "media", "download-all", "--max-bytes", "2GB"], environment=environment)
            shutil.rmtree(site)
            yield home, environment
        finally:
            run_process([OURS, "db", "stop"], environment=environment)


@contextlib.contextmanager
def _serving_s3(command: Callable[[str, Path], list[str]], folder: Path) -> Iterator[str]:
    """Serve S3 over an empty folder until the end of the block, and tell where."""
    root = folder / "buckets"
    root.mkdir()
    (address,) = free_addresses(1)
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    with subprocess.Popen(command(address, root), **quiet) as process:  # type: ignore[call-overload]
        try:
            await_server(address, process, _START_SECONDS)
            yield f"http://{address}"
        finally:
            process.terminate()
            process.wait()
            shutil.rmtree(root)


def _theirs(name: str, media: Path, store: _Store, shape: Shape) -> Run | None:
    """Let a peer copy a folder into the bucket, as many files at once as it likes; None without that peer."""
    program = {peers.AWS: peers.aws, peers.S5CMD: peers.s5cmd, peers.RCLONE: peers.rclone}[name]()
    if program is None:
        return None
    if name == peers.AWS:
        options = ["--endpoint-url", store.url, "--region", "us-east-1", "s3", "sync", "--no-progress"]
        command = [*options, str(media), f"s3://{store.bucket}/"]
    elif name == peers.S5CMD:
        command = ["--endpoint-url", store.url, "cp", f"{media}/", f"s3://{store.bucket}/"]
    else:
        options = ["--config", "/dev/null", "--s3-env-auth", "--s3-endpoint", store.url]
        command = ["copy", *options, "--transfers", str(AT_ONCE), str(media), f":s3:{store.bucket}"]
    run = run_process([str(program), *command], environment={"no_proxy": "127.0.0.1", **_KEYS})
    store.require(shape)
    return run


def _ours(home: Path, environment: dict[str, str], store: _Store, shape: Shape) -> tuple[Run, float]:
    """Archive all; gives also the seconds of processor that the database server took meanwhile."""
    url = run_process([OURS, "db", "url"], environment=environment).output.decode().strip()
    with psycopg.connect(url) as connection:
        connection.execute(_FORGET)
    server = next(home.rglob("postmaster.pid")).read_text().split()[0]
    before = processor_of(server)
    command = [OURS, "media", "archive", "--all", "--concurrency", str(AT_ONCE), "--json"]
    run = run_process(command, environment={**environment, **store.environment()})
    database = processor_of(server) - before
    store.require(shape)
    return run, database


def _read_back(environment: dict[str, str], store: _Store) -> Run:
    command = [OURS, "archive", "verify", "--read-back"]
    return run_process(command, environment={**environment, **store.environment()})


def nothing_to_do() -> Figure:
    """Time an archiving of a library that is archived, beside a store that counts who comes."""
    home = big_library.ready(peers.WORK, HELD_ROWS // 2, held=10)
    asked: list[object] = []
    with socket.create_server(("127.0.0.1", 0)) as listener:
        threading.Thread(target=_count, args=(listener, asked), daemon=True).start()
        environment = {
            "SOCIAL_TUI_HOME": str(home),
            "AWS_S3_BUCKET": "bench",
            "AWS_S3_ENDPOINT_URL": f"http://127.0.0.1:{listener.getsockname()[1]}",
            **_KEYS,
        }
        run_process([OURS, "db", "start"], environment=environment)
        try:
            url = run_process([OURS, "db", "url"], environment=environment).output.decode().strip()
            with psycopg.connect(url) as connection:
                connection.execute(_ALL_ARCHIVED)
            run = run_process([OURS, "media", "archive", "--all"], environment=environment)
        finally:
            run_process([OURS, "db", "stop"], environment=environment)
    return Figure(
        f"social-tui media archive --all, all of {HELD_ROWS:,} media archived, whole process",
        f"{run.wall:.1f} s",
        note=f"goal ≤ 5 s; {len(asked)} connections to the store (goal: none)",
    )


def _count(listener: socket.socket, asked: list[object]) -> None:
    with contextlib.suppress(OSError):
        while True:
            connection, _ = listener.accept()
            asked.append(connection)
            connection.close()


def _name(shape: Shape) -> str:
    size = f"{shape.size // 1000:,} KB" if shape.size < 1 << 30 else f"{shape.size >> 30} GiB"
    return f"{shape.count:,} {'file' if shape.count == 1 else 'files'} of {size}"


def _rate(run: Run, shape: Shape) -> str:
    files = shape.count / run.wall
    return (
        f"{files:,.1f} files/s, {files * shape.size / 1e6:,.0f} MB/s ({run.wall:.1f} s), "
        f"processor {1000 * run.cpu / shape.count:,.1f} ms a file"
    )
