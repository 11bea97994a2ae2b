"""Downloads many at a time: settling what ended, taking what may begin, claiming the media."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields
from typing import Any

from social_tui.models import CapturedFile, MediaRow, Outcome
from social_tui.store.batches import EndedJob, Exchange, Room, TakenJob, read_exchange
from social_tui.store.gateway import Gateway


@dataclass(frozen=True, slots=True)
class TakenDownload(TakenJob):
    """A download that was taken.

    Args:
        media_url: From where.
    """

    media_url: str | None


@dataclass(frozen=True, slots=True)
class EndedDownload(EndedJob):
    """What became of a download that was taken.

    Args:
        claim: The claim that the media was held under.
        file: The bytes, durably in the cache.
        outcome: Why there are none, in one word, for the media's row; not ``ok``.
    """

    claim: str | None = None
    file: CapturedFile | None = None
    outcome: Outcome | None = None


_TOLD = [each.name for each in fields(EndedDownload)]


def exchange_downloads(
    gateway: Gateway,
    worker_id: int,
    ended: Sequence[EndedDownload],
    room: Room,
    *,
    newest: int = 0,
    actor: str = "worker",
) -> Exchange[TakenDownload]:
    """Settle downloads that ended and take those that may begin.

    Args:
        gateway: The way to the database.
        worker_id: The worker.
        ended: What ended.
        room: How much more may begin.
        newest: How many of the taken ones at most are from the newest request, whatever else is urgent.
        actor: Who works.
    """

    def tell(each: EndedDownload) -> dict[str, Any]:
        file = each.file.model_dump(mode="json") if each.file is not None else None
        return {name: getattr(each, name) for name in _TOLD} | {"file": file}

    def read(row: dict[str, Any]) -> TakenDownload:
        return TakenDownload(row["job_id"], row["media_id"], row["attempts"], row["media_url"])

    rows = gateway.call(
        "exchange_downloads",
        p_worker_id=worker_id,
        p_ended=[tell(each) for each in ended],
        **room.arguments(),
        p_newest=newest,
        p_actor=actor,
    )
    return read_exchange(rows, read)


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
