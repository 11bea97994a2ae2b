"""Archiving many at a time: settling what was copied, taking what may be copied next."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from social_tui.models import BlobRow, Proof
from social_tui.store.batches import EndedJob, Exchange, Room, TakenJob, read_exchange
from social_tui.store.gateway import Gateway


@dataclass(frozen=True, slots=True)
class TakenArchive(TakenJob):
    """An archiving that was taken.

    Args:
        blob: The bytes; None where there are none.
        media_url: Where the media that names the object came from.
        post_id: The post of that media.
        created_at: When the library first knew that media; None where there is none.
    """

    blob: BlobRow | None
    media_url: str | None
    post_id: str | None
    created_at: datetime | None


@dataclass(frozen=True, slots=True)
class EndedArchive(EndedJob):
    """What became of an archiving that was taken.

    Args:
        sha256: The bytes.
        archive_url: Where the archive has them; None where it has not.
        proof: How well that is known.
    """

    sha256: str | None = None
    archive_url: str | None = None
    proof: Proof | None = None


def exchange_archives(
    gateway: Gateway, worker_id: int, ended: Sequence[EndedArchive], room: Room, *, actor: str = "worker"
) -> Exchange[TakenArchive]:
    """Settle archivings that ended and take those that may begin.

    Args:
        gateway: The way to the database.
        worker_id: The worker.
        ended: What ended.
        room: How much more may begin.
        actor: Who works.
    """

    def read(row: dict[str, Any]) -> TakenArchive:
        blob, moment = row["blob"], row["created_at"]
        return TakenArchive(
            row["job_id"],
            row["media_id"],
            row["attempts"],
            BlobRow.model_validate(blob) if blob is not None else None,
            row["media_url"],
            row["post_id"],
            datetime.fromisoformat(moment) if moment is not None else None,
        )

    rows = gateway.call(
        "exchange_archives",
        p_worker_id=worker_id,
        p_ended=[asdict(each) for each in ended],
        **room.arguments(),
        p_actor=actor,
    )
    return read_exchange(rows, read)
