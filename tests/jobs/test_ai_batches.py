"""Workers: they take up batches, whoever ordered them, and collect them."""

from __future__ import annotations

import threading

import psycopg
import pytest

from social_tui.jobs import beside
from social_tui.jobs.worker import run_worker
from social_tui.library.batching import look_at_batch, submit_batches
from social_tui.library.capturing import capture
from social_tui.library.importing import import_paths
from social_tui.store import ai_batches
from tests.media_cache.samples import jpeg
from tests.support.openai_server import OpenAIServer
from tests.support.waiting import until
from tests.support.world import World, rows


def test_a_worker_collects_a_batch(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(beside, "BATCH_PAUSE_SECONDS", 0.05)
    stop = threading.Event()
    with OpenAIServer() as ai:
        world.use(ai.settings())
        with world.open("worker") as library:
            import_paths(library, [world.write([world.post(world.serve("/a.jpg", jpeg(seed=1)))])])
            capture(library, rows(library)["a.jpg"].media_id, claim="c")
            submit_batches(library)
            ai.desk.finish()
            with psycopg.connect(world.database_url) as connection:
                connection.execute("update private.ai_batches set next_look_at = now()")
            thread = threading.Thread(
                target=run_worker, args=(library,), kwargs={"kinds": ("analyze",), "stop": stop}
            )
            thread.start()
            try:
                until(lambda: ai_batches.list_batches(library.gateway)[0].state == "finished")
            finally:
                stop.set()
                thread.join()
            assert rows(library)["a.jpg"].ai_analysis_status == "completed"
    assert (ai.billed, ai.desk.billed) == (0, 1)
    assert world.checker().problems() == []


def test_a_worker_that_is_told_to_end_does_not_wait_for_a_file_of_requests(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(beside, "BATCH_PAUSE_SECONDS", 0.05)
    stop = threading.Event()
    with OpenAIServer() as ai:
        world.use(ai.settings())
        with world.open("worker") as library:
            import_paths(library, [world.write([world.post(world.serve("/a.jpg", jpeg(seed=1)))])])
            capture(library, rows(library)["a.jpg"].media_id, claim="c")
            ai.mode = "error_500"
            submit_batches(library)
            ai.mode = "answer"
            ai.desk.held["POST files"] = released = threading.Event()
            with psycopg.connect(world.database_url) as connection:
                connection.execute("update private.ai_batches set next_look_at = now()")
            thread = threading.Thread(
                target=run_worker, args=(library,), kwargs={"kinds": ("analyze",), "stop": stop}
            )
            thread.start()
            try:
                until(lambda: ai.desk.calls["POST files"] == 2)
                stop.set()
                thread.join(30)  # the server holds the transfer for longer
                assert not thread.is_alive()
            finally:
                released.set()
                stop.set()
                thread.join()
            [batch] = ai_batches.list_batches(library.gateway)
            assert (batch.state, batch.requests) == ("reserved", 1)
            with psycopg.connect(world.database_url) as connection:
                connection.execute("update private.ai_batches set claimed_until = null")
            assert look_at_batch(library, batch.batch_id)
            assert ai_batches.list_batches(library.gateway)[0].state == "created"
    assert (ai.desk.calls["POST files"], ai.desk.calls["POST batches"]) == (3, 1)
