"""How fast links become files that are hashed, on the disk and in rows, beside plain downloaders."""

from __future__ import annotations

import contextlib
import io
import json
import os
import shutil
import statistics
import struct
import subprocess
import sys
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path

from benchmarks import big_library
from benchmarks.bench_command import OURS
from benchmarks.bench_import import sample_post
from benchmarks.http_clients import CLIENTS
from benchmarks.measure import Figure, Run, Section, milliseconds, repeat, run_process
from benchmarks.media_host import Host, serving
from benchmarks.peers import GALLERY_DL, WORK, gallery_dl

AT_ONCE = 16
HELD_ROWS = 100_000
_ROUNDS = 3


@dataclass(frozen=True)
class Shape:
    """Some files of one kind and size in bytes, and what is wanted against each peer."""

    count: int
    size: int
    suffix: str
    goals: tuple[str, ...]


SMALL = Shape(2_000, 50_000, "jpg", (" (goal ≥ 1.0)", "", " (goal ≥ 1.5)"))
LARGE = Shape(8, 100_000_000, "mp4", (" (goal ≥ 0.8)", "", ""))


@dataclass(frozen=True)
class _Cost:
    """What one download of all files took.

    Args:
        run: The process.
        growth: Its peak memory beyond that of the same command with nothing to do, in MiB.
        database: Processor seconds of the database server meanwhile.
    """

    run: Run
    growth: float = 0.0
    database: float = 0.0


@dataclass(frozen=True)
class _Peer:
    """Another downloader: its name with its version, and its command, or None where it is missing."""

    name: str
    command: Callable[[Path, Path], list[str]] | None


def measure() -> Section:
    """Download many small and a few large files with each, by turns; then plan a library that has all."""
    section = Section(f"Capture over HTTP from this machine, {AT_ONCE} at once, median of {_ROUNDS}")
    aria2 = _aria2()
    peers = [aria2, _proven(aria2), _gallery_dl()]
    for shape, make in ((SMALL, make_pictures), (LARGE, make_films)):
        with tempfile.TemporaryDirectory() as name:
            folder = Path(name)
            folder.chmod(0o711)  # the database server has an account of its own where we are root
            site = folder / "site"
            site.mkdir()
            make(site, shape)
            with serving(site) as host:
                if shape is SMALL:
                    section.figures += _clients(shape, host)
                section.figures += _compare(shape, host, peers, folder)
    section.figures += _cycles()
    return section


def _compare(shape: Shape, host: Host, peers: list[_Peer], folder: Path) -> list[Figure]:
    links = [f"http://{host.address}/{number}.{shape.suffix}" for number in range(shape.count)]
    ours: list[_Cost] = []
    theirs: list[list[_Cost]] = [[] for _ in peers]
    for _ in range(_ROUNDS):
        for peer, costs in zip(peers, theirs, strict=True):
            if peer.command is not None:
                costs.append(_theirs(peer.command, links, shape, folder))
        ours.append(_ours(links, host, shape, folder))
    database = statistics.median(cost.database for cost in ours)
    note = (
        f"from {host.name}; peak RSS grows by {max(cost.growth for cost in ours):.0f} MiB (goal ≤ 64); "
        f"PostgreSQL's processor {1000 * database / shape.count:.1f} ms a file"
    )
    return [
        Figure(
            f"{shape.count:,} files of {shape.size // 1000:,} KB",
            _rate(ours, shape),
            _rate(costs, shape) if costs else "not installed",
            peer.name,
            f"{_middle(costs) / _middle(ours):.2f} of it{goal}; {note}" if costs else note,
        )
        for peer, costs, goal in zip(peers, theirs, shape.goals, strict=True)
    ]


def _theirs(
    command: Callable[[Path, Path], list[str]], links: list[str], shape: Shape, folder: Path
) -> _Cost:
    target, listed = folder / "theirs", folder / "links.txt"
    listed.write_text("\n".join(links) + "\n")
    run = run_process(command(target, listed), environment={"no_proxy": "127.0.0.1"})
    sizes = [path.stat().st_size for path in target.iterdir()]
    _put_away(target, shape)
    if sizes != [shape.size] * shape.count:
        raise RuntimeError(f"{command(target, listed)[0]} brought {len(sizes)} of {shape.count} files.")
    return _Cost(run)


