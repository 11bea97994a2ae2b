"""What comes back of a batch: each request without an answer says why, and what it cost is known."""

from __future__ import annotations

import json

import pytest

from social_tui.library.batching import submit_batches
from social_tui.library.session import Library
from social_tui.models import MediaRow
from tests.library.batches import EACH, MEDIA, ledger, library, look, money, states
from tests.support.openai_server import OpenAIServer
from tests.support.world import World, rows

__all__ = ["library"]


def why(row: MediaRow) -> str:
    return str([log for log in row.ai_analysis_log or [] if log["event"] == "ai_analysis_failed"])


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
