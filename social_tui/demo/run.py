"""The demo's run: the main job on sample posts, from import to analysis, with its losses told."""

from __future__ import annotations

import contextlib
import json
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from social_tui.config import Settings
from social_tui.demo.assets import EXPECTED, asset_name
from social_tui.demo.media_server import DemoMediaServer
from social_tui.errors import UsageError
from social_tui.importers import parse_post
from social_tui.jobs.batch import run_to_end
from social_tui.library.importing import import_paths
from social_tui.library.session import Library
from social_tui.library.verifying import verify_cache
from social_tui.models import JobKind, MediaRow
from social_tui.paths import ensure_private
from social_tui.reports import ImportReport, Statistics, VerifyReport, WorkReport
from social_tui.store.jobs import request_jobs
from social_tui.store.media import iterate_media
from social_tui.store.posts import list_posts
from social_tui.store.statistics import read_statistics

if TYPE_CHECKING:
    from collections.abc import Mapping

_POSTS_FILE = "demo-posts.json"
# The same port as last time keeps the links of a repeated demo the same.
_USUAL_PORT = 47083

Tell = Callable[[str], None]


@dataclass(frozen=True)
class DemoReport:
    """What the demo did.

    Args:
        imported: The loss report of the import.
        work: What became of the downloads, the archiving and the analyses, in this order.
        verified: What hashing every file again found.
        lost: The media that could not be had, as rows.
        surprises: What went otherwise than the sample says, in words: a fault of ours or of this machine.
        statistics: The library's figures at the end.
        seconds: How long everything took.
    """

    imported: ImportReport
    work: tuple[WorkReport, ...]
    verified: VerifyReport
    lost: tuple[MediaRow, ...]
    surprises: tuple[str, ...]
    statistics: Statistics
    seconds: float


@contextlib.contextmanager
def demo_host() -> Iterator[DemoMediaServer]:
    """Draw the sample media and serve them on the loopback interface for the time of a block."""
    with DemoMediaServer(draw_media(), port=_USUAL_PORT) as server:
        yield server


def draw_media() -> Mapping[str, bytes]:
    """Draw every sample file: pictures, a film with its cover, a document with its cover."""
    from social_tui.demo.documents import draw_documents
    from social_tui.demo.pictures import draw_pictures
    from social_tui.demo.video import draw_video

    return {**draw_pictures(), **draw_video(), **draw_documents()}


def demo_settings(home: Path, server: DemoMediaServer, log_level: str = "INFO") -> Settings:
    """Make the settings of a demo: embedded database, local archive and analyser, and nothing of the user's.

    Args:
        home: The folder of the demo's library.
        server: The host of its media, the only private address that it may reach.
        log_level: How much goes to the log.
    """
    return Settings(
        home=home, allow_private=(server.address,), ai_provider="local", log_level=log_level, per_host=5
    )


def run_demo(library: Library, server: DemoMediaServer, tell: Tell) -> DemoReport:
    """Import, capture, verify, archive and analyse the sample posts.

    Args:
        library: The demo's library: empty, or that of an earlier demo.
        server: The host of its media.
        tell: Told what begins, in a few words.

    Returns:
        What happened.

    Raises:
        UsageError: If the library holds posts that are not the demo's.
    """
    started = time.monotonic()
    source = _write_posts(library, server)
    tell("Importing")
    imported = import_paths(library, [str(source)])
    downloaded = _work(library, "download", "Downloading", tell)
    tell("Verifying")
    verified = verify_cache(library)
    archived = _work(library, "archive", "Archiving", tell)
    analysed = _work(library, "analyze", "Analysing", tell)
    media = list(iterate_media(library.gateway))
    return DemoReport(
        imported=imported,
        work=(downloaded, archived, analysed),
        verified=verified,
        lost=tuple(row for row in media if row.download_status == "failed"),
        surprises=tuple(surprises(media, verified, archived, analysed)),
        statistics=read_statistics(library.gateway),
        seconds=time.monotonic() - started,
    )


def _write_posts(library: Library, server: DemoMediaServer) -> Path:
    from social_tui.demo.posts import sample_posts

    posts = sample_posts(f"http://{server.address}", datetime.now(UTC))
    ours = {parse_post(post, "").urn for post in posts}
    if any(post.urn not in ours for post in list_posts(library.gateway, limit=len(ours) + 1)):
        raise UsageError(
            f"The library in {library.paths.home} holds posts of yours; the demo does not mix its own in.",
            hint="Give it a folder: 'social-tui --library DIR demo'.",
        )
    source = ensure_private(library.paths.state) / _POSTS_FILE
    source.write_text(json.dumps(posts, ensure_ascii=False, indent=1), encoding="utf-8")
    return source


def _work(library: Library, kind: JobKind, label: str, tell: Tell) -> WorkReport:
    tell(label)
    request_jobs(library.gateway, kind, actor=library.actor)
    return run_to_end(library, kind)


def surprises(media: Iterable[MediaRow], verified: VerifyReport, *batches: WorkReport) -> Iterator[str]:
    """Tell what went otherwise than the sample says.

    Args:
        media: The demo's media at the end.
        verified: What hashing their files found.
        batches: What became of the jobs that must all succeed.
    """
    for row in media:
        if row.media_url is None:
            continue
        name = asset_name(row.media_url)
        if row.outcome != EXPECTED[name]:
            why = f" ({row.error})" if row.error else ""
            yield f"{name}: expected {EXPECTED[name]}, was {row.outcome or row.download_status}{why}"
    if bad := verified.damaged + verified.missing:
        yield f"{bad} files are not what was captured"
    for work in batches:
        if work.failed:
            yield f"{work.failed} {work.kind} jobs failed; see 'social-tui jobs list --status failed'"
