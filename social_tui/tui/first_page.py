"""What the first frame needs, read in a process of its own while this one still loads the app."""

from __future__ import annotations

import contextlib
import os
import pickle
import signal
import sys
import threading
from collections.abc import Callable
from concurrent.futures import Future
from datetime import datetime
from types import SimpleNamespace
from typing import IO, TYPE_CHECKING, Any, NamedTuple, NoReturn, TypeAlias, cast

if TYPE_CHECKING:
    import asyncio

    from social_tui.config import Settings
    from social_tui.models import PostSummary
    from social_tui.store.gateway import Calls
    from social_tui.tui.basics import Basics
    from social_tui.tui.state import AppState

Load: TypeAlias = "Callable[[], Settings]"
Rows: TypeAlias = "list[PostSummary] | None"
# Where the database must be made or is far away, the app opens it by itself and tells what is wrong.
LIMIT_SECONDS = 3.0
MOMENT_SECONDS = 0.05


class FirstPost(SimpleNamespace):
    """A post as its :class:`PostSummary` tells it, for as long as nothing of pydantic is loaded."""

    def __eq__(self, other: object) -> bool:
        return vars(self) == dict(cast("PostSummary", other))

    __hash__ = None


class FirstPage:
    """What the app shows until it has the library open itself.

    Args:
        rows: The first posts, once they are read; without it there are none.
        hold: What keeps the process that reads them alive until it is closed.
    """

    def __init__(self, rows: Future[Rows] | None = None, hold: int | None = None) -> None:
        self._rows: Future[Rows] = rows or Future()
        self._hold = hold
        self._waiting: asyncio.Task[None] | None = None
        if rows is None:
            self._rows.set_result(None)

    def tell(self, take: Callable[[Rows], None]) -> None:
        """Call something with the rows: at once if they are there, else when they come, or do not soon.

        Rows that are about to come are worth a moment: an empty frame before them takes longer to draw.
        """
        try:
            rows = self._rows.result(MOMENT_SECONDS)
        except TimeoutError:
            # Not before the other process begins, which has no use for it: it takes a tenth of its start.
            import asyncio

            self._waiting = asyncio.get_running_loop().create_task(self._wait(take))
        else:
            take(rows)

    async def _wait(self, take: Callable[[Rows], None]) -> None:
        take(await self.rows())

    async def rows(self) -> Rows:
        """Return the first posts; None when they could not be read, or not soon."""
        import asyncio

        waiting = asyncio.shield(asyncio.wrap_future(self._rows))
        with contextlib.suppress(TimeoutError):
            return await asyncio.wait_for(waiting, LIMIT_SECONDS)
        return None

    def let_go(self) -> None:
        """Let the other process end, because the app has the library open itself, or ends."""
        hold, self._hold = self._hold, None
        if hold is not None:
            os.close(hold)


class Ahead(NamedTuple):
    """What another process reads.

    Args:
        basics: What the app starts with; None where the settings cannot be read, or nobody reads them.
        page: The first posts.
    """

    basics: Future[Basics | None]
    page: FirstPage


def read_ahead(load: Load) -> Ahead:
    """Begin to read what the app starts with and what it shows first.

    Not in a thread: of those Python runs one at a time, and loading the app keeps it busy, as does loading
    pydantic, the settings and the database's client. The other process also keeps the embedded server up
    until the app has it open.

    Args:
        load: Loads the settings.
    """
    basics: Future[Basics | None] = Future()
    # Elsewhere the system's own libraries do not bear a fork, nor do threads anywhere.
    if sys.platform != "linux" or threading.active_count() > 1:
        basics.set_result(None)
        return Ahead(basics, FirstPage())
    rows: Future[Rows] = Future()
    answer, answering = os.pipe()
    held, hold = os.pipe()
    process = os.fork()
    if process == 0:
        os.close(answer)
        os.close(hold)
        _read(load, answering, held)
    os.close(answering)
    os.close(held)
    threading.Thread(target=_receive, args=(process, answer, basics, rows), daemon=True).start()
    return Ahead(basics, FirstPage(rows, hold))


def _receive(process: int, answer: int, basics: Future[Basics | None], rows: Future[Rows]) -> None:
    with open(answer, "rb") as pipe:
        basics.set_result(_next(pipe))
        rows.set_result(_next(pipe))
    os.waitpid(process, 0)


def _next(pipe: IO[bytes]) -> Any:
    """Read one answer; None where the other process had to give up before it."""
    try:
        # It comes from this very program.
        return pickle.load(pipe)  # noqa: S301
    except (EOFError, pickle.UnpicklingError):
        return None


def _read(load: Load, answering: int, held: int) -> NoReturn:
    """Read, answer and wait until the app lets go or ends; what fails here fails there too, and is told."""
    try:
        # It ends in order when the app does, whatever ends that, so that the last one out stops the server.
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, lambda *_: None)
        nowhere = os.open(os.devnull, os.O_RDWR)
        for descriptor in range(3):
            os.dup2(nowhere, descriptor)

        from social_tui.store.connection import open_database
        from social_tui.tui.basics import read_basics

        with open(answering, "wb") as pipe:
            settings = load()
            basics = read_basics(settings)
            pickle.dump(basics, pipe)
            pipe.flush()
            with open_database(settings) as database:
                pickle.dump(_first_posts(database.gateway, basics.state), pipe)
                pipe.close()
                os.read(held, 1)
    finally:
        os._exit(0)


def _first_posts(gateway: Calls, state: AppState) -> list[FirstPost]:
    from social_tui.filters import parse
    from social_tui.store.posts import list_posts
    from social_tui.tui.pages import PAGE_ROWS

    shown = parse(state.filter, now=datetime.now().astimezone()).filter
    posts = list_posts(gateway, filter=shown, sort=state.sort, limit=PAGE_ROWS)
    return [FirstPost(**dict(post)) for post in posts]
