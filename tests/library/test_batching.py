"""Batches: half the price, nothing paid twice, and each request without an answer says why."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import psycopg
import pytest

from social_tui.config import Settings
from social_tui.errors import ConfigurationError, DatabaseError
from social_tui.library import batch_turn
from social_tui.library.analysing import UnansweredError, analyse_media
from social_tui.library.archiving import archive_media
from social_tui.library.batching import cancel_batch, look_at_batch, submit_batches
from social_tui.library.capturing import capture
from social_tui.library.estimating import estimate_analyses
from social_tui.library.importing import import_paths
from social_tui.library.session import Library
from social_tui.media_analysis import openai_batch
from social_tui.models import MediaRow
from social_tui.reports import AiBatchRow
from social_tui.store import ai_batches, analyses
from social_tui.store import cache as cache_store
from social_tui.store.jobs import request_jobs
from tests.media_cache.samples import jpeg
from tests.support.openai_server import ANALYSIS, OpenAIServer
from tests.support.prices import priced
from tests.support.waiting import until
from tests.support.world import World, rows

MEDIA = 4
# A thousand tokens in, of which two hundred from the cache, and three hundred out.
PRICES = {"ai_prices": priced(input=1.0, output=10.0)}
EACH = (1_000 + 3_000) // 2


@pytest.fixture
def library(world: World, ai: OpenAIServer) -> Iterator[Library]:
    """Open a library with four pictures, of which the first is there twice."""
    world.use(ai.settings(**PRICES))
    urls = [world.serve(f"/{n}.jpg", jpeg(seed=n)) for n in range(MEDIA)]
    with world.open("worker") as opened:
        import_paths(opened, [world.write([world.post(*urls, world.serve("/same.jpg", jpeg(seed=0)))])])
        for row in rows(opened).values():
            capture(opened, row.media_id, claim=row.media_id)
        yield opened


def execute(world: World, statement: str) -> None:
    with psycopg.connect(world.database_url) as connection:
        connection.execute(statement.encode())


def in_hand(world: World) -> bool:
    """Whether every batch is in somebody's hand."""
    with psycopg.connect(world.database_url) as connection:
        row = connection.execute("select bool_and(claimed_until > now()) from private.ai_batches").fetchone()
    return bool(row and row[0])


def due(world: World) -> None:
    """Let the time pass that nobody looks at a batch."""
    execute(world, "update private.ai_batches set next_look_at = now(), claim = null, claimed_until = null")


def look(world: World, library: Library) -> AiBatchRow:
    due(world)
    assert look_at_batch(library)
    return batch(library)


def batch(library: Library) -> AiBatchRow:
    return ai_batches.list_batches(library.gateway)[0]


def states(library: Library) -> list[str]:
    return sorted(row.ai_analysis_status for row in rows(library).values())


def money(library: Library) -> tuple[int, int, int, int]:
    day = analyses.spending(library.gateway)[0]
    return day.requests, day.spent_microdollars, day.held_microdollars, day.unsure_microdollars


def ledger(world: World) -> list[tuple[Any, ...]]:
    with psycopg.connect(world.database_url) as connection:
        return connection.execute(
            "select state, batch_id, cost_microdollars, held_microdollars from public.ai_analyses order by 1"
        ).fetchall()


def why(row: MediaRow) -> str:
    return str([log for log in row.ai_analysis_log or [] if log["event"] == "ai_analysis_failed"])


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


def test_each_request_without_an_answer_says_why(world: World, library: Library, ai: OpenAIServer) -> None:
    ai.desk.faults = {0: "expired", 1: "error", 2: "rate_limited"}
    submit_batches(library)
    ai.desk.finish("expired")
    found = look(world, library)
    assert (found.state, found.answered, found.failed, found.cost_microdollars) == ("finished", 1, 3, EACH)
    assert money(library) == (1, EACH, 0, 0)
    said = " ".join(why(row) for row in rows(library).values())
    assert "The day of the batch was over before its turn came; nothing was billed." in said
    assert "did not answer it in the batch (HTTP 500, server_error)" in said
    assert "had no room for it in the batch" in said

    ai.desk.faults = {}
    assert submit_batches(library, retry_failed=True).requests == 3
    ai.desk.finish()
    look(world, library)
    assert set(states(library)) == {"completed"}
    assert money(library) == (MEDIA, MEDIA * EACH, 0, 0)
    assert world.checker().problems() == []


