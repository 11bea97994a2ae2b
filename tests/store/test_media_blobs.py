"""The unique bytes behind media: where they are, how well that is known, and what their loss does."""

from __future__ import annotations

import threading

import psycopg
import pytest

from social_tui.errors import DatabaseError, NotFoundError
from social_tui.store import cache, fixity, media
from social_tui.store.gateway import Gateway
from social_tui.store.statistics import read_statistics
from tests.store.library_rows import captured, download, events_of, import_one, post, reference, rows
from tests.support.waiting import until


def test_other_bytes_with_the_same_md5_are_an_incident_and_kept_apart(gateway: Gateway) -> None:
    _, [a, b] = import_one(gateway, post("1", [reference("a"), reference("b", position=1)]))
    held = download(gateway, a.media_id, "a")
    media.claim_download(gateway, b.media_id, "c")
    twin = captured("b", md5_sum=held.md5_sum)

    assert media.finish_download(gateway, b.media_id, "c", twin, actor="worker") == "incident"

    ready = media.get_media(gateway, b.media_id)
    assert (ready.download_status, ready.sha256) == ("ready", twin.sha256)
    assert media.get_media(gateway, a.media_id).sha256 == held.sha256
    assert {row.sha256 for row in media.list_blobs(gateway)} == {held.sha256, twin.sha256}
    [incident] = [e for e in media.list_events(gateway, b.media_id) if e.event == "md5_incident"]
    assert incident.details == {
        "md5_sum": held.md5_sum,
        "sha256": twin.sha256,
        "held_sha256": [held.sha256],
    }


def test_the_same_bytes_from_two_sources_are_one_blob(gateway: Gateway) -> None:
    _, [a, b] = import_one(gateway, post("1", [reference("a"), reference("b", position=1)]))
    file = download(gateway, a.media_id, "same")
    download(gateway, b.media_id, "same")
    [blob] = media.list_blobs(gateway)
    assert (blob.sha256, blob.media_id, blob.local_file_path) == (
        file.sha256,
        a.media_id,
        file.local_file_path,
    )
    assert media.blob_for_media(gateway, b.media_id) == blob


@pytest.mark.parametrize("result", ["missing", "damaged"])
def test_a_broken_file_makes_its_media_pending_and_is_remembered_by_its_hash(
    gateway: Gateway, result: str
) -> None:
    _, [a, b] = import_one(gateway, post("1", [reference("a"), reference("b", position=1)]))
    file = download(gateway, a.media_id, "same")
    download(gateway, b.media_id, "same")

    assert media.record_verification(gateway, file.sha256, result=result, actor="cli") == 2  # type: ignore[arg-type]

    for row in (a, b):
        broken = media.get_media(gateway, row.media_id)
        assert (broken.download_status, broken.local_file_path, broken.proof) == ("pending", None, None)
        assert (broken.sha256, broken.verified_at) == (file.sha256, None)
        assert events_of(gateway, row.media_id)[-1] == f"media_{result}"
    assert media.list_blobs(gateway) == []
    download(gateway, a.media_id, "same")
    assert media.get_media(gateway, a.media_id).proof == "cached"


def test_a_whole_file_dates_its_proof(gateway: Gateway) -> None:
    _, [row] = import_one(gateway, post("1", [reference("a")]))
    file = download(gateway, row.media_id, "a")
    first = media.get_media(gateway, row.media_id).verified_at
    assert media.record_verification(gateway, file.sha256, result="ok", actor="cli") == 0
    verified = media.get_media(gateway, row.media_id)
    assert verified.verified_at is not None
    assert first is not None
    assert verified.verified_at > first
    assert verified.download_status == "ready"


def test_a_lost_file_without_archive_and_link_has_failed(gateway: Gateway, database_url: str) -> None:
    _, [row] = import_one(gateway, post("1", [reference("a")]))
    file = download(gateway, row.media_id, "a")
    rows(database_url, "update public.post_media set media_url = null")
    media.record_verification(gateway, file.sha256, result="missing", actor="cli")
    lost = media.get_media(gateway, row.media_id)
    assert (lost.download_status, lost.outcome) == ("failed", "deleted")


def test_an_archived_copy_is_kept_when_the_file_is_lost(gateway: Gateway) -> None:
    _, [row] = import_one(gateway, post("1", [reference("a")]))
    file = download(gateway, row.media_id, "a")
    media.record_archived(
        gateway, file.sha256, archive_url="s3://bucket/key", proof="archived", actor="worker"
    )
    media.record_verification(gateway, file.sha256, result="missing", actor="cli")
    lost = media.get_media(gateway, row.media_id)
    assert (lost.download_status, lost.proof, lost.archive_url) == ("pending", "archived", "s3://bucket/key")
    [blob] = media.list_blobs(gateway)
    assert (blob.local_file_path, blob.archive_url) == (None, "s3://bucket/key")


