"""The ledger of analyses: one turn at a time, nothing sent twice, and every media with the bytes served."""

from __future__ import annotations

import json
import threading
from typing import Any

import pytest

from social_tui.errors import DatabaseError, NotFoundError
from social_tui.models import AnalysisReservation, MediaRow
from social_tui.store import analyses, media
from social_tui.store.analyses import UNPAID
from social_tui.store.gateway import Gateway
from tests.store.library_rows import download, import_one, post, reference, rows, with_bytes


def reserve(gateway: Gateway, row: MediaRow, *, detail: str = "low", **other: str) -> AnalysisReservation:
    asked = {"provider": "openai", "model": "small", "prompt_version": "1", "schema_version": "1", **other}
    return analyses.reserve(gateway, row.media_id, **asked, detail=detail, actor="worker", budget=UNPAID)


def answer(gateway: Gateway, analysis_id: str, text: str = '{"tags": []}') -> None:
    analyses.mark_sent(gateway, analysis_id)
    save(gateway, analysis_id, text)


def save(gateway: Gateway, analysis_id: str, text: str = '{"tags": []}') -> None:
    analyses.store_answer(
        gateway, analysis_id, raw_answer=text, input_tokens=100, output_tokens=20, cost_microdollars=35
    )


def log_of(gateway: Gateway, row: MediaRow) -> list[dict[str, Any]]:
    return media.get_media(gateway, row.media_id).ai_analysis_log or []


def age(database_url: str) -> None:
    """Let the holder of every analysis have been silent for a minute."""
    rows(database_url, "update public.ai_analyses set updated_at = updated_at - interval '1 minute'")


def test_one_analysis_serves_every_media_with_the_same_bytes(gateway: Gateway) -> None:
    first, twin, other = with_bytes(gateway, "same", "same", "other")
    turn = reserve(gateway, first)
    assert (turn.granted, turn.state, turn.raw_answer) == (True, "reserved", None)
    assert media.get_media(gateway, twin.media_id).ai_analysis_status == "started"
    answer(gateway, turn.analysis_id)

    assert analyses.complete(gateway, turn.analysis_id, parsed={"tags": ["cat"]}, actor="worker") == 2

    for row in (first, twin):
        done = media.get_media(gateway, row.media_id)
        assert done.ai_analysis_status == "completed"
        assert json.loads(done.ai_analysis or "") == {"tags": ["cat"]}
        assert done.ai_analyzed_at is not None
        started, completed = log_of(gateway, row)[-2:]
        assert (started["event"], started["status"], started["model"]) == (
            "ai_analysis_started",
            "success",
            "small",
        )
        assert (completed["event"], completed["status"], completed["model"]) == (
            "ai_analysis_completed",
            "success",
            "small",
        )
        assert completed["details"]["tokens_used"] == 120
        assert completed["details"]["cost_microdollars"] == 35
        assert completed["details"]["analysis_time_ms"] >= 0
    assert media.get_media(gateway, other.media_id).ai_analysis_status == "not_started"


def test_what_is_known_is_given_without_asking_again(gateway: Gateway) -> None:
    [first] = with_bytes(gateway, "same")
    turn = reserve(gateway, first)
    answer(gateway, turn.analysis_id)
    analyses.complete(gateway, turn.analysis_id, parsed={"tags": ["cat"]}, actor="worker")
    _, [late] = import_one(gateway, post("2", [reference("late")]))
    download(gateway, late.media_id, "same")

    known = reserve(gateway, late)

    assert (known.granted, known.state, known.parsed_result) == (False, "parsed", {"tags": ["cat"]})
    assert media.get_media(gateway, late.media_id).ai_analysis_status == "completed"
    assert [entry["event"] for entry in log_of(gateway, late)] == [
        "media_downloaded",
        "ai_analysis_started",
        "ai_analysis_completed",
    ]
    before = log_of(gateway, late)
    reserve(gateway, late)
    assert log_of(gateway, late) == before, "asking again adds nothing"


def test_media_that_came_while_it_ran_are_served_too(gateway: Gateway) -> None:
    [first] = with_bytes(gateway, "same")
    turn = reserve(gateway, first)
    _, [late] = import_one(gateway, post("2", [reference("late")]))
    download(gateway, late.media_id, "same")
    answer(gateway, turn.analysis_id)
    assert analyses.complete(gateway, turn.analysis_id, parsed={}, actor="worker") == 2
    assert [entry["event"] for entry in log_of(gateway, late)][-2:] == [
        "ai_analysis_started",
        "ai_analysis_completed",
    ]


def test_of_many_askers_at_once_one_gets_the_turn(gateway: Gateway) -> None:
    listed = with_bytes(gateway, *["same"] * 6)
    barrier = threading.Barrier(6)
    turns: list[AnalysisReservation] = []

    def ask(row: MediaRow) -> None:
        barrier.wait()
        turns.append(reserve(gateway, row))

    threads = [threading.Thread(target=ask, args=[row]) for row in listed]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [turn.granted for turn in turns].count(True) == 1
    assert len({turn.analysis_id for turn in turns}) == 1