def test_what_was_answered_and_is_in_no_file_counts_as_perhaps_billed(
    world: World, library: Library, ai: OpenAIServer
) -> None:
    ai.desk.faults = {1: "lost"}
    submit_batches(library)
    each = money(library)[2] // MEDIA
    ai.desk.finish()
    found = look(world, library)
    assert (found.answered, found.failed, found.unsure_microdollars) == (MEDIA - 1, 1, each)
    assert money(library) == (MEDIA, (MEDIA - 1) * EACH, 0, each)
    assert "may have been billed" in " ".join(why(row) for row in rows(library).values())


def test_what_was_never_answered_is_free(world: World, library: Library, ai: OpenAIServer) -> None:
    ai.desk.faults = {1: "missing"}
    submit_batches(library)
    ai.desk.finish("cancelled")
    assert look(world, library).unsure_microdollars == 0
    assert money(library) == (MEDIA - 1, (MEDIA - 1) * EACH, 0, 0)


@pytest.mark.parametrize("mode", ["refusal", "invalid_json", "wrong_shape", "incomplete"])
def test_an_answer_that_cannot_be_read_is_kept_and_paid_once(
    world: World, library: Library, ai: OpenAIServer, mode: str
) -> None:
    ai.mode = mode  # type: ignore[assignment]
    submit_batches(library)
    ai.desk.finish()
    found = look(world, library)
    assert (found.answered, found.failed) == (MEDIA, MEDIA)
    assert set(states(library)) == {"failed"}
    assert money(library) == (MEDIA, MEDIA * EACH, 0, 0)
    assert submit_batches(library, retry_failed=True).batches == [], "a kept answer is read again first"
    assert ai.desk.calls["POST batches"] == 1


def test_a_batch_that_is_refused_as_a_whole_costs_nothing(
    world: World, library: Library, ai: OpenAIServer
) -> None:
    ai.desk.refuse_with = "invalid_json_line"
    submit_batches(library)
    found = look(world, library)
    assert (found.state, found.failed, found.cost_microdollars) == ("finished", MEDIA, 0)
    assert found.error == "The AI service refused the batch (invalid_json_line)."
    assert money(library) == (0, 0, 0, 0)
    assert set(states(library)) == {"failed"}


def test_a_full_queue_of_the_service_makes_a_batch_wait(
    world: World, library: Library, ai: OpenAIServer
) -> None:
    ai.desk.refuse_with = "token_limit_exceeded"
    submit_batches(library)
    found = look(world, library)
    assert (found.state, found.failed) == ("uploaded", 0)
    assert "no room for more batches" in (found.error or "")
    ai.desk.refuse_with = ""
    assert look(world, library).state == "created"
    ai.desk.finish()
    assert look(world, library).answered == MEDIA
    assert (ai.desk.calls["POST files"], ai.desk.calls["POST batches"]) == (1, 2)
    assert ai.desk.billed == MEDIA


def test_an_order_whose_reply_is_lost_is_found_again(
    world: World, library: Library, ai: OpenAIServer
) -> None:
    submit_batches(library)
    # As if the reply had been lost: the batch is there, and nobody wrote down its name.
    execute(world, "update private.ai_batches set state = 'creating', service_id = null")
    found = look(world, library)
    assert (found.state, found.service_id) == ("created", "batch_1")
    ai.desk.finish()
    assert look(world, library).answered == MEDIA
    assert (ai.desk.calls["POST batches"], ai.desk.billed) == (1, MEDIA)


