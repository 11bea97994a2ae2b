"""Media whose bytes lay beside their export: which are wanted, which were had, which were not."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Literal

from social_tui.models import CapturedFile, Outcome
from social_tui.store.gateway import Gateway

TakenIn = Literal["ok", "incident", "held", "other_bytes"]


def media_without_bytes(gateway: Gateway, media_ids: Sequence[str]) -> set[str]:
    """Tell which of some media have bytes neither in the cache nor in the archive.

    Raises:
        DatabaseError: If the caller is no worker (SQLSTATE 42501).
    """
    rows = gateway.call("media_without_bytes", p_media_ids=list(media_ids))
    return {row["media_id"] for row in rows}


def take_in_media(gateway: Gateway, files: Mapping[str, CapturedFile], *, actor: str) -> dict[str, TakenIn]:
    """Record that the bytes of media are durably in the cache, taken from files beside their export.

    Args:
        gateway: The way to the database.
        files: The files, already under their final names, by media.
        actor: Who took them in.

    Returns:
        By media: ``ok``; ``incident`` when other bytes with the same MD5 are held; ``held`` when it has bytes
        meanwhile, and ``other_bytes`` when it had others once, and nothing was written.
    """
    told = [{**file.model_dump(mode="json"), "media_id": media_id} for media_id, file in files.items()]
    rows = gateway.call("take_in_media", p_files=told, p_actor=actor)
    return {row["media_id"]: row["result"] for row in rows}


def miss_media(gateway: Gateway, missed: Mapping[str, tuple[Outcome, str]], *, actor: str) -> None:
    """Record why media were not taken in; those with a link go on waiting for their download.

    Args:
        gateway: The way to the database.
        missed: The outcome and a sentence for people, by media.
        actor: Who tried.
    """
    told = [
        {"media_id": media_id, "outcome": outcome, "error": error}
        for media_id, (outcome, error) in missed.items()
    ]
    gateway.call("miss_media", p_missed=told, p_actor=actor)