def test_the_turn_of_the_silent_goes_on_and_only_one_can_send(gateway: Gateway, database_url: str) -> None:
    [row] = with_bytes(gateway, "a")
    frozen = reserve(gateway, row)
    assert not reserve(gateway, row).granted
    age(database_url)
    second = reserve(gateway, row)
    assert (second.granted, second.analysis_id) == (True, frozen.analysis_id)
    assert not reserve(gateway, row).granted, "the turn is new"
    analyses.mark_sent(gateway, second.analysis_id)
    with pytest.raises(DatabaseError, match="nothing must be sent"):
        analyses.mark_sent(gateway, frozen.analysis_id)


def test_what_was_sent_is_not_sent_again_by_itself(gateway: Gateway, database_url: str) -> None:
    [row] = with_bytes(gateway, "a")
    turn = reserve(gateway, row)
    analyses.mark_sent(gateway, turn.analysis_id)
    age(database_url)
    again = reserve(gateway, row)
    assert (again.granted, again.state) == (False, "sent")


def test_a_saved_answer_is_read_again_instead_of_paid_again(gateway: Gateway, database_url: str) -> None:
    [row] = with_bytes(gateway, "a")
    turn = reserve(gateway, row)
    answer(gateway, turn.analysis_id, '{"tags": ["a"]}')
    age(database_url)
    again = reserve(gateway, row)
    assert (again.granted, again.state, again.raw_answer) == (True, "received", '{"tags": ["a"]}')
    with pytest.raises(DatabaseError):
        analyses.mark_sent(gateway, turn.analysis_id)
    assert analyses.complete(gateway, turn.analysis_id, parsed={"tags": ["a"]}, actor="worker") == 1


def test_a_failure_says_why_and_may_be_tried_again_at_its_cost(gateway: Gateway, database_url: str) -> None:
    [row] = with_bytes(gateway, "a")
    turn = reserve(gateway, row)
    answer(gateway, turn.analysis_id, "not JSON")
    assert analyses.fail(gateway, turn.analysis_id, error="The answer is no JSON.", actor="worker") == 1
    failed = media.get_media(gateway, row.media_id)
    assert failed.ai_analysis_status == "failed"
    last = log_of(gateway, row)[-1]
    assert (last["event"], last["status"], last["details"]) == (
        "ai_analysis_failed",
        "error",
        {"error": "The answer is no JSON."},
    )

    again = reserve(gateway, row)
    assert (again.granted, again.state, again.raw_answer) == (True, "received", "not JSON")
    assert again.error == "The answer is no JSON."
    assert media.get_media(gateway, row.media_id).ai_analysis_status == "started"
    with pytest.raises(DatabaseError, match="nothing must be sent"):
        analyses.mark_sent(gateway, again.analysis_id)
    with pytest.raises(DatabaseError, match="nothing must be sent"):
        analyses.mark_sent(gateway, again.analysis_id, unusable="another answer")
    analyses.mark_sent(gateway, again.analysis_id, unusable="not JSON")
    with pytest.raises(DatabaseError, match="nothing must be sent"):
        analyses.mark_sent(gateway, again.analysis_id, unusable="not JSON")
    save(gateway, again.analysis_id)
    analyses.complete(gateway, again.analysis_id, parsed={}, actor="worker")
    [(entry, *sums)] = rows(
        database_url,
        "select other_answers, input_tokens, output_tokens, cost_microdollars, error from public.ai_analyses",
    )
    assert sums == [200, 40, 70, None]
    [earlier] = entry
    assert (earlier["raw_answer"], earlier["error"]) == ("not JSON", "The answer is no JSON.")


def test_a_failure_without_an_answer_is_asked_again(gateway: Gateway) -> None:
    [row] = with_bytes(gateway, "a")
    turn = reserve(gateway, row)
    analyses.mark_sent(gateway, turn.analysis_id)
    analyses.fail(gateway, turn.analysis_id, error="The AI service asks to slow down.", actor="worker")
    again = reserve(gateway, row)
    assert (again.granted, again.state, again.raw_answer, again.error) == (True, "reserved", None, None)
    analyses.mark_sent(gateway, again.analysis_id)


def test_an_answer_that_is_saved_twice_counts_once(gateway: Gateway, database_url: str) -> None:
    [row] = with_bytes(gateway, "a")
    turn = reserve(gateway, row)
    answer(gateway, turn.analysis_id)
    save(gateway, turn.analysis_id)
    assert rows(database_url, "select state, input_tokens, other_answers from public.ai_analyses") == [
        ("received", 100, [])
    ]
    analyses.complete(gateway, turn.analysis_id, parsed={}, actor="worker")
    save(gateway, turn.analysis_id)
    assert rows(database_url, "select state, input_tokens, other_answers from public.ai_analyses") == [
        ("parsed", 100, [])
    ]