def test_an_order_that_never_arrived_is_given_again(world: World, library: Library, ai: OpenAIServer) -> None:
    submit_batches(library)
    ai.desk.batches.clear()
    execute(world, "update private.ai_batches set state = 'creating', service_id = null")
    assert look(world, library).state == "created"
    ai.desk.finish()
    assert look(world, library).answered == MEDIA
    assert (ai.desk.calls["POST batches"], ai.desk.billed) == (2, MEDIA)


@pytest.mark.parametrize(
    "mode", ["forbidden", "insufficient_quota", "rate_limited", "error_500", "broken_off"]
)
def test_a_service_that_cannot_now_is_tried_again(
    world: World, library: Library, ai: OpenAIServer, mode: str
) -> None:
    ai.mode = mode  # type: ignore[assignment]
    report = submit_batches(library)
    assert report.reason is not None
    assert batch(library).error == report.reason
    ai.mode = "answer"
    assert look(world, library).state == "created"
    ai.desk.finish()
    assert look(world, library).answered == MEDIA
    assert ai.desk.billed == MEDIA
    assert money(library) == (MEDIA, MEDIA * EACH, 0, 0)


def test_a_service_without_batches_says_so_and_nothing_is_held(
    world: World, library: Library, ai: OpenAIServer
) -> None:
    world.use(ai.settings(openai_base_url=ai.url + "/nowhere", **PRICES))
    with world.open() as other:
        report = submit_batches(other)
    assert "knows no such batch or file" in (report.reason or "")
    assert batch(library).state == "finished"
    assert money(library) == (0, 0, 0, 0)


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


