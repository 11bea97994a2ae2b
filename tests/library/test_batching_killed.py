"""A batch whose process is killed at any step is gone on with, and nothing of it is paid twice."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
import pytest

from social_tui.library.batching import look_at_batch, submit_batches
from social_tui.library.capturing import capture
from social_tui.library.importing import import_paths
from social_tui.library.session import Library
from social_tui.store import ai_batches, analyses
from tests.media_cache.samples import jpeg
from tests.support.openai_server import API_KEY, OpenAIServer
from tests.support.prices import priced
from tests.support.waiting import until
from tests.support.world import World, rows

MEDIA = 3
EACH = (1_000 + 3_000) // 2
ORDER = ("media", "analyze", "--status", "not_started", "--batch")
COLLECT = ("media", "batches")


@pytest.fixture
def library(world: World, ai: OpenAIServer) -> Iterator[Library]:
    world.use(ai.settings(ai_prices=priced(input=1.0, output=10.0)))
    urls = [world.serve(f"/{n}.jpg", jpeg(seed=n)) for n in range(MEDIA)]
    with world.open("worker") as opened:
        import_paths(opened, [world.write([world.post(*urls)])])
        for row in rows(opened).values():
            capture(opened, row.media_id, claim=row.media_id)
        yield opened


@contextmanager
def command(world: World, *words: str) -> Iterator[subprocess.Popen[bytes]]:
    """Run a command in a process of its own, which is killed by signal 9."""
    process = subprocess.Popen(
        [sys.executable, "-m", "social_tui", *words],
        env={**os.environ, **world.environment(), "OPENAI_API_KEY": API_KEY},
        cwd=Path(__file__).parents[2],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        yield process
    finally:
        process.kill()
        process.wait()


def due(world: World) -> None:
    """Let the time pass after which whoever had a batch in hand is thought dead."""
    with psycopg.connect(world.database_url) as connection:
        connection.execute("update private.ai_batches set next_look_at = now(), claimed_until = now()")


def go_on(world: World, library: Library, ai: OpenAIServer) -> None:
    """Go on with the batch to its end, and look that all is there and was paid once."""
    due(world)
    assert look_at_batch(library)
    ai.desk.finish()
    if ai_batches.list_batches(library.gateway)[0].state != "finished":
        due(world)
        assert look_at_batch(library)
    (found,) = ai_batches.list_batches(library.gateway)
    assert (found.state, found.answered, found.cost_microdollars) == ("finished", MEDIA, MEDIA * EACH)
    assert {row.ai_analysis_status for row in rows(library).values()} == {"completed"}
    day = analyses.spending(library.gateway)[0]
    assert (day.requests, day.spent_microdollars, day.used_microdollars) == (MEDIA, *[MEDIA * EACH] * 2)
    assert ai.desk.billed == MEDIA
    assert ai.desk.calls["POST batches"] == 1
    assert world.checker().problems() == []


@pytest.mark.parametrize(
    ("asked", "state", "uploads"), [("POST files", "reserved", 2), ("POST batches", "creating", 1)]
)
def test_kill_9_while_a_batch_goes_out(
    world: World, library: Library, ai: OpenAIServer, asked: str, state: str, uploads: int
) -> None:
    ai.desk.held[asked] = threading.Event()
    with command(world, *ORDER):
        until(lambda: ai.desk.calls[asked] == 1 and len(ai.desk.files) == 1)
    ai.desk.held.pop(asked).set()
    assert ai_batches.list_batches(library.gateway)[0].state == state
    go_on(world, library, ai)
    assert ai.desk.calls["POST files"] == uploads


@pytest.mark.parametrize("asked", ["GET batches one", "GET files content", "DELETE files one"])
def test_kill_9_while_a_batch_is_collected(
    world: World, library: Library, ai: OpenAIServer, asked: str
) -> None:
    submit_batches(library)
    ai.desk.finish()
    due(world)
    ai.desk.held[asked] = threading.Event()
    with command(world, *COLLECT):
        until(lambda: ai.desk.calls[asked] == 1)
    ai.desk.held.pop(asked).set()
    if asked != "DELETE files one":
        go_on(world, library, ai)
    (found,) = ai_batches.list_batches(library.gateway)
    assert (found.state, found.answered, found.cost_microdollars) == ("finished", MEDIA, MEDIA * EACH)


def test_kill_9_between_saving_an_answer_and_reading_it(
    world: World, library: Library, ai: OpenAIServer
) -> None:
    submit_batches(library)
    ai.desk.finish()
    due(world)

    def received() -> int:
        with psycopg.connect(world.database_url) as connection:
            row = connection.execute(
                "select count(*) from public.ai_analyses where state = 'received'"
            ).fetchone()
        return int(row[0]) if row else 0

    with psycopg.connect(world.database_url) as holder:
        holder.execute("select from public.posts for update")
        with command(world, *COLLECT):
            until(lambda: received() == MEDIA)
    go_on(world, library, ai)