@pytest.mark.parametrize("has_link", [True, False])
def test_a_media_whose_lost_copy_came_back_is_held_again(
    gateway: Gateway, database_url: str, has_link: bool
) -> None:
    _, [row] = import_one(gateway, post("1", [reference("a")]))
    file = download(gateway, row.media_id, "a")
    if not has_link:
        rows(database_url, "update public.post_media set media_url = null")
    url = "s3://bucket/key"
    media.record_archived(gateway, file.sha256, archive_url=url, proof="archived", actor="worker")
    cache.evict_blob(gateway, file.sha256, actor="worker")
    fixity.lose_archived(gateway, file.sha256, archive_url=url, result="missing", actor="cli")
    lost = media.get_media(gateway, row.media_id)
    assert (lost.download_status, lost.outcome) == (("pending", None) if has_link else ("failed", "deleted"))
    media.record_archived(gateway, file.sha256, archive_url=url, proof="read_back", actor="cli")
    back = media.get_media(gateway, row.media_id)
    assert (back.download_status, back.outcome, back.error, back.proof) == (
        "pending",
        "ok",
        None,
        "read_back",
    )


def test_a_proof_is_never_lowered_for_the_same_place(gateway: Gateway) -> None:
    _, [a, b] = import_one(gateway, post("1", [reference("a"), reference("b", position=1)]))
    file = download(gateway, a.media_id, "same")

    def record(url: str, proof: str) -> None:
        media.record_archived(gateway, file.sha256, archive_url=url, proof=proof, actor="worker")  # type: ignore[arg-type]

    record("s3://bucket/one", "archived")
    first = media.get_media(gateway, a.media_id)
    record("s3://bucket/one", "read_back")
    record("s3://bucket/one", "archived")
    row = media.get_media(gateway, a.media_id)
    assert (row.proof, row.archived_at) == ("read_back", first.archived_at)
    record("s3://bucket/two", "archived")
    assert media.get_media(gateway, a.media_id).proof == "archived"
    download(gateway, b.media_id, "same")
    late = media.get_media(gateway, b.media_id)
    assert (late.proof, late.archive_url) == ("archived", "s3://bucket/two")
    with pytest.raises(DatabaseError, match="proof"):
        record("s3://bucket/two", "cached")
    with pytest.raises(NotFoundError):
        media.record_archived(gateway, "0" * 64, archive_url="local:x", proof="archived", actor="worker")


def test_blobs_are_paged(gateway: Gateway) -> None:
    post_id, listed = import_one(gateway, post("1", [reference(str(n), position=n) for n in range(7)]))
    hashes = [download(gateway, row.media_id, str(n)).sha256 for n, row in enumerate(listed)]
    first = media.list_blobs(gateway, limit=4)
    rest = media.list_blobs(gateway, after=first[-1].sha256, limit=4)
    assert [row.sha256 for row in first + rest] == sorted(hashes)
    assert [row.sha256 for row in media.iterate_blobs(gateway)] == sorted(hashes)
    assert media.list_media(gateway, post_id=post_id)[0].proof == "cached"


def test_bytes_that_were_held_already_count_in_no_mean_of_transfers(gateway: Gateway) -> None:
    _, [a, b] = import_one(gateway, post("1", [reference("a"), reference("b", position=1)]))
    for row, elapsed in ((a, 30), (b, 0)):
        media.claim_download(gateway, row.media_id, "c")
        file = captured(row.media_id).model_copy(update={"elapsed_ms": elapsed})
        media.finish_download(gateway, row.media_id, "c", file, actor="worker")
    assert read_statistics(gateway).mean_download_ms == 30


def test_bytes_may_be_archived_while_a_media_that_lost_them_has_them_again(
    gateway: Gateway, database_url: str
) -> None:
    _, [a, b] = import_one(gateway, post("1", [reference("a"), reference("b", position=1)]))
    file = download(gateway, a.media_id, "same")
    media.record_verification(gateway, file.sha256, result="missing", actor="cli")
    download(gateway, b.media_id, "same")
    media.claim_download(gateway, a.media_id, "c")
    results: list[str] = []
    again = threading.Thread(
        target=lambda: results.append(media.finish_download(gateway, a.media_id, "c", file, actor="worker"))
    )
    waiting = "select 1 from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'"
    with psycopg.connect(database_url) as archiving:
        archiving.execute("select private.lock_posts_with(%s)", [file.sha256])
        again.start()
        until(lambda: rows(database_url, waiting), "the other one in line")
        archiving.execute("select public.record_archived(%s, 'local:x', 'archived')", [file.sha256])
    again.join()
    assert results == ["ok"]
    assert media.get_media(gateway, a.media_id).archive_url is not None
