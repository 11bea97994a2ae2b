"""The order of a batch: given once though the service or its reply fails, and in one hand at a time."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor

import psycopg
import pytest

from social_tui.errors import DatabaseError
from social_tui.library import batch_turn
from social_tui.library.batching import look_at_batch, submit_batches
from social_tui.library.session import Library
from social_tui.store import ai_batches, analyses
from tests.library.batches import EACH, MEDIA, PRICES, batch, due, library, look, money
from tests.support.openai_server import OpenAIServer
from tests.support.waiting import until
from tests.support.world import World

__all__ = ["library"]


def in_hand(world: World) -> bool:
    """Whether every batch is in somebody's hand."""
    with psycopg.connect(world.database_url) as connection:
        row = connection.execute("select bool_and(claimed_until > now()) from private.ai_batches").fetchone()
    return bool(row and row[0])


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
    world.execute("update private.ai_batches set state = 'creating', service_id = null")
    found = look(world, library)
    assert (found.state, found.service_id) == ("created", "batch_1")
    ai.desk.finish()
    assert look(world, library).answered == MEDIA
    assert (ai.desk.calls["POST batches"], ai.desk.billed) == (1, MEDIA)


def test_an_order_that_never_arrived_is_given_again(world: World, library: Library, ai: OpenAIServer) -> None:
    submit_batches(library)
    ai.desk.batches.clear()
    world.execute("update private.ai_batches set state = 'creating', service_id = null")
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


def test_a_batch_stays_in_hand_while_its_upload_takes_long(
    world: World, library: Library, ai: OpenAIServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(batch_turn, "RENEW_SECONDS", 0.05)
    ai.desk.held["POST files"] = released = threading.Event()
    with ThreadPoolExecutor(1) as pool:
        ordered = pool.submit(submit_batches, library)
        try:
            until(lambda: ai.desk.calls["POST files"] == 1)
            world.execute("update private.ai_batches set claimed_until = now() - interval '1 second'")
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


def test_who_was_silent_for_long_sends_nothing_that_a_batch_took_over(
    world: World, library: Library, ai: OpenAIServer
) -> None:
    ai.mode = "error_500"
    submit_batches(library)
    with psycopg.connect(world.database_url) as connection:
        (analysis_id,) = connection.execute("select analysis_id from public.ai_analyses").fetchall()[0]
    with pytest.raises(DatabaseError, match="asked for by a batch"):
        analyses.mark_sent(library.gateway, analysis_id)


def test_who_has_no_service_leaves_a_batch_to_others(
    world: World, library: Library, ai: OpenAIServer
) -> None:
    submit_batches(library)
    due(world)
    world.use(ai.settings(openai_api_key=None, openai_base_url=None))
    with world.open("worker") as other:
        assert not look_at_batch(other)
    assert look_at_batch(library), "nobody has it in hand"
