"""Work that a worker does beside its jobs, a turn at a time: AI batches, embedding, fixity, links."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Callable, Collection

from social_tui.errors import CancelledError, DatabaseUnavailableError, SocialTuiError
from social_tui.library.archive_links import answer_questions
from social_tui.library.batching import look_at_batch
from social_tui.library.embedding import index_meaning, meaning_state
from social_tui.library.fixity import FixityRound
from social_tui.library.session import Library
from social_tui.log import get_logger
from social_tui.models import JobKind
from social_tui.store import queues as queue_store

log = get_logger(__name__)

BATCH_PAUSE_SECONDS = 15.0
MEANING_PAUSE_SECONDS = 30.0
MEANING_HINDERED_SECONDS = 600.0
FIXITY_PAUSE_SECONDS = 60.0
# Somebody waits for the answer, and to ask costs a query of an empty table.
LINKS_PAUSE_SECONDS = 0.5
# Longer than what one worker took is kept from others, so that another one that can sign has it.
LINKS_HINDERED_SECONDS = 30.0
#: So long the queue is taken to be as it was: to read it costs more than a small copy.
QUIET_SECONDS = 5.0

IsOver = Callable[[], bool]


class Beside:
    """Takes one turn of some work after the other; one that fails is logged, and hinders nothing else.

    Args:
        name: What the work is called in the log.
        turn: Does one turn, in a thread. It is given what tells whether to stop, and returns the seconds
            after which another turn is worth it.
        hindered_seconds: How long it is left alone after a turn that failed.
    """

    def __init__(self, name: str, turn: Callable[[IsOver], float], *, hindered_seconds: float) -> None:
        self._name = name
        self._turn = turn
        self._hindered_seconds = hindered_seconds
        self._is_over = threading.Event()

    async def run(self) -> None:
        """Take turns until cancelled."""
        self._is_over.clear()
        try:
            while True:
                pause = await asyncio.to_thread(self.take_turn)
                await asyncio.sleep(pause)
        finally:
            self._is_over.set()

    def take_turn(self) -> float:
        """Take one turn.

        Returns:
            Seconds after which another one is worth it.

        Raises:
            DatabaseUnavailableError: If the database is away.
            CancelledError: If it was stopped.
        """
        try:
            return self._turn(self._is_over.is_set)
        except (CancelledError, DatabaseUnavailableError):
            raise
        except SocialTuiError as error:
            # Nothing that is due is forgotten: it is due again later.
            log.warning(f"{self._name}_hindered", error=str(error))
        except Exception:  # a fault of ours hinders this work alone
            log.exception(f"{self._name}_failed")
        return self._hindered_seconds


def for_kinds(library: Library, kinds: Collection[JobKind]) -> list[Beside]:
    """Return what a worker of jobs of these kinds does beside them."""
    settings = library.settings
    found = [batches(library), meanings(library)] if "analyze" in kinds else []
    if "verify" in kinds and settings.fixity_daily_bytes > 0:
        found.append(fixity(library))
    if "archive" in kinds and settings.aws_s3_bucket is not None:
        found.append(links(library))
    return found


def batches(library: Library) -> Beside:
    """Go on with batches of analyses when they are due, whoever ordered them, whatever they were left at."""

    def turn(is_over: IsOver) -> float:
        return 0 if look_at_batch(library, is_over=is_over) else BATCH_PAUSE_SECONDS

    return Beside("batches", turn, hindered_seconds=BATCH_PAUSE_SECONDS)


def meanings(library: Library) -> Beside:
    """Keep up the meanings that a person began to have kept, while no download waits.

    A worker spends no money unasked, so it never begins by itself.
    """
    is_quiet = _quiet(library)

    def turn(is_over: IsOver) -> float:
        state = meaning_state(library)
        if state.is_ready and state.waiting:
            index_meaning(library, may_go_on=lambda: not is_over() and is_quiet())
        return MEANING_PAUSE_SECONDS

    return Beside("meanings", turn, hindered_seconds=MEANING_HINDERED_SECONDS)


def fixity(library: Library) -> Beside:
    """Prove copies again, one after the other, and leave the machine to downloads when there are any."""
    work, is_quiet = FixityRound(library), _quiet(library)

    def turn(is_over: IsOver) -> float:
        def may_go_on() -> bool:
            return not is_over() and is_quiet()

        return 0 if may_go_on() and work.run(may_go_on) else FIXITY_PAUSE_SECONDS

    return Beside("fixity", turn, hindered_seconds=FIXITY_PAUSE_SECONDS)


def links(library: Library) -> Beside:
    """Sign links to archived bytes for members who ask."""

    def turn(is_over: IsOver) -> float:
        return 0 if answer_questions(library) and not is_over() else LINKS_PAUSE_SECONDS

    return Beside("links", turn, hindered_seconds=LINKS_HINDERED_SECONDS)


def _quiet(library: Library) -> Callable[[], bool]:
    """Return what tells whether no download waits or runs."""
    quiet_until = 0.0

    def is_quiet() -> bool:
        nonlocal quiet_until
        now = time.monotonic()
        if now < quiet_until:
            return True
        queues = queue_store.read_queues(library.gateway)
        if not all(queue.is_at_rest for queue in queues if queue.kind == "download"):
            return False
        quiet_until = now + QUIET_SECONDS
        return True

    return is_quiet
