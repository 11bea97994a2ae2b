"""The check-up: does everything that the library needs work, and if not, what mends it?"""

from __future__ import annotations

import contextlib
import os
import platform
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from social_tui import __version__
from social_tui.errors import MeaningUnavailableError, SocialTuiError
from social_tui.log import get_logger
from social_tui.paths import ensure_private
from social_tui.text import human_bytes, terminal_safe

if TYPE_CHECKING:
    from social_tui.config import Settings
    from social_tui.media_analysis.openai_provider import OpenAIProvider
    from social_tui.store.connection import Database
    from social_tui.store.gateway import Gateway

log = get_logger(__name__)

LOW_SPACE_BYTES = 1_000_000_000
LOOKED_FOR_FILES = 100
State = Literal["ok", "warning", "error"]


@dataclass(frozen=True)
class Check:
    """What one look found.

    Args:
        name: What was looked at, in a word or two.
        state: ``error`` when the main job cannot be done, ``warning`` when a person should know.
        detail: What was found, in one line.
        fix: What to do about it, in one line; empty when there is nothing to do.
    """

    name: str
    state: State
    detail: str
    fix: str = ""


def about(settings: Settings) -> dict[str, str]:
    """Tell what runs and where the library keeps its files."""
    paths = settings.paths
    return {
        "version": __version__,
        "python": platform.python_version(),
        "database": str(paths.database),
        "cache": str(paths.cache),
        "archive": str(paths.archive),
        "log": str(paths.log),
        "settings": str(paths.config_file),
    }


def check_up(settings: Settings) -> list[Check]:
    """Look at everything that a library needs, without changing any post or media.

    Args:
        settings: Where the library is and how to work with it.

    Returns:
        The checks, in the order in which they should be read; nothing is raised for what is broken.
    """
    return [
        *_database_checks(settings),
        *_guarded("Cache", lambda: _cache(settings)),
        *_guarded("Decoder", _decoder),
        *_guarded("Archive", lambda: _archive(settings)),
        *_guarded("Analysis", lambda: _analysis(settings)),
        *_private_addresses(settings),
    ]


def _guarded(name: str, look: Callable[[], Check]) -> Iterator[Check]:
    try:
        yield look()
    except SocialTuiError as error:
        log.warning("check_failed", name=name, error=str(error))
        yield Check(name, "error", error.message, error.hint)
    except OSError as error:
        log.warning("check_failed", name=name, error=str(error))
        what = f"{error.filename}: " if error.filename else ""
        yield Check(
            name,
            "error",
            f"{what}{error.strerror or error}.",
            "Check owner, permissions and free space there.",
        )


def _database_checks(settings: Settings) -> list[Check]:
    from social_tui.store.connection import open_database

    with contextlib.ExitStack() as stack:
        try:
            database = stack.enter_context(open_database(settings))
        except SocialTuiError as error:
            return [Check("Database", "error", error.message, error.hint)]
        return [
            _database(settings, database),
            *_guarded("Queue", lambda: _queue(database.gateway)),
            *_guarded("Media files", lambda: _media_files(settings, database.gateway)),
            *_guarded("Meaning", lambda: _meaning(settings, database.gateway)),
        ]


def _database(settings: Settings, database: Database) -> Check:
    if settings.database_url is not None:
        return Check("Database", "ok", "the server of DATABASE_URL, its schema is up to date")
    if settings.supabase_url is not None:
        return Check("Database", "ok", f"the project {settings.supabase_url}, its schema is up to date")
    if database.notice:
        return Check("Database", "warning", database.notice)
    return Check("Database", "ok", f"embedded, in {database.directory}, its schema is up to date")


def _queue(gateway: Gateway) -> Check:
    from social_tui.store.jobs import count_jobs
    from social_tui.store.queues import list_lanes

    counts: dict[str, int] = {}
    for row in count_jobs(gateway):
        counts[row.status] = counts.get(row.status, 0) + row.count
    waiting, failed = counts.get("todo", 0), counts.get("failed", 0)
    detail = f"{waiting:,} waiting, {counts.get('doing', 0):,} running, {failed:,} failed"
    paused = [lane.kind for lane in list_lanes(gateway) if lane.paused_at is not None]
    if paused:
        detail += f"; paused: {', '.join(paused)}"
        return Check("Queue", "warning", detail, f"Have it go on: social-tui jobs resume {paused[0]}")
    if failed:
        return Check("Queue", "warning", detail, "See why: social-tui jobs list --status failed")
    return Check("Queue", "ok", detail)


def _media_files(settings: Settings, gateway: Gateway) -> Check:
    """Look for a few of the files that rows name: where none is there, the cache's disk is not mounted."""
    from social_tui.library.places import ABSENT_HINT
    from social_tui.store.media import iterate_blobs

    root = settings.paths.cache
    places = (blob.local_file_path for blob in iterate_blobs(gateway))
    looked_for = list(islice((root / place for place in places if place is not None), LOOKED_FOR_FILES))
    found = sum(map(os.path.lexists, looked_for))
    if not looked_for:
        return Check("Media files", "ok", "none is captured yet")
    detail = f"{found} of {len(looked_for)} looked for are in {root}"
    if not found:
        return Check("Media files", "error", detail, ABSENT_HINT)
    if found < len(looked_for):
        return Check("Media files", "warning", detail, "Find out which: social-tui media verify-cache")
    return Check("Media files", "ok", detail)