def _ours(links: list[str], host: Host, shape: Shape, folder: Path) -> _Cost:
    """Download into a new library; the program's start counts, that of the database server does not."""
    home = folder / "ours"
    home.mkdir(mode=0o711)
    export = home / "posts.json"
    posts = [sample_post(number) for number in range(len(links))]
    for post, link in zip(posts, links, strict=True):
        kind = "video" if link.endswith("mp4") else "image"
        post["media"] = {"type": kind, "items": [{"url": link}]}
    export.write_text(json.dumps(posts))
    environment = {"SOCIAL_TUI_HOME": str(home), "SOCIAL_TUI_ALLOW_PRIVATE": host.address}
    at_once = ["--concurrency", str(AT_ONCE), "--per-host", str(AT_ONCE), "--max-bytes", "200MB"]
    command = [OURS, "media", "download-all", *at_once, "--json"]
    run_process([OURS, "db", "start"], environment=environment)
    try:
        idle = run_process(command, environment=environment)
        run_process([OURS, "import", str(export)], environment=environment)
        server = next(home.rglob("postmaster.pid")).read_text().split()[0]
        before = processor_of(server)
        run = run_process(command, environment=environment)
        cost = _Cost(run, run.peak_mib - idle.peak_mib, processor_of(server) - before)
    finally:
        run_process([OURS, "db", "stop"], environment=environment)
    ready = len(list((home / "cache" / "media").rglob(f"*.{links[0].rpartition('.')[2]}")))
    _put_away(home, shape)
    if ready != len(links):
        raise RuntimeError(f"Of {len(links)} files {ready} came: {run.output!r}")
    return cost


def _put_away(folder: Path, shape: Shape) -> None:
    """Let the next run begin as this one did: with nothing to write, and without many files that just went.

    For a minute ext4 steps over the places of files that went, which costs whoever makes files a tenth of the
    processor (``recently_deleted`` in fs/ext4/ialloc.c of Linux).
    """
    if shape is SMALL:
        folder.rename(tempfile.mkdtemp(dir=folder.parent, prefix="done-"))
    else:
        shutil.rmtree(folder)
    os.sync()


def processor_of(server: str) -> float:
    """Sum the processor seconds of a process and its children, ended ones too: proc(5), fields 14 to 17."""
    ticks = 0
    for file in Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(FileNotFoundError, ProcessLookupError):
            fields = file.read_text().rpartition(")")[2].split()
            if server in (file.parent.name, fields[1]):
                ticks += sum(map(int, fields[11:15]))
    return ticks / os.sysconf("SC_CLK_TCK")


def _middle(costs: list[_Cost]) -> float:
    return statistics.median(cost.run.wall for cost in costs)


def _rate(costs: list[_Cost], shape: Shape) -> str:
    files = shape.count / _middle(costs)
    walls = sorted(cost.run.wall for cost in costs)
    processor = 1000 * statistics.median(cost.run.cpu for cost in costs) / shape.count
    return (
        f"{files:,.1f} files/s, {files * shape.size / 1e6:,.0f} MB/s ({walls[0]:.1f}–{walls[-1]:.1f} s), "
        f"processor {processor:,.1f} ms a file"
    )


def _clients(shape: Shape, host: Host) -> list[Figure]:
    """Time the HTTP clients alone, each in a process of its own that keeps nothing."""
    runs: dict[str, list[_Cost]] = {name: [] for name in CLIENTS}
    for _ in range(_ROUNDS):
        for name, costs in runs.items():
            module = [sys.executable, "-m", "benchmarks.http_clients"]
            costs.append(_Cost(run_process([*module, name, host.address, str(shape.count)])))
    return [
        Figure(
            f"the HTTP client alone, {shape.count:,} files of {shape.size // 1000:,} KB",
            _rate(runs["ours"], shape),
            _rate(runs[name], shape),
            f"{name} {metadata.version('httpx')}",
        )
        for name in runs
        if name != "ours"
    ]


