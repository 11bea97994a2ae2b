"""The whole job, headless, with real parts: import, download, verify, archive, analyse; and all again."""

from __future__ import annotations

import json
import logging

import pytest

from social_tui.jobs.batch import run_to_end
from social_tui.library.importing import import_paths
from social_tui.library.session import Library
from social_tui.library.verifying import verify_cache
from social_tui.log import LOG_FILE, SharedFileHandler, configure_logging
from social_tui.models import JOB_KINDS, JobKind
from social_tui.store import jobs as job_store
from social_tui.store import media as media_store
from social_tui.store.statistics import read_statistics
from tests.media_cache.samples import gif, jpeg, pdf, video
from tests.support.fault_server import respond
from tests.support.openai_server import OpenAIServer
from tests.support.prices import priced
from tests.support.s3_server import S3Server
from tests.support.world import World, request, rows


def build(world: World) -> str:
    """Serve some media, good and bad, and write the export that names them."""
    picture = jpeg(seed=1)
    return world.write(
        [
            world.post(world.serve("/one.jpg", picture), world.serve("/two.gif", gif(), "image/gif")),
            world.post(world.serve("/same.jpg", picture), world.serve("/gone.jpg", respond(404))),
            world.post(world.serve("/clip.mp4", video(), "video/mp4"), kind="video"),
            world.post(world.serve("/paper.pdf", pdf(), "application/pdf"), kind="document"),
            world.post(world.serve("/page.jpg", b"<html>log in</html>"), text="a page in place of a picture"),
        ]
    )


def do_everything(library: Library, export: str) -> None:
    import_paths(library, [export])
    for kind in JOB_KINDS:
        request(library, kind)
        run_to_end(library, kind)


def test_the_whole_job(world: World) -> None:
    export = build(world)
    with world.open() as library:
        report = import_paths(library, [export])
        assert (report.posts.read, report.posts.new, report.media.found, report.media.new) == (5, 5, 7, 7)
        assert request(library, "download") == 7
        work = run_to_end(library, "download")
        assert (work.requested, work.succeeded, work.failed, work.left) == (7, 5, 2, 0)
        assert work.outcomes == {"deleted": 1, "not_media": 1}
        counts: dict[JobKind, int] = {"verify": 4, "archive": 4, "analyze": 5}
        for kind, count in counts.items():
            assert request(library, kind) == count
            work = run_to_end(library, kind)
            assert (work.kind, work.succeeded, work.failed, work.left) == (kind, count, 0, 0)
        found = rows(library)
        assert {name: row.download_status for name, row in found.items() if row.outcome != "ok"} == {
            "gone.jpg": "failed",
            "page.jpg": "failed",
        }
        ready = [row for row in found.values() if row.download_status == "ready"]
        assert len(ready) == 5
        assert all(row.proof == "read_back" and row.ai_analysis_status == "completed" for row in ready)
        assert found["one.jpg"].sha256 == found["same.jpg"].sha256
    assert world.checker().problems() == []


def test_the_same_again_changes_nothing(world: World) -> None:
    export = build(world)
    with world.open() as library:
        do_everything(library, export)
        before, asked = world.snapshot(), sum(world.server.hits.values())

        report = import_paths(library, [export])
        assert (report.posts.unchanged, report.posts.read, report.media.held) == (5, 5, 7)
        assert request(library, "download") == request(library, "archive") == request(library, "analyze") == 0
        assert run_to_end(library, "download").requested == 0
        assert world.snapshot() == before
        assert sum(world.server.hits.values()) == asked
        checked = verify_cache(library)
        assert (checked.checked, checked.ok) == (4, 4)
    assert world.checker().problems() == []


def test_a_kind_of_work_does_not_wait_for_another_that_nobody_does(world: World) -> None:
    export = build(world)
    with world.open() as library:
        import_paths(library, [export])
        request(library, "download")
        run_to_end(library, "download")
        request(library, "verify")
        request(library, "analyze")
        request(library, "archive")
        assert run_to_end(library, "archive").succeeded == 4
        assert job_store.open_jobs(library.gateway, "verify") == 4


def test_into_a_bucket_and_by_a_model(world: World) -> None:
    export = build(world)
    with S3Server() as s3, OpenAIServer() as openai:
        bucket = s3.make_bucket()
        world.use(s3.settings(bucket), openai.settings())
        with world.open() as library:
            do_everything(library, export)
            assert request(library, "analyze") == request(library, "archive") == 0
            found = [row for row in rows(library).values() if row.download_status == "ready"]
            assert all((row.archive_url or "").startswith(f"s3://{bucket}/media/") for row in found)
            assert {row.ai_analysis_status for row in found} == {"completed"}
        assert len(s3.objects(bucket)) == 4
        assert openai.billed == 4
        assert world.checker(s3).problems() == []


def test_the_figures_agree_with_an_independent_count(world: World) -> None:
    export = build(world)
    with S3Server() as s3, OpenAIServer() as openai:
        world.use(s3.settings(s3.make_bucket()), openai.settings(ai_prices=priced(input=1.0, output=10.0)))
        with world.open() as library:
            do_everything(library, export)
            request(library, "verify")
            told = read_statistics(library.gateway)
        counted = world.checker(s3).figures()
        assert {name: getattr(told, name) for name in counted} == counted
        assert told.media_by_status == {"ready": 5, "failed": 2}
        assert (openai.billed, told.ai_tokens) == (4, 4 * openai.usage["total_tokens"])
        assert told.ai_cost_microdollars == pytest.approx(4 * (1000 * 1.0 + 300 * 10.0), rel=0.2)
        assert told.mean_download_ms is not None


def test_the_log_follows_a_media_from_import_to_analysis(world: World) -> None:
    link = world.serve("/one.jpg", jpeg(seed=1)) + "?e=4000000000&v=beta&t=canary-signature"
    export = world.write([world.post(link, world.serve("/gone.jpg", respond(404)))])
    configure_logging(world.settings, component="cli")
    try:
        with world.open() as library:
            do_everything(library, export)
            media_id = rows(library)["one.jpg?e=4000000000&v=beta&t=canary-signature"].media_id
    finally:
        logging.getLogger().handlers = [
            handler for handler in logging.getLogger().handlers if not isinstance(handler, SharedFileHandler)
        ]
    text = (world.settings.paths.log / LOG_FILE).read_text(encoding="ascii")
    assert "canary-signature" not in text
    assert "Traceback" not in text
    lines = [json.loads(line) for line in text.splitlines()]
    ids = [(line["event"], line.get("media", line.get("correlation_id")) or "") for line in lines]
    assert [event for event, named in ids if media_id in named.split()] == [
        "media_found",
        "media_downloaded",
        *("job_started", "media_verified", "job_done"),
        "media_archived",
        *("job_started", "analysis_reserved", "analysis_completed", "job_done"),
    ]
    warnings = {line["event"] for line in lines if line["level"] == "warning"}
    assert warnings == {"download_failed", "job_failed"}
    with world.open() as library:
        assert [event.event for event in media_store.list_events(library.gateway, media_id)] == [
            *("media_imported", "download_requested", "download_started", "media_downloaded"),
            *("verify_requested", "media_verified"),
            *("archive_requested", "media_accessed", "media_archived"),
            *("analyze_requested", "media_accessed", "ai_analysis_started", "ai_analysis_completed"),
        ]
