"""The library and the worker process for as long as the app is open."""

from __future__ import annotations

import contextlib
import gc
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from social_tui.tui.first_page import FirstPage, Load

if TYPE_CHECKING:
    from social_tui.config import Settings
    from social_tui.jobs.process import WorkerProcess
    from social_tui.library.signing_in import SigningIn
    from social_tui.tui.model import LibraryModel


class Session:
    """Opens the library after the first paint, and closes everything in order.

    Args:
        load: Loads the settings, which say which library to open and how.
        first_page: What keeps the library open meanwhile.
    """

    def __init__(self, load: Load, first_page: FirstPage | None = None) -> None:
        self._load = load
        self._first_page = first_page or FirstPage()
        self._stack = contextlib.ExitStack()
        self.worker: WorkerProcess | None = None

    def open(self) -> LibraryModel:
        """Open the library; takes half a second where the database must start, so call it in a thread.

        Raises:
            SocialTuiError: If it cannot be opened.
        """
        from social_tui.jobs.process import WorkerProcess
        from social_tui.library.session import open_library
        from social_tui.tui.model import LibraryModel

        settings = self._load()
        library = self._stack.enter_context(open_library(settings, actor="app"))
        self._first_page.let_go()
        # All that is loaded by now stays: to look through it for garbage would stop the loop again and again.
        gc.freeze()
        gc.enable()
        place = _place(settings)
        if settings.read_only:
            return LibraryModel(library, f"{place}, only read")
        if not library.has_login:
            # Workers with a login to the database do the work.
            return LibraryModel(library, place)
        self.worker = WorkerProcess(settings)
        self._stack.callback(self.worker.stop)
        return LibraryModel(library, place)

    def signing_in(self) -> SigningIn | None:
        """Return the way to sign in to the project that the library is; None of any other library."""
        from social_tui.library.signing_in import SigningIn

        settings = self._load()
        is_project = settings.supabase_url is not None and settings.database_url is None
        return SigningIn(settings, actor="app") if is_project else None

    def close(self) -> None:
        """Stop the worker, which puts unfinished jobs back, then close the library."""
        self._first_page.let_go()
        self._stack.close()


def _place(settings: Settings) -> str:
    """Name a library by its folder or its server, without a password."""
    if settings.database_url is not None:
        parts = urlsplit(settings.database_url.get_secret_value())
        return f"{parts.path.strip('/') or 'postgres'} on {parts.hostname or 'localhost'}"
    if settings.supabase_url is not None:
        return urlsplit(settings.supabase_url).netloc
    place = settings.paths.home or settings.paths.database.parent
    home = Path.home()
    return f"~/{place.relative_to(home)}" if place.is_relative_to(home) else str(place)
