"""A crew: processes that share a large batch, because the Python of one keeps no more than one core busy."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from social_tui.jobs.lanes import ARCHIVES_AT_ONCE, at_once
from social_tui.jobs.process import WorkerProcess
from social_tui.jobs.reserve import Reserve
from social_tui.library.auditing import seal_some
from social_tui.library.session import Library
from social_tui.models import JobKind
from social_tui.processors import divided, kept_to
from social_tui.store import queues as queue_store

# A process takes a second to begin, in which one alone does about this many.
FEWEST_JOBS = 400
# With fewer at once, a process waits for the network and has no need of company: an archiving takes a part of
# a download's processor time.
FEWEST_AT_ONCE = 4
FEWEST_ARCHIVINGS = 16
# Each has its own connections to the database, which serves a hundred by default.
MOST_PROCESSES = 4


@dataclass(frozen=True)
class Share:
    """What one process of a crew does of a batch.

    Args:
        at_once: Jobs that it runs at once.
        per_host: How many of them may ask one host.
    """

    at_once: int
    per_host: int


@dataclass(frozen=True)
class Part:
    """What is left of a batch for the caller.

    Args:
        library: A library that keeps to the caller's share.
        at_once: Its jobs at once, whatever the queue says; None for what settings and queue say.
        dismiss: Tells the other processes that there is nothing left to do; they end while the caller does.
    """

    library: Library
    at_once: int | None
    dismiss: Callable[[], None]


def share_out(total: Share, processes: int, fewest: int = FEWEST_AT_ONCE) -> list[Share]:
    """Divide a batch's limits among processes, so that together they keep to them.

    Args:
        total: What all may do together.
        processes: How many processes there may be.
        fewest: How many jobs at once a process is worth.

    Returns:
        A share for each process that is worth it, at least one; they differ by one at most.
    """
    count = max(min(processes, total.at_once // fewest, total.per_host // fewest), 1)
    return [
        Share(
            at_once=(total.at_once + place) // count,
            per_host=(total.per_host + place) // count,
        )
        for place in range(count)
    ]


@contextlib.contextmanager
def sharing(
    library: Library, kind: JobKind, concurrency: int | None, jobs: int, reserve: Reserve | None = None
) -> Iterator[Part]:
    """Have other processes do their share of a batch while the caller does the rest.

    They end with the block, or with this process, however that dies; what they had in hand is queued again.

    Args:
        library: Whose jobs.
        kind: Which jobs; only downloading and archiving are shared.
        concurrency: Jobs at once in all, whatever the queue says; None for what settings and queue say.
        jobs: How many are open.
        reserve: Has processes that are loaded already.

    Yields:
        What the caller works with.
    """
    shares = _shares(library, kind, concurrency, jobs)
    if len(shares) == 1:
        yield Part(library, concurrency, lambda: None)
        return
    mine, *others = (
        library.settings.model_copy(update={"concurrency": share.at_once, "per_host": share.per_host})
        for share in shares
    )
    processors = divided(len(shares))
    own = Library(mine, library.gateway, library.database_url, library.cache, library.actor)
    workers = [
        WorkerProcess(settings, kind, settings.concurrency, in_crew=True, processors=theirs, reserve=reserve)
        for settings, theirs in zip(others, processors[1:], strict=True)
    ]

    def dismiss() -> None:
        for worker in workers:
            worker.dismiss()

    with contextlib.ExitStack() as stack:
        stack.callback(own.close)
        for worker in workers:
            stack.enter_context(worker)
        stack.enter_context(kept_to(processors[0]))
        yield Part(own, mine.concurrency, dismiss)
        dismiss()
        seal_some(library)  # what they wrote, too, while they end


def _shares(library: Library, kind: JobKind, concurrency: int | None, jobs: int) -> list[Share]:
    settings = library.settings
    total = Share(concurrency or at_once(settings, kind), settings.per_host)
    if kind == "archive":  # It asks one host alone, whose limit is what runs at once.
        total = Share(total.at_once, total.at_once)
    if kind not in ("download", "archive") or jobs < FEWEST_JOBS or _is_steered(library, kind, concurrency):
        return [total]
    fewest = FEWEST_ARCHIVINGS if kind == "archive" else FEWEST_AT_ONCE
    return share_out(total, most_processes(kind, total.at_once), fewest)


def most_processes(kind: JobKind, concurrency: int | None) -> int:
    """Return of how many processes a crew may be on this machine, whatever the settings say.

    Args:
        kind: Which jobs.
        concurrency: Jobs at once in all; None for what settings and queue say.
    """
    most = min(os.cpu_count() or 1, MOST_PROCESSES)
    if kind != "archive":
        return most
    wanted = concurrency or ARCHIVES_AT_ONCE
    return len(share_out(Share(wanted, wanted), most, FEWEST_ARCHIVINGS))


def _is_steered(library: Library, kind: JobKind, concurrency: int | None) -> bool:
    """Tell whether the queue says how many run at once: each worker takes that for its own number."""
    if concurrency is not None:
        return False
    lanes = queue_store.list_lanes(library.gateway)
    return any(lane.kind == kind and lane.concurrency is not None for lane in lanes)