def test_of_two_answers_to_one_question_none_is_lost(gateway: Gateway, database_url: str) -> None:
    [row] = with_bytes(gateway, "a")
    turn = reserve(gateway, row)
    answer(gateway, turn.analysis_id, "first")
    save(gateway, turn.analysis_id, "second")
    assert rows(
        database_url,
        "select raw_answer, jsonb_path_query_array(other_answers, '$[*].raw_answer') from public.ai_analyses",
    ) == [("second", ["first"])]


def test_a_late_answer_is_charged_and_changes_nothing_that_is_parsed(
    gateway: Gateway, database_url: str
) -> None:
    [row] = with_bytes(gateway, "a")
    turn = reserve(gateway, row)
    answer(gateway, turn.analysis_id)
    analyses.complete(gateway, turn.analysis_id, parsed={"tags": ["a"]}, actor="worker")
    analyses.store_answer(
        gateway, turn.analysis_id, raw_answer="late", input_tokens=1, output_tokens=None, cost_microdollars=5
    )
    assert analyses.fail(gateway, turn.analysis_id, error="late", actor="worker") == 0
    assert analyses.complete(gateway, turn.analysis_id, parsed={"other": 1}, actor="worker") == 0
    assert rows(
        database_url,
        "select state, raw_answer, parsed_result, input_tokens, cost_microdollars,"
        " other_answers #>> '{0,raw_answer}' from public.ai_analyses",
    ) == [("parsed", '{"tags": []}', {"tags": ["a"]}, 101, 40, "late")]
    assert media.get_media(gateway, row.media_id).ai_analysis_status == "completed"


def test_another_way_of_asking_is_another_analysis(gateway: Gateway) -> None:
    [row] = with_bytes(gateway, "a")
    turns = [
        reserve(gateway, row),
        reserve(gateway, row, model="large"),
        reserve(gateway, row, prompt_version="2"),
        reserve(gateway, row, schema_version="2"),
        reserve(gateway, row, detail="high"),
        reserve(gateway, row, provider="local"),
    ]
    assert len({turn.analysis_id for turn in turns}) == 6
    assert all(turn.granted for turn in turns)
    for turn, tag in zip(turns[:2], ("small", "large"), strict=True):
        answer(gateway, turn.analysis_id)
        analyses.complete(gateway, turn.analysis_id, parsed={"tag": tag}, actor="worker")
    assert json.loads(media.get_media(gateway, row.media_id).ai_analysis or "") == {"tag": "large"}


def test_what_cannot_be_is_refused(gateway: Gateway) -> None:
    _, [pending] = import_one(gateway, post("9", [reference("p")]))
    with pytest.raises(DatabaseError, match="not there") as raised:
        reserve(gateway, pending)
    assert raised.value.hint == "Download the media first."
    with pytest.raises(NotFoundError):
        analyses.reserve(
            gateway,
            "med-00000000",
            provider="p",
            model="m",
            prompt_version="1",
            schema_version="1",
            detail="low",
            actor="worker",
        )
    with pytest.raises(NotFoundError, match="ana-00000000"):
        analyses.mark_sent(gateway, "ana-00000000")
    [row] = with_bytes(gateway, "a")
    turn = reserve(gateway, row)
    with pytest.raises(DatabaseError, match="no answer"):
        analyses.complete(gateway, turn.analysis_id, parsed={}, actor="worker")


def test_an_answer_may_hold_anything(gateway: Gateway) -> None:
    [row] = with_bytes(gateway, "a")
    turn = reserve(gateway, row)
    answer(gateway, turn.analysis_id, "nul \x00 half \ud800 \x1b[31m")
    analyses.complete(gateway, turn.analysis_id, parsed={"ocr": "a\x00\ud800b"}, actor="worker")
    assert json.loads(media.get_media(gateway, row.media_id).ai_analysis or "") == {"ocr": "a\ufffd\ufffdb"}


def test_finishing_and_asking_at_once_end_well(gateway: Gateway) -> None:
    """Asking reads media first and locks the ledger, finishing locks the ledger first: no deadlock."""
    listed = with_bytes(gateway, *["same"] * 8)
    turn = reserve(gateway, listed[0])
    answer(gateway, turn.analysis_id)
    barrier = threading.Barrier(8)
    faults: list[Exception] = []

    def ask(row: MediaRow) -> None:
        barrier.wait()
        try:
            if row is listed[0]:
                analyses.complete(gateway, turn.analysis_id, parsed={}, actor="worker")
            else:
                reserve(gateway, row)
        except DatabaseError as error:
            faults.append(error)

    threads = [threading.Thread(target=ask, args=[row]) for row in listed]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert faults == []
    assert {media.get_media(gateway, row.media_id).ai_analysis_status for row in listed} == {"completed"}
