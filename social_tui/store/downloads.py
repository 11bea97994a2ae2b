"""Downloads many at a time: settling what ended, taking what may begin, claiming the media."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, NamedTuple

from social_tui.models import CapturedFile, MediaRow, Outcome
from social_tui.store.gateway import Gateway

# What becomes of a job: as the queue calls it, or that it goes back, as a try or as none.
Ended = Literal["succeeded", "failed", "aborted", "again", "put_back"]


@dataclass(frozen=True, slots=True)
class TakenDownload:
    """A job that was taken.

    Args:
        job_id: The job.
        media_id: What to download; None where the job cannot be read.
        media_url: From where.
        attempts: How many tries came before this one.
    """

    job_id: int
    media_id: str | None
    media_url: str | None
    attempts: int


@dataclass(frozen=True, slots=True)
class EndedDownload:
    """What became of a job that was taken.

    Args:
        job_id: The job.
        media_id: What it was about.
        ended: Whether it is over, or goes back into the queue.
        claim: The claim that the media was held under.
        file: The bytes, durably in the cache.
        outcome: Why there are none, in one word, for the media's row; not ``ok``.
        error: Why, in a redacted sentence.
        wait_seconds: How long not to try again.
    """

    job_id: int
    media_id: str | None
    ended: Ended
    claim: str | None = None
    file: CapturedFile | None = None
    outcome: Outcome | None = None
    error: str | None = None
    wait_seconds: float | None = None


class Exchange(NamedTuple):
    """What came of one exchange with the queue.

    Args:
        settled: How each job ended for its media: ``ok``, ``incident``, ``stale`` when another attempt has
            the media, ``taken_over`` when another worker has the job, ``settled`` where there were no bytes.
        called_off: Jobs of this worker that somebody wants to end.
        taken: Jobs that are this worker's now.
        is_forgotten: Whether the queue knows no such worker any more.
        limit: How many may run at once: none while downloads are paused; None where nobody said.
    """

    settled: dict[int, str]
    called_off: list[int]
    taken: list[TakenDownload]
    is_forgotten: bool
    limit: int | None


def exchange_downloads(
    gateway: Gateway,
    worker_id: int,
    ended: Sequence[EndedDownload],
    *,
    at_once: int,
    is_fixed: bool = False,
    running: int = 0,
    ahead: int = 0,
    newest: int = 0,
    actor: str = "worker",
) -> Exchange:
    """Settle downloads that ended and take those that may begin.

    Args:
        gateway: The way to the database.
        worker_id: The worker.
        ended: What ended.
        at_once: How many may run at once where the queue does not say; none begin while downloads are paused.
        is_fixed: Whether that holds whatever the queue says.
        running: How many run, without those that ended.
        ahead: How many to take beyond those that may run at once.
        newest: How many of the taken ones at most are from the newest request, whatever else is urgent.
        actor: Who works.
    """
    told = [
        {name: getattr(each, name) for name in EndedDownload.__slots__}
        | {"file": each.file.model_dump(mode="json") if each.file is not None else None}
        for each in ended
    ]
    rows = gateway.call(
        "exchange_downloads",
        p_worker_id=worker_id,
        p_ended=told,
        p_at_once=at_once,
        p_is_fixed=is_fixed,
        p_running=running,
        p_ahead=ahead,
        p_newest=newest,
        p_actor=actor,
    )
    return Exchange(
        settled={row["job_id"]: row["result"] for row in rows if row["event"] == "settled"},
        called_off=[row["job_id"] for row in rows if row["event"] == "called_off"],
        taken=[
            TakenDownload(row["job_id"], row["media_id"], row["media_url"], row["attempts"])
            for row in rows
            if row["event"] == "taken"
        ],
        is_forgotten=any(row["event"] == "forgotten" for row in rows),
        limit=next((row["attempts"] for row in rows if row["event"] == "limit"), None),
    )


def claim_downloads(
    gateway: Gateway, media_ids: Sequence[str], claim: str, *, actor: str = "worker"
) -> list[MediaRow]:
    """Take media for downloading; earlier claims on them become stale.

    Args:
        gateway: The way to the database.
        media_ids: The media.
        claim: A word that no other attempt uses.
        actor: Who downloads.

    Returns:
        Their rows, now ``downloading``, without those that are gone or whose bytes are there already.
    """
    rows = gateway.call("claim_downloads", p_media_ids=list(media_ids), p_claim=claim, p_actor=actor)
    return [MediaRow.model_validate(row) for row in rows]


def count_failures(gateway: Gateway) -> dict[str, int]:
    """Count the media that failed, by outcome."""
    return {row["outcome"]: row["count"] for row in gateway.call("count_failures")}
