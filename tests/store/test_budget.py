"""The budget of analyses: what may be spent is held before it is, and nobody gets past a cap."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor

import psycopg
import pytest

from social_tui.errors import BudgetError
from social_tui.models import AnalysisReservation, MediaRow
from social_tui.reports import AnalysisWork, Spending
from social_tui.store import analyses, media
from social_tui.store.ai_costs import ai_costs
from social_tui.store.analyses import UNPAID, Budget
from social_tui.store.gateway import Gateway
from tests.store.library_rows import download, import_one, post, reference, rows, with_bytes
from tests.support.waiting import until

QUESTION = {
    "provider": "openai",
    "model": "small",
    "prompt_version": "1",
    "schema_version": "1",
    "detail": "low",
}
MOST = 100


def reserve(
    gateway: Gateway, row: MediaRow, budget: Budget | None = None, **other: str
) -> AnalysisReservation:
    budget = budget or Budget(MOST, {"day": 10 * MOST})
    return analyses.reserve(gateway, row.media_id, **QUESTION | other, actor="worker", budget=budget)


def answer(gateway: Gateway, turn: AnalysisReservation, *, cost: int | None, text: str = "{}") -> None:
    analyses.store_answer(
        gateway, turn.analysis_id, raw_answer=text, input_tokens=10, output_tokens=2, cost_microdollars=cost
    )


def today(gateway: Gateway) -> Spending:
    day, month = analyses.spending(gateway)
    assert (day.period, month.period) == ("day", "month")
    assert day.model_dump(exclude={"period"}) == month.model_dump(exclude={"period"})
    return day


def figures(gateway: Gateway) -> tuple[int, int, int, int]:
    day = today(gateway)
    return day.requests, day.spent_microdollars, day.held_microdollars, day.unsure_microdollars


def test_what_a_request_may_cost_is_held_until_it_is_known_what_it_did(gateway: Gateway) -> None:
    assert figures(gateway) == (0, 0, 0, 0)
    (row,) = with_bytes(gateway, "a")
    turn = reserve(gateway, row)
    assert figures(gateway) == (1, 0, MOST, 0)
    analyses.mark_sent(gateway, turn.analysis_id)
    answer(gateway, turn, cost=35)
    assert figures(gateway) == (1, 35, 0, 0)
    answer(gateway, turn, cost=35)
    assert figures(gateway) == (1, 35, 0, 0), "the same answer once more is a reply that was lost"


def test_an_answer_that_does_not_say_what_it_took_counts_as_the_most(gateway: Gateway) -> None:
    (row,) = with_bytes(gateway, "a")
    turn = reserve(gateway, row)
    analyses.mark_sent(gateway, turn.analysis_id)
    answer(gateway, turn, cost=None)
    assert figures(gateway) == (1, MOST, 0, 0)


@pytest.mark.parametrize(("maybe_billed", "left"), [(True, (1, 0, 0, MOST)), (False, (0, 0, 0, 0))])
def test_a_request_without_an_answer_counts_unless_nothing_was_billed_for_sure(
    gateway: Gateway, maybe_billed: bool, left: tuple[int, int, int, int]
) -> None:
    (row,) = with_bytes(gateway, "a")
    turn = reserve(gateway, row)
    analyses.mark_sent(gateway, turn.analysis_id)
    analyses.fail(gateway, turn.analysis_id, error="no answer", actor="worker", maybe_billed=maybe_billed)
    assert figures(gateway) == left


def test_what_was_never_sent_costs_nothing(gateway: Gateway) -> None:
    (row,) = with_bytes(gateway, "a")
    turn = reserve(gateway, row)
    analyses.fail(gateway, turn.analysis_id, error="no picture", actor="worker")
    assert figures(gateway) == (0, 0, 0, 0)


def test_an_answer_that_comes_late_takes_the_place_of_what_it_may_have_cost(gateway: Gateway) -> None:
    (row,) = with_bytes(gateway, "a")
    turn = reserve(gateway, row)
    analyses.mark_sent(gateway, turn.analysis_id)
    analyses.fail(gateway, turn.analysis_id, error="timeout", actor="worker")
    answer(gateway, turn, cost=40)
    assert figures(gateway) == (1, 40, 0, 0)


def test_a_second_request_does_not_forget_what_the_first_may_have_cost(gateway: Gateway) -> None:
    (row,) = with_bytes(gateway, "a")
    turn = reserve(gateway, row)
    analyses.mark_sent(gateway, turn.analysis_id)
    analyses.fail(gateway, turn.analysis_id, error="timeout", actor="worker")
    again = reserve(gateway, row)
    analyses.mark_sent(gateway, again.analysis_id)
    answer(gateway, again, cost=40)
    assert figures(gateway) == (2, 40, 0, MOST)
    [cost] = ai_costs(gateway, "post")
    assert (cost.cost_microdollars, cost.unsure_microdollars) == (40, MOST)


def test_a_late_answer_takes_the_place_of_one_request_of_several(gateway: Gateway) -> None:
    (row,) = with_bytes(gateway, "a")
    for _ in range(2):
        turn = reserve(gateway, row)
        analyses.mark_sent(gateway, turn.analysis_id)
        analyses.fail(gateway, turn.analysis_id, error="timeout", actor="worker")
    answer(gateway, turn, cost=40)
    assert figures(gateway) == (2, 40, 0, MOST)
    [cost] = ai_costs(gateway, "post")
    assert (cost.cost_microdollars, cost.unsure_microdollars) == (40, MOST)


def test_a_kept_answer_that_is_asked_for_again_is_held_too(gateway: Gateway) -> None:
    (row,) = with_bytes(gateway, "a")
    turn = reserve(gateway, row)
    analyses.mark_sent(gateway, turn.analysis_id)
    answer(gateway, turn, cost=30, text="not JSON")
    analyses.fail(gateway, turn.analysis_id, error="no JSON", actor="worker")
    again = reserve(gateway, row)
    assert again.raw_answer == "not JSON"
    assert figures(gateway) == (1, 30, 0, 0), "reading again costs nothing"
    with pytest.raises(BudgetError, match=r"of the \$0\.000129 for this day there are \$0\.000099 left"):
        analyses.mark_sent(
            gateway, again.analysis_id, unusable="not JSON", budget=Budget(MOST, {"day": MOST + 29})
        )
    analyses.mark_sent(
        gateway, again.analysis_id, unusable="not JSON", budget=Budget(MOST, {"day": MOST + 30})
    )
    assert figures(gateway) == (2, 30, MOST, 0)


def test_a_holder_that_died_before_sending_is_held_for_once(gateway: Gateway, database_url: str) -> None:
    (row,) = with_bytes(gateway, "a")
    reserve(gateway, row)
    rows(database_url, "update public.ai_analyses set updated_at = updated_at - interval '1 minute'")
    assert reserve(gateway, row).granted
    assert figures(gateway) == (1, 0, MOST, 0)


@pytest.mark.parametrize("period", ["day", "month", "run"])
def test_each_cap_refuses_before_anything_is_written(gateway: Gateway, period: str) -> None:
    first, second = with_bytes(gateway, "a", "b")
    budget = Budget(MOST, {"day": 10_000, "month": 10_000, "run": 10_000} | {period: 2 * MOST - 1}, "r1")
    reserve(gateway, first, budget)
    with pytest.raises(BudgetError, match=f"for this {period} there are") as refused:
        reserve(gateway, second, budget)
    assert refused.value.stop_lane
    assert "SOCIAL_TUI_AI_CAP" in refused.value.hint
    assert media.get_media(gateway, second.media_id).ai_analysis_status == "not_started"
    assert figures(gateway) == (1, 0, MOST, 0)


def test_another_run_has_a_cap_of_its_own(gateway: Gateway) -> None:
    first, second = with_bytes(gateway, "a", "b")
    reserve(gateway, first, Budget(MOST, {"run": MOST}, "r1"))
    assert reserve(gateway, second, Budget(MOST, {"run": MOST}, "r2")).granted


def test_what_costs_nothing_needs_no_budget(gateway: Gateway) -> None:
    (row,) = with_bytes(gateway, "a")
    assert reserve(gateway, row, Budget(0, {"day": 0})).granted
    assert figures(gateway) == (0, 0, 0, 0)


def test_sixteen_at_once_do_not_get_past_a_cap_of_ten(gateway: Gateway) -> None:
    listed = with_bytes(gateway, *(f"bytes {n}" for n in range(16)))
    barrier = threading.Barrier(16)
    granted: list[str] = []
    refused: list[str] = []

    def ask(row: MediaRow) -> None:
        barrier.wait()
        try:
            granted.append(reserve(gateway, row, Budget(MOST, {"day": 10 * MOST})).analysis_id)
        except BudgetError as error:
            refused.append(error.message)

    threads = [threading.Thread(target=ask, args=(row,)) for row in listed]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (len(granted), len(refused)) == (10, 6)
    assert figures(gateway) == (10, 0, 10 * MOST, 0)


def estimate(gateway: Gateway, *, retry_failed: bool = False) -> AnalysisWork:
    return analyses.estimate(gateway, QUESTION, retry_failed=retry_failed)


def test_an_estimate_counts_unique_bytes_and_what_was_answered_before(gateway: Gateway) -> None:
    assert estimate(gateway).requests == 0
    first, _, other = with_bytes(gateway, "same", "same", "other")
    found = estimate(gateway)
    assert (found.media, found.blobs, found.answered, found.requests, found.examples) == (3, 2, 0, 2, 0)
    assert found.mean_input_tokens is None
    turn = reserve(gateway, other)
    analyses.mark_sent(gateway, turn.analysis_id)
    answer(gateway, turn, cost=5)
    analyses.fail(gateway, turn.analysis_id, error="no JSON", actor="worker")
    found = estimate(gateway, retry_failed=True)
    assert (found.media, found.blobs, found.answered, found.requests) == (3, 2, 1, 1)
    assert (found.examples, found.mean_input_tokens, found.mean_output_tokens) == (1, 10, 2)
    assert estimate(gateway).media == 2, "without asking for it, what failed is not tried again"
    assert first.sha256 != other.sha256


def test_nothing_is_sent_for_which_nothing_was_held(gateway: Gateway) -> None:
    (row,) = with_bytes(gateway, "a")
    # As when nobody expected that a request would follow.
    turn = reserve(gateway, row, UNPAID)
    with pytest.raises(BudgetError):
        analyses.mark_sent(gateway, turn.analysis_id, budget=Budget(MOST, {"day": MOST - 1}))
    analyses.mark_sent(gateway, turn.analysis_id, budget=Budget(MOST, {"day": MOST}))
    assert figures(gateway) == (1, 0, MOST, 0)


def test_ending_a_batch_locks_posts_in_the_order_of_everybody_else(
    gateway: Gateway, database_url: str
) -> None:
    imported = [import_one(gateway, post(name, [reference(name)])) for name in "ab"]
    (first, earlier), (second, later) = sorted((post_id, row) for post_id, [row] in imported)
    # The later post's request is the first of the batch.
    for name, row in (("ana-1", later), ("ana-2", earlier)):
        download(gateway, row.media_id, row.media_id)
        turn = reserve(gateway, row)
        analyses.mark_sent(gateway, turn.analysis_id)
        rows(
            database_url,
            "update public.ai_analyses set analysis_id = %s where analysis_id = %s",
            *(name, turn.analysis_id),
        )
        answer(gateway, turn.model_copy(update={"analysis_id": name}), cost=35)
    rows(
        database_url,
        "insert into private.ai_batches (batch_id, state, claim, provider, model, prompt_version,"
        " schema_version, detail) values ('bat-1', 'created', 'c', 'openai', 'small', '1', '1', 'low');"
        "update public.ai_analyses set batch_id = 'bat-1'",
    )
    lock = "select from public.posts where post_id = %s for no key update"
    blocked = "select count(*) from pg_locks where not granted and pid <> pg_backend_pid()"
    with psycopg.connect(database_url) as other, ThreadPoolExecutor(1) as pool:
        other.execute(lock, [first])
        ended = [{"analysis_id": name, "parsed": {"tags": ["cat"]}} for name in ("ana-1", "ana-2")]
        ending = pool.submit(
            gateway.call, "end_ai_batch_requests", p_batch_id="bat-1", p_claim="c", p_ended=ended
        )
        until(lambda: rows(database_url, blocked) != [(0,)])
        other.execute(lock, [second])
        other.commit()
        assert ending.result() == [{"ended": 2}]
    assert figures(gateway) == (2, 70, 0, 0)


def test_costs_are_told_by_author_post_and_day_with_what_never_came(gateway: Gateway) -> None:
    first, same, lost = with_bytes(gateway, "same", "same", "lost")
    for row, is_answered in ((first, True), (lost, False)):
        turn = reserve(gateway, row)
        analyses.mark_sent(gateway, turn.analysis_id)
        if is_answered:
            answer(gateway, turn, cost=35)
        else:
            analyses.fail(gateway, turn.analysis_id, error="timeout", actor="worker")
    (author,) = ai_costs(gateway, "author")
    assert (author.requests, author.tokens) == (2, 12)
    assert (author.cost_microdollars, author.unsure_microdollars) == (35, MOST)
    by_post = {
        row.post_id: (row.cost_microdollars, row.unsure_microdollars) for row in ai_costs(gateway, "post")
    }
    assert sum(cost for cost, _ in by_post.values()) == 35, "bytes that two media share are paid for once"
    assert sum(unsure for _, unsure in by_post.values()) == MOST
    assert set(by_post) <= {first.post_id, same.post_id, lost.post_id}
    (day,) = ai_costs(gateway, "day")
    assert day.day is not None
    assert (day.requests, day.cost_microdollars, day.unsure_microdollars) == (2, 35, MOST)
    assert len(ai_costs(gateway, "post", limit=1)) == 1