def test_a_batch_stays_in_hand_while_its_upload_takes_long(
    world: World, library: Library, ai: OpenAIServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(batch_turn, "RENEW_SECONDS", 0.05)
    ai.desk.held["POST files"] = released = threading.Event()
    with ThreadPoolExecutor(1) as pool:
        ordered = pool.submit(submit_batches, library)
        try:
            until(lambda: ai.desk.calls["POST files"] == 1)
            execute(world, "update private.ai_batches set claimed_until = now() - interval '1 second'")
            until(lambda: in_hand(world), "having it in hand again")
            assert not look_at_batch(library), "nobody else takes it"
        finally:
            released.set()
        assert ordered.result().reason is None
    assert (ai.desk.calls["POST files"], ai.desk.calls["POST batches"]) == (1, 1)


def test_what_is_split_off_is_in_nobodys_hand(world: World, library: Library, ai: OpenAIServer) -> None:
    ai.mode = "error_500"
    (whole,) = submit_batches(library).batches
    due(world)
    assert ai_batches.take_batch(library.gateway, "a", whole) is not None
    rest = ai_batches.split_batch(library.gateway, whole, "a", after="")
    assert ai_batches.take_batch(library.gateway, "b", rest) is not None


def test_what_is_split_off_a_batch_that_was_called_off_is_called_off_too(
    world: World, library: Library, ai: OpenAIServer
) -> None:
    ai.mode = "error_500"
    (whole,) = submit_batches(library).batches
    due(world)
    assert ai_batches.take_batch(library.gateway, "a", whole) is not None
    execute(world, "update private.ai_batches set is_cancelled = true")
    ai_batches.split_batch(library.gateway, whole, "a", after="")
    assert [each.is_cancelled for each in ai_batches.list_batches(library.gateway)] == [True, True]


def test_who_was_silent_for_long_sends_nothing_that_a_batch_took_over(
    world: World, library: Library, ai: OpenAIServer
) -> None:
    ai.mode = "error_500"
    submit_batches(library)
    with psycopg.connect(world.database_url) as connection:
        (analysis_id,) = connection.execute("select analysis_id from public.ai_analyses").fetchall()[0]
    with pytest.raises(DatabaseError, match="asked for by a batch"):
        analyses.mark_sent(library.gateway, analysis_id)


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


def test_called_off_before_it_went_out_it_is_free(world: World, library: Library, ai: OpenAIServer) -> None:
    ai.mode = "error_500"
    submit_batches(library)
    ai.mode = "answer"
    due(world)
    assert cancel_batch(library, batch(library).batch_id)
    assert (batch(library).state, batch(library).is_cancelled) == ("finished", True)
    assert money(library) == (0, 0, 0, 0)
    assert ai.desk.calls["POST batches"] == 0


def test_called_off_while_it_is_uploaded_it_is_free(world: World, library: Library, ai: OpenAIServer) -> None:
    ai.desk.held["POST files"] = released = threading.Event()
    with ThreadPoolExecutor(1) as pool:
        ordered = pool.submit(submit_batches, library)
        try:
            until(lambda: ai.desk.calls["POST files"] == 1)
            assert ai_batches.cancel_batch(library.gateway, batch(library).batch_id)
        finally:
            released.set()
        ordered.result()
    assert batch(library).state == "finished"
    assert money(library) == (0, 0, 0, 0)
    assert ai.desk.calls["POST batches"] == 0
    assert ai.desk.files == {}, "the service keeps nothing"


def test_called_off_an_order_that_never_arrived_is_not_given_again(
    world: World, library: Library, ai: OpenAIServer
) -> None:
    submit_batches(library)
    held = money(library)[2]
    ai.desk.batches.clear()
    execute(world, "update private.ai_batches set state = 'creating', service_id = null, is_cancelled = true")
    assert look(world, library).state == "finished"
    assert ai.desk.calls["POST batches"] == 1
    assert money(library) == (MEDIA, 0, 0, held), "nobody knows for sure"
    assert ai.desk.files == {}, "the service keeps nothing"


def test_called_off_later_what_is_answered_is_paid_and_kept(
    world: World, library: Library, ai: OpenAIServer
) -> None:
    submit_batches(library)
    due(world)
    assert cancel_batch(library, batch(library).batch_id)
    assert batch(library).service_status == "cancelling"
    ai.desk.faults = {0: "missing", 1: "missing"}
    ai.desk.finish("cancelled")
    found = look(world, library)
    assert (found.state, found.answered, found.failed) == ("finished", 2, 2)
    assert money(library) == (2, 2 * EACH, 0, 0)
    assert not cancel_batch(library, found.batch_id)


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
    execute(world, "update public.ai_analyses set prompt_version = '0'")
    assert submit_batches(library, media_ids=[rows(library)["1.jpg"].media_id]).requests == 0
    assert submit_batches(library, outdated=True).requests == MEDIA


def test_a_batch_needs_a_service(world: World) -> None:
    with world.open() as opened, pytest.raises(ConfigurationError, match="none is set"):
        submit_batches(opened)


def test_who_has_no_service_leaves_a_batch_to_others(
    world: World, library: Library, ai: OpenAIServer
) -> None:
    submit_batches(library)
    due(world)
    world.use(ai.settings(openai_api_key=None, openai_base_url=None))
    with world.open("worker") as other:
        assert not look_at_batch(other)
    assert look_at_batch(library), "nobody has it in hand"


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


def test_a_hostile_file_of_answers_changes_nothing_else(
    world: World, library: Library, ai: OpenAIServer
) -> None:
    submit_batches(library)
    ai.desk.finish()
    (output,) = [file_id for file_id in ai.desk.files if file_id != "file-1"]
    answers = ai.desk.files[output].splitlines()
    strange = [b"", b"[1", b"[" * 5_000, b"null", b'{"custom_id": 3}', b'{"custom_id": "ana-1"}', b"\xff\x00"]
    foreign = json.loads(answers[0]) | {"custom_id": "ana-00000000000000000"}
    ai.desk.files[output] = b"\n".join([*strange, json.dumps(foreign).encode(), *answers, answers[0]])
    found = look(world, library)
    assert (found.answered, found.failed, found.cost_microdollars) == (MEDIA, 0, MEDIA * EACH)
    assert len(ledger(world)) == MEDIA
