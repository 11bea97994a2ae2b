"""Money: workers stop at a cap with exact counts, what waits stays queued, and an estimate spends nothing."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager

import psycopg
import pytest

from social_tui.errors import AnalysisError
from social_tui.jobs import supervisor
from social_tui.jobs.batch import run_to_end
from social_tui.jobs.worker import run_worker
from social_tui.library.capturing import capture
from social_tui.library.estimating import estimate_analyses
from social_tui.library.importing import import_paths
from social_tui.library.session import Library
from social_tui.media_analysis.provider import PreparedMedia
from social_tui.store import analyses
from social_tui.store.jobs import request_jobs
from tests.media_cache.samples import jpeg
from tests.support.openai_server import OpenAIServer
from tests.support.prices import priced
from tests.support.waiting import until
from tests.support.world import World, rows

MEDIA = 14
# With the price of one dollar for a million tokens of the answer, and nothing for the question.
PRICES = {"ai_prices": priced(output=1.0)}
MOST = 4_000


@pytest.fixture
def ai() -> Iterator[OpenAIServer]:
    with OpenAIServer() as server:
        server.usage["output_tokens"] = MOST
        yield server


@contextmanager
def opened(world: World, ai: OpenAIServer, **caps: float) -> Iterator[Library]:
    """Open a library whose pictures wait to be analysed."""
    world.use(ai.settings(**PRICES, **caps))
    with world.open("worker") as library:
        urls = [world.serve(f"/{n}.jpg", jpeg(seed=n)) for n in range(MEDIA)]
        import_paths(library, [world.write([world.post(*urls)])])
        for row in rows(library).values():
            capture(library, row.media_id, claim=row.media_id)
        request_jobs(library.gateway, "analyze")
        yield library


@pytest.mark.parametrize("period", ["day", "month", "run"])
def test_sixteen_at_once_stop_at_a_cap_of_ten_requests(world: World, ai: OpenAIServer, period: str) -> None:
    with opened(world, ai, **{f"ai_cap_{period}": 10 * MOST / 1_000_000}) as library:
        report = run_to_end(library, "analyze", concurrency=16)
        assert ai.billed == 10
        assert report.failed == 0
        # One that was at work when another one hit the cap may be queued again; it is not paid again.
        assert report.succeeded + report.left == MEDIA
        assert report.reason is not None
        assert f"for this {period} there are $0 left" in report.reason
        assert [row.used_microdollars for row in analyses.spending(library.gateway)] == [10 * MOST] * 2
    world.use(ai.settings(**PRICES, **{f"ai_cap_{period}": 1.0}))
    with world.open("worker") as richer:
        assert run_to_end(richer, "analyze").left == 0
        assert {row.ai_analysis_status for row in rows(richer).values()} == {"completed"}
    assert ai.billed == MEDIA
    assert world.checker().problems() == []


def test_what_was_left_goes_on_when_there_is_money_again(world: World, ai: OpenAIServer) -> None:
    with opened(world, ai, ai_cap_day=3 * MOST / 1_000_000) as library:
        assert run_to_end(library, "analyze").left == MEDIA - 3
    world.use(ai.settings(**PRICES, ai_cap_day=1.0))
    with world.open("worker") as richer:
        assert run_to_end(richer, "analyze").succeeded == MEDIA - 3
    assert ai.billed == MEDIA


def test_an_estimate_spends_nothing_and_holds(world: World, ai: OpenAIServer) -> None:
    with opened(world, ai, ai_cap_day=1.0) as library:
        before = estimate_analyses(library)
        assert (before.media, before.requests, before.answered, before.examples) == (MEDIA, MEDIA, 0, 0)
        assert before.most_microdollars == MEDIA * MOST
        assert 0 < (before.cost_microdollars or 0) < MEDIA * MOST
        assert before.left_microdollars == {"day": 1_000_000, "month": 50_000_000}
        assert ai.requests == []
        run_to_end(library, "analyze")
        spent = {row.period: row.spent_microdollars for row in analyses.spending(library.gateway)}
        assert spent == {"day": before.most_microdollars, "month": before.most_microdollars}
        after = estimate_analyses(library)
        assert (after.requests, after.cost_microdollars) == (0, 0)
        assert after.left_microdollars["day"] == 1_000_000 - MEDIA * MOST


def test_a_model_that_nobody_said_the_price_of_is_asked_nothing_by_the_paid_service(
    world: World, ai: OpenAIServer
) -> None:
    with opened(world, ai) as library:
        provider = library.provider
        media = PreparedMedia((b"",), "image/jpeg")
        assert provider.most_microdollars(media) == MOST
    unpriced = {"ai_model": "own-model", "ai_prices": {}}
    # On a server of one's own a model without a price costs nothing that could be counted.
    world.use(ai.settings(**unpriced))
    with world.open("worker") as own:
        assert own.provider.most_microdollars(media) == 0
    world.use(ai.settings(**unpriced, openai_base_url=None))
    with (
        world.open("worker") as paid,
        pytest.raises(AnalysisError, match="Nobody said what the model") as refused,
    ):
        paid.provider.most_microdollars(media)
    assert refused.value.stop_lane
    assert "ai_prices" in refused.value.hint


def test_a_worker_goes_on_when_a_new_day_brings_money(
    world: World, ai: OpenAIServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(supervisor, "FIRST_PAUSE", 0.1)
    told: list[str] = []
    stop = threading.Event()
    with opened(world, ai, ai_cap_day=7 * MOST / 1_000_000) as library:
        how = {"kinds": ("analyze",), "stop": stop, "tell": told.append}
        worker = threading.Thread(target=run_worker, args=(library,), kwargs=how)
        worker.start()
        try:
            until(lambda: bool(told), "the budget is spent")
            assert ai.billed == 7
            with psycopg.connect(world.database_url) as connection:
                connection.execute("delete from private.ai_budgets")
            until(lambda: ai.billed == MEDIA, "the rest is analysed")
        finally:
            stop.set()
            worker.join()
    assert "for this day there are $0 left" in told[0]
