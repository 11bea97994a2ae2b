"""A library with pictures to order in batches, and what a batch is looked at with."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import psycopg
import pytest

from social_tui.library.batching import look_at_batch
from social_tui.library.capturing import capture
from social_tui.library.importing import import_paths
from social_tui.library.session import Library
from social_tui.reports import AiBatchRow
from social_tui.store import ai_batches, analyses
from tests.media_cache.samples import jpeg
from tests.support.openai_server import OpenAIServer
from tests.support.prices import priced
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


def due(world: World) -> None:
    """Let the time pass that nobody looks at a batch."""
    world.execute("update private.ai_batches set next_look_at = now(), claim = null, claimed_until = null")


def look(world: World, library: Library) -> AiBatchRow:
    """Look at the batch that is due next, and return the first of the list."""
    due(world)
    assert look_at_batch(library)
    return batch(library)


def batch(library: Library) -> AiBatchRow:
    """Return the first batch of the list."""
    return ai_batches.list_batches(library.gateway)[0]


def states(library: Library) -> list[str]:
    """Return how far the analysis of each media is."""
    return sorted(row.ai_analysis_status for row in rows(library).values())


def money(library: Library) -> tuple[int, int, int, int]:
    """Return the day's requests, and the microdollars that are spent, held and perhaps spent."""
    day = analyses.spending(library.gateway)[0]
    return day.requests, day.spent_microdollars, day.held_microdollars, day.unsure_microdollars


def ledger(world: World) -> list[tuple[Any, ...]]:
    """Return state, batch, cost and what is held of each analysis, in microdollars."""
    with psycopg.connect(world.database_url) as connection:
        return connection.execute(
            "select state, batch_id, cost_microdollars, held_microdollars from public.ai_analyses order by 1"
        ).fetchall()
