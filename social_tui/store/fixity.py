"""Proofs of copies: which there are, what gives and takes them, and which are due again."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from datetime import datetime
from typing import Literal
from uuid import UUID

from social_tui.filters import Filter
from social_tui.models import BlobRow, Row
from social_tui.store.gateway import Gateway
from social_tui.store.paging import MAX_ROWS

Copy = Literal["cache", "archive"]
Method = Literal["local_hash", "server_checksum", "read_back"]


class ProofRow(Row):
    """What proves one copy of a media's bytes.

    Args:
        copy_in: Which copy.
        method: What proved it.
        proved_at: When it was last found right by that.
        proved_by: Who found it: 'app', 'cli', 'worker' or 'import'; None where the audit log does not tell.
        user_id: Who was signed in, if anybody.
    """

    copy_in: Copy
    method: Method
    proved_at: datetime
    proved_by: str | None
    user_id: UUID | None


class ArchivedBlob(BlobRow):
    """Bytes that the archive has or had.

    Args:
        faulty_url: Where they were found missing or damaged; None while the archive has them.
    """

    faulty_url: str | None

    @property
    def address(self) -> str:
        """Where the archive should have them."""
        return self.archive_url or self.faulty_url or ""


class Address(Row):
    """Where the archive should have some bytes.

    Args:
        is_proven: False where they were found missing or damaged.
    """

    address: str
    sha256: str
    md5_sum: str
    byte_size: int
    media_id: str | None
    is_proven: bool


class DueCopy(BlobRow):
    """A copy that is to be proven again, with its bytes' row."""

    copy_in: Copy
    method: Method


def iterate_archived(
    gateway: Gateway, *, posts: Filter | None = None, is_archived: bool = True, after: str | None = None
) -> Iterator[ArchivedBlob]:
    """Yield bytes by SHA-256, a page in memory at a time.

    Args:
        gateway: The way to the database.
        posts: Only bytes of the posts of this filter.
        is_archived: Only those that the archive has, or had until that was found to be wrong; else also those
            that only the cache has.
        after: Only those behind this SHA-256.
    """
    wanted = None if posts is None else posts.to_json()
    while True:
        rows = gateway.call(
            "archived_blobs", p_filter=wanted, p_is_archived=is_archived, p_after=after, p_limit=MAX_ROWS
        )
        yield from map(ArchivedBlob.model_validate, rows)
        if len(rows) < MAX_ROWS:
            return
        after = rows[-1]["sha256"]


def iterate_addresses(gateway: Gateway) -> Iterator[Address]:
    """Yield where the archive should have copies, in the order of the addresses' characters."""
    after: str | None = None
    while True:
        rows = gateway.call("archive_addresses", p_after=after, p_limit=MAX_ROWS)
        yield from map(Address.model_validate, rows)
        if len(rows) < MAX_ROWS:
            return
        after = rows[-1]["address"]


def find_addresses(gateway: Gateway, addresses: Collection[str]) -> list[Address]:
    """Return what should be at some addresses, at most 500 of them."""
    rows = gateway.call("archive_addresses", p_addresses=list(addresses), p_limit=MAX_ROWS)
    return [Address.model_validate(row) for row in rows]


def record_archive_checks(
    gateway: Gateway, checks: Sequence[tuple[str, str]], *, method: Method, actor: str
) -> int:
    """Record of archived copies that they are right.

    Args:
        gateway: The way to the database.
        checks: SHA-256 and address of each; those that are archived elsewhere meanwhile are passed over.
        method: ``server_checksum`` or ``read_back``, which raises the proof.
        actor: Who looked.

    Returns:
        Of how many it was recorded.
    """
    told = [{"sha256": sha256, "archive_url": address} for sha256, address in checks]
    rows = gateway.call("record_archive_checks", p_checks=told, p_method=method, p_actor=actor)
    return int(rows[0]["recorded"])


def lose_archived(
    gateway: Gateway, sha256: str, *, archive_url: str, result: Literal["missing", "damaged"], actor: str
) -> bool:
    """Record that the archive does not have the right bytes where it should.

    Returns:
        False when they are archived elsewhere, or known to be lost, meanwhile; then nothing was written.
    """
    rows = gateway.call(
        "lose_archived", p_sha256=sha256, p_archive_url=archive_url, p_result=result, p_actor=actor
    )
    return bool(rows[0]["is_lost"])


def proofs_of(gateway: Gateway, media_id: str) -> list[ProofRow]:
    """Return what proves the copies of a media's bytes, the oldest proof first."""
    return [ProofRow.model_validate(row) for row in gateway.call("proofs_of", p_media_id=media_id)]


def take_fixity(
    gateway: Gateway, *, daily_bytes: int, days: int, head_is_free: bool, spent: int = 0
) -> list[DueCopy]:
    """Take copies whose proof is oldest, to prove them again within the next hour.

    Args:
        gateway: The way to the database.
        daily_bytes: How many bytes all workers together read a day.
        days: After how many days a proof is old.
        head_is_free: Whether the archive tells a copy's checksum without reading it.
        spent: Bytes that were read beyond what was taken before.

    Returns:
        A few copies, by the age of their proofs; none when nothing is due, or the day's bytes are used up.
    """
    rows = gateway.call(
        "take_fixity", p_daily_bytes=daily_bytes, p_days=days, p_head_is_free=head_is_free, p_spent=spent
    )
    return [DueCopy.model_validate(row) for row in rows]
