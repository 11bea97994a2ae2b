"""A batch that is called off: free before it went out, and afterwards what is answered is paid and kept."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor

from social_tui.library.batching import cancel_batch, submit_batches
from social_tui.library.session import Library
from social_tui.store import ai_batches
from tests.library.batches import EACH, MEDIA, batch, due, library, look, money
from tests.support.openai_server import OpenAIServer
from tests.support.waiting import until
from tests.support.world import World

__all__ = ["library"]


def test_what_is_split_off_a_batch_that_was_called_off_is_called_off_too(
    world: World, library: Library, ai: OpenAIServer
) -> None:
    ai.mode = "error_500"
    (whole,) = submit_batches(library).batches
    due(world)
    assert ai_batches.take_batch(library.gateway, "a", whole) is not None
    world.execute("update private.ai_batches set is_cancelled = true")
    ai_batches.split_batch(library.gateway, whole, "a", after="")
    assert [each.is_cancelled for each in ai_batches.list_batches(library.gateway)] == [True, True]


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
    world.execute("update private.ai_batches set state = 'creating', service_id = null, is_cancelled = true")
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
