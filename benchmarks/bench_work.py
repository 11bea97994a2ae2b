"""How long the app's loop stands still while there is work: downloads, decodes and an import."""

from __future__ import annotations

import contextlib
import json
import os
import statistics
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator, Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from benchmarks.bench_command import OURS
from benchmarks.bench_import import sample_post, with_psql
from benchmarks.measure import Figure, run_process
from benchmarks.terminal import Terminal

DOWNLOADS = 5
POSTS = 10_000
_FIRST_DOWNLOAD = 2 * POSTS
# What came with this benchmark has ids of 19 digits, the rest of the library has shorter ones.
_DELETE = "delete from public.posts where length(urn) > 15"
_KEYS = ("j", "j", "\x1b[6~", "k", "j", "\x1b[5~", "j")


def longest_gap(home: Path, environment: Mapping[str, str]) -> Figure:
    """Measure how late the loop's ticks are while five downloads, two decodes and an import run."""
    with tempfile.TemporaryDirectory() as folder, _slow_host() as address:
        export, picture, result = (Path(folder) / name for name in ("posts.json", "picture.jpg", "late.json"))
        export.write_text(json.dumps([sample_post(number) for number in range(POSTS)]))
        _draw_noise(picture)
        settings = {
            **environment,
            "SOCIAL_TUI_ALLOW_PRIVATE": address,
            "SOCIAL_TUI_PER_HOST": str(DOWNLOADS),
        }
        url = run_process([OURS, "db", "url"], environment=settings).output.decode().strip()
        try:
            posts = _import_slow_media(Path(folder), address, url, settings)
            command = [sys.executable, "-m", "benchmarks.app_at_work", str(result), str(export), str(picture)]
            beside = _watch_machine()
            with Terminal([*command, *posts], settings) as app:
                while not app.has_ended:
                    for keys in _KEYS:
                        app.press(keys, 0.15)
            machine = float(beside.communicate("")[0])
            figures = json.loads(result.read_text())
        finally:
            # It says so with its exit code where there are none any more.
            subprocess.run(
                [OURS, "jobs", "cancel", "--all"],
                env={**os.environ, **settings},
                capture_output=True,
                check=False,
            )
            with_psql(url, _DELETE)
    late = [1000 * seconds for seconds in figures["late"]]
    return Figure(
        f"longest gap of the loop during {DOWNLOADS} downloads, 2 decodes, an import of {POSTS:,} posts",
        f"{max(late):.0f} ms, p99 {statistics.quantiles(late, n=100)[-1]:.0f} ms (of {len(late)} ticks)",
        f"{1000 * machine:.0f} ms",
        "a loop in a process of its own that does nothing else, meanwhile",
        f"goal ≤ 50 ms; {figures['decoded']} pictures decoded",
    )


def _import_slow_media(folder: Path, address: str, url: str, settings: dict[str, str]) -> list[str]:
    source = folder / "slow.json"
    posts: list[dict[str, Any]] = []
    for number in range(_FIRST_DOWNLOAD, _FIRST_DOWNLOAD + DOWNLOADS):
        post = sample_post(number)
        post["media"] = {"type": "images", "images": [{"url": f"http://{address}/{number}.jpg"}]}
        posts.append(post)
    source.write_text(json.dumps(posts))
    run_process([OURS, "import", str(source)], environment=settings)
    return with_psql(url, "select post_id from public.posts where length(urn) > 15").split()


def _watch_machine() -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "benchmarks.ticker"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )


def _draw_noise(path: Path) -> None:
    """Draw a photograph's worth of pixels: 12 million of them, which no compression helps."""
    from PIL import Image

    Image.effect_noise((4000, 3000), 60).convert("RGB").save(path, quality=85)


class _Slow(BaseHTTPRequestHandler):
    """Sends a picture that never ends within the benchmark: 64 KiB every 50 ms."""

    closing = threading.Event()

    def do_GET(self) -> None:
        """Send."""
        self.send_response(200)
        self.send_header("Content-Type", "image/jpeg")
        self.send_header("Content-Length", str(95_000_000))
        self.end_headers()
        self.wfile.write(b"\xff\xd8\xff\xe0\x00\x10JFIF\x00")
        with contextlib.suppress(ConnectionError):
            while not self.closing.wait(0.05):
                self.wfile.write(bytes(65536))

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the name is http.server's
        """Say nothing."""


@contextlib.contextmanager
def _slow_host() -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Slow)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, args=(0.05,))
    thread.start()
    try:
        yield f"127.0.0.1:{server.server_address[1]}"
    finally:
        _Slow.closing.set()
        server.shutdown()
        thread.join()
        server.server_close()
