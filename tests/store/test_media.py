"""Media rows and the bytes behind them: claims, outcomes, sharing, proofs and the audit log."""

from __future__ import annotations

import hashlib
import threading

import pytest

from social_tui.errors import DatabaseError, NotFoundError
from social_tui.store import media
from social_tui.store.gateway import Gateway
from tests.store.library_rows import (
    captured,
    download,
    events_of,
    import_all,
    import_one,
    nameless,
    post,
    reference,
    rows,
    versions,
)

NOBODY = "med-00000000000000000"


def test_a_download_says_what_is_on_disk(gateway: Gateway) -> None:
    _, [row] = import_one(gateway, post("1", [reference("a", media_type="video")]))
    claimed = media.claim_download(gateway, row.media_id, "one")
    assert claimed is not None
    assert (claimed.download_status, claimed.attempts) == ("downloading", 1)
    file = captured("a")

    assert media.finish_download(gateway, row.media_id, "one", file, actor="worker") == "ok"

    ready = media.get_media(gateway, row.media_id)
    assert (ready.download_status, ready.outcome, ready.error) == ("ready", "ok", None)
    assert (ready.sha256, ready.md5_sum, ready.local_file_path) == (
        file.sha256,
        file.md5_sum,
        file.local_file_path,
    )
    assert (ready.file_size, ready.mime_type, ready.width, ready.height) == (1, "image/png", 640, 480)
    assert ready.media_type == "image", "the type is what the bytes are, not what the export said"
    assert ready.proof == "cached"
    assert ready.verified_at is not None
    assert ready.ai_analysis_log is not None
    [entry] = ready.ai_analysis_log
    assert entry["timestamp"].endswith("Z")
    assert {**entry, "timestamp": ""} == {
        "timestamp": "",
        "event": "media_downloaded",
        "status": "success",
        "details": {"file_size": 1, "mime_type": "image/png", "download_time_ms": 40},
    }
    assert events_of(gateway, row.media_id) == ["media_imported", "download_started", "media_downloaded"]
    last = media.list_events(gateway, row.media_id)[-1]
    assert (last.actor, last.correlation_id, last.post_id) == ("worker", row.media_id, row.post_id)
    assert last.details["media_type"] == "video"


def test_bytes_that_are_there_need_no_claim(gateway: Gateway) -> None:
    _, [row] = import_one(gateway, post("1", [reference("a")]))
    download(gateway, row.media_id, "a")
    assert media.claim_download(gateway, row.media_id, "again") is None
    assert media.claim_download(gateway, NOBODY, "again") is None


def test_a_worker_that_was_overtaken_writes_nothing(gateway: Gateway, database_url: str) -> None:
    _, [row] = import_one(gateway, post("1", [reference("a")]))
    media.claim_download(gateway, row.media_id, "frozen")
    media.claim_download(gateway, row.media_id, "second")
    before = versions(database_url)

    assert media.finish_download(gateway, row.media_id, "frozen", captured("x"), actor="worker") == "stale"
    assert not media.fail_download(
        gateway, row.media_id, "frozen", outcome="network", error="late", actor="worker"
    )
    assert not media.release_download(gateway, row.media_id, "frozen")
    assert versions(database_url) == before

    assert media.finish_download(gateway, row.media_id, "second", captured("a"), actor="worker") == "ok"
    assert media.finish_download(gateway, row.media_id, "second", captured("a"), actor="worker") == "stale"
    assert media.get_media(gateway, row.media_id).attempts == 2


def test_a_failure_says_why_in_one_word(gateway: Gateway) -> None:
    _, [row] = import_one(gateway, post("1", [reference("a")]))
    media.claim_download(gateway, row.media_id, "c")
    assert media.fail_download(
        gateway, row.media_id, "c", outcome="expired", error="410 Gone", actor="worker"
    )
    failed = media.get_media(gateway, row.media_id)
    assert (failed.download_status, failed.outcome, failed.error) == ("failed", "expired", "410 Gone")
    last = media.list_events(gateway, row.media_id)[-1]
    assert (last.event, last.details) == (
        "download_failed",
        {"outcome": "expired", "error": "410 Gone", "attempt": 1},
    )


