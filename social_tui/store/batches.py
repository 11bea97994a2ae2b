"""Jobs taken and settled many at a time: what one exchange says of each, whatever their kind."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass, field
from typing import Any, Generic, Literal, TypeVar

# What becomes of a job: as the queue calls it, or that it goes back, as a try or as none.
Ended = Literal["succeeded", "failed", "aborted", "again", "put_back"]


@dataclass(frozen=True, slots=True)
class TakenJob:
    """A job that was taken.

    Args:
        job_id: The job.
        media_id: What it is about; None where the job cannot be read.
        attempts: How many tries came before this one.
    """

    job_id: int
    media_id: str | None
    attempts: int


@dataclass(frozen=True, slots=True)
class EndedJob:
    """What became of a job that was taken.

    Args:
        job_id: The job.
        media_id: What it was about.
        ended: Whether it is over, or goes back into the queue.
        error: Why, in a redacted sentence.
        wait_seconds: How long not to try again.
    """

    job_id: int
    media_id: str | None
    ended: Ended
    error: str | None = field(default=None, kw_only=True)
    wait_seconds: float | None = field(default=None, kw_only=True)


@dataclass(frozen=True, slots=True)
class Room:
    """How much more a worker may take.

    Args:
        at_once: How many may run at once where the queue does not say; none begin while their kind is paused.
        is_fixed: Whether that holds whatever the queue says.
        running: How many run, without those that ended.
        ahead: How many to take beyond those that may run at once.
    """

    at_once: int
    is_fixed: bool = False
    running: int = 0
    ahead: int = 0

    def arguments(self) -> dict[str, object]:
        """Say it to the database."""
        return {f"p_{name}": value for name, value in asdict(self).items()}


TakenT = TypeVar("TakenT", bound=TakenJob)


@dataclass(frozen=True, slots=True)
class Exchange(Generic[TakenT]):
    """What came of one exchange with the queue.

    Args:
        settled: How each job ended for its media: ``taken_over`` when another worker has the job,
            ``settled`` where there is nothing more to say; for downloads ``ok``, ``incident``, or ``stale``
            when another attempt has the media.
        called_off: Jobs of this worker that somebody wants to end.
        taken: Jobs that are this worker's now.
        is_forgotten: Whether the queue knows no such worker any more.
        limit: How many may run at once: none while their kind is paused; None where nobody said.
    """

    settled: dict[int, str]
    called_off: list[int]
    taken: list[TakenT]
    is_forgotten: bool
    limit: int | None


def read_exchange(
    rows: Iterable[dict[str, Any]], read_taken: Callable[[dict[str, Any]], TakenT]
) -> Exchange[TakenT]:
    """Understand what an exchange returned.

    Args:
        rows: Its rows, each an event.
        read_taken: Makes a job that was taken of its row.
    """
    by_event: dict[str, list[dict[str, Any]]] = {}
    for row in rows:
        by_event.setdefault(row["event"], []).append(row)
    return Exchange(
        settled={row["job_id"]: row["result"] for row in by_event.get("settled", ())},
        called_off=[row["job_id"] for row in by_event.get("called_off", ())],
        taken=[read_taken(row) for row in by_event.get("taken", ())],
        is_forgotten="forgotten" in by_event,
        limit=next((row["attempts"] for row in by_event.get("limit", ())), None),
    )
