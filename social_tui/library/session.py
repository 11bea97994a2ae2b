"""One open library: its database, cache, archive, fetcher and analyser, opened and closed together."""

from __future__ import annotations

import contextlib
import secrets
import threading
from collections.abc import Iterator
from typing import TYPE_CHECKING

from social_tui.errors import CancelledError, ConfigurationError, ReadOnlyError
from social_tui.library.auditing import seal_some
from social_tui.log import get_logger
from social_tui.media_cache.cache import Cache
from social_tui.store.connection import open_database

if TYPE_CHECKING:
    from social_tui.config import Settings
    from social_tui.media_analysis.embedding import Embedder
    from social_tui.media_analysis.provider import Provider
    from social_tui.media_archive.base import Archive
    from social_tui.media_cache.fetcher import Fetcher
    from social_tui.paths import Paths
    from social_tui.store.gateway import Gateway

log = get_logger(__name__)


class Library:
    """What the use cases work with; safe to share between threads.

    The archive, the fetcher and the analyser are opened on first use, because most commands need
    none of them and each brings a heavy client.

    Args:
        settings: The settings that the library was opened with.
        gateway: The way to its database.
        database_url: A connection string for workers, which need more than named functions; empty where
            the library is reached without a database login.
        cache: Its local files.
        actor: Who acts, for the audit log: 'app', 'cli', 'worker' or 'import'.
        notice: One line to tell a person once, now that the library was made; else empty.

    ``run`` names this opening of the library, for what may cost only so much in one run. ``closing`` is set
    when nobody waits any more for what is asked of workers. ``no_links_until`` is the moment, by the
    monotonic clock, until which no worker is asked to sign links, as none answered.
    """

    def __init__(
        self,
        settings: Settings,
        gateway: Gateway,
        database_url: str,
        cache: Cache,
        actor: str,
        *,
        notice: str = "",
    ) -> None:
        self.settings = settings
        self.gateway = gateway
        self._database_url = database_url
        self.cache = cache
        self.actor = actor
        self.notice = notice
        self.run = f"{actor}-{secrets.token_hex(8)}"
        self.closing = threading.Event()
        self.no_links_until = 0.0
        self._opening = threading.Lock()
        self._archive: Archive | None = None
        self._fetcher: Fetcher | None = None
        self._provider: Provider | None = None
        self._embedder: Embedder | None = None
        self._viewed: set[str] = set()

    @property
    def paths(self) -> Paths:
        """Where the library keeps its files."""
        return self.settings.paths

    @property
    def has_login(self) -> bool:
        """Whether this machine has a login to the database, without which no worker runs here."""
        return bool(self._database_url)

    @property
    def database_url(self) -> str:
        """The connection string for workers.

        Raises:
            ConfigurationError: If there is none.
        """
        if not self._database_url:
            raise ConfigurationError(
                "Only a worker can do this, and this machine has no login to the project's database.",
                hint="What is queued waits for a worker; set DATABASE_URL where one is to run.",
            )
        return self._database_url

    @property
    def archive(self) -> Archive:
        """The archive, opened on first use."""
        with self._opening:
            if self._archive is None:
                from social_tui.media_archive.base import open_archive

                self._archive = open_archive(self.settings)
            return self._archive

    @property
    def fetcher(self) -> Fetcher:
        """The guarded HTTP client, opened on first use."""
        with self._opening:
            if self._fetcher is None:
                from social_tui.media_cache.fetcher import Fetcher
                from social_tui.media_cache.parts import sweep_parts

                sweep_parts(self.cache.root)
                self._fetcher = Fetcher(self.settings)
            return self._fetcher

    @property
    def provider(self) -> Provider:
        """The analyser, opened on first use."""
        with self._opening:
            if self._provider is None:
                from social_tui.media_analysis.provider import open_provider

                self._provider = open_provider(self.settings)
            return self._provider

    @property
    def embedder(self) -> Embedder:
        """What embeds texts for meaning search, opened on first use.

        Raises:
            MeaningUnavailableError: If there is none.
        """
        with self._opening:
            if self._embedder is None:
                from social_tui.media_analysis.embedding import open_embedder

                self._embedder = open_embedder(self.settings)
            return self._embedder

    def first_view(self, media_id: str) -> bool:
        """Tell whether this session shows a media for the first time, and remember that it did."""
        with self._opening:
            if media_id in self._viewed:
                return False
            self._viewed.add(media_id)
            return True

    def close(self) -> None:
        """Close what was opened on first use, and end waiting."""
        self.closing.set()
        with self._opening:
            fetcher, self._fetcher = self._fetcher, None
        if fetcher is not None:
            fetcher.close()


@contextlib.contextmanager
def open_library(settings: Settings, *, actor: str, seals: bool = True) -> Iterator[Library]:
    """Open a library: start or reach its database, and sweep its cache of unfinished files.

    What was written into the audit log meanwhile is sealed at the end, unless that ends with an error other
    than that the work was stopped.

    Args:
        settings: Where it is and how to work with it.
        actor: Who acts, for the audit log: 'app', 'cli', 'worker' or 'import'.
        seals: Whether to seal it; False where somebody else does at the end of the same work.

    Yields:
        The open library; everything it opened is closed at the end.

    Raises:
        ReadOnlyError: If a worker is to work on a library that is only to be read.
        ConfigurationError: If a worker has no login to the database.
        SocialTuiError: If the database or the cache cannot be opened.
    """
    if settings.read_only and actor == "worker":
        raise ReadOnlyError("A worker changes the library, and the setting read_only is on.")
    cache = Cache(settings.paths.cache, settings.cache_bytes)
    with open_database(settings) as database:
        if not settings.read_only:
            cache.sweep()
        notice = database.notice if database.created else ""
        library = Library(settings, database.gateway, database.url, cache, actor, notice=notice)
        try:
            if actor == "worker":
                _ = library.database_url
            stopped: CancelledError | None = None
            try:
                yield library
            except CancelledError as error:
                stopped = error
            # Members may not seal; workers do.
            if seals and library.has_login and not settings.read_only:
                seal_some(library)
            if stopped is not None:
                raise stopped
        finally:
            library.close()
