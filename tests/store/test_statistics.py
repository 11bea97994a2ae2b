"""The figures, against what was done."""

from __future__ import annotations

import pytest

from social_tui.store import analyses, jobs, media, queues
from social_tui.store.gateway import Gateway
from social_tui.store.statistics import read_statistics
from tests.store.library_rows import captured, download, import_one, post, reference


def test_an_empty_library_has_no_rates(gateway: Gateway) -> None:
    figures = read_statistics(gateway)
    assert (figures.posts, figures.media, figures.blobs, figures.local_bytes, figures.archived_bytes) == (
        0,
        0,
        0,
        0,
        0,
    )
    assert (figures.download_success_rate, figures.cache_hit_rate, figures.mean_download_ms) == (
        None,
        None,
        None,
    )
    assert (figures.queue_depth, figures.media_by_status, figures.ai_by_profile) == ({}, {}, [])
    assert figures.queues_paused == []
    queues.pause_jobs(gateway, "verify", True)
    assert read_statistics(gateway).queues_paused == ["verify"]


def test_the_figures_say_what_was_done(gateway: Gateway) -> None:
    _, ada = import_one(gateway, post("1", [reference(f"a{n}", position=n) for n in range(5)], author="ada"))
    _, bob = import_one(gateway, post("2", [reference("b")], author="bob"))
    for row, content, elapsed in ((ada[0], "xx", 10), (ada[1], "yyy", 30), (bob[0], "xx", 50)):
        media.claim_download(gateway, row.media_id, "c")
        file = captured(content).model_copy(update={"elapsed_ms": elapsed})
        media.finish_download(gateway, row.media_id, "c", file, actor="worker")
    media.claim_download(gateway, ada[2].media_id, "c")
    media.fail_download(gateway, ada[2].media_id, "c", outcome="expired", error="gone", actor="worker")
    media.record_archived(
        gateway, captured("yyy").sha256, archive_url="local:x", proof="archived", actor="worker"
    )
    for source in ("cache", "cache", "cache", "archive"):
        media.record_event(
            gateway, ada[0].media_id, "media_accessed", actor="app", details={"source": source}
        )
    for row, cost in ((ada[0], 10), (ada[1], 7)):
        turn = analyses.reserve(
            gateway,
            row.media_id,
            provider="p",
            model="m",
            prompt_version="1",
            schema_version="1",
            detail="low",
            actor="worker",
        )
        analyses.mark_sent(gateway, turn.analysis_id)
        analyses.store_answer(
            gateway,
            turn.analysis_id,
            raw_answer="{}",
            input_tokens=100,
            output_tokens=1,
            cost_microdollars=cost,
        )
        analyses.complete(gateway, turn.analysis_id, parsed={}, actor="worker")
    jobs.request_jobs(gateway, "download")
    jobs.request_jobs(gateway, "archive")

    figures = read_statistics(gateway)

    assert (figures.posts, figures.media, figures.blobs) == (2, 6, 2)
    assert figures.download_success_rate == pytest.approx(3 / 4)
    assert figures.cache_hit_rate == pytest.approx(3 / 4)
    assert figures.mean_download_ms == pytest.approx(30)
    assert (figures.local_bytes, figures.archived_bytes) == (5, 3)
    assert figures.queue_depth == {"download": 2, "archive": 1}
    assert figures.media_by_status == {"ready": 3, "failed": 1, "pending": 2}
    assert figures.failures_by_outcome == {"expired": 1}
    assert figures.analyses_by_status == {"completed": 3, "not_started": 3}
    assert (figures.ai_tokens, figures.ai_cost_microdollars) == (202, 17)
    assert figures.ai_by_profile == [
        {"author_username": "ada", "media": 3, "analyses": 2, "tokens": 202, "cost_microdollars": 17}
    ], "bytes that two profiles share are paid for by the first"


def test_bytes_that_left_the_cache_are_not_local(gateway: Gateway) -> None:
    _, [row] = import_one(gateway, post("1", [reference("a")]))
    file = download(gateway, row.media_id, "abc")
    assert read_statistics(gateway).local_bytes == 3
    media.record_verification(gateway, file.sha256, result="missing", actor="cli")
    assert read_statistics(gateway).local_bytes == 0