def _cycles() -> list[Figure]:
    """Time the plan and the download of a library whose media are all there."""
    home = big_library.ready(WORK, HELD_ROWS // 2, held=10)
    environment = {"SOCIAL_TUI_HOME": str(home)}
    run_process([OURS, "db", "start"], environment=environment)
    figures = []
    try:
        for options in (["--plan"], []):
            command = [OURS, "media", "download-all", *options]
            walls = repeat(lambda command=command: run_process(command, environment=environment).wall)  # type: ignore[misc]
            name = f"social-tui {' '.join(command[1:])}, all of {HELD_ROWS:,} media held, whole process"
            figures.append(Figure(name, milliseconds(walls), note="goal ≤ 3 s"))
    finally:
        run_process([OURS, "db", "stop"], environment=environment)
    return figures


def _aria2() -> _Peer:
    if shutil.which("aria2c") is None:
        return _Peer("aria2c", None)
    answer = subprocess.run(["aria2c", "--version"], capture_output=True, text=True, check=True).stdout
    options = ["--no-conf", "--quiet", f"-j{AT_ONCE}", "-x1", "--file-allocation=none"]
    return _Peer(
        f"aria2c {answer.split()[2]} -j{AT_ONCE} -x1",
        lambda target, links: ["aria2c", *options, "-d", str(target), "-i", str(links)],
    )


def _proven(peer: _Peer) -> _Peer:
    """Have a peer's files hashed and made durable as ours are, by the system's own programs."""
    command = peer.command
    if command is None:
        return peer
    some = '$(($(ls "$0" | wc -l) / 8 + 1))'
    hashed = "".join(
        f' && find "$0" -type f -print0 | xargs -0 -P2 -n{some} {program} >/dev/null'
        for program in ("md5sum", "sha256sum")
    )

    def proven(target: Path, links: Path) -> list[str]:
        return ["sh", "-c", f'"$@"{hashed} && sync -f "$0"', str(target), *command(target, links)]

    return _Peer(f"{peer.name}, then md5sum, sha256sum, sync", proven)


def _gallery_dl() -> _Peer:
    command = gallery_dl()
    if command is None:
        return _Peer(GALLERY_DL, None)
    options = ["--config-ignore", "--quiet", "--no-input"]
    return _Peer(
        GALLERY_DL, lambda target, links: [str(command), *options, "-D", str(target), "-i", str(links)]
    )


def make_pictures(site: Path, shape: Shape) -> None:
    """Make photographs of one size in bytes that all differ."""
    from PIL import Image

    grain = Image.effect_noise((512, 384), 16)
    shade = Image.radial_gradient("L").resize(grain.size)
    made = []
    for angle in (0, 90, 180, 270):
        buffer = io.BytesIO()
        Image.merge("RGB", (grain, shade, grain.rotate(angle, expand=False))).save(buffer, "JPEG", quality=80)
        made.append(buffer.getvalue())
    for number in range(shape.count):
        picture = made[number % len(made)]
        # A comment behind the start of the image (ITU-T T.81, B.2.4.5) fills it up to its size.
        words = number.to_bytes(4, "big").ljust(shape.size - len(picture) - 4, b".")
        comment = struct.pack(">HH", 0xFFFE, len(words) + 2) + words
        (site / f"{number}.jpg").write_bytes(picture[:2] + comment + picture[2:])


def make_films(site: Path, shape: Shape) -> None:
    """Make films that all differ and have a free box at their end, which fills them up to their size."""
    from social_tui.demo.video import draw_video

    film = draw_video()["night-flight"]
    for number in range(shape.count):
        filling = os.urandom(shape.size - len(film) - 8)
        (site / f"{number}.mp4").write_bytes(film + struct.pack(">I4s", len(filling) + 8, b"free") + filling)
