"""Analysis: unique bytes are asked about once, and what cannot be analysed says why."""

from __future__ import annotations

import json
import resource
from collections.abc import Iterator

import pytest

from social_tui.config import Settings
from social_tui.errors import AnalysisError, DatabaseError, StorageError
from social_tui.jobs.batch import run_to_end
from social_tui.library.analysing import analyse_media
from social_tui.library.archiving import archive_media
from social_tui.library.capturing import capture
from social_tui.library.estimating import estimate_analyses, question_of
from social_tui.library.importing import import_paths
from social_tui.library.session import Library
from social_tui.models import MediaRow
from social_tui.store import cache as cache_store
from social_tui.store import media as media_store
from social_tui.store.jobs import request_jobs
from tests.media_cache.samples import jpeg, sound
from tests.support.fault_server import respond
from tests.support.openai_server import ANALYSIS, OpenAIServer
from tests.support.world import World, rows

PICTURE = jpeg(seed=1)
PAGELESS = (
    b"%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n2 0 obj<</Type/Pages/Kids[]/Count 0>>endobj\n"
    b"trailer<</Root 1 0 R/Size 3>>\n%%EOF\n"
)


@pytest.fixture
def library(world: World, ai: OpenAIServer) -> Iterator[Library]:
    """Open a library with two media of the same bytes and a model to ask."""
    world.use(ai.settings())
    urls = [world.serve("/a.jpg", PICTURE), world.serve("/b.jpg", PICTURE)]
    with world.open("worker") as opened:
        import_paths(opened, [world.write([world.post(*urls)])])
        for row in rows(opened).values():
            capture(opened, row.media_id, claim=row.media_id)
        yield opened


def media(library: Library, name: str = "a.jpg") -> MediaRow:
    return rows(library)[name]


def test_one_question_answers_for_all(world: World, library: Library, ai: OpenAIServer) -> None:
    row = analyse_media(library, media(library).media_id)
    assert row.ai_analysis_status == "completed"
    assert json.loads(row.ai_analysis or "")["description"] == ANALYSIS["description"]
    assert [entry["event"] for entry in row.ai_analysis_log or []] == [
        "media_downloaded",
        "ai_analysis_started",
        "ai_analysis_completed",
    ]
    assert analyse_media(library, media(library, "b.jpg").media_id).ai_analysis == row.ai_analysis
    assert analyse_media(library, row.media_id).ai_analysis == row.ai_analysis
    assert ai.billed == 1
    assert world.checker().problems() == []


@pytest.mark.parametrize("mode", ["refusal", "incomplete", "wrong_shape", "error_500", "insufficient_quota"])
def test_a_failure_says_why(library: Library, ai: OpenAIServer, mode: str) -> None:
    ai.mode = mode  # type: ignore[assignment]
    with pytest.raises(AnalysisError) as caught:
        analyse_media(library, media(library).media_id)
    for name in ("a.jpg", "b.jpg"):
        row = media(library, name)
        assert row.ai_analysis_status == "failed"
        (entry,) = [log for log in row.ai_analysis_log or [] if log["event"] == "ai_analysis_failed"]
        assert entry["details"]["error"] == str(caught.value)
    ai.mode = "answer"
    assert analyse_media(library, media(library).media_id).ai_analysis_status == "completed"


def test_a_damaged_file_is_never_shown_to_a_model(world: World, library: Library, ai: OpenAIServer) -> None:
    row = media(library)
    (library.cache.root / (row.local_file_path or "")).write_bytes(PICTURE[:-1] + b"x")
    world.serve(f"/{(row.media_url or '').rpartition('/')[2]}", respond(404))
    with pytest.raises(AnalysisError, match="damaged"):
        analyse_media(library, row.media_id)
    assert ai.requests == []
    assert (media(library).download_status, media(library).ai_analysis_status) == ("failed", "not_started")


def test_what_shows_no_picture_fails_with_words(world: World, library: Library, ai: OpenAIServer) -> None:
    import_paths(library, [world.write([world.post(world.serve("/s.mp3", sound(), "audio/mpeg"))])])
    row = media(library, "s.mp3")
    capture(library, row.media_id, claim="s")
    with pytest.raises(AnalysisError, match="no picture"):
        analyse_media(library, row.media_id)
    assert ai.requests == []


@pytest.mark.parametrize(
    ("name", "content", "sort"),
    [
        ("s.mp3", sound(), "A sound of type audio/mpeg"),
        ("empty.pdf", PAGELESS, "A document of type application/pdf"),
    ],
)
def test_what_shows_no_picture_is_measured_on_this_machine(
    world: World, name: str, content: bytes, sort: str
) -> None:
    world.use(Settings(ai_provider="local"))
    with world.open("worker") as opened:
        link = world.serve(f"/{name}", content, "application/octet-stream")
        import_paths(opened, [world.write([world.post(link)])])
        captured = capture(opened, media(opened, name).media_id, claim="s")
        assert captured is not None
        row = analyse_media(opened, captured.media_id)

    assert row.ai_analysis_status == "completed"
    found = json.loads(row.ai_analysis or "")
    assert found["description"].startswith(sort)
    assert "no picture to look at" in found["description"]
    measured = found["measured"]
    assert (measured["mime_type"], measured["duration_ms"]) == (row.mime_type, row.duration_ms)
    assert measured["facts"]["byte_size"] == str(len(content))
    assert (measured["width"], measured["colours"], measured["dhash"]) == (None, [], "")