@pytest.mark.parametrize("outcome", ["ok", "gone fishing"])
def test_a_failure_needs_a_known_word(gateway: Gateway, outcome: str) -> None:
    _, [row] = import_one(gateway, post("1", [reference("a")]))
    media.claim_download(gateway, row.media_id, "c")
    with pytest.raises(DatabaseError):
        media.fail_download(gateway, row.media_id, "c", outcome=outcome, error="?", actor="worker")  # type: ignore[arg-type]
    assert media.get_media(gateway, row.media_id).download_status == "downloading"


def test_stopped_work_goes_back_and_is_no_attempt(gateway: Gateway) -> None:
    _, [row] = import_one(gateway, post("1", [reference("a")]))
    media.claim_download(gateway, row.media_id, "c")
    assert media.release_download(gateway, row.media_id, "c")
    released = media.get_media(gateway, row.media_id)
    assert (released.download_status, released.attempts) == ("pending", 0)
    assert media.finish_download(gateway, row.media_id, "c", captured("a"), actor="worker") == "stale"


def test_the_same_source_elsewhere_is_not_downloaded_twice(gateway: Gateway) -> None:
    _, [first] = import_one(gateway, post("1", [reference("logo")]))
    _, [waiting] = import_one(gateway, post("2", [reference("logo", signature="x")]))
    _, [failed] = import_one(gateway, post("3", [reference("logo", signature="y")]))
    media.claim_download(gateway, failed.media_id, "c")
    media.fail_download(gateway, failed.media_id, "c", outcome="expired", error="gone", actor="worker")

    file = download(gateway, first.media_id, "logo")

    for other in (waiting, failed):
        shared = media.get_media(gateway, other.media_id)
        assert (shared.download_status, shared.outcome, shared.sha256) == ("ready", "ok", file.sha256)
        assert events_of(gateway, other.media_id)[-1] == "media_shared"
    _, [late] = import_one(gateway, post("4", [reference("logo", signature="z")]))
    assert late.download_status == "pending"
    assert media.claim_download(gateway, late.media_id, "c") is None
    assert media.get_media(gateway, late.media_id).download_status == "ready"


def test_bytes_that_changed_at_the_source_void_what_was_said_about_the_first(
    gateway: Gateway, database_url: str
) -> None:
    _, [row] = import_one(gateway, post("1", [reference("a")]))
    first = download(gateway, row.media_id, "first")
    rows(
        database_url,
        "update public.post_media set ai_analysis_status = 'completed', ai_analysis = '{\"a\": 1}'",
    )
    media.record_verification(gateway, first.sha256, result="damaged", actor="cli")

    second = download(gateway, row.media_id, "second")

    changed = media.get_media(gateway, row.media_id)
    assert (changed.sha256, changed.ai_analysis_status, changed.ai_analysis) == (
        second.sha256,
        "not_started",
        None,
    )
    [event] = [e for e in media.list_events(gateway, row.media_id) if e.event == "media_changed"]
    assert event.details["previous_sha256"] == first.sha256
    assert event.details["previous_ai_analysis"] == '{"a": 1}'


def test_the_media_of_a_post_come_in_its_order_and_in_pages(gateway: Gateway) -> None:
    references = [
        reference("t", role="thumbnail"),
        *[reference(str(n), position=n) for n in range(5)],
        reference("r", role="reshared"),
    ]
    post_id, listed = import_one(gateway, post("1", references))
    assert [(row.role, row.position) for row in listed] == [
        *[("main", n) for n in range(5)],
        ("thumbnail", 0),
        ("reshared", 0),
    ]
    paged = media.list_media(gateway, post_id=post_id, limit=3)
    paged += media.list_media(gateway, post_id=post_id, after=paged[-1].media_id, limit=3)
    paged += media.list_media(gateway, post_id=post_id, after=paged[-1].media_id, limit=3)
    assert [row.media_id for row in paged] == [row.media_id for row in listed]


