"""A small library whose cache is filled from a server on this machine, for benchmarks of what is cached."""

from __future__ import annotations

import contextlib
import functools
import http.server
import json
import tempfile
import threading
from collections.abc import Iterator, Mapping
from pathlib import Path

from social_tui.config import Settings
from social_tui.library.capturing import capture
from social_tui.library.importing import import_paths
from social_tui.library.session import Library, open_library
from social_tui.store.media import iterate_media

FIRST_ACTIVITY = 7_300_000_000_000_000_000


class _Quiet(http.server.SimpleHTTPRequestHandler):
    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the name is http.server's
        """Say nothing."""


@contextlib.contextmanager
def stocked(files: Mapping[str, bytes]) -> Iterator[Library]:
    """Open a new library that has captured these files, each of a post of its own.

    Args:
        files: Their content by name.
    """
    with tempfile.TemporaryDirectory() as folder, contextlib.ExitStack() as stack:
        home, site = Path(folder, "library"), Path(folder, "site")
        Path(folder).chmod(0o711)  # the database server has an account of its own where we are root
        for path in (home, site):
            path.mkdir(mode=0o711)
        for name, content in files.items():
            (site / name).write_bytes(content)
        address = stack.enter_context(_served(site))
        export = Path(folder, "posts.json")
        export.write_text(
            json.dumps([_post(place, f"http://{address}/{name}") for place, name in enumerate(files)])
        )
        settings = Settings(home=home, allow_private=(address,), max_bytes=1 << 30)
        library = stack.enter_context(open_library(settings, actor="cli"))
        import_paths(library, [str(export)])
        for row in iterate_media(library.gateway):
            capture(library, row.media_id, claim=row.media_id)
            (site / (row.media_url or "").rpartition("/")[2]).unlink()
        yield library


def _post(place: int, url: str) -> dict[str, object]:
    activity = str(FIRST_ACTIVITY + place)
    return {
        "urn": {"activity_urn": activity},
        "full_urn": f"urn:li:activity:{activity}",
        "posted_at": {"timestamp": 1_760_000_000_000 + place},
        "text": f"Post {place}",
        "url": f"https://www.linkedin.com/feed/update/urn:li:activity:{activity}/",
        "post_type": "regular",
        "author": {"username": "ada", "first_name": "Ada", "last_name": "L."},
        "media": {"type": "images", "images": [{"url": url, "width": 4000, "height": 3000}]},
    }


@contextlib.contextmanager
def _served(site: Path) -> Iterator[str]:
    handler = functools.partial(_Quiet, directory=str(site))
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield f"127.0.0.1:{server.server_port}"
        finally:
            server.shutdown()
            thread.join()