def test_a_picture_that_cannot_be_drawn_fails_on_this_machine_too(world: World) -> None:
    world.use(Settings(ai_provider="local"))
    with world.open("worker") as opened:
        import_paths(opened, [world.write([world.post(world.serve("/a.jpg", PICTURE))])])
        row = capture(opened, media(opened).media_id, claim="s")
        assert row is not None
        # As if a decoder had read at the download what this one cannot.
        world.execute("update public.media_blobs set mime_type = 'image/x-unknown'")
        with pytest.raises(AnalysisError, match="no picture"):
            analyse_media(opened, row.media_id)
        assert media(opened).ai_analysis_status == "failed"


def test_what_was_never_had_cannot_be_analysed(world: World, library: Library) -> None:
    import_paths(library, [world.write([world.post(world.serve("/new.jpg", jpeg(seed=7)))])])
    with pytest.raises(DatabaseError, match="not there"):
        analyse_media(library, media(library, "new.jpg").media_id)


def test_every_reading_of_the_bytes_is_written_down(library: Library) -> None:
    row = analyse_media(library, media(library).media_id)
    accesses = [
        e for e in media_store.list_events(library.gateway, row.media_id) if e.event == "media_accessed"
    ]
    assert [event.details for event in accesses] == [{"source": "cache", "purpose": "analyze"}]


def test_a_full_cache_is_no_failed_analysis(world: World, library: Library, ai: OpenAIServer) -> None:
    row = media(library)
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1_000, hard))  # no small picture fits
    try:
        with pytest.raises(StorageError, match="File too large") as caught:
            analyse_media(library, row.media_id)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert caught.value.stop_lane
    assert media(library).ai_analysis_status == "not_started"
    assert ai.requests == []
    assert analyse_media(library, row.media_id).ai_analysis_status == "completed"
    assert world.checker().problems() == []


def test_a_cache_that_cannot_be_read_is_no_failed_analysis(library: Library, ai: OpenAIServer) -> None:
    row = media(library)
    folder = library.cache.root / "media" / "images"
    away = folder.rename(folder.with_name("away"))
    folder.write_text("a file where a folder should be")
    with pytest.raises(StorageError, match=f"{folder} cannot be read: Not a directory") as caught:
        analyse_media(library, row.media_id)
    assert caught.value.stop_lane
    assert media(library).ai_analysis_status == "not_started"
    folder.unlink()
    away.rename(folder)
    assert analyse_media(library, row.media_id).ai_analysis_status == "completed"
    assert ai.billed == 1


def test_what_is_analysed_already_is_not_read_again(library: Library) -> None:
    analyse_media(library, media(library).media_id)
    other = media(library, "b.jpg")
    (library.cache.root / (other.local_file_path or "")).unlink()
    assert analyse_media(library, other.media_id).ai_analysis_status == "completed"


def test_what_an_archive_out_of_reach_has_is_tried_again(library: Library, ai: OpenAIServer) -> None:
    row = media(library)
    archive_media(library, row.media_id)
    place = library.cache.root / (row.local_file_path or "")
    assert cache_store.evict_blob(library.gateway, row.sha256 or "", actor="worker")
    place.unlink()
    away = library.paths.archive.rename(library.paths.archive.with_name("away"))
    with pytest.raises(AnalysisError, match="is not there") as caught:
        analyse_media(library, row.media_id)
    assert caught.value.retryable
    away.rename(library.paths.archive)
    assert analyse_media(library, row.media_id).ai_analysis_status == "completed"
    assert ai.billed == 1


def test_what_another_model_analysed_is_asked_again_by_choice(
    world: World, library: Library, ai: OpenAIServer
) -> None:
    analyse_media(library, media(library).media_id)
    analyse_media(library, media(library, "b.jpg").media_id)
    assert estimate_analyses(library, outdated=True).requests == 0
    # As if other words had been used then.
    world.execute("update public.ai_analyses set prompt_version = '0'")
    before = media(library).ai_analysis
    assert estimate_analyses(library).media == 0
    found = estimate_analyses(library, outdated=True)
    assert (found.media, found.blobs, found.requests) == (2, 1, 1)
    assert request_jobs(library.gateway, "analyze").requested == 0

    ai.mode = "refusal"
    assert request_jobs(library.gateway, "analyze", outdated=question_of(library)).requested == 2
    run_to_end(library, "analyze")
    assert (media(library).ai_analysis_status, media(library).ai_analysis) == ("completed", before)

    ai.mode, ai.analysis["description"] = "answer", "A blue bicycle."
    assert request_jobs(library.gateway, "analyze", outdated=question_of(library)).requested == 2
    run_to_end(library, "analyze")
    for name in ("a.jpg", "b.jpg"):
        assert json.loads(media(library, name).ai_analysis or "")["description"] == "A blue bicycle."
    assert estimate_analyses(library, outdated=True).media == 0
    assert world.checker().problems() == []