def _meaning(settings: Settings, gateway: Gateway) -> Check:
    """Look at search by meaning, which nobody has to have."""
    from social_tui.library.embedding import state_of
    from social_tui.media_analysis.embedding import open_embedder

    try:
        embedder = open_embedder(settings)
    except MeaningUnavailableError as error:
        return Check("Meaning", "ok", f"not used: {error.message}", error.hint)
    name = terminal_safe(embedder.model, limit=60)
    state = state_of(gateway, embedder.model)
    if not state.is_ready:
        return Check("Meaning", "ok", f"not used: {state.reason}")
    embedder.check()
    return Check("Meaning", "ok", f"{name} is ready; {state.waiting:,} posts wait to be read by it")


def _cache(settings: Settings) -> Check:
    from social_tui.media_cache.cache import Cache

    cache = Cache(settings.paths.cache, settings.cache_bytes)
    with cache.temporary() as temporary:
        temporary.write(b"check-up")
        temporary.sync()
    usage = cache.usage()
    free = shutil.disk_usage(cache.root).free
    detail = (
        f"media files: {usage.media_files:,}, {human_bytes(usage.total_bytes)} of "
        f"{human_bytes(settings.cache_bytes)} in {cache.root}; {human_bytes(free)} free on the disk"
    )
    if usage.quarantined_files:
        detail += f"; in quarantine: {usage.quarantined_files:,}"
    if free < LOW_SPACE_BYTES:
        return Check("Cache", "warning", detail, "Free some space, or move the library.")
    if usage.total_bytes > settings.cache_bytes:
        return Check(
            "Cache",
            "warning",
            detail,
            "Archive more, as what is archived makes room, or raise SOCIAL_TUI_CACHE_BYTES.",
        )
    return Check("Cache", "ok", detail)


def _decoder() -> Check:
    import tempfile

    from social_tui.media_cache.decode import probe

    with tempfile.TemporaryDirectory() as folder:
        picture = Path(folder, "check-up.gif")
        picture.write_bytes(_ONE_PIXEL_GIF)
        probe(picture, "image/gif", whole=True)
    return Check("Decoder", "ok", "pictures are decoded in a limited process")


def _archive(settings: Settings) -> Check:
    from social_tui.library.archive_links import reads_by_links
    from social_tui.media_archive import open_archive

    if settings.supabase_url and not settings.database_url and reads_by_links(settings, has_login=False):
        return Check("Archive", "ok", "workers keep it, and sign links to what it holds")
    archive = open_archive(settings)
    archive.check()
    if settings.aws_s3_bucket:
        return Check("Archive", "ok", f"the bucket {settings.aws_s3_bucket}")
    ensure_private(settings.paths.archive)
    return Check("Archive", "ok", f"the folder {settings.paths.archive}, as no bucket is set")


def _analysis(settings: Settings) -> Check:
    from social_tui.media_analysis.provider import open_provider

    provider = open_provider(settings)
    detail = f"{provider.name}, {terminal_safe(provider.model, limit=60)}"
    if provider.name == "local":
        return Check("Analysis", "ok", detail)
    from social_tui.media_analysis.openai_provider import OpenAIProvider
    from social_tui.media_analysis.retired import shut_down_on

    service, hint = OpenAIProvider(settings), "Choose another model with SOCIAL_TUI_AI_MODEL."
    # A server of one's own may have any model by any name.
    end = None if service.is_own_server else shut_down_on(service.model)
    if end is not None and end <= datetime.now(UTC).date():
        return Check("Analysis", "error", f"{detail} was shut down on {end}", hint)
    service.check()
    if end is not None:
        return Check("Analysis", "warning", f"{detail} will be shut down on {end}", hint)
    return _priced(settings, service, f"{detail}, which the service knows")


def _priced(settings: Settings, service: OpenAIProvider, detail: str) -> Check:
    """Tell what a model costs and since when that is known."""
    from social_tui.media_analysis.prices import PRICES, price_of

    price, hint = price_of(service.model, settings), "Write its price into ai_prices: docs/configuration.md."
    if price is None and service.is_own_server:
        return Check("Analysis", "ok", f"{detail}; without a price it counts as free")
    if price is None:
        return Check("Analysis", "warning", f"{detail}, and nobody said what it costs: it is not asked", hint)
    table = "the built-in table" if price in PRICES.values() else "the settings"
    told = f"{detail}; {price} by {table}"
    return Check("Analysis", "warning", told, hint) if price.is_old else Check("Analysis", "ok", told)


def _private_addresses(settings: Settings) -> list[Check]:
    if not settings.allow_private:
        return []
    return [
        Check(
            "Private addresses",
            "warning",
            f"media may come from {', '.join(settings.allow_private)}, which are not on the public network",
            "Unset SOCIAL_TUI_ALLOW_PRIVATE unless you need them.",
        )
    ]


# GIF 89a, 1 x 1 pixel, two colours.
_ONE_PIXEL_GIF = bytes.fromhex(
    "474946383961010001008000000000 00ffffff2c00000000010001000002024401003b".replace(" ", "")
)
