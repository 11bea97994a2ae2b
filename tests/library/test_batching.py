"""Batches: what is ordered in them, for half the price, and nothing twice."""

from __future__ import annotations

import json

import pytest

from social_tui.config import Settings
from social_tui.errors import ConfigurationError
from social_tui.library.analysing import UnansweredError, analyse_media
from social_tui.library.archiving import archive_media
from social_tui.library.batching import look_at_batch, submit_batches
from social_tui.library.estimating import estimate_analyses
from social_tui.library.session import Library
from social_tui.media_analysis import openai_batch
from social_tui.store import cache as cache_store
from social_tui.store.jobs import request_jobs
from tests.library.batches import (
    EACH,
    MEDIA,
    PRICES,
    batch,
    due,
    ledger,
    library,
    look,
    money,
    states,
)
from tests.support.openai_server import ANALYSIS, OpenAIServer
from tests.support.world import World, rows

__all__ = ["library"]


def test_a_batch_is_ordered_and_collected_for_half_the_price(
    world: World, library: Library, ai: OpenAIServer
) -> None:
    report = submit_batches(library)
    assert (len(report.batches), report.requests, report.left_out, report.reason) == (1, MEDIA, 0, None)
    assert dict(ai.desk.calls) == {"files made": 1, "POST files": 1, "POST batches": 1}
    assert (batch(library).state, batch(library).service_status) == ("created", "validating")
    requests, spent, held, unsure = money(library)
    assert (requests, spent, unsure) == (MEDIA, 0, 0)
    assert held == batch(library).held_microdollars == MEDIA * (held // MEDIA)
    assert states(library) == ["started"] * (MEDIA + 1)
    assert not look_at_batch(library), "it is not due yet"
    assert submit_batches(library).batches == [], "nothing is ordered twice"

    ai.desk.finish()
    found = look(world, library)

    assert (found.state, found.answered, found.failed, found.error) == ("finished", MEDIA, 0, None)
    assert found.cost_microdollars == MEDIA * EACH
    assert money(library) == (MEDIA, MEDIA * EACH, 0, 0)
    assert states(library) == ["completed"] * (MEDIA + 1)
    for row in rows(library).values():
        assert json.loads(row.ai_analysis or "")["description"] == ANALYSIS["description"]
    assert ai.desk.files == {}, "the service keeps nothing"
    assert (ai.billed, ai.desk.billed) == (0, MEDIA)
    assert world.checker().problems() == []


def test_an_estimate_tells_half(library: Library) -> None:
    whole, half = estimate_analyses(library), estimate_analyses(library, in_batch=True)
    assert half.requests == whole.requests == MEDIA
    assert half.cost_microdollars
    assert half.most_microdollars
    assert whole.most_microdollars
    assert half.cost_microdollars * 2 == whole.cost_microdollars
    assert whole.most_microdollars <= half.most_microdollars * 2 < whole.most_microdollars + 2 * MEDIA


def test_a_batch_waits_until_the_service_is_done(world: World, library: Library, ai: OpenAIServer) -> None:
    submit_batches(library)
    ai.desk.batches["batch_1"]["status"] = "in_progress"
    found = look(world, library)
    assert (found.state, found.service_status, found.answered) == ("created", "in_progress", 0)
    assert not look_at_batch(library), "it is looked at once a minute"


def test_files_over_the_limit_are_split(
    world: World, library: Library, ai: OpenAIServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    submit_batches(library, media_ids=[rows(library)["0.jpg"].media_id])
    (size,) = [len(content) for content in ai.desk.files.values()]
    monkeypatch.setattr(openai_batch, "MOST_BYTES", round(2.5 * size))
    ai.desk.most_bytes = openai_batch.MOST_BYTES
    report = submit_batches(library)
    assert (len(report.batches), report.requests) == (2, MEDIA - 1)
    assert sorted(len(lines) for lines in ai.desk.lines.values()) == [1, 1, 2]
    ai.desk.finish()
    for _ in range(3):
        due(world)
        assert look_at_batch(library)
    assert set(states(library)) == {"completed"}
    assert ai.desk.billed == MEDIA


def test_a_batch_waits_for_an_archive_that_is_away(world: World, library: Library, ai: OpenAIServer) -> None:
    for row in rows(library).values():
        archive_media(library, row.media_id)
    places = {row.sha256 or "": row.local_file_path or "" for row in rows(library).values()}
    for sha256, place in places.items():
        assert cache_store.evict_blob(library.gateway, sha256, actor="worker")
        (library.cache.root / place).unlink()
    away = library.paths.archive.rename(library.paths.archive.with_name("away"))
    submit_batches(library)
    assert (batch(library).state, ai.desk.calls["POST files"]) == ("reserved", 0)
    assert "failed" not in states(library)
    away.rename(library.paths.archive)
    assert look(world, library).state == "created"


def test_many_requests_make_several_batches(
    library: Library, ai: OpenAIServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(openai_batch, "MOST_REQUESTS", 3)
    report = submit_batches(library)
    assert (len(report.batches), report.requests) == (2, MEDIA)
    asked = [line["custom_id"] for lines in ai.desk.lines.values() for line in lines]
    assert len(set(asked)) == MEDIA


def test_a_budget_holds_as_much_as_it_has_room_for(world: World, library: Library, ai: OpenAIServer) -> None:
    most = (estimate_analyses(library, in_batch=True).most_microdollars or 0) // MEDIA
    world.use(ai.settings(**PRICES, ai_cap_day=2.5 * most / 1_000_000))
    with world.open("worker") as poorer:
        report = submit_batches(poorer)
        assert (report.requests, report.left_out) == (2, MEDIA - 2)
        assert money(poorer) == (2, 0, 2 * most, 0)
        assert states(poorer).count("not_started") >= MEDIA - 2
        assert submit_batches(poorer).left_out == MEDIA - 2
        assert ai.desk.calls["POST batches"] == 1
    assert len(ledger(world)) == 2


def test_what_is_in_a_batch_is_asked_by_nobody_else(world: World, library: Library, ai: OpenAIServer) -> None:
    submit_batches(library)
    row = rows(library)["0.jpg"]
    with pytest.raises(UnansweredError, match="It is in the batch bat-"):
        analyse_media(library, row.media_id)
    request_jobs(library.gateway, "analyze", media_ids=[row.media_id])
    assert {state for state, *_ in ledger(world)} == {"sent"}, "nobody gave it up"
    assert ai.requests == []


def test_of_what_is_answered_already_nothing_is_asked(library: Library, ai: OpenAIServer) -> None:
    analyse_media(library, rows(library)["0.jpg"].media_id)
    assert submit_batches(library).requests == MEDIA - 1


def test_what_was_analysed_otherwise_is_asked_again_by_choice(
    world: World, library: Library, ai: OpenAIServer
) -> None:
    analyse_media(library, rows(library)["1.jpg"].media_id)
    world.execute("update public.ai_analyses set prompt_version = '0'")
    assert submit_batches(library, media_ids=[rows(library)["1.jpg"].media_id]).requests == 0
    assert submit_batches(library, outdated=True).requests == MEDIA


def test_a_batch_needs_a_service(world: World) -> None:
    with world.open() as opened, pytest.raises(ConfigurationError, match="none is set"):
        submit_batches(opened)


def test_a_batch_is_asked_and_read_as_who_ordered_it_has_it(
    world: World, library: Library, ai: OpenAIServer
) -> None:
    ai.analysis = {**ANALYSIS, "people_names": ["Ada Lovelace"]}
    ai.mode = "error_500"
    world.use(Settings(ai_personal_data=True))
    with world.open() as naming:
        assert submit_batches(naming).requests == MEDIA
    ai.mode = "answer"
    assert look(world, library).state == "created", "a worker that has people counted sends it"
    ai.desk.finish()
    assert look(world, library).answered == MEDIA
    named = [json.loads(row.ai_analysis or "")["people_names"] for row in rows(library).values()]
    assert named == [["Ada Lovelace"]] * (MEDIA + 1)