def test_two_thousand_media_come_whole_though_no_answer_has_more_than_500(gateway: Gateway) -> None:
    per_post = 40
    stored = import_all(
        gateway,
        *[
            post(
                str(n),
                [
                    reference(f"{n}-{m}", position=m, media_type="video" if m % 2 else "image")
                    for m in range(per_post)
                ],
            )
            for n in range(51)
        ],
    )
    ids = sorted(item.media_id for row in stored for item in row.media)
    assert len(media.list_media(gateway, limit=100_000)) == 500
    assert [row.media_id for row in media.iterate_media(gateway)] == ids
    videos = list(media.iterate_media(gateway, media_type="video", status="pending"))
    assert len(videos) == 51 * per_post / 2
    assert list(media.iterate_media(gateway, status="ready")) == []


def test_what_is_not_there_is_said_to_be_not_there(gateway: Gateway) -> None:
    with pytest.raises(NotFoundError, match=NOBODY):
        media.get_media(gateway, NOBODY)
    with pytest.raises(NotFoundError, match=NOBODY):
        media.record_event(gateway, NOBODY, "media_accessed", actor="app")
    with pytest.raises(NotFoundError):
        media.record_verification(gateway, "0" * 64, result="ok", actor="cli")
    with pytest.raises(DatabaseError, match="no result"):
        media.record_verification(gateway, "0" * 64, result="perhaps", actor="cli")  # type: ignore[arg-type]
    assert media.blob_for_media(gateway, NOBODY) is None
    _, [row] = import_one(gateway, post("1", [nameless("x")]))
    assert media.blob_for_media(gateway, row.media_id) is None


def test_events_are_added_and_listed_in_pages(gateway: Gateway) -> None:
    _, [row] = import_one(gateway, post("1", [reference("a")]))
    for number in range(5):
        media.record_event(
            gateway, row.media_id, "media_accessed", actor="app", details={"source": "cache", "n": number}
        )
    first = media.list_events(gateway, row.media_id, limit=4)
    rest = media.list_events(gateway, row.media_id, after=first[-1].id)
    assert [event.details.get("n") for event in first + rest] == [None, 0, 1, 2, 3, 4]


@pytest.mark.parametrize(
    "statement",
    [
        "update public.media_events set actor = 'somebody else'",
        "delete from public.media_events",
        "truncate public.media_events",
        "set session_replication_role = replica; delete from public.media_events",
    ],
)
def test_the_audit_log_cannot_be_changed_by_its_owner(
    gateway: Gateway, database_url: str, statement: str
) -> None:
    import_one(gateway, post("1", [reference("a")]))
    before = rows(database_url, "select * from public.media_events order by id")
    with pytest.raises(Exception, match="append-only"):
        rows(database_url, statement)
    assert rows(database_url, "select * from public.media_events order by id") == before


def test_the_audit_log_outlives_what_it_is_about(gateway: Gateway, database_url: str) -> None:
    post_id, [row] = import_one(gateway, post("1", [reference("a")]))
    rows(database_url, "delete from public.posts where post_id = %s", post_id)
    assert events_of(gateway, row.media_id) == ["media_imported"]
    with pytest.raises(NotFoundError):
        media.get_media(gateway, row.media_id)


def test_many_workers_on_one_media_leave_one_winner(gateway: Gateway, database_url: str) -> None:
    _, [row] = import_one(gateway, post("1", [reference("a")]))
    barrier = threading.Barrier(6)
    results: list[str] = []

    def work(name: str) -> None:
        barrier.wait()
        if media.claim_download(gateway, row.media_id, name) is not None:
            results.append(media.finish_download(gateway, row.media_id, name, captured("a"), actor="worker"))

    threads = [threading.Thread(target=work, args=[f"w{n}"]) for n in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert results.count("ok") == 1
    assert set(results) <= {"ok", "stale"}
    assert rows(database_url, "select sha256 from public.media_blobs") == [
        (hashlib.sha256(b"a").hexdigest(),)
    ]
